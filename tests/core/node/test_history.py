"""Old states are given up by a stated rule, safely: what is kept stays whole whatever happens in between."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import rlp
from trie import HexaryTrie

from core.errors import BadInput, DatabaseCorrupt, NotKept, RpcError
from core.keccak import keccak256
from core.node.history import History, Policy
from core.node.store import MIGRATIONS, Store
from core.node.tries import Kind, Walk, references, trie_root
from core.node.values import EMPTY_TRIE_ROOT
from core.storage import Database
from tests.contracts.network import KEY, OPEN, Network, person

ANN, BEN = person("ann"), person("ben")
SMALL = Policy(states=4, slack=4, step=7)


def history(network: Network, policy: Policy = SMALL) -> History:
    return History(network.ledger.store, network.ledger.lock, policy)


def pay(network: Network, times: int) -> None:
    for _ in range(times):
        network.send(ANN, to=BEN.address, value=1)


def stored(store: Store) -> int:
    return int(store._database.one("SELECT count(*) FROM nodes")[0])


def whole(store: Store, block: int) -> int:
    """Nodes of a state, every one read and hashed."""
    header = store.header(block)
    assert header is not None
    walk = Walk(store.node)
    walk.add(header.state_root)
    while walk.next():
        pass
    return len(walk)


@pytest.fixture
def busy(network: Network) -> Network:
    network.deploy(ANN, "Datanets")
    pay(network, 14)
    return network


def test_the_last_states_and_the_first_stay_and_the_others_go(busy: Network) -> None:
    before = stored(busy.ledger.store)
    swept = history(busy).sweep()
    assert swept.first == 12
    assert swept.dropped == before - stored(busy.ledger.store) > 0
    assert swept.kept == stored(busy.ledger.store)
    for block in (0, 12, 13, 14, 15):
        assert whole(busy.ledger.store, block)
    assert busy.rpc("eth_getBalance", BEN.address, "0xc") == hex(1_000 * OPEN + 11)
    assert busy.rpc("eth_getBalance", BEN.address, "earliest") == hex(1_000 * OPEN)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("eth_getBalance", [BEN.address]),
        ("eth_getTransactionCount", [BEN.address]),
        ("eth_getCode", [BEN.address]),
        ("eth_getStorageAt", [BEN.address, "0x0"]),
        ("eth_getProof", [BEN.address, []]),
        ("eth_call", [{"to": BEN.address}]),
        ("eth_estimateGas", [{"to": BEN.address}]),
    ],
)
def test_a_question_about_a_state_given_up_is_told_so(busy: Network, method: str, arguments: list[Any]) -> None:
    history(busy).sweep()
    with pytest.raises(RpcError) as caught:
        busy.rpc(method, *arguments, "0x5")
    assert caught.value.code == -32000
    assert caught.value.message == "state not available for block 5: states are kept from block 12 on"


def test_headers_transactions_receipts_and_logs_are_kept_for_ever(busy: Network) -> None:
    asked = [("eth_getBlockByNumber", hex(n), True) for n in range(16)]
    asked += [("eth_getBlockReceipts", hex(n)) for n in range(16)]
    asked += [("eth_getLogs", {"fromBlock": "0x0"}), ("eth_feeHistory", "0x10", "latest", [50])]
    before = [busy.rpc(*one) for one in asked]
    history(busy).sweep()
    assert [busy.rpc(*one) for one in asked] == before


def test_a_checkpoint_keeps_its_state_until_it_is_forgotten(busy: Network) -> None:
    keeper = history(busy)
    header = busy.ledger.store.header(6)
    assert header is not None
    keeper.checkpoint("before the release", header)
    keeper.sweep()
    assert busy.rpc("eth_getBalance", BEN.address, "0x6") == hex(1_000 * OPEN + 5)
    with pytest.raises(NotKept):
        busy.ledger.store.need_state(7)
    keeper.forget("before the release")
    assert keeper.due()
    assert keeper.sweep().dropped > 0
    with pytest.raises(NotKept):
        keeper.checkpoint("too late", header)


def test_checkpoints_are_named_once_and_found_after_a_restart(tmp_path: Path) -> None:
    network = Network(tmp_path / "ledger.db")
    keeper = history(network)
    keeper.checkpoint("start", network.ledger.head)
    for name in ("start", "", "a\nb", "x" * 65):
        with pytest.raises(BadInput):
            keeper.checkpoint(name, network.ledger.head)
    with pytest.raises(BadInput):
        keeper.forget("never named")
    network.close()
    again = Network(tmp_path / "ledger.db")
    assert history(again).checkpoints == {"start": 0}
    again.close()


def test_a_sweep_is_due_when_enough_has_gathered_and_not_before(network: Network) -> None:
    keeper = history(network)
    pay(network, 6)
    assert not keeper.due()
    pay(network, 1)
    assert keeper.due()
    keeper.sweep()
    assert not keeper.due()


@pytest.mark.parametrize("seen", [0, 1, 4])
def test_blocks_made_in_the_middle_of_a_sweep_are_whole(busy: Network, seen: int) -> None:
    keeper = history(busy, Policy(states=4, slack=4, step=60))
    for _ in range(seen):
        assert keeper.step()
    contract = busy.deploy(BEN, "Settlement", ["address"] * 5, *[ANN.address] * 5)
    while keeper.step():
        busy.send(ANN, to=BEN.address, value=1)
        assert busy.ledger.head.number < 400
    store = busy.ledger.store
    for block in range(busy.ledger.head.number - 3, busy.ledger.head.number + 1):
        assert whole(store, block)
    assert len(busy.rpc("eth_getCode", contract.address)) > 1_000


def test_a_state_that_returns_to_what_it_was_is_not_lost(network: Network) -> None:
    """Blocks may write again the very nodes that a sweep is about to drop."""
    keeper = history(network)
    store = network.ledger.store
    pay(network, 8)
    old = store.header(2)
    assert old is not None
    walk = Walk(store.node)
    walk.add(old.state_root)
    again = {}
    while (found := walk.next()) is not None:
        again[keccak256(found[1])] = found[1]
    keeper.step()
    keeper.sweep()
    assert any(store.get(digest) is None for digest in again)
    store.add_nodes(list(again.items()))
    assert all(store.get(digest) == data for digest, data in again.items())


def test_what_a_sweep_is_cut_off_in_the_next_start_finishes(tmp_path: Path) -> None:
    network = Network(tmp_path / "ledger.db")
    pay(network, 12)
    keeper = history(network)
    for _ in range(15):
        keeper.step()
    network.close()
    again = Network(tmp_path / "ledger.db")
    keeper = history(again)
    assert again.rpc("eth_getBalance", BEN.address) == hex(1_000 * OPEN + 12)
    assert keeper.due()
    assert keeper.sweep().kept == stored(again.ledger.store)
    again.close()


def test_a_pinned_state_outlives_the_sweeps_of_its_time(busy: Network) -> None:
    keeper = history(busy)
    header = busy.ledger.head
    with keeper.pinned(header):
        pay(busy, 8)
        keeper.sweep()
        assert whole(busy.ledger.store, header.number)
    keeper.sweep()
    with pytest.raises(DatabaseCorrupt, match="missing"):
        whole(busy.ledger.store, header.number)


def test_a_damaged_state_stops_the_sweep_before_anything_is_dropped(busy: Network) -> None:
    store = busy.ledger.store
    root = busy.ledger.head.state_root
    before = stored(store)
    store._database.run("UPDATE nodes SET data = zeroblob(60) WHERE hash = ?", root)
    with pytest.raises(DatabaseCorrupt):
        history(busy).sweep()
    store._database.run("DELETE FROM nodes WHERE hash = ?", root)
    with pytest.raises(DatabaseCorrupt, match="missing"):
        history(busy).sweep()
    assert stored(store) == before - 1


def test_a_code_that_looks_like_a_node_of_the_state_does_not_hide_it(network: Network) -> None:
    """Anyone may deploy the bytes of a trie node: seen as a code first, it must still be walked as a node."""
    store = network.ledger.store
    node = store.node(network.ledger.head.state_root)
    assert len(node) < 0x10000
    size = len(node).to_bytes(2, "big")
    code = b"\x61" + size + b"\x60\x0c\x5f\x39\x61" + size + b"\x5f\xf3"
    code = code[:4] + bytes([len(code)]) + code[5:]
    receipt = network.send(ANN, data="0x" + (code + node).hex(), gas=3_000_000)
    assert receipt["status"] == "0x1"
    assert network.rpc("eth_getCode", receipt["contractAddress"]) == "0x" + node.hex()
    walk = Walk(store.node)
    walk.add(network.ledger.head.state_root)
    walk.add(network.ledger.store.header(0).state_root)
    while walk.next():
        pass
    assert keccak256(node) in walk.codes & walk.nodes
    pay(network, 1)
    history(network).sweep()
    for block in range(network.ledger.head.number + 1):
        assert whole(store, block)


def first_version(source: Path, target: Path) -> None:
    """The rows of a ledger in a file as the first version of the program made them."""
    new, old = Store(source, KEY)._database, Database(target, KEY, MIGRATIONS[:1])
    for table in ("meta", "nodes", "blocks", "transactions", "logs"):
        names = [row["name"] for row in old.all(f"PRAGMA table_info({table})")]
        rows = [tuple(row) for row in new.all(f"SELECT {', '.join(names)} FROM {table}")]
        old.run_many(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", rows)
    new.close()
    old.close()


def test_a_ledger_of_the_first_version_is_brought_up_to_date_in_place(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    network = Network(tmp_path / "new.db")
    pay(network, 10)
    network.close()
    first_version(tmp_path / "new.db", path)
    again = Network(path)
    assert again.rpc("eth_getBalance", BEN.address, "0x3") == hex(1_000 * OPEN + 3)
    keeper = history(again)
    assert keeper.due()
    keeper.sweep()
    pay(again, 1)
    assert whole(again.ledger.store, 11)
    again.close()


def test_threads_may_ask_and_mine_while_a_sweep_runs(busy: Network) -> None:
    keeper = history(busy)
    failures: list[Exception] = []

    def sweep() -> None:
        try:
            for _ in range(4):
                keeper.sweep()
        except Exception as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    for number in range(12):
        busy.send(ANN, to=BEN.address, value=1)
        assert int(busy.rpc("eth_getBalance", BEN.address), 16) == 1_000 * OPEN + 15 + number
    sweeper.join()
    assert failures == []
    assert whole(busy.ledger.store, busy.ledger.head.number)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        rlp.encode([b"a"]),
        rlp.encode([b""] * 16),
        rlp.encode([b""] * 16 + [b"v"]),
        b"\xc2\x80\x80",
        b"\xf8",
    ],
)
def test_what_is_no_trie_node_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        references(data, Kind.ACCOUNTS)


def test_nodes_within_nodes_are_followed() -> None:
    tree = HexaryTrie({})
    for key in range(600):
        tree[key.to_bytes(4, "big")] = b"v" if key % 3 else b"long enough to stand alone" * 2
    walk = Walk(tree.db.__getitem__)
    walk._waiting = [(tree.root_hash, Kind.SLOTS)]
    while walk.next():
        pass
    kept = {digest: tree.db[digest] for digest in walk.nodes}
    assert all(HexaryTrie(kept, tree.root_hash)[key.to_bytes(4, "big")] for key in range(600))


def test_the_root_of_a_list_is_that_of_blocks() -> None:
    assert trie_root([]) == EMPTY_TRIE_ROOT
    tree = HexaryTrie({})
    items = [bytes([i]) * 40 for i in range(200)]
    for i, item in enumerate(items):
        tree[rlp.encode(i)] = item
    assert trie_root(items) == tree.root_hash
