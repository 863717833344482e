"""Vega-Lite specifications drawn as SVG, without network and the same on every machine."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

_VERSION = "5.21"
"""Of Vega-Lite, as the library carries it: another may draw otherwise."""


def draw(specification: dict[str, Any]) -> str:
    """The picture of a chart. Equal specifications give equal texts."""
    return _drawn(json.dumps(specification, sort_keys=True, ensure_ascii=False))


@lru_cache(maxsize=256)
def _drawn(specification: str) -> str:
    # Loading it takes a second, and most reports have no chart.
    import vl_convert

    picture: str = vl_convert.vegalite_to_svg(
        specification, vl_version=_VERSION, allowed_base_urls=[], show_warnings=False
    )
    return picture
