"""Contribute: a file, its columns and terms, the checks, and the signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from core.errors import Cancelled
from core.values import ContributionView, DatanetView, Signed
from ui import ask, tasks
from ui.contents import PICTURES
from ui.datanet_words import file_error
from ui.pages.base import Page
from ui.pages.datanet_draft import ChecksStep
from ui.pages.datanet_mapping import ColumnsStep
from ui.pages.datanet_share import hand_over, hand_withdrawal
from ui.pages.datanet_sign import SignStep
from ui.pages.datanet_tab import Tab
from ui.pages.datanet_waiting import DraftLine, SentLine, WithdrawnLine, cleared, to_name
from ui.text import count, foreign
from ui.theme.tokens import XL, L, M, S
from ui.widgets import (
    Button,
    Card,
    DropZone,
    Icon,
    Notice,
    ProgressPanel,
    StepBar,
    Text,
    column,
    row,
    scrolled,
)

ENDINGS = ("csv", "tsv", "jsonl", "ndjson", "json", "txt")
STEPS = ("File", "Columns and terms", "Checks", "Sign")


@dataclass(frozen=True)
class Start:
    """What is known before a file is chosen."""

    drafts: tuple[Any, ...]
    names: dict[Any, str]
    may: bool
    given: tuple[ContributionView, ...]  # mine, of which the curator has the root and not the records
    gone: tuple[ContributionView, ...]  # mine, of which he knows how many records are withdrawn and not which


# what a file of each kind looks like
_FORMS = {
    "text": (
        "A table with a column of texts and a column of labels; you choose which in the next step. Labels may be "
        "missing: then the curator gives them. In a .txt file each line is a text."
    ),
    "table": "A table with a column for each of the Datanet's, and one of labels; you choose which in the next step.",
    "image": "The name of the folder that a picture lies in is its label.",
}


class ContributeTab(Tab):
    """Names: `contribute-drop`, `contribute-next`, `contribute-back`."""

    key, words = "contribute", "Contribute"

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__(page, view)
        self._draft: int | None = None
        self._busy = False
        self._path: Path | None = None
        self._steps = StepBar(STEPS)
        self._back = Button("Back", name="contribute-back", icon="arrow-left", on=self._go_back)
        self._next = Button("Go on", "primary", name="contribute-next", on=self._go_on)
        self._progress = ProgressPanel(name="contribute-progress")
        self._stack = QStackedWidget()
        self._columns = ColumnsStep(self)
        self._checks = ChecksStep(self)
        self._sign = SignStep(self)
        self._columns.changed.connect(self._may)
        self._checks.changed.connect(self._may)
        self._sign.changed.connect(self._may)
        self._checks.more_wanted.connect(self._more)
        for step in (self._file_step(), self._columns, self._checks, self._sign, self._done_step()):
            self._stack.addWidget(step)
        self._top = QWidget()
        top = row(self._steps, self._back, self._next, space=S, parent=self._top)
        top.setStretch(0, 1)
        column(self._top, self._progress, self._stack, space=M, parent=self).setStretch(2, 1)
        self._turn(0)

    # -- step 1: a file ----------------------------------------------------------------------------------------------

    def _file_step(self) -> QWidget:
        inner = QWidget()
        self._said = Notice(name="contribute-said")
        self._drop = DropZone("Drop a file with texts and labels here", ENDINGS, many=False, name="contribute-drop")
        if self.view.kind == "image":
            words = "Drop a folder or a zip here: one folder of pictures for each label"
            self._drop.show_wanted(words, (*PICTURES, "zip"), folders=True)
        elif self.view.kind == "table":
            self._drop.show_wanted("Drop a file with rows and labels here", ENDINGS[:-1])
        self._drop.chosen.connect(lambda paths: self.take_file(paths[0]))
        self._drafts = Card(title="Drafts", hint="Not signed yet. They are kept encrypted on this device.", space=M)
        self._draft_lines = QWidget()
        self._drafts.add(self._draft_lines)
        self._drafts.hide()
        promise = row(
            Icon("lock", "muted", 16),
            Text("The file stays on this device. It is read, checked and kept encrypted here.", "small", "muted"),
            None,
            space=S,
        )
        form = Text(_FORMS[self.view.kind], "small", "muted", wrap=True)
        words = (
            "Of these the ledger has only roots and counts. The curator learns what is in them from a file of yours."
        )
        self._sent = Card(title="Waiting for the curator", hint=words, space=M)
        self._sent_lines = QWidget()
        self._sent.add(self._sent_lines)
        self._sent.hide()
        column(self._drop, self._said, form, promise, self._drafts, self._sent, None, space=M, parent=inner)
        return scrolled(inner)

    def load(self) -> None:
        self.reader.read(self._read, self.view, on_done=self._show)

    def _read(self, view: DatanetView) -> Start:
        accounts = self.client.wallet.rows()
        datanets = self.client.datanets
        drafts = tuple(datanets.drafts.of(view.id))
        may = view.number is not None and any(
            datanets.people.may_contribute(view.id, account.address) for account in accounts
        )
        given = () if view.curator else datanets.contributions(view.id)  # one's own reach one by themselves
        sent = tuple(one for one in given if one.mine and one.state == "committed")
        names = {account.address: foreign(account.name, 60) for account in accounts}
        return Start(drafts, names, may, sent, to_name(view, given))

    def _show(self, start: Start) -> None:
        blocked = not start.may
        self._drop.setEnabled(not blocked)
        if blocked:
            said = (
                ("Its transaction waits for a block", "Contributions are possible once it is confirmed.")
                if self.view.number is None
                else ("Only invited people may contribute", "Give the owner the address on your Wallet page.")
            )
            self._said.say(*said)
        layout = cleared(self._draft_lines)
        for draft in start.drafts:
            layout.addWidget(DraftLine(draft, start.names.get(draft.account, draft.account.short()), self))
        self._drafts.setVisible(bool(start.drafts))
        sent = cleared(self._sent_lines)
        for one in start.given:
            sent.addWidget(SentLine(one, self))
        for one in start.gone:
            sent.addWidget(WithdrawnLine(one, lambda given: self.ask_hand(given, self._said, hand_withdrawal)))
        self._sent.setVisible(bool(start.given or start.gone))
        if self._draft is not None and all(draft.id != self._draft for draft in start.drafts):
            self._draft = None
            if self._stack.currentIndex() in {2, 3}:
                self._turn(0)

    def take_file(self, path: Path) -> None:
        """As after dropping it: read once, columns guessed, nothing taken yet."""
        self._said.clear()
        self._path = path
        task = tasks.run(
            self,
            self.client.datanets.inspect_file,
            self.view.id,
            path,
            title=f"Read {foreign(path.name, 40)}",
            on_done=self._inspected,
            on_error=self._refused,
        )
        self._progress.follow(task)

    def _refused(self, error: BaseException) -> None:
        self._busy = False
        self._turn(0)
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "Nothing was imported.")
            return
        title, words = file_error(error)
        self._said.say(title, words, "warning")

    def _inspected(self, found: Any) -> None:
        assert self._path is not None
        self.reader.read(self._read_terms, on_done=lambda terms: self._show_columns(found, *terms))

    def _read_terms(self) -> tuple[Any, ...]:
        datanets = self.client.datanets
        accounts = self.client.wallet.rows()
        allowed = [one for one in accounts if datanets.people.may_contribute(self.view.id, one.address)]
        return datanets.licences(), allowed

    def _show_columns(self, found: Any, licences: Sequence[Any], accounts: Sequence[Any]) -> None:
        assert self._path is not None
        self._columns.show_file(self._path, found, self.view, licences, accounts, into=self._draft)
        self._turn(1)

    # -- drafts ------------------------------------------------------------------------------------------------------

    def open_draft(self, draft: int) -> None:
        self._draft = draft
        self._turn(2)
        self._checks.show_draft(draft)

    def ask_discard(self, draft: int) -> None:
        tasks.start(self, self._discarding(draft), on_error=self._said.say_error)

    async def _discarding(self, draft: int) -> None:
        sure = await ask.question(
            self,
            "Throw the draft away?",
            "Its rows and your fixes go for good. Your file is not touched.",
            yes="Throw away",
            danger=True,
            name="discard",
        )
        if sure:
            await tasks.call(self.client.datanets.drafts.discard, draft)
            self._draft = None
            self.load()

    def _more(self) -> None:
        """Another file into the same draft."""
        self._turn(0)

    # -- going on ----------------------------------------------------------------------------------------------------

    def _turn(self, step: int) -> None:
        self._stack.setCurrentIndex(step)
        self._steps.show_step(min(step, len(STEPS) - 1) if step < len(STEPS) else len(STEPS))
        self._top.setVisible(step < len(STEPS))
        self._back.setVisible(0 < step < len(STEPS) or (step == 0 and self._draft is not None))
        self._next.setVisible(0 < step < len(STEPS))
        if step == 0:
            self.load()
        self._may()

    def _may(self) -> None:
        step = self._stack.currentIndex()
        if step == 1:
            self._next.setText(f"Take in {count(self._columns.usable, 'record')}")
            self._next.setEnabled(self._columns.ready)
        elif step == 2:
            self._next.setText("Check again" if self._checks.stale else "Go on")
            self._next.setEnabled(self._checks.ready)
        elif step == 3:
            self._next.setText("Sign…")
            self._next.setEnabled(self._sign.ready)

    def _go_back(self) -> None:
        step = self._stack.currentIndex()
        if self._busy:
            return
        if step == 0 and self._draft is not None:
            self.open_draft(self._draft)
        elif step == 1:
            self._turn(0)
        elif step == 2:
            self._draft = None
            self._turn(0)
        elif step == 3:
            self._turn(2)

    def _go_on(self) -> None:
        step = self._stack.currentIndex()
        if self._busy:
            return
        if step == 1:
            self._take_in()
        elif step == 2 and self._checks.stale:
            self._checks.check()
        elif step == 2 and self._draft is not None:
            self._turn(3)
            self._sign.show_draft(self._draft, self.view)
        elif step == 3:
            self._ask_sign()

    def _take_in(self) -> None:
        assert self._path is not None
        wanted = self._columns.wanted
        self._busy = True
        task = tasks.start(
            self,
            self._taking(self._path, wanted),
            title="Take in records",
            on_done=self._taken_in,
            on_error=self._refused,
        )
        self._progress.follow(task)

    def _taken_in(self, draft: int) -> None:
        self._busy = False
        self.open_draft(draft)

    async def _taking(self, path: Path, wanted: Any) -> int:
        datanets = self.client.datanets
        terms = await tasks.call(datanets.terms, wanted.licence, wanted.uses, wanted.source)
        given = {"options": wanted.options, "terms": terms, "skip_bad_rows": wanted.skip}
        if self._draft is not None:
            await tasks.call(datanets.add_file, self._draft, path, with_progress=True, **given)
            return self._draft
        args = (self.view.id, path, wanted.account)
        return int(await tasks.call(datanets.import_file, *args, with_progress=True, **given))

    # -- signing -----------------------------------------------------------------------------------------------------

    def _ask_sign(self) -> None:
        assert self._draft is not None
        self._sign.said.clear()
        self._busy = True
        task = tasks.start(
            self,
            self.sign(self.client.datanets.prepare_contribute, self._draft),
            title="Contribute records",
            on_done=self._signed,
            on_error=self._not_signed,
        )
        self._progress.follow(task)

    def _not_signed(self, error: BaseException) -> None:
        self._busy = False
        if not isinstance(error, Cancelled):
            self._sign.said.say_error(error)

    def _signed(self, signed: Signed | None) -> None:
        self._busy = False
        if signed is None:
            return
        self._draft = None
        self._given = signed.result if isinstance(signed.result, int) else None
        mine = self.view.curator
        self._hand.setVisible(self._given is not None and not mine)  # my own reach me by themselves
        self._review.setVisible(mine)
        who = "You curate this Datanet: now decide on each record." if mine else "A curator now decides on each record."
        self._after.setText(
            f"{who} What is accepted goes into the next version; when models built on it are used, your records earn."
        )
        self._receipt.say(
            "Your contribution is on the ledger",
            f"Block {signed.block:,}, transaction {signed.tx_hash}. Only salted hashes left this device.",
            "success",
        )
        self._turn(4)

    @property
    def said(self) -> Notice:
        return self._said

    def _ask_hand(self) -> None:
        if self._given is not None:
            self.ask_hand(self._given, self._receipt)

    def ask_hand(self, contribution: int, said: Notice, how: Callable[..., Any] = hand_over) -> None:
        def not_done(error: BaseException) -> None:
            if not isinstance(error, Cancelled):
                said.say_error(error)

        handing = how(self, self.client, said, contribution)
        tasks.start(self, handing, title="Hand over a contribution", on_error=not_done)

    def _done_step(self) -> QWidget:
        inner = QWidget()
        self._receipt = Notice("success", name="contribute-receipt")
        self._after = Text("", tone="muted", wrap=True)
        again = Button("Contribute more", name="contribute-again", icon="plus", on=lambda: self._turn(0))
        self._given: int | None = None
        self._hand = Button("Hand over to the curator…", name="contribute-hand", icon="send", on=self._ask_hand)
        self._review = Button("Review them", "primary", name="contribute-review", on=lambda: self.wanted.emit("review"))
        look = Button("Look at my records", name="contribute-look", on=lambda: self.wanted.emit("records"))
        column(
            self._receipt,
            self._after,
            row(self._review, look, self._hand, again, None, space=S),
            None,
            space=L,
            margins=(0, S, 0, XL),
            parent=inner,
        )
        return inner
