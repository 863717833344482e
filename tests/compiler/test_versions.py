"""Versions and their ranges: the order of Semantic Versioning, and what each way of writing a range takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.versions import STEPS, Step, Version, parse_range, parse_version, step_between

_NUMBERS = st.integers(min_value=0, max_value=4)
VERSIONS = st.builds(Version, _NUMBERS, _NUMBERS, _NUMBERS)
_SHORT = st.lists(_NUMBERS, min_size=1, max_size=3).map(lambda numbers: ".".join(map(str, numbers)))
_LIMITS = st.tuples(st.sampled_from(["^", "", ">=", ">", "<", "<="]), _SHORT).map("".join)
RANGES = st.lists(_LIMITS, min_size=1, max_size=3).map(" ".join)


@pytest.mark.parametrize(
    ("wanted", "taken", "refused"),
    [
        ("^1.2", ["1.2.0", "1.9.9"], ["1.1.9", "2.0.0"]),
        ("^1", ["1.0.0", "1.9.0"], ["0.9.0", "2.0.0"]),
        ("^0.2", ["0.2.0", "0.2.9"], ["0.3.0", "0.1.9", "1.0.0"]),
        ("^0", ["0.0.0", "0.9.0"], ["1.0.0"]),
        ("1.2", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.0"]),
        ("1.2.3", ["1.2.3"], ["1.2.4", "1.2.2"]),
        (">= 1.2 < 3", ["1.2.0", "2.9.9"], ["1.1.9", "3.0.0"]),
        ("> 1.2", ["1.3.0", "2.0.0"], ["1.2.0", "1.2.9"]),
        ("<= 1.2", ["0.0.0", "1.2.9"], ["1.3.0"]),
        ("^1.0 < 1.4", ["1.0.0", "1.3.9"], ["1.4.0"]),
    ],
)
def test_range_takes_and_refuses(wanted: str, taken: list[str], refused: list[str]) -> None:
    found = parse_range(wanted)
    assert found is not None
    for text in taken:
        version = parse_version(text)
        assert version is not None
        assert version in found
    for text in refused:
        version = parse_version(text)
        assert version is not None
        assert version not in found


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.02.0", "1.2.3.4", "^1.0.0", "1.2.3-rc1", "9" * 10 + ".0.0"]
)
def test_what_is_no_version(text: str) -> None:
    assert parse_version(text) is None


@pytest.mark.parametrize("text", ["", "x", "^", "1_0", "1.2.3.4", ">=", "^1.0 x", "9" * 5000])
def test_what_is_no_range(text: str) -> None:
    assert parse_range(text) is None


@given(VERSIONS)
def test_a_version_is_read_as_it_is_written(version: Version) -> None:
    assert parse_version(str(version)) == version


@given(RANGES, RANGES, VERSIONS)
def test_both_ranges_take_what_each_of_them_takes(one: str, other: str, version: Version) -> None:
    first, second = parse_range(one), parse_range(other)
    assert first is not None
    assert second is not None
    assert (version in first.both(second)) == (version in first and version in second)
    assert parse_range(f"{one} {other}") == first.both(second)
    if first.is_empty:
        assert version not in first


@given(VERSIONS, st.sampled_from(STEPS))
def test_a_step_leads_to_the_next_version_of_its_kind(version: Version, step: Step) -> None:
    following = version.after(step)
    found = step_between(version, following)
    assert found is not None
    # Below 1.0 a new minor version may break, so it counts as the greater step.
    assert STEPS.index(found) >= STEPS.index(step)
    assert (following > version) == (step != "none")


@given(VERSIONS, VERSIONS, VERSIONS)
def test_steps_agree_with_the_order(one: Version, two: Version, three: Version) -> None:
    first, second, third = sorted((one, two, three))
    direct, part = step_between(first, third), step_between(second, third)
    assert direct is not None
    assert part is not None
    assert STEPS.index(direct) >= STEPS.index(part)
    assert (step_between(third, first) is None) == (third > first)
