"""The playground: a text in, an answer out, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from core.errors import Cancelled, InsufficientFunds, ModelError
from core.units import Amount
from core.values import AccountView, Answer, Known, ModelView
from ui import tasks
from ui.contents import line, reader
from ui.pages.base import Page
from ui.pages.model_answer import AnswerCard
from ui.pages.model_ask import Ask
from ui.pages.model_deposit import DepositForm, payer_of
from ui.pages.model_influence import InfluencePanel
from ui.pages.model_parts import AccountBox, cost, latency_words
from ui.pages.panels import in_sight
from ui.tables import Column, TablePanel
from ui.text import foreign, percent
from ui.theme.tokens import L, M, S
from ui.widgets import (
    Button,
    Card,
    EmptyState,
    KeyHint,
    LinkButton,
    Notice,
    Text,
    TrustBadge,
    column,
    row,
)
from ui.widgets.reflow import Reflow

_LEAST = 380  # pixels beside each other; below that, what carried the answer stands beneath it
_LONGEST = 20_000  # characters; the runtime has its own limit


def _sure(one: Answer) -> str:
    if one.corrected is not None:
        return "corrected"
    return percent(one.confidence, 0) if one.confidence else "-"


CALLS: tuple[Column[Answer], ...] = (
    Column("Asked", lambda one: line(one.kind, one.text), grow=3, width=180),
    Column("Answer", lambda one: one.corrected or one.label, grow=1, width=100),
    Column(
        "Usually right",
        _sure,
        sort=lambda one: one.confidence,
        align="right",
        tip=lambda _one: "How many held-out answers that led this far were right",
        width=116,
    ),
    Column(
        "Fee", lambda one: cost(one.fee) if one.fee else "-", sort=lambda one: one.fee.wei, align="right", width=104
    ),
    Column("Time", lambda one: latency_words(one.latency_ms), sort=lambda one: one.latency_ms, align="right", width=88),
)


class InputBox(QPlainTextEdit):
    """Enter runs, Shift+Enter makes a new line; Tab moves on."""

    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("playground-text")
        self.setAccessibleName("Text for the model")
        self.setPlaceholderText("Type or paste a text, then press Enter")
        self.setTabChangesFocus(True)
        self.setFixedHeight(84)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and plain:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class Playground(QWidget):
    """`show_model` first. What runs here belongs to the model that was shown when it began."""

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self._client = page.client
        self._model: ModelView | None = None
        self._accounts: tuple[AccountView, ...] = ()
        self._left: Amount | None = None
        self._running = False
        self.deposit = DepositForm(page)
        self.deposit.done.connect(self._set_aside)
        self._said = Notice(name="playground-said")
        self.answer = AnswerCard(page)
        self.answer.corrected.connect(self._corrected)
        self.influence = InfluencePanel(reader(self._client))
        self.influence.record.connect(lambda row_: page.go("trace", ("record", row_, "models")))
        self.influence.person.connect(lambda who: page.go("trace", ("person", who, "models")))
        self.influence.asked.connect(self._why_not)
        self._shown: Answer | None = None
        self._focused = False
        self._hint = Card(name="playground-hint")
        self._hint.body.addWidget(
            EmptyState(
                "message-square",
                "Ask it something",
                "The answer comes with how sure it is, what it costs, and whose records carried it.",
            )
        )
        left = QWidget()
        column(self.answer, None, space=0, parent=left)
        self._result = Reflow(left, self.influence, columns=2, least=_LEAST)
        self._calls = TablePanel(CALLS, noun="call", empty=EmptyState("history", "No calls yet", ""), name="calls")
        self._calls.opened.connect(self._again)
        self._calls.setMinimumHeight(264)
        self._history = column(
            Text("Your latest calls", "heading"),
            Text("They stay on this machine. Press Enter on one to see it again.", "small", "muted"),
            self._calls,
            space=S,
        )
        self._history_part = QWidget()
        self._history_part.setLayout(self._history)
        self._input_card = self._input()
        parts = (self._input_card, self.deposit, self._said, self._hint, self._result, self._history_part)
        column(*parts, space=L, parent=self)
        self._result.hide()

    def _input(self) -> Card:
        self.text = InputBox()
        self.text.entered.connect(self.run)
        self._run = Button("Run", "primary", name="playground-run", icon="play", on=self.run)
        self._payer = AccountBox("playground-payer", "Account that pays")
        self._payer.setMinimumContentsLength(22)  # a short name and a million OPEN, uncut
        self._payer.picked.connect(lambda _index: self._read_money())
        self._money = Text("", "small", "muted", wrap=True)
        self._money.setObjectName("playground-money")
        self._trust = TrustBadge()
        self._add = LinkButton("Set more aside", name="playground-add", on=self._more)
        side = column(self._run, row(None, KeyHint("Enter"), None), None, space=S)
        self.ask = Ask(self._client)
        self.ask.entered.connect(self.run)
        asked = row(self.text, self.ask, space=M)
        asked.addLayout(side)
        asked.setStretch(0, 1)
        asked.setStretch(1, 1)
        money = row(space=M)
        money.addWidget(self._payer, 0)
        money.addWidget(self._money, 1)
        money.addWidget(self._trust, 0)
        money.addWidget(self._add, 0)
        return Card(asked, money, name="playground-input")

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_model(self, model: ModelView, accounts: Sequence[AccountView]) -> None:
        before, self._model = self._model, model
        other = before is None or before.id != model.id
        repriced = before is not None and not other and before.fee != model.fee
        if tuple(accounts) != self._accounts:
            self._accounts = tuple(accounts)
            self._payer.show_accounts(accounts)
        paid = model.number is not None and bool(model.fee)
        for part in (self._payer, self._add):
            part.setVisible(paid)
        self._trust.setVisible(False)
        self.text.setVisible(model.kind == "text")
        self.ask.show_model(model)
        self._run.setEnabled(model.state != "retired" and not self._running)
        if other:
            self._result.hide()
            self._hint.show()
            self.deposit.hide()
            self._said.clear()
            self._left = None
        if model.state == "retired":
            self._said.say("This model is retired", "It takes no more calls. Its earlier answers stay below.", "info")
        payer = payer_of(self._accounts, self._payer.index)
        if repriced and payer is not None and self.deposit.isVisible():  # asked for before its new fee was read
            self.deposit.ask(model, payer, self._left, short=True)
        self._read_money()
        self._read_calls()

    def focus(self) -> None:
        """Where something is asked."""
        if self._model is not None and self._model.kind != "text":
            self.ask.focus()
        else:
            self.text.setFocus()

    def wait(self) -> None:
        """Another model is being read: the last one is not to be asked in its place."""
        self._model = None
        self._result.hide()
        self._history_part.hide()
        self.deposit.hide()
        self._hint.show()

    def _read_money(self) -> None:
        model, payer = self._model, payer_of(self._accounts, self._payer.index)
        if model is None:
            return
        if model.number is None:
            self._money.setText("A draft on your own machine: calls cost nothing and nobody earns.")
            return
        if not model.fee:
            self._money.setText("Calls of this model are free.")
            return
        if payer is not None:
            tasks.run(self, self._money_of, payer, on_done=self._show_money, on_error=self._no_money)

    def _money_of(self, payer: AccountView) -> tuple[int, Known[Amount], Amount]:
        earnings = self._client.earnings
        return payer.index, earnings.deposit_of(payer.address), earnings.owed(payer.address)

    def _show_money(self, found: tuple[int, Known[Amount], Amount]) -> None:
        index, deposit, owed = found
        if self._model is None or index != self._payer.index:
            return
        left = max(deposit.value.wei - owed.wei, 0)
        self._left = Amount(left)
        each, rest = cost(self._model.fee), cost(self._left)
        waits = f", {cost(owed)} waits to be settled" if owed else ""
        self._money.setText(f"{each} a call. {rest} left of what you set aside{waits}.")
        self._trust.show_trust(deposit.trust)

    def _no_money(self, _error: BaseException) -> None:
        self._left = None
        self._money.setText("What is set aside could not be read from the ledger just now.")
        self._trust.setVisible(False)

    def _more(self) -> None:
        payer = payer_of(self._accounts, self._payer.index)
        if self._model is not None and payer is not None:
            self.deposit.ask(self._model, payer, self._left, short=False)

    def _set_aside(self) -> None:
        self._said.clear()
        self._read_money()
        self.text.setFocus()

    # -- running -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        model, text = self._model, self.text.toPlainText()
        if model is None or self._running or not self._run.isEnabled():
            return
        if model.kind != "text":
            self._run_other(model)
            return
        if not text.strip():
            self._said.say("There is no text yet", "Type something for the model first.", "info")
            return
        if len(text) > _LONGEST:
            words = f"Shorten it to {_LONGEST:,} characters or fewer."
            self._said.say("That text is too long", words, "warning")
            return
        self._busy(True)
        self._said.clear()
        self.deposit.hide()
        tasks.start(self, self._run_it(model, text, self._payer.index), on_error=self._failed)

    def _run_other(self, model: ModelView) -> None:
        if self.ask.fault:
            self._said.say("There is nothing to ask yet", self.ask.fault, "info")
            return
        self._busy(True)
        self._said.clear()
        self.deposit.hide()
        tasks.start(self, self._run_it(model, "", self._payer.index), on_error=self._failed)

    async def _run_it(self, model: ModelView, text: str, payer: int) -> None:
        """The answer at once; who carried it follows."""
        if model.kind == "text":
            answer = await tasks.call(self._client.models.run, model.id, text, payer, explain=False)
        else:
            answer = await self.ask.run(model.id, payer)
        await self._explain(model, answer)
        self._busy(False)
        self._read_money()
        self._read_calls()

    async def _explain(self, model: ModelView, answer: Answer) -> None:
        if not self._shows(model):
            return
        self._show_answer(answer)
        try:
            explained = await tasks.call(self._client.models.explain, answer.call)
        except ModelError as error:  # a package of somebody else: answered, but its records are not here
            self.influence.show_error(error)
            return
        if self._shows(model):
            self.influence.show_answer(explained)

    def _why_not(self, label: str) -> None:
        """What speaks for another label of the same answer; "" for what carried the answer itself."""
        shown = self._shown
        if self._model is not None and shown is not None:
            tasks.start(self, self._measure(self._model, shown, label), on_error=self._said.say_error)

    async def _measure(self, model: ModelView, answer: Answer, label: str) -> None:
        found = await tasks.call(self._client.models.explain, answer.call, *((label,) if label else ()))
        if self._shows(model) and self._shown is not None and self._shown.call == answer.call:
            self.influence.show_answer(found, label)

    def show_call(self, model: int, call: int) -> None:
        """An earlier answer of a model, as it is opened from elsewhere."""
        tasks.start(self, self._open_call(model, call), on_error=self._said.say_error)

    async def _open_call(self, model: int, call: int) -> None:
        found = await tasks.call(self._client.models.explain, call)
        shown = self._model if self._model is not None and self._model.id == model else None
        if shown is None:
            shown = await tasks.call(self._client.models.get, model)
            self.show_model(shown, self._accounts)
        self.text.setPlainText(foreign(found.text, _LONGEST, lines=True))
        self._show_answer(found)
        self.influence.show_answer(found)
        in_sight(self._input_card)

    def _shows(self, model: ModelView) -> bool:
        return self._model is not None and self._model.id == model.id

    def _show_answer(self, answer: Answer) -> None:
        self._hint.hide()
        self._result.show()
        self.ask.show_answer(answer)
        self._shown = answer
        self.answer.show_answer(answer)
        self.influence.wait()

    def _corrected(self, answer: Answer) -> None:
        self._shown = answer
        self.influence.show_answer(answer)
        self._read_calls()

    def _busy(self, busy: bool) -> None:
        self._running = busy
        if busy:
            self._focused = self._run.hasFocus()
        self._run.setEnabled(not busy and self._model is not None and self._model.state != "retired")
        self._run.setText("Running…" if busy else "Run")
        if self._focused and not busy:
            self._run.setFocus()  # a button that is switched off loses it
            self._focused = False

    def _failed(self, error: BaseException) -> None:
        self._busy(False)
        payer = payer_of(self._accounts, self._payer.index)
        if isinstance(error, InsufficientFunds) and self._model is not None and payer is not None:
            self.deposit.ask(self._model, payer, self._left, short=True)
        elif not isinstance(error, Cancelled):
            self._said.say_error(error)

    # -- earlier calls -----------------------------------------------------------------------------------------------

    def _read_calls(self) -> None:
        if self._model is not None:
            tasks.run(self, self._calls_of, self._model.id, on_done=self._show_calls)

    def _calls_of(self, model: int) -> tuple[int, tuple[Answer, ...]]:
        return model, self._client.models.history(model)

    def _show_calls(self, found: tuple[int, tuple[Answer, ...]]) -> None:
        model, calls = found
        if self._model is not None and self._model.id == model:
            self._calls.set_rows(calls)
            self._history_part.setVisible(bool(calls))

    def _again(self, answer: Answer) -> None:
        if self._model is None:
            return
        in_sight(self._input_card)
        if answer.kind == "text":
            self.text.setPlainText(foreign(answer.text, _LONGEST, lines=True))
        tasks.start(self, self._explain(self._model, answer), on_error=self._said.say_error)
