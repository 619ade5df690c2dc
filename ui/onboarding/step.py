"""One screen before the profile is open: heading, words, content, and its buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.mark import Mark
from ui.theme.tokens import FORM_WIDTH, XL, L, M, S
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.labels import Text
from ui.widgets.layouts import Part, column, row, scrolled
from ui.widgets.notice import Notice
from ui.widgets.steps import StepBar

STEPS = ("Phrase", "Check", "Password", "Ready")


class Step(QWidget):
    """`back` from the Back button or Escape. Subclasses call `lay`. The notice (above the buttons) says what failed."""

    back = Signal()

    def __init__(self, name: str, title: str, words: str = "", *, step: int | None = None, wide: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.notice = Notice(name=f"{name}-notice")
        self._heading = Text(title, "title", wrap=True)
        self._heading.setObjectName(f"{name}-title")
        self._about = Text(words, tone="muted", wrap=True)
        self._about.setVisible(bool(words))
        self._wide = wide
        self.steps = StepBar(STEPS) if step is not None else None
        if self.steps is not None and step is not None:
            self.steps.show_step(step)

    def lay(self, *parts: Part, forward: Button | None = None, back: str = "Back") -> None:
        card = Card(space=L)
        card.body.setContentsMargins(XL + S, XL, XL + S, XL)
        if self.steps is not None:
            card.body.addWidget(self.steps)
        card.body.addLayout(column(self._heading, self._about, space=S))
        card.add(*parts)
        card.add(self.notice)
        ways: list[Part] = []
        self.back_button = Button(back, name=f"{self.objectName()}-back", on=self.back.emit) if back else None
        ways.append(self.back_button if self.back_button is not None else 0)
        ways.append(None)
        if forward is not None:
            ways.append(forward)
        if back or forward is not None:
            card.add(row(*ways, space=M))
        card.setFixedWidth(FORM_WIDTH + (120 if self._wide else 0))
        self.card = card
        brand = row(None, Mark(30), Text("OpenLedger Contributor", "heading"), None, space=M)
        inner = QWidget()
        column(None, brand, S, row(None, card, None), None, space=L, margins=(XL,) * 4, parent=inner)
        column(scrolled(inner), space=0, parent=self)

    def set_words(self, title: str, words: str) -> None:
        self._heading.setText(title)
        self._about.setText(words)
        self._about.setVisible(bool(words))

    def failed(self, error: BaseException) -> None:
        self.notice.say_error(error)

    def forget(self) -> None:
        """Drops what was typed or shown; subclasses that hold secrets do so."""

    def entered(self) -> None:
        """Called each time this screen is shown; subclasses put the focus where typing starts."""


def forward(words: str, name: str, on: Callable[[], object]) -> Button:
    button = Button(words, "primary", name=name, on=on)
    button.setDefault(True)
    return button
