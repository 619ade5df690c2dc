"""A client with one settled market: a payment that waits, one that was paid, one that is nothing; it stands still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import BadInput, OpenLedgerError
from core.events import Changed
from core.jobs import Progress
from core.units import Address, Amount
from core.values import (
    AccountView,
    Accuracy,
    ContactView,
    EarningsView,
    EventView,
    HomeView,
    Known,
    LookAlikeView,
    ModelView,
    Need,
    NetworkView,
    PaymentDetail,
    PayoutView,
    Prepared,
    ReceiptView,
    RecordEarning,
    SettlementView,
    SinceView,
    TryView,
    TxView,
    Verified,
)
from tests.doubles.still_client import ADA, BELA, PROVEN, StillClient, account, network, prepared

CARL = Address.parse("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")
SETTLEMENT = "0x" + "5e" * 32
TX = "0x" + "7a" * 32
DAY = 1_700_006_400
NASTY = "<b>Ada</b> \u202eevil\x07"  # markup and a character that turns text round


def payout(state: str = "claimable", amount: str = "0.75", who: Address = ADA, reason: str = "") -> PayoutView:
    name = {ADA: "Account 1", BELA: "Savings"}.get(who, who.short())
    return PayoutView(
        SETTLEMENT, 0, who, name, 1, NASTY, 1, Amount.parse(amount), state, reason, DAY + 3_600, who in {ADA, BELA}
    )


def settlement() -> SettlementView:
    return SettlementView(
        SETTLEMENT,
        1,
        NASTY,
        CARL,
        ADA,
        100,
        Amount.parse("2"),
        Amount.parse("1.4"),
        Amount.parse("0.5"),
        Amount(0),
        Amount.parse("0.1"),
        "0x" + "10" * 32,
        40,
        DAY + 3_600,
        PROVEN,
    )


PAYOUTS = (payout(), payout("claimed", "0.65", BELA), payout("nothing", "0", BELA, "only copies"))
EARNED = EarningsView(
    Amount.parse("1.4"),
    Amount.parse("0.75"),
    Amount.parse("0.65"),
    3,
    ((DAY, 14 * 10**17),),
    (("Topics", Amount.parse("1.4")),),
    PAYOUTS,
    "",
)
NOTHING = EarningsView(Amount(0), Amount(0), Amount(0), 0, (), (), (), "no calls yet")


def detail(one: PayoutView = PAYOUTS[1], **changes: Any) -> PaymentDetail:
    paid = one.state == "claimed"
    values: dict[str, Any] = {
        "payout": one,
        "settlement": settlement(),
        "records": (RecordEarning(7, NASTY, "animal", 900, 900), RecordEarning(9, "a stone", "object", -300, 0)),
        "contributor_positive": 900,
        "all_positive": 1_800,
        "proof": ("0x" + "aa" * 32, "0x" + "bb" * 32),
        "proof_holds": True,
        "claim_tx": TX if paid else None,
        "claim_fee": Amount(21_000) if paid else None,
        "balance_before": Amount.parse("5") if paid else None,
        "balance_after": Amount(565 * 10**16 - 21_000) if paid else None,
        "leaf": "0x" + "1e" * 32 if one.amount else "",
        "claim_block": 41 if paid else None,
        "claim_others": Amount(0) if paid else None,
    }
    return PaymentDetail(**{**values, **changes})


HOLDS = Verified(True, (("the claim is a leaf of the payout", True, "1 wei"),))


@dataclass
class MarketEarnings:
    view: EarningsView = EARNED
    opened: PaymentDetail = field(default_factory=detail)
    verdict: Verified = HOLDS
    failing: OpenLedgerError | None = None
    exported: list[tuple[str, Path, Address | None]] = field(default_factory=list)
    posted: tuple[SettlementView, ...] = ()
    tried: tuple[TryView, ...] = ()
    file_verdict: str = "fine"
    done: list[tuple[object, ...]] = field(default_factory=list)

    def overview(self) -> EarningsView:
        if self.failing is not None:
            raise self.failing
        return self.view

    def settlements(self) -> tuple[SettlementView, ...]:
        return self.posted or ((settlement(),) if self.view.payouts else ())

    def tries(self) -> tuple[TryView, ...]:
        return self.tried

    def settlement(self, _settlement: str) -> SettlementView:
        return (self.posted or (settlement(),))[0]

    def import_settlement(self, _path: Path, progress: Progress) -> SettlementView:
        progress.step("settlement file")
        return replace(settlement(), verdict=self.file_verdict)

    def prepare_finish(self, one: str, account: int) -> Prepared:
        self.done.append(("finish", one, account))
        return prepared("finish", account=account, id="finish")

    def unseen(self) -> tuple[SettlementView, ...]:
        return ()

    def prepare_announce(self, one: str, account: int) -> Prepared:
        self.done.append(("announce", one, account))
        return prepared("challenge.announce", account=account, id="announce")

    def prepare_challenge(self, one: str, account: int) -> Prepared:
        self.done.append(("challenge", one, account))
        return prepared("challenge", account=account, id="challenge")

    def prepare_take(self, account: int) -> Prepared:
        self.done.append(("take", account))
        return prepared("take.earned", account=account, id="take")

    def payouts(self, _settlement: str) -> tuple[PayoutView, ...]:
        return self.view.payouts

    def detail(self, _settlement: str, _account: Address) -> PaymentDetail:
        return self.opened

    def prepare_claim(self, account: int) -> Prepared:
        return prepared("claim", account=account, id=f"claim-{account}")

    def export_proof(
        self, one: str, path: Path, *, account: Address | None, disclose: bool, progress: Progress
    ) -> None:
        assert disclose
        progress.step("writing")
        self.exported.append((one, path, account))

    def run_audit(self, _path: Path, progress: Progress) -> Verified:
        progress.step("audit script")
        return self.verdict


@dataclass
class MarketWallet:
    views: list[AccountView] = field(
        default_factory=lambda: [account(), replace(account("3"), index=1, name="Savings", address=BELA)]
    )
    kept: dict[Address, ContactView] = field(default_factory=dict)
    rows_sent: tuple[TxView, ...] = ()
    alike: dict[Address, LookAlikeView] = field(default_factory=dict)
    sent: list[tuple[int, Address, Amount]] = field(default_factory=list)

    def accounts(self) -> list[AccountView]:
        return self.views

    def rows(self) -> list[AccountView]:
        return self.views

    def index_of(self, address: Address) -> int:
        return next(one.index for one in self.views if one.address == address)

    def people(self) -> tuple[ContactView, ...]:
        return tuple(self.kept.values())

    def activity(self) -> tuple[TxView, ...]:
        return self.rows_sent

    def resembles(self, to: Address) -> LookAlikeView | None:
        return self.alike.get(to)

    def largest(self, account: int, _to: Address) -> Amount:
        return Amount(self.views[account].balance.value.wei - 21_000)

    def prepare_send(self, account: int, to: Address, amount: Amount) -> Prepared:
        self.sent.append((account, to, amount))
        return prepared("send", account=account, to=to, value=amount)

    def add_account(self, name: str) -> AccountView:
        made = replace(account("0"), index=len(self.views), name=name, address=CARL)
        self.views.append(made)
        return made

    def rename(self, index: int, name: str) -> None:
        self.views[index] = replace(self.views[index], name=name)

    def save_contact(self, address: Address, name: str, note: str = "") -> ContactView:
        if not name:
            raise BadInput(field="name", reason="empty")
        self.kept[address] = ContactView(address, name, note)
        return self.kept[address]

    def remove_contact(self, address: Address) -> None:
        self.kept.pop(address)


@dataclass
class MarketNetwork:
    shown: NetworkView = field(default_factory=network)
    found: ReceiptView | None = None
    asked: list[str] = field(default_factory=list)
    restarts: int = 0

    def view(self) -> NetworkView:
        return self.shown

    def names(self) -> dict[Address, str]:
        return {ADA: "Account 1", BELA: "Savings"}

    def receipt(self, tx_hash: str) -> ReceiptView | None:
        if len(tx_hash) != 66:
            raise BadInput(field="transaction hash", reason="not a hash", value=tx_hash)
        self.asked.append(tx_hash)
        return self.found

    def restart_node(self, progress: Progress) -> None:
        progress.step("node")
        self.restarts += 1


def receipt(*, succeeded: bool = True) -> ReceiptView:
    return ReceiptView(
        TX,
        42,
        0,
        DAY,
        ADA,
        BELA,
        None,
        Amount.parse("1.5"),
        Amount(21_000),
        21_000,
        7,
        succeeded,
        (EventView("Settlement", "Claimed", (("account", str(ADA)), ("amount", "750"))),),
        {ADA: NASTY},
        PROVEN,
    )


def transaction(what: str = "send", state: str = "confirmed", reason: str = "", to: Address | None = CARL) -> TxView:
    block = 42 if state in {"confirmed", "failed"} else None
    fee = Amount(21_000) if block is not None else None
    return TxView(TX, what, 0, ADA, to, Amount.parse("1.5"), fee, state, reason, block, DAY)


def model(state: str = "published") -> ModelView:
    return ModelView(
        1,
        1,
        NASTY,
        1,
        1,
        "static-256",
        ("animal", "object"),
        20,
        Accuracy(0.9, 0.5, 0.8, 10),
        ((5, 0), (0, 5)),
        1_000,
        1.5,
        Amount.parse("0.01"),
        (7000, 2500, 0, 500),
        "0x" + "ab" * 32,
        state,
        ADA,
        100,
        3,
        DAY,
        PROVEN,
    )


class MarketClient(StillClient):
    """`needs` is what Home says; `empty()` makes it a profile of its first minute."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.earnings = MarketEarnings()
        self.wallet = MarketWallet()  # type: ignore[assignment]
        self.network = MarketNetwork()  # type: ignore[assignment]
        self.needs: tuple[Need, ...] = (Need("review", "datanets", 12, 4), Need("claim", "earnings", 1))
        self.models: tuple[ModelView, ...] = (model(),)
        self.datanets = 1
        self.since: SinceView | None = None

    def empty(self) -> None:
        self.earnings.view = NOTHING
        self.needs = (Need("create a datanet", "datanets", 0),)
        self.models, self.datanets = (), 0

    def home(self) -> HomeView:
        return HomeView(
            self.earnings.overview(),
            Known(Amount.parse("15.5"), PROVEN),
            (("released", 20), ("committed", 5)) if self.datanets else (),
            self.models,
            self.needs,
            self.datanets,
            100,
            since=self.since,
        )

    def sign(self, action: Prepared, progress: Progress | None = None) -> Any:
        signed = super().sign(action, progress)
        if action.what == "claim":
            self.events.say(Changed(earnings=True))
        return signed
