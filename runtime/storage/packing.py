"""Values and roll-up states as bytes in one column each, and back.

Values are canonical JSON: whoever has the template's JSON can read them without this software.

    {"added": [[table, group, [{column: value}, …]], …],
     "captured": {function: {table: {row: {column: number or null}}}},
     "cells": [value or null, …],
     "texts": {name: text}}

`cells` has one item per static cell in the order of the form: tables as in the template, in each its rows that are not
`added`, in each row the table's columns. Numbers are scaled integers. Measured on 200 cells, 2026-11: naming each cell
([table, row, column, value]) takes 6.6 kB and 20 times as long to read, nested names 2.4 kB and 7 times as long,
this 1.0 kB and 43 µs; machine words (struct) take 1.6 kB and 5 µs but end at 64 bits, where computed cells go to 128;
varints take 0.4 kB and 130 µs in Python. Nothing is compressed: PostgreSQL does that by itself.

A state is five little-endian 32-bit numbers (reports, then the bytes of what follows), the low, middle and high limbs
as little-endian two's complement of least length, and the extremes as canonical JSON. Equal states have equal bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from datetime import date
from itertools import compress
from typing import Any

from compiler.cells import Layout
from compiler.frozen import canonical_bytes
from compiler.periods import Period, parse_period
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from runtime.captures import Capture, ReportKey, Taken
from runtime.states import Extreme, Latest, State

_HEAD = struct.Struct("<5I")


class ValuesPacker:
    """Packs the values of one layout's reports."""

    def __init__(self, layout: Layout) -> None:
        self._addresses = [cell.address for cell in layout.cells]

    def pack(self, values: Values) -> bytes:
        """The bytes of values. Cells that the layout lacks have no place in them."""
        captured: dict[str, dict[str, dict[str, dict[str, int | None]]]] = {}
        for (function, (table, row, column)), number in values.captured.items():
            captured.setdefault(function, {}).setdefault(table, {}).setdefault(row, {})[column] = number
        return canonical_bytes(
            {
                "added": sorted(
                    [*group, [dict(row) for row in rows]] for group, rows in values.added.items()
                ),
                "captured": captured,
                "cells": list(map(values.cells.get, self._addresses)),
                "texts": dict(values.texts),
            }
        )

    def unpack(self, data: bytes) -> Values:
        """The values of bytes that `pack` made."""
        content = json.loads(data)
        cells = content["cells"]
        if None in cells:
            there = [value is not None for value in cells]
            held = dict(zip(compress(self._addresses, there), compress(cells, there), strict=True))
        else:
            held = dict(zip(self._addresses, cells, strict=True))
        return Values(
            cells=held,
            added={GroupKey(table, group): tuple(rows) for table, group, rows in content["added"]},
            texts=content["texts"],
            captured={
                CaptureKey(function, Address(table, row, column)): number
                for function, tables in content["captured"].items()
                for table, rows in tables.items()
                for row, columns in rows.items()
                for column, number in columns.items()
            },
        )


# -- where captures were read --------------------------------------------------------------------------------


def pack_sources(captures: Mapping[CaptureKey, Capture]) -> dict[str, Any]:
    """Per origin, which reports were read in which versions: all captures of an origin come from the same ones."""
    sources: dict[str, Any] = {}
    for key, capture in captures.items():
        if key.origin not in sources:
            sources[key.origin] = {
                "regime": capture.source.regime,
                "unit": capture.source.unit,
                "period": capture.source.period.code,
                "version": capture.version,
                "hash": capture.hash,
                "provisional": capture.provisional,
            }
            if capture.before:
                sources[key.origin]["before"] = [
                    [taken.source.period.code, taken.version, taken.hash] for taken in capture.before
                ]
    return sources


def unpack_captures(values: Values, sources: Mapping[str, Any]) -> dict[CaptureKey, Capture]:
    """The captures of a version: its captured values, and where each was read."""
    captures: dict[CaptureKey, Capture] = {}
    read: dict[str, tuple[ReportKey, tuple[Taken, ...]]] = {}
    for key, value in values.captured.items():
        source = sources[key.origin]
        if key.origin not in read:
            latest = ReportKey(source["regime"], source["unit"], stored_period(source["period"]))
            read[key.origin] = (
                latest,
                tuple(
                    Taken(latest._replace(period=stored_period(period)), version, digest)
                    for period, version, digest in source.get("before", ())
                ),
            )
        latest, before = read[key.origin]
        captures[key] = Capture(
            value, latest, source["version"], source["hash"], source["provisional"], before
        )
    return captures


def stored_period(code: str) -> Period:
    """The period of a code that the store wrote itself."""
    period = parse_period(code)
    assert isinstance(period, Period), code
    return period


# -- states --------------------------------------------------------------------------------------------------


def pack_state(state: State) -> bytes:
    """The bytes of a state."""
    parts = [_lanes(state.low), _lanes(state.middle), _lanes(state.high)]
    parts.append(canonical_bytes([_plain(extreme) for extreme in state.extremes]) if state.extremes else b"")
    return _HEAD.pack(state.reports, *map(len, parts)) + b"".join(parts)


def unpack_state(data: bytes) -> State:
    """The state of bytes that `pack_state` made."""
    reports, *lengths = _HEAD.unpack_from(data)
    lanes: list[int] = []
    start = _HEAD.size
    for length in lengths[:3]:
        lanes.append(int.from_bytes(data[start : start + length], "little", signed=True))
        start += length
    extremes = tuple(map(_extreme, json.loads(data[start:]))) if lengths[3] else ()
    low, middle, high = lanes
    return State(low=low, middle=middle, high=high, extremes=extremes, reports=reports)


def _lanes(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True) if number else b""


def _plain(extreme: Extreme) -> Scalar | list[Scalar] | None:
    return (
        [extreme.as_of.isoformat(), extreme.unit, extreme.value] if isinstance(extreme, Latest) else extreme
    )


def _extreme(plain: Any) -> Extreme:
    if isinstance(plain, list):
        return Latest(date.fromisoformat(plain[0]), plain[1], plain[2])
    return plain  # type: ignore[no-any-return]  # a scalar, as JSON has it
