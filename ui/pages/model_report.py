"""How good a model is and what it is made of: accuracy beside baselines, confusions, figures, admission weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.values import AdmissionView, ModelView
from ui import tasks
from ui.pages.model_bars import AccuracyBars, ShareBar
from ui.pages.model_choice import ChoiceCard
from ui.pages.model_confusion import ConfusionMatrix, confusions
from ui.pages.model_parts import clear, latency_words
from ui.text import count, explain, foreign, number, percent, size
from ui.theme.tokens import XS, L, M
from ui.widgets import Button, Card, ChartPanel, StatTile, Text, column, grid, row

_FIRST = 12  # contributors shown before "Show all"


def weight_words(one: AdmissionView) -> str:
    """Why a contributor's records weigh what they weigh."""
    said = []
    if one.copies > one.records / 2:
        return f"{number(one.copies)} of {count(one.records, 'record')} repeat earlier ones: copies weigh nothing"
    if one.copies:
        said.append(f"{count(one.copies, 'copy', 'copies')} left out")
    if one.near:
        said.append(f"{number(one.near)} much like earlier ones")
    if one.quality is not None:
        said.append(_quality(one.quality))
    return "; ".join(said) or "weighed when trained"


def _quality(quality: float) -> str:
    if quality < 1:
        return "labels disagree with the trusted core, so they hardly count"
    if quality < 4:
        return "labels often disagree with the trusted core"
    if quality < 5:
        return "labels agree about half as well as the core, or were too new to judge"
    return "labels agree with the trusted core"


class ModelReport(QWidget):
    """`show_model` paints at once; admission weights follow when they have been worked out."""

    def __init__(self, client: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._all: tuple[AdmissionView, ...] = ()
        self._tiles = {
            key: StatTile(label, name=f"report-{key}")
            for key, label in (
                ("accuracy", "Right answers"),
                ("records", "Trained on"),
                ("size", "Size of the package"),
                ("speed", "One answer here"),
            )
        }
        self._accuracy = AccuracyBars()
        self._accuracy_card = ChartPanel("Accuracy", self._accuracy, name="report-accuracy-chart")  # type: ignore[arg-type]
        _fit(self._accuracy_card, self._accuracy.sizeHint().height())
        self._held_words = Text("", "small", "muted", wrap=True)
        self._accuracy_card.body.addWidget(self._held_words)
        self._confusion = ConfusionMatrix()
        self._confusion_card = ChartPanel("Where it is right and wrong", self._confusion, name="report-confusion")  # type: ignore[arg-type]
        self._worst = Text("", tone="muted", wrap=True)
        self._worst.setObjectName("report-worst")
        self._confusion_card.body.addWidget(self._worst)
        self._choice = ChoiceCard()
        self._weights = self._weights_card()
        tiles = grid(*self._tiles.values(), columns=4)
        column(tiles, self._accuracy_card, self._choice, self._confusion_card, self._weights, space=L, parent=self)

    def _weights_card(self) -> Card:
        self._weight_rows = column(space=M)
        self._weight_said = Text("", "small", "muted", wrap=True)
        self._weight_said.setObjectName("report-weights-said")
        self._more = Button("", "link", name="report-weights-more", on=self._show_all)
        self._more.hide()
        words = (
            "Before training, each record gets a weight: full for a new text whose label agrees with the trusted core, "
            "less for near copies and doubtful labels, nothing for copies."
        )
        parts = (self._weight_rows, self._weight_said, row(self._more, None))
        return Card(*parts, title="Admission weights", hint=words, name="report-weights")

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_model(self, model: ModelView) -> None:
        accuracy = model.accuracy
        measured = bool(accuracy.held_out)
        gain = accuracy.ours - max(accuracy.tfidf, accuracy.majority)
        self._tiles["accuracy"].show_value(
            percent(accuracy.ours) if measured else "-",
            hint=_gain(gain) if measured else "nothing was held out",
        )
        self._tiles["records"].show_value(number(model.records), hint=f"records, {count(len(model.labels), 'label')}")
        self._tiles["size"].show_value(*size(model.size_bytes).split(" "), hint="one file, runs offline")
        speed = latency_words(model.latency_ms).split(" ")
        self._tiles["speed"].show_value(
            *(speed if model.latency_ms is not None else ("-",)),
            hint="typical, on this machine" if model.latency_ms is not None else "measured at the first use",
        )
        self._choice.show_model(model)
        self._accuracy.show_accuracy(accuracy)
        self._accuracy_card.refresh()
        self._held_words.setText(
            f"All three answered the same {number(accuracy.held_out)} held-out records, which no one trained on."
            if measured
            else "Build it again with a file of held-out records to measure it."
        )
        self._confusion_card.setVisible(bool(model.confusion))
        self._confusion.show_counts(model.labels, model.confusion)
        self._confusion_card.refresh()
        self._worst.setText(_worst_words(model))
        self._read_weights(model)

    def _read_weights(self, model: ModelView) -> None:
        clear(self._weight_rows)
        self._weight_said.setText("Working out the weights…")
        self._weight_said.show()
        tasks.run(self, self._client.models.admission, model.id, on_done=self._show_weights, on_error=self._no_weights)

    def _show_weights(self, found: Sequence[AdmissionView]) -> None:
        self._all = tuple(found)
        self._paint_weights(self._all[:_FIRST])
        self._more.setText(f"Show all {number(len(self._all))} contributors")
        self._more.setVisible(len(self._all) > _FIRST)

    def _show_all(self) -> None:
        self._more.hide()
        self._paint_weights(self._all)

    def _paint_weights(self, shown: Sequence[AdmissionView]) -> None:
        everybody = all(one.mine for one in self._all)  # with sample data all accounts are mine: then it says nothing
        clear(self._weight_rows)
        for one in shown:
            self._weight_rows.addWidget(WeightRow(one, mine=one.mine and not everybody))
        self._weight_said.hide()

    def _no_weights(self, error: BaseException) -> None:
        said = explain(error)
        clear(self._weight_rows)
        self._more.hide()
        self._weight_said.setText(f"{said.title}. {said.what_to_do}")
        self._weight_said.show()


class WeightRow(QWidget):
    """A contributor, the average weight of their records as a bar of the full weight, and why."""

    def __init__(self, one: AdmissionView, *, mine: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = f"{foreign(one.name, 40)} (you)" if mine else foreign(one.name, 40)
        figure = Text(percent(one.weight, 0), "strong")
        figure.setFixedWidth(56)
        figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        who = Text(name, "strong" if mine else "body")
        who.setToolTip(str(one.contributor))
        reason = weight_words(one)
        left = column(who, Text(count(one.records, "record"), "small", "muted"), space=0)
        why = Text(reason[:1].upper() + reason[1:], "small", "muted", wrap=True)
        right = column(ShareBar(one.weight), why, space=XS)
        line = row(space=L, parent=self)
        line.addLayout(left, 2)
        line.addLayout(right, 5)
        line.addWidget(figure, 0)
        self.setAccessibleName(f"{name}: {percent(one.weight, 0)} of the full weight. {reason}")


def _fit(card: ChartPanel, height: int) -> None:
    """A chart of a fixed height leaves no empty room beneath it."""
    stack = card.findChild(QStackedWidget)
    if stack is not None:
        stack.setFixedHeight(height)


def _gain(gain: float) -> str:
    points = f"{abs(gain) * 100:.1f} points"
    return f"{points} above the best baseline" if gain >= 0 else f"{points} below the best baseline"


def _worst_words(model: ModelView) -> str:
    found = confusions(model.labels, model.confusion)
    if not found:
        return "Every held-out record was answered right." if model.confusion else ""
    said = [f"{foreign(a, 40)} answered as {foreign(b, 40)} ({n} of {whole})" for a, b, n, whole in found]
    return "Commonest mistakes: " + ", ".join(said) + "."
