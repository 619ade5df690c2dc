"""Calls that are not settled yet, and turning them into pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.errors import Cancelled
from core.units import Amount
from core.values import AccountView, ContributionView, ModelView, TryView
from ui import tasks
from ui.earning_words import refusal_words
from ui.pages.base import Page
from ui.pages.model_parts import AccountBox, cost
from ui.text import count, foreign
from ui.theme.tokens import L
from ui.widgets import Button, Card, LabeledField, LinkButton, Notice, ProgressPanel, Text, row

Waiting = tuple[tuple[int, int, Amount], ...]
Read = tuple[int, Waiting, tuple[ContributionView, ...], tuple[TryView, ...]]


class SettleCard(Card):
    """`show_model` reads whose calls wait; hidden for drafts."""

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(name="settle", title="Calls and pay", space=L, parent=parent)
        self._page = page
        self._model: ModelView | None = None
        self._accounts: tuple[AccountView, ...] = ()
        self._waiting: Waiting = ()
        self._words = Text("", wrap=True)
        self._words.setObjectName("settle-words")
        self._payer = AccountBox("settle-payer", "Account whose calls are settled")
        self._poster = AccountBox("settle-poster", "Account that posts the settlement")
        payer = LabeledField(
            "Whose calls", self._payer, "Signs a voucher for them. The deposit pays, no gas is needed."
        )
        poster = LabeledField(
            "Posted by",
            self._poster,
            "The builder or a contributor puts it on the ledger with a bond and pays its gas.",
        )
        self._fields = QWidget()
        fields = row(payer, poster, space=L, parent=self._fields)
        fields.setStretch(0, 1)
        fields.setStretch(1, 1)
        for field in (payer, poster):  # their hints are of unequal length
            fields.setAlignment(field, Qt.AlignmentFlag.AlignTop)
        self._go = Button("Settle…", "plain", name="settle-go", icon="coins", on=self.go)
        self._progress = ProgressPanel(name="settle-progress")
        self._said = Notice(name="settle-said")
        self._tried = Notice(name="settle-tried")
        self._earnings = LinkButton("See earnings", name="settle-earnings", on=lambda: page.go("earnings"))
        self._buttons = row(self._go, self._earnings, None)
        self.add(self._words, self._tried, self._fields, self._buttons, self._progress, self._said)

    def show_model(self, model: ModelView, accounts: Sequence[AccountView]) -> None:
        if self._model is None or self._model.id != model.id:
            self._said.clear()
        self._model, self._accounts = model, tuple(accounts)
        self.setVisible(model.number is not None)
        if model.number is not None:
            tasks.run(self, self._read, model, on_done=self._show, on_error=self._said.say_error)

    def _read(self, model: ModelView) -> Read:
        client: Any = self._page.client
        given = client.datanets.contributions(model.datanet)
        return model.id, client.earnings.waiting(model.id), given, client.earnings.tries(model.id)

    def _show(self, found: Read) -> None:
        model, waiting, contributions, tries = found
        if self._model is None or self._model.id != model:
            return
        self._waiting = waiting
        payers = {index: f"{count(calls, 'call')}, {cost(fees)}" for index, calls, fees in waiting}
        self._payer.show_accounts([one for one in self._accounts if one.index in payers], payers)
        given = {one.contributor for one in contributions if one.number is not None}
        roles = {
            one.index: "builder" if one.address == self._model.builder else "contributor"
            for one in self._accounts
            if one.address == self._model.builder or one.address in given
        }
        self._poster.show_accounts([one for one in self._accounts if one.index in roles], roles)
        calls = sum(entry[1] for entry in waiting)
        self._fields.setVisible(bool(waiting and roles))
        self._go.setVisible(bool(waiting and roles))
        self._words.setText(self._said_words(calls, bool(roles)))
        self._show_tries(tries)

    def _show_tries(self, tries: Sequence[TryView]) -> None:
        """What became of a settlement that stands in no block."""
        self._tried.clear()
        if not tries:
            return
        last = tries[0]
        calls = f"{count(last.calls, 'call')} of {foreign(last.payer_name, 60)}"
        if last.refused:
            words = f"{calls}: {refusal_words(last.refused)}. Nothing was paid and no call was lost. Settle them again."
            self._tried.say("The last settlement was refused", words, "warning")
        else:
            words = f"{calls}: it was sent and is in no block yet. It is looked at again when you settle or unlock."
            self._tried.say("A settlement is on its way", words, "info")

    def _said_words(self, calls: int, may_post: bool) -> str:
        assert self._model is not None
        if not calls and not self._model.fee:
            return "Its calls are free, so there is nothing to settle."
        if not self._model.calls:
            return "No call was made yet. Use the model in the playground; calls are added up and settled here."
        if not calls:
            return f"All {count(self._model.calls, 'call')} made from this machine are settled."
        said = f"{count(calls, 'call')} {'is' if calls == 1 else 'are'} not settled yet. "
        if not may_post:
            return said + "Only the builder or a contributor can post a settlement, and no account here is one."
        return said + (
            "Settling adds them up, works out each contributor's pay from the measured influence of their records, and "
            "moves the fees out of the deposit. The texts of the calls are not published. The poster's bond comes back "
            "when nobody could show that anything in it is false."
        )

    def go(self) -> None:
        if self._model is None or not self._go.isEnabled():
            return
        self._said.clear()
        self._go.setEnabled(False)
        steps = self._settling(self._model.id, self._payer.index, self._poster.index)
        task = tasks.start(self, steps, title="Settle model calls", on_error=self._failed)
        if task.running:
            self._progress.follow(task)

    async def _settling(self, model: int, payer: int, poster: int) -> None:
        page = self._page
        signed = await page.sign(page.client.earnings.prepare_settle, model, payer, poster, with_progress=True)
        self._go.setEnabled(True)
        if signed is not None:
            page.say("Settled", "Contributors can claim their part once the time for objections has passed.")

    def _failed(self, error: BaseException) -> None:
        self._go.setEnabled(True)
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "Nothing was signed.", "info")
        else:
            self._said.say_error(error)
