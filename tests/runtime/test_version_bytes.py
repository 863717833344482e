"""What a version's hash is of: one canonical JSON document, however it is put together."""

from __future__ import annotations

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from compiler.frozen import canonical_bytes
from compiler.periods import Period
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from runtime.reports import ReportKey, version_bytes

_WORDS = st.text(st.characters(codec="utf-8"), max_size=6)
_SCALARS: st.SearchStrategy[Scalar] = st.integers(-(10**30), 10**30) | st.booleans() | _WORDS
_ADDRESSES = st.builds(Address, _WORDS, _WORDS, _WORDS)
_ROWS = st.lists(st.dictionaries(_WORDS, _SCALARS, max_size=2), max_size=2).map(tuple)
_VALUES = st.builds(
    Values,
    st.dictionaries(_ADDRESSES, _SCALARS, max_size=6),
    st.dictionaries(st.builds(GroupKey, _WORDS, _WORDS), _ROWS, max_size=2),
    st.dictionaries(_WORDS, _WORDS, max_size=2),
    st.dictionaries(
        st.builds(CaptureKey, st.sampled_from(["prior", "last_year"]), _ADDRESSES), st.integers(), max_size=3
    ),
)


@given(_VALUES, _WORDS)
def test_the_bytes_are_the_canonical_json_of_all_that_a_version_says(values: Values, unit: str) -> None:
    key = ReportKey("r", unit, Period("quarter", 2026, 3))
    data = {
        "regime": "r",
        "unit": unit,
        "period": "2026-Q3",
        "number": 2,
        "as_of": "2026-09-14",
        "template": "0f",
        "cells": [[*address, value] for address, value in sorted(values.cells.items())],
        "added": [[*group, [dict(row) for row in rows]] for group, rows in sorted(values.added.items())],
        "texts": dict(values.texts),
        "captured": [
            [function, *address, value] for (function, address), value in sorted(values.captured.items())
        ],
    }
    made = version_bytes(key, 2, date(2026, 9, 14), "0f", values)
    assert made == canonical_bytes(data)
    assert json.loads(made) == data
