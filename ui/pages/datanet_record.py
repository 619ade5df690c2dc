"""One record: its text, licence, receipt and decision, and the check of its proof in words."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.values import Verified
from ui import tasks
from ui.contents import Thumb, whole
from ui.datanet_words import decision, licence_name, proof_words, uses_words
from ui.pages.datanet_tab import Reader, Tab
from ui.text import foreign, moment, number, short_hash
from ui.theme.tokens import XS, L, M, S
from ui.widgets import Badge, Button, Card, Icon, IconButton, Line, LinkButton, Notice, Text, column, row, scrolled


class HashLine(QWidget):
    """A hash, shortened in its middle, whole in its tooltip and on the clipboard."""

    def __init__(self, label: str, value: str, extra: str = "") -> None:
        super().__init__()
        text = Text(short_hash(value), "mono_small", selectable=True)
        text.setToolTip(value)
        text.setAccessibleName(f"{label} {value}")
        copy = IconButton("copy", f"Copy: {label.lower()}", on=lambda: _copy(value))
        top = row(text, None, Text(extra, "small", "muted"), copy, space=XS)
        column(Text(label, "small", "muted"), top, space=0, parent=self)


def _copy(value: str) -> None:
    from PySide6.QtGui import QGuiApplication

    QGuiApplication.clipboard().setText(value)


class ProofList(QWidget):
    """The steps of a check, each with a sign and a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = column(space=XS + 2, parent=self)

    def show_checks(self, found: Verified | None) -> None:
        while self._lines.count():
            old = self._lines.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        for key, holds, detail in found.checks if found is not None else ():
            holder = QWidget()
            line = row(space=S, parent=holder)
            icon, tone = ("circle-check", "success") if holds else ("circle-x", "danger")
            line.addWidget(Icon(icon, tone, 16), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(Text(proof_words(key, holds=holds, detail=detail), "small", wrap=True), 1)
            self._lines.addWidget(holder)
        self.setVisible(found is not None)


class RecordPanel(Card):
    def __init__(self, tab: Tab) -> None:
        super().__init__(flush=True, name="record")
        self._client = tab.client
        self._record: int | None = None
        self._reader = Reader(self)
        self._text = Text("", wrap=True, selectable=True)
        self._text.setObjectName("record-text")
        self._thumb = Thumb(240, name="record-thumb")
        self._label = Badge("", "info")
        self._state = Badge("")
        self._reason = Text("", "small", "muted", wrap=True)
        self._facts = QWidget()
        self._fact_lines = column(space=M, parent=self._facts)
        self._page = tab.page
        self._verify = Button("Check its proof", name="record-verify", icon="shield-check", on=self._check)
        self._trace = LinkButton("Where it mattered", name="record-trace", on=self._open_trace)
        self._said = Notice(name="record-said")
        self._steps = ProofList()
        inner = QWidget()
        column(
            row(self._label, self._state, None, space=S),
            self._thumb,
            self._text,
            self._reason,
            row(self._verify, None),
            row(self._trace, None),
            self._said,
            self._steps,
            Line(),
            self._facts,
            None,
            space=M,
            margins=(L, L, L, L),
            parent=inner,
        )
        self._area = scrolled(inner)
        self._none = Text("Choose a record to see what stands behind it.", tone="muted", wrap=True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.setContentsMargins(L, L, L, L)
        self.body.addWidget(self._area)
        self.body.addWidget(self._none)
        self.show_record(None)

    def show_record(self, record: int | None) -> None:
        if record != self._record:
            self._said.clear()
            self._steps.show_checks(None)
            self._area.verticalScrollBar().setValue(0)
        self._record = record
        self._none.setVisible(record is None)
        self._area.setVisible(record is not None)
        self.again()

    def again(self) -> None:
        if self._record is not None:
            self._reader.read(self._client.datanets.receipt, self._record, on_done=self._show)

    def _show(self, receipt: Any) -> None:
        record = receipt.record
        if record.id != self._record:
            return
        self._thumb.show_content(self._client.datanets.picture, record.kind, record.text)
        self._text.setText(foreign(whole(record.kind, record.text), 20_000, lines=True))
        self._label.show_state(foreign(record.label, 60) or "no label", "info")
        words, tone, _icon = decision(record.decision, withdrawn=record.withdrawn)
        self._state.show_state(words, tone)
        said = [f"Given as “{foreign(record.given_label, 60)}”."] if record.decision == "relabel" else []
        said += [f"Reason: {foreign(record.reason, 300)}"] if record.reason else []
        self._reason.setText(" ".join(said))
        self._reason.setVisible(bool(said))
        while self._fact_lines.count():
            old = self._fact_lines.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        for part in self._parts(receipt):
            self._fact_lines.addWidget(part)
        self._verify.setEnabled(receipt.record.number is not None)

    def _parts(self, receipt: Any) -> list[QWidget]:
        record = receipt.record
        who = f"{foreign(receipt.name, 60)}{' (you)' if receipt.mine else ''}, {moment(receipt.time)}"
        found: list[QWidget] = [
            _fact("Contributor", who),
            _fact("Licence", f"{licence_name(record.licence)}. Allowed: {uses_words(record.uses).lower()}."),
        ]
        if record.source:
            found.append(_fact("Source", foreign(record.source, 300)))
        found.append(HashLine("Its commitment", receipt.commitment))
        if receipt.tx_hash:
            place = "" if receipt.block is None else f"block {number(receipt.block)}"
            found.append(HashLine("Transaction", receipt.tx_hash, place))
        if receipt.decided:
            place = "" if receipt.decided_block is None else f"block {number(receipt.decided_block)}"
            found.append(HashLine("Decision", receipt.decided, place))
        versions = ", ".join(str(version) for version, _position in receipt.releases)
        found.append(_fact("In versions", versions or "none yet"))
        return found

    def _open_trace(self) -> None:
        if self._record is not None:
            self._page.go("trace", ("record", self._record, "datanets"))

    def _check(self) -> None:
        if self._record is None:
            return
        self._verify.setEnabled(False)
        self._said.clear()
        record = self._record
        tasks.run(
            self,
            self._client.datanets.verify_given,
            record,
            on_done=lambda found: self._checked(record, found),
            on_error=self._not_checked,
        )

    def _checked(self, record: int, found: Verified) -> None:
        self._verify.setEnabled(True)
        if record != self._record:
            return
        if found.ok:
            self._said.say("The proof holds", "Recomputed from the text on this device.", "success")
        else:
            self._said.say("The proof does not hold", "Do not rely on this record. See the step that failed.", "danger")
        self._steps.show_checks(found)

    def _not_checked(self, error: BaseException) -> None:
        self._verify.setEnabled(True)
        self._said.say_error(error)


def _fact(label: str, words: str) -> QWidget:
    holder = QWidget()
    column(Text(label, "small", "muted"), Text(words, wrap=True, selectable=True), space=0, parent=holder)
    return holder
