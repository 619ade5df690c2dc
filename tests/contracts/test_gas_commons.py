"""What everything beside the settlement game costs stays below the ceilings of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from eth_account.signers.local import LocalAccount

from resources import ROOT
from tests.contracts.commons import ANN, BEN, CREATOR, DAY, OUTSIDER, TREASURY, deploy_params
from tests.contracts.network import OPEN, Contract, Network

A, B, C = (bytes([n]) * 32 for n in (0xA1, 0xB2, 0xC3))
MODEL = 3


def ceilings() -> dict[str, int]:
    text = (ROOT / "contracts" / "README.md").read_text("utf-8")
    return {name: int(most) for name, most in re.findall(r"^\| (\w+\.\w+) \| (\d+) \|$", text, re.MULTILINE)}


def costs(network: Network) -> Iterator[tuple[str, int]]:
    def done(who: LocalAccount, contract: Contract, name: str, *values: object, value: int = 0) -> int:
        return int(network.act(who, contract, name, *values, value=value)["gasUsed"], 16)

    datanets = network.deploy(CREATOR, "Datanets")
    done(CREATOR, datanets, "createDatanet", "Topics", A, [])
    done(BEN, datanets, "contribute", 1, A, 1, B)
    yield "Datanets.contribute", done(ANN, datanets, "contribute", 1, A, 300, B)
    given = (1, ANN.address, A, 300, B)
    yield "Datanets.review", done(CREATOR, datanets, "review", 2, given, C, 290, B)
    yield "Datanets.release", done(CREATOR, datanets, "release", 1, C, 290, B)
    yield "Datanets.withdraw", done(ANN, datanets, "withdraw", 2, given, B, 3)
    params = deploy_params(network, TREASURY.address)
    yield "Params.setWindow", done(TREASURY, params, "setWindow", 60)
    support = network.deploy(CREATOR, "Support", ["address"], params.address)
    yield "Support.stake", done(ANN, support, "stake", MODEL, value=OPEN)
    yield "Support.reward", done(OUTSIDER, support, "reward", MODEL, value=10**15 + 7)
    yield "Support.claim", done(ANN, support, "claim", MODEL)
    yield "Support.unstake", done(ANN, support, "unstake", MODEL, OPEN)
    network.time += 8 * DAY
    yield "Support.withdraw", done(ANN, support, "withdraw", MODEL)
    for name in ("WOpen", "GOpen"):
        token = network.deploy(CREATOR, name)
        yield f"{name}.deposit", done(ANN, token, "deposit", value=OPEN)
        last = ("withdraw", OPEN) if name == "WOpen" else ("delegate", ANN.address)
        yield f"{name}.{last[0]}", done(ANN, token, *last)
    agents = network.deploy(CREATOR, "Agents")
    receipt = network.act(ANN, agents, "create", BEN.address, OPEN, DAY, value=OPEN)
    yield "Agents.create", int(receipt["gasUsed"], 16)
    agent = Contract("Agent", agents.events(receipt)[0][1]["agent"])
    call = bytes.fromhex(token.data("deposit")[2:])
    done(ANN, agent, "setAllowed", token.address, [call], True)
    yield "Agent.execute", done(BEN, agent, "execute", token.address, 5, call)


def test_every_operation_is_named_and_below_its_ceiling(network: Network) -> None:
    found = dict(costs(network))
    known = ceilings()
    assert found.keys() <= known.keys()
    over = {name: gas for name, gas in found.items() if gas > known[name]}
    assert over == {}
    loose = {name: (gas, known[name]) for name, gas in found.items() if gas < known[name] * 0.6}
    assert loose == {}, "a ceiling says nothing when it is far above"


def test_a_reward_costs_the_same_however_many_supporters(network: Network) -> None:
    params = deploy_params(network, TREASURY.address)
    support = network.deploy(CREATOR, "Support", ["address"], params.address)
    gas = []
    for who in (ANN, BEN, OUTSIDER):
        network.act(who, support, "stake", MODEL, value=OPEN)
        network.act(TREASURY, support, "reward", MODEL, value=OPEN)
        gas.append(int(network.act(TREASURY, support, "reward", MODEL, value=OPEN)["gasUsed"], 16))
    assert max(gas) - min(gas) < 25_000  # a slot more or less, not a supporter


@pytest.mark.parametrize("name", ["Datanets.contribute"])
def test_the_target_of_the_design_is_kept(name: str) -> None:
    assert ceilings()[name] <= 90_000
