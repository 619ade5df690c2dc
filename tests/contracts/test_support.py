"""Support: a stake earns while it stands and comes back whole; nobody earns what came before."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.commons import ANN, BEN, DAY, OUTSIDER, TREASURY, deploy_params
from tests.contracts.network import OPEN, Contract, Network, again

MODEL = 7
COOLDOWN = 7 * DAY


def deployed(network: Network) -> Contract:
    params = deploy_params(network, OUTSIDER.address)
    return network.deploy(OUTSIDER, "Support", ["address"], params.address)


@pytest.fixture
def support(network: Network) -> Contract:
    return again(deployed, network)


def claimable(network: Network, support: Contract, *people: object) -> list[int]:
    return [network.read(support, "claimable", MODEL, who.address) for who in people]  # type: ignore[attr-defined]


def sums(network: Network, support: Contract) -> int:
    return sum(network.read(support, name) for name in ("principal", "unpaid", "forTreasury"))


def test_a_reward_goes_to_those_who_stake_then_by_what_they_stake(network: Network, support: Contract) -> None:
    network.act(ANN, support, "stake", MODEL, value=3 * OPEN)
    network.act(BEN, support, "stake", MODEL, value=OPEN)
    assert network.read(support, "backed", MODEL) == 4 * OPEN
    network.act(OUTSIDER, support, "reward", MODEL, value=400)
    assert claimable(network, support, ANN, BEN) == [300, 100]


def test_who_comes_late_gets_nothing_of_earlier_rewards(network: Network, support: Contract) -> None:
    network.act(ANN, support, "stake", MODEL, value=OPEN)
    network.act(OUTSIDER, support, "reward", MODEL, value=1_000)
    network.act(BEN, support, "stake", MODEL, value=100 * OPEN)
    assert claimable(network, support, ANN, BEN) == [1_000, 0]
    network.act(OUTSIDER, support, "reward", MODEL, value=101)
    assert claimable(network, support, ANN, BEN) == [1_001, 100]


def test_another_models_supporters_get_nothing(network: Network, support: Contract) -> None:
    network.act(ANN, support, "stake", MODEL, value=OPEN)
    network.act(BEN, support, "stake", MODEL + 1, value=OPEN)
    network.act(OUTSIDER, support, "reward", MODEL, value=10)
    assert network.read(support, "claimable", MODEL + 1, BEN.address) == 0


def test_a_stake_comes_back_whole_after_its_notice_and_to_its_owner_alone(network: Network, support: Contract) -> None:
    network.act(ANN, support, "stake", MODEL, value=OPEN)
    assert network.refused(BEN, support, "unstake", MODEL, 1) == ("NotStaked", (1, 0))
    assert network.refused(ANN, support, "unstake", MODEL, OPEN + 1) == ("NotStaked", (OPEN + 1, OPEN))
    told = support.events(network.act(ANN, support, "unstake", MODEL, OPEN))[0]
    available = told[1]["availableAt"]
    assert told[0] == "Leaving"
    assert network.refused(ANN, support, "withdraw", MODEL) == ("TooEarly", (available,))
    network.time = available
    assert network.refused(BEN, support, "withdraw", MODEL)[0] == "ZeroAmount"
    before = network.balance(ANN.address)
    receipt = network.act(ANN, support, "withdraw", MODEL)
    fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert network.balance(ANN.address) == before + OPEN - fee
    assert network.refused(ANN, support, "withdraw", MODEL)[0] == "ZeroAmount"
    assert sums(network, support) == network.balance(support.address) == 0


def test_what_is_leaving_earns_nothing_and_a_second_notice_begins_anew(network: Network, support: Contract) -> None:
    network.act(ANN, support, "stake", MODEL, value=2 * OPEN)
    network.act(BEN, support, "stake", MODEL, value=OPEN)
    network.act(ANN, support, "unstake", MODEL, OPEN)
    network.act(OUTSIDER, support, "reward", MODEL, value=200)
    assert claimable(network, support, ANN, BEN) == [100, 100]
    network.time += COOLDOWN - 10
    network.act(ANN, support, "unstake", MODEL, OPEN)
    network.time += 20
    assert network.refused(ANN, support, "withdraw", MODEL)[0] == "TooEarly"
    network.time += COOLDOWN
    assert support.events(network.act(ANN, support, "withdraw", MODEL))[0][1]["amount"] == 2 * OPEN
    assert support.events(network.act(ANN, support, "claim", MODEL))[0][1]["amount"] == 100


def test_a_reward_is_paid_once(network: Network, support: Contract) -> None:
    network.act(ANN, support, "stake", MODEL, value=OPEN)
    assert network.refused(ANN, support, "claim", MODEL)[0] == "ZeroAmount"
    network.act(OUTSIDER, support, "reward", MODEL, value=77)
    assert support.events(network.act(ANN, support, "claim", MODEL)) == [
        ("RewardPaid", {"modelId": MODEL, "who": ANN.address.lower(), "amount": 77})
    ]
    assert network.refused(ANN, support, "claim", MODEL)[0] == "ZeroAmount"
    assert network.refused(BEN, support, "claim", MODEL)[0] == "ZeroAmount"


def test_a_reward_for_a_model_that_nobody_stands_behind_is_the_treasurys(network: Network, support: Contract) -> None:
    network.act(OUTSIDER, support, "reward", MODEL, value=50)
    network.act(ANN, support, "stake", MODEL, value=OPEN)
    assert claimable(network, support, ANN) == [0]
    before = network.balance(TREASURY.address)
    network.act(BEN, support, "payTreasury")
    assert network.balance(TREASURY.address) == before + 50
    assert network.refused(BEN, support, "payTreasury")[0] == "ZeroAmount"
    assert network.balance(support.address) == OPEN


def test_a_stake_is_nothing_or_a_hundredth_of_an_open(network: Network, support: Contract) -> None:
    least = OPEN // 100
    assert network.refused(ANN, support, "stake", MODEL, value=least - 1) == ("StakeTooSmall", (least - 1, least))
    assert network.refused(ANN, support, "stake", MODEL)[0] == "ZeroAmount"
    assert network.refused(ANN, support, "reward", MODEL)[0] == "ZeroAmount"
    network.act(ANN, support, "stake", MODEL, value=least)
    network.act(ANN, support, "stake", MODEL, value=1)
    assert network.refused(ANN, support, "unstake", MODEL, 2) == ("StakeTooSmall", (least - 1, least))
    network.act(ANN, support, "unstake", MODEL, least + 1)
    assert network.read(support, "backed", MODEL) == 0


def test_what_does_not_divide_is_carried_to_the_next_reward(network: Network, support: Contract) -> None:
    network.act(ANN, support, "stake", MODEL, value=OPEN)
    network.act(BEN, support, "stake", MODEL, value=2 * OPEN)
    for _ in range(3):
        network.act(OUTSIDER, support, "reward", MODEL, value=1)
    found = claimable(network, support, ANN, BEN)
    assert sum(found) in {2, 3}  # less than one wei of dust for each position
    assert sums(network, support) == network.balance(support.address)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stakes=st.tuples(*[st.integers(10**16, 10**20)] * 2), reward=st.integers(1, 10**20))
def test_shares_are_right_to_the_wei_and_never_too_much(
    network: Network, support: Contract, stakes: tuple[int, int], reward: int
) -> None:
    model = stakes[0] % 2**64  # a fresh one each time
    for who, value in zip((ANN, BEN), stakes, strict=True):
        network.act(who, support, "stake", model, value=value)
    network.act(OUTSIDER, support, "reward", model, value=reward)
    for who, value in zip((ANN, BEN), stakes, strict=True):
        exact = reward * value // sum(stakes)
        assert exact - value // 10**18 - 1 <= network.read(support, "claimable", model, who.address) <= exact
