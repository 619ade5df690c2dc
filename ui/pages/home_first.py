"""The first screen of a new profile: three ways to begin, one of them first."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.units import Amount
from core.values import Known
from ui.pages.base import Page
from ui.text import open_
from ui.theme.tokens import L, M, S
from ui.widgets import Button, Card, Line, Text, TrustBadge, column, grid, row
from ui.widgets.amount import LOCAL_HINT
from ui.widgets.labels import Icon

_STORY = (
    ("database", "Records are collected", "A Datanet takes texts, rows or pictures; curators review them."),
    ("cpu", "A model is trained", "Small, fast, on this machine, from a released version."),
    ("sparkles", "Answers name their records", "Each call shows which records carried the answer."),
    ("hand-coins", "Contributors are paid", "By exact shares that anyone can compute again."),
)


class FirstSteps(QWidget):
    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("home-first")
        self._balance = Text("", tone="muted", wrap=True)
        self._trust = TrustBadge()
        create = Button(
            "Create a Datanet", "primary", name="first-datanet", icon="plus", on=lambda: page.go("datanets", "create")
        )
        receive = Button("Receive OPEN", name="first-receive", icon="qr-code", on=lambda: page.go("wallet", "receive"))
        look = Button("Look at the ledger", name="first-network", icon="server", on=lambda: page.go("network"))
        begin = Card(
            row(Icon("database", "accent_text", 32), None),
            Text("Start with a Datanet", "heading"),
            Text(
                "Choose a topic and its labels, then drop in your first records. Nothing leaves this machine; "
                "the ledger only gets salted fingerprints.",
                tone="muted",
                wrap=True,
            ),
            row(create, None),
            Line(),
            Text("What happens then", "strong"),
            grid(*(_step(*one) for one in _STORY), columns=2, space=L),
            space=M,
            name="first-begin",
        )
        money = Card(
            row(Icon("wallet", "accent_text", 24), self._trust, None, space=S),
            Text("Your account is ready", "strong"),
            self._balance,
            row(receive, None),
            space=S,
        )
        ledger = Card(
            row(Icon("server", "accent_text", 24), None),
            Text("Your own ledger is running", "strong"),
            Text("Every balance here is checked against its blocks. See how.", tone="muted", wrap=True),
            row(look, None),
            space=S,
        )
        side = column(money, ledger, space=L)
        top = row(begin, space=L)
        top.addLayout(side)
        top.setStretch(0, 3)
        top.setStretch(1, 2)
        column(top, None, space=L, parent=self)

    def show_balance(self, balance: Known[Amount]) -> None:
        self._trust.show_trust(balance.trust)
        self._balance.setText(f"It holds {open_(balance.value, 2)}. {LOCAL_HINT}")


def _step(icon: str, title: str, words: str) -> QWidget:
    step = QWidget()
    about = Text(words, "small", "muted", wrap=True)
    about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    said = column(Text(title, "medium", wrap=True), about, None, space=2)
    line = row(space=M, parent=step)
    line.addWidget(Icon(icon, "accent_text", 20), 0, Qt.AlignmentFlag.AlignTop)
    line.addLayout(said, 1)
    return step
