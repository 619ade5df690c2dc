"""The ledger: a head, blocks made as transactions come, blocks taken from elsewhere, and lookups. One lock, so threads
may share it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher

from core.errors import BadFile, ProfileInUse, WrongChain
from core.keccak import keccak256
from core.node.engine import Engine, Invalid, Nodes, NotATransaction
from core.node.evm import PyEvm
from core.node.forks import OURS, ForkSchedule
from core.node.genesis import Genesis
from core.node.importing import check_uncles
from core.node.integrity import check_head
from core.node.overrides import Override, Overrides
from core.node.pool import Ground, Limits, Pool
from core.node.store import Store
from core.node.values import Block, Header, Message, Outcome, Sealed, Transaction, next_base_fee

Clock = Callable[[], int]
Make = Callable[[int, Nodes, ForkSchedule], Engine]
ESTIMATE_TOLERANCE = 64  # an estimate is at most 1/64 above the least gas that works


def system_time() -> int:
    return int(time.time())


def _create(path: Path, key: bytes, genesis: Genesis, make: Make) -> None:
    """Under another name first: a file of the right name always has its first block, so one without is damaged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    for leftover in (unfinished, *_beside(unfinished), *_beside(path)):
        leftover.unlink(missing_ok=True)
    store = Store(unfinished, key)
    try:
        store.start(genesis.chain_id, make(genesis.chain_id, store, genesis.forks).genesis(genesis))
        if genesis.forks != OURS:
            store.mark(**genesis.forks.marks())
    finally:
        store.close()
    unfinished.replace(path)


def _beside(path: Path) -> list[Path]:
    """SQLite's own files; those of a deleted ledger would be played back into a new one."""
    return [path.with_name(path.name + end) for end in ("-wal", "-shm")]


class Ledger:
    """`chain_id`, `head` (Header), `genesis_hash`, `forks`, `store`, `engine` and `pool` are for reading.

    `on_block` and `on_transaction` hear, in order and under the lock, of every block kept (made here or elsewhere) and
    of every transaction taken, before the call that brought it ends. They must not raise.

    Opening raises DatabaseCorrupt, NewerProfile, BadFile (nothing there and no genesis), WrongChain.
    """

    def __init__(
        self,
        path: Path,
        key: bytes,
        genesis: Genesis | None = None,
        clock: Clock = system_time,
        make: Make = PyEvm,
        limits: Limits | None = None,
    ) -> None:
        if not path.exists():
            if genesis is None:
                raise BadFile(path=str(path), reason="missing")
            _create(path, key, genesis, make)
        self._clock = clock
        self.lock = threading.RLock()
        self.pool = Pool(limits)
        self._waiting: set[bytes] = set()  # hashes of those in the pool that are on disk
        self.on_block: list[Callable[[Sealed], None]] = []
        self.on_transaction: list[Callable[[Transaction], None]] = []
        self.store = Store(path, key)
        try:
            self._begin(genesis, make)
        except BaseException:
            self.store.close()
            raise

    def _begin(self, genesis: Genesis | None, make: Make) -> None:
        chain_id, head, first = self.store.chain_id(), self.store.head(), self.store.header(0)
        if chain_id is None or head is None or first is None:
            raise self.store.corrupt("no first block")
        if genesis is not None and genesis.chain_id != chain_id:
            raise WrongChain(expected=genesis.chain_id, found=chain_id)
        self.chain_id = chain_id
        check_head(self.store, head)
        self.head: Header = head
        self.genesis_hash = first.hash
        self.forks = ForkSchedule.of_marks(self.store.marked)
        self.engine = make(chain_id, self.store, self.forks)
        self._wake()

    def close(self) -> None:
        with self.lock:
            self.store.close()

    def next_time(self) -> int:
        """Real time, but always later than the head: a burst of blocks within a second runs ahead of the clock."""
        return max(self._clock(), self.head.timestamp + 1)

    def next_fork(self) -> str:
        """Of the next block. Raises Invalid where it is none that is known here."""
        fork = self.forks.at(self.head.number + 1, self.next_time())
        if fork is None:
            raise Invalid("the chain goes on with rules that are not known here")
        return fork

    def ground(self) -> Ground:
        """What the next block stands on. Raises Invalid."""
        root = self.head.state_root
        return Ground(
            self.chain_id,
            self.next_fork(),
            next_base_fee(self.head),
            self.head.gas_limit,
            lambda address: self.engine.account(root, address),
            lambda address: self.engine.code(root, address),
        )

    def send(self, raw: bytes) -> Transaction:
        """Take a signed transaction: into a block at once, with all that waited for it, or to wait for its turn. On
        disk when it returns, either way.

        Raises NotATransaction, Invalid (in the words of other nodes), DiskFull, DatabaseCorrupt.
        """
        with self.lock:
            tx = self.engine.decode(raw)
            if self.store.transaction(tx.hash) is not None:
                raise Invalid("already known")
            leaving = self.pool.add(tx, self.ground())
            try:
                made = self._accept(tx)
            except BaseException:
                self._take_back(tx, leaving)
                raise
            self._stop_waiting(leaving)
            for hear in self.on_transaction:
                hear(tx)
            self._tell(made)
            return tx

    def _accept(self, tx: Transaction) -> list[Sealed]:
        made, lost = self._mine()
        if tx.hash in lost:
            raise Invalid(lost[tx.hash])
        if self.pool.get(tx.hash) is not None:
            self.store.wait(tx.hash, tx.raw)
            self._waiting.add(tx.hash)
        return made

    def _take_back(self, tx: Transaction, leaving: list[Transaction]) -> None:
        """What was not put on disk was not accepted."""
        self.pool.remove([tx.hash])
        for one in leaving:
            with contextlib.suppress(Invalid):
                self.pool.add(one, self.ground())

    def _mine(self) -> tuple[list[Sealed], dict[bytes, str]]:
        """Blocks of all whose turn has come; what no block can take is forgotten, and returned with the reason."""
        made: list[Sealed] = []
        lost: dict[bytes, str] = {}
        while ready := self.pool.ready(next_base_fee(self.head)):
            block = self.engine.seal(self.head, self.next_time(), ready)
            left = [one for one in block.skipped if not one.full]
            # The followers of one that is refused were refused for their nonce: they wait on.
            refused = [one for one in left if "nonce too high" not in one.reason]
            if block.transactions:
                made.append(self._keep(block))
            elif not refused:
                refused = left
            lost |= {one.transaction.hash: one.reason for one in refused}
            self.pool.remove([one.transaction.hash for one in refused])
            self._stop_waiting([one.transaction for one in refused])
        return made, lost

    def _stop_waiting(self, gone: Sequence[Transaction]) -> None:
        kept = {tx.hash for tx in gone} & self._waiting
        if kept:
            self.store.stop_waiting(kept)
            self._waiting -= kept

    def _wake(self) -> None:
        """Those that waited when the ledger was closed. What a kill left between two blocks is mined now."""
        kept = self.store.waiting()
        if not kept or self.forks.at(self.head.number + 1, self.next_time()) is None:
            return
        ground = self.ground()
        for raw in kept:
            self._waiting.add(keccak256(raw))
            try:
                self._stop_waiting(self.pool.add(self.engine.decode(raw), ground))
            except (Invalid, NotATransaction):
                self.store.stop_waiting([keccak256(raw)])
        self._mine()

    def _tell(self, made: Sequence[Sealed]) -> None:
        for block in made:
            for hear in self.on_block:
                hear(block)

    def next_nonce(self, address: bytes) -> int:
        """After all that waits without a gap."""
        account = self.engine.account(self.head.state_root, address)
        return self.pool.next_nonce(address, account.nonce if account else 0)

    def import_block(self, encoded: bytes) -> Sealed:
        """Take a block made elsewhere, as nodes exchange them, on top of the head. On disk when it returns.

        Raises Invalid: not a block, not the next one, of a fork not known here, or a field or a root that execution
        does not bear out. DiskFull, DatabaseCorrupt.
        """
        with self.lock:
            try:
                block = Block.decode(encoded)
            except ValueError as error:
                raise Invalid(str(error)) from error
            made = self.engine.replay(self.head, block)
            check_uncles(block, self.store)
            kept = self._keep(made)
            self._tell([kept])
            return kept

    def _keep(self, block: Sealed) -> Sealed:
        try:
            self.store.append(block)
        except sqlcipher.IntegrityError as error:  # the block's number is taken: someone else writes here
            raise ProfileInUse(path=str(self.store.path), pid=None) from error
        self.head = block.header
        self._settle(block)
        return block

    def _settle(self, block: Sealed) -> None:
        if not self.pool:
            return
        waited = [tx for tx in block.transactions if self.pool.get(tx.hash) is not None]
        self.pool.remove([tx.hash for tx in waited])
        moved = any(tx.authorizations for tx in block.transactions)
        lost = self.pool.settle(self.ground(), None if moved else {tx.sender for tx in block.transactions})
        self._stop_waiting([*waited, *lost])

    def pending(self) -> Header:
        """The surroundings of the next block, on the state of the head."""
        return replace(
            self.head,
            parent_hash=self.head.hash,
            number=self.head.number + 1,
            timestamp=self.next_time(),
            base_fee=next_base_fee(self.head),
        )

    def balance(self, header: Header, address: bytes, overrides: Overrides | None = None) -> int:
        """In wei, after a block; what is supposed of it stands before what it is."""
        supposed = (overrides or {}).get(address, Override()).balance
        if supposed is not None:
            return supposed
        account = self.engine.account(header.state_root, address)
        return account.balance if account else 0

    def execute(
        self, header: Header, message: Message, overrides: Overrides | None = None, *, watch: bool = False
    ) -> Outcome:
        """Raises Invalid where the sender has less than the value."""
        balance = self.balance(header, message.sender, overrides)
        if message.value > balance:
            words = f"have {balance} want {message.value}"
            raise Invalid(f"insufficient funds for gas * price + value: address 0x{message.sender.hex()} {words}")
        return self.engine.execute(header, message, overrides, watch=watch)

    def estimate(self, header: Header, message: Message, overrides: Overrides | None = None) -> Outcome:
        """The run with all the gas allowed when that fails; else one whose `gas_used` is enough as a gas limit."""
        full = self.execute(header, message, overrides)
        if full.error is not None:
            return full
        # Most transactions need exactly what they use; others more, because a call passes on 63/64 at most (EIP-150)
        # or because refunds come at the end.
        low, high = full.gas_used - 1, message.gas
        for guess in (full.gas_used, (full.gas_used + full.gas_refund + 2_300) * 64 // 63):
            if low < guess < high:
                if self.engine.execute(header, replace(message, gas=guess), overrides).error is None:
                    high = guess
                    break
                low = guess
        while high - low > max(1, high // ESTIMATE_TOLERANCE):
            middle = (low + high) // 2
            if self.engine.execute(header, replace(message, gas=middle), overrides).error is None:
                high = middle
            else:
                low = middle
        return replace(full, gas_used=high)
