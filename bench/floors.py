"""The floors: the same work done by straight-line code written by hand for one known form.

The form is II.06a/VPCP/KSTT with 40 rows of a code list and a total row, 12 columns: c3 … c13 and ty_le.
Numbers are scaled integers (ty_le at scale 4) and a blank is None. What is written out here, once for a
row and repeated as text for forty: 3=4+5+6, 7=8+9+10, 11=12+13, ty_le=(8+9)/7 rounded half away from
zero, the totals, the check 3=7+11, the bounds >= 0 and the closing number of the period before carried
into c6.

A frame is a list: 41 × 12 cells row by row, then the 40 carried numbers c11 of the period before.
Nothing here knows bieu, but for its grammar, which Lark parses alone;
that both agree is checked before either is timed.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy
import z3
from lark import Lark, ParseTree

from dsl.keywords.en import KEYWORDS, WORDS

ROWS = 40
COLUMNS = ("c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "ty_le")
WIDTH = len(COLUMNS)
CELLS = (ROWS + 1) * WIDTH
FRAME = CELLS + ROWS
NO_EARLIER_REPORT = object()
"""In the place of a carried number where there was no earlier report: c6 is then what the unit entered."""

Frame = list[int | None]


class Verdict(NamedTuple):
    """What validation says.

    below_minimum: slots of entered cells that are negative. failed: (row, c3, c7+c11) where the two differ.
    unknown: rows whose check could not be made because a side is blank.
    """

    below_minimum: list[int]
    failed: list[tuple[int, int, int]]
    unknown: list[int]


def plus(*operands: int | None) -> int | None:
    """The sum of what is there; blank when nothing is."""
    present = [operand for operand in operands if operand is not None]
    return sum(present) if present else None


def percent(part: int | None, whole: int | None) -> int | None:
    """The ratio at scale 4, rounded half away from zero; blank where a term is blank or the whole is zero."""
    if part is None or whole is None or whole == 0:
        return None
    rounded = (20_000 * abs(part) + abs(whole)) // (2 * abs(whole))
    return rounded if (part < 0) == (whole < 0) else -rounded


_ROW = """
    c4 = f[{c4}]
    c5 = f[{c5}]
    c6 = f[{carried}]
    if c6 is NO_EARLIER_REPORT: c6 = f[{c6}]
    else: f[{c6}] = c6
    c8 = f[{c8}]
    c9 = f[{c9}]
    c10 = f[{c10}]
    c12 = f[{c12}]
    c13 = f[{c13}]
    if c4 is not None and c4 < 0: below.append({c4})
    if c5 is not None and c5 < 0: below.append({c5})
    if c8 is not None and c8 < 0: below.append({c8})
    if c9 is not None and c9 < 0: below.append({c9})
    if c10 is not None and c10 < 0: below.append({c10})
    if c12 is not None and c12 < 0: below.append({c12})
    if c13 is not None and c13 < 0: below.append({c13})
"""

_TOTAL_COLUMN = """
    t = 0
    n = 0
    {additions}
    f[{total}] = {name} = t if n else None
"""

_FORMULAS = """
    if c4 is None or c5 is None or c6 is None: c3 = f[{c3}] = plus(c4, c5, c6)
    else: c3 = f[{c3}] = c4 + c5 + c6
    if c8 is None or c9 is None or c10 is None: c7 = f[{c7}] = plus(c8, c9, c10)
    else: c7 = f[{c7}] = c8 + c9 + c10
    if c12 is None or c13 is None: c11 = f[{c11}] = plus(c12, c13)
    else: c11 = f[{c11}] = c12 + c13
    """

_RATIO_AND_CHECK = """
    done = plus(c8, c9) if c8 is None or c9 is None else c8 + c9
    if done is None or c7 is None or done < 0 or c7 <= 0: f[{ty_le}] = percent(done, c7)
    else: f[{ty_le}] = (20_000 * done + c7) // (2 * c7)
    both = plus(c7, c11) if c7 is None or c11 is None else c7 + c11
    if c3 is None or both is None: unknown.append({row})
    elif c3 != both: failed.append(({row}, c3, both))
"""


def _source() -> str:
    """The straight-line code of the whole form as text."""
    text = ["def evaluate_and_validate(f):", "    below = []", "    failed = []", "    unknown = []"]
    for row in range(ROWS):
        slots = {name: row * WIDTH + index for index, name in enumerate(COLUMNS)}
        text.append((_ROW + _FORMULAS + _RATIO_AND_CHECK).format(**slots, row=row, carried=CELLS + row))
    total = {name: ROWS * WIDTH + index for index, name in enumerate(COLUMNS)}
    for index, name in enumerate(COLUMNS[:-1]):
        additions = "\n    ".join(
            f"v = f[{row * WIDTH + index}]\n    if v is not None: t += v; n = 1" for row in range(ROWS)
        )
        text.append(_TOTAL_COLUMN.format(additions=additions, total=total[name], name=name))
    text.append(_RATIO_AND_CHECK.format(**total, row=ROWS))
    text.append("    return Verdict(below, failed, unknown)")
    return "\n".join(text)


def evaluator() -> Callable[[list[object]], Verdict]:
    """The straight-line function: fills the computed cells of a frame in place and says what is wrong."""
    names: dict[str, object] = {
        "Verdict": Verdict,
        "plus": plus,
        "percent": percent,
        "NO_EARLIER_REPORT": NO_EARLIER_REPORT,
    }
    exec(compile(_source(), "<floor>", "exec"), names)  # noqa: S102  our own text, no input goes into it
    function: Callable[[list[object]], Verdict] = names["evaluate_and_validate"]  # type: ignore[assignment]
    return function


class Packed(NamedTuple):
    """The cells of one report as stored: int64 numbers, 0 for a blank, and a byte 1 where one is present."""

    numbers: bytes
    present: bytes


def pack(frame: Sequence[int | None]) -> Packed:
    """The first 41 × 12 slots of a frame, packed."""
    cells = frame[:CELLS]
    return Packed(
        array("q", [0 if value is None else value for value in cells]).tobytes(),
        bytes(value is not None for value in cells),
    )


class RolledUp(NamedTuple):
    """A level above: per cell the sum of what is there (None: nothing is) and how many units gave one."""

    cells: Frame
    counts: list[int]
    verdict: Verdict


def roll_up(units: Sequence[Packed], evaluate: Callable[[list[object]], Verdict]) -> RolledUp:
    """One level of the tree: sums and counts over columns, then the ratios and checks of the level itself.

    No sum can overflow: an entered number has at most 15 digits, and fewer than 9,000 units meet above.
    """
    numbers = numpy.frombuffer(b"".join([unit.numbers for unit in units]), dtype=numpy.int64)
    present = numpy.frombuffer(b"".join([unit.present for unit in units]), dtype=numpy.uint8)
    sums = numbers.reshape(-1, CELLS).sum(axis=0).tolist()
    counts = present.reshape(-1, CELLS).sum(axis=0, dtype=numpy.int64).tolist()
    frame: list[object] = [value if count else None for value, count in zip(sums, counts, strict=True)]
    # The carried numbers have been added up like all others; nothing is to be carried into the sum again.
    frame.extend([NO_EARLIER_REPORT] * ROWS)
    verdict = evaluate(frame)
    return RolledUp(frame[:CELLS], counts, verdict)  # type: ignore[arg-type]


class Report(NamedTuple):
    """A report as it comes and goes, by names: cells by (table, row, column), and what was carried (see a frame)."""

    cells: Mapping[tuple[str, str, str], int]
    carried: Mapping[tuple[str, str, str], int | None]


class Form(NamedTuple):
    """The names of the form: every cell of a frame in order, and the carried cells."""

    cells: Sequence[tuple[str, str, str]]
    carried: Sequence[tuple[str, str, str]]


def from_names(
    form: Form, evaluate: Callable[[list[object]], Verdict]
) -> Callable[[Report], tuple[Report, Verdict]]:
    """Evaluation and validation of a report by names: what is entered is read, what is not blank is written."""
    # A dictionary is asked only for what can be in it.
    computed = {"c3", "c7", "c11", "ty_le"}
    entered = [
        (slot, name) for slot, name in enumerate(form.cells[: ROWS * WIDTH]) if name[2] not in computed
    ]

    def run(report: Report) -> tuple[Report, Verdict]:
        frame: list[object] = [None] * FRAME
        given = report.cells.get
        for slot, name in entered:
            frame[slot] = given(name)
        carried = report.carried.get
        frame[CELLS:] = [carried(name, NO_EARLIER_REPORT) for name in form.carried]
        verdict = evaluate(frame)
        cells = {name: value for name, value in zip(form.cells, frame, strict=False) if value is not None}
        return Report(cells, report.carried), verdict  # type: ignore[arg-type]

    return run


def plain_parser() -> Callable[[str], ParseTree]:
    """Lark's own lexer and LALR parser with positions, for the grammar and the English keywords of the language.

    The language's own scanner makes tokens that no regular terminal can: here they are made regular, which
    is right for a text with one item a line and no comments, continued lines or sentences.
    """
    grammar = Path("dsl/grammar.lark").read_text(encoding="utf-8")
    rules = "\n".join(line for line in grammar.splitlines() if not line.startswith("%declare"))
    rules = rules.replace("| ERROR", "").replace('LBRACE: "{"', r"LBRACE: /\{\s*/")
    terminals = [r"_END: /(?:\r?\n[ \t]*)+/", r"WS: /[ \t]+/", "%ignore WS"]
    terminals += [rf"{name}: /\x00{name}/" for name in ("SENTENCE_TEXT", "INSERT_START", "INSERT_END")]
    for name, spellings in KEYWORDS.items():
        both = (spellings,) if isinstance(spellings, str) else spellings
        terminals.append(f"{name}: " + " | ".join(f'"{spelling}"' for spelling in both))
    for name, words in WORDS.items():
        terminals.append(f"{name}: " + " | ".join(f'"{spelling}"' for spelling in words.values()))
    text = "\n".join([rules, *terminals])
    return Lark(text, parser="lalr", start="file", maybe_placeholders=True, propagate_positions=True).parse


def balance_by_hand() -> tuple[bool, bool]:
    """The form's one check put to z3 by hand, numbers alone and no blanks: whether 3=7+11 can hold in every row and
    whether it can fail in one. Both are so."""
    context = z3.Context()
    solver = z3.Solver(ctx=context)
    failures = []
    columns: dict[str, list[z3.ArithRef]] = {}
    for row in range(ROWS):
        cell = {name: z3.Int(f"{name} {row}", context) for name in COLUMNS[:-1]}
        solver.add(cell["c3"] == cell["c4"] + cell["c5"] + cell["c6"])
        solver.add(cell["c7"] == cell["c8"] + cell["c9"] + cell["c10"])
        solver.add(cell["c11"] == cell["c12"] + cell["c13"])
        solver.add(*(cell[name] >= 0 for name in ("c4", "c5", "c8", "c9", "c10", "c12", "c13")))
        for name, value in cell.items():
            columns.setdefault(name, []).append(value)
        failures.append(cell["c3"] != cell["c7"] + cell["c11"])
    total = {name: z3.Sum(values) for name, values in columns.items()}
    failures.append(total["c3"] != total["c7"] + total["c11"])
    solver.push()
    solver.add(*(z3.Not(failure) for failure in failures))
    holds = solver.check() == z3.sat
    solver.pop()
    solver.add(z3.Or(failures))
    return holds, solver.check() == z3.sat
