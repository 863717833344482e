"""The log as evidence: entries chained by hash, checkpoints sealed with a key, and what is wrong with either.

Each subject (a report, an account, a regime's templates, the units) has a chain of its own, so that on the last day no
two units wait for each other. An entry's hash covers the hash before it and its own canonical JSON. A checkpoint lists
the heads of the chains that grew since the one before, names that one's hash, and is sealed with HMAC-SHA-256: whoever
has the database but not the key can rewrite a chain, but not the checkpoint that remembers its head.

Keeping entries is `storage/log.py`'s matter.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

NO_HASH = "0" * 64
"""What the first entry of a chain, and the first checkpoint, name as the hash before them."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain: how many there are, and its hash."""

    chain: str
    length: int
    hash: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A sealed list of heads. `body` is its canonical JSON, `seal` the HMAC over it, in hexadecimal."""

    number: int
    at: datetime
    heads: tuple[Head, ...]
    body: bytes
    seal: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the log that is not as it was written. `number` counts the entry in its chain from 1.

    changed: the entry's hash is not that of its content and the hash before it. missing: a number is left out, or the
    chain is shorter than a checkpoint knows. forked: the chain is sound in itself, but not the one a checkpoint sealed.
    unsealed: a checkpoint's own seal or order is wrong.
    """

    kind: Literal["changed", "missing", "forked", "unsealed"]
    chain: str
    number: int


def entry_hash(previous: str, body: bytes) -> str:
    """The hash of an entry: SHA-256 over the previous hash, a line feed and the canonical JSON."""
    return hashlib.sha256(previous.encode("ascii") + b"\n" + body).hexdigest()


def sealed(key: bytes, body: bytes) -> str:
    """The seal of a checkpoint: HMAC-SHA-256, in hexadecimal."""
    return hmac.new(key, body, hashlib.sha256).hexdigest()
