"""The one road of every write: prepare, confirm, sign, send, wait for the proof, put down what it made."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.chain.trust import TrustState
from core.errors import (
    BadInput,
    Cancelled,
    DiskFull,
    OpenLedgerError,
    ProofMismatch,
    RefusedToSign,
    Replaced,
    Reverted,
    RpcError,
)
from core.events import Changed
from core.jobs import Progress, silent
from core.units import Address, Amount
from core.values import Effect, Prepared, Signed

if TYPE_CHECKING:
    from core.chain.block import Mined
    from core.chain.sender import Unsigned
    from core.client.client import Client
    from core.client.session import Deployed

_NOTHING = Amount(0)
_MOST_KEPT = 200  # prepared actions nobody signed
# Of a broadcast: not taken and its nonce proven free, or not even sent. Of waiting: shown by proof.
REFUSED: tuple[type[OpenLedgerError], ...] = (RpcError, DiskFull, RefusedToSign)
ENDED: tuple[type[OpenLedgerError], ...] = (Reverted, Replaced)
_TRIED = Changed(activity=True, balances=True)  # one that a block holds cost its fee all the same


@dataclass(frozen=True)
class Plan:
    """What an area asks for; `Actions.prepare` makes the person's view of it.

    data     the call data, or a function that makes it at signing (when something else is signed first)
    gas      a stated limit instead of an estimate, for data that does not exist before signing
    before   puts down, in the vault, what is about to be signed: a killed program finds it again
    after    with the proven transaction: puts down what it made; its return value is `Signed.result`
    failed   takes back what `before` put down
    forgotten  takes back what preparing put down, when the person says no
    """

    what: str
    account: int
    to: Address
    value: Amount = _NOTHING
    data: bytes | Callable[[], bytes] = b""
    gas: int | None = None
    details: tuple[tuple[str, str], ...] = ()
    effects: tuple[Effect, ...] = ()
    risks: tuple[str, ...] = ()
    raw: dict[str, object] = field(default_factory=dict)
    before: Callable[[bytes], None] = lambda _tx_hash: None
    after: Callable[[Mined], object] = lambda _mined: None
    failed: Callable[[], None] = lambda: None
    forgotten: Callable[[], None] = lambda: None
    changed: Changed = field(default_factory=Changed)


class Actions:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._plans: dict[str, tuple[Plan, Prepared]] = {}
        self._lock = threading.RLock()  # one signature at a time: nonces follow each other

    def prepare(self, plan: Plan) -> Prepared:
        """Raises InsufficientFunds, FeeTooHigh, Reverted (the contract would refuse), OtherContract, and what the node
        raises.
        """
        session = self._client.session
        sender = self._client.wallet.address(plan.account)
        data = b"" if callable(plan.data) else plan.data
        try:
            draft = session.sender.prepare(plan.account, sender, plan.to, value=plan.value, data=data, gas=plan.gas)
        except RpcError as refused:
            if (refused.values.get("data") or "0x") == "0x":  # ours say why they refuse what they understand
                session.check_code(plan.to)
            raise
        prepared = Prepared(
            id=secrets.token_hex(8),
            what=plan.what,
            account=plan.account,
            to=plan.to,
            value=plan.value,
            fee_max=draft.fee,
            details=(("account", self._client.wallet.name_of(sender)), ("to", str(plan.to)), *plan.details),
            effects=self._foreseen(sender, draft) or plan.effects or self._effects(sender, plan),
            risks=(*plan.risks, *_doubts(draft)),
            raw={"to": str(plan.to), "value": str(plan.value.wei), **plan.raw},
        )
        with self._lock:
            self._plans[prepared.id] = (plan, prepared)
            while len(self._plans) > _MOST_KEPT:
                self._plans.pop(next(iter(self._plans)))
        return prepared

    def _foreseen(self, sender: Address, draft: Unsigned) -> tuple[Effect, ...]:
        """By execution on proven state: whose balance would change, the sender's first."""
        changes = {} if draft.effects is None else draft.effects.balances
        ordered = sorted(changes.items(), key=lambda change: change[0] != sender)
        name_of = self._client.wallet.name_of
        return tuple(Effect(address, name_of(address), after - before) for address, (before, after) in ordered)

    def _effects(self, sender: Address, plan: Plan) -> tuple[Effect, ...]:
        if not plan.value:
            return ()
        return (Effect(sender, self._client.wallet.name_of(sender), -plan.value.wei),)

    def forget(self, prepared: Prepared) -> None:
        with self._lock:
            found = self._plans.pop(prepared.id, None)
        if found is not None:
            found[0].forgotten()

    def let_go(self) -> None:
        """The profile is locked: what was prepared belongs to its session, and is prepared again in the next one."""
        plans = self._plans  # not under the lock, which a signature may hold for as long as a block takes
        self._plans = {}
        for plan, _ in plans.values():
            with contextlib.suppress(OpenLedgerError):
                plan.forgotten()

    def sign(self, prepared: Prepared, progress: Progress | None = None) -> Signed:
        progress = progress or silent()
        with self._lock:
            found = self._plans.pop(prepared.id, None)
            if found is None:
                raise BadInput(field="action", reason="prepare it again")
            plan, _ = found
            mined = self._send(plan, progress)
            result = plan.after(mined)
            self._client.wallet.confirmed(mined)  # last: while it is pending, a restart puts down what it made
        self._client.said(plan.changed | Changed(balances=True, activity=True, network=True))
        return Signed(plan.what, "0x" + mined.hash.hex(), mined.block, Amount(mined.fee), result)

    def _send(self, plan: Plan, progress: Progress) -> Any:
        session = self._client.session
        with self._undone(plan.forgotten):
            progress.step("sign")
            data = plan.data() if callable(plan.data) else plan.data
            sender = self._client.wallet.address(plan.account)
            draft = session.sender.prepare(plan.account, sender, plan.to, value=plan.value, data=data)
            signed = session.sender.sign(draft)
        with (
            self._undone(lambda: session.sender.forget(signed.hash), plan.failed),  # or its number stays taken
            session.db.transaction(),  # both or neither, whenever the program is killed
        ):
            plan.before(signed.hash)
            self._client.wallet.put_down(plan, signed)
        try:
            progress.step("send")
        except Cancelled as error:  # the last moment: what the person stopped must not leave at the next start
            self._refused(plan, signed.hash, error)
            raise
        return self._through(plan, signed, progress)

    def _through(self, plan: Plan, signed: Any, progress: Progress) -> Any:
        """Only a proof, or a refusal with the nonce proven free, is final and taken back; else the action stays
        pending: whatever else a node says, a signed transaction may yet come.
        """
        sender, final = self._client.session.sender, REFUSED
        try:
            sender.broadcast(signed)
            final = ENDED
            progress.step("wait")
            return sender.wait(signed.hash).value
        except OpenLedgerError as error:
            if isinstance(error, final):
                self._refused(plan, signed.hash, error)
            self._client.said(plan.changed | _TRIED if isinstance(error, final) else Changed(activity=True))
            raise

    @contextlib.contextmanager
    def _undone(self, *steps: Callable[[], object]) -> Iterator[None]:
        """What did not leave, for whatever reason, is taken back."""
        try:
            yield
        except BaseException:
            for step in steps:
                with contextlib.suppress(OpenLedgerError):
                    step()
            self._client.said(Changed(activity=True))
            raise

    def _refused(self, plan: Plan, tx_hash: bytes, error: OpenLedgerError) -> None:
        plan.failed()
        self._client.session.sender.forget(tx_hash)
        self._client.wallet.failed(tx_hash, error)


def _doubts(draft: Unsigned) -> tuple[str, ...]:
    """A stated gas limit foresees nothing and claims nothing; the node's word is named as such."""
    unproven = draft.trust is not None and draft.trust.state is TrustState.UNVERIFIED
    return ("effects unproven",) if unproven else ()


def event_of(contract: Deployed, mined: Mined, name: str) -> Mapping[str, Any]:
    """The arguments of the event that an action must have caused. Raises ProofMismatch when the receipt has none."""
    for log in mined.logs:
        if log.address == contract.address:
            event = contract.event(log)
            if event is not None and event.name == name:
                return event.arguments
    raise ProofMismatch(what=f"event {name}", expected=str(contract.address), found=None)
