"""One row of a draft beside the table: its whole text with the findings marked, its label, and the ways out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QTextEdit, QWidget

from ui.contents import Read, Thumb, whole
from ui.datanet_words import finding_words
from ui.text import foreign, number
from ui.theme import theme
from ui.theme.tokens import CONTROL_HEIGHT, XS, M, S
from ui.widgets import Button, Card, Text, column, row, scrolled

_TONES = {"danger": "danger", "warning": "warning", "info": "info"}


def utf16(text: str, at: int) -> int:
    """Qt counts UTF-16 units, the findings characters."""
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


class MarkedText(QPlainTextEdit):
    """Plain text with spans on a coloured ground."""

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTabChangesFocus(True)
        self._spans: tuple[tuple[int, int, str], ...] = ()
        theme().changed.connect(self._mark)

    def sizeHint(self) -> QSize:
        return QSize(200, 96)

    def show_text(self, text: str, spans: Sequence[tuple[int, int, str]]) -> None:
        """`spans` in characters: (start, stop, tone)."""
        self.setPlainText(text)
        self._spans = tuple((utf16(text, start), utf16(text, stop), tone) for start, stop, tone in spans)
        self._mark()

    def _mark(self) -> None:
        marks = []
        for start, stop, tone in self._spans:
            mark = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(start)
            cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
            form = QTextCharFormat()
            form.setBackground(QColor(theme().value(f"{tone}_soft")))
            form.setForeground(QColor(theme().value(tone)))
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            mark.cursor, mark.format = cursor, form  # type: ignore[attr-defined]
            marks.append(mark)
        self.setExtraSelections(marks)


class RowEditor(Card):
    """`toggled(line)`, `saved(line, text, label)`, `replaced(line)`."""

    toggled = Signal(object)
    saved = Signal(object, str, str)
    replaced = Signal(object)

    def __init__(self, read: Read) -> None:
        super().__init__(flush=True, name="row")
        self._read = read
        self._thumb = Thumb(200, name="row-thumb")
        self._line: Any = None
        self._title = Text("", "strong")
        self._text = MarkedText(name="row-text")
        self._text.setAccessibleName("Text of the record")
        self._text.setMinimumHeight(72)
        self._text.textChanged.connect(self._may)
        self._label = QComboBox()
        self._label.setObjectName("row-label")
        self._label.setAccessibleName("Label of the record")
        self._label.setMinimumHeight(CONTROL_HEIGHT)
        self._label.activated.connect(lambda _at: self._may())
        self._found = QWidget()
        self._sentences = column(space=XS, parent=self._found)
        self._toggle = Button("Leave out", name="row-toggle", on=lambda: self.toggled.emit(self._line))
        self._replace = Button("Blank out", name="row-replace", on=lambda: self.replaced.emit(self._line))
        self._save = Button("Save", name="row-save", on=self._say_saved)
        self._inner = QWidget()
        column(
            row(self._title, None),
            self._found,
            self._thumb,
            self._text,
            self._label,
            space=S,
            margins=(M, M, M, 0),
            parent=self._inner,
        ).setStretch(3, 1)
        self._foot = QWidget()
        row(self._toggle, self._replace, None, self._save, space=XS, margins=(M, S, M, M), parent=self._foot)
        self._none = Text("Choose a row to see it whole.", tone="muted", wrap=True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.setContentsMargins(M, M, M, M)
        self.body.setSpacing(0)
        self.body.addWidget(scrolled(self._inner), 1)
        self.body.addWidget(self._foot)
        self.body.addWidget(self._none)
        self.show_line(None)

    def show_line(self, line: Any, labels: Sequence[str] = ()) -> None:
        self._line = line
        self._none.setVisible(line is None)
        area = self.body.itemAt(0).widget()
        area.setVisible(line is not None)
        self._foot.setVisible(line is not None)
        if line is None:
            return
        self._title.setText(f"Row {number(line.position + 1)}")
        spans = [
            (one.start, one.stop, _TONES.get(one.severity, "info"))
            for one in line.findings
            if one.start is not None and one.stop is not None and one.stop <= len(line.text)
        ]
        plain = line.kind == "text"
        self._text.show_text(line.text if plain else whole(line.kind, line.text), spans if plain else ())
        self._text.setReadOnly(not plain)  # a row or a picture is mended where it comes from
        self._thumb.show_content(self._read, line.kind, line.text)
        self._show_labels(line, labels)
        self._show_findings(line)
        self._toggle.setText("Leave out" if line.included else "Take in")
        hints = [one for one in line.findings if one.suggestion is not None]
        labelled = any(one.start is None for one in hints)
        self._replace.setVisible(bool(hints))
        self._replace.setText("Relabel" if labelled else "Blank out")
        self._may()

    def _show_labels(self, line: Any, labels: Sequence[str]) -> None:
        self._label.clear()
        shown = list(labels)
        if line.label not in shown:
            self._label.addItem(
                f"{foreign(line.label, 60)} (not a label here)" if line.label else "No label", line.label
            )
        for label in shown:
            self._label.addItem(foreign(label, 60), label)
        self._label.setCurrentIndex(max(0, self._label.findData(line.label)))

    def _show_findings(self, line: Any) -> None:
        while self._sentences.count():
            old = self._sentences.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        said = dict.fromkeys(
            (finding_words(one), one.severity, one.suggestion, one.start is None) for one in line.findings
        )
        for words, severity, suggestion, is_label in said:
            hint = f" Suggested: “{foreign(suggestion, 60)}”." if suggestion is not None and is_label else ""
            self._sentences.addWidget(Text(words + hint, "small", _TONES.get(severity, "info"), wrap=True))  # type: ignore[arg-type]
        if not said:
            self._sentences.addWidget(Text("Nothing was found.", "small", "muted"))

    def _may(self) -> None:
        line = self._line
        if line is not None:
            other = self._typed() != line.text or self._label.currentData() != line.label
            self._save.setEnabled(other and bool(self._typed().strip()))

    def _typed(self) -> str:
        return self._text.toPlainText() if self._line.kind == "text" else str(self._line.text)

    def _say_saved(self) -> None:
        self.saved.emit(self._line, self._typed(), str(self._label.currentData() or ""))
