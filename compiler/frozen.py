"""The base of all data the compiler passes on: immutable, strict about its fields, with one canonical JSON form.

Canonical JSON has sorted keys, no spaces, UTF-8 and exact decimals as strings, so that equal data has equal bytes
and one SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer


def plain(value: Decimal) -> str:
    """A decimal in positional notation without trailing zeros: `Decimal("1.50E+1")` is "15"."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


ExactDecimal = Annotated[Decimal, PlainSerializer(plain, return_type=str)]
"""A Decimal that travels through JSON as a string, so that no reader's binary floats can touch it."""


class Frozen(BaseModel):
    """Immutable data with no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def canonical_json(data: BaseModel) -> bytes:
    """The canonical bytes of a model; fields that hold their default None are left out."""
    return canonical_bytes(data.model_dump(mode="json", exclude_none=True))


def canonical_bytes(plain_data: Any) -> bytes:
    """The canonical bytes of JSON-ready data."""
    return _CANONICAL.encode(plain_data).encode("utf-8")


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()
