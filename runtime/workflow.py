"""What may be done with a report, in which state and by whom: one table. A step of the workflow is a row here.

draft → sent → approved, or back: the sender recalls before approval, the receiver returns; after approval the sender
asks, the receiver refuses the report, and what is sent again is a new version. Leaving a unit out of the totals, and
taking it in again, is the receiver's in any state and changes none. What the steps do to values is `reports.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

State = Literal["draft", "sent", "returned", "approved"]
Action = Literal["enter", "send", "recall", "return", "approve", "ask", "refuse", "leave_out", "take_in"]
Party = Literal["sender", "receiver"]


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: in state `source`, `by` may do `action`, and the report is then in `target`."""

    source: State
    action: Action
    target: State
    by: Party
    needs_reason: bool = False


TRANSITIONS: tuple[Transition, ...] = (
    Transition("draft", "enter", "draft", "sender"),
    Transition("draft", "send", "sent", "sender"),
    Transition("sent", "recall", "draft", "sender"),
    Transition("sent", "return", "returned", "receiver", needs_reason=True),
    Transition("sent", "approve", "approved", "receiver"),
    Transition("returned", "enter", "returned", "sender"),
    Transition("returned", "send", "sent", "sender"),
    Transition("approved", "ask", "approved", "sender", needs_reason=True),
    Transition("approved", "refuse", "returned", "receiver", needs_reason=True),
    Transition("draft", "leave_out", "draft", "receiver", needs_reason=True),
    Transition("sent", "leave_out", "sent", "receiver", needs_reason=True),
    Transition("returned", "leave_out", "returned", "receiver", needs_reason=True),
    Transition("approved", "leave_out", "approved", "receiver", needs_reason=True),
    Transition("draft", "take_in", "draft", "receiver"),
    Transition("sent", "take_in", "sent", "receiver"),
    Transition("returned", "take_in", "returned", "receiver"),
    Transition("approved", "take_in", "approved", "receiver"),
)

_BY_STEP: Mapping[tuple[State, Action], Transition] = MappingProxyType(
    {(row.source, row.action): row for row in TRANSITIONS}
)


def transition(state: State, action: Action) -> Transition | None:
    """The row for an action in a state; None where it is not allowed."""
    return _BY_STEP.get((state, action))


def allowed(state: State, by: Party) -> tuple[Action, ...]:
    """What a party may do in a state, in the order of the table."""
    return tuple(row.action for row in TRANSITIONS if row.source == state and row.by == by)
