"""Accounts and their proven balances, sending, and what became of every transaction."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.client.actions import ENDED, REFUSED, Plan
from core.client.network import trust_view
from core.economy import tries
from core.errors import BadInput, Cancelled, OpenLedgerError, Replaced
from core.events import Changed
from core.jobs import Progress
from core.units import Address, Amount
from core.values import AccountView, ContactView, Effect, Known, LookAlikeView, Prepared, TxView
from core.wallet.accounts import Account, Accounts
from core.wallet.contacts import Contacts
from core.wallet.history import Entry, History, Outcome
from core.wallet.poisoning import look_alike

if TYPE_CHECKING:
    from core.chain.block import Mined
    from core.chain.sender import Signed
    from core.client.client import Client

_RESUME_SECONDS = 10
_MOST = 10  # tenths of the balance: sending more than nine of them is asked about


class Wallet:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()

    @property
    def _accounts(self) -> Accounts:
        session = self._client.session
        return Accounts(session.db, session.signer.addresses, session.clock)

    @property
    def _history(self) -> History:
        session = self._client.session
        return History(session.db, session.clock)

    @property
    def contacts(self) -> Contacts:
        session = self._client.session
        return Contacts(session.db, session.clock)

    # Accounts

    def rows(self) -> list[Account]:
        """Index, name and address, without asking the ledger."""
        return self._accounts.all()

    def addresses(self) -> frozenset[Address]:
        return frozenset(row.address for row in self.rows())

    def address(self, index: int) -> Address:
        """Raises BadInput for an account that was not added."""
        for row in self.rows():
            if row.index == index:
                return row.address
        raise BadInput(field="account", reason="unknown", value=index)

    def index_of(self, address: Address) -> int:
        for row in self.rows():
            if row.address == address:
                return row.index
        raise BadInput(field="account", reason="not mine", value=str(address))

    def names(self) -> dict[Address, str]:
        """Of my accounts and contacts, read once for a page of addresses."""
        contacts = {contact.address: contact.name for contact in self.contacts.all()}
        return contacts | {row.address: row.name for row in self.rows()}

    def name_of(self, address: Address) -> str:
        """Of an account of mine or a contact; the short address of anybody else."""
        for row in self.rows():
            if row.address == address:
                return row.name
        contact = self.contacts.of(address)
        return address.short() if contact is None else contact.name

    def accounts(self) -> tuple[AccountView, ...]:
        """With balances by proof, all at the same block."""
        session = self._client.session
        rows = self.rows()
        session.light.sync()
        found = session.light.accounts([row.address for row in rows])
        return tuple(
            AccountView(row.index, row.name, row.address, Known(Amount(one.value.balance), trust_view(one.trust)))
            for row, one in zip(rows, found, strict=True)
        )

    def balance(self, address: Address) -> Known[Amount]:
        session = self._client.session
        session.light.sync()
        found = session.light.account(address)
        return Known(Amount(found.value.balance), trust_view(found.trust))

    def total(self) -> Known[Amount]:
        """Of all my accounts."""
        accounts = self.accounts()
        total = sum((account.balance.value for account in accounts), Amount(0))
        return Known(total, accounts[0].balance.trust)

    def add_first(self, name: str) -> None:
        """Account 0 of a new profile."""
        if not self.rows():
            self._accounts.add(name)

    def add_account(self, name: str) -> AccountView:
        """The next account of the same phrase. Raises BadInput for a name that is empty, too long or taken."""
        with self._lock:
            made = self._accounts.add(name)
        self._client.said(Changed(accounts=True))
        return AccountView(made.index, made.name, made.address, self.balance(made.address))

    def rename(self, index: int, name: str) -> None:
        self._accounts.rename(index, name)
        self._client.said(Changed(accounts=True))

    def discover(self, progress: Progress) -> int:
        """After a restore: accounts that were used, up to the gap limit; how many were found."""
        session = self._client.session

        def used(address: Address) -> bool:
            account = session.light.account(address).value
            return bool(account.nonce or account.balance)

        return len(self._accounts.discover(used, progress=progress))

    # Send

    def prepare_send(self, account: int, to: Address, amount: Amount) -> Prepared:
        """Raises InsufficientFunds, FeeTooHigh, BadInput (nothing to send)."""
        if not amount:
            raise BadInput(field="amount", reason="zero")
        sender = self.address(account)
        balance = self.balance(sender).value
        risks = []
        known = {row.address for row in self.rows()} | {contact.address for contact in self.contacts.all()}
        if to not in known:
            risks.append("new address")
            if look_alike(to, known) is not None:
                risks.append("looks like a known address")
        if amount.wei * _MOST > balance.wei * (_MOST - 1):
            risks.append("most of the balance")
        return self._client.actions.prepare(
            Plan(
                "send",
                account,
                to,
                value=amount,
                details=(("amount", str(amount)),),
                effects=(
                    Effect(sender, self.name_of(sender), -amount.wei),
                    Effect(to, self.name_of(to), amount.wei),
                ),
                risks=tuple(risks),
                raw={"function": "transfer"},
            )
        )

    def largest(self, account: int, to: Address) -> Amount:
        """The most that can be sent to this address now: all but the highest fee it can cost."""
        session = self._client.session
        sender = self.address(account)
        draft = session.sender.prepare(account, sender, to, value=Amount(1))
        balance = self.balance(sender).value
        return balance - draft.fee if balance > draft.fee else Amount(0)

    def resembles(self, to: Address) -> LookAlikeView | None:
        """The account or contact that this other address could be taken for."""
        known = {row.address for row in self.rows()} | {contact.address for contact in self.contacts.all()}
        found = look_alike(to, known)
        return None if found is None else LookAlikeView(found.known, self.name_of(found.known), found.different)

    # Contacts

    def people(self) -> tuple[ContactView, ...]:
        """Contacts by name."""
        return tuple(ContactView(one.address, one.name, one.note) for one in self.contacts.all())

    def save_contact(self, address: Address, name: str, note: str = "") -> ContactView:
        """New, or changed when the address is known. Raises BadInput (name "empty", "length", "taken"; zero)."""
        saved = self.contacts.save(address, name, note)
        self._client.said(Changed(accounts=True))
        return ContactView(saved.address, saved.name, saved.note)

    def remove_contact(self, address: Address) -> None:
        self.contacts.remove(address)
        self._client.said(Changed(accounts=True))

    # What became of it

    def activity(self, limit: int = 200) -> tuple[TxView, ...]:
        """Newest first: what was signed here, and plain payments that came in, as the ledger proves them."""
        session = self._client.session
        session.light.sync()
        mine = self.addresses()
        signed = self._history.find(chain_id=session.network.chain_id, most=limit)
        known = {row.hash for row in signed}
        found = session.light.transactions(sorted(mine), 1) if session.light.head().value.number else None
        times = {} if found is None else {h.number: h.timestamp for h in session.light.headers(1, 1 << 62)}
        incoming = [
            self._incoming(one, times)
            for one in (() if found is None else found.value)
            if one.to in mine and one.hash not in known and one.value and one.sender not in mine
        ]
        gained = self._client.earnings.gained()
        rows = [self._signed_view(row, gained.get(row.hash, Amount(0))) for row in signed] + incoming
        return tuple(sorted(rows, key=lambda row: -row.time)[:limit])

    def _signed_view(self, row: Entry, gained: Amount) -> TxView:
        return TxView(
            tx_hash="0x" + row.hash.hex(),
            what=row.kind,
            account=self.index_of(row.sender),
            sender=row.sender,
            to=row.recipient,
            value=row.value,
            fee=row.fee,
            state=row.state,
            reason=row.reason,
            block=row.block,
            time=row.created,
            gained=gained,
        )

    def _incoming(self, one: Mined, times: dict[int, int]) -> TxView:
        assert one.to is not None
        return TxView(
            tx_hash="0x" + one.hash.hex(),
            what="received",
            account=self.index_of(one.to),
            sender=one.sender,
            to=one.to,
            value=Amount(one.value),
            fee=None,
            state="confirmed" if one.succeeded else "failed",
            reason="",
            block=one.block,
            time=times.get(one.block, 0),
        )

    # Called by `actions`

    def put_down(self, plan: Plan, signed: Signed) -> None:
        """Before it leaves: a killed program finds it again."""
        self._history.add(signed.raw, kind=plan.what, since=signed.since)

    def confirmed(self, mined: Mined) -> None:
        self._settle(mined.hash, Outcome(mined.block, Amount(mined.fee), mined.succeeded))

    def _settle(self, tx_hash: bytes, outcome: Outcome) -> None:
        """It stands in a block, so what else was signed with its number will not: that is taken back."""
        from core.client.recovery import Recovery

        session, recovery = self._client.session, Recovery(self._client)
        one = self._history.get(session.network.chain_id, tx_hash)
        waiting = self._history.pending(session.network.chain_id, one.sender)
        with session.db.transaction():
            self._history.settle(session.network.chain_id, tx_hash, outcome)
            for row in waiting:
                if row.nonce == one.nonce and row.hash != tx_hash:
                    recovery.failed(row.hash)
                    tries.refused(session.db, row.hash, Replaced.__name__)

    def failed(self, tx_hash: bytes, error: OpenLedgerError) -> None:
        """Refused by the node, replaced, or mined and reverted; the words are the node's or the contract's."""
        session = self._client.session
        reason = str(error.values.get("reason") or error.values.get("message") or type(error).__name__)
        found = None if isinstance(error, Cancelled) else session.light.receipt(tx_hash).value  # it never left
        with session.db.transaction():
            if found is not None:
                self._settle(tx_hash, Outcome(found.block, Amount(found.fee), found.succeeded, reason))
            elif isinstance(error, Replaced):
                by = bytes.fromhex(str(error.values["by"]).removeprefix("0x"))
                self._history.replace(session.network.chain_id, tx_hash, by)
            else:
                self._history.give_up(session.network.chain_id, tx_hash, reason)
            tries.refused(session.db, tx_hash, reason)

    def resume(self) -> None:
        """After unlocking: what was signed and not seen in a block is sent again, and what it made is put down."""
        for row in self._waiting():
            self._resume(row, _RESUME_SECONDS)

    def waits(self, tx_hash: bytes) -> bool:
        """Whether one that was signed here may still come into a block: looked at, and sent, once more."""
        for row in self._waiting():
            if row.hash == tx_hash:
                self._resume(row, 0)
        return any(row.hash == tx_hash for row in self._waiting())

    def _waiting(self) -> list[Entry]:
        rows = self._history.pending(self._client.session.network.chain_id)
        return [row for row in rows if row.raw is not None and row.state == "pending"]

    def _resume(self, row: Entry, seconds: float) -> None:
        from core.client.recovery import Recovery

        sender, recovery, final = self._client.session.sender, Recovery(self._client), REFUSED
        assert row.raw is not None
        try:
            signed = sender.resume(self.index_of(row.sender), row.raw, row.since)
            sender.broadcast(signed)
            final = ENDED
            mined = sender.wait(signed.hash, timeout=seconds).value
        except OpenLedgerError as error:
            if isinstance(error, final):  # else it may still be mined, or be sent at the next unlocking
                recovery.failed(row.hash)
                self.failed(row.hash, error)
        else:
            recovery.apply(mined)
            self.confirmed(mined)
