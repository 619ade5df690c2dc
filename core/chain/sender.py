"""From a wish to a confirmed transaction: nonce, fees, limits, signature, broadcast, verified receipt.

Security notes: the chain id is asked again before each signature; fees are bounded by what the verified header allows;
what comes back from the signer is compared field by field; a receipt counts only once its block has been rebuilt.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.chain import rules
from core.chain.block import Mined
from core.chain.contracts import Contract, Failure, decode_error
from core.chain.fees import suggest
from core.chain.foresight import TRANSFER_GAS, foresee
from core.chain.light_node import LightNode
from core.chain.simulation import Effects
from core.chain.trust import Trust, Trusted
from core.clock import Clock, SystemClock
from core.errors import (
    BadEncoding,
    DiskFull,
    InsufficientFunds,
    NodeUnreachable,
    NotConfirmed,
    OpenLedgerError,
    RefusedToSign,
    Replaced,
    Reverted,
    RpcError,
)
from core.eth import hexdata, validity
from core.eth.account import Account
from core.eth.header import Header
from core.eth.transaction import DYNAMIC_FEE, Transaction
from core.jobs import Progress, silent
from core.units import Address, Amount

Sign = Callable[[int, dict[str, Any]], bytes]
ZERO = Amount(0)
_KEPT = 5_000  # transactions remembered, the oldest forgotten first
_KNOWN = re.compile(r"already.?known|\bknown.?transaction", re.IGNORECASE)  # a node's words for one that waits already
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 2.0  # seconds between looks for a receipt


@dataclass(frozen=True)
class Unsigned:
    """A transaction ready to be shown and signed. `index` is the account's, `max_fee` the limit it was held to (wei),
    `replaces` the hash of a pending one whose place it takes. `effects` is what it would do in the next block, with
    how far that can be believed in `trust`; None where it was not worked out (a stated gas limit, no simulator).
    """

    index: int
    sender: Address
    transaction: Transaction
    max_fee: int
    replaces: bytes | None = None
    effects: Effects | None = field(default=None, compare=False)
    trust: Trust | None = field(default=None, compare=False)

    @property
    def to(self) -> Address | None:
        return None if self.transaction.to is None else Address(self.transaction.to)

    @property
    def fee(self) -> Amount:
        """The most that its gas can cost."""
        return Amount(self.transaction.gas * self.transaction.max_fee)

    @property
    def cost(self) -> Amount:
        """The most that can leave the account."""
        return Amount(self.transaction.value) + self.fee

    def as_dict(self) -> dict[str, Any]:
        """For the signer, in the names of JSON-RPC; numbers as numbers, `to` left out for a deployment."""
        transaction = self.transaction
        fields: dict[str, Any] = {
            "type": transaction.kind,
            "chainId": transaction.chain_id,
            "nonce": transaction.nonce,
            "value": transaction.value,
            "data": hexdata.to_data(transaction.data),
            "gas": transaction.gas,
            "maxFeePerGas": transaction.max_fee,
            "maxPriorityFeePerGas": transaction.max_tip,
        }
        if self.to is not None:
            fields["to"] = str(self.to)
        return fields


@dataclass(frozen=True)
class Signed:
    """`raw` is what may be kept and sent again; `since` the block after which to look for it."""

    unsigned: Unsigned
    raw: bytes
    hash: bytes
    since: int


class Sender:
    """Sends through one light node. Threads may share it: nonces are given one after the other.

    `sign(index, fields)` gives the raw signed transaction; `contracts` are those whose errors it can name.
    """

    def __init__(
        self, light: LightNode, sign: Sign, *, contracts: Sequence[Contract] = (), clock: Clock | None = None
    ) -> None:
        self._light = light
        self._sign = sign
        self._contracts = tuple(contracts)
        self._clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._sent: dict[bytes, Signed] = {}

    def prepare(
        self,
        index: int,
        sender: Address,
        to: Address | None,
        *,
        value: Amount = ZERO,
        data: bytes = b"",
        gas: int | None = None,
        max_fee: Amount | None = None,
    ) -> Unsigned:
        """Fill in nonce, gas and fees, and check that it can be sent; `to` of None deploys `data`.

        `max_fee` allows more (or less) than the network's limit. Raises InsufficientFunds(needed, available),
        FeeTooHigh, RefusedToSign, Reverted (it would fail in the next block), and what reading raises.
        """
        with self._lock:
            head = self._light.sync().value
            account, recipient = self._accounts(sender, to)
            available = account.balance - self._promised(sender, account)
            if value.wei > available:
                raise InsufficientFunds(needed=value.wei, available=max(available, 0))
            fees = suggest(self._light, head)
            ahead = None
            if gas is None:
                ahead = foresee(self._light, head, (sender, account), (to, recipient), value.wei, data, self._contracts)
                gas = ahead.gas
            transaction = Transaction(
                kind=DYNAMIC_FEE,
                chain_id=self._light.network.chain_id,
                nonce=self._next_nonce(sender, account),
                max_tip=fees.tip,
                max_fee=fees.per_gas,
                gas=gas,
                to=to.raw if to else None,
                value=value.wei,
                data=data,
            )
            limit = self._light.network.max_fee if max_fee is None else max_fee.wei
            unsigned = Unsigned(index, sender, transaction, limit)
            if ahead is not None:
                unsigned = replace(unsigned, effects=ahead.effects, trust=ahead.trust)
            self._check(unsigned, head)
            if unsigned.cost.wei > available:
                raise InsufficientFunds(needed=unsigned.cost.wei, available=available)
            return unsigned

    def sign(self, unsigned: Unsigned) -> Signed:
        """The signed transaction, not sent yet; keep `raw` first, so that nothing is lost in a crash.

        Raises RefusedToSign, FeeTooHigh, WrongChain, and what the signer raises.
        """
        with self._lock:
            self._light.check_chain_id()
            head = self._light.head().value
            self._check(unsigned, head)
            self._check_nonce(unsigned)
            raw = self._sign(unsigned.index, unsigned.as_dict())
            signed = rules.check_signed(raw, unsigned.transaction, unsigned.sender, self._light.network)
            return self._remember(Signed(unsigned, raw, signed.hash, head.number))

    def broadcast(self, signed: Signed) -> bytes:
        """Hand it to the node; its hash. May be repeated. Raises RpcError or DiskFull when the node refuses it and its
        nonce is proven free: then it is forgotten.

        When the node cannot be reached it may have got it all the same: `wait` finds out.
        """
        try:
            return self._light.send_raw(signed.raw)
        except (RpcError, DiskFull) as refusal:
            if _KNOWN.search(str(refusal.values.get("message", ""))) or self._may_come(signed):
                return signed.hash
            self.forget(signed.hash)
            raise

    def _may_come(self, signed: Signed) -> bool:
        """Whether what a node refused is in a block all the same, or could be for all that can be proven now."""
        try:
            self._light.sync()
            if self._light.receipt(signed.hash).value is not None:  # it had got it before
                return True
            # its nonce is gone, whatever the node says: `wait` finds what took it
            return self._light.account(signed.unsigned.sender).value.nonce > signed.unsigned.transaction.nonce
        except OpenLedgerError:
            return True

    def send(self, unsigned: Unsigned) -> bytes:
        """Sign and broadcast; the transaction's hash."""
        with self._lock:
            return self.broadcast(self.sign(unsigned))

    def transact(
        self, index: int, sender: Address, to: Address | None, *, value: Amount = ZERO, data: bytes = b""
    ) -> bytes:
        """Prepare, sign and broadcast in one go, for work whose parameters were confirmed before."""
        with self._lock:
            return self.send(self.prepare(index, sender, to, value=value, data=data))

    def forget(self, tx_hash: bytes) -> None:
        """A signed transaction that will not be sent; its nonce is free again."""
        with self._lock:
            self._sent.pop(tx_hash, None)

    def resume(self, index: int, raw: bytes, since: int) -> Signed:
        """Take up again what an earlier run of the program signed after block `since`. Raises RefusedToSign."""
        try:
            transaction = Transaction.decode(raw)
            validity.check(transaction, self._light.network.chain_id)
            asked = replace(transaction, y_parity=0, r=0, s=0)
            unsigned = Unsigned(index, Address(transaction.sender), asked, self._light.network.max_fee)
        except BadEncoding as error:
            raise RefusedToSign(reason=str(error.reason), field="transaction") from error
        with self._lock:
            return self._remember(Signed(unsigned, raw, transaction.hash, since))

    def pending(self, sender: Address) -> list[Signed]:
        """Signed here and not in a block yet, by nonce."""
        nonce = self._light.account(sender).value.nonce
        with self._lock:
            found = [entry for entry in self._sent.values() if entry.unsigned.sender == sender]
        return sorted(
            (entry for entry in found if entry.unsigned.transaction.nonce >= nonce),
            key=lambda entry: entry.unsigned.transaction.nonce,
        )

    def replacement(self, tx_hash: bytes, *, cancel: bool = False, max_fee: Amount | None = None) -> Unsigned:
        """The same transaction with higher fees, or with `cancel` one of the same nonce that does nothing.

        Raises RefusedToSign when it is not one of ours that still waits.
        """
        with self._lock:
            head = self._light.sync().value
            old = self._sent.get(tx_hash)
            if old is None or old.unsigned.transaction.nonce < self._light.account(old.unsigned.sender).value.nonce:
                raise RefusedToSign(reason="not waiting", field="nonce")
            fees = suggest(self._light, head).at_least_above(old.unsigned.transaction)
            transaction = replace(old.unsigned.transaction, max_tip=fees.tip, max_fee=fees.per_gas)
            if cancel:
                own = old.unsigned.sender.raw
                transaction = replace(transaction, to=own, value=0, data=b"", gas=TRANSFER_GAS)
            limit = old.unsigned.max_fee if max_fee is None else max_fee.wei
            unsigned = replace(old.unsigned, transaction=transaction, max_fee=limit, replaces=tx_hash)
            self._check(unsigned, head)
            return unsigned

    def wait(self, tx_hash: bytes, *, timeout: float = 60.0, progress: Progress | None = None) -> Trusted[Mined]:
        """Until its block has been verified. Raises Reverted, Replaced, Cancelled, and after `timeout` seconds
        NotConfirmed(tx_hash, seconds), or NodeUnreachable when the node is still away by then.

        A node that denies the receipt is not believed: once the account's proven nonce has passed, the blocks since
        are read for what took it.
        """
        progress = progress or silent()
        deadline = self._clock.monotonic() + timeout
        pause = _FIRST_PAUSE
        while True:
            progress.check()
            late = self._clock.monotonic() >= deadline
            try:
                self._light.sync()
                found = self._found(tx_hash)
            except NodeUnreachable:  # it may come back: an embedded node is started again
                if late:
                    raise
                found = None
            if found is not None:
                return self._outcome(found)
            if late:
                raise NotConfirmed(tx_hash=hexdata.to_data(tx_hash), seconds=timeout)
            self._clock.sleep(pause)
            pause = min(_LONGEST_PAUSE, 2 * pause)

    def _found(self, tx_hash: bytes) -> Trusted[Mined] | None:
        receipt = self._light.receipt(tx_hash)
        if receipt.value is not None:
            return Trusted(receipt.value, receipt.trust)
        ours = self._sent.get(tx_hash)
        if ours is None:
            return None
        sender, nonce = ours.unsigned.sender, ours.unsigned.transaction.nonce
        if self._light.account(sender).value.nonce <= nonce:
            return None
        taken = self._light.sent(sender, nonce, ours.since)
        if taken.value is not None and taken.value.hash != tx_hash:
            raise Replaced(tx_hash=hexdata.to_data(tx_hash), by=hexdata.to_data(taken.value.hash))
        return None if taken.value is None else Trusted(taken.value, taken.trust)

    def _outcome(self, found: Trusted[Mined]) -> Trusted[Mined]:
        mined = found.value
        if mined.succeeded:
            return found
        failure = self._why(mined)
        raise Reverted(
            reason=failure.name if failure else "unknown",
            arguments=dict(failure.arguments) if failure else {},
            tx_hash=hexdata.to_data(mined.hash),
            fee=mined.fee,
        )

    def _why(self, mined: Mined) -> Failure | None:
        """By making the same call on the state before its block; without a simulator the node's word, for wording."""
        ours = self._sent.get(mined.hash)
        if ours is None:
            return None
        transaction = ours.unsigned.transaction
        if mined.gas_used == transaction.gas:
            return Failure("out of gas", {})
        try:
            self._light.call(mined.to, transaction.data, sender=mined.sender, value=mined.value, block=mined.block - 1)
        except RpcError as error:
            return decode_error(error, self._contracts)
        except BadEncoding:
            return None
        return None

    def _accounts(self, sender: Address, to: Address | None) -> tuple[Account, Account | None]:
        found = self._light.accounts([sender] if to is None else [sender, to])
        return found[0].value, found[1].value if to is not None else None

    def _waiting(self, sender: Address, account: Account) -> list[Transaction]:
        entries = [entry.unsigned for entry in self._sent.values() if entry.unsigned.sender == sender]
        return [entry.transaction for entry in entries if entry.transaction.nonce >= account.nonce]

    def _next_nonce(self, sender: Address, account: Account) -> int:
        """The first that is neither used nor taken; a gap that a forgotten one left is filled first."""
        taken = {transaction.nonce for transaction in self._waiting(sender, account)}
        nonce = account.nonce
        while nonce in taken:
            nonce += 1
        return nonce

    def _promised(self, sender: Address, account: Account) -> int:
        """Wei that transactions not yet in a block may still take."""
        costs: dict[int, int] = {}
        for entry in self._waiting(sender, account):
            costs[entry.nonce] = max(costs.get(entry.nonce, 0), entry.value + entry.gas * entry.max_fee)
        return sum(costs.values())

    def _check(self, unsigned: Unsigned, head: Header) -> None:
        rules.check_unsigned(
            unsigned.transaction, self._light.network, block_gas=head.gas_limit, max_fee=unsigned.max_fee
        )

    def _check_nonce(self, unsigned: Unsigned) -> None:
        """The same nonce twice is either a replacement that says so, or a second click on the same button."""
        for entry in self._sent.values():
            same = entry.unsigned.sender == unsigned.sender
            if same and entry.unsigned.transaction.nonce == unsigned.transaction.nonce:
                if unsigned.replaces is None:
                    raise RefusedToSign(reason="nonce taken", field="nonce")
                return
        if unsigned.replaces is not None:
            raise RefusedToSign(reason="not waiting", field="nonce")

    def _remember(self, signed: Signed) -> Signed:
        self._sent[signed.hash] = signed
        while len(self._sent) > _KEPT:
            del self._sent[next(iter(self._sent))]
        return signed
