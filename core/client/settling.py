"""Money on the road: post a settlement with its bond, claim from it, finish it, take out what was earned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.client.actions import Plan, event_of
from core.client.proving import version_of
from core.economy import book, challenge, claims, settlement, tries, usage, voucher
from core.economy.body import Body
from core.economy.channel import Channel
from core.economy.evidence import ModelTrees
from core.economy.settlement import ClaimData, Settlement
from core.economy.split import Split
from core.errors import EconomyError, ModelError, NothingToSettle, ProofMismatch
from core.events import Changed
from core.jobs import Progress, silent
from core.units import Address, Amount
from core.values import Effect, Prepared

if TYPE_CHECKING:
    from core.chain.block import Mined
    from core.client.client import Client
    from core.models.catalogue import Model

_SETTLE_GAS = 400_000  # a ceiling to quote: the voucher that the data needs is signed only after the person's yes
_BASIS = 10_000
FEW_CALLS = 64  # sums over fewer give words of what was asked away (core/attribution/PRIVACY.md)
FEW_POSTED = "sums of few calls may be asked for"  # a risk: whoever pays may have them opened, or the bond is lost


class Settling:
    def __init__(self, client: Client) -> None:
        self._client = client

    def prepare(self, model: int, payer: int, poster: int, progress: Progress | None) -> Prepared:
        progress = progress or silent()
        session = self._client.session
        found = session.catalogue.get(model)
        if found.chain_model is None:
            raise ModelError(reason="not published", model=found.name)
        who = self._client.wallet.address(payer)
        channel = self._client.earnings.channel(found, who)
        contract = session.contract("Settlement")
        session.light.sync()
        self._not_under_way(channel)
        previous, settled = self._settled(channel)
        bill, made = self._make(found, channel, previous, settled, progress)
        self._before_signing(channel, bill.voucher, previous, settled)
        self._may_post(self._client.wallet.address(poster))
        window, bond = self._terms(made.amount)
        few = any(calls < FEW_CALLS for calls in usage.fewest(bill.statements).values())

        def data() -> bytes:
            self._not_under_way(channel)  # two may have been prepared, one after the other
            typed = voucher.typed_data(bill.voucher)
            signature = session.signer.sign_typed_data(payer, typed, session.network.chain_id)
            signed = voucher.SignedVoucher(bill.voucher, signature, bill.secret, self._client.clock.now())
            self._keep(signed)
            return contract.call("settle", *settlement.settle_arguments(made, signed))

        def before(tx_hash: bytes) -> None:
            tries.sent(session.db, book.save(session.db, made, self._client.clock.now()), tx_hash)

        def after(mined: Any) -> str:
            event = event_of(contract, mined, "Settled")
            posting = posting_of(event, mined)
            book.posted(session.db, session.network.chain_id, contract.address, posting)
            return "0x" + posting.id.hex()

        return self._client.actions.prepare(
            Plan(
                "settle",
                poster,
                contract.address,
                value=bond,
                data=data,
                gas=_SETTLE_GAS,
                details=self._details(found.name, who, bill, made, bond, window),
                risks=(FEW_POSTED,) if few else (),
                raw={"function": "settle", "voucher": voucher.typed_data(bill.voucher)["message"]},
                before=before,
                after=after,
                changed=Changed(earnings=True, models=True),
            )
        )

    def _details(
        self, name: str, payer: Address, bill: usage.Bill, made: Settlement, bond: Amount, window: int
    ) -> tuple[tuple[str, str], ...]:
        return (
            ("model", name),
            ("payer", self._client.wallet.name_of(payer)),
            ("calls", f"{bill.voucher.nonce - bill.voucher.first + 1:,}"),
            ("amount", str(made.amount)),
            ("for contributors", str(made.parts.pool)),
            ("for the builder", str(made.parts.builder)),
            ("for supporters", str(made.parts.supporters)),
            ("for the treasury", str(made.parts.treasury)),
            ("bond, comes back", str(bond)),
            ("waits for objections", span(window)),
            ("claimable from", moment(self._client.clock.now() + window)),
            ("payout root", "0x" + made.payout_root.hex()),
        )

    def _settled(self, channel: Channel) -> tuple[int, Amount]:
        """Nonce and total that the contract has settled between payer and model, by proof.

        Raises EconomyError ("channel busy", `at`) while the settlement before can still fall.
        """
        state = self._client.session.contract("Settlement").state
        found = state.read("channels", channel.payer, channel.model).value
        if int(found["busyUntil"]) > self._client.clock.now():
            raise EconomyError(reason="channel busy", at=int(found["busyUntil"]))
        return int(found["nonce"]), Amount(found["settled"])

    def _not_under_way(self, channel: Channel) -> None:
        """Raises EconomyError ("under way") while a settlement of these calls that was signed here may still come."""
        last = tries.latest(self._client.session.db, channel)
        if last is not None and not last.refused and self._client.wallet.waits(last.tx_hash):
            raise EconomyError(reason="under way", tx_hash="0x" + last.tx_hash.hex())

    def _may_post(self, poster: Address) -> None:
        """Raises EconomyError ("barred", `at`) for a poster whose settlement fell lately."""
        until = int(self._client.session.contract("Settlement").state.read("barredUntil", poster).value)
        if until > self._client.clock.now():
            raise EconomyError(reason="barred", account=str(poster), at=until)

    def _terms(self, amount: Amount) -> tuple[int, Amount]:
        """Window in seconds and bond, as the contract will take them."""
        terms = self._client.session.contract("Params").state.read("_terms").value
        bond = max(int(terms["bond"]), amount.wei * int(terms["bondBps"]) // _BASIS)
        return int(terms["window"]), Amount(bond)

    def _make(
        self, model: Model, channel: Channel, previous: int, settled: Amount, progress: Progress
    ) -> tuple[usage.Bill, Settlement]:
        """The payer's bill and what follows from it, held against everything that could be challenged."""
        session = self._client.session
        package = usage.batch(session.db, channel, previous, progress)[0].package
        version = version_of(model, package)
        tables = self._client.models.building.tables.get(session, version).tables
        bill = usage.next_bill(
            session.db,
            channel,
            tables.head.K,
            settled_nonce=previous,
            settled=settled,
            blocks=tables.head.blocks,
            progress=progress,
        )
        made = settlement.compute(
            bill.voucher,
            bill.secret,
            bill.sums.sums,
            tables,
            Split(*model.split),
            previous=previous,
            amount=bill.voucher.total_fee - settled,
            datanet=version.facts["release"]["datanet"],
            staked=self._staked(channel.model),
            progress=progress,
        )
        secret = self._client.models.building.features_secret(bytes.fromhex(version.facts["release"]["root"]))
        progress.step("checking the posting")
        registered = session.contract("Models").state.read("rootsOf", channel.model, package).value
        trees = ModelTrees(tables, secret)
        if trees.roots.hash != registered:
            session.check_code(session.contract("Models").address)  # another version hashes other words
            raise ProofMismatch(what="roots of the model", expected=registered, found=trees.roots.hash)
        challenge.before_posting(made, trees)
        return bill, made

    def _staked(self, model: int) -> bool:
        return bool(self._client.session.contract("Support").state.read("backings", model, "staked").value)

    def _before_signing(self, channel: Channel, wanted: voucher.Voucher, nonce: int, settled: Amount) -> None:
        earnings = self._client.earnings
        last = voucher.latest(self._client.session.db, channel)
        again = last is not None and last.voucher == wanted  # signed once already: its posting failed or fell
        voucher.before_signing(
            wanted,
            deposit=earnings.deposit_of(channel.payer).value,
            settled=settled,
            settled_nonce=nonce,
            last=None if again or last is None else last.voucher,
        )

    def _keep(self, signed: voucher.SignedVoucher) -> None:
        last = voucher.latest(self._client.session.db, signed.voucher.channel)
        if last is None or last.voucher != signed.voucher:
            voucher.store(self._client.session.db, signed)

    # Claims

    def prepare_claim(self, sender: int, who: Address, leaves: Sequence[ClaimData]) -> Prepared:
        session = self._client.session
        contract = session.contract("Settlement")
        total = sum((leaf.amount for leaf in leaves), Amount(0))
        if len(leaves) == 1:
            data = contract.call("claim", *leaves[0].contract_argument)
        else:
            data = contract.call("claimMany", [leaf.contract_argument for leaf in leaves])
        session.light.sync()
        before = session.light.account(who).value.balance

        def after(mined: Any) -> str:
            balance = Amount(session.light.account(who).value.balance)
            gas = mined.fee if mined.sender == who else 0
            alone = balance.wei - before == total.wei - gas  # nothing else moved it since the claim was prepared
            one = claims.Claim(
                mined.hash,
                mined.block,
                mined.sender,
                Amount(mined.fee),
                Amount(before) if alone else None,
                balance if alone else None,
                self._client.clock.now(),
            )
            for leaf in leaves:
                claims.record(
                    session.db,
                    session.network.chain_id,
                    contract.address,
                    leaf.settlement_id,
                    leaf.index,
                    one,
                    also=total - leaf.amount,
                )
            return str(total)

        return self._client.actions.prepare(
            Plan(
                "claim",
                sender,
                contract.address,
                data=data,
                details=(("amount", str(total)), ("settlements", str(len(leaves)))),
                effects=(Effect(who, self._client.wallet.name_of(who), total.wei),),
                raw={"function": "claim" if len(leaves) == 1 else "claimMany"},
                after=after,
                changed=Changed(earnings=True),
            )
        )

    # The end of a settlement

    def prepare_finish(self, account: int, posting: book.Posting) -> Prepared:
        session = self._client.session
        contract = session.contract("Settlement")
        body = posting.body
        if posting.state == book.FINISHED:
            raise EconomyError(reason="already finished", settlement=posting.id.hex())
        if not posting.final(self._client.clock.now()):
            raise EconomyError(reason="not final yet", settlement=posting.id.hex(), at=posting.claimable)
        where = (session.network.chain_id, contract.address, posting.id)

        def after(mined: Any) -> str:
            book.ended(session.db, *where, book.FINISHED, mined.hash)
            return "0x" + posting.id.hex()

        return self._client.actions.prepare(
            Plan(
                "finish",
                account,
                contract.address,
                data=contract.call("finish", body.contract_argument, posting.payout_root),
                details=(
                    ("bond, comes back", str(body.bond)),
                    ("poster", self._client.wallet.name_of(body.poster)),
                    ("for the builder", str(body.builder_part)),
                    ("for supporters", str(body.supporters_part)),
                    ("for the treasury", str(body.treasury_part)),
                ),
                raw={"function": "finish", "settlement": "0x" + posting.id.hex()},
                after=after,
                changed=Changed(earnings=True),
            )
        )

    def earned(self, who: Address) -> Amount:
        """Bonds, builder's and treasury's parts that wait to be taken out, by proof."""
        return Amount(self._client.session.contract("Settlement").state.read("earned", who).value)

    def prepare_take(self, account: int) -> Prepared:
        contract = self._client.session.contract("Settlement")
        who = self._client.wallet.address(account)
        amount = self.earned(who)
        if not amount:
            raise NothingToSettle(payer=who, model=None)
        return self._client.actions.prepare(
            Plan(
                "take.earned",
                account,
                contract.address,
                data=contract.call("withdrawEarned"),
                details=(("amount", str(amount)),),
                effects=(Effect(who, self._client.wallet.name_of(who), amount.wei),),
                raw={"function": "withdrawEarned"},
                changed=Changed(earnings=True),
            )
        )


def posting_of(event: Mapping[str, Any], mined: Mined) -> book.Posting:
    """From the proven event. Raises ProofMismatch when the ledger's id is not what its body and roots make."""
    body = Body.of_event(event["body"])
    posting = book.Posting(body, body.payout_root(event["payoutHash"]), mined.hash, mined.block, body.claimable_at)
    if posting.id != event["id"]:
        raise ProofMismatch(what="settlement id", expected=event["id"], found=posting.id)
    return posting


def span(seconds: int) -> str:
    """A window in the largest unit that divides it."""
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {name}{'' if seconds == size else 's'}"
    return f"{seconds} seconds"


def moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
