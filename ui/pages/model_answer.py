"""One answer: the label, by how much it leads, how sure, every label's score, a correction, pay and proof."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from core.values import Answer, CallPay
from ui import tasks
from ui.pages.base import Page
from ui.pages.model_check import CheckPart
from ui.pages.model_parts import cost, latency_words
from ui.text import foreign, percent
from ui.theme.tokens import CONTROL_HEIGHT, M, S
from ui.widgets import Badge, Bar, BarChart, Button, Card, Line, Notice, Text, column, row

_ONE = 2**52  # scores are fixed point with 52 binary places (PoA-1, section 3)
_CORRECT = "Say what is right: until the call is settled, that label decides who earns from it."
_TOO_LATE = "Its fee is settled, so what is right can no longer change who earns from it."
_FIRST = 5  # labels shown before "All labels"


def score_words(score: int) -> str:
    return f"{score / _ONE:.3f}".replace("-", "\N{MINUS SIGN}")


def margin_words(answer: Answer) -> str:
    """By how much the answer leads, in words: how sure that makes it is said beside it."""
    ordered = sorted(answer.scores, key=lambda pair: -pair[1])
    if len(ordered) < 2:
        return ""
    (first, best), (second, next_) = ordered[:2]
    how = ""
    if answer.confidence:
        how = " by far" if answer.confidence >= 0.9 else " clearly" if answer.confidence >= 0.7 else " narrowly"
    figures = f"{score_words(best)} to {score_words(next_)}, {score_words(best - next_)} apart"
    return f"“{foreign(first, 40)}” leads “{foreign(second, 40)}”{how}: {figures}."


class AnswerCard(Card):
    """`corrected(answer)` after the person said what it should have been."""

    corrected = Signal(object)

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(name="answer", space=M, parent=parent)
        self._client = page.client
        self.check = CheckPart(page)
        self.check.paid.connect(self._paid)
        self._answer: Answer | None = None
        self._label = Text("", "display", wrap=True, selectable=True)
        self._label.setObjectName("answer-label")
        self._was = Badge("", "warning")
        self._was.setObjectName("answer-corrected")
        self._sure = Text("", wrap=True)
        self._sure.setObjectName("answer-confidence")
        self._margin = Text("", wrap=True)
        self._margin.setObjectName("answer-margin")
        self._facts = Text("", "small", "muted")
        self._facts.setObjectName("answer-facts")
        self._scores = BarChart(("Label", "Score"))
        self._more = Button("", "link", name="answer-all-labels", on=self._show_all)
        top = column(Text("Answer", "small", "muted"), row(self._label, self._was, None, space=M), space=2)
        self.add(
            top,
            self._margin,
            self._sure,
            self._facts,
            Line(),
            Text("Score of each label", "strong"),
            self._scores,
            self._more,
            Line(),
        )
        self.add(*self._wrong_part(), Line(), self.check)

    def _wrong_part(self) -> tuple[Any, ...]:
        self._labels = QComboBox()
        self._labels.setObjectName("answer-right-label")
        self._labels.setAccessibleName("The right label")
        self._labels.setMinimumHeight(CONTROL_HEIGHT)
        self._labels.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._labels.setMinimumContentsLength(10)
        self._correct = Button("Correct it", name="answer-correct", on=self._say_right)
        self._wrong = Text(_CORRECT, "small", "muted", wrap=True)
        line = row(self._labels, self._correct, space=S)
        line.setStretch(0, 1)
        self._wrong_said = Notice(name="answer-wrong-said")
        return (Text("Was this wrong?", "strong"), self._wrong, line, self._wrong_said)

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
            else f"Of held-out answers that led this far, {percent(answer.confidence, 0)} were right."
            if answer.confidence
            else "How sure is not known: the model was not measured on held-out records."
        )
        self._margin.setText(margin_words(answer))
        fee = cost(answer.fee) if answer.fee else "no fee"
        self._facts.setText(f"{latency_words(answer.latency_ms)}   ·   {fee}   ·   call {answer.call:,}")
        self._paint_scores(_FIRST)
        self._more.setText(f"Show all {len(answer.scores)} labels")
        self._more.setVisible(len(answer.scores) > _FIRST)
        if new:
            self._show_labels(answer)
            self._wrong_said.clear()
        self.check.show_answer(answer)

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

    def _paid(self, pay: CallPay) -> None:
        late = pay.state in {"open", "final", "finished"}
        self._wrong.setText(_TOO_LATE if late else _CORRECT)
        for part in (self._labels, self._correct):
            part.setVisible(not late)

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
