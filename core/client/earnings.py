"""Money for use: deposit, voucher and settlement, earnings down to their records, claims, proof files."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.chain.trust import Trusted
from core.client.actions import Plan
from core.client.earnings_views import EarningsViews, settlement_id
from core.client.network import trust_view
from core.economy.channel import Channel
from core.errors import EconomyError, InsufficientFunds, OpenLedgerError
from core.events import Changed
from core.jobs import Progress
from core.units import Address, Amount
from core.values import (
    DemandView,
    EarningsView,
    Known,
    PayoutView,
    Prepared,
    SettlementView,
    Verified,
)

if TYPE_CHECKING:
    from core.client.client import Client
    from core.client.objecting import Objecting
    from core.client.proving import Proving
    from core.client.settling import Settling
    from core.client.watching import Watching
    from core.economy import book
    from core.models.catalogue import Model

_MOST_CLAIMS = 50  # in one transaction: some 35,000 gas each
_NOTHING_YET = "no calls yet"


class Earnings(EarningsViews):
    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._settling: Settling | None = None
        self._proving: Proving | None = None
        self._watching: Watching | None = None
        self._objecting: Objecting | None = None

    @property
    def settling(self) -> Settling:
        from core.client.settling import Settling  # numpy: not before it is needed

        if self._settling is None:
            self._settling = Settling(self._client)
        return self._settling

    @property
    def watching(self) -> Watching:
        from core.client.watching import Watching

        if self._watching is None:
            self._watching = Watching(self._client)
        return self._watching

    @property
    def objecting(self) -> Objecting:
        from core.client.objecting import Objecting

        if self._objecting is None:
            self._objecting = Objecting(self._client, self.watching)
        return self._objecting

    @property
    def proving(self) -> Proving:
        from core.client.proving import Proving

        if self._proving is None:
            self._proving = Proving(self._client)
        return self._proving

    # Deposits and what they must bear

    def deposit_of(self, payer: Address) -> Known[Amount]:
        """What the Settlement contract holds for a payer, by proof."""
        session = self._client.session
        session.light.sync()
        found: Trusted[int] = session.contract("Settlement").state.read("deposits", payer, "amount")
        return Known(Amount(found.value), trust_view(found.trust))

    def settled_nonce(self, model: Model, payer: Address) -> int:
        """The last of a payer's calls to a published model that the ledger has settled, by proof."""
        state = self._client.session.contract("Settlement").state
        return int(state.read("channels", payer, model.chain_model, "nonce").value)

    def owed(self, payer: Address) -> Amount:
        """Metered calls of a payer, with all models, that no settlement covers."""
        total = Amount(0)
        for model in self._client.session.catalogue.all():
            if model.chain_model is not None:
                total += self._unsettled(model, payer)[1]
        return total

    def unsettled(self, model: Model) -> int:
        """Calls of my accounts to a model that no settlement covers."""
        if model.chain_model is None:
            return 0
        return sum(self._unsettled(model, account.address)[0] for account in self._client.wallet.rows())

    def waiting(self, model: int) -> tuple[tuple[int, int, Amount], ...]:
        """(account, calls, fees) of those of my accounts with metered calls to a model that no settlement covers."""
        found = self._client.session.catalogue.get(model)
        if found.chain_model is None:
            return ()
        counted = ((row.index, *self._unsettled(found, row.address)) for row in self._client.wallet.rows())
        return tuple(entry for entry in counted if entry[1])

    def _unsettled(self, model: Model, payer: Address) -> tuple[int, Amount]:
        from core.economy import book, usage

        session = self._client.session
        channel = self.channel(model, payer)
        done = max(
            (
                posting.body.nonce
                for posting in book.postings(session.db, session.network.chain_id, channel.contract)
                if (posting.body.payer, posting.body.model_id) == (payer, channel.model) and posting.state != book.VOID
            ),
            default=0,
        )
        return usage.unsettled(session.db, channel, done)

    def channel(self, model: Model, payer: Address) -> Channel:
        session = self._client.session
        assert model.chain_model is not None
        contract = session.contract("Settlement").address
        return Channel(session.network.chain_id, contract, payer, model.chain_model)

    def prepare_deposit(self, payer: int, amount: Amount, *, from_account: int | None = None) -> Prepared:
        """Set OPEN aside for a payer's calls. Anyone may pay in for anyone; a refund takes a day's notice."""
        who = self._client.wallet.address(payer)
        contract = self._client.session.contract("Settlement")
        return self._client.actions.prepare(
            Plan(
                "deposit",
                payer if from_account is None else from_account,
                contract.address,
                value=amount,
                data=contract.call("deposit", str(who)),
                details=(("for calls of", self._client.wallet.name_of(who)), ("amount", str(amount))),
                raw={"function": "deposit", "payer": str(who)},
                changed=Changed(earnings=True),
            )
        )

    # Settle

    def prepare_settle(self, model: int, payer: int, poster: int, progress: Progress | None = None) -> Prepared:
        """A payer's metered calls into pay: the payer signs a voucher, the poster puts it on the ledger with a bond.

        The poster is the model's builder or a contributor; his bond comes back by `prepare_finish`, after the window.
        Raises NothingToSettle, InsufficientFunds (the deposit), EconomyError ("nobody to pay", "channel busy" with
        `at` while the settlement before can still fall), ProofMismatch (it could be challenged), Cancelled.
        """
        return self.settling.prepare(model, payer, poster, progress)

    def settlements(self) -> tuple[SettlementView, ...]:
        """Posted ones whose data is here, newest first; `unseen` are those whose data is not."""
        self._follow()
        return tuple(self._settlement_view(entry) for entry in self._entries() if entry.posting is not None)

    def _follow(self) -> None:
        """What the ledger says of settlements, as far as it can be reached."""
        with contextlib.suppress(OpenLedgerError):
            self.watching.follow()

    def unseen(self) -> tuple[SettlementView, ...]:
        """Settlements that concern this profile and whose data is not here: import the poster's file to check them."""
        from core.economy import book

        session = self._client.session
        where = (session.db, session.network.chain_id, self._contract())
        return tuple(
            self._posting_view(posting) for posting in book.postings(*where) if book.find(*where, posting.id) is None
        )

    def settlement(self, settlement: str) -> SettlementView:
        return self._posting_view(self._posting(settlement))

    def payouts(self, settlement: str) -> tuple[PayoutView, ...]:
        """Every contributor's part, oldest contributor first; zero ones carry their reason. None without its data."""
        from core.economy import book, earnings

        session = self._client.session
        entry = book.find(session.db, session.network.chain_id, self._contract(), settlement_id(settlement))
        if entry is None:
            return ()
        now = self._client.clock.now()
        return tuple(self._payout_view(one) for one in earnings.payouts(self._client.session.db, entry, now))

    def prepare_finish(self, settlement: str, account: int) -> Prepared:
        """After the window: bond back to the poster, parts to builder, supporters and treasury. Anyone may, once.

        Raises EconomyError ("unknown settlement", "not final yet" with `at`, "already finished").
        """
        entry = self._entry(settlement)
        assert entry.posting is not None
        return self.settling.prepare_finish(account, entry.posting)

    def earned(self, account: int) -> Amount:
        """What waits for an account besides claims: bonds that came back, a builder's or the treasury's parts."""
        return self.settling.earned(self._client.wallet.address(account))

    def prepare_take(self, account: int) -> Prepared:
        """Take all of `earned` out. Raises NothingToSettle."""
        return self.settling.prepare_take(account)

    def _entries(self) -> list[book.Entry]:
        from core.economy import book

        session = self._client.session
        return book.entries(session.db, session.network.chain_id, self._contract())

    # Objections: a poster's file in, his settlement checked, a false one challenged, a leaf demanded and answered

    def export_settlement(self, settlement: str, path: Path, *, disclose: bool = False) -> None:
        """For contributors: everything to check a settlement and to claim from it, and no call.

        `disclose`: the person agreed to what `few_calls` says; else raises EconomyError ("few calls") where it does.
        """
        self.watching.export(self._posting(settlement), path, disclose=disclose)

    def few_calls(self, settlement: str) -> tuple[tuple[str, int | None], ...]:
        """Labels with so few calls (under 64, None: not known here) that their sum says much of what was asked."""
        return self.watching.few_calls(self._posting(settlement))

    def import_settlement(self, path: Path, progress: Progress | None = None) -> SettlementView:
        """A poster's file: its settlement is found on the ledger, checked, and kept when it is fine.

        Raises BadFile, TooLarge, ProofMismatch, EconomyError ("unknown settlement").
        """
        found, _ = self.watching.take_in(path, progress)
        return self._posting_view(self._posting("0x" + found.hex()))

    def check(self, settlement: str) -> SettlementView:
        """Hold a settlement against the data that is here; `verdict` of the view says what came of it."""
        self._follow()
        self.watching.check(self._posting(settlement))
        return self._posting_view(self._posting(settlement))

    def prepare_announce(self, settlement: str, account: int) -> Prepared:
        """First half of an objection. Raises EconomyError ("nothing false found", "already final")."""
        return self.objecting.prepare_announce(self._posting(settlement), account)

    def prepare_challenge(self, settlement: str, account: int) -> Prepared:
        """Second half, in a later block. Raises EconomyError ("announce it first", "already final"), Reverted."""
        return self.objecting.prepare_challenge(self._posting(settlement), account)

    def prepare_demand(self, settlement: str, account: int, kind: int, index: int) -> Prepared:
        """Ask the poster for a leaf (kinds 1 sums, 2 u, 3 score, 4 payout), for the fee of the settlement."""
        return self.objecting.prepare_demand(self._posting(settlement), account, kind, index)

    def demands(self) -> tuple[DemandView, ...]:
        """Asked of accounts here and not answered yet, the most pressing first."""
        self._follow()
        return tuple(
            DemandView("0x" + one.settlement.hex(), one.kind, one.index, one.demander, one.deadline)
            for one in self.objecting.asked_of_me()
        )

    def prepare_answer(self, demand: DemandView, account: int) -> Prepared:
        """With the leaf that was asked for. Raises EconomyError ("data not here"), BadInput."""
        return self.objecting.prepare_answer(_demand(demand), account)

    def prepare_expire(self, demand: DemandView, account: int) -> Prepared:
        """After the deadline of one that nobody answered: the settlement falls."""
        return self.objecting.prepare_expire(_demand(demand), account)

    # Earnings

    def overview(self) -> EarningsView:
        """Of all my accounts together; `reason` says why a zero is zero."""
        from core.economy import earnings

        self._follow()
        session = self._client.session
        models = self._models_with_my_records()
        now = self._client.clock.now()
        where = (session.db, session.network.chain_id, self._contract())
        parts = [earnings.of_account(*where, account.address, models, now) for account in self._client.wallet.rows()]
        payouts = sorted((one for part in parts for one in part.payouts), key=lambda one: -(one.time or 0))
        days: dict[int, int] = {}
        datanets: dict[int, Amount] = {}
        for part in parts:
            for day, amount in part.by_day:
                days[day] = days.get(day, 0) + amount.wei
            for number, amount in part.by_datanet:
                datanets[number] = datanets.get(number, Amount(0)) + amount
        total = sum((part.total for part in parts), Amount(0))
        return EarningsView(
            total=total,
            waiting=sum((part.waiting for part in parts), Amount(0)),
            claimable=sum((part.claimable for part in parts), Amount(0)),
            claimed=sum((part.claimed for part in parts), Amount(0)),
            pending_calls=sum(
                earnings.pending(session.db, session.network.chain_id, self._contract(), model) for model in models
            ),
            by_day=tuple(sorted(days.items())),
            by_datanet=tuple(
                (self._datanet_name(number), amount)
                for number, amount in sorted(datanets.items(), key=lambda item: -item[1].wei)
            ),
            payouts=tuple(self._payout_view(one) for one in payouts),
            reason="" if total else next((part.reason for part in parts if part.reason), _NOTHING_YET),
        )

    def _models_with_my_records(self) -> set[int]:
        """Ledger numbers of published models over Datanets that I gave records to."""
        mine = {view.id for view in self._client.datanets.all() if view.mine}
        return {
            model.chain_model
            for model in self._client.session.catalogue.all()
            if model.chain_model is not None and model.datanet in mine
        }

    # Claim

    def prepare_claim(self, account: int) -> Prepared:
        """Everything that this account can claim, each leaf with its path in the payout tree.

        Raises EconomyError ("nothing to claim", or "not final yet" with `at` while settlements wait for objections).
        An account that cannot bear the fee is helped by the first of mine that can: the contract pays the
        leaf's account, whoever sends the claim.
        """
        from core.economy import claims

        session = self._client.session
        who = self._client.wallet.address(account)
        where = (session.db, session.network.chain_id, self._contract(), who, self._client.clock.now())
        leaves = claims.claimable(*where, most=_MOST_CLAIMS)
        if not leaves:
            at = claims.next_claimable(*where)
            if at is not None:
                raise EconomyError(reason="not final yet", account=str(who), at=at)
            raise EconomyError(reason="nothing to claim", account=str(who))
        others = [row.index for row in self._client.wallet.rows() if row.index != account]
        for sender in (account, *others):
            try:
                return self.settling.prepare_claim(sender, who, leaves)
            except InsufficientFunds as error:
                refused = error
        raise refused

    def gained(self) -> Mapping[bytes, Amount]:
        """By the hash of a claim's transaction: what it paid out."""
        from core.economy import claims

        session = self._client.session
        if "Settlement" not in session.pinned["contracts"]:
            return {}
        return claims.gained(session.db, session.network.chain_id, self._contract())

    # Proof files and the audit

    def export_proof(
        self,
        settlement: str,
        path: Path,
        *,
        call: int | None = None,
        account: Address | None = None,
        disclose: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Everything an auditor needs for one settlement, one answer (`call`) and one claim (`account`).

        It holds every call's features: `disclose` is the person's yes to that; else raises EconomyError ("every call").
        """
        self.proving.export(self._entry(settlement), path, call, account, progress, disclose=disclose)

    def run_audit(self, path: Path, progress: Progress | None = None) -> Verified:
        """The stand-alone script on a proof file, in a process of its own. Raises BadFile, WorkerError, Cancelled."""
        return self.proving.audit(path, progress)


def _demand(view: DemandView) -> book.Demand:
    from core.economy import book

    return book.Demand(settlement_id(view.settlement), view.kind, view.index, view.demander, view.deadline)
