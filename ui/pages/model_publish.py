"""Publishing a model: its fee, how the fee is split, who signs, and exactly what will be signed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from core.client import SPLIT
from core.errors import Cancelled, OpenLedgerError
from core.units import Amount
from core.values import AccountView, ModelView
from ui import tasks
from ui.pages.base import Page
from ui.pages.model_bars import SplitBar
from ui.pages.model_parts import AccountBox, Facts, cost, line
from ui.text import foreign
from ui.theme.tokens import CONTROL_HEIGHT, L, M, S
from ui.widgets import Button, Card, LabeledField, Notice, ProgressPanel, Text, column, row
from ui.widgets.reflow import Reflow

FEE = "0.01"  # OPEN for a call
BUILDER, SUPPORTERS, TREASURY = (part / 100 for part in SPLIT[1:])  # percent; contributors get what is left
MOST = {"builder": 40.0, "supporters": 20.0, "treasury": 10.0}  # as the ledger's parameters bound them
_WHOLE = 10_000


class PublishPanel(QWidget):
    """`published(model)` once the ledger holds it; `later` when the person leaves it as a draft.

    `leave` and `sign` stand in the page's head.
    """

    published = Signal(int)
    later = Signal(int)

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self._model: ModelView | None = None
        self._datanet = ""
        self._fee = line("publish-fee", FEE)
        self._fee_field = LabeledField("Fee for one call", self._fee, "Paid by whoever calls the model.", unit="OPEN")
        self._builder = _percent("builder", BUILDER)
        self._supporters = _percent("supporters", SUPPORTERS)
        self._treasury = _percent("treasury", TREASURY)
        self._treasury_field = LabeledField("Treasury", self._treasury, unit="%")
        self._rest = Text("", "medium")
        self._rest.setObjectName("publish-contributors")
        self._rest.setMinimumHeight(CONTROL_HEIGHT)
        self._bar = SplitBar(("Contributors", "Builder", "Supporters", "Treasury"))
        self._example = Text("", "small", "muted", wrap=True)
        self._account = AccountBox("publish-account", "Account that publishes")
        self._facts = Facts("publish-facts")
        self._said = Notice(name="publish-said")
        self._progress = ProgressPanel(name="publish-progress")
        self.sign = Button("Review and sign…", "primary", name="publish-sign", icon="pencil", on=self._publish)
        self.leave = Button("Not now", name="publish-later", on=self._leave)
        self._lay_out()
        for box in (self._builder, self._supporters, self._treasury):
            box.valueChanged.connect(lambda _value: self._changed())
        self._fee.textChanged.connect(lambda _text: self._changed())
        self._account.picked.connect(lambda _index: self._changed())

    def _lay_out(self) -> None:
        price = Card(
            self._fee_field,
            LabeledField("Publish from", self._account, "Becomes the builder and pays the network fee."),
            title="Price",
            space=L,
        )
        rest = LabeledField("Contributors", self._rest)
        builder = LabeledField("Builder", self._builder, unit="%")
        supporters = LabeledField("Supporters", self._supporters, unit="%")
        shares = row(builder, supporters, self._treasury_field, rest, space=M)
        for place in range(4):
            shares.setStretch(place, 1)
        split = Card(
            shares,
            self._bar,
            self._example,
            title="Split of each fee",
            hint="Contributors are paid the rest, in the measure in which their records helped the answers; while "
            "nobody stakes behind the model, the supporters' part too.",
            space=L,
        )
        top = Reflow(price, split, columns=2, least=380, shares=(2, 3))
        words = "Hashes, the fee and the split go to the ledger. The package, the records and your texts stay here."
        sign = Card(self._facts, title="What you will sign", hint=words)
        column(top, sign, self._said, self._progress, space=L, parent=self)

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_accounts(self, accounts: Sequence[AccountView]) -> None:
        self._account.show_accounts(accounts)
        self._changed()

    def show_model(self, model: ModelView, datanet: str) -> None:
        self._model, self._datanet = model, datanet
        self._said.clear()
        self._changed()

    @property
    def split(self) -> tuple[int, int, int, int] | None:
        """Basis points: contributors, builder, supporters, treasury; None while contributors get less than half."""
        boxes = (self._builder, self._supporters, self._treasury)
        builder, supporters, treasury = (round(box.value() * 100) for box in boxes)
        rest = _WHOLE - builder - supporters - treasury
        return None if rest < _WHOLE // 2 else (rest, builder, supporters, treasury)

    def fee(self) -> Amount | None:
        try:
            return Amount.parse(self._fee.text())
        except OpenLedgerError:
            return None

    def _changed(self) -> None:
        fee, split = self.fee(), self.split
        if fee is None:
            self._fee_field.fail("Write a number such as 0.01; 0 makes calls free.")
        else:
            self._fee_field.clear()
        if split is None:
            self._treasury_field.fail("At least half of each fee goes to the contributors.")
        else:
            self._treasury_field.clear()
        self._rest.setText("-" if split is None else f"{split[0] / 100:g} %")
        self.sign.setEnabled(fee is not None and split is not None and not self._progress.isVisible())
        if fee is not None and split is not None:
            self._bar.show_shares(split)
            self._example.setText(_example(fee, split))
        self._show_facts(fee, split)

    def _show_facts(self, fee: Amount | None, split: tuple[int, int, int, int] | None) -> None:
        model = self._model
        if model is None:
            return
        shares = (
            "-"
            if split is None
            else ", ".join(
                f"{part / 100:g} % {name}"
                for part, name in zip(split, ("contributors", "builder", "supporters", "treasury"), strict=True)
            )
        )
        self._facts.show_rows(
            (
                ("Model", foreign(model.name, 80)),
                ("Made of", f"{self._datanet}, version {model.release}"),
                ("Package hash", model.package_hash),
                ("Fee", "-" if fee is None else (f"{fee} a call" if fee else "Free calls")),
                ("Split", shares),
            )
        )

    # -- doing -------------------------------------------------------------------------------------------------------

    def _publish(self) -> None:
        model, fee, split = self._model, self.fee(), self.split
        if model is None or fee is None or split is None:
            return
        self._said.clear()
        self.sign.setEnabled(False)
        work = self._publishing(model, fee, split)
        tasks.start(self, work, on_error=self._failed)

    async def _publishing(self, model: ModelView, fee: Amount, split: tuple[int, int, int, int]) -> None:
        prepare = self._page.client.models.prepare_publish
        signed = await self._page.sign(prepare, model.id, self._account.index, fee, split)
        self.sign.setEnabled(True)
        if signed is not None:
            self._page.say("Published", f"“{foreign(model.name, 60)}” stands on the ledger since block {signed.block}.")
            self.published.emit(model.id)

    def _failed(self, error: BaseException) -> None:
        self.sign.setEnabled(True)
        if not isinstance(error, Cancelled):
            self._said.say_error(error)

    def _leave(self) -> None:
        if self._model is not None:
            self.later.emit(self._model.id)


def _example(fee: Amount, split: tuple[int, int, int, int]) -> str:
    if not fee:
        return "Calls are free: nobody pays and nobody earns. Influence is measured all the same."
    builder, supporters, treasury = (Amount(fee.wei * part // _WHOLE) for part in split[1:])
    rest = fee - builder - supporters - treasury
    parts = [f"{cost(rest)} to contributors", f"{cost(builder)} to you", f"{cost(treasury)} to the treasury"]
    if supporters:
        parts.insert(2, f"{cost(supporters)} to supporters")
    return f"Of each {cost(fee)}: {', '.join(parts)}."


def _percent(name: str, value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setObjectName(f"publish-{name}")
    box.setRange(0.0, MOST[name])
    box.setDecimals(2)
    box.setSingleStep(1.0)
    box.setValue(value)
    box.lineEdit().setTextMargins(S, 0, 0, 0)
    box.setMinimumHeight(CONTROL_HEIGHT)
    box.setMinimumWidth(92)
    return box
