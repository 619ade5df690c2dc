"""Several endpoints: what most of them agree on is the head, and whoever does not is named."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest

from core.chain.light_node import LightNode
from core.chain.network import Network
from core.chain.quorum import QuorumTransport, Standing
from core.chain.trust import Reason, Trust, TrustState
from core.errors import BadInput, HeadLost, NodeUnreachable, NoQuorum, ProofError, ProofMismatch
from core.eth.header import Header
from tests.core.chain.chain_setup import NOBODY, RICH, Scene, scene
from tests.doubles.lying_node import LyingNode, about, always, field
from tests.doubles.toy_chain import ToyChain


class Endpoint(LyingNode):
    """One of several, with a name."""

    def __init__(self, honest: Any, name: str) -> None:
        super().__init__(honest)
        self.endpoint = name  # type: ignore[misc]
        self.asked = 0

    def request(self, method: str, params: Any = ()) -> Any:
        self.asked += 1
        return super().request(method, params)


class Several:
    def __init__(self, here: Scene, count: int, needed: int) -> None:
        here.clock.time = 1_700_000_100
        here.chain.mine(5)
        self.chain = here.chain
        self.endpoints = [Endpoint(here.chain, f"https://{name}.example") for name in "abcde"[:count]]
        self.transport = QuorumTransport(self.endpoints, needed, here.chain.chain_id, patience=60)
        network = Network("far", "Far", here.chain.chain_id, reorg_depth=4)
        self.light = LightNode(self.transport, network, clock=here.clock)

    def standings(self) -> list[str]:
        report = self.light.report
        assert report is not None
        return [entry.standing.value for entry in report.endpoints]

    def lie(self, which: int, *lies: Any) -> None:
        self.endpoints[which].tell(*lies)


@pytest.fixture
def here() -> Scene:
    return scene()


@pytest.fixture
def three(here) -> Several:
    return Several(here, 3, 2)


def dead(method, params, answer):
    raise NodeUnreachable(endpoint="x", reason="gone")


def at(chain: ToyChain, block: int):
    """A head that lags."""
    return about(
        "eth_getBlockByNumber",
        lambda answer, params: chain.eth_getBlockByNumber(hex(block), False) if params[0] == "latest" else answer,
    )


def other_chain(chain: ToyChain, blocks: int = 6, wei: int = 10**30) -> ToyChain:
    made = ToyChain({NOBODY.raw: wei}, chain_id=chain.chain_id)
    made.mine(blocks)
    return made


def test_what_all_agree_on_is_believed_as_agreed(three, here):
    head = three.light.sync()
    assert head.trust == Trust(TrustState.QUORUM, Reason.AGREED, 6)
    assert three.light.account(here.who(0)).value.balance == RICH
    assert three.light.account(here.who(0)).trust.state is TrustState.QUORUM
    assert three.standings() == ["agrees"] * 3
    report = three.light.report
    assert (report.needed, report.agreeing, report.head) == (2, 3, head.value)
    assert three.transport.endpoint == "2 of 3 endpoints"


@pytest.mark.parametrize(
    ("lie", "standing"),
    [
        (dead, Standing.UNREACHABLE),
        (always("eth_chainId", "0x1"), Standing.WRONG_CHAIN),
        (field("eth_getBlockByNumber", "stateRoot", "0x" + "11" * 32), Standing.REFUSED),
        (always("eth_getBlockByNumber", None), Standing.REFUSED),
        (always("eth_getBlockByNumber", {"number": "0x0"}), Standing.REFUSED),
        (always("eth_chainId", ["0x1"]), Standing.REFUSED),
    ],
)
def test_one_of_three_that_fails_is_named_and_costs_nothing(three, here, lie, standing):
    three.lie(0, lie)
    assert three.light.sync().trust.state is TrustState.QUORUM
    assert three.standings() == [standing, "agrees", "agrees"]
    asked = three.endpoints[0].asked
    assert three.light.account(here.who(0)).value.balance == RICH
    assert three.endpoints[0].asked == asked, "who does not agree is not asked for state"


def test_a_minority_on_a_chain_of_its_own_is_named(three):
    other = other_chain(three.chain)
    three.lie(1, lambda method, params, _answer: other.request(method, params))
    assert three.light.sync().value.hash == three.chain.blocks[-1].hash
    assert three.standings() == ["agrees", "disagrees", "agrees"]


def test_a_minority_that_invents_height_is_asked_for_the_same_height_and_named(three):
    other = other_chain(three.chain, 40)
    three.lie(2, lambda method, params, _answer: other.request(method, params))
    assert three.light.sync().value.hash == three.chain.blocks[-1].hash
    assert three.standings() == ["agrees", "agrees", "disagrees"]
    assert three.light.report.endpoints[2].height == 40


def test_two_heights_are_compared_at_the_one_they_have_in_common(three):
    three.lie(0, at(three.chain, 4))
    three.lie(1, at(three.chain, 5))
    head = three.light.sync()
    assert (head.value.number, head.trust.state) == (5, TrustState.QUORUM)
    assert three.standings() == ["behind", "agrees", "agrees"]


def test_an_invented_height_beside_a_lagging_one_finds_the_lower_common_block(three):
    other = other_chain(three.chain, 40)
    three.lie(0, lambda method, params, _answer: other.request(method, params))
    three.lie(1, at(three.chain, 4))
    assert three.light.sync().value.number == 4
    assert three.standings() == ["disagrees", "agrees", "agrees"]


def test_without_a_majority_there_is_no_head_and_what_we_know_is_stale(three, here):
    known = three.light.sync().value
    here.clock.time += 60
    other, third = other_chain(three.chain, 8), other_chain(three.chain, 9, wei=5)
    three.lie(1, lambda method, params, _answer: other.request(method, params))
    three.lie(2, lambda method, params, _answer: third.request(method, params))
    with pytest.raises(NoQuorum) as caught:
        three.light.sync()
    assert (caught.value.needed, caught.value.endpoints) == (2, 3)
    assert three.light.head().trust == Trust(TrustState.STALE, Reason.NO_QUORUM, known.number, here.clock.now())
    assert three.light.report.head is None
    assert three.standings() == ["alone"] * 3
    with pytest.raises(NodeUnreachable):
        three.light.account(here.who(0))


def test_two_of_three_dead_is_no_quorum(three):
    three.lie(0, dead)
    three.lie(1, dead)
    with pytest.raises(NoQuorum) as caught:
        three.light.sync()
    assert caught.value.agreeing == 1
    assert three.standings() == ["unreachable", "unreachable", "alone"]


def test_a_lying_majority_cannot_take_back_what_was_seen_before(three):
    known = three.light.sync().value
    other = other_chain(three.chain, 20)
    for which in (0, 1):
        three.lie(which, lambda method, params, _answer: other.request(method, params))
    with pytest.raises(HeadLost):
        three.light.sync()
    assert three.light.head().value == known
    assert three.standings() == ["agrees", "agrees", "behind"]


def test_a_slow_one_is_not_waited_for_and_not_asked_again_until_it_is_done(here):
    several = Several(here, 3, 2)
    several.transport._patience = 3  # for two that answer at once
    release = threading.Event()

    def slow(method, params, answer):
        release.wait(120)
        return answer

    several.lie(2, slow)
    assert several.light.sync().trust.state is TrustState.QUORUM
    assert several.standings() == ["agrees", "agrees", "slow"]
    asked = several.endpoints[2].asked
    several.light.sync()
    assert several.endpoints[2].asked == asked, "one question at a time"
    release.set()
    several.transport._busy[2].join(60)
    several.endpoints[2].stop()
    several.transport._patience = 60
    several.light.sync()
    assert several.standings() == ["agrees"] * 3


def test_one_that_breaks_in_an_unforeseen_way_does_not_take_the_others_down(three):
    def broken(method, params, answer):
        raise RuntimeError(method)

    three.lie(1, broken)
    three.light.sync()
    assert three.standings() == ["agrees", "unreachable", "agrees"]


def test_a_question_goes_on_to_the_next_when_one_dies_in_between(three, here):
    three.light.sync()
    three.lie(0, dead)
    assert three.light.account(here.who(0)).value.balance == RICH
    three.lie(1, dead)
    three.lie(2, dead)
    with pytest.raises(NodeUnreachable):
        three.light.account(here.who(0))


def test_the_agreed_head_does_not_make_a_lie_about_state_true(three, here):
    three.light.sync()
    three.lie(0, field("eth_getProof", "balance", "0x1"))
    with pytest.raises(ProofMismatch):
        three.light.account(here.who(0))


def test_headers_in_between_hang_on_the_agreed_one_or_are_refused_and_not_kept(three):
    known = three.light.sync().value
    three.chain.mine(5)
    true = three.chain.eth_getBlockByNumber
    forged = dataclasses.replace(Header.from_rpc(true("0x8", False)), extra_data=b"forged").to_rpc()
    three.lie(0, about("eth_getBlockByNumber", lambda answer, params: forged if params[0] == "0x8" else answer))
    with pytest.raises(ProofError):
        three.light.sync()
    assert three.light.head().value == known
    three.endpoints[0].stop()
    assert three.light.sync().value.number == 11


def test_a_branch_that_the_majority_took_is_followed(three):
    three.light.sync()
    gone = []
    three.light.on_withdrawn(gone.append)
    chain = three.chain
    chain.blocks = chain.blocks[:-2]
    chain._time = iter(range(1_700_000_013, 1_700_000_100, 3))
    chain.mine(3)
    assert three.light.sync().value.hash == chain.blocks[-1].hash
    assert [(entry.first, entry.last) for entry in gone] == [(5, 6)]


@pytest.mark.parametrize(("count", "needed"), [(2, 1), (4, 2), (3, 4), (3, 0)])
def test_fewer_than_a_majority_is_no_quorum_at_all(here, count, needed):
    with pytest.raises(BadInput):
        Several(here, count, needed)


def test_the_same_endpoint_twice_is_one(here):
    twin = [Endpoint(here.chain, "https://a.example"), Endpoint(here.chain, "https://a.example")]
    with pytest.raises(BadInput):
        QuorumTransport(twin, 2, 5)
