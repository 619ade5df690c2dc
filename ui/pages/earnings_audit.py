"""A proof file or a weights file checked: the stand-alone scripts' verdict, each check in words."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from core.values import Verified
from ui.pages.base import Page
from ui.pages.panels import panel
from ui.text import count, foreign
from ui.theme.tokens import M, S
from ui.widgets import Card, Notice, PageHeader, ProgressPanel, Text, column, row
from ui.widgets.labels import Icon


class AuditPanel(QWidget):
    back = Signal()

    def __init__(self, page: Page, path: Path) -> None:
        super().__init__()
        self.setObjectName("audit")
        self._page, self._path = page, path
        header = PageHeader("Check a file", foreign(path.name, 120), with_back=True)
        header.back.connect(self.back)
        self.said = Notice(name="audit-said")
        self.progress = ProgressPanel(name="audit-progress")
        self._checks = Card(title="What was checked", space=M, name="audit-checks")
        self._checks.hide()
        words = (
            "The scripts read only this file. They share no code with this program and need no network: what the "
            "ledger holds stands in the file, with its block, and can be compared with any node."
        )
        about = Text(words, "small", "muted", wrap=True)
        panel(header, self.said, self.progress, self._checks, about, parent=self)

    def load(self) -> None:
        task = self._page.run(
            self._page.client.earnings.run_audit,
            self._path,
            title="Check a file",
            on_done=self._show,
            on_error=self.said.say_error,
        )
        if task.running:
            self.progress.follow(task)

    def _show(self, found: Verified) -> None:
        failed = sum(not holds for _what, holds, _detail in found.checks)
        if found.ok:
            words = f"{count(len(found.checks), 'check')}, every integer recomputed from the file alone."
            self.said.say("Everything in this file holds", words, "success")
        else:
            words = f"{count(failed, 'check')} of {len(found.checks)} failed. Do not rely on it; the list says which."
            self.said.say("This file does not hold", words, "danger")
        for what, holds, detail in sorted(found.checks, key=lambda one: one[1]):
            self._checks.body.addWidget(_check(what, holds, detail))
        self._checks.show()


def _check(what: str, holds: bool, detail: str) -> QWidget:
    line = QWidget()
    words = foreign(what, 300)
    about = column(Text(words[:1].upper() + words[1:], tone="" if holds else "danger", wrap=True), space=2)
    if detail:
        about.addWidget(Text(foreign(detail, 300), "small", "muted", wrap=True, selectable=True))
    icon = Icon("circle-check" if holds else "circle-x", "success" if holds else "danger", 18)
    whole = row(space=M, parent=line)
    whole.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
    whole.addLayout(about, 1)
    whole.setSpacing(S + 2)
    line.setAccessibleName(f"{'Holds' if holds else 'Fails'}: {words}. {foreign(detail, 300)}")
    return line
