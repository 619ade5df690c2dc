"""Other networks are the person's choice: asked for their chain before they are kept, and read as they deserve."""

from __future__ import annotations

from typing import Any

import pytest

from core.chain.book import NetworkBook, connect, majority
from core.chain.network import READ, WALLET, Checkpoint
from core.chain.quorum import QuorumTransport
from core.chain.trust import Reason, TrustState
from core.errors import BadInput, NodeUnreachable, ProofError, WrongChain
from tests.core.chain.chain_setup import Scene, scene
from tests.doubles.lying_node import LyingNode, always
from tests.doubles.toy_chain import ToyChain

A, B, C = (f"https://{name}.example" for name in "abc")


class World:
    """Endpoints by address; whoever is not there is dead."""

    def __init__(self) -> None:
        self.here: Scene = scene()
        self.kept: Any = None
        self.nodes: dict[str, LyingNode] = {}
        self.book = NetworkBook(lambda: self.kept, self._save, own=77, connect=self.connect)

    def _save(self, value: Any) -> None:
        self.kept = value

    def up(self, *urls: str, chain: Any = None) -> None:
        for url in urls:
            self.nodes[url] = LyingNode(chain or self.here.chain)
            self.nodes[url].endpoint = url  # type: ignore[misc]

    def connect(self, url: str) -> Any:
        if url not in self.nodes:
            self.up(url)
            self.nodes[url].tell(_dead)
        return self.nodes[url]


def _dead(*_: Any) -> Any:
    raise NodeUnreachable(endpoint="x", reason="gone")


@pytest.fixture
def world() -> World:
    return World()


def test_what_ships_has_no_endpoint_and_cannot_be_read_until_one_is_chosen(world):
    entries = world.book.entries()
    assert {entry.network.chain_id for entry in entries.values()} == {1612, 161201}
    assert all(entry.endpoints == () and not entry.custom for entry in entries.values())
    with pytest.raises(BadInput) as caught, world.book.reading("openledger"):
        pass
    assert caught.value.reason == "no endpoint"


def test_a_network_is_known_by_what_its_endpoint_says_and_is_read_at_once(world):
    world.up(A)
    entry = world.book.add("  Far  ", A, symbol="FAR")
    assert (entry.network.name, entry.network.chain_id, entry.network.symbol) == ("Far", 4242, "FAR")
    assert entry.network.uses == {READ, WALLET}
    assert entry.custom
    world.here.clock.time = 1_700_000_100
    with world.book.reading(entry.network.key, clock=world.here.clock) as light:
        assert light.sync().trust.reason is Reason.SAME_ENDPOINT


def test_several_endpoints_make_a_quorum_of_more_than_half(world):
    world.up(A, B, C)
    key = world.book.add("Far", A).network.key
    world.book.add_endpoint(key, B)
    assert world.book.add_endpoint(key, C).needed == 2
    world.here.clock.time = 1_700_000_100
    with world.book.reading(key, clock=world.here.clock) as light:
        assert isinstance(light._transport, QuorumTransport)
        assert light.sync().trust.state is TrustState.QUORUM
    assert world.book.need(key, 3).needed == 3
    for needed in (0, 1, 4):
        with pytest.raises(BadInput):
            world.book.need(key, needed)
    assert world.book.remove_endpoint(key, C).needed == 2
    assert world.book.remove_endpoint(key, B).endpoints == (A,)


def test_an_endpoint_of_another_chain_is_refused_and_nothing_is_kept(world):
    world.up(A)
    key = world.book.add("Far", A).network.key
    world.up(B, chain=ToyChain({}, chain_id=5))
    with pytest.raises(WrongChain) as caught:
        world.book.add_endpoint(key, B)
    assert (caught.value.expected, caught.value.found) == (4242, 5)
    with pytest.raises(WrongChain):
        world.book.add_endpoint("openledger", A)
    assert world.book.entry(key).endpoints == (A,)


@pytest.mark.parametrize(
    ("lie", "error"),
    [
        (_dead, NodeUnreachable),
        (always("eth_chainId", 7), ProofError),
        (always("eth_chainId", "0x" + "f" * 40), ProofError),
        (always("eth_chainId", "0x0"), BadInput),
        (always("eth_getBlockByNumber", None), ProofError),
    ],
)
def test_what_is_no_node_is_not_kept(world, lie, error):
    world.up(A)
    world.nodes[A].tell(lie)
    with pytest.raises(error):
        world.book.add("Far", A)
    assert world.kept is None


def test_the_same_chain_twice_and_one_s_own_ledger_are_refused(world):
    world.up(A, B)
    world.book.add("Far", A)
    with pytest.raises(BadInput) as caught:
        world.book.add("Again", B)
    assert caught.value.reason == "already there"
    world.up(C, chain=ToyChain({}, chain_id=77))
    with pytest.raises(BadInput):
        world.book.add("Mine", C)
    with pytest.raises(BadInput):
        world.book.add(" ", C)


def test_the_same_host_twice_is_one_endpoint(world):
    world.up(A)
    key = world.book.add("Far", A).network.key
    with pytest.raises(BadInput) as caught:
        world.book.add_endpoint(key, A)
    assert caught.value.reason == "twice"


def test_a_checkpoint_is_kept_and_followed(world):
    world.up(A)
    world.here.chain.mine(5)
    key = world.book.add("Far", A).network.key
    block = world.here.chain.blocks[3]
    world.book.pin(key, Checkpoint(3, block.hash))
    world.here.clock.time = 1_700_000_100
    with world.book.reading(key, clock=world.here.clock) as light:
        assert light.sync().trust.reason is Reason.BEYOND_CHECKPOINT
    world.book.pin(key, Checkpoint(3, b"\x01" * 32))
    with world.book.reading(key, clock=world.here.clock) as light, pytest.raises(WrongChain):
        light.sync()
    assert world.book.pin(key, None).network.checkpoint is None
    with pytest.raises(BadInput):
        world.book.pin(key, Checkpoint(3, b"short"))


def test_what_was_added_can_be_taken_away_and_what_ships_stays(world):
    world.up(A)
    key = world.book.add("Far", A).network.key
    world.book.remove(key)
    assert key not in world.book.entries()
    with pytest.raises(BadInput):
        world.book.remove(key)
    world.up(B, chain=ToyChain({}, chain_id=1612))
    assert world.book.add_endpoint("openledger", B).endpoints == (B,)
    world.book.remove("openledger")
    assert world.book.entry("openledger").endpoints == ()


def test_an_endpoint_must_be_https(world):
    with pytest.raises(BadInput):
        connect("http://a.example")
    assert [majority(count) for count in (1, 2, 3, 4, 5)] == [1, 2, 2, 3, 3]
