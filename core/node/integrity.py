"""Whether a ledger is what it says. A little of it at every start, all of it when asked for. Nothing is ever repaired:
a damaged ledger is said to be damaged, and is to be restored from a backup, a snapshot or exported blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.errors import DatabaseCorrupt, ProofMismatch
from core.jobs import Progress, silent
from core.node.engine import Engine, Invalid, Nodes
from core.node.forks import ForkSchedule
from core.node.history import History
from core.node.snapshot import check_content
from core.node.store import Store
from core.node.tries import Walk
from core.node.values import ZERO_HASH, Header, Receipt

RECENT = 16  # headers whose links are looked at when the ledger opens
NEAR = 17  # nodes of the head's state, from its root on

Make = Callable[[int, Nodes, ForkSchedule], Engine]


@dataclass(frozen=True)
class Checked:
    """`nodes` hashed, of `states` whole states; `executed` blocks."""

    blocks: int
    states: int
    nodes: int
    executed: int


def check_head(store: Store, head: Header) -> None:
    """In milliseconds: the newest headers hang together, the newest block's content comes out at its roots, the
    head's state begins. Raises DatabaseCorrupt.
    """
    header = head
    for _ in range(RECENT):
        if header.number == 0:
            break
        parent = store.header(header.number - 1)
        if parent is None or parent.hash != header.parent_hash:
            raise store.corrupt(f"block {header.number} has no parent")
        header = parent
    if head.number >= store.marked("bodies"):
        _check_content(store, head)
    walk = Walk(store.node)
    walk.add(head.state_root)
    try:
        walk.step(NEAR)
    except ValueError as error:
        raise store.corrupt(f"block {head.number}: {error}") from error


def check_all(store: Store, history: History, progress: Progress | None = None) -> Checked:
    """Every header, every content and every node of every kept state, hashed. Blocks may be made meanwhile. Raises
    DatabaseCorrupt, Cancelled.
    """
    progress = progress or silent()
    last = store.newest()
    head = _known(store, last)
    with history.pinned(head):
        parent = ZERO_HASH
        for number in range(last + 1):
            progress.step("blocks", number, last + 1)
            header = _known(store, number)
            if number and header.parent_hash != parent:
                raise store.corrupt(f"block {number} does not follow block {number - 1}")
            parent = header.hash
            if number >= store.marked("bodies"):
                _check_content(store, header)
        states, nodes = _check_states(store, head, progress)
    return Checked(last + 1, states, nodes, 0)


def _check_states(store: Store, head: Header, progress: Progress) -> tuple[int, int]:
    """Newest first, so that those given up meanwhile are left out as they go."""
    walk = Walk(store.node)
    states = 0
    kept = {0, *store.checkpoints.values(), *range(store.marked("horizon"), head.number + 1)}
    for number in sorted(kept, reverse=True):
        if number > head.number or not store.has_state(number):
            continue
        walk.add(_known(store, number).state_root)
        try:
            while walk.next():
                progress.step("state", len(walk))
        except DatabaseCorrupt:
            if store.has_state(number):
                raise
        except ValueError as error:
            raise store.corrupt(f"block {number}: {error}") from error
        states += 1
    return states, len(walk)


def execute_all(store: Store, make: Make, progress: Progress | None = None) -> int:
    """Execute every block again, from the first one or from the snapshot that the ledger came as, on states that this
    run makes itself. How many. Raises DatabaseCorrupt, Cancelled.
    """
    progress = progress or silent()
    first, last = store.marked("snapshot"), store.newest()
    made = _Made(store, _known(store, first))
    engine = make(store.marked("chain_id"), made, ForkSchedule.of_marks(store.marked))
    parent = _known(store, first)
    for number in range(first + 1, last + 1):
        progress.step("blocks", number - first, last - first)
        block = store.block(number)
        if block is None:
            raise store.corrupt(f"block {number} is missing")
        try:
            sealed = engine.replay(parent, block)
        except Invalid as error:
            raise store.corrupt(f"block {number}: {error}") from error
        made.nodes.update(sealed.nodes)
        parent = block.header
    return last - first


class _Made:
    """The first state from the store, everything after it only from what was executed here. The nodes of the blocks
    stay in memory: about 6 KB a block.
    """

    def __init__(self, store: Store, first: Header) -> None:
        self._store = store
        self.nodes: dict[bytes, bytes] = {}
        walk = Walk(store.node)
        walk.add(first.state_root)
        try:
            while walk.next():
                pass
        except ValueError as error:
            raise store.corrupt(f"block {first.number}: {error}") from error
        self._first = walk

    def get(self, digest: bytes) -> bytes | None:
        found = self.nodes.get(digest)
        if found is not None:
            return found
        if digest in self._first or self._store.header_by_hash(digest) is not None:
            return self._store.get(digest)
        return None


def _known(store: Store, number: int) -> Header:
    header = store.header(number)
    if header is None:
        raise store.corrupt(f"block {number} is missing")
    return header


def _check_content(store: Store, header: Header) -> None:
    try:
        beside, content = store.content(header.number)
        check_content(header, beside, content)
        expected = [
            (position, log) for position, (_, receipt) in enumerate(content) for log in Receipt.decode(receipt).logs
        ]
    except (ProofMismatch, ValueError, TypeError) as error:
        raise store.corrupt(f"content of block {header.number}: {error}") from error
    found: list[Any] = [
        (one.tx_position, one.log) for one in store.logs(header.number, header.number, [], [], len(expected) + 1)
    ]
    if found != expected:
        raise store.corrupt(f"logs of block {header.number}")
