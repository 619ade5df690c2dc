"""A model's card: what it is for, how good it is beside baselines, what it learned from, what it cannot do, hashes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.errors import Cancelled
from core.values import Accuracy, AdmissionView, ModelCard, ModelView
from ui import ask, tasks
from ui import model_card as card_words
from ui.pages.base import Page
from ui.pages.model_bars import AccuracyBars, ShareBar
from ui.pages.model_card_parts import CalibrationCard, HardCard, LabelsCard, NamesCard, PointsCard, WordsCard
from ui.pages.model_choice import ChoiceCard
from ui.pages.model_confusion import ConfusionMatrix, confusions
from ui.pages.model_parts import clear, latency_words
from ui.pages.model_weights import WeightsPart
from ui.pages.trace_parts import LinkRow
from ui.text import count, explain, foreign, number, percent, size
from ui.theme.tokens import XS, L, S
from ui.trace_words import admission_words
from ui.widgets import Button, Card, ChartPanel, Line, Notice, ProgressPanel, StatTile, Text, column, grid, row

_FIRST = 12  # contributors shown before "Show all"


class ModelReport(QWidget):
    """`show_model` paints at once; admission weights and what has to be measured follow when they are there."""

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page, self._client = page, page.client
        self._model: ModelView | None = None
        self._card: ModelCard | None = None
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
        self._purpose = WordsCard("What it is for", "report-purpose")
        self._data = WordsCard("What it learned from, and how it works", "report-data")
        self._calibration, self._labels, self._names = CalibrationCard(), LabelsCard(), NamesCard()
        self._hard = HardCard(lambda row_: page.go("trace", ("record", row_, "models")))
        self._limits = PointsCard("What it cannot do", "report-limits", "circle-alert")
        self._measured = (
            *(self._purpose, self._data, self._calibration, self._labels, self._hard),
            *(self._limits, self._names),
        )
        self._running = ProgressPanel(name="report-progress")
        self._said = Notice(name="report-said")
        tiles = grid(*self._tiles.values(), columns=4)
        first = (self._save_line(), self._said, self._running, self._purpose, tiles, self._accuracy_card)
        good = (self._calibration, self._confusion_card, self._labels, self._hard)
        last = (self._data, self._choice, self._weights, self._limits, self._names)
        column(*first, *good, *last, space=L, parent=self)

    def _save_line(self) -> QWidget:
        self._save = Button("Save the card…", name="report-save", icon="download", on=self._ask_save)
        words = "This model's card: what it is for, how good it is, and what it cannot do."
        holder = QWidget()
        line = row(Text(words, tone="muted", wrap=True), self._save, space=L, parent=holder)
        line.setStretch(0, 1)
        return holder

    def _weights_card(self) -> Card:
        self._weight_rows = column(space=S)
        self._weight_said = Text("", "small", "muted", wrap=True)
        self._weight_said.setObjectName("report-weights-said")
        self._more = Button("", "link", name="report-weights-more", on=self._show_all)
        self._more.hide()
        words = (
            "Before training, each record gets a weight: full for a new one whose label agrees with the trusted core, "
            "less for near copies and doubtful labels, nothing for copies."
        )
        self.weights = WeightsPart(self._page)
        self._weight_about = Text("", "small", "muted", wrap=True)
        rows = (self._weight_rows, self._weight_said, row(self._more, None), self._weight_about)
        parts = (*rows, Line(), self.weights)
        return Card(*parts, title="Admission weights", hint=words, name="report-weights")

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_model(self, model: ModelView) -> None:
        if self._model is None or self._model.id != model.id:
            self._said.clear()
        self._model, self._card = model, None
        self._read_card(model)
        accuracy = model.accuracy
        measured = bool(accuracy.held_out)
        self._tiles["accuracy"].show_value(
            percent(accuracy.ours) if measured else "-",
            hint=_gain(accuracy) if measured else "nothing was held out",
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

    def _read_card(self, model: ModelView) -> None:
        for part in self._measured:
            part.hide()
        self._save.setEnabled(False)
        task = tasks.run(
            self,
            self._client.explaining.card,
            model.id,
            title="Put a model's card together",
            on_done=self._show_card,
            on_error=self._no_card,
        )
        if task.running:
            self._running.follow(task)

    def _no_card(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "The card is not complete. Open the report again to finish it.", "info")
        else:
            self._said.say_error(error)

    def _show_card(self, card: ModelCard) -> None:
        if self._model is None or card.view.id != self._model.id:
            return
        self._card = card
        self._save.setEnabled(True)
        self._purpose.show_words(card_words.purpose(card))
        self._data.show_words((*card_words.data_words(card), *card_words.how_words(card)))
        self._held_words.setText(
            f"{card_words.interval_words(card)} All three answered the same records, which no one trained on."
            if card.held_out
            else "Build it again with a file of held-out records to measure it."
        )
        self._calibration.show_card(card)
        self._labels.show_card(card)
        self._hard.show_card(card)
        self._names.show_card(card)
        self._limits.show_points(card_words.limits(card))
        self._weight_about.setText(card_words.weight_words(card))
        if card.contributors:
            hint = f"records of {count(card.contributors, 'contributor')}, {count(len(card.labels), 'label')}"
            self._tiles["records"].show_value(number(card.view.records), hint=hint)
        for part in self._measured:
            part.show()
        self._calibration.setVisible(bool(card.calibration))

    # -- as a file ---------------------------------------------------------------------------------------------------

    def _ask_save(self) -> None:
        tasks.start(self, self._saving(), on_error=self._said.say_error)

    async def _saving(self) -> None:
        card = self._card
        if card is None:
            return
        name = "".join(char if char.isalnum() else "-" for char in foreign(card.view.name, 40)).strip("-").lower()
        kinds = "Web page (*.html);;Markdown (*.md)"
        path = await ask.save_file(self, "Save the card", f"{name or 'model'}-card.html", kinds)
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """As after choosing the file."""
        words = f"{foreign(path, 200)}. It holds no text of a record."
        tasks.run(
            self,
            card_words.write,
            self._card,
            path,
            on_done=lambda _none: self._said.say("The card is saved", words, "success"),
            on_error=self._said.say_error,
        )

    def _read_weights(self, model: ModelView) -> None:
        clear(self._weight_rows)
        self._weight_about.setText("")
        self.weights.hide()
        self.weights.show_model(model)
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
            line = WeightRow(one, mine=one.mine and not everybody)
            line.opened.connect(lambda who=one.contributor: self._page.go("trace", ("person", who, "models")))
            self._weight_rows.addWidget(line)
        self._weight_said.hide()
        self.weights.show()

    def _no_weights(self, error: BaseException) -> None:
        said = explain(error)
        clear(self._weight_rows)
        self._more.hide()
        self._weight_said.setText(f"{said.title}. {said.what_to_do}")
        self._weight_said.show()


class WeightRow(LinkRow):
    """A contributor, the average weight of their records as a bar of the full weight, and why. Opens their page."""

    def __init__(self, one: AdmissionView, *, mine: bool) -> None:
        name = f"{foreign(one.name, 40)} (you)" if mine else foreign(one.name, 40)
        figure = Text(percent(one.weight, 0), "strong")
        figure.setFixedWidth(56)
        figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        who = Text(name, "strong" if mine else "body")
        who.setToolTip(str(one.contributor))
        reason = admission_words(one)
        left, right = QWidget(), QWidget()
        column(who, Text(count(one.records, "record"), "small", "muted"), None, space=0, parent=left)
        why = Text(reason[:1].upper() + reason[1:], "small", "muted", wrap=True)
        column(ShareBar(one.weight), why, space=XS, parent=right)
        words = f"{name}: {percent(one.weight, 0)} of the full weight. {reason}"
        super().__init__(left, right, figure, words=words, name=f"weight-{str(one.contributor)[:10]}", space=L)
        line = self.layout()
        line.setStretch(0, 2)  # type: ignore[union-attr]
        line.setStretch(1, 5)  # type: ignore[union-attr]


def _fit(card: ChartPanel, height: int) -> None:
    """A chart of a fixed height leaves no empty room beneath it."""
    stack = card.findChild(QStackedWidget)
    if stack is not None:
        stack.setFixedHeight(height)


def _gain(accuracy: Accuracy) -> str:
    """How far above the better of the two simple ways it stands."""
    simple = "counting words" if accuracy.kind == "text" else "the nearest average"
    share = accuracy.tfidf
    if accuracy.majority > share:
        simple, share = "the most frequent label", accuracy.majority
    points = f"{abs(accuracy.ours - share) * 100:.1f}"
    if points == "0.0":
        return f"as good as {simple}"
    return f"{points} points {'above' if accuracy.ours > share else 'below'} {simple}"


def _worst_words(model: ModelView) -> str:
    found = confusions(model.labels, model.confusion)
    if not found:
        return "Every held-out record was answered right." if model.confusion else ""
    said = [f"{foreign(a, 40)} answered as {foreign(b, 40)} ({n} of {whole})" for a, b, n, whole in found]
    return "Commonest mistakes: " + ", ".join(said) + "."
