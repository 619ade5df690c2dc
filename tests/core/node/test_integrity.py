"""A damaged ledger is said to be damaged, by the start where it matters at once, by a full check anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Cancelled, DatabaseCorrupt, NodeError, ProofMismatch, RpcError
from core.jobs import Progress
from core.node.evm import PyEvm
from core.node.history import History, Policy
from core.node.integrity import Checked, check_all, check_head, execute_all
from core.node.ledger import Ledger
from core.node.store import FULL_CHECK_BYTES
from core.node.upkeep import Upkeep
from core.worker.child import Child
from tests.contracts.network import KEY, Network, person

ANN, BEN = person("ann"), person("ben")


@pytest.fixture
def busy(network: Network) -> Network:
    network.deploy(ANN, "Datanets")
    for _ in range(8):
        network.send(ANN, to=BEN.address, value=1)
    return network


def history(network: Network) -> History:
    return History(network.ledger.store, network.ledger.lock, Policy(states=3, slack=1))


def test_a_sound_ledger_passes_every_check(busy: Network) -> None:
    store = busy.ledger.store
    check_head(store, busy.ledger.head)
    found = check_all(store, history(busy))
    assert (found.blocks, found.states) == (10, 10)
    assert execute_all(store, PyEvm) == 9
    history(busy).sweep()
    after = check_all(store, history(busy))
    assert after == Checked(10, 4, after.nodes, 0)
    assert after.nodes < found.nodes
    assert execute_all(store, PyEvm) == 9  # from the first block on, though the states between are gone


DAMAGES = [
    ("UPDATE nodes SET data = zeroblob(40) WHERE hash = (SELECT max(hash) FROM nodes)", "hash"),
    ("DELETE FROM nodes WHERE length(data) > 3000", "missing"),
    ("UPDATE transactions SET raw = randomblob(100) WHERE number = 4", "content of block 4"),
    ("UPDATE transactions SET receipt = zeroblob(30) WHERE number = 4", "content of block 4"),
    ("DELETE FROM transactions WHERE number = 4", "content of block 4"),
    ("UPDATE blocks SET beside = x'c0' WHERE number = 4", "content of block 4"),
    ("DELETE FROM blocks WHERE number = 4", "block 4 is missing"),
    ("UPDATE blocks SET header = substr(header, 1, 90) WHERE number = 4", "RLP"),
    ("INSERT INTO logs VALUES (4, 0, 0, x'00', x'00', NULL, NULL, NULL, NULL, x'')", "logs of block 4"),
    ("DELETE FROM logs", "logs of block"),
]


@pytest.mark.parametrize(("sql", "words"), DAMAGES)
def test_a_full_check_finds_what_was_changed_under_the_ledger(network: Network, sql: str, words: str) -> None:
    network.deploy(ANN, "Datanets")
    for _ in range(5):
        network.send(ANN, to=BEN.address, value=1)
    emitter = "60006000a000"  # LOG0
    network.send(ANN, data="0x" + emitter, gas=200_000)
    store = network.ledger.store
    store._database._connection.execute("PRAGMA foreign_keys = OFF")
    store._database.run(sql)
    with pytest.raises(DatabaseCorrupt, match=words):
        check_all(store, history(network))


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM blocks WHERE number = 2",
        "UPDATE transactions SET raw = randomblob(100) WHERE number = 9",
        "DELETE FROM transactions WHERE number = 9",
        "DELETE FROM nodes WHERE hash IN (SELECT hash FROM nodes WHERE length(data) < 600)",
    ],
)
def test_damage_near_the_head_stops_the_start(busy: Network, tmp_path: Path, sql: str) -> None:
    store = busy.ledger.store
    store._database._connection.execute("PRAGMA foreign_keys = OFF")
    store._database.run(sql)
    busy.close()
    with pytest.raises(DatabaseCorrupt):
        Ledger(tmp_path / "ledger.db", KEY)


def test_a_transaction_that_does_not_execute_to_its_block_is_found(busy: Network) -> None:
    """Everything hashes, but the state was never made by the rules: only execution tells."""
    ledger = busy.ledger
    block = ledger.engine.seal(ledger.head, ledger.next_time(), [])
    forged = replace(block, header=replace(block.header, state_root=ledger.store.header(3).state_root))
    ledger._keep(forged)
    check_all(ledger.store, history(busy))
    with pytest.raises(DatabaseCorrupt, match="block 10"):
        execute_all(ledger.store, PyEvm)


def test_a_check_can_be_stopped(busy: Network) -> None:
    stop = Progress()
    stop.cancel()
    with pytest.raises(Cancelled):
        check_all(busy.ledger.store, history(busy), stop)
    with pytest.raises(Cancelled):
        execute_all(busy.ledger.store, PyEvm, stop)


def test_blocks_and_sweeps_during_a_check_do_not_alarm_it(busy: Network) -> None:
    keeper = history(busy)

    def meanwhile(_done: float | None, _words: str) -> None:
        busy.send(ANN, to=BEN.address, value=1)
        keeper.sweep()

    check_all(busy.ledger.store, keeper, Progress(report=meanwhile))


# In the background


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_old_states_are_given_up_while_the_node_serves(busy: Network) -> None:
    upkeep = Upkeep(busy.ledger, KEY, Policy(states=3, slack=2))
    try:
        until(lambda: upkeep.history.last is not None)
        assert busy.send(ANN, to=BEN.address, value=1)["status"] == "0x1"
        with pytest.raises(RpcError, match="state not available"):
            busy.rpc("eth_getBalance", ANN.address, "0x2")
    finally:
        upkeep.stop()


def large(path: Path) -> None:
    network = Network(path)
    for number in range(40):
        network.send(ANN, data="0x61600080600a3d393df3" + f"{number:02x}" * 24_000, gas=9_000_000)
        if path.stat().st_size > 2 * FULL_CHECK_BYTES:
            break
    network.close()
    assert path.stat().st_size > FULL_CHECK_BYTES


def test_a_large_file_is_looked_over_while_it_serves_and_condemned_when_it_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    large(path)
    sound = Network(path)
    upkeep = Upkeep(sound.ledger, KEY)
    time.sleep(0.5)
    upkeep.stop()
    assert sound.rpc("eth_blockNumber")
    sound.close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1  # within one of the long codes, of which a start reads none
    path.write_bytes(data)
    network = Network(path)  # the damage is far from what a start reads
    upkeep = Upkeep(network.ledger, KEY)
    try:
        until(lambda: network.ledger.store._database is not network.ledger.store._real)
        with pytest.raises(DatabaseCorrupt):
            network.rpc("eth_getBlockByNumber", "0x1")
    finally:
        upkeep.stop()
        network.close()


# Through the child process


def test_the_child_looks_after_its_ledger(tmp_path: Path) -> None:
    path, key = str(tmp_path / "ledger.db"), KEY.hex()
    network = Network(tmp_path / "ledger.db")
    for _ in range(4):
        network.send(ANN, to=BEN.address, value=1)
    head, chain_id, genesis = network.ledger.head.hash.hex(), network.chain_id, network.ledger.genesis_hash.hex()
    network.close()
    node = Child("node")
    try:
        with pytest.raises(NodeError):
            node.call("status", timeout=120)
        node.call("open", timeout=120, path=path, key=key)
        assert node.call("checkpoint", timeout=120, name="today") == {"name": "today", "block": 4}
        assert node.call("check", timeout=120, execute=True)["executed"] == 4
        assert node.call("sweep", timeout=120)["firstState"] == 0
        told = node.call("snapshot", timeout=120, file=str(tmp_path / "snapshot"))
        assert told["head"] == "0x" + head
        told = node.call("export", timeout=120, file=str(tmp_path / "blocks"))
        assert (told["blocks"], told["genesisHash"]) == (5, "0x" + genesis)
        found = node.call("status", timeout=120)
        assert (found["head"], found["checkpoints"], found["cameAsSnapshotOf"]) == (4, {"today": 4}, 0)
        node.call("forget", timeout=120, name="today")
        with pytest.raises(NodeError):
            node.call("restore", timeout=120, path=path, key=key, file=path, head=head, chain_id=chain_id)
        node.call("close", timeout=120)

        other = {"key": key, "chain_id": chain_id, "timeout": 120}
        one, two = str(tmp_path / "one.db"), str(tmp_path / "two.db")
        assert node.call("restore", path=one, file=str(tmp_path / "snapshot"), head=head, **other)["block"] == 4
        with pytest.raises(ProofMismatch):
            node.call("restore", path=two, file=str(tmp_path / "snapshot"), head="11" * 32, **other)
        assert node.call("rebuild", path=two, file=str(tmp_path / "blocks"), genesis=genesis, **other)["taken"] == 4
        for path in (one, two):
            assert node.call("open", timeout=120, path=path, key=key)["head"]["hash"] == "0x" + head
    finally:
        node.stop()
