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
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from compiler.frozen import canonical_bytes

NO_HASH = "0" * 64
"""What the first entry of a chain, and the first checkpoint, name as the hash before them."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain: how many there are, and its hash."""

    chain: str
    length: int
    hash: str


class Link(NamedTuple):
    """An entry as it is kept."""

    number: int
    body: bytes
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
    """Something in the log that is not as it was written. `number` counts the entry in its chain (of
    a checkpoint, chain "", the checkpoints) from 1.

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


def checkpoint_body(number: int, at: datetime, previous: str, heads: Sequence[Head]) -> bytes:
    """The canonical JSON of a checkpoint. `previous`: the hash of the one before, seal included."""
    listed = [[head.chain, head.length, head.hash] for head in heads]
    return canonical_bytes({"number": number, "at": at.isoformat(), "previous": previous, "heads": listed})


def read_checkpoint(number: int, body: bytes, seal: str) -> Checkpoint:
    """A checkpoint as kept. What stands in it is only said, until `faults_of_checkpoints` has looked at its seal."""
    try:
        content = json.loads(body)
        heads = tuple(Head(str(chain), int(length), str(hash)) for chain, length, hash in content["heads"])
        at = datetime.fromisoformat(content["at"])
    except (ValueError, KeyError, TypeError):
        heads, at = (), datetime.min.replace(tzinfo=UTC)
    return Checkpoint(number, at, heads, body, seal)


# -- verifying -----------------------------------------------------------------------------------------------


def faults_of_checkpoints(checkpoints: Iterable[Checkpoint], key: bytes) -> Iterator[Fault]:
    """Wrong seals, and checkpoints that do not follow the one before. Given in the order of their numbers."""
    previous, expected = NO_HASH, 1
    for checkpoint in checkpoints:
        content = _content(checkpoint.body)
        follows = content.get("previous") == previous and content.get("number") == expected
        if not hmac.compare_digest(sealed(key, checkpoint.body), checkpoint.seal):
            yield Fault("unsealed", "", checkpoint.number)
        elif not follows or checkpoint.number != expected:
            yield Fault("missing", "", expected)
        previous, expected = entry_hash(checkpoint.seal, checkpoint.body), checkpoint.number + 1


def faults_of_chain(head: Head, links: Iterable[Link], sealed_heads: Mapping[int, str]) -> Iterator[Fault]:
    """What is wrong with a chain. `head`: what its row says; `sealed_heads`: hashes by length, from checkpoints."""
    previous, expected, found = NO_HASH, 1, dict(sealed_heads)
    for link in links:
        if link.number != expected:
            yield Fault("missing", head.chain, expected)
        if entry_hash(previous, link.body) != link.hash:
            yield Fault("changed", head.chain, link.number)
        if found.pop(link.number, link.hash) != link.hash:
            yield Fault("forked", head.chain, link.number)
        previous, expected = link.hash, link.number + 1
    if expected - 1 < max(head.length, *found, 0):
        yield Fault("missing", head.chain, expected)
    elif (expected - 1, previous) != (head.length, head.hash):
        yield Fault("changed", head.chain, expected - 1)


def _content(body: bytes) -> Mapping[str, object]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
