"""A fee is divided as the contract divides it, to the last wei."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.economy.split import BASIS, Split, divide
from core.errors import BadInput
from core.units import Amount


@st.composite
def splits(draw: st.DrawFn) -> Split:
    cuts = sorted(draw(st.lists(st.integers(0, BASIS), min_size=3, max_size=3)))
    return Split(cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], BASIS - cuts[2])


@given(st.integers(0, 2**200), splits())
def test_the_parts_are_the_whole(wei: int, split: Split) -> None:
    parts = divide(Amount(wei), split)
    assert parts.total == Amount(wei)


@given(st.integers(0, 2**200), splits())
def test_only_the_pool_gains_by_rounding_and_by_less_than_three_wei(wei: int, split: Split) -> None:
    parts = divide(Amount(wei), split)
    for part, bps in ((parts.builder, split.builder), (parts.supporters, split.supporters)):
        assert part.wei == wei * bps // BASIS
    exact = wei * split.contributors
    assert 0 <= parts.pool.wei * BASIS - exact < 3 * BASIS


def test_an_odd_wei_goes_to_the_contributors() -> None:
    parts = divide(Amount(1_000_003), Split(6500, 3000, 0, 500))
    assert (parts.pool.wei, parts.builder.wei, parts.supporters.wei, parts.treasury.wei) == (
        650_003,
        300_000,
        0,
        50_000,
    )


@pytest.mark.parametrize("bps", [(6500, 3000, 0, 501), (0, 0, 0, 0), (10_001, -1, 0, 0), (6500, 3000, 500, 0.0)])
def test_a_split_that_is_none_is_refused(bps: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadInput):
        Split(*bps)
