"""Review: one record at a time with the keyboard, or many in a grid; every decision undoable until it is signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStackedWidget, QWidget

from core.errors import Cancelled
from core.values import DatanetView
from ui import ask, tasks
from ui.contents import reader
from ui.datanet_words import step_name
from ui.pages.base import Page
from ui.pages.datanet_desk import Desk, Given, State, read_desk
from ui.pages.datanet_grid import GridCard
from ui.pages.datanet_paged import Asked
from ui.pages.datanet_people import TRUST_WORDS
from ui.pages.datanet_queue import QueueCard, Shown
from ui.pages.datanet_share import take_in
from ui.pages.datanet_tab import Tab
from ui.text import count, foreign, number
from ui.theme.tokens import CONTROL_HEIGHT, M, S
from ui.widgets import Button, Card, EmptyState, Notice, ProgressPanel, Segmented, Text, column, row


class ReviewTab(Tab):
    """Names: `review-sign`, `review-mode-one`, `review-mode-grid`, `review-scope`, `review-clean`, `review-undo`."""

    key, words = "review", "Review"

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__(page, view)
        self.primary = Button("Sign reviews", "primary", name="review-sign", icon="check-check", on=self._ask_sign)
        self._state: State | None = None
        self._at: int | None = None  # the record that is shown
        self._scope: int | None = None
        self._checking = False
        self._busy = False
        self._said = Notice(name="review-said", closable=True)
        self._progress = ProgressPanel(name="review-progress")
        self._queue = QueueCard(reader(self.client))
        self._queue.decided.connect(self._decide)
        self._queue.moved.connect(self._move)
        self._queue.undo_wanted.connect(self._undo_step)
        self._desk = Desk(self)
        self._desk.trust_wanted.connect(self._ask_trust)
        self._desk.scope_wanted.connect(self._set_scope)
        self._desk.setFixedWidth(248)
        self._grid = GridCard(self._client_rows)
        self._grid.decided.connect(self._decide_many)
        self._grid.opened.connect(self._open_record)
        self._modes = QStackedWidget()
        self._modes.addWidget(self._queue)
        self._modes.addWidget(self._grid)
        self._work = QWidget()
        sides = row(self._modes, self._desk, space=M)
        sides.setStretch(0, 1)
        column(self._bar(), sides, space=M, parent=self._work).setStretch(1, 1)
        self._nothing = EmptyState(
            "inbox", "Nothing waits for review", "", "Contribute", self._elsewhere, name="review-empty"
        )
        framed = Card(flush=True)
        framed.body.addWidget(self._nothing)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._work)
        self._stack.addWidget(framed)
        self._goes = "contribute"
        self._handed = QWidget()
        take = Button("Take in a file…", name="review-take", icon="inbox", on=self._ask_take)
        said = Text("Somebody handed you their records, or which ones they withdrew, as a file?", "small", "muted")
        row(None, said, take, space=M, parent=self._handed)
        column(self._said, self._progress, self._stack, self._handed, space=M, parent=self).setStretch(2, 1)
        self._handed.setVisible(view.curator)  # only now: without a parent it would be a window
        self._queue.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self._queue)

    def _bar(self) -> QWidget:
        self._mode = Segmented((("one", "One"), ("grid", "Grid")), name="review-mode")
        self._mode.changed.connect(self._turn)
        self._only = QComboBox()
        self._only.setObjectName("review-only")
        self._only.setAccessibleName("Which records")
        self._only.setMinimumHeight(CONTROL_HEIGHT)
        for words, value in (("To decide", "undecided"), ("With findings", "flagged"), ("All records", "all")):
            self._only.addItem(words, value)
        self._only.currentIndexChanged.connect(lambda _at: self._restart())
        self._count = Text("", "small", "muted")
        self._count.setObjectName("review-count")
        self._count.setMinimumWidth(40)
        self._clean = Button("", name="review-clean", icon="check-check", on=self._approve_clean)
        self._undo = Button("Undo", name="review-undo", icon="undo-2", tip="Take back the last decision (U)")
        self._undo.clicked.connect(self._undo_step)
        bar = QWidget()
        line = row(self._mode, self._only, self._count, self._clean, self._undo, space=S, parent=bar)
        line.setStretch(2, 1)
        self._count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return bar

    def _ask_take(self) -> None:
        taking = take_in(self, self.client, self._said, self.view.id)
        tasks.start(self, taking, title="Take in a file", on_error=self._not_taken)

    def _not_taken(self, error: BaseException) -> None:
        if not isinstance(error, Cancelled):
            self._said.say_error(error)

    # -- reading -----------------------------------------------------------------------------------------------------

    def load(self) -> None:
        only = self._only.currentData()
        self.reader.read(read_desk, self.client, self.view, self._scope, only, on_done=self._show)

    def _show(self, state: State) -> None:
        self._state = state
        if self._scope is not None and all(one.view.id != self._scope for one in state.given):
            self._scope = None
            if state.given:
                self.load()
                return
        self._stack.setCurrentIndex(0 if state.given else 1)
        if not state.given:
            self._show_nothing(ready=state.ready)
            return
        self._desk.show_given(state.given, self._scope)
        left = sum(one.left for one in state.given)
        self._clean.setText(f"Approve {number(state.clean)} clean" if state.clean else "No clean ones left")
        self._clean.setEnabled(state.clean > 0)
        decided = sum(sum(one.counts.values()) - one.left for one in state.given)
        self._count.setText(f"{number(left)} to decide")
        self._count.setToolTip(f"{number(decided)} decided, {number(left)} to decide")
        ready = self._ready(state)
        words = "Sign the review" if len(ready) == 1 else f"Sign {len(ready)} reviews" if ready else "Sign reviews"
        self.offer(words, enabled=bool(ready))
        assert self.primary is not None
        self.primary.setToolTip("" if ready else "Decide on every record of a contribution first")
        if self._modes.currentIndex() == 1:
            self._grid.refresh()
        self._check_new(state)
        self._stay()

    def _show_nothing(self, *, ready: bool) -> None:
        self.offer("Sign reviews", shown=False)
        self._goes = "releases" if ready else "contribute"
        if not self.view.curator:
            title, words = (
                "Only curators review",
                "You can contribute records; the owner of this Datanet decides on them.",
            )
            self._nothing.set_words("shield", title, words)
        elif ready:
            words = "Release a version of what was accepted: then models can learn from it."
            self._nothing.set_words("inbox", "Everything is reviewed", words)
        else:
            words = "Contributions appear here once they are signed."
            self._nothing.set_words("inbox", "Nothing waits for review", words)
        self._nothing.set_action("Go to Releases" if ready else "Contribute")

    def _elsewhere(self) -> None:
        self.wanted.emit(self._goes)

    @staticmethod
    def _ready(state: State) -> list[Given]:
        """Contributions whose review can be signed."""
        return [one for one in state.given if one.left == 0 or (state.lenient and one.checked)]

    # -- checking what came in ---------------------------------------------------------------------------------------

    def _check_new(self, state: State) -> None:
        """What others sent is checked here too; a curator does not have to believe the contributor's own checks."""
        new = [one.view.id for one in state.given if not one.checked]
        if new and not self._checking:
            self._checking = True
            task = tasks.start(
                self,
                self._checks(new),
                title="Check contributions",
                on_done=lambda _none: self._checked(),
                on_error=self._not_checked,
            )
            self._progress.follow(task)

    async def _checks(self, contributions: Sequence[int]) -> None:
        for one in contributions:
            await tasks.call(self.client.datanets.preflights.run_contribution, one, with_progress=True)

    def _checked(self) -> None:
        self._checking = False
        self._at_shown = None
        self.load()

    def _not_checked(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._said.say(
                "The checks were stopped", "You can review without them; clean records are not known.", "info"
            )
        else:
            self._checking = False
            self._said.say_error(error)

    # -- the queue ---------------------------------------------------------------------------------------------------

    _at_shown: tuple[int, int] | None = None

    def _restart(self) -> None:
        self._at = None
        self.load()

    def _set_scope(self, contribution: int | None) -> None:
        self._scope = contribution
        self._at = None
        self._grid.rewind()
        self.load()

    def _stay(self) -> None:
        """Shows the record that was shown, or the first that waits."""
        state = self._state
        assert state is not None
        if self._at is None or self._at not in state.queue:
            later = (one for one in state.queue if self._at is not None and one > self._at)
            self._at = next(later, state.queue[0] if state.queue else None)
        self._show_record()

    def _show_record(self) -> None:
        state = self._state
        if state is None or self._at is None:
            done = state is not None and not state.undecided
            self._queue.show_record(None, done=done)
            return
        tasks.run(self, self._read_record, self._at, on_done=self._got_record)

    def _read_record(self, record: int) -> Shown:
        datanets = self.client.datanets
        found = datanets.records.get(record)
        findings = datanets.preflights.findings(contribution=found.contribution, rows=[record])
        return Shown(found, foreign(self.client.wallet.name_of(found.account), 60), tuple(findings))

    def _got_record(self, shown: Shown) -> None:
        state = self._state
        if state is None or shown.record.id != self._at:
            return
        place = state.queue.index(shown.record.id) if shown.record.id in state.queue else 0
        self._queue.show_record(shown, labels=state.labels, place=place, total=len(state.queue))

    def _move(self, step: int) -> None:
        state = self._state
        if state is None or not state.queue:
            return
        place = state.queue.index(self._at) if self._at in state.queue else 0
        self._at = state.queue[min(len(state.queue) - 1, max(0, place + step))]
        self._show_record()

    def _open_record(self, record: Any) -> None:
        self._at = record.id
        self._mode.choose("one")
        self._turn("one")
        if self._state is not None and record.id not in self._state.queue:
            self._only.setCurrentIndex(self._only.findData("all"))
        self._show_record()

    def _turn(self, mode: str) -> None:
        self._modes.setCurrentIndex(0 if mode == "one" else 1)
        if mode == "grid":
            self._grid.refresh()
        else:
            self._queue.setFocus()

    def _client_rows(self, asked: Asked, offset: int, limit: int) -> tuple[Sequence[Any], int]:
        """For the grid: what the bar narrows it to."""
        datanets, chosen = self.client.datanets, asked.chosen
        only = self._only.currentData()
        wanted = datanets.wanted(
            self.view.id,
            search=asked.search,
            contribution=self._scope,
            label=chosen.get("label"),
            decision="" if only == "undecided" else None,
            flagged=True if only == "flagged" else None,
            open_only=True,
        )
        return datanets.records.page(wanted, offset, limit), datanets.records.count(wanted)

    # -- deciding ----------------------------------------------------------------------------------------------------

    def _decide(self, decision: str, label: str) -> None:
        """Only on what can be read: a key pressed before the next record is shown must not decide on it."""
        if self._at is not None and self._at == self._queue.record and not self._busy:
            self._decide_many([self._at], decision, label, on=True)

    def _decide_many(self, records: Sequence[int], decision: str, label: str = "", *, on: bool = False) -> None:
        if not records or self._busy:
            return
        self._busy = True
        self._said.clear()
        tasks.run(
            self,
            self.client.datanets.decide,
            list(records),
            decision,
            label=label,
            on_done=lambda _n: self._decided(records, decision, on=on),
            on_error=self._not_decided,
        )

    def _decided(self, records: Sequence[int], decision: str, *, on: bool) -> None:
        self._busy = False
        state = self._state
        if state is not None and on:
            undecided = state.undecided - set(records) if decision else state.undecided | set(records)
            later = [one for one in state.queue if one > records[-1] and one in undecided]
            earlier = [one for one in state.queue if one in undecided]
            self._at = next(
                iter(later), next(iter(earlier), None if self._only.currentData() == "undecided" else self._at)
            )
            self._show_record()
        self.stale()

    def _not_decided(self, error: BaseException) -> None:
        self._busy = False
        self._said.say_error(error)

    def _approve_clean(self) -> None:
        tasks.start(self, self._approving(), title="Approve records without findings", on_error=self._not_decided)

    async def _approving(self) -> None:
        ids = await tasks.call(self.client.datanets.clean_records, self.view.id, self._scope)
        if ids:
            self._clean.setEnabled(False)
            self._clean.setText(f"Approving {number(len(ids))}…")
            try:
                changed = await tasks.call(self.client.datanets.decide, ids, "approve", with_progress=True)
                done = f"{count(changed, 'record')} approved"
                self._said.say(done, "Undo takes all of them back at once.", "success")
                self._at = None
            finally:  # stopped: nothing was approved, and the button says so again
                self.stale()

    def _undo_step(self) -> None:
        if not self._busy:
            self._busy = True
            work = self.client.datanets.undo_decision
            tasks.run(self, work, self.view.id, on_done=self._undone, on_error=self._not_decided)

    def _undone(self, undone: Any) -> None:
        self._busy = False
        if undone is None:
            self._said.say("Nothing to take back", "What is signed cannot be undone.", "info")
            return
        self._said.say(
            "Taken back", f"{step_name(undone.kind).capitalize()} of {count(len(undone.records), 'record')}.", "info"
        )
        self._at = undone.records[0]
        self.stale()

    # -- trust and signing -------------------------------------------------------------------------------------------

    def _ask_trust(self, contribution: int, trusted: bool) -> None:
        tasks.start(self, self._trusting(contribution, trusted), on_error=self._said.say_error)

    async def _trusting(self, contribution: int, trusted: bool) -> None:
        if trusted and not await ask.question(
            self, "Trust this contributor's labels?", TRUST_WORDS, yes="Trust", name="trust"
        ):
            return
        await tasks.call(self.client.datanets.trust_contributor, contribution, trusted=trusted)
        self.stale()

    def _ask_sign(self) -> None:
        if self._state is not None:
            ready = [one.view.id for one in self._ready(self._state)]
            task = tasks.start(
                self, self._signing(ready), title="Sign reviews", on_done=self._signed, on_error=self._said.say_error
            )
            self._progress.follow(task)

    async def _signing(self, contributions: Sequence[int]) -> tuple[int, int]:
        """One after the other; the first No ends it. How many were signed, of how many."""
        account = await tasks.call(self.client.datanets.curator, self.view.id)
        for done, one in enumerate(contributions):
            if await self.page.sign(self.client.datanets.prepare_review, one, account) is None:
                return done, len(contributions)
        return len(contributions), len(contributions)

    def _signed(self, found: tuple[int, int]) -> None:
        done, total = found
        if done:
            self._said.say(
                f"{count(done, 'review')} on the ledger",
                "What was accepted can go into the next version."
                if done == total
                else f"{total - done} left for later; your decisions are kept.",
                "success",
            )
