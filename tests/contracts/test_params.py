"""Params: only the governor moves a figure, only within its bounds, and every move is told."""

from __future__ import annotations

import pytest

from tests.contracts.commons import CREATOR, DAY, OUTSIDER, TREASURY, deploy_params
from tests.contracts.network import OPEN, ZERO, Contract, Network, again, person

GOVERNOR = person("builder")  # any account here: that it is the Timelock elsewhere, test_governance shows
SPLIT = [6_000, 2_500, 1_000, 500]


def deployed(network: Network) -> Contract:
    return deploy_params(network, GOVERNOR.address)


@pytest.fixture
def params(network: Network) -> Contract:
    return again(deployed, network)


def name(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


def test_a_settlement_reads_all_its_terms_from_one_slot(network: Network, params: Contract) -> None:
    assert network.read(params, "settlementTerms") == (DAY, OPEN, 2_500, OPEN // 100)
    word = int(network.rpc("eth_getStorageAt", params.address, "0x0"), 16)
    assert (word & 0xFFFFFFFF, (word >> 32) & (2**96 - 1)) == (DAY, OPEN)
    assert network.read(params, "treasury") == TREASURY.address.lower()
    assert network.read(params, "defaultSplit") == tuple(SPLIT)
    assert network.read(params, "governor") == GOVERNOR.address.lower()


def test_nobody_but_the_governor_moves_anything(network: Network, params: Contract) -> None:
    before = [network.rpc("eth_getStorageAt", params.address, hex(slot)) for slot in range(3)]
    for who in (CREATOR, TREASURY, OUTSIDER):
        error = ("NotGovernor", (who.address.lower(),))
        assert network.refused(who, params, "setWindow", DAY) == error
        assert network.refused(who, params, "setBond", OPEN, 100) == error
        assert network.refused(who, params, "setDemandFee", OPEN) == error
        assert network.refused(who, params, "setTreasury", who.address) == error
        assert network.refused(who, params, "setDefaultSplit", SPLIT) == error
    assert [network.rpc("eth_getStorageAt", params.address, hex(slot)) for slot in range(3)] == before


def test_every_move_is_told_and_moves_nothing_else(network: Network, params: Contract) -> None:
    moves = (
        ("setWindow", (60,), ("WindowSet", {"window": 60})),
        ("setBond", (2 * OPEN, 300), ("BondSet", {"bond": 2 * OPEN, "bondBps": 300})),
        ("setDemandFee", (OPEN // 2,), ("DemandFeeSet", {"demandFee": OPEN // 2})),
        ("setTreasury", (CREATOR.address,), ("TreasurySet", {"treasury": CREATOR.address.lower()})),
        ("setDefaultSplit", ([5_000, 4_000, 0, 1_000],), ("DefaultSplitSet", {"split": (5_000, 4_000, 0, 1_000)})),
    )
    for function, values, event in moves:
        assert params.events(network.act(GOVERNOR, params, function, *values)) == [event]
    assert network.read(params, "settlementTerms") == (60, 2 * OPEN, 300, OPEN // 2)
    assert network.read(params, "treasury") == CREATOR.address.lower()
    assert network.read(params, "defaultSplit") == (5_000, 4_000, 0, 1_000)


@pytest.mark.parametrize(
    ("function", "least", "most", "figure", "rest"),
    [
        ("setWindow", 10, 30 * DAY, "window", ()),
        ("setBond", OPEN // 1_000, 1_000 * OPEN, "bond", (100,)),
        ("setDemandFee", 10**13, OPEN, "demandFee", ()),
    ],
)
def test_a_figure_stays_within_bounds_that_nobody_moves(
    network: Network, params: Contract, function: str, least: int, most: int, figure: str, rest: tuple[int, ...]
) -> None:
    for value in (least, most):
        network.act(GOVERNOR, params, function, value, *rest)
    for value in (least - 1, most + 1):
        error = ("OutOfBounds", (name(figure), value, least, most))
        assert network.refused(GOVERNOR, params, function, value, *rest) == error


def test_the_bonds_part_is_one_to_a_hundred_per_cent(network: Network, params: Contract) -> None:
    for bps in (99, 10_001):
        error = ("OutOfBounds", (name("bondBps"), bps, 100, 10_000))
        assert network.refused(GOVERNOR, params, "setBond", OPEN, bps) == error


def test_contributors_keep_at_least_half_of_every_split(network: Network, params: Contract) -> None:
    for split in (SPLIT, [10_000, 0, 0, 0], [5_000, 4_000, 1_000, 0], [5_000, 2_000, 2_000, 1_000]):
        network.read(params, "checkSplit", split)
    refusals: dict[tuple[int, ...], tuple[str, tuple[object, ...]]] = {
        (4_999, 4_000, 1_000, 1): ("OutOfBounds", (name("contributors"), 4_999, 5_000, 10_000)),
        (5_000, 4_001, 999, 0): ("OutOfBounds", (name("builder"), 4_001, 0, 4_000)),
        (5_000, 2_999, 2_001, 0): ("OutOfBounds", (name("supporters"), 2_001, 0, 2_000)),
        (5_000, 3_999, 0, 1_001): ("OutOfBounds", (name("treasury"), 1_001, 0, 1_000)),
        (6_000, 2_500, 1_000, 501): ("SplitSum", (10_001,)),
        (65_535, 65_535, 65_535, 65_535): ("SplitSum", (262_140,)),
    }
    for refused, error in refusals.items():
        assert network.refused(GOVERNOR, params, "setDefaultSplit", list(refused)) == error
        assert network.refused(OUTSIDER, params, "checkSplit", list(refused)) == error


def test_there_is_always_a_treasury_and_a_governor(network: Network, params: Contract) -> None:
    assert network.refused(GOVERNOR, params, "setTreasury", ZERO)[0] == "ZeroAddress"
    for changes in ({"treasury": ZERO}, {"window": 9}, {"split": [10_001, 0, 0, 0]}):
        with pytest.raises(AssertionError):
            deploy_params(network, GOVERNOR.address, **changes)
    with pytest.raises(AssertionError):
        deploy_params(network, ZERO)
