"""Building a model: release, options, training, report, publishing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.values import AccountView, DatanetView, ModelView
from ui import tasks
from ui.pages.base import Page
from ui.pages.model_options import OptionsStep, ReleaseStep
from ui.pages.model_parts import View
from ui.pages.model_publish import PublishPanel
from ui.pages.model_report import ModelReport
from ui.text import foreign
from ui.theme.tokens import L
from ui.widgets import Button, Card, Notice, PageHeader, ProgressPanel, StepBar, Text, column, row

RELEASE, OPTIONS, TRAINING, REPORT, PUBLISH = range(5)
_STEPS = ("Release", "Options", "Training", "Report", "Publish")
_WORDS = (
    "Choose the released records it learns from.",
    "The defaults are good. Change them only if you know why.",
    "Everything runs on this machine; you can stop it at any time.",
    "How good it is, measured on records it never saw.",
    "Put its hash, fee and split on the ledger, so that calls are paid and contributors earn.",
)


class BuildView(View):
    """`left` back to the list; `finished(model)` when there is one to show, `found(model)` one that finds passages."""

    left = Signal()
    finished = Signal(int)
    found = Signal(int)

    def __init__(self, page: Page) -> None:
        super().__init__(page, "models-build-view")
        self._datanets: tuple[DatanetView, ...] = ()
        self._model: ModelView | None = None
        self._task: tasks.Task | None = None
        self.step = RELEASE
        self._bar = StepBar(_STEPS)
        self.release = ReleaseStep(lambda: self.page.go("datanets"))
        self.release.chosen.connect(self._chosen)
        self.options = OptionsStep()
        self.options.train_wanted.connect(self.train)
        self.options.index_wanted.connect(self.build_index)
        self._report_step = self._report_part()
        self.publish = PublishPanel(page)
        self.publish.published.connect(self.finished)
        self.publish.later.connect(self.finished)
        self._steps: tuple[QWidget, ...] = (
            self.release,
            self.options,
            self._training_part(),
            self._report_step,
            self.publish,
        )
        self._next: dict[int, tuple[Button, ...]] = {
            RELEASE: (self.release.next,),
            OPTIONS: (self.options.go,),
            REPORT: (self._try, self._publish),
            PUBLISH: (self.publish.leave, self.publish.sign),
        }
        buttons = [one for of in self._next.values() for one in of]  # in the head, in sight however long the step is
        self._header = PageHeader("Build a model", _WORDS[0], None, *buttons, with_back=True)
        self._header.back.connect(self._back)
        self.fill(self._header, self._bar, *self._steps)
        self._show(RELEASE)

    def _training_part(self) -> QWidget:
        part = QWidget()
        self._progress = ProgressPanel(name="train-progress", stays=True)
        self._said = Notice(name="train-said")
        self._again = Button("Back to the options", name="train-again", on=lambda: self._show(OPTIONS))
        words = (
            "Ways of reading the records are tried, records are weighed, simple ways of answering are measured beside "
            "it, and the model is solved and certified in exact integers. A few thousand records take from a few "
            "seconds to a minute."
        )
        card = Card(self._progress, Text(words, "small", "muted", wrap=True), name="train-card", space=L)
        column(card, self._said, row(self._again, None), space=L, parent=part)
        return part

    def _report_part(self) -> QWidget:
        part = QWidget()
        self.report = ModelReport(self.page)
        self._publish = Button("Publish it…", "primary", name="report-publish", icon="upload", on=self._to_publish)
        self._try = Button("Try it first", name="report-use", icon="play", on=self._finish)
        column(self.report, space=L, parent=part)
        return part

    def _to_publish(self) -> None:
        self._show(PUBLISH)

    # -- driven by the page ------------------------------------------------------------------------------------------

    def show_choices(
        self, datanets: Sequence[DatanetView], accounts: Sequence[AccountView], encoders: Sequence[str]
    ) -> None:
        self._datanets = tuple(datanets)
        self.release.show_datanets(self._datanets)
        self._offer()
        self.options.show_encoders(encoders)
        self.publish.show_accounts(accounts)

    def begin(self, datanet: int | None = None) -> None:
        """From the start, or where a training that still runs stands."""
        if self._task is not None and self._task.running:
            self._show(TRAINING)
            return
        self.release.choose(datanet)
        self._show(RELEASE)

    def begin_publishing(self, model: int) -> None:
        """For a model that was trained before."""
        self.run(self.client.models.get, model, on_done=lambda found: self._trained(found, PUBLISH))

    # -- steps -------------------------------------------------------------------------------------------------------

    def _show(self, step: int) -> None:
        self.step = step
        for number, part in enumerate(self._steps):
            part.setVisible(number == step)
        self._bar.show_step(step)
        self._offer()
        self._header.set_words("Build a model", _WORDS[step])
        self.area.verticalScrollBar().setValue(0)

    def _offer(self) -> None:
        """What leads on from here; nothing where there is no release to build from."""
        for step, buttons in self._next.items():
            for button in buttons:
                button.setVisible(step == self.step and (step != RELEASE or self.release.next.isEnabled()))

    def _back(self) -> None:
        if self.step == OPTIONS:
            self._show(RELEASE)
        elif self.step == PUBLISH and self._model is not None:
            self._show(REPORT)
        else:
            self.left.emit()

    def _chosen(self, datanet: DatanetView) -> None:
        self.options.show_datanet(datanet)
        self._show(OPTIONS)

    def train(self, datanet: int, name: str, encoder: str, held_out: Path | None) -> None:
        self._begin_work()
        self._task = self.run(
            self.client.models.train,
            datanet,
            name=name,
            encoder=encoder,
            held_out=held_out,
            family=self.options.head.family,
            title="Train a model",
            on_done=lambda found: self._trained(found, REPORT),
            on_error=self._failed,
        )
        if self._task.running:
            self._progress.follow(self._task)

    def build_index(self, datanet: int, name: str, encoder: str) -> None:
        """A model that finds passages: there is nothing to publish, so it is asked at once."""
        self._begin_work()
        self._task = self.run(
            self.client.searching.build,
            datanet,
            name=name,
            encoder=encoder,
            title="Build a model",
            on_done=lambda made: self.found.emit(made.id),
            on_error=self._failed,
        )
        if self._task.running:
            self._progress.follow(self._task)

    def _begin_work(self) -> None:
        self._said.clear()
        self._again.hide()
        self._progress.show()
        self._show(TRAINING)

    def _failed(self, error: BaseException) -> None:
        self._progress.hide()
        self._again.show()
        self._said.say_error(error)

    def _trained(self, model: ModelView, step: int) -> None:
        self._model = model
        self.report.show_model(model)
        self.publish.show_model(model, self._datanet_name(model))
        self._show(step)

    def _datanet_name(self, model: ModelView) -> str:
        return next((foreign(one.name, 60) for one in self._datanets if one.id == model.datanet), "a Datanet")

    def _finish(self) -> None:
        if self._model is not None:
            self.finished.emit(self._model.id)
