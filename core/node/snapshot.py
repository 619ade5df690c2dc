"""A ledger at one block as one file, and a ledger out of such a file.

It holds the whole state after the block (every trie node and code, in the order of a walk from the state root), all
headers and, unless left out, every block's content. Nothing in it is believed: the head's hash is given by whoever
imports; the state root is in that header; each node is hashed when the walk asks for it; headers are linked to the
head; transactions, receipts, uncles and withdrawals come out at the roots of their header.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import rlp

from core.errors import BadFile, BadInput, DiskFull, ProofMismatch, WrongChain
from core.files import FULL, sync_folder, writing
from core.jobs import Progress, silent
from core.keccak import keccak256
from core.node.history import History
from core.node.snapshot_file import Frame, FrameReader, FrameWriter
from core.node.store import Store
from core.node.tries import Walk, trie_root
from core.node.values import ZERO_HASH, Header, Receipt, decode_beside
from core.vault.kdf import BOUNDS, Bounds, Cost

_FORMAT = 1
_PIECE = 256 * 1024  # bytes of payload that a frame gathers
_ROOM = 2  # times the file's size that must be free on the disk


@dataclass(frozen=True)
class Snapshot:
    """What is in a file: the block it is of, and how much."""

    chain_id: int
    genesis_hash: bytes
    head: Header
    nodes: int
    bodies: bool
    size: int  # bytes of the file


# Writing


def write_snapshot(
    store: Store,
    history: History,
    head: Header,
    to: Path,
    *,
    bodies: bool = True,
    password: str | None = None,
    cost: Cost | None = None,
    progress: Progress | None = None,
) -> Snapshot:
    """Under another name first: a failure or a cancel leaves what stood at `to` before. Blocks may be made and states
    given up meanwhile. Raises NotKept (the state of `head`, or contents), DatabaseCorrupt, DiskFull, Cancelled.
    """
    progress = progress or silent()
    with writing(to) as file, history.pinned(head):
        nodes = _write(FrameWriter(file, password, cost), store, head, bodies, progress)
    genesis = store.header(0)
    assert genesis is not None
    return Snapshot(store.marked("chain_id"), genesis.hash, head, nodes, bodies, to.stat().st_size)


def _write(frames: FrameWriter, store: Store, head: Header, bodies: bool, progress: Progress) -> int:
    genesis = store.header(0)
    if genesis is None:
        raise store.corrupt("no first block")
    marks = [[name.encode(), value] for name, value in store.marks("fork ")]
    frames.add(
        Frame.HEAD,
        rlp.encode([_FORMAT, store.marked("chain_id"), genesis.hash, head.encode(), int(bodies), marks]),
    )
    walk = Walk(store.node)
    walk.add(head.state_root)
    nodes = 0
    try:
        for piece in _pieces(_state(walk, progress)):
            nodes += len(piece)
            frames.add(Frame.NODES, rlp.encode(piece))
    except ValueError as error:
        raise store.corrupt(str(error)) from error
    for blocks in _pieces(_blocks(store, head.number, bodies, progress)):
        frames.add(Frame.BLOCKS, rlp.encode(blocks))
    frames.add(Frame.END, rlp.encode([nodes, head.number + 1]))
    return nodes


def _state(walk: Walk, progress: Progress) -> Iterator[tuple[int, Any]]:
    while (found := walk.next()) is not None:
        progress.step("state", len(walk))
        yield len(found[1]), found[1]


def _blocks(store: Store, last: int, bodies: bool, progress: Progress) -> Iterator[tuple[int, Any]]:
    for number in range(last + 1):
        progress.step("blocks", number, last + 1)
        header = store.header(number)
        if header is None:
            raise store.corrupt(f"block {number} is missing")
        beside, content = store.content(number) if bodies else (None, [])
        size = 600 + sum(len(raw) + len(receipt) for raw, receipt in content)
        yield size, [header.encode(), beside or b"", [list(one) for one in content]]


def _pieces(items: Iterator[tuple[int, Any]]) -> Iterator[list[Any]]:
    gathered: list[Any] = []
    size = 0
    for length, item in items:
        gathered.append(item)
        size += length
        if size >= _PIECE:
            yield gathered
            gathered, size = [], 0
    if gathered:
        yield gathered


# Reading


class _Source:
    """The items of a file in order, whatever frames they come in."""

    def __init__(self, frames: FrameReader) -> None:
        self._frames = frames
        self._items: list[Any] = []
        self._kind: Frame | None = None

    def frame(self, kind: Frame) -> Any:
        if self._items:
            raise self._frames.bad("more than the state")
        found, payload = self._frames.next()
        if found is not kind:
            raise self._frames.bad("order")
        return self._decode(payload)

    def item(self, kind: Frame) -> Any:
        if not self._items:
            items = self.frame(kind)
            if not isinstance(items, list) or not items:
                raise self._frames.bad("form")
            self._items, self._kind = items[::-1], kind
        if self._kind is not kind:
            raise self._frames.bad("more than the state")
        return self._items.pop()

    def bad(self, reason: str) -> BadFile:
        return self._frames.bad(reason)

    def _decode(self, payload: bytes) -> Any:
        try:
            return rlp.decode(payload)
        except (rlp.exceptions.RLPException, RecursionError) as error:
            raise self._frames.bad("form") from error


def read_snapshot(
    source: Path,
    target: Path,
    key: bytes,
    *,
    head: bytes,
    chain_id: int | None = None,
    password: str | None = None,
    bounds: Bounds = BOUNDS,
    progress: Progress | None = None,
) -> Snapshot:
    """A new ledger at `target` under the raw `key`, which goes on from the block of hash `head`. A hash binds
    no chain id, so give it where it is known.

    Raises WrongChain, BadInput (a ledger stands there already), ProofMismatch (another head, or something that does
    not come out at its hash), BadFile, WrongPassword, DiskFull, Cancelled; then there is no ledger at `target`.
    """
    progress = progress or silent()
    if target.exists():
        raise BadInput(field="ledger", reason="exists", value=str(target))
    part = target.with_name(target.name + ".import")
    _remove(part)
    try:
        with source.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            target.parent.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(target.parent).free < _ROOM * size:
                raise DiskFull(path=str(target), needed=_ROOM * size)
            found = _import(file, source, size, part, key, head, chain_id, password, bounds, progress)
        for leftover in _beside(target):
            leftover.unlink(missing_ok=True)  # of a ledger that is gone: it would be played back into this one
        part.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(path=str(target)) from error
        reason = "missing" if error.errno == errno.ENOENT else "unreadable"
        raise BadFile(path=str(source), reason=reason) from error
    finally:
        _remove(part)
    return found


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in ("-wal", "-shm")]


def _remove(path: Path) -> None:
    for one in (path, *_beside(path)):
        one.unlink(missing_ok=True)


def _import(
    file: BinaryIO,
    path: Path,
    size: int,
    part: Path,
    key: bytes,
    head: bytes,
    chain_id: int | None,
    password: str | None,
    bounds: Bounds,
    progress: Progress,
) -> Snapshot:
    source = _Source(FrameReader(file, str(path), password, bounds))
    found_id, genesis_hash, header, bodies, marks = _read_head(source)
    if header.hash != head:
        raise _mismatch("snapshot head", head, header.hash)
    if chain_id not in {found_id, None}:
        raise WrongChain(expected=chain_id, found=found_id)
    store = Store(part, key)
    try:
        nodes = _read_state(source, store, header, lambda: progress.step("state", file.tell(), size))
        _read_blocks(source, store, header, genesis_hash, bodies, lambda: progress.step("blocks", file.tell(), size))
        if source.frame(Frame.END) != [_octets(nodes), _octets(header.number + 1)]:
            raise source.bad("counts")
        store.mark(
            **marks, chain_id=found_id, horizon=header.number, snapshot=header.number,
            bodies=0 if bodies else header.number + 1,
        )  # fmt: skip
        if store.head() != header:
            raise store.corrupt("another head")
    finally:
        store.close()
    return Snapshot(found_id, genesis_hash, header, nodes, bodies, size)


def _octets(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _read_head(source: _Source) -> tuple[int, bytes, Header, bool, dict[str, int]]:
    try:
        version, chain_id, genesis_hash, header, bodies, marks = source.frame(Frame.HEAD)
        if int.from_bytes(version, "big") != _FORMAT:
            raise source.bad("newer")
        found = {name.decode(): int.from_bytes(value, "big") for name, value in marks}
        fit = all(name.startswith("fork ") for name in found) and len(chain_id) <= 8 and len(genesis_hash) == 32
        known = Header.decode(header)
    except (ValueError, TypeError, AttributeError) as error:
        raise source.bad("form") from error
    if not fit:
        raise source.bad("form")
    return int.from_bytes(chain_id, "big"), genesis_hash, known, bool(bodies), found


def _read_state(source: _Source, store: Store, header: Header, tick: Any) -> int:
    """The walk asks for each hash in the order in which it was written, so nothing is missing, nothing is more."""
    batch: list[tuple[bytes, bytes]] = []
    total = size = 0

    def read(digest: bytes) -> bytes:
        data = source.item(Frame.NODES)
        if not isinstance(data, bytes) or keccak256(data) != digest:
            raise ProofMismatch(what="state", expected="0x" + digest.hex(), found=None)
        return data

    walk = Walk(read)
    walk.add(header.state_root)
    try:
        while (found := walk.next()) is not None:
            batch.append((keccak256(found[1]), found[1]))
            total, size = total + 1, size + len(found[1])
            if size >= _PIECE:
                store.add_nodes(batch)
                batch, size = [], 0
                tick()
    except ValueError as error:
        raise source.bad("not a state") from error
    store.add_nodes(batch)
    return total


def _read_blocks(source: _Source, store: Store, head: Header, genesis_hash: bytes, bodies: bool, tick: Any) -> None:
    parent = ZERO_HASH
    number = 0
    while number <= head.number:
        tick()
        with store.together():
            for _ in range(min(200, head.number + 1 - number)):
                item = source.item(Frame.BLOCKS)
                header, beside, content = _block(source, item, bodies)
                if header.number != number or (number and header.parent_hash != parent):
                    raise ProofMismatch(what="header", expected=number, found=header.number)
                if number == 0 and header.hash != genesis_hash:
                    raise ProofMismatch(
                        what="genesis", expected="0x" + genesis_hash.hex(), found="0x" + header.hash.hex()
                    )
                store.keep(header, beside, content)
                parent, number = header.hash, number + 1
    if parent != head.hash:
        raise _mismatch("header", head.hash, parent)


def _mismatch(what: str, expected: bytes, found: bytes) -> ProofMismatch:
    return ProofMismatch(what=what, expected="0x" + expected.hex(), found="0x" + found.hex())


def _block(source: _Source, item: Any, bodies: bool) -> tuple[Header, bytes | None, list[tuple[bytes, bytes]]]:
    try:
        encoded, beside, pairs = item
        header = Header.decode(encoded)
        content = [(bytes(raw), bytes(receipt)) for raw, receipt in pairs]
        if bodies:
            check_content(header, beside or None, content)
    except (ValueError, TypeError, rlp.exceptions.RLPException) as error:
        raise source.bad("not a block") from error
    if not bodies and (beside or content):
        raise source.bad("content")
    return header, beside or None, content


def check_content(header: Header, beside: bytes | None, content: list[tuple[bytes, bytes]]) -> None:
    """Raises ProofMismatch unless a block's transactions, receipts, uncles and withdrawals come out at the roots of
    its header; ValueError on receipts that are none.
    """
    uncles, withdrawals = decode_beside(beside)
    hashed = keccak256(rlp.encode([uncle.parts() for uncle in uncles]))
    found = {
        "transactions": (header.transactions_root, trie_root([raw for raw, _ in content])),
        "receipts": (header.receipts_root, trie_root([receipt for _, receipt in content])),
        "uncles": (header.uncles_hash, hashed),
    }
    if header.has("withdrawals_root"):
        found["withdrawals"] = (header.withdrawals_root, trie_root([rlp.encode(one.parts()) for one in withdrawals]))
    elif withdrawals:
        raise ValueError("withdrawals before Shanghai")
    for what, (expected, root) in found.items():
        if root != expected:
            raise ProofMismatch(what=what, expected="0x" + expected.hex(), found="0x" + root.hex(), block=header.number)
    for raw, receipt in content:
        if Receipt.decode(receipt).encode(raw[0] if raw[0] < 0x80 else 0) != receipt:
            raise ValueError("not a receipt")
