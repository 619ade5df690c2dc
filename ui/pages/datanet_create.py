"""A new Datanet: what it collects, under which terms, from whom, and how it is reviewed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QButtonGroup, QComboBox, QLineEdit, QPlainTextEdit, QRadioButton, QWidget

from ui.ask import Sheet
from ui.contents import KINDS
from ui.datanet_words import ACCESS, REVIEW, licence_name, licence_words
from ui.pages.datanet_columns import ColumnsField
from ui.text import count, foreign
from ui.theme.tokens import CONTROL_HEIGHT, XS, L, M
from ui.widgets import Badge, LabeledField, Text, column, row
from ui.widgets.flow import Flow

_MOST_LABELS = 64
_NAME_BYTES = 100
_DESCRIPTION = 5_000
_SHOWN = 24

_LICENCE = "CC-BY-4.0"  # nobody gives up all rights by not looking


@dataclass(frozen=True)
class Wanted:
    account: int
    name: str
    description: str
    labels: tuple[str, ...]
    licence: str
    access: str
    review: str
    kind: str = "text"
    columns: tuple[tuple[str, str], ...] = ()


def labels_of(text: str) -> tuple[str, ...]:
    """One a line, or separated by commas; each once, in the order typed."""
    found: dict[str, str] = {}
    for part in text.replace(",", "\n").replace(";", "\n").splitlines():
        label = " ".join(part.split())
        if label:
            found.setdefault(label.casefold(), label)
    return tuple(found.values())


class Choices(QWidget):
    """A few choices with a sentence each. `value` is the chosen key."""

    def __init__(self, choices: Sequence[tuple[str, str, str]], *, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._group = QButtonGroup(self)
        self._keys = [key for key, _words, _why in choices]
        parts = []
        for at, (key, words, why) in enumerate(choices):
            button = QRadioButton(words)
            button.setObjectName(f"{name}-{key.replace(' ', '-')}")
            button.setAccessibleDescription(why)
            self._group.addButton(button, at)
            hint = Text(why, "small", "muted", wrap=True)
            hint.setContentsMargins(26, 0, 0, 0)
            part = QWidget()
            column(button, hint, space=2, parent=part)
            parts.append(part)
        self._group.button(0).setChecked(True)
        column(*parts, space=XS + 2, parent=self)

    @property
    def value(self) -> str:
        return self._keys[self._group.checkedId()]

    @property
    def changed(self) -> Any:
        return self._group.idClicked


class CreateSheet(Sheet):
    """`wanted` once accepted. Names: `create-name`, `-description`, `-labels`, `-licence`, `-yes`."""

    def __init__(
        self, owner: QWidget, licences: Sequence[Any], accounts: Sequence[Any], schema_of: Callable[[Path], Any]
    ) -> None:
        super().__init__(owner, "Create a Datanet", name="create", width=600)
        self.wanted: Wanted
        self._columns = ColumnsField(schema_of)
        self._columns.changed.connect(self._changed)
        self._columns.labels_found.connect(lambda labels: self._labels.setPlainText("\n".join(labels)))
        self.body.addWidget(self._what())
        self.body.addWidget(self._terms(licences))
        self.body.addWidget(self._who(accounts))
        hint = Text(
            "Name, labels and rules become public and cannot be changed afterwards. You sign in the next step.",
            "small",
            "muted",
            wrap=True,
        )
        self.body.addWidget(hint)
        self.buttons("Go on")
        self._changed()
        self._name.setFocus()

    def _what(self) -> QWidget:
        self._name = QLineEdit()
        self._name.setObjectName("create-name")
        self._name.setMaxLength(_NAME_BYTES)
        self._name.setMinimumHeight(CONTROL_HEIGHT)
        self._name.setPlaceholderText("For example: Compiler errors")
        self._name.textChanged.connect(lambda _text: self._changed())
        self._name_field = LabeledField("Name", self._name)
        self._description = QPlainTextEdit()
        self._description.setObjectName("create-description")
        self._description.setFixedHeight(72)
        self._description.setTabChangesFocus(True)
        self._description.setPlaceholderText("What belongs in it, and what does not")
        self._description_field = LabeledField("Description", self._description, optional=True)
        self._labels = QPlainTextEdit()
        self._labels.setObjectName("create-labels")
        self._labels.setFixedHeight(72)
        self._labels.setTabChangesFocus(True)
        self._labels.setPlaceholderText("animal, food, person")
        self._labels.textChanged.connect(self._changed)
        self._labels_field = LabeledField(
            "Labels", self._labels, "At least two, with commas or one a line. Each record gets one of them."
        )
        self._chips = Flow(space=XS + 2)
        self._chips.hide()
        self._shown = 0
        self._kind = QComboBox()
        self._kind.setObjectName("create-kind")
        self._kind.setMinimumHeight(CONTROL_HEIGHT)
        for kind, words, _why in KINDS:
            self._kind.addItem(words, kind)
        self._kind_words = Text("", "small", "muted", wrap=True)
        self._kind.currentIndexChanged.connect(lambda _at: self._changed())
        kinds = QWidget()
        column(LabeledField("What it collects", self._kind), self._kind_words, space=XS + 2, parent=kinds)
        whole = QWidget()
        parts = (self._name_field, self._description_field, kinds, self._columns, self._labels_field, self._chips)
        column(*parts, space=L, parent=whole)
        return whole

    def _terms(self, licences: Sequence[Any]) -> QWidget:
        self._licence = QComboBox()
        self._licence.setObjectName("create-licence")
        self._licence.setMinimumHeight(CONTROL_HEIGHT)
        for licence in licences:
            self._licence.addItem(licence_name(licence.id), licence.id)
        self._licence.setCurrentIndex(max(0, self._licence.findData(_LICENCE)))
        self._licence_words = Text("", "small", "muted", wrap=True)
        self._licence_field = LabeledField("Licence of what it gives out", self._licence)
        self._licence.currentIndexChanged.connect(lambda _at: self._changed())
        whole = QWidget()
        column(self._licence_field, self._licence_words, space=XS + 2, parent=whole)
        return whole

    def _who(self, accounts: Sequence[Any]) -> QWidget:
        self._access = Choices(ACCESS, name="create-access")
        self._review = Choices(REVIEW, name="create-review")
        self._account = QComboBox()
        self._account.setObjectName("create-account")
        self._account.setMinimumHeight(CONTROL_HEIGHT)
        for account in accounts:
            self._account.addItem(f"{foreign(account.name, 60)}  {account.address.short()}", account.index)
        sides = row(
            column(Text("Who may contribute", "medium"), self._access, None, space=M - 2),
            column(Text("What waits for a curator", "medium"), self._review, None, space=M - 2),
            space=L,
        )
        sides.setStretch(0, 1)
        sides.setStretch(1, 1)
        account = LabeledField("Curator's account", self._account, "It signs, pays the fee and reviews.")
        if len(accounts) < 2:
            account.hide()
        whole = QWidget()
        column(sides, account, space=L, parent=whole)
        return whole

    # -- what was typed ----------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._licence_words.setText(licence_words(str(self._licence.currentData())))
        kind = str(self._kind.currentData())
        self._kind_words.setText(next(why for key, _words, why in KINDS if key == kind))
        table = kind == "table"
        if table == self._columns.isHidden():
            self._columns.setVisible(table)
            if self.isVisible():
                self.fit()
        labels = labels_of(self._labels.toPlainText())
        self._chips.set_parts([Badge(foreign(label, 40)) for label in labels[:_SHOWN]])
        if len(labels) > _SHOWN:
            self._chips.set_parts(
                [*(Badge(foreign(label, 40)) for label in labels[:_SHOWN]), Badge(f"and {len(labels) - _SHOWN} more")]
            )
        self._chips.setVisible(bool(labels))
        if self.isVisible() and len(labels) != self._shown:
            self.fit()  # the labels may need a line more
        self._shown = len(labels)
        self._name_field.clear()
        self._labels_field.clear()
        if len(self._name.text().strip().encode()) > _NAME_BYTES:
            self._name_field.fail(f"Too long: the ledger keeps {_NAME_BYTES} bytes. Shorten it.")
        if len(labels) > _MOST_LABELS:
            self._labels_field.fail(f"{count(len(labels), 'label')}; the most is {_MOST_LABELS}.")
        fits = len(self._name.text().strip().encode()) <= _NAME_BYTES and 2 <= len(labels) <= _MOST_LABELS
        fits = fits and (not table or self._columns.judge())
        self.yes.setEnabled(bool(self._name.text().strip()) and fits) if hasattr(self, "yes") else None

    def accept(self) -> None:
        description = self._description.toPlainText().strip()
        if len(description) > _DESCRIPTION:
            self._description_field.fail(f"{len(description):,} characters; the most is {_DESCRIPTION:,}.")
            return
        self.wanted = Wanted(
            int(self._account.currentData() or 0),
            " ".join(self._name.text().split()),
            description,
            labels_of(self._labels.toPlainText()),
            str(self._licence.currentData()),
            self._access.value,
            self._review.value,
            str(self._kind.currentData()),
            self._columns.columns if self._kind.currentData() == "table" else (),
        )
        super().accept()
