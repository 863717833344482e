"""What is compared: each prepares the same work on both sides, makes sure that they agree, and says what is asked.

A comparison whose sides disagree is not measured: `Disagreement` names the place.
"""

from __future__ import annotations

import json
from atexit import register
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from jsonschema import Draft202012Validator

from bench import floors, form
from bench.measure import Work
from compiler.cells import Layout
from compiler.memory import Memory
from compiler.package import Library
from compiler.pipeline import Compilation, compile_package
from compiler.proofs.limits import Budget, ProofLimits
from compiler.proofs.questions import Verdict, prove
from compiler.values import Values
from dsl.parse import parse
from dsl.source import read_source
from renderers.document import Submission, read_document, submission_bytes
from renderers.json_schema import render as schema_of
from renderers.validators import Validator
from runtime.rollup import RollUp
from runtime.states import Contribution, Plan
from runtime.units import units_of_vietnam

PROVINCE = "51"
"""Quảng Ngãi, with 96 communes."""


class Disagreement(AssertionError):
    """The two sides do not give the same: there is nothing to measure."""


@dataclass(frozen=True)
class Comparison:
    """`subject` measured against `base`. at_most: the ratio asked for; None: only for information.

    batch: how many pieces of work one call does, where they use up what was prepared (`measure.measure`).
    """

    name: str
    base_name: str
    base: Work
    subject: Work
    at_most: float | None
    batch: int = 0


@dataclass(frozen=True)
class Size:
    """What is not timed but weighed: bytes, of which there must be fewer than `under`."""

    name: str
    bytes: int
    under: int


@dataclass(frozen=True)
class Duration:
    """What has a limit instead of a floor: `work` gives the seconds of one piece, fewer than `under`."""

    name: str
    work: Callable[[], float]
    under: float


def comparisons() -> Iterator[Comparison]:
    """All of them, one after the other: preparing one takes time too."""
    layout = form.form_layout()
    yield from _evaluation(layout)
    yield from _compilation()
    yield _proof(layout)
    yield from _roll_up(layout)


# -- one form evaluated and validated ----------------------------------------------------------------


def _evaluation(layout: Layout) -> Iterator[Comparison]:
    validator = Validator(layout)
    evaluate = floors.evaluator()
    by_names = floors.from_names(form_of(layout), evaluate)
    for report in (*form.reports(20), *form.wrong_reports(20)):
        agree_on(validator, report, by_names)
    report = form.reports(1)[0]

    program = validator.program
    frame, rows = program.load(report)
    nothing: frozenset[int] = frozenset()
    floor_frame = floor_frame_of(layout, report)

    def run_frame() -> object:
        broken = validator.entries(frame, rows, nothing)
        program.compute(frame, rows)
        return broken, program.checks(frame, rows)

    yield Comparison(
        "Evaluate and validate a form of 40×12, in memory",
        "hand-written straight-line code",
        lambda: evaluate(floor_frame),
        run_frame,
        at_most=1.5,
    )
    floor_report = floors.Report(report.cells, _carried(report))  # type: ignore[arg-type]
    yield Comparison(
        "Evaluate and validate a form of 40×12, by names, findings made",
        "the same by hand",
        lambda: by_names(floor_report),
        lambda: validator.validate(report),
        at_most=2,
    )
    head = Submission(regime=layout.template.regime, version="1.0.0", unit="21025", period="2026-Q3")
    document = json.loads(submission_bytes(layout, head, report), parse_float=Decimal)
    schema = Draft202012Validator(json.loads(schema_of(layout), parse_float=Decimal))
    if not schema.is_valid(document):
        raise Disagreement("the report does not fit the schema")
    yield Comparison(
        "Evaluate and validate a form of 40×12",
        "jsonschema alone, on the same submission",
        lambda: list(schema.iter_errors(document)),
        lambda: validator.validate(report),
        at_most=0.1,
    )
    yield Comparison(
        "Read the submission's data, evaluate and validate",
        "jsonschema alone, on the same submission",
        lambda: list(schema.iter_errors(document)),
        lambda: validator.validate(read_document(layout, document["data"], document["captured"])[0]),
        at_most=None,
    )


def agree_on(
    validator: Validator,
    report: Values,
    by_names: Callable[[floors.Report], tuple[floors.Report, floors.Verdict]],
) -> None:
    """Raises Disagreement where the validator and the floor by names see a report differently."""
    evaluation, findings = validator.validate(report)
    found, verdict = by_names(floors.Report(report.cells, _carried(report)))  # type: ignore[arg-type]
    if found.cells != evaluation.values.cells:
        different = sorted(set(found.cells.items()) ^ set(evaluation.values.cells.items()))
        raise Disagreement(f"computed cells: {different[:4]}")
    counts = {
        "below_minimum": len(verdict.below_minimum),
        "check_failed": len(verdict.failed),
        "check_not_evaluated": len(verdict.unknown),
    }
    codes = [finding.code for finding in findings]
    if {code: codes.count(code) for code in counts} != counts or len(codes) != sum(counts.values()):
        raise Disagreement(f"findings: {codes} and {counts}")


def form_of(layout: Layout) -> floors.Form:
    """The names of the form as the floor knows them."""
    cells = [tuple(cell.address) for cell in layout.cells]
    carried = [tuple(key.address) for key in layout.captures]
    return floors.Form(cells, carried)  # type: ignore[arg-type]


def _carried(report: Values) -> dict[tuple[str, str, str], int | None]:
    return {tuple(key.address): value for key, value in report.captured.items()}  # type: ignore[misc]


def floor_frame_of(layout: Layout, report: Values) -> list[object]:
    """The floor's frame of a report, nothing computed yet."""
    frame: list[object] = [report.cells.get(cell.address) for cell in layout.cells]
    return frame + [report.captured.get(key, floors.NO_EARLIER_REPORT) for key in layout.captures]


# -- 2,000 lines compiled ----------------------------------------------------------------------------


def _compilation() -> Iterator[Comparison]:
    text = form.package_source()
    plain = floors.plain_parser()

    def compiled(text: str = text) -> Compilation:
        source, _ = read_source("do.bieu", text.encode())
        file, problems = parse(source)
        return compile_package([file], {}, [], problems)

    compilation = compiled()
    if compilation.failed:
        raise Disagreement(f"the package has errors: {compilation.diagnostics[:3]}")
    columns = sum(len(table.columns) for regime in compilation.regimes for table in regime.template.tables)
    parsed = len(list(plain(text).find_data("column")))
    if columns != parsed:
        raise Disagreement(f"{columns} columns compiled, {parsed} parsed")
    yield Comparison(
        f"Compile {form.LINES:,} lines, from bytes to templates and layouts",
        "Lark's own parse with positions",
        lambda: plain(text),
        compiled,
        at_most=3,
    )
    longer = form.package_source(10 * form.LINES)
    if compiled(longer).failed:
        raise Disagreement("the longer package has errors")
    yield Comparison(
        f"Compile {10 * form.LINES:,} lines",
        f"{form.LINES:,} lines",
        compiled,
        lambda: compiled(longer),
        at_most=12,
    )
    yield _edit()


def _edit() -> Comparison:
    """A package of many files checked from nothing, and after one line of one file was edited, both from the disk."""
    folder = Path(mkdtemp(prefix="bieu-bench-"))
    register(rmtree, folder, ignore_errors=True)
    texts = form.package_files()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    edited = folder / "che_do_7.bieu"
    heading = texts[edited.name]
    memory = Memory()
    turn = count()

    def full() -> Compilation:
        return Library().load(folder).compilation

    def again() -> Compilation:
        edited.write_text(heading.replace("Trước hạn", f"Trước hạn {next(turn)}"), encoding="utf-8")
        memory.begin()
        return Library(memory=memory).load(folder).compilation

    for _ in range(2):
        remembered, anew = again(), full()
        if (remembered.diagnostics, remembered.shared) != (anew.diagnostics, anew.shared):
            raise Disagreement("a check after an edit finds other things than one from nothing")
        templates = [[one.template for one in found.regimes] for found in (remembered, anew)]
        if templates[0] != templates[1] or len(templates[0]) != form.FILES - 1:
            raise Disagreement("a check after an edit makes other templates than one from nothing")
    return Comparison(
        f"Check a package of {form.FILES} files again after an edit",
        "checking all of it",
        full,
        again,
        at_most=0.1,
    )


# -- a form proven -----------------------------------------------------------------------------------


def _proof(layout: Layout) -> Comparison:
    """Everything that is asked of a form, beside z3 alone on the two questions about its one check."""

    def proven() -> list[Verdict]:
        return list(prove(layout, Budget(ProofLimits()), show=True))

    kinds = [verdict.kind for verdict in proven()]
    if kinds != ["independent"] or floors.balance_by_hand() != (True, True):
        raise Disagreement(f"the balance can hold and can fail, but the proofs say {kinds}")
    return Comparison(
        f"Prove a form of {floors.WIDTH} columns and {floors.ROWS} rows: all questions, with a confirmed report",
        "z3 by hand on two of them, without blanks",
        floors.balance_by_hand,
        proven,
        at_most=None,
    )


# -- 96 communes rolled up ---------------------------------------------------------------------------


def _roll_up(layout: Layout) -> Iterator[Comparison]:
    tree = units_of_vietnam()
    communes = tree.children(PROVINCE)
    validator = Validator(layout)
    evaluated = [validator.validate(report)[0].values for report in form.reports(len(communes))]
    contributions = [
        Contribution(unit, "approved", values, version=1, hash="")
        for unit, values in zip(communes, evaluated, strict=True)
    ]
    plan = Plan(layout)
    states = [plan.pack(contribution) for contribution in contributions]
    rolled = RollUp.of(plan, tree, PROVINCE, contributions)
    packed = [floors.pack(_cells(layout, values)) for values in evaluated]
    evaluate = floors.evaluator()

    floor = floors.roll_up(packed, evaluate)
    total = rolled.total(PROVINCE)
    cells = [total.values.cells.get(cell.address) for cell in layout.cells]
    if cells != floor.cells:
        different = [slot for slot in range(floors.CELLS) if cells[slot] != floor.cells[slot]]
        raise Disagreement(
            f"rolled up cells: {[(slot, cells[slot], floor.cells[slot]) for slot in different[:3]]}"
        )
    if [total.counts[cell.address] for cell in layout.cells] != floor.counts:
        raise Disagreement("counts of contributions")
    failed = [one for one in total.findings if one.finding.code == "rollup_check_failed"]
    if len(failed) != len(floor.verdict.failed):
        raise Disagreement(f"checks of the total: {failed} and {floor.verdict.failed}")
    yield Comparison(
        "Roll 96 communes up: states merged, the province finished and checked",
        "level by level over packed columns, by hand",
        lambda: floors.roll_up(packed, evaluate),
        lambda: (plan.merge(states), rolled.total(PROVINCE)),
        at_most=2,
    )
    yield Comparison(
        "Merging 96 packed states alone",
        "level by level over packed columns, by hand",
        lambda: floors.roll_up(packed, evaluate),
        lambda: plan.merge(states),
        at_most=None,
    )
    yield Comparison(
        "Roll 96 communes up from their reports, nothing packed before",
        "packing and rolling up by hand",
        lambda: floors.roll_up([floors.pack(_cells(layout, values)) for values in evaluated], evaluate),
        lambda: RollUp.of(plan, tree, PROVINCE, contributions).total(PROVINCE),
        at_most=None,
    )


def _cells(layout: Layout, values: Values) -> floors.Frame:
    return [values.cells.get(cell.address) for cell in layout.cells]  # type: ignore[misc]
