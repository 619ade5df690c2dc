"""Why records weigh what they weigh, for everybody to work out again: one click here, or a file for elsewhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from core.values import ModelView
from ui import ask, tasks
from ui.disclosing import WEIGHTS
from ui.pages.base import Page
from ui.pages.verifying import VerifyPart
from ui.text import foreign
from ui.theme.tokens import S
from ui.widgets import Button, Notice, column, row

_WORDS = (
    "Two scripts that share no code with this program make the features from the texts and work out every weight and "
    "its reason. Nothing leaves this device; a few thousand records take some seconds."
)


class WeightsPart(QWidget):
    """Below the weights of a model. `show_model` forgets what was found of another."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page, self._client = page, page.client
        self._model: ModelView | None = None
        self._written: Path | None = None
        check = self._client.models.verify_weights
        self.checking = VerifyPart(check, _WORDS, name="weights", button="weights-verify", thing="these weights")
        self._export = Button("Export a weights file…", name="weights-export", icon="download", on=self._ask)
        self._audit = Button("Check the file", name="weights-audit", icon="file-check", on=self._open)
        self._said = Notice(name="weights-file-said")
        column(self.checking, row(self._export, self._audit, None, space=S), self._said, parent=self)

    def show_model(self, model: ModelView) -> None:
        if self._model is None or self._model.package_hash != model.package_hash:
            self._said.clear()
            self._audit.hide()
            self._written = None
            self.checking.forget()
        self._model = model
        self.checking.show_answer(model.id)

    def _ask(self) -> None:
        tasks.start(self, self._exporting(), on_error=self._said.say_error)

    async def _exporting(self) -> None:
        model = self._model
        if model is None:
            return
        self._said.clear()
        where = "Choose where to save"
        if not await ask.question(
            self, "Export every text with the weights?", WEIGHTS, yes=where, name="export-weights"
        ):
            return
        path = await ask.save_file(self, "Export a weights file", f"model-{model.id}.weights.zip", "*.zip")
        if path is not None:
            self.export_to(path, model.id)

    def export_to(self, path: Path, model: int) -> None:
        """As after choosing the file."""
        task = tasks.run(
            self,
            self._client.models.export_weights,
            model,
            path,
            disclose=True,
            title="Export a weights file",
            on_done=lambda _none: self._exported(path),
            on_error=self._said.say_error,
        )
        if task.running:
            self.checking.running.follow(task)

    def _exported(self, path: Path) -> None:
        self._written = path
        self._audit.show()
        words = f"{foreign(path, 200)}. Check it here, or with the scripts on any other machine."
        self._said.say("The weights file is written", words, "success")

    def _open(self) -> None:
        if self._written is not None:
            self._page.go("earnings", ("check", self._written))
