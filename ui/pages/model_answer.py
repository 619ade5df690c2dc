"""One answer: the label, how sure, every label's score, a correction, and a check that recomputes it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from core.errors import Cancelled
from core.values import Answer, Verified
from ui import tasks
from ui.pages.model_parts import clear, cost, latency_words
from ui.text import foreign, percent, plain_tip, short_hash, word
from ui.theme.tokens import CONTROL_HEIGHT, M, S
from ui.widgets import Badge, Bar, BarChart, Button, Card, Line, Notice, ProgressPanel, Text, column, row
from ui.widgets.labels import Icon

_ONE = 2**52  # scores are fixed point with 52 binary places (PoA-1, section 3)
_FIRST = 5  # labels shown before "All labels"


def score_words(score: int) -> str:
    return f"{score / _ONE:.3f}".replace("-", "\N{MINUS SIGN}")


class AnswerCard(Card):
    """`corrected(answer)` after the person said what it should have been."""

    corrected = Signal(object)

    def __init__(self, client: Any, parent: QWidget | None = None) -> None:
        super().__init__(name="answer", space=M, parent=parent)
        self._client = client
        self._answer: Answer | None = None
        self._label = Text("", "display", wrap=True, selectable=True)
        self._label.setObjectName("answer-label")
        self._was = Badge("", "warning")
        self._was.setObjectName("answer-corrected")
        self._sure = Text("", wrap=True)
        self._sure.setObjectName("answer-confidence")
        self._facts = Text("", "small", "muted")
        self._facts.setObjectName("answer-facts")
        self._scores = BarChart(("Label", "Score"))
        self._more = Button("", "link", name="answer-all-labels", on=self._show_all)
        top = column(Text("Answer", "small", "muted"), row(self._label, self._was, None, space=M), space=2)
        self.add(
            top,
            self._sure,
            self._facts,
            Line(),
            Text("Score of each label", "strong"),
            self._scores,
            self._more,
            Line(),
        )
        self.add(*self._wrong_part(), Line(), *self._verify_part())

    def _wrong_part(self) -> tuple[Any, ...]:
        self._labels = QComboBox()
        self._labels.setObjectName("answer-right-label")
        self._labels.setAccessibleName("The right label")
        self._labels.setMinimumHeight(CONTROL_HEIGHT)
        self._labels.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._labels.setMinimumContentsLength(10)
        self._correct = Button("Correct it", name="answer-correct", on=self._say_right)
        words = "Say what is right: until the call is settled, that label decides who earns from it."
        line = row(self._labels, self._correct, space=S)
        line.setStretch(0, 1)
        self._wrong_said = Notice(name="answer-wrong-said")
        return (Text("Was this wrong?", "strong"), Text(words, "small", "muted", wrap=True), line, self._wrong_said)

    def _verify_part(self) -> tuple[Any, ...]:
        self._verify = Button("Verify", name="answer-verify", icon="shield-check", on=self.verify)
        words = Text("Recomputes the answer and retrains without each contributor.", "small", "muted", wrap=True)
        line = row(self._verify, space=M)
        line.insertLayout(0, column(Text("Do not take our word for it", "strong"), words, space=2), 1)
        self._running = ProgressPanel(name="verify-progress")
        self._said = Notice(name="verify-said")
        self._checks = column(space=S)
        return (line, self._running, self._said, self._checks)

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        new = self._answer is None or self._answer.call != answer.call
        self._answer = answer
        self._label.setText(foreign(answer.corrected or answer.label, 60))
        self._was.setText(f"was {foreign(answer.label, 40)}")
        self._was.setVisible(answer.corrected is not None)
        self._sure.setText(
            "You corrected this answer."
            if answer.corrected is not None
            else f"{percent(answer.confidence, 0)} sure: so many held-out answers this clear were right."
            if answer.confidence
            else "How sure is not known: the model was not measured on held-out records."
        )
        fee = cost(answer.fee) if answer.fee else "no fee"
        self._facts.setText(f"{latency_words(answer.latency_ms)}   ·   {fee}   ·   call {answer.call:,}")
        self._paint_scores(_FIRST)
        self._more.setText(f"Show all {len(answer.scores)} labels")
        self._more.setVisible(len(answer.scores) > _FIRST)
        if new:
            self._show_labels(answer)
            self._wrong_said.clear()
            self._said.clear()
            clear(self._checks)

    def _show_labels(self, answer: Answer) -> None:
        """The likeliest other label first."""
        self._labels.clear()
        for name, _score in sorted(answer.scores, key=lambda pair: -pair[1]):
            if name != (answer.corrected or answer.label):
                self._labels.addItem(foreign(name, 60), name)

    def _show_all(self) -> None:
        self._more.hide()
        self._paint_scores(1000)

    def _paint_scores(self, most: int) -> None:
        assert self._answer is not None
        ordered = sorted(self._answer.scores, key=lambda pair: -pair[1])[:most]
        self._scores.show_bars([Bar(name, float(score), score_words(score)) for name, score in ordered])

    # -- correcting --------------------------------------------------------------------------------------------------

    def _say_right(self) -> None:
        label = self._labels.currentData()
        if self._answer is None or label is None:
            return
        tasks.run(
            self,
            self._client.models.correct,
            self._answer.call,
            label,
            on_done=self._is_right,
            on_error=self._wrong_said.say_error,
        )

    def _is_right(self, answer: Answer) -> None:
        self.show_answer(answer)
        self._show_labels(answer)
        counts = foreign(answer.corrected or answer.label, 40)
        self._wrong_said.say("Thank you", f"“{counts}” counts for this call now; the shares follow it.", "success")
        self.corrected.emit(answer)

    # -- checking ----------------------------------------------------------------------------------------------------

    def verify(self) -> None:
        if self._answer is None or not self._verify.isEnabled():
            return
        self._said.clear()
        clear(self._checks)
        self._verify.setEnabled(False)
        task = tasks.run(
            self,
            self._client.models.verify_answer,
            self._answer.call,
            title="Verify an answer",
            on_done=self._verified,
            on_error=self._not_verified,
        )
        if task.running:
            self._running.follow(task)

    def _not_verified(self, error: BaseException) -> None:
        self._verify.setEnabled(True)
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "The check was not finished.", "info")
        else:
            self._said.say_error(error)

    def _verified(self, found: Verified) -> None:
        self._verify.setEnabled(True)
        if found.ok:
            self._said.say("Everything agrees, bit for bit", "", "success")
        else:
            self._said.say("Something does not agree", "Do not rely on this answer. See which check failed.", "danger")
        for key, holds, detail in found.checks:
            self._checks.addWidget(CheckRow(key, holds, detail))


class CheckRow(QWidget):
    def __init__(self, key: str, holds: bool, detail: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        icon = Icon("circle-check" if holds else "circle-x", "success" if holds else "danger", 16)
        words = word("check" if holds else "check failed", key)
        said = foreign(detail, 120)
        more = Text(short_hash(said) if said.startswith("0x") else said, "small", "muted")
        more.setToolTip(plain_tip(said))
        whole = row(space=S, parent=self)
        whole.addLayout(column(icon, None))
        whole.addLayout(column(Text(words, wrap=True), more, space=0), 1)
        self.setAccessibleName(f"{'Holds' if holds else 'Fails'}: {words} {said}")
