"""A tree as text, so that a golden of it can be read and compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from dsl.span import Source, Span


@pytest.fixture(scope="session")
def dump() -> Callable[..., str]:
    """A tree, a node a line: its kind, its plain values, and with a source where it stands."""

    def lines(node: object, source: Source | None = None) -> str:
        return "\n".join(_lines(node, source, "", 0)) + "\n"

    return lines


def _lines(node: object, source: Source | None, name: str, depth: int) -> Iterator[str]:
    plain: list[str] = []
    deeper: list[tuple[str, object]] = []
    assert dataclasses.is_dataclass(node)
    assert not isinstance(node, type)
    where = ""
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        match value:
            case Span():
                if field.name == "span" and source is not None:
                    start, end = source.position(value.start), source.position(value.end)
                    where = f"  @{start[0]}:{start[1]}-{end[0]}:{end[1]}"
            case tuple() if any(dataclasses.is_dataclass(each) for each in value):
                deeper += [(field.name, each) for each in value]
            case None | ():
                pass
            case _ if dataclasses.is_dataclass(value):
                deeper.append((field.name, value))
            case _:
                plain.append(f"{field.name}={value!r}")
    head = f"{name}: " if name else ""
    yield f"{'  ' * depth}{head}{' '.join([type(node).__name__, *plain])}{where}"
    for inner, each in deeper:
        yield from _lines(each, source, inner, depth + 1)
