"""The ledger as blocks, in the form in which nodes exchange them: the RLP of each after the other, as go-ethereum's
`export` writes them. Nothing of the state is in it: whoever imports executes every block.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import BadFile, ProofMismatch
from core.files import writing
from core.jobs import Progress, silent
from core.node.engine import Invalid
from core.node.ledger import Ledger
from core.node.store import Store
from core.node.values import Block

MAX_BLOCK = 64 * 1024 * 1024  # bytes of one block; 30 million gas make 2 MB of the cheapest content


@dataclass(frozen=True)
class Taken:
    """`known` blocks were here already, `taken` are new."""

    known: int
    taken: int


def write_blocks(
    store: Store, to: Path, first: int = 0, last: int | None = None, progress: Progress | None = None
) -> int:
    """Both ends included; how many. Under another name first: a failure or a cancel leaves what stood at `to` before.
    Raises NotKept, DatabaseCorrupt, DiskFull, Cancelled.
    """
    progress = progress or silent()
    last = store.newest() if last is None else last
    with writing(to) as file:
        for number in range(first, last + 1):
            progress.step("blocks", number - first, last - first + 1)
            block = store.block(number)
            if block is None:
                raise store.corrupt(f"block {number} is missing")
            file.write(block.encode())
    return max(last - first + 1, 0)


def read_blocks(ledger: Ledger, source: Path, progress: Progress | None = None) -> Taken:
    """Every block of the file that comes after the head is executed and kept, each for itself: after a cancel, a full
    disk or a kill the same call goes on where it was.

    Raises BadFile ("missing", "truncated", "not a block", "refused" with `block` and `words`), ProofMismatch (a block
    of the file is not the one that is here), DiskFull, DatabaseCorrupt, Cancelled.
    """
    progress = progress or silent()
    try:
        file = source.open("rb")
    except OSError as error:
        raise BadFile(path=str(source), reason="missing") from error
    known = taken = 0
    with file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        for encoded in _items(file, source):
            progress.step("blocks", file.tell(), size)
            if _take(ledger, encoded, source):
                taken += 1
            else:
                known += 1
    return Taken(known, taken)


def _take(ledger: Ledger, encoded: bytes, source: Path) -> bool:
    try:
        header = Block.decode(encoded).header
    except ValueError as error:
        raise BadFile(path=str(source), reason="not a block", words=str(error)[:200]) from error
    with ledger.lock:
        if header.number <= ledger.head.number:
            here = ledger.store.header(header.number)
            if here is None or here.hash != header.hash:
                found = None if here is None else "0x" + here.hash.hex()
                raise ProofMismatch(what="block", expected="0x" + header.hash.hex(), found=found, block=header.number)
            return False
        try:
            ledger.import_block(encoded)
        except Invalid as error:
            raise BadFile(path=str(source), reason="refused", block=header.number, words=str(error)[:300]) from error
    return True


def _items(file: BinaryIO, source: Path) -> Iterator[bytes]:
    """Whole RLP lists, one after the other (Yellow Paper, appendix B)."""
    while first := file.read(1):
        if first[0] < 0xC0:
            raise BadFile(path=str(source), reason="not a block")
        long = max(first[0] - 0xF7, 0)
        length = file.read(long)
        size = int.from_bytes(length, "big") if long else first[0] - 0xC0
        if size > MAX_BLOCK:
            raise BadFile(path=str(source), reason="not a block")
        payload = file.read(size)
        if len(length) != long or len(payload) != size:
            raise BadFile(path=str(source), reason="truncated")
        yield first + length + payload
