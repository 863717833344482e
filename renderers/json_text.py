"""JSON text from outside to plain data, exactly and within limits.

Numbers keep every digit (ints and Decimals), names that stand twice in one object are remembered, and whatever is no
JSON comes back as one finding. What the data means is `document.py`'s matter.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from compiler.findings import Finding
from renderers.scalars import shown

MAX_BYTES = 16 * 1024 * 1024
"""The largest submission that is looked at."""

_MAX_NUMBER = 4_000
"""The most characters of a number: Python refuses to read longer ints, and nobody means them."""


class JsonObject(dict[str, object]):
    """An object as read; `repeated` are the names given more than once, of which the last value counts."""

    repeated: tuple[str, ...] = ()


class _NoNumber(ValueError):
    """`NaN`, `Infinity` or a number beyond all limits."""


def parse_json(raw: bytes) -> object:
    """The data of a JSON text in UTF-8 (a byte order mark is passed over), or the `Finding` that says
    why there is none.
    """
    if len(raw) > MAX_BYTES:
        return _problem("file_too_large", found=str(len(raw)), limit=str(MAX_BYTES))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _problem("not_utf8", found=str(error.start + 1))
    try:
        data: object = json.loads(
            text,
            parse_int=_int,
            parse_float=_decimal,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        return _problem("json_syntax", line=str(error.lineno), column=str(error.colno))
    except _NoNumber as error:
        return _problem("json_number", found=shown(str(error)))
    except RecursionError:
        return _problem("too_deep")
    return data


def _problem(code: str, **values: str) -> Finding:
    return Finding(code=code, severity="error", values=values)


def _object(pairs: list[tuple[str, object]]) -> JsonObject:
    result = JsonObject(pairs)
    if len(result) < len(pairs):
        times = Counter(name for name, _ in pairs)
        result.repeated = tuple(name for name in result if times[name] > 1)
    return result


def _int(text: str) -> int:
    return int(text) if len(text) <= _MAX_NUMBER else _refuse(text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text) if len(text) <= _MAX_NUMBER else _refuse(text)
    except InvalidOperation:  # an exponent that does not fit a machine word
        return _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise _NoNumber(text)
