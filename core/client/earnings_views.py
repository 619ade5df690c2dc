"""Payments and settlements as values for the screens, opened down to the balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.network import trust_view
from core.errors import EconomyError, OpenLedgerError
from core.units import Address, Amount
from core.values import PaymentDetail, PayoutView, RecordEarning, SettlementView, TrustView, TryView

if TYPE_CHECKING:
    from core.client.client import Client
    from core.economy import book
    from core.economy.earnings import Earning, Payment


_DAY = 86_400


class EarningsViews:
    def __init__(self, client: Client) -> None:
        self._client = client

    def _contract(self) -> Address:
        return self._client.session.contract("Settlement").address

    def _entry(self, settlement: str) -> book.Entry:
        from core.economy import book

        session = self._client.session
        return book.get(session.db, session.network.chain_id, self._contract(), settlement_id(settlement))

    def _posting(self, settlement: str) -> book.Posting:
        """What the ledger says of it. Raises EconomyError ("unknown settlement")."""
        from core.economy import book

        session = self._client.session
        found = book.posting(session.db, session.network.chain_id, self._contract(), settlement_id(settlement))
        if found is None:
            raise EconomyError(reason="unknown settlement", settlement=settlement[:80])
        return found

    def _settlement_view(self, entry: book.Entry) -> SettlementView:
        assert entry.posting is not None
        return self._posting_view(entry.posting)

    def _posting_view(self, posting: book.Posting) -> SettlementView:
        body = posting.body
        return SettlementView(
            settlement="0x" + posting.id.hex(),
            model=body.model_id,
            model_name=self._model_name(body.model_id),
            payer=body.payer,
            poster=body.poster,
            calls=body.nonce - body.first + 1,
            total=body.amount,
            pool=body.pool,
            builder=body.builder_part,
            supporters=body.supporters_part,
            treasury=body.treasury_part,
            payout_root="0x" + posting.payout_root.hex(),
            block=posting.block,
            time=body.settled_at,
            trust=self._trust(posting.id),
            bond=body.bond,
            claimable_at=posting.claimable,
            state=self._state(posting),
            verdict=posting.verdict,
            void_kind=posting.void_kind,
        )

    def _state(self, posting: book.Posting) -> str:
        """Open, final, finished or void."""
        if posting.state == "open" and posting.final(self._client.clock.now()):
            return "final"
        return posting.state

    def _trust(self, name: bytes) -> TrustView:
        """Whether the ledger, by proof, knows a settlement of this name: it binds all that was computed here."""
        try:
            found = self._client.session.contract("Settlement").state.read("settlements", name, "status")
        except OpenLedgerError as error:
            return TrustView("failed", type(error).__name__)
        return trust_view(found.trust) if found.value else TrustView("failed", "other roots")

    def _model_name(self, number: int) -> str:
        session = self._client.session
        model = session.catalogue.by_chain(session.network.chain_id, number)
        return "" if model is None else str(model.name)

    def _datanet_name(self, number: int) -> str:
        for view in self._client.datanets.all():
            if view.number == number:
                return view.name
        return f"Datanet {number}"

    def _payout_view(self, one: Earning) -> PayoutView:
        return PayoutView(
            settlement="0x" + one.settlement.hex(),
            index=-1 if one.index is None else one.index,
            account=one.account,
            account_name=self._client.wallet.name_of(one.account),
            model=one.model,
            model_name=self._model_name(one.model),
            datanet=one.datanet,
            amount=one.amount,
            state=one.state,
            reason=one.reason,
            time=one.time or 0,
            until=one.until or 0,
            mine=one.account in self._client.wallet.addresses(),
        )

    def tries(self, model: int | None = None) -> tuple[TryView, ...]:
        """Settlements signed here that stand in no block, newest first: on their way, or refused and why. The calls of
        a refused one wait as before. `model`: of one in the catalogue only.
        """
        from core.economy import tries

        session = self._client.session
        if "Settlement" not in session.pinned["contracts"]:
            return ()
        number = None if model is None else session.catalogue.get(model).chain_model
        found = tries.all_of(session.db, session.network.chain_id, self._contract())
        return tuple(
            TryView(
                payer=one.channel.payer,
                payer_name=self._client.wallet.name_of(one.channel.payer),
                model=one.channel.model,
                model_name=self._model_name(one.channel.model),
                calls=one.calls,
                amount=one.amount,
                tx_hash="0x" + one.tx_hash.hex(),
                refused=one.refused,
            )
            for one in found
            if model is None or one.channel.model == number
        )

    def of_account(self, account: Address) -> tuple[PayoutView, ...]:
        """Anybody's parts of the settlements whose data is here, newest first."""
        from core.economy import earnings

        session = self._client.session
        where = (session.db, session.network.chain_id, self._contract())
        found = earnings.of_account(*where, account, (), self._client.clock.now())
        return tuple(self._payout_view(one) for one in found.payouts)

    def calls_since(self, datanet: int, *, days: int) -> int:
        """Calls to models of a Datanet in the last days, on this device."""
        from core.economy import earnings

        session = self._client.session
        if "Settlement" not in session.pinned["contracts"]:
            return 0
        since = self._client.clock.now() - days * _DAY
        return sum(
            calls
            for model in session.catalogue.all()
            if model.chain_model is not None and model.datanet == datanet
            for day, calls in earnings.calls_by_day(
                session.db, session.network.chain_id, self._contract(), model.chain_model
            )
            if day >= since - _DAY
        )

    def detail(self, settlement: str, account: Address) -> PaymentDetail:
        """One account's part of one settlement: records, share, leaf, proof, claim, balances."""
        from core.economy import earnings

        session = self._client.session
        where = (session.db, session.network.chain_id, self._contract())
        found = earnings.open_payment(*where, settlement_id(settlement), account, self._client.clock.now())
        model = session.catalogue.by_chain(session.network.chain_id, found.entry.channel.model)
        texts = (
            {}
            if model is None
            else self._client.datanets.texts_of(model.datanet, [record.record_id for record in found.records])
        )
        labels = () if model is None else tuple(model.newest.facts["labels"])
        known = {} if model is None else self._client.datanets.index.of(model.datanet)
        kind = "text" if model is None else self._client.datanets.catalogue.get(model.datanet).rules.kind
        return PaymentDetail(
            payout=self._payout_view(found.earning),
            settlement=self._settlement_view(found.entry),
            records=tuple(
                RecordEarning(
                    record.record,
                    texts.get(record.record_id, ""),
                    labels[record.label] if record.label < len(labels) else str(record.label),
                    record.total,
                    record.positive,
                    known.get(record.record_id),
                    kind,
                )
                for record in found.records
            ),
            contributor_positive=found.earning.positive,
            all_positive=found.entry.all_positive,
            proof=tuple("0x" + sibling.hash.hex() for sibling in found.proof),
            proof_holds=found.proof_holds,
            claim_tx=None if found.claim is None else "0x" + found.claim.tx_hash.hex(),
            claim_fee=None if found.claim is None else found.claim.fee,
            balance_before=None if found.claim is None else found.claim.balance_before,
            balance_after=None if found.claim is None else found.claim.balance_after,
            leaf="" if found.leaf is None else "0x" + found.leaf.hex(),
            claim_block=None if found.claim is None else found.claim.block,
            claim_own_fee=found.claim is None or found.claim.sender == account,
            claim_others=_others(found),
        )


def _others(found: Payment) -> Amount | None:
    """What the claim's transaction paid the account besides this leaf, from its balances; None while unknown."""
    claim = found.claim
    change = None if claim is None else claim.change()
    if claim is None or change is None:
        return None
    gas = claim.fee.wei if claim.sender == found.earning.account else 0
    return Amount(change + gas - found.earning.amount.wei)


def settlement_id(settlement: str) -> bytes:
    try:
        found = bytes.fromhex(settlement.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise EconomyError(reason="unknown settlement", settlement=settlement[:80])
    return found
