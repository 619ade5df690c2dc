"""One record under review: its text large, its label, what was found, and a key for every decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from ui.contents import Read, Thumb, line, whole
from ui.datanet_words import decision, finding_words, licence_name
from ui.text import foreign, number
from ui.theme import fonts
from ui.theme.tokens import CONTROL_HEIGHT, XS, L, M, S
from ui.widgets import Badge, Button, Card, Icon, IconButton, KeyHint, Text, column, row, scrolled
from ui.widgets.flow import Flow

_KEYED = 9


@dataclass(frozen=True)
class Shown:
    record: Any
    name: str
    findings: tuple[Any, ...]


class LabelButton(Button):
    """A label with its number; pressing gives the record this label."""

    def __init__(self, label: str, key: str, on: Callable[[], object]) -> None:
        words = foreign(label, 32)
        super().__init__(f"{key}  {words}" if key else words, "chip", name=f"label-{key or words}", on=on)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(f"Label {words}" + (f", key {key}" if key else ""))


class LabelArea(QWidget):
    """The labels, as tall as they need up to three lines; 64 of them scroll."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow
        area = scrolled(flow)
        column(area, space=0, parent=self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._tall = CONTROL_HEIGHT

    def sizeHint(self) -> QSize:
        return QSize(240, self._tall)

    def fit(self) -> None:
        line = CONTROL_HEIGHT + XS + 2
        whole = max(CONTROL_HEIGHT, self._flow.heightForWidth(self.width() - 2))
        self._tall = min(whole, 3 * line)
        self.setMinimumHeight(min(whole, line + CONTROL_HEIGHT // 2))  # a cut second line says: there is more
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class QueueCard(Card):
    """`decided(decision, label)`, `moved(step)`, `undo_wanted`. Names: `queue-approve`, `queue-reject`, `label-<n>`."""

    decided = Signal(str, str)
    moved = Signal(int)
    undo_wanted = Signal()

    def __init__(self, read: Read) -> None:
        super().__init__(flush=True, name="queue")
        self._read = read
        self._thumb = Thumb(200, name="queue-thumb")
        self._labels: tuple[str, ...] = ()
        self._shown: Shown | None = None
        self._place = Text("", "small", "muted")
        self._who = Text("", "small", "muted")
        self._who.setMinimumWidth(40)
        self._state = Badge("")
        self._text = Text("", "body", wrap=True, selectable=True)
        big = fonts.font("body")
        big.setPixelSize(18)
        self._text.setFont(big)
        self._text.setObjectName("queue-text")
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._found = QWidget()
        self._sentences = column(space=XS, parent=self._found)
        self._given = Text("", "small", "muted")
        self._given.setObjectName("queue-given")
        self._buttons = Flow(space=XS + 2)
        self._choices = LabelArea(self._buttons)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._one())
        self._pages.addWidget(self._done())
        self.body.addWidget(self._pages)
        self._keys()

    def _one(self) -> QWidget:
        whole = QWidget()
        inner = QWidget()
        column(self._thumb, self._text, self._found, None, space=M, margins=(0, 0, S, 0), parent=inner)
        self._area = scrolled(inner)
        self._area.setMinimumHeight(56)
        previous = IconButton("chevron-left", "Previous record (left arrow)", name="queue-previous")
        previous.clicked.connect(lambda: self.moved.emit(-1))
        following = IconButton("chevron-right", "Next record (right arrow)", name="queue-next")
        following.clicked.connect(lambda: self.moved.emit(1))
        approve = Button("Approve", name="queue-approve", icon="check", on=lambda: self._decide("approve"))
        reject = Button("Reject", name="queue-reject", icon="x", on=lambda: self._decide("reject"))
        for button in (previous, following, approve, reject):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        top = row(self._place, self._who, self._state, previous, following, space=S)
        top.setStretch(1, 1)
        foot = row(
            approve, KeyHint("A"), S, reject, KeyHint("R"), None, KeyHint("U"), Text("undo", "small", "muted"), space=S
        )
        column(
            top,
            self._area,
            self._given,
            self._choices,
            foot,
            space=M,
            margins=(L, M, L, M),
            parent=whole,
        ).setStretch(1, 1)
        return whole

    def _done(self) -> QWidget:
        self._done_title = Text("", "heading")
        self._done_title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._done_words = Text("", tone="muted", wrap=True)
        self._done_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        whole = QWidget()
        icon = row(None, Icon("circle-check", "success", 32), None)
        column(None, icon, self._done_title, self._done_words, None, space=S, margins=(L, L, L, L), parent=whole)
        return whole

    def _keys(self) -> None:
        made: list[tuple[str, Callable[[], object]]] = [
            ("A", lambda: self._decide("approve")),
            ("R", lambda: self._decide("reject")),
            ("U", self.undo_wanted.emit),
            ("Left", lambda: self.moved.emit(-1)),
            ("Right", lambda: self.moved.emit(1)),
            *((str(n), lambda n=n: self._label(n - 1)) for n in range(1, _KEYED + 1)),
        ]
        for keys, do in made:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def record(self) -> int | None:
        """The record that is shown."""
        return None if self._shown is None else int(self._shown.record.id)

    def show_record(
        self, shown: Shown | None, *, labels: Sequence[str] = (), place: int = 0, total: int = 0, done: bool = False
    ) -> None:
        self._shown = shown
        self._pages.setCurrentIndex(0 if shown is not None else 1)
        if shown is None:
            self._done_title.setText("Every record is decided" if done else "No record is like that")
            self._done_words.setText(
                "Sign the reviews to put your decisions on the ledger. Until then you can change them."
                if done
                else "Show the records to decide, or all of them, with the choice above."
            )
            return
        record = shown.record
        self._place.setText(f"{number(place + 1)} of {number(total)}")
        self._who.setText(f"{shown.name} · {licence_name(record.licence)}")
        self._who.setToolTip(str(record.account))
        words, tone, _icon = decision(record.decision)
        self._state.show_state(words, tone)
        self._thumb.show_content(self._read, record.kind, record.text)
        self._text.setText(foreign(whole(record.kind, record.text), 20_000, lines=True))
        self._area.verticalScrollBar().setValue(0)
        said = foreign(record.given_label, 60) or "none"
        self._given.setText(
            f"Label given: {said}"
            if record.decision != "relabel"
            else f"Label given: {said}. Yours: {foreign(record.label, 60)}"
        )
        self._show_labels(record, labels)
        self._show_findings(shown)
        content = foreign(line(record.kind, record.text), 300)
        self.setAccessibleName(f"Record {place + 1} of {total}: {content}. Label {said}. {words}")

    def _show_labels(self, record: Any, labels: Sequence[str]) -> None:
        if tuple(labels) != self._labels:
            self._labels = tuple(labels)
            self._buttons.set_parts(
                [
                    LabelButton(label, str(at + 1) if at < _KEYED else "", lambda at=at: self._label(at))
                    for at, label in enumerate(labels)
                ]
            )
            self._choices.fit()
        for button, label in zip(self._buttons.findChildren(LabelButton), labels, strict=False):
            button.setChecked(label == record.label)

    def _show_findings(self, shown: Shown) -> None:
        while self._sentences.count():
            old = self._sentences.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        for one in shown.findings:
            tone = {"danger": "danger", "warning": "warning"}.get(one.severity, "info")
            icon = "circle-alert" if tone == "danger" else "triangle-alert" if tone == "warning" else "info"
            holder = QWidget()
            line = row(space=S, parent=holder)
            line.addWidget(Icon(icon, tone, 16), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(Text(finding_words(one), "body", tone, wrap=True), 1)  # type: ignore[arg-type]
            self._sentences.addWidget(holder)

    # -- deciding ----------------------------------------------------------------------------------------------------

    def _decide(self, what: str) -> None:
        if self._shown is not None:
            self.decided.emit(what, "")

    def _label(self, at: int) -> None:
        if self._shown is None or at >= len(self._labels):
            return
        label = self._labels[at]
        if label == self._shown.record.given_label:
            self.decided.emit("approve", "")
        else:
            self.decided.emit("relabel", label)
