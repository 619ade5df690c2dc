"""A model whose records were withdrawn: retrained exactly without them, with a receipt that anyone can check."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.errors import Cancelled
from core.values import AccountView, ModelView, Prepared, WithdrawalView
from ui import ask, tasks
from ui.pages.base import Page
from ui.pages.model_parts import Facts
from ui.text import count, duration, percent
from ui.theme.tokens import L, S
from ui.widgets import Button, Card, Notice, ProgressPanel, Text, row
from ui.widgets.labels import Icon


class RetrainCard(Card):
    """Shown while the model is outdated, and with its receipt afterwards. `rebuild` for a draft of one's own."""

    rebuild = Signal(int)

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(name="retrain", title="Withdrawn records", space=L, parent=parent)
        self._page = page
        self._model: ModelView | None = None
        self._account: int | None = None
        self._receipt: WithdrawalView | None = None
        self._words = Text("", wrap=True)
        self._words.setObjectName("retrain-words")
        self._go = Button(
            "Retrain without withdrawn records", "primary", name="retrain-go", icon="refresh-cw", on=self.go
        )
        self._build = Button("Build it again", "primary", name="retrain-build", icon="refresh-cw", on=self._rebuild)
        self._progress = ProgressPanel(name="retrain-progress")
        self._said = Notice(name="retrain-said")
        self._equal = QWidget()
        self._equal_icon = Icon("circle-check", "success", 18)
        self._equal_words = Text("", "strong", wrap=True)
        self._equal_words.setObjectName("retrain-equal")
        line = row(self._equal_icon, space=S, parent=self._equal)
        line.addWidget(self._equal_words, 1)
        self._facts = Facts("retrain-facts")
        self.add(self._words, row(self._go, self._build, None), self._progress, self._said, self._equal, self._facts)
        self._forget()

    def _forget(self) -> None:
        self._receipt = None
        self._equal.hide()
        self._facts.hide()

    @property
    def primary(self) -> bool:
        """Whether its button is the one primary of the page now."""
        return self.isVisibleTo(self.parentWidget()) and not (self._go.isHidden() and self._build.isHidden())

    def show_model(self, model: ModelView, accounts: Sequence[AccountView]) -> None:
        if self._model is None or self._model.id != model.id:
            self._forget()
            self._said.clear()
        self._model = model
        self._account = next((one.index for one in accounts if one.address == model.builder), None)
        outdated, draft = model.state == "outdated", model.number is None
        self.setVisible(outdated or self._receipt is not None)
        self._go.setVisible(outdated and not draft and self._account is not None)
        self._build.setVisible(outdated and draft)
        if not outdated:
            self._words.setText(
                "This model was retrained exactly without the withdrawn records. The receipt is on the ledger."
            )
        elif draft:
            self._words.setText("Records it learned from were withdrawn. Build it again: they are left out.")
        elif self._account is None:
            self._words.setText(
                "Records it learned from were withdrawn. Only its builder can retrain it; no account here is."
            )
        else:
            self._words.setText(
                "Records it learned from were withdrawn by their owner. Retraining takes them out exactly: the result "
                "is the model that never saw them, to the last bit, and a receipt on the ledger says so."
            )

    def _rebuild(self) -> None:
        if self._model is not None:
            self.rebuild.emit(self._model.datanet)

    def go(self) -> None:
        if self._model is None or self._account is None or not self._go.isEnabled():
            return
        self._said.clear()
        self._go.setEnabled(False)
        steps = self._retraining(self._model, self._account)
        task = tasks.start(self, steps, title="Retrain without withdrawn records", on_error=self._failed)
        if task.running:
            self._progress.follow(task)

    async def _retraining(self, model: ModelView, account: int) -> None:
        client = self._page.client
        view, prepared = await tasks.call(client.models.prepare_retrain, model.id, account, with_progress=True)
        self._show_receipt(view)
        if await self._agreed(prepared):
            self._receipt = view
            signed = await tasks.call(client.sign, prepared, with_progress=True)
            self._page.say("Retrained", f"The receipt stands on the ledger since block {signed.block}.")
        self._go.setEnabled(True)

    async def _agreed(self, prepared: Prepared) -> bool:
        if await ask.confirm(self, prepared):
            return True
        await tasks.call(self._page.client.forget, prepared)
        self._said.say("Not published yet", "The model on the ledger is still the old one.", "warning")
        return False

    def _show_receipt(self, view: WithdrawalView) -> None:
        same = view.new_hash == view.scratch_hash
        self._equal_icon.show_icon("circle-check" if same else "circle-x", "success" if same else "danger")
        self._equal_words.setText(
            "Equal to training from scratch, bit for bit."
            if same
            else "Not equal to training from scratch: do not sign."
        )
        self._equal.show()
        self._facts.show_rows(
            (
                ("Taken out", f"{count(view.records, 'record')}, in {duration(view.seconds)}"),
                ("Old package", view.old_hash),
                ("New package", view.new_hash),
                ("From scratch", view.scratch_hash),
                ("Receipt", view.receipt_hash),
                ("Right answers", f"{percent(view.accuracy_before)} before, {percent(view.accuracy_after)} after"),
            )
        )
        self._facts.show()

    def _failed(self, error: BaseException) -> None:
        self._go.setEnabled(True)
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "Nothing was changed. The model is as it was.", "info")
        else:
            self._said.say_error(error)
