"""After a change in some cells the script computes what depends on them, all of it and nothing else."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

from compiler.cells import Layout, address_of
from compiler.formula.emit.javascript import program as javascript_program
from compiler.formula.emit.python import program as python_program
from compiler.formula.expressions import Cell, Expression, leaves
from runtime.agreement.engines import reports_text
from tests.formulas.test_reports import LAYOUTS, reports

CHANGE = """
(function (before, after, slots) {
  function read(text) {
    return JSON.parse(text, function (key, value) {
      if (value === null || typeof value !== "object" || Array.isArray(value)) { return value; }
      return "n" in value ? BigInt(value.n) : undefined;
    })[0];
  }
  function told(value) {
    return JSON.stringify(value, function (key, held) {
      return typeof held === "bigint" ? {n: held.toString()} : held;
    });
  }
  var program = globalThis.bieu.program, looked = {};
  var first = read(before), second = read(after);
  var frame = Array.from(first[0]), whole = Array.from(second[0]);
  program.compute(frame, first[1]);
  var outcomes = program.checks(frame, first[1]), old = frame.slice();
  program.compute(whole, second[1]);
  slots.forEach(function (slot) { frame[slot] = whole[slot]; });
  var watched = new Proxy(frame, {get: function (target, name) { looked[name] = true; return target[name]; }});
  var found = program.recompute(watched, first[1], slots);
  found.checks.forEach(function (pair) { outcomes[pair[0]] = pair[1]; });
  var moved = found.cells.every(function (slot) { return told(old[slot]) !== told(frame[slot]); });
  return told([told(frame) === told(whole), told(outcomes) === told(program.checks(whole, second[1])), moved,
               Object.keys(looked).filter(function (name) { return /^[0-9]+$/.test(name); }).map(Number),
               found.checks.map(function (pair) { return pair[0]; })]);
})
"""


@cache
def script_engine() -> MiniRacer:
    return MiniRacer()


def slots_read(layout: Layout, expression: Expression) -> set[int]:
    found = {
        address_of(leaf) for leaf in leaves(expression) if isinstance(leaf, Cell) and leaf.row is not None
    }
    return {layout.by_address[address].slot for address in found}


# A form of self-added rows alone has no cell that could change by itself.
STATIC = [name for name, layout in LAYOUTS.items() if any(cell.kind == "entered" for cell in layout.cells)]


@pytest.mark.parametrize("name", STATIC)
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_only_what_depends_is_computed(name: str, data: st.DataObject):
    layout = LAYOUTS[name]
    report = data.draw(reports(layout))
    entered = [cell for cell in layout.cells if cell.kind == "entered"]
    changed = data.draw(st.lists(st.sampled_from(entered), min_size=1, max_size=3, unique=True))
    cells = dict(report.cells)
    for cell in changed:
        cells.pop(cell.address, None)
        if cell.type.is_number and data.draw(st.booleans()):
            cells[cell.address] = data.draw(st.integers(-3, 10**12))
    after = type(report)(cells=cells, added=report.added, texts=report.texts, captured=report.captured)
    slots = [cell.slot for cell in changed]
    program = python_program(layout)
    context = script_engine()
    context.eval(javascript_program(layout))
    texts = (reports_text(program, [one]) for one in (report, after))
    arguments = ", ".join((*map(json.dumps, texts), json.dumps(slots)))
    found: Any = json.loads(str(context.eval(f"{CHANGE}({arguments})")))
    same_cells, same_checks, moved, looked, checks = found
    assert (same_cells, same_checks, moved) == (True, True, True)

    depends = set(slots)
    may_read: set[int] = set(slots)
    for cell in layout.order:
        assert cell.expression is not None
        read = slots_read(layout, cell.expression)
        if read & depends:
            depends.add(cell.slot)
            may_read |= read | {cell.slot}
    for number, placed in enumerate(layout.checks):
        read = slots_read(layout, placed.condition)
        if read & depends:
            may_read |= read
        else:
            assert number not in checks
    captures = set(range(len(layout.cells), len(layout.cells) + len(layout.captures)))
    assert set(looked) <= may_read | captures
