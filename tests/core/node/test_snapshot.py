"""A ledger goes into one file and comes out of it whole, believing nothing but the head's hash."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rlp

from core.errors import (
    BadFile,
    BadInput,
    Cancelled,
    DiskFull,
    NotKept,
    ProofError,
    ProofMismatch,
    RpcError,
    WrongChain,
    WrongPassword,
)
from core.jobs import Progress
from core.node.history import History, Policy
from core.node.ledger import Ledger
from core.node.rpc import Rpc
from core.node.snapshot import Snapshot, read_snapshot, write_snapshot
from core.node.snapshot_file import MAGIC, Frame, FrameReader, FrameWriter
from tests.contracts.network import KEY, Network, person
from tests.doubles.cheap import BOUNDS, COST, PASSWORD

ANN, BEN = person("ann"), person("ben")
OTHER_KEY = bytes(range(1, 33))


def take(network: Network, to: Path, **options: Any) -> Snapshot:
    ledger = network.ledger
    return write_snapshot(ledger.store, History(ledger.store, ledger.lock), ledger.head, to, **options)


@pytest.fixture
def busy(network: Network) -> Network:
    contract = network.deploy(ANN, "Datanets")
    for _ in range(5):
        network.send(ANN, to=BEN.address, value=1)
    network.refused(BEN, contract, "contribute", 99, b"\1" * 32, 1, b"\2" * 32)
    return network


class Restored(Network):
    """A network on a ledger that is there already."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.time = 0
        self.ledger = Ledger(path, key, clock=lambda: self.time)
        self.heads = []
        self._rpc = Rpc(self.ledger, self.heads.append)
        self.chain_id = self.ledger.chain_id


def questions(network: Network) -> list[Any]:
    head = network.ledger.head.number
    asked: list[tuple[Any, ...]] = [("eth_getBlockByNumber", hex(n), True) for n in range(head + 1)]
    asked += [("eth_getBlockReceipts", hex(n)) for n in range(head + 1)]
    asked += [("eth_getLogs", {"fromBlock": "0x0"}), ("eth_getProof", ANN.address, ["0x0"], "latest")]
    return [network.rpc(*one) for one in asked]


def test_a_ledger_comes_out_as_it_went_in_and_goes_on(busy: Network, tmp_path: Path) -> None:
    written = take(busy, tmp_path / "ledger.snapshot")
    head = busy.ledger.head
    assert (written.head, written.chain_id, written.bodies) == (head, busy.chain_id, True)
    target = tmp_path / "other" / "ledger.db"
    read = read_snapshot(tmp_path / "ledger.snapshot", target, OTHER_KEY, head=head.hash, chain_id=busy.chain_id)
    assert read == written
    assert [path.name for path in target.parent.iterdir()] == ["ledger.db"]
    again = Restored(target, OTHER_KEY)
    assert again.ledger.head == head
    assert questions(again) == questions(busy)
    receipt = again.send(ANN, to=BEN.address, value=5)
    assert receipt["status"] == "0x1"
    assert again.balance(BEN.address) == busy.balance(BEN.address) + 5
    with pytest.raises(RpcError, match="state not available for block 3"):
        again.rpc("eth_getBalance", ANN.address, "0x3")
    again.close()


def test_without_contents_the_state_is_there_and_what_is_not_is_said(busy: Network, tmp_path: Path) -> None:
    whole = take(busy, tmp_path / "whole")
    small = take(busy, tmp_path / "small", bodies=False)
    assert small.size < whole.size
    read_snapshot(tmp_path / "small", tmp_path / "b" / "ledger.db", KEY, head=busy.ledger.head.hash)
    again = Restored(tmp_path / "b" / "ledger.db", KEY)
    assert again.balance(BEN.address) == busy.balance(BEN.address)
    with pytest.raises(RpcError, match="block content not available for block 2"):
        again.rpc("eth_getBlockReceipts", "0x2")
    with pytest.raises(NotKept):
        take(again, tmp_path / "more")
    again.send(ANN, to=BEN.address, value=1)
    assert len(again.rpc("eth_getBlockReceipts", "latest")) == 1
    again.close()


def test_a_password_hides_what_is_in_it(busy: Network, tmp_path: Path) -> None:
    file = tmp_path / "sealed"
    head = busy.ledger.head.hash
    take(busy, file, password=PASSWORD, cost=COST)
    assert bytes.fromhex(BEN.address[2:]) not in file.read_bytes()
    target = tmp_path / "b" / "ledger.db"
    with pytest.raises(WrongPassword):
        read_snapshot(file, target, KEY, head=head, password="another one", bounds=BOUNDS)
    with pytest.raises(BadFile) as caught:
        read_snapshot(file, target, KEY, head=head, bounds=BOUNDS)
    assert caught.value.reason == "password"
    assert not target.exists()
    read_snapshot(file, target, KEY, head=head, password=PASSWORD, bounds=BOUNDS)
    take(busy, tmp_path / "open")
    with pytest.raises(WrongPassword):  # an open file does not pass for the sealed one
        read_snapshot(tmp_path / "open", tmp_path / "c.db", KEY, head=head, password=PASSWORD, bounds=BOUNDS)


def test_a_snapshot_of_another_head_or_chain_is_refused(busy: Network, tmp_path: Path) -> None:
    take(busy, tmp_path / "file")
    with pytest.raises(ProofMismatch) as caught:
        read_snapshot(tmp_path / "file", tmp_path / "b.db", KEY, head=bytes(32))
    assert caught.value.what == "snapshot head"
    with pytest.raises(WrongChain):
        read_snapshot(tmp_path / "file", tmp_path / "b.db", KEY, head=busy.ledger.head.hash, chain_id=1)
    assert not list(tmp_path.glob("b.db*"))


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_a_file_cut_off_or_changed_anywhere_is_refused(busy: Network, tmp_path: Path, password: str | None) -> None:
    file, target = tmp_path / "file", tmp_path / "b" / "ledger.db"
    take(busy, file, password=password, cost=COST)
    good, head = file.read_bytes(), busy.ledger.head.hash
    damaged = [good[: len(good) * part // 9] for part in range(9)] + [good[:-1], good + b"\0", b"", MAGIC, good * 2]
    places = range(3, len(good), len(good) // 37)
    damaged += [good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :] for place in places]
    for content in damaged:
        file.write_bytes(content)
        with pytest.raises((BadFile, WrongPassword, ProofError)):
            read_snapshot(file, target, KEY, head=head, password=password, bounds=BOUNDS)
        assert list(target.parent.iterdir()) == []
    with pytest.raises(BadFile) as caught:
        read_snapshot(tmp_path / "nothing", target, KEY, head=head)
    assert caught.value.reason == "missing"


# A forger makes the chain of frames come out right; then only the hashes of the ledger stand in the way.


def frames(file: Path) -> list[tuple[Frame, Any]]:
    found = []
    with file.open("rb") as source:
        reader = FrameReader(source, str(file), None)
        while True:
            kind, payload = reader.next()
            found.append((kind, rlp.decode(payload)))
            if kind is Frame.END:
                return found


def forge(file: Path, content: list[tuple[Frame, Any]]) -> None:
    with file.open("wb") as target:
        writer = FrameWriter(target, None, None)
        for kind, items in content:
            writer.add(kind, rlp.encode(items))


def lies(good: list[tuple[Frame, Any]]) -> Iterator[tuple[str, list[tuple[Frame, Any]]]]:
    at = {kind: next(i for i, (found, _) in enumerate(good) if found is kind) for kind in Frame}

    def with_items(kind: Frame, items: Any) -> list[tuple[Frame, Any]]:
        return [(k, items if i == at[kind] else old) for i, (k, old) in enumerate(good)]

    nodes, blocks, head = good[at[Frame.NODES]][1], good[at[Frame.BLOCKS]][1], good[at[Frame.HEAD]][1]
    yield "a node left out", with_items(Frame.NODES, nodes[:7] + nodes[8:])
    yield "a node more", with_items(Frame.NODES, [*nodes, nodes[0]])
    yield "two nodes swapped", with_items(Frame.NODES, [nodes[0], nodes[2], nodes[1], *nodes[3:]])
    yield "a balance changed", with_items(Frame.NODES, [*nodes[:-1], nodes[-1][:-1] + b"\1"])
    yield "no nodes", [one for one in good if one[0] is not Frame.NODES]
    yield "lists for nodes", with_items(Frame.NODES, [[b"a"]] * len(nodes))
    yield "a block left out", with_items(Frame.BLOCKS, blocks[:2] + blocks[3:])
    yield "a block more", with_items(Frame.BLOCKS, [*blocks, blocks[-1]])
    yield "blocks swapped", with_items(Frame.BLOCKS, [blocks[0], blocks[2], blocks[1], *blocks[3:]])
    yield "a transaction left out", with_items(Frame.BLOCKS, [*blocks[:-1], [blocks[-1][0], b"", []]])
    header, _, ((raw, receipt),) = blocks[2]
    yield (
        "a receipt changed",
        with_items(Frame.BLOCKS, [*blocks[:2], [header, b"", [[raw, receipt[:-1] + b"\x80"]]], *blocks[3:]]),
    )
    yield (
        "uncles",
        with_items(
            Frame.BLOCKS, [*blocks[:2], [header, rlp.encode([[rlp.decode(header)], []]), [[raw, receipt]]], *blocks[3:]]
        ),
    )
    yield "another genesis", with_items(Frame.HEAD, [*head[:2], bytes(32), *head[3:]])
    yield "marks of ours", with_items(Frame.HEAD, [*head[:5], [[b"horizon", b"\0"]]])
    yield "no list", with_items(Frame.BLOCKS, b"words")
    yield "an empty list", with_items(Frame.NODES, [])
    yield "other counts", with_items(Frame.END, [b"\1", b"\1"])
    yield "blocks before the state", [good[0], good[at[Frame.BLOCKS]], good[at[Frame.NODES]], good[-1]]
    yield "the end too early", [good[0], good[-1]]
    yield "a newer format", with_items(Frame.HEAD, [b"\2", *head[1:]])


def test_a_forged_snapshot_is_refused_whatever_it_lies_about(busy: Network, tmp_path: Path) -> None:
    file, target = tmp_path / "file", tmp_path / "b" / "ledger.db"
    take(busy, file)
    good = frames(file)
    told = 0
    for lie, content in lies(good):
        forge(file, content)
        with pytest.raises((BadFile, ProofMismatch)):
            pytest.fail(f"{lie}: {read_snapshot(file, target, KEY, head=busy.ledger.head.hash)}")
        assert list(target.parent.iterdir()) == [], lie
        told += 1
    assert told == 20
    forge(file, good)
    read_snapshot(file, target, KEY, head=busy.ledger.head.hash)


def test_a_ledger_that_is_there_is_not_overwritten(busy: Network, tmp_path: Path) -> None:
    take(busy, tmp_path / "file")
    target = tmp_path / "mine.db"
    target.write_bytes(b"mine")
    with pytest.raises(BadInput):
        read_snapshot(tmp_path / "file", target, KEY, head=busy.ledger.head.hash)
    assert target.read_bytes() == b"mine"


def test_a_cancel_leaves_what_was_there_before(busy: Network, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"an older one")
    stop = Progress()
    stop.cancel()
    with pytest.raises(Cancelled):
        take(busy, file, progress=stop)
    assert file.read_bytes() == b"an older one"
    take(busy, file)
    with pytest.raises(Cancelled):
        read_snapshot(file, tmp_path / "b" / "l.db", KEY, head=busy.ledger.head.hash, progress=stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "b",
        "file",
        "ledger.db",
        "ledger.db-shm",
        "ledger.db-wal",
    ]
    assert list((tmp_path / "b").iterdir()) == []


def test_a_full_disk_leaves_what_was_there_before(busy: Network, tmp_path: Path) -> None:
    file = tmp_path / "file"
    written = take(busy, file)
    good = file.read_bytes()
    resource = pytest.importorskip("resource", reason="this system has no limit on the size of files")
    signal_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (written.size // 2, signal_limit[1]))
        with pytest.raises(DiskFull):
            take(busy, file)
        with pytest.raises(DiskFull):
            read_snapshot(file, tmp_path / "b" / "l.db", KEY, head=busy.ledger.head.hash)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, signal_limit)
        signal.signal(signal.SIGXFSZ, before)
    assert file.read_bytes() == good
    assert list((tmp_path / "b").iterdir()) == []
    read_snapshot(file, tmp_path / "b" / "l.db", KEY, head=busy.ledger.head.hash)


def test_blocks_and_sweeps_meanwhile_do_not_disturb_it(busy: Network, tmp_path: Path) -> None:
    ledger = busy.ledger
    history = History(ledger.store, ledger.lock, Policy(states=1, slack=1))
    head, balance = ledger.head, busy.balance(BEN.address)

    def meanwhile(_done: float | None, _words: str) -> None:
        busy.send(ANN, to=BEN.address, value=1)
        history.sweep()

    write_snapshot(ledger.store, history, head, tmp_path / "file", progress=Progress(report=meanwhile))
    assert ledger.head.number > head.number
    read_snapshot(tmp_path / "file", tmp_path / "b.db", KEY, head=head.hash)
    again = Restored(tmp_path / "b.db", KEY)
    assert again.balance(BEN.address) == balance
    again.close()


def test_two_snapshots_of_one_block_are_the_same_file(busy: Network, tmp_path: Path) -> None:
    take(busy, tmp_path / "one")
    take(busy, tmp_path / "two")
    digests = {hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in ("one", "two")}
    assert len(digests) == 1


def test_a_state_given_up_cannot_be_written(busy: Network, tmp_path: Path) -> None:
    ledger = busy.ledger
    history = History(ledger.store, ledger.lock, Policy(states=1, slack=1))
    history.sweep()
    old = ledger.store.header(2)
    assert old is not None
    with pytest.raises(NotKept):
        write_snapshot(ledger.store, history, old, tmp_path / "file")
    assert not (tmp_path / "file").exists()
