"""Numbers moved, a little at a time, until the relations of a form hold.

One broken relation after the other is put right by moving one of its numbers, the one that the fewest other relations
look at; what that breaks elsewhere is put right in a later round. Forms state sums and subsets, where this comes to
rest after a few rounds; where it doesn't, the caller draws anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from runtime.samples.relations import Readable, Relation

_ROUNDS = 60


class Room(NamedTuple):
    """Where a scaled number may lie, both included; high None: without a limit."""

    low: int
    high: int | None


def balance(
    relations: Sequence[Relation],
    numbers: dict[Readable, int],
    rooms: Mapping[Readable, Room],
    random: Random,
) -> bool:
    """Move the scaled numbers that have room, in place; whether all relations hold in the end."""
    watched = Counter(source for relation in relations for source, _ in relation.factors)
    for _ in range(_ROUNDS):
        broken = [relation for relation in relations if relation.excess(numbers)]
        if not broken:
            return True
        random.shuffle(broken)
        for relation in broken:
            _mend(relation, numbers, rooms, watched, random)
    return not any(relation.excess(numbers) for relation in relations)


def _mend(
    relation: Relation,
    numbers: dict[Readable, int],
    rooms: Mapping[Readable, Room],
    watched: Counter[Readable],
    random: Random,
) -> None:
    """Move the numbers of one relation, one after the other, until it holds or none has room left."""
    ways = [(source, factor) for source, factor in relation.factors if source in rooms]
    random.shuffle(ways)
    excess = relation.excess(numbers)

    def rank(way: tuple[Readable, int]) -> tuple[bool, int]:
        source, factor = way
        wanted, room = numbers[source] - excess // factor, rooms[source]
        too_far = wanted < room.low or (room.high is not None and wanted > room.high)
        return too_far, watched[source]

    # Those with room for all of it first; of them, the one that the fewest other relations look at.
    for source, factor in sorted(ways, key=rank):
        excess = relation.excess(numbers)
        if not excess:
            return
        room = rooms[source]
        # Rounded so that a limit holds: a part goes down, a whole goes up.
        wanted = numbers[source] - (-(-excess // factor) if factor > 0 else excess // factor)
        if not relation.equal and factor > 0 and wanted > room.low:
            # A part of a whole is seldom just the whole.
            wanted = room.low + (wanted - room.low) * random.randint(35, 90) // 100
        wanted = max(wanted, room.low)
        numbers[source] = wanted if room.high is None else min(wanted, room.high)
