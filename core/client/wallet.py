"""Accounts and their proven balances, sending, and what became of every transaction."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from core.client.actions import Plan
from core.client.network import trust_view
from core.errors import BadInput, OpenLedgerError
from core.events import Changed
from core.jobs import Progress
from core.units import Address, Amount
from core.values import AccountView, Effect, Known, Prepared, TxView
from core.wallet.accounts import Account, Accounts
from core.wallet.contacts import Contacts
from core.wallet.history import History
from core.wallet.poisoning import lookalikes

if TYPE_CHECKING:
    from core.chain.block import Mined
    from core.chain.sender import Signed
    from core.client.client import Client

_MOST = 10  # tenths of the balance: sending more than nine of them is asked about


class Wallet:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()

    @property
    def _accounts(self) -> Accounts:
        session = self._client.session
        return Accounts(session.db, session.clock)

    @property
    def _history(self) -> History:
        session = self._client.session
        return History(session.db, session.network.chain_id, session.clock)

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

    def name_of(self, address: Address) -> str:
        """Of an account of mine or a contact; the short address of anybody else."""
        for row in self.rows():
            if row.address == address:
                return row.name
        contact = self.contacts.get(address)
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
            self._accounts.add(0, name, self._client.session.first_account)

    def add_account(self, name: str) -> AccountView:
        """The next account of the same phrase. Raises BadInput for a name that is empty, too long or taken."""
        with self._lock:
            index = max((row.index for row in self.rows()), default=-1) + 1
            address = self._client.session.signer.addresses([index])[0]
            self._accounts.add(index, name, address)
        self._client.said(Changed(accounts=True))
        return AccountView(index, name, address, self.balance(address))

    def rename(self, index: int, name: str) -> None:
        self._accounts.rename(index, name)
        self._client.said(Changed(accounts=True))

    def discover(self, progress: Progress) -> int:
        """After a restore: accounts that were used, up to the gap limit; how many were found."""
        session = self._client.session

        def used(address: Address) -> bool:
            account = session.light.account(address).value
            return bool(account.nonce or account.balance)

        return len(self._accounts.discover(session.signer.addresses, used, progress))

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
            if lookalikes(to, known):
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

    # What became of it

    def activity(self, limit: int = 200) -> tuple[TxView, ...]:
        """Newest first: what was signed here, and plain payments that came in, as the ledger proves them."""
        session = self._client.session
        session.light.sync()
        mine = self.addresses()
        signed = self._history.all(limit)
        known = {row.hash for row in signed}
        found = session.light.transactions(sorted(mine), 1) if session.light.head().value.number else None
        times = {} if found is None else {h.number: h.timestamp for h in session.light.headers(1, 1 << 62)}
        incoming = [
            self._incoming(one, times)
            for one in (() if found is None else found.value)
            if one.to in mine and one.hash not in known and one.value and one.sender not in mine
        ]
        rows = [self._signed_view(row) for row in signed] + incoming
        return tuple(sorted(rows, key=lambda row: -row.time)[:limit])

    def _signed_view(self, row: Any) -> TxView:
        return TxView(
            tx_hash="0x" + row.hash.hex(),
            what=row.kind,
            account=self.index_of(row.sender),
            sender=row.sender,
            to=row.to,
            value=row.value,
            fee=row.fee,
            state=row.state,
            reason=row.reason,
            block=row.block,
            time=row.created,
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
        self._history.signed(signed.unsigned.transaction, signed.hash, signed.raw, signed.unsigned.sender, plan.what)

    def confirmed(self, mined: Mined) -> None:
        self._history.confirmed(mined.hash, mined.block, Amount(mined.fee))

    def failed(self, tx_hash: bytes, error: OpenLedgerError) -> None:
        reason = str(error.values.get("reason") or error.values.get("message") or type(error).__name__)
        self._history.failed(tx_hash, reason)

    def resume(self) -> None:
        """After unlocking: what was signed and not seen in a block is sent again and looked for."""
        session = self._client.session
        for row in self._history.pending():
            try:
                signed = session.sender.resume(self.index_of(row.sender), row.raw or b"", 0)
                session.sender.broadcast(signed)
                mined = session.sender.wait(signed.hash, timeout=10).value
            except OpenLedgerError as error:
                self.failed(row.hash, error)
            else:
                self.confirmed(mined)
