"""Which accounts claim: those that can, with their amounts, all of them chosen at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from core.units import Address, Amount
from core.values import PayoutView
from ui.ask import Sheet
from ui.text import count, foreign, open_
from ui.theme.tokens import S
from ui.widgets import Card, Line, Text, row


@dataclass(frozen=True)
class Claimable:
    """What one of the person's accounts can claim in one transaction."""

    account: int
    name: str
    total: Amount
    payments: int


def claimable(payouts: Iterable[PayoutView], accounts: Mapping[Address, int]) -> tuple[Claimable, ...]:
    """By account, in the order of the accounts."""
    found: dict[int, Claimable] = {}
    for one in payouts:
        index = accounts.get(one.account)
        if one.state == "claimable" and index is not None:
            before = found.get(index, Claimable(index, one.account_name, Amount(0), 0))
            found[index] = Claimable(index, one.account_name, before.total + one.amount, before.payments + 1)
    return tuple(found[index] for index in sorted(found))


class ClaimSheet(Sheet):
    """Names: `claim`, `claim-<index>`, `claim-yes`."""

    def __init__(self, owner: QWidget, waiting: Sequence[Claimable]) -> None:
        super().__init__(owner, "Claim earnings", name="claim", width=520)
        self._waiting = tuple(waiting)
        self._boxes: list[QCheckBox] = []
        words = "Each account signs one transaction of its own and pays its small fee. You confirm each one."
        self.body.addWidget(Text(words, tone="muted", wrap=True))
        card = Card(space=S)
        for at, one in enumerate(self._waiting):
            if at:
                card.body.addWidget(Line())
            card.body.addLayout(self._line(one))
        self._total = Text("", "strong")
        self.body.addWidget(card)
        self.body.addLayout(row(Text("Together", tone="muted"), None, self._total))
        self.buttons("Claim")
        self._count()

    def _line(self, one: Claimable) -> QHBoxLayout:
        box = QCheckBox(foreign(one.name, 60))
        box.setObjectName(f"claim-{one.account}")
        box.setChecked(True)
        box.toggled.connect(self._count)
        self._boxes.append(box)
        about = Text(count(one.payments, "payment"), "small", "muted")
        return row(box, about, None, Text(open_(one.total, 6)), space=S)

    @property
    def chosen(self) -> tuple[Claimable, ...]:
        return tuple(one for one, box in zip(self._waiting, self._boxes, strict=True) if box.isChecked())

    def _count(self) -> None:
        total = sum((one.total for one in self.chosen), Amount(0))
        self._total.setText(open_(total, 6))
        self.yes.setEnabled(bool(self.chosen))
        self.yes.setText("Claim" if len(self.chosen) < 2 else f"Claim for {count(len(self.chosen), 'account')}")
