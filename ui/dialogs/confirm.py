"""What will be signed: in words, with its effect on balances, its fee and its risks; the raw call one click away."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QWidget

from core.values import Prepared
from ui.ask import Sheet
from ui.datanet_words import licence_name
from ui.text import action_words, change, detail_words, foreign, open_, risk_words, tone
from ui.theme import fonts
from ui.theme.tokens import L, M, S
from ui.widgets.address import AddressLabel
from ui.widgets.buttons import LinkButton
from ui.widgets.card import Card
from ui.widgets.labels import Text
from ui.widgets.layouts import row
from ui.widgets.notice import Notice


def raw_words(raw: object) -> str:
    """The decoded call as indented text; bytes as hex, anything else as its words."""

    def plain(value: object) -> str:
        return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)

    return foreign(json.dumps(raw, indent=2, ensure_ascii=False, default=plain), 20_000, lines=True)


class ConfirmDialog(Sheet):
    """Names: `confirm`, `confirm-yes` (Sign), `confirm-no`, `confirm-raw`. A grave risk wants a second look first."""

    def __init__(self, owner: QWidget, prepared: Prepared, *, yes: str = "Sign") -> None:
        super().__init__(owner, action_words(prepared.what), name="confirm", width=620)
        grave = [risk for risk in prepared.risks if tone("risk", risk) == "danger"]
        for risk in sorted(prepared.risks, key=lambda one: tone("risk", one) != "danger"):
            title = "Stop and look" if risk in grave else "Careful"
            self.body.addWidget(Notice(tone("risk", risk) or "warning", title, risk_words(risk), name="confirm-risk"))
        self.body.addWidget(self._what(prepared))
        self.body.addWidget(self._effects(prepared))
        self._raw = QPlainTextEdit(raw_words(dict(prepared.raw)))
        self._raw.setObjectName("confirm-raw-text")
        self._raw.setReadOnly(True)
        self._raw.setFont(fonts.font("mono_small"))
        self._raw.setAccessibleName("The decoded call")
        self._raw.setMinimumHeight(160)
        self._raw.hide()
        self._turn = LinkButton("Show the raw call", name="confirm-raw", on=self._show_raw)
        self.body.addLayout(row(self._turn, None))
        self.body.addWidget(self._raw)
        self.buttons(yes, danger=bool(grave))
        self.setFocus()  # not the first button to copy something; after a grave risk Enter alone must not sign either

    def _what(self, prepared: Prepared) -> QWidget:
        card = Card(name="confirm-what")
        rows = _grid()
        for number, (key, words) in enumerate(prepared.details):
            _pair(rows, number, detail_words(key), _value(_named(words) if key == "licence" else words))
        if not any(key == "to" for key, _words in prepared.details):
            _pair(rows, rows.rowCount(), "Contract or account", AddressLabel(prepared.to, name="confirm-to"))
        if prepared.value:
            _pair(rows, rows.rowCount(), "Sent along", Text(str(prepared.value)))
        card.body.addLayout(rows)
        return card

    def _effects(self, prepared: Prepared) -> QWidget:
        card = Card(title="What it changes", name="confirm-effects")
        rows = _grid()
        for effect in prepared.effects:
            figure = Text(change(effect.change, 6), "strong")
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            name = foreign(effect.name, 60) or str(effect.address)
            label = Text(name, "body" if effect.name else "mono")
            label.setToolTip(str(effect.address))
            _pair(rows, rows.rowCount(), label, figure)
        fee = Text(f"at most {open_(prepared.fee_max, 9)}")
        fee.setAlignment(Qt.AlignmentFlag.AlignRight)
        _pair(rows, rows.rowCount(), "Network fee", fee)
        if not prepared.effects:
            card.body.addWidget(Text("No balance changes, apart from the fee.", tone="muted"))
        card.body.addLayout(rows)
        return card

    def _show_raw(self) -> None:
        shown = self._raw.isHidden()
        self._raw.setVisible(shown)
        self._turn.setText("Hide the raw call" if shown else "Show the raw call")
        self.fit()


def _grid() -> QGridLayout:
    rows = QGridLayout()
    rows.setHorizontalSpacing(L)
    rows.setVerticalSpacing(S)
    rows.setColumnStretch(1, 1)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setColumnMinimumWidth(0, 10 * M)
    return rows


def _pair(rows: QGridLayout, number: int, label: str | QWidget, value: QWidget) -> None:
    words = Text(label, tone="muted") if isinstance(label, str) else label
    middle = isinstance(value, AddressLabel)  # its button is higher than a line of words
    rows.addWidget(words, number, 0, Qt.AlignmentFlag.AlignVCenter if middle else Qt.AlignmentFlag.AlignTop)
    rows.addWidget(value, number, 1)


def _named(licence: str) -> str:
    """A licence by the name that people know, and as it is signed."""
    name = licence_name(licence)
    return name if name == licence else f"{name} ({licence})"


def _value(words: str) -> QWidget:
    plain = foreign(words, 400)
    if plain.startswith("0x") and len(plain) == 42:
        return AddressLabel(plain, name="confirm-address")
    return Text(plain, "mono" if _is_hash(plain) else "body", wrap=True, selectable=True)


def _is_hash(words: str) -> bool:
    return words.startswith("0x") and len(words) > 18
