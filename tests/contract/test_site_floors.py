"""Both sides of what is measured on the site and the store do the whole work, and it is noticed when one does not."""

from __future__ import annotations

import pytest

from bench import site
from bench.comparisons import Comparison, Disagreement, Size


def test_every_comparison_can_be_prepared_and_both_sides_keep_the_same() -> None:
    timed = weighed = 0
    for one in site.comparisons(batch=2):
        if isinstance(one, Size):
            weighed += 1
            assert 10_000 < one.bytes < one.under
            continue
        timed += 1
        for _ in range(2):
            one.base()
            one.subject()
    # Going on to the end has counted and compared what lies in the databases.
    assert (timed, weighed) == (2, 1)


@pytest.mark.parametrize("idle", ["base", "subject"])
def test_a_side_that_does_less_is_noticed(idle: str) -> None:
    going = site.comparisons(batch=2)
    sending = next(one for one in going if isinstance(one, Comparison))
    sending.base()
    sending.subject()
    (sending.subject if idle == "base" else sending.base)()
    with pytest.raises(Disagreement, match="answers"):
        next(going)
