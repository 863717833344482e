"""Times two ways of doing the same work against each other so that a busy machine disturbs both alike.

Short batches of the one and the other take turns; every pair gives a ratio, and the median of the ratios is
what counts. The times beside it are medians too, for reading: they drift from machine to machine, ratios
hardly.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]

_BATCH_SECONDS = 0.02
_ROUNDS = 21


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians: seconds of one piece of work on either side, and how many times the base's time the subject takes."""

    base: float
    subject: float
    ratio: float


def measure(base: Work, subject: Work, tick: Callable[[], None] = lambda: None, batch: int = 0) -> Measured:
    """Both sides measured in turns. `tick` is called `rounds()` times, for whoever shows progress.

    batch: for work that uses up what was prepared, how many pieces of it one call does: both sides are then called
    `calls()` times. 0: a call is one piece of work, and is repeated as often as suits its length.
    """
    sides = (base, subject)
    loops = [_warmed_up(side) if batch else _loops(side) for side in sides]
    pieces = max(1, batch)
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.disable()
    try:
        for number in range(_ROUNDS):
            # Whichever comes first pays for what lies in between: take turns.
            for side in (0, 1) if number % 2 else (1, 0):
                times[side].append(_seconds(sides[side], loops[side]) / pieces)
            tick()
    finally:
        gc.enable()
    ratios = [subject_time / base_time for base_time, subject_time in zip(*times, strict=True)]
    return Measured(statistics.median(times[0]), statistics.median(times[1]), statistics.median(ratios))


def rounds() -> int:
    """How many pairs one measurement takes."""
    return _ROUNDS


def calls() -> int:
    """How often either side is called where each call is a batch: once to warm up, and once a round."""
    return 1 + _ROUNDS


def _warmed_up(work: Work) -> int:
    work()
    return 1


def _loops(work: Work) -> int:
    """Runs that fill a batch. The first run warms up and is not counted."""
    work()
    return max(1, round(_BATCH_SECONDS / max(_seconds(work, 1), 1e-7)))


def _seconds(work: Work, loops: int) -> float:
    start = time.perf_counter()
    for _ in range(loops):
        work()
    return (time.perf_counter() - start) / loops
