"""The ledger leaves as blocks and comes back by executing each of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import rlp

from core.errors import BadFile, Cancelled, DiskFull, ProofMismatch
from core.jobs import Progress
from core.node.export import MAX_BLOCK, Taken, read_blocks, write_blocks
from core.node.genesis import Genesis
from core.node.history import History, Policy
from core.node.ledger import Ledger
from core.node.snapshot import read_snapshot, write_snapshot
from tests.contracts.network import KEY, OPEN, PEOPLE, START, Network, person

ANN, BEN = person("ann"), person("ben")
GENESIS = Genesis(0x0170_7E57, START - 1, {bytes.fromhex(person(name).address[2:]): 1_000 * OPEN for name in PEOPLE})


@pytest.fixture
def busy(network: Network) -> Network:
    contract = network.deploy(ANN, "Datanets")
    for _ in range(5):
        network.send(ANN, to=BEN.address, value=1)
    network.refused(BEN, contract, "contribute", 99, b"\1" * 32, 1, b"\2" * 32)
    return network


@pytest.fixture
def file(busy: Network, tmp_path: Path) -> Path:
    assert write_blocks(busy.ledger.store, tmp_path / "chain.rlp") == 8
    return tmp_path / "chain.rlp"


def fresh(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "fresh" / "ledger.db", KEY, GENESIS)


def test_every_block_is_executed_again_and_the_head_is_the_same(busy: Network, file: Path, tmp_path: Path) -> None:
    ledger = fresh(tmp_path)
    assert read_blocks(ledger, file) == Taken(known=1, taken=7)
    assert ledger.head == busy.ledger.head
    logs = [store.logs(0, 9, [], [], 99) for store in (ledger.store, busy.ledger.store)]
    assert logs[0] == logs[1]
    assert read_blocks(ledger, file) == Taken(known=8, taken=0)
    ledger.close()


def test_the_file_is_a_sequence_of_blocks_as_other_nodes_write_them(busy: Network, file: Path) -> None:
    data, place, numbers = file.read_bytes(), 0, []
    while place < len(data):
        block, place = rlp.codec.consume_item(data, place)[0], rlp.codec.consume_item(data, place)[2]
        numbers.append(int.from_bytes(block[0][8], "big"))
        assert len(block) == 4  # header, transactions, uncles, withdrawals
    assert numbers == list(range(8))


def test_a_first_block_in_a_file_of_its_own_begins_the_ledger_anew(busy: Network, file: Path, tmp_path: Path) -> None:
    """The blocks do not say who held what at first: a snapshot of block 0 does."""
    store = busy.ledger.store
    first = store.header(0)
    assert first is not None
    write_snapshot(store, History(store, busy.ledger.lock), first, tmp_path / "first")
    read_snapshot(tmp_path / "first", tmp_path / "b" / "ledger.db", KEY, head=first.hash)
    ledger = Ledger(tmp_path / "b" / "ledger.db", KEY)
    assert read_blocks(ledger, file).taken == 7
    assert ledger.head == busy.ledger.head
    ledger.close()


def test_it_can_be_stopped_and_goes_on_where_it_was(file: Path, tmp_path: Path) -> None:
    ledger = fresh(tmp_path)
    stop = Progress()
    ledger.on_block.append(lambda block: stop.cancel() if block.header.number == 3 else None)
    with pytest.raises(Cancelled):
        read_blocks(ledger, file, stop)
    assert ledger.head.number == 3
    ledger.close()
    again = fresh(tmp_path)
    assert read_blocks(again, file) == Taken(known=4, taken=4)
    again.close()


def test_blocks_after_a_sweep_are_exported_all_the_same(busy: Network, tmp_path: Path) -> None:
    History(busy.ledger.store, busy.ledger.lock, Policy(states=1, slack=1)).sweep()
    write_blocks(busy.ledger.store, tmp_path / "chain.rlp")
    ledger = fresh(tmp_path)
    read_blocks(ledger, tmp_path / "chain.rlp")
    assert ledger.head == busy.ledger.head
    ledger.close()


def test_a_part_of_the_chain_can_be_left_out(busy: Network, tmp_path: Path) -> None:
    ledger = fresh(tmp_path)
    assert write_blocks(busy.ledger.store, tmp_path / "one", first=1, last=4) == 4
    assert write_blocks(busy.ledger.store, tmp_path / "two", first=5) == 3
    with pytest.raises(BadFile):
        read_blocks(ledger, tmp_path / "two")
    assert ledger.head.number == 0
    read_blocks(ledger, tmp_path / "one")
    read_blocks(ledger, tmp_path / "two")
    assert ledger.head == busy.ledger.head
    ledger.close()


def test_a_changed_block_is_refused_and_those_before_it_are_kept(busy: Network, file: Path, tmp_path: Path) -> None:
    store = busy.ledger.store
    blocks = [store.block(n) for n in range(8)]
    third = blocks[3]
    assert third is not None
    sizes = [len(block.encode()) for block in blocks if block is not None]
    data = bytearray(file.read_bytes())
    data[sum(sizes[:3]) + 3 + 33 + 33 + 21 + 10] ^= 1  # within the state root
    file.write_bytes(data)
    ledger = fresh(tmp_path)
    with pytest.raises(BadFile) as caught:
        read_blocks(ledger, file)
    assert (caught.value.reason, caught.value.block) == ("refused", 3)
    assert ledger.head.hash == third.header.parent_hash
    ledger.close()


@pytest.mark.parametrize(("part", "reason"), [(-1, "truncated"), (1, "truncated"), (3, "truncated"), (0, None)])
def test_a_file_cut_off_gives_what_is_whole_in_it(
    busy: Network, file: Path, tmp_path: Path, part: int, reason: str | None
) -> None:
    file.write_bytes(file.read_bytes()[:part])
    ledger = fresh(tmp_path)
    if reason is None:
        assert read_blocks(ledger, file) == Taken(0, 0)
    else:
        with pytest.raises(BadFile) as caught:
            read_blocks(ledger, file)
        assert caught.value.reason == reason
        assert ledger.head.number == (6 if part == -1 else 0)
    ledger.close()


@pytest.mark.parametrize(
    "data", [b"words", b"\xc0", b"\xc1\x80", b"\xff" + MAX_BLOCK.to_bytes(8, "big"), b"\xfb\x7f\xff\xff\xff"]
)
def test_what_is_no_block_is_refused_before_it_is_held_in_memory(network: Network, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(BadFile):
        read_blocks(network.ledger, tmp_path / "file")
    with pytest.raises(BadFile):
        read_blocks(network.ledger, tmp_path / "nothing")


def test_the_blocks_of_another_ledger_are_told_apart(file: Path, tmp_path: Path) -> None:
    other = Network(tmp_path / "other.db")
    other.send(BEN, to=ANN.address, value=9)
    with pytest.raises(ProofMismatch) as caught:
        read_blocks(other.ledger, file)
    assert caught.value.block == 1
    assert other.ledger.head.number == 1
    other.close()


def test_an_export_cut_short_leaves_the_older_file(busy: Network, file: Path) -> None:
    before = file.read_bytes()
    stop = Progress()
    stop.cancel()
    with pytest.raises(Cancelled):
        write_blocks(busy.ledger.store, file, progress=stop)
    assert file.read_bytes() == before


def test_an_import_onto_a_full_disk_keeps_what_it_had_and_goes_on_later(file: Path, tmp_path: Path) -> None:
    ledger = fresh(tmp_path)
    connection = ledger.store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone()
    with pytest.raises(DiskFull):
        read_blocks(ledger, file)
    reached = ledger.head.number
    assert reached < 7
    connection.execute("PRAGMA max_page_count = 1000000").fetchone()
    assert read_blocks(ledger, file) == Taken(known=reached + 1, taken=7 - reached)
    ledger.close()
