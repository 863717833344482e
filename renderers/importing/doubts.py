"""What a draft isn't sure of. Their words stand in `doubts.toml`, in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType

from dsl.diagnostics import Language

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Doubt:
    """A question about one place of a draft. `suggestion`: what to write if the answer is yes."""

    code: str
    values: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    suggestion: str = ""

    def words(self, language: Language) -> str:
        """The question. KeyError for a code that the catalogue lacks."""
        return words(self.code, language, self.values)


def doubt(code: str, suggestion: str = "", /, **values: str) -> Doubt:
    """A doubt with its values, short enough to be read in a comment."""
    return Doubt(
        code,
        {name: text if len(text) <= 160 else text[:159] + "…" for name, text in values.items()},
        suggestion,
    )


def words(code: str, language: Language, values: Mapping[str, str] = _NOTHING) -> str:
    """A text of the catalogue."""
    return _catalogue()[code][language].format_map(dict(values))


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("renderers.importing").joinpath("doubts.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
