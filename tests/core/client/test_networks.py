"""Other networks through the client: chosen, asked, read with proofs, and said as far as they can be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from core.chain.book import NetworkBook
from core.client import networks as client_networks
from core.client.networks import Networks
from core.errors import BadInput, NodeUnreachable, WrongChain
from core.events import Changed
from core.storage import Database
from core.units import Amount
from core.vault.migrations import MIGRATIONS
from tests.core.chain.chain_setup import RICH, SetClock, scene
from tests.doubles.lying_node import LyingNode, always
from ui import text

A, B, C = (f"https://{name}.example" for name in "abc")


@dataclass
class Desk:
    """What `Networks` needs of a client: a vault, accounts, a clock."""

    session: Any
    wallet: Any
    clock: SetClock
    said: Callable[[Changed], None]
    heard: list[Changed] = field(default_factory=list)


@pytest.fixture
def world(tmp_path, monkeypatch):
    here = scene()
    here.chain.mine(4)
    nodes = {url: LyingNode(here.chain) for url in (A, B, C)}
    for url, node in nodes.items():
        node.endpoint = url
    database = Database(tmp_path / "vault.db", bytes(range(32)), MIGRATIONS)
    heard: list[Changed] = []
    desk = Desk(
        SimpleNamespace(db=database, network=SimpleNamespace(chain_id=77)),
        SimpleNamespace(rows=lambda: [SimpleNamespace(name="Ada", address=here.who(0))]),
        SetClock(1_700_000_100),
        heard.append,
        heard,
    )
    monkeypatch.setattr(
        client_networks, "NetworkBook", lambda load, save, own: NetworkBook(load, save, own, connect=nodes.__getitem__)
    )
    yield SimpleNamespace(networks=Networks(desk), nodes=nodes, here=here, desk=desk)  # type: ignore[arg-type]
    database.close()


def test_what_ships_is_listed_and_needs_an_endpoint_first(world):
    assert [(one.chain_id, one.symbol, one.endpoints) for one in world.networks.all()] == [
        (1612, "OPEN", ()),
        (161201, "OPN", ()),
    ]
    with pytest.raises(BadInput) as caught:
        world.networks.look("openledger")
    assert text.explain(caught.value).what_to_do == "Add an endpoint of this network first."
    with pytest.raises(WrongChain):
        world.networks.add_endpoint("openledger", A)


def test_balances_are_proven_and_the_head_is_one_endpoint_s_word_until_more_agree(world):
    key = world.networks.add("Far", A, symbol="FAR").key
    look = world.networks.look(key)
    assert (look.height, look.trust.state, look.trust.reason) == (5, "unverified", "same endpoint")
    assert look.endpoints == ()
    ((name, balance),) = look.balances
    assert (name, balance.value) == ("Ada", Amount(RICH))
    world.networks.add_endpoint(key, B)
    assert world.networks.add_endpoint(key, C).needed == 2
    world.nodes[B].tell(always("eth_chainId", "0x1"))
    look = world.networks.look(key)
    assert (look.trust.state, look.balances[0][1].trust.state) == ("quorum", "quorum")
    assert [(one.endpoint, one.standing) for one in look.endpoints] == [
        (A, "agrees"), (B, "wrong chain"), (C, "agrees"),
    ]  # fmt: skip
    assert all(changed.network for changed in world.desk.heard)


def test_who_cannot_be_believed_is_said_and_no_balance_is_shown(world):
    key = world.networks.add("Far", A).key
    world.networks.add_endpoint(key, B)

    def dead(*_: Any) -> Any:
        raise NodeUnreachable(endpoint="x", reason="gone")

    world.nodes[A].tell(dead)
    look = world.networks.look(key)
    assert (look.trust.state, look.trust.reason, look.height, look.balances) == ("failed", "NoQuorum", None, ())
    assert [one.standing for one in look.endpoints] == ["unreachable", "alone"]
    world.networks.remove_endpoint(key, A)
    world.nodes[B].tell(always("eth_getProof", None))
    assert world.networks.look(key).trust.reason == "BadEncoding"
    world.networks.remove(key)
    assert len(world.networks.all()) == 2


def test_a_block_that_one_knows_is_pinned_by_its_hash(world):
    key = world.networks.add("Far", A).key
    block = world.here.chain.blocks[3]
    assert world.networks.pin(key, 3, "0x" + block.hash.hex()).checkpoint == (3, "0x" + block.hash.hex())
    assert world.networks.look(key).trust.reason == "beyond checkpoint"
    world.networks.pin(key, 3, "11" * 32)
    assert world.networks.look(key).trust.reason == "another pinned block"
    assert world.networks.pin(key, None).checkpoint is None
    with pytest.raises(BadInput):
        world.networks.pin(key, 3, "xyz")
