"""Which column is what, and under which terms the records are given: with a sample, before anything is taken in."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QSizePolicy, QWidget

from core.values import DatanetView
from ui.datanet_words import USES, bad_row, licence_name, licence_words
from ui.pages.datanet_columns import ColumnBoxes
from ui.tables import Column, TableModel, TableView
from ui.text import count, foreign, number
from ui.theme.tokens import CONTROL_HEIGHT, XS, L, M, S
from ui.widgets import Card, LabeledField, LinkButton, Notice, Text, column, row, scrolled

_FIELDS = (("text", "Text"), ("label", "Label"), ("source", "Source"), ("language", "Language"), ("licence", "Licence"))
_MAIN = 2  # text and label; the rest is seldom there
_LISTED = 4


@dataclass(frozen=True)
class Wanted:
    """What goes to core: `options` with the columns as chosen."""

    options: Any
    licence: str
    uses: frozenset[str]
    source: str
    account: int
    skip: bool


@dataclass(frozen=True)
class Sample:
    line: int
    text: str
    label: str
    known: bool


_COLUMNS: tuple[Column[Sample], ...] = (
    Column("Line", lambda one: number(one.line), align="right", width=60),
    Column("Record", lambda one: one.text, grow=1, width=140),
    Column("Label", lambda one: one.label or "none", width=110, tone=lambda one: "" if one.known else "warning"),
)


class ColumnsStep(QWidget):
    """Names: `column-text`, `column-label`, ..., `terms-licence`, `uses-train`, `terms-account`, `skip-bad`."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._found: Any = None
        self._labels: tuple[str, ...] = ()
        self._into: int | None = None
        self._kind = "text"
        self._schema: tuple[tuple[str, str], ...] = ()
        self._cells = ColumnBoxes()
        self._cells.changed.connect(self._show_sample)
        self._bad = Notice("warning", name="bad-rows")
        self._skip = QCheckBox("Leave these rows out")
        self._skip.setObjectName("skip-bad")
        self._skip.toggled.connect(lambda _on: self.changed.emit())
        self._title = Text("", "strong")
        self._matches = Text("", "small", "muted", wrap=True)
        sides = row(self._left(), self._right(), space=L)
        sides.setStretch(0, 1)
        column(self._bad, self._skip, sides, space=S, parent=self).setStretch(2, 1)

    def _left(self) -> QWidget:
        self._boxes: dict[str, QComboBox] = {}
        self._first = QGridLayout()
        self._words: dict[str, Text] = {}
        first, second = self._first, QGridLayout()
        for cells in (first, second):
            cells.setContentsMargins(0, 0, 0, 0)
            cells.setHorizontalSpacing(M)
            cells.setVerticalSpacing(XS)
        for at, (field, words) in enumerate(_FIELDS):
            box = QComboBox()
            box.setObjectName(f"column-{field}")
            box.setMinimumHeight(CONTROL_HEIGHT)
            box.setMinimumWidth(60)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.setAccessibleName(f"Column of the {words.lower()}")
            box.activated.connect(lambda _at: self._show_sample())
            self._boxes[field] = box
            label = Text(f"{words} column", "small", "muted")
            label.setBuddy(box)
            self._words[field] = label
            cells, place = (first, at) if at < _MAIN else (second, at - _MAIN)
            cells.addWidget(label, 0, place)
            cells.addWidget(box, 1, place)
            cells.setColumnStretch(place, 1)
        self._rest = QWidget()
        self._rest.setLayout(second)
        self._rest.hide()
        self._more = LinkButton("More columns", name="column-more", on=self._show_more)
        self._model: TableModel[Sample] = TableModel(_COLUMNS)
        self._view: TableView[Sample] = TableView(self._model, name="column-sample")
        self._view.setProperty("kind", "inside")
        self._view.setAccessibleName("The first records, as they will be taken in")
        self._view.setSortingEnabled(False)
        self._view.setMinimumHeight(120)
        frame = Card(flush=True, space=0)
        frame.body.addWidget(self._view)
        whole = QWidget()
        top = row(self._title, None, self._more)
        parts = (top, first, self._rest, self._cells, self._matches, frame)
        column(*parts, space=S, parent=whole).setStretch(5, 1)
        return whole

    def _show_more(self) -> None:
        self._rest.setVisible(self._rest.isHidden())
        self._more.setText("More columns" if self._rest.isHidden() else "Fewer columns")

    def _right(self) -> QWidget:
        self._account = QComboBox()
        self._account.setObjectName("terms-account")
        self._licence = QComboBox()
        self._licence.setObjectName("terms-licence")
        self._source = QLineEdit()
        self._source.setObjectName("terms-source")
        self._source.setMaxLength(200)
        self._source.setPlaceholderText("Where the records come from")
        for field in (self._account, self._licence, self._source):
            field.setMinimumHeight(CONTROL_HEIGHT)
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._licence.currentIndexChanged.connect(lambda _at: self._show_licence())
        self._licence_words = Text("", "small", "muted", wrap=True)
        self._uses: dict[str, QCheckBox] = {}
        uses: list[QWidget] = []
        for use, words, why in USES:
            box = QCheckBox(words)
            box.setObjectName(f"uses-{use}")
            box.setChecked(use != "share")
            box.setAccessibleDescription(why)
            box.toggled.connect(lambda _on: self.changed.emit())
            hint = Text(why, "small", "muted", wrap=True)
            hint.setContentsMargins(26, 0, 0, 0)
            self._uses[use] = box
            part = QWidget()
            column(box, hint, space=0, parent=part)
            uses.append(part)
        self._account_field = LabeledField("Signed by", self._account)
        inner = QWidget()
        column(
            self._account_field,
            column(LabeledField("Licence", self._licence), self._licence_words, space=XS),
            column(Text("You allow others to", "medium"), *uses, space=S),
            LabeledField("Source", self._source, optional=True),
            None,
            space=M,
            margins=(L, L, L, L),
            parent=inner,
        )
        card = Card(flush=True, name="terms")
        card.body.addWidget(scrolled(inner))
        card.setFixedWidth(300)
        return card

    # -- a file ------------------------------------------------------------------------------------------------------

    def show_file(
        self,
        path: Path,
        found: Any,
        view: DatanetView,
        licences: Sequence[Any],
        accounts: Sequence[Any],
        *,
        into: int | None,
    ) -> None:
        self._found, self._labels, self._into = found, view.labels, into
        self._title.setText(f"{foreign(path.name, 60)}: {count(found.rows, 'record')}")
        for field, _words in _FIELDS:
            box = self._boxes[field]
            box.clear()
            if field != "text":
                box.addItem("none", None)
            for name in found.columns:
                box.addItem(foreign(name, 40), name)
            chosen = getattr(found.options.mapping, field)
            box.setCurrentIndex(max(0, box.findData(chosen)) if chosen is not None else 0)
        self._show_kind(view)
        guessed = any(self._boxes[field].currentData() is not None for field, _words in _FIELDS[_MAIN:])
        if guessed == self._rest.isHidden():
            self._show_more()
        self._fill_terms(view, licences, accounts)
        self._show_bad()
        self._show_sample()

    def _show_kind(self, view: DatanetView) -> None:
        """A table's columns have boxes of their own; of pictures there is nothing to choose."""
        self._kind, self._schema = view.kind, view.columns
        for part in (self._boxes["text"], self._words["text"]):
            part.setVisible(view.kind == "text")
        self._first.setColumnStretch(0, int(view.kind == "text"))
        self._first.setHorizontalSpacing(M if view.kind == "text" else 0)
        for part in (self._boxes["label"], self._words["label"], self._more):
            part.setVisible(view.kind != "image")
        self._rest.setEnabled(view.kind != "image")
        self._cells.setVisible(view.kind == "table")
        if view.kind == "table":
            self._cells.show_columns(view.columns, self._found.columns, self._found.options.mapping.columns)

    def _record(self, cells: Any) -> str:
        """As it will be taken in, on one line."""
        if self._kind == "image":
            return str(cells.get("file", ""))
        if self._kind == "text":
            return str(cells.get(self._boxes["text"].currentData(), ""))
        named = zip(self._schema, self._cells.chosen, strict=True)
        return " · ".join(f"{name} {cells[at]}" for (name, _), at in named if at is not None and cells.get(at))

    def _fill_terms(self, view: DatanetView, licences: Sequence[Any], accounts: Sequence[Any]) -> None:
        self._licence.clear()
        known = [one.id for one in licences]
        for licence in known if view.licence in known else [view.licence, *known]:
            self._licence.addItem(licence_name(licence), licence)
        self._licence.setCurrentIndex(max(0, self._licence.findData(view.licence)))
        self._show_licence()
        before = self._account.currentData()
        self._account.clear()
        for account in accounts:
            self._account.addItem(f"{foreign(account.name, 40)}  {account.address.short()}", account.index)
        self._account.setCurrentIndex(max(0, self._account.findData(before)))
        self._account_field.setVisible(self._into is None)

    def _show_licence(self) -> None:
        self._licence_words.setText(licence_words(str(self._licence.currentData() or "")))
        self.changed.emit()

    def _show_bad(self) -> None:
        bad = self._found.malformed
        self._skip.setChecked(False)
        self._skip.setVisible(bool(bad))
        if not bad:
            self._bad.clear()
            return
        listed = [bad_row(one) for one in bad[:_LISTED]]
        more = f" And {len(bad) - _LISTED:,} more." if len(bad) > _LISTED else ""
        self._bad.say(
            f"{count(len(bad), 'row')} cannot be used",
            ". ".join(listed) + "." + more + " Mend the file and choose it again, or go on without them.",
            "warning",
        )
        self._skip.setText("Leave this row out" if len(bad) == 1 else f"Leave these {len(bad):,} rows out")

    def _show_sample(self) -> None:
        label = self._boxes["label"].currentData()
        known = {one.casefold() for one in self._labels}
        rows = []
        for one in self._found.sample:
            given = " ".join(one.cells.get(label, "").split()) if label is not None else ""
            rows.append(Sample(one.line, self._record(one.cells), given, given.casefold() in known))
        self._model.set_rows(rows)
        fitting = sum(one.known for one in rows)
        if label is None:
            words, tone = "No column holds labels: the curator will have to give one to each record.", "warning"
        elif fitting == len(rows):
            words, tone = f"All labels of the first {count(len(rows), 'record')} are labels of this Datanet.", "muted"
        else:
            words = f"{len(rows) - fitting} of the first {len(rows)} labels are not labels of this Datanet."
            tone = "warning"
        self._matches.setText(words)
        self._matches.set_tone(tone)  # type: ignore[arg-type]
        self.changed.emit()

    # -- what was chosen ---------------------------------------------------------------------------------------------

    @property
    def usable(self) -> int:
        return 0 if self._found is None else int(self._found.rows)

    @property
    def ready(self) -> bool:
        if self._found is None:
            return False
        decided = not self._found.malformed or self._skip.isChecked()
        account = self._into is not None or self._account.currentData() is not None
        mapped = self._kind != "table" or any(self._cells.chosen)
        return decided and mapped and account and any(box.isChecked() for box in self._uses.values())

    @property
    def wanted(self) -> Wanted:
        columns = {field: box.currentData() for field, box in self._boxes.items()}
        options = self._found.options
        if self._kind == "table":
            columns |= {"text": "", "columns": self._cells.chosen}
        mapping = dataclasses.replace(options.mapping, **columns)
        return Wanted(
            dataclasses.replace(options, mapping=mapping),
            str(self._licence.currentData()),
            frozenset(use for use, box in self._uses.items() if box.isChecked()),
            self._source.text().strip(),
            int(self._account.currentData() or 0),
            self._skip.isChecked(),
        )
