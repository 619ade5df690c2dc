"""The child's methods for looking after its ledger: status, sweep, checkpoint, forget, check, snapshot, export, and
with no ledger open: restore, and rebuild from exported blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from core.errors import BadInput, NodeError
from core.jobs import Progress
from core.node.evm import PyEvm
from core.node.export import read_blocks, write_blocks
from core.node.integrity import check_all, execute_all
from core.node.ledger import Ledger
from core.node.snapshot import Snapshot, read_snapshot, write_snapshot
from core.node.upkeep import Upkeep
from core.storage import check
from core.vault.kdf import Cost

FIRST = ".first"  # beside exported blocks: the first block with its state, which the blocks do not tell


class Node(Protocol):
    """What is open in the child, if anything."""

    @property
    def ledger(self) -> Ledger | None: ...
    @property
    def upkeep(self) -> Upkeep | None: ...


def _hash(digest: bytes) -> str:
    return "0x" + digest.hex()


def _digest(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise BadInput(field="hash", reason="not a hash", value=text[:80])
    return found


def _told(snapshot: Snapshot) -> dict[str, object]:
    return {
        "chainId": snapshot.chain_id,
        "genesisHash": _hash(snapshot.genesis_hash),
        "block": snapshot.head.number,
        "head": _hash(snapshot.head.hash),
        "nodes": snapshot.nodes,
        "contents": snapshot.bodies,
        "bytes": snapshot.size,
    }


class Keeping:
    """Every method raises NodeError while no ledger is open, `restore` and `rebuild` while one is."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def _open(self) -> tuple[Ledger, Upkeep]:
        if self._node.ledger is None or self._node.upkeep is None:
            raise NodeError(reason="no ledger is open")
        return self._node.ledger, self._node.upkeep

    def status(self) -> dict[str, object]:
        """Which states are kept, how large the file is (bytes), the checkpoints."""
        ledger, upkeep = self._open()
        store = ledger.store
        size, free = store.page_bytes()
        return {
            "head": ledger.head.number,
            "headHash": _hash(ledger.head.hash),
            "firstState": store.marked("horizon"),
            "firstContent": store.marked("bodies"),
            "cameAsSnapshotOf": store.marked("snapshot"),
            "states": upkeep.history.policy.states,
            "checkpoints": upkeep.history.checkpoints,
            "bytes": size,
            "freeBytes": free,
        }

    def sweep(self, progress: Progress) -> dict[str, object]:
        """Give up old states now, not when it is due."""
        _, upkeep = self._open()
        swept = upkeep.history.sweep(progress)
        return {"firstState": swept.first, "kept": swept.kept, "dropped": swept.dropped}

    def checkpoint(self, name: str) -> dict[str, object]:
        """Keep the state of the head until `forget`. Raises BadInput."""
        ledger, upkeep = self._open()
        with ledger.lock:
            upkeep.history.checkpoint(name, ledger.head)
            return {"name": name, "block": ledger.head.number}

    def forget(self, name: str) -> None:
        self._open()[1].history.forget(name)

    def check(self, progress: Progress, execute: bool = False) -> dict[str, object]:
        """Hash everything that is kept; with `execute`, make every state anew as well. Raises DatabaseCorrupt."""
        ledger, upkeep = self._open()
        progress.step("file")
        with ledger.lock:
            check(ledger.store.path, upkeep.key)
        found = check_all(ledger.store, upkeep.history, progress)
        executed = execute_all(ledger.store, PyEvm, progress) if execute else 0
        return {"blocks": found.blocks, "states": found.states, "nodes": found.nodes, "executed": executed}

    def snapshot(
        self, file: str, progress: Progress, contents: bool = True, password: str | None = None, cost: Any = None
    ) -> dict[str, object]:
        """`cost` of deriving a key from the password: {"memory_kib", "time", "lanes"}. Raises NotKept, DiskFull."""
        ledger, upkeep = self._open()
        if password is not None and cost is None:
            raise BadInput(field="cost", reason="missing")
        return _told(
            write_snapshot(
                ledger.store,
                upkeep.history,
                ledger.head,
                Path(file),
                bodies=contents,
                password=password,
                cost=Cost(**cost) if cost else None,
                progress=progress,
            )
        )

    def export(self, file: str, progress: Progress) -> dict[str, object]:
        """All blocks into `file`, and the first one with its state beside it. Raises NotKept, DiskFull."""
        ledger, upkeep = self._open()
        first = ledger.store.header(0)
        if first is None:
            raise ledger.store.corrupt("no first block")
        beside = file + FIRST
        write_snapshot(ledger.store, upkeep.history, first, Path(beside), progress=progress)
        blocks = write_blocks(ledger.store, Path(file), progress=progress)
        return {"blocks": blocks, "first": beside, "genesisHash": _hash(first.hash), "head": _hash(ledger.head.hash)}

    def _closed(self) -> None:
        if self._node.ledger is not None:
            raise NodeError(reason="a ledger is open")

    def restore(
        self, path: str, key: str, file: str, head: str, chain_id: int, progress: Progress, password: str | None = None
    ) -> dict[str, object]:
        """A new ledger at `path` out of a snapshot. Raises what `read_snapshot` raises; then none is there."""
        self._closed()
        found = read_snapshot(
            Path(file),
            Path(path),
            bytes.fromhex(key),
            head=_digest(head),
            chain_id=chain_id,
            password=password,
            progress=progress,
        )
        return _told(found)

    def rebuild(
        self, path: str, key: str, file: str, genesis: str, chain_id: int, progress: Progress
    ) -> dict[str, object]:
        """Execute exported blocks on top of what is at `path`; begun from the first block's file where nothing is.
        `genesis` is the first block's hash. Raises what `read_blocks` raises; what was executed until then stays, and
        the same call goes on from it.
        """
        self._closed()
        target, first, secret = Path(path), Path(file + FIRST), bytes.fromhex(key)
        if not target.exists():
            read_snapshot(first, target, secret, head=_digest(genesis), chain_id=chain_id, progress=progress)
        ledger = Ledger(target, secret)
        try:
            taken = read_blocks(ledger, Path(file), progress)
            return {
                "known": taken.known,
                "taken": taken.taken,
                "block": ledger.head.number,
                "head": _hash(ledger.head.hash),
            }
        finally:
            ledger.close()

    def handlers(self) -> dict[str, Callable[..., object]]:
        return {
            "status": self.status,
            "sweep": self.sweep,
            "checkpoint": self.checkpoint,
            "forget": self.forget,
            "check": self.check,
            "snapshot": self.snapshot,
            "export": self.export,
            "restore": self.restore,
            "rebuild": self.rebuild,
        }
