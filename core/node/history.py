"""Which states are kept, and how the others are given up (STORAGE.md tells the policy).

A sweep in bounded steps: the horizon is raised first, durably, so that no state below it is promised any more; then
everything that a kept state refers to is marked, in memory; then what is stored and not marked is dropped. Each step
first marks the blocks that came since the one before. A kill at any moment leaves garbage at worst: the mark
"sweeping" stands, and the next start sweeps again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.errors import BadInput
from core.jobs import Progress, silent
from core.node.store import Store
from core.node.tries import Walk
from core.node.values import Header

MAX_CHECKPOINTS = 64
LONGEST_NAME = 64  # characters
_LOWEST = b""
_LIVE_PER_BLOCK = 100  # marking costs at most this many nodes for each block since the last sweep


@dataclass(frozen=True)
class Policy:
    """The states of the last `states` blocks are kept, besides the first block's and those of named checkpoints.

    A sweep is due once `slack` more have gathered; a step of it looks at `step` nodes under the ledger's lock.
    """

    states: int = 1_024
    slack: int = 1_024
    step: int = 250


@dataclass(frozen=True)
class Swept:
    """`first` block of the unbroken row of states kept; nodes and codes."""

    first: int
    kept: int
    dropped: int


class History:
    """`lock` is the ledger's: a step holds it, so the engine never sees half of one."""

    def __init__(self, store: Store, lock: threading.RLock, policy: Policy | None = None) -> None:
        self._store = store
        self._lock = lock
        self.policy = policy or Policy()
        self._pins: list[Header] = []
        self._sweep: _Sweep | None = None
        self.last: Swept | None = None

    # Checkpoints

    @property
    def checkpoints(self) -> Mapping[str, int]:
        return dict(self._store.checkpoints)

    def checkpoint(self, name: str, header: Header) -> None:
        """Keep the state after `header` until the name is forgotten. Raises BadInput, NotKept."""
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise BadInput(field="checkpoint", reason="name", value=name[:LONGEST_NAME])
        with self._lock:
            if name in self._store.checkpoints:
                raise BadInput(field="checkpoint", reason="taken", value=name)
            if len(self._store.checkpoints) >= MAX_CHECKPOINTS:
                raise BadInput(field="checkpoint", reason="too many", value=MAX_CHECKPOINTS)
            self._store.need_state(header.number)
            if self._sweep is not None:
                self._sweep.walk.add(header.state_root)
            self._store.set_checkpoint(name, header.number)

    def forget(self, name: str) -> None:
        """Raises BadInput where there is no such checkpoint."""
        with self._lock:
            if name not in self._store.checkpoints:
                raise BadInput(field="checkpoint", reason="unknown", value=name)
            block = self._store.checkpoints[name]
            self._store.set_checkpoint(name, None)
            if block < self._store.marked("horizon"):
                self._store.mark(sweeping=1)  # what it held is garbage now

    @contextlib.contextmanager
    def pinned(self, header: Header) -> Iterator[None]:
        """No sweep gives up this state in the meantime. Raises NotKept."""
        with self._lock:
            self._store.need_state(header.number)
            if self._sweep is not None:
                self._sweep.walk.add(header.state_root)
            self._pins.append(header)
        try:
            yield
        finally:
            with self._lock:
                self._pins.remove(header)

    # Sweeping

    def due(self) -> bool:
        with self._lock:
            if self._sweep is not None or self._store.marked("sweeping"):
                return True
            slack = max(self.policy.slack, self._store.marked("live") // _LIVE_PER_BLOCK)
            return self._first() - self._store.marked("horizon") >= slack

    def _first(self) -> int:
        """The first block whose state the policy keeps, but for names."""
        newest = self._store.newest()
        return max(newest - self.policy.states + 1, self._store.marked("horizon"), 0)

    def step(self) -> bool:
        """A bounded piece of a sweep; begins one where none is under way. False when it is done.

        Raises DatabaseCorrupt when a kept state is not whole: then nothing is dropped.
        """
        with self._lock:
            if self._sweep is None:
                first = self._first()
                self._store.mark(horizon=first, sweeping=1)
                self._sweep = _Sweep(self._store, first, [pin.state_root for pin in self._pins], self.policy.step)
            try:
                more = self._sweep.step(self.policy.step)
            except BaseException:
                self._sweep = None
                raise
            if not more:
                self._store.mark(sweeping=0, live=len(self._sweep.walk))
                self.last = Swept(self._sweep.first, len(self._sweep.walk), self._sweep.dropped)
                self._sweep = None
            return more

    def sweep(self, progress: Progress | None = None) -> Swept:
        """All of it now. Cancelled, it leaves what it has not come to for the next one."""
        progress = progress or silent()
        while self.step():
            progress.step("history", self._sweep.done if self._sweep else None, 1.0)
        assert self.last is not None
        return self.last


class _Sweep:
    def __init__(self, store: Store, first: int, pinned: list[bytes], budget: int) -> None:
        self._store = store
        self._budget = budget  # nodes marked in one step
        self._complete = False  # nothing is left to mark but new blocks
        self.first = first
        self.walk = Walk(store.node)
        self.dropped = 0
        self._place = _LOWEST
        self._walked = first - 1  # the newest block whose state is given to the walk
        snapshot = store.marked("snapshot")
        for block in {0, *store.checkpoints.values()}:
            if block >= snapshot:
                self._add(block)
        for root in pinned:
            self.walk.add(root)

    @property
    def done(self) -> float:
        """0 to 1, once it drops."""
        return int.from_bytes(self._place[:4].ljust(4, b"\0"), "big") / 2**32

    def _add(self, block: int) -> None:
        header = self._store.header(block)
        if header is None:
            raise self._store.corrupt(f"block {block} is missing")
        self.walk.add(header.state_root)

    def step(self, most: int) -> bool:
        """False when everything is dropped."""
        try:
            if self._mark():
                return True
        except ValueError as error:
            raise self._store.corrupt(str(error)) from error
        found = self._store.nodes_after(self._place, most)
        if not found:
            return False
        garbage = [digest for digest in found if digest not in self.walk]
        if garbage:
            self._store.drop(garbage)
            self.dropped += len(garbage)
        self._place = found[-1]
        return True

    def _mark(self) -> bool:
        """Whether there is more to mark before anything may be dropped."""
        while self._walked < self._store.newest():
            self._walked += 1
            self._add(self._walked)
        if not self._complete:
            if self.walk.step(self._budget):
                self._budget += self._budget // 8  # blocks may come as fast as we look: catch up all the same
                return True
            self._complete = True
        while self.walk.next():  # what is new since the step before is all there is to look at
            pass
        return False
