"""Nothing acknowledged is lost, and what is damaged is said to be damaged."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import (
    BadFile,
    DatabaseCorrupt,
    DiskFull,
    NewerProfile,
    OpenLedgerError,
    ProfileInUse,
    WrongChain,
)
from core.node.genesis import Genesis
from core.node.ledger import Ledger
from core.node.store import Store
from core.worker.child import Child
from tests.contracts.network import KEY, OPEN, START, Network, person

ANN, BEN = person("ann"), person("ben")


def filled(path: Path, blocks: int = 12) -> bytes:
    """A closed ledger with some blocks; the hash of its head."""
    network = Network(path)
    network.deploy(ANN, "Datanets")
    for _ in range(blocks - 1):
        network.send(ANN, to=BEN.address, value=1)
    network.close()
    return network.ledger.head.hash


def test_a_restart_keeps_the_head_and_goes_on_from_it(tmp_path: Path) -> None:
    head = filled(tmp_path / "ledger.db")
    network = Network(tmp_path / "ledger.db")
    assert network.ledger.head.hash == head
    assert network.balance(BEN.address) == 1_000 * OPEN + 11
    assert network.send(ANN, to=BEN.address, value=1)["blockNumber"] == "0xd"
    network.close()


def test_nothing_stands_in_the_clear(tmp_path: Path) -> None:
    filled(tmp_path / "ledger.db")
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert b"SQLite" not in data
        assert b"CREATE TABLE" not in data
        assert bytes.fromhex(BEN.address[2:]) not in data


def test_a_missing_ledger_needs_a_genesis(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        Ledger(tmp_path / "ledger.db", KEY)
    assert caught.value.reason == "missing"
    assert list(tmp_path.iterdir()) == []


def test_another_chains_genesis_does_not_open_this_ledger(tmp_path: Path) -> None:
    filled(tmp_path / "ledger.db", 1)
    with pytest.raises(WrongChain) as caught:
        Network(tmp_path / "ledger.db", chain_id=9)
    assert caught.value.expected == 9


def test_a_wrong_key_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    head = filled(tmp_path / "ledger.db", 2)
    with pytest.raises(DatabaseCorrupt):
        Ledger(tmp_path / "ledger.db", bytes(32))
    ledger = Ledger(tmp_path / "ledger.db", KEY)
    assert ledger.head.hash == head
    ledger.close()


@pytest.mark.parametrize("place", [0.0, 0.2, 0.5, 0.8, 0.99])
def test_one_changed_byte_anywhere_is_found_at_the_start(tmp_path: Path, place: float) -> None:
    path = tmp_path / "ledger.db"
    filled(path)
    data = bytearray(path.read_bytes())
    data[int(len(data) * place)] ^= 1
    path.write_bytes(data)
    with pytest.raises(DatabaseCorrupt) as caught:
        Ledger(path, KEY)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.7, 0.999])
def test_a_truncated_ledger_is_found_at_the_start(tmp_path: Path, part: float) -> None:
    path = tmp_path / "ledger.db"
    filled(path)
    os.truncate(path, int(path.stat().st_size * part))
    for genesis in (None, Genesis(0x0170_7E57, START, {})):  # never begun anew over what was there
        with pytest.raises(DatabaseCorrupt):
            Ledger(path, KEY, genesis)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DELETE FROM meta", "no first block"),
        ("DELETE FROM blocks WHERE number = 0", "no first block"),
        ("DELETE FROM blocks WHERE number = 11", "no parent"),
        ("DELETE FROM nodes", "no state"),
        ("UPDATE blocks SET header = substr(header, 1, 100) WHERE number = 12", "RLP"),
        ("UPDATE blocks SET hash = randomblob(32) WHERE number = 12", "hash"),
        ("UPDATE nodes SET data = zeroblob(40)", "hash"),
    ],
)
def test_an_unsound_head_is_found_at_the_start(tmp_path: Path, sql: str, reason: str) -> None:
    path = tmp_path / "ledger.db"
    filled(path)
    store = Store(path, KEY)
    store._database._connection.execute("PRAGMA foreign_keys = OFF")
    store._database.run(sql)
    store.close()
    with pytest.raises(DatabaseCorrupt, match=reason):
        Ledger(path, KEY)


def test_a_changed_node_is_never_executed(tmp_path: Path) -> None:
    network = Network(tmp_path / "ledger.db")
    contract = network.deploy(ANN, "Datanets")
    network.ledger.store._cache.clear()
    network.ledger.store._database.run("UPDATE nodes SET data = zeroblob(40) WHERE length(data) > 3000")
    with pytest.raises(DatabaseCorrupt, match="hash"):
        network.rpc("eth_call", {"to": contract.address, "data": contract.data("datanetCount")})
    network.close()


def test_a_ledger_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    filled(path, 1)
    store = Store(path, KEY)
    store._database._connection.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(NewerProfile):
        Ledger(path, KEY)


def test_a_full_disk_refuses_the_transaction_and_keeps_everything_before_it(tmp_path: Path) -> None:
    network = Network(tmp_path / "ledger.db")
    network.send(ANN, to=BEN.address, value=1)
    connection = network.ledger.store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()
    before = network.rpc("eth_getBlockByNumber", "latest")
    with pytest.raises(DiskFull):
        network.deploy(ANN, "Settlement", ["address"] * 5, *[ANN.address] * 5)
    assert network.rpc("eth_getBlockByNumber", "latest") == before
    assert network.rpc("eth_getTransactionCount", ANN.address) == "0x1"
    connection.execute("PRAGMA max_page_count = 1000000").fetchone()
    network.deploy(ANN, "Settlement", ["address"] * 5, *[ANN.address] * 5)
    assert network.rpc("eth_blockNumber") == "0x2"
    network.close()


def test_a_second_writer_cannot_fork_the_ledger(tmp_path: Path) -> None:
    filled(tmp_path / "ledger.db", 1)
    first, second = Network(tmp_path / "ledger.db"), Network(tmp_path / "ledger.db")
    first.send(ANN, to=BEN.address, value=1)
    with pytest.raises(ProfileInUse):
        second.send(ANN, to=BEN.address, value=2)
    first.send(ANN, to=BEN.address, value=3)
    first.close()
    second.close()


def test_an_unfinished_beginning_is_begun_again(tmp_path: Path) -> None:
    """A crash while the first block was being written leaves only a file of another name."""
    path = tmp_path / "ledger.db"
    (tmp_path / "ledger.db.new").write_bytes(b"half a ledger")
    (tmp_path / "ledger.db-wal").write_bytes(b"of a ledger deleted by hand")
    network = Network(path)
    network.send(ANN, to=BEN.address)
    network.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.db"]


def test_threads_may_share_a_ledger(tmp_path: Path) -> None:
    network = Network(tmp_path / "ledger.db")
    failures: list[Exception] = []

    def read() -> None:
        try:
            for _ in range(40):
                block = network.rpc("eth_getBlockByNumber", "latest", True)
                assert int(network.rpc("eth_getBalance", BEN.address, block["number"]), 16) >= 1_000 * OPEN
        except Exception as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(15):
        network.send(ANN, to=BEN.address, value=1)
    for reader in readers:
        reader.join()
    assert failures == []
    network.close()


# Through the child process

GENESIS = {
    "chainId": 0x0170_7E57,
    "timestamp": START,
    "alloc": {ANN.address: {"balance": hex(1_000 * OPEN)}, BEN.address: {"balance": "0x1"}},
}


def payment(nonce: int) -> str:
    signed = ANN.sign_transaction(
        {
            "type": 2,
            "chainId": 0x0170_7E57,
            "nonce": nonce,
            "to": BEN.address,
            "value": 1,
            "gas": 21_000,
            "maxFeePerGas": 2 * 10**9,
            "maxPriorityFeePerGas": 10**6,
        }
    )
    return "0x" + bytes(signed.raw_transaction).hex()


@pytest.fixture
def node() -> Any:
    child = Child("node")
    yield child
    child.stop()


def rpc(node: Child) -> Callable[..., Any]:
    return lambda method, *params: node.call("rpc", timeout=120, method=method, params=list(params))


def test_the_child_opens_serves_tells_of_heads_and_closes(tmp_path: Path) -> None:
    heads: list[tuple[str, str]] = []
    node = Child("node", on_event=lambda event, data: heads.append((event, data["number"])))
    try:
        key = secrets.token_hex(32)
        path = str(tmp_path / "network" / "ledger.db")
        with pytest.raises(OpenLedgerError, match="no ledger is open"):
            rpc(node)("eth_chainId")
        with pytest.raises(BadFile):
            node.call("open", timeout=120, path=path, key=key)
        opened = node.call("open", timeout=120, path=path, key=key, genesis=GENESIS)
        assert opened["chainId"] == 0x0170_7E57
        assert opened["head"]["hash"] == opened["genesisHash"]
        digest = rpc(node)("eth_sendRawTransaction", payment(0))
        assert heads == [("newHeads", "0x1")]
        node.call("close", timeout=120)
        again = node.call("open", timeout=120, path=path, key=key)
        assert (again["genesisHash"], again["head"]["number"]) == (opened["genesisHash"], "0x1")
        assert rpc(node)("eth_getTransactionReceipt", digest)["status"] == "0x1"
        with pytest.raises(DatabaseCorrupt):
            node.call("open", timeout=120, path=path, key=secrets.token_hex(32))
    finally:
        node.stop()


@pytest.mark.parametrize("delay", [0.05, 0.21, 0.47])
def test_a_kill_at_any_moment_loses_nothing_acknowledged(tmp_path: Path, node: Child, delay: float) -> None:
    path = str(tmp_path / "ledger.db")
    node.call("open", timeout=120, path=path, key=KEY.hex(), genesis=GENESIS)
    pid = node.pid
    assert pid is not None
    acknowledged: list[str] = []

    def burst() -> None:
        with contextlib.suppress(OpenLedgerError):  # a call after the kill begins a node without a ledger
            for nonce in range(10_000):
                acknowledged.append(rpc(node)("eth_sendRawTransaction", payment(nonce)))  # noqa: PERF401 - one by one

    rpc(node)("eth_chainId")
    sender = threading.Thread(target=burst)
    sender.start()
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)
    sender.join(timeout=120)
    copy = tmp_path / "copy"
    copy.mkdir()
    for end in ("", "-wal", "-shm"):
        if Path(path + end).exists():
            shutil.copy(path + end, copy / ("ledger.db" + end))
    ledger = Ledger(copy / "ledger.db", KEY)
    known = [ledger.store.transaction(bytes.fromhex(digest[2:])) for digest in acknowledged]
    assert None not in known
    assert ledger.head.number in (len(acknowledged), len(acknowledged) + 1)  # one may be done but not yet answered
    account = ledger.engine.account(ledger.head.state_root, bytes.fromhex(ANN.address[2:]))
    assert account is not None
    assert account.nonce == ledger.head.number
    ledger.close()
