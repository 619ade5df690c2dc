"""Releases: what the next version would change, every version with its root, and taking one's own records back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QWidget

from core.errors import Cancelled
from core.values import ContributionView, DatanetView, ReleaseView, Verified
from ui import ask, tasks
from ui.datanet_words import change_words
from ui.pages.base import Page
from ui.pages.datanet_record import HashLine, ProofList
from ui.pages.datanet_share import hand_withdrawal, save_release
from ui.pages.datanet_tab import Tab
from ui.pages.datanet_waiting import WithdrawnLine, cleared, to_name
from ui.pages.datanet_withdraw import WithdrawSheet
from ui.text import count, foreign, moment, number
from ui.theme.tokens import XS, L, M, S
from ui.widgets import (
    Button,
    Card,
    EmptyState,
    Icon,
    Notice,
    NumberField,
    ProgressPanel,
    Text,
    TrustBadge,
    column,
    row,
    scrolled,
)


@dataclass(frozen=True)
class State:
    """`changes` by version; `pending` what the next would change, None while there is nothing to release."""

    view: DatanetView
    changes: dict[int, Any]
    pending: Any
    mine: int  # my records on the ledger that are not taken back
    to_name: tuple[ContributionView, ...] = ()  # mine of which some are


class VersionCard(Card):
    """One version. The newest can be asked for the proof of a record. Names: `version-<n>`, `version-<n>-verify`."""

    def __init__(self, release: ReleaseView, changes: Any, tab: ReleasesTab, *, newest: bool) -> None:
        super().__init__(space=M, name=f"version-{release.version}")
        self._tab = tab
        head = row(Text(f"Version {release.version}", "heading"), TrustBadge(release.trust), None, space=S)
        head.addWidget(Text(moment(release.time), "small", "muted"))
        if release.block is not None:
            save = Button("Save for others…", name=f"version-{release.version}-save", icon="download")
            save.clicked.connect(lambda _on=False: tab.ask_save(release.version))
            head.addWidget(save)
        said = f"{count(release.records, 'record')} from {count(release.contributors, 'contributor')}"
        changed = Text(change_words(changes), "small", "muted") if changes is not None else Text("")
        block = "" if release.block is None else f"block {number(release.block)}"
        hashes = row(
            HashLine("Root of its records", release.root, block), HashLine("Manifest", release.manifest_hash), space=L
        )
        hashes.setStretch(0, 1)
        hashes.setStretch(1, 1)
        self.add(column(head, column(Text(said), changed, space=2), space=XS + 2), hashes)
        if newest:
            self.add(self._proof(release))

    def _proof(self, release: ReleaseView) -> QWidget:
        self._number = NumberField(1, max(1, release.records), 1, name=f"version-{release.version}-record")
        self._number.setAccessibleName("Which record of this version")
        self._number.setMinimumWidth(120)
        self._verify = Button(
            "Check its proof", name=f"version-{release.version}-verify", icon="shield-check", on=self._check
        )
        self._steps = ProofList()
        self._steps.show_checks(None)
        self._said = Notice(name=f"version-{release.version}-said")
        whole = QWidget()
        asked = row(Text("Record", tone="muted"), self._number, self._verify, None, space=S)
        column(asked, self._said, self._steps, space=S, parent=whole)
        return whole

    def _check(self) -> None:
        self._verify.setEnabled(False)
        tasks.run(
            self,
            self._tab.client.datanets.verify_record,
            self._tab.view.id,
            self._number.value() - 1,
            on_done=self._checked,
            on_error=self._failed,
        )

    def _checked(self, found: Verified) -> None:
        self._verify.setEnabled(True)
        self._said.clear()
        self._steps.show_checks(found)

    def _failed(self, error: BaseException) -> None:
        self._verify.setEnabled(True)
        self._steps.show_checks(None)
        self._said.say_error(error)


class ReleasesTab(Tab):
    """Names: `releases-release`, `releases-withdraw`."""

    key, words = "releases", "Releases"

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__(page, view)
        self.primary = Button("Release", "primary", name="releases-release", icon="package-check", on=self._ask_release)
        self._said = Notice(name="releases-said")
        self._done = Notice(
            "success",
            action="Build a model",
            on=lambda: self.page.go("models", ("build", self.view.id)),
            name="releases-done",
        )
        self._progress = ProgressPanel(name="releases-progress")
        self._pending = Card(title="Next version", name="releases-next")
        self._pending_words = Text("", wrap=True)
        self._pending.add(self._pending_words)
        self._mine = Card(name="releases-mine")
        self._mine_words = Text("", tone="muted", wrap=True)
        withdraw = Button("Withdraw records…", name="releases-withdraw", icon="undo-2", on=self._ask_withdraw)
        line = row(Icon("user", "muted", 18), self._mine_words, withdraw, space=M)
        line.setStretch(1, 1)
        self._take_back = QWidget()
        self._take_back.setLayout(line)
        self._to_name = QWidget()
        self._mine.add(self._take_back, self._to_name)
        self._empty = EmptyState(
            "package", "No version yet", "", "Contribute", lambda: self.wanted.emit(self._goes), name="releases-empty"
        )
        self._goes = "contribute"
        self._busy = False
        self._empty_card = Card(flush=True)
        self._empty_card.body.addWidget(self._empty)
        self._empty_card.setMinimumHeight(280)
        self._versions = QWidget()
        self._cards = column(space=M, parent=self._versions)
        inner = QWidget()
        column(
            self._said,
            self._done,
            self._progress,
            self._pending,
            self._mine,
            self._versions,
            self._empty_card,
            None,
            space=M,
            parent=inner,
        )
        column(scrolled(inner), space=0, parent=self)
        for part in (self._pending, self._mine, self._empty_card):
            part.hide()

    def load(self) -> None:
        self.reader.read(self._read, self.view, on_done=self._show)

    def _read(self, view: DatanetView) -> State:
        datanets = self.client.datanets
        releases = [one for one in datanets.releases.of(view.id) if one.state == "committed"]
        changes: dict[int, Any] = {}
        before: int | None = None
        for one in releases:
            changes[one.version] = datanets.releases.difference(before, one.id)
            before = one.id
        pending = datanets.next_release(view.id) if view.curator else None
        mine = sum(
            datanets.records.count(datanets.wanted(view.id, account=address.raw, withdrawn=False))
            for address in self.client.wallet.addresses()
        )
        return State(view, changes, pending, mine, to_name(view, datanets.contributions(view.id)))

    def _show(self, state: State) -> None:
        view = state.view
        following = view.releases[-1].version + 1 if view.releases else 1
        self._pending.setVisible(state.pending is not None)
        if state.pending is not None:
            self._pending_words.setText(
                f"Version {following} is ready: {change_words(state.pending)}. "
                "Only its root, a fingerprint of them all, goes on the ledger; the records stay where they are."
            )
        self.offer(f"Release version {following}", shown=state.pending is not None)
        on_ledger = bool(state.mine) and view.number is not None
        self._mine.setVisible(on_ledger or bool(state.to_name))
        self._take_back.setVisible(on_ledger)
        self._show_to_name(state.to_name)
        self._mine_words.setText(
            f"{count(state.mine, 'record')} here {'is' if state.mine == 1 else 'are'} yours. You can take them back: "
            "the next version and retrained models go on without them."
        )
        self._show_versions(view, state)
        nothing = not view.releases and state.pending is None
        self._empty_card.setVisible(nothing)
        if nothing:
            self._show_empty(view)

    def _show_to_name(self, given: Sequence[ContributionView]) -> None:
        lines = cleared(self._to_name)
        self._to_name.setVisible(bool(given))
        if given:
            words = (
                "The ledger says how many you withdrew, not which ones. The curator, and whoever else holds them, "
                "learns it from a file: until then they stay in other people's versions and models."
            )
            lines.addWidget(Text(words, "small", "muted", wrap=True))
        for one in given:
            lines.addWidget(WithdrawnLine(one, self._ask_hand))

    def _ask_hand(self, contribution: int) -> None:
        handing = hand_withdrawal(self, self.client, self._said, contribution)
        tasks.start(self, handing, title="Hand over a withdrawal", on_error=self._failed)

    def _show_versions(self, view: DatanetView, state: State) -> None:
        while self._cards.count():
            old = self._cards.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        newest = view.releases[-1].version if view.releases else 0
        for one in reversed(view.releases):
            card = VersionCard(one, state.changes.get(one.version), self, newest=one.version == newest)
            self._cards.addWidget(card)

    def _show_empty(self, view: DatanetView) -> None:
        if view.waiting and view.curator:
            self._goes = "review"
            words = "A version freezes the accepted records under one root. First decide on what waits."
        else:
            self._goes = "contribute"
            words = "A version freezes the accepted records under one root. It starts with a contribution."
        self._empty.set_words("package", "No version yet", words)
        self._empty.set_action("Review" if self._goes == "review" else "Contribute")

    # -- releasing ---------------------------------------------------------------------------------------------------

    def _ask_release(self) -> None:
        if self._busy:
            return
        self._busy = True
        self._said.clear()
        self._done.clear()
        task = tasks.start(
            self, self._releasing(), title="Release a version", on_done=self._released, on_error=self._failed
        )
        self._progress.follow(task)

    async def _releasing(self) -> Any:
        account = await tasks.call(self.client.datanets.curator, self.view.id)
        return await self.sign(self.client.datanets.prepare_release, self.view.id, account)

    def _released(self, signed: Any) -> None:
        self._busy = False
        if signed is not None:
            words = f"Block {signed.block:,}. Models can be built on it now."
            self._done.say(f"Version {signed.result} is on the ledger", words, "success")

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        if not isinstance(error, Cancelled):
            self._said.say_error(error)

    def ask_save(self, version: int) -> None:
        saving = save_release(self, self.client, self._said, self.view.id, version, self.view.unnamed)
        tasks.start(self, saving, title="Save a release", on_error=self._failed)

    # -- taking back -------------------------------------------------------------------------------------------------

    def _ask_withdraw(self) -> None:
        self._said.clear()
        self._done.clear()
        tasks.start(self, self._withdrawing(), on_done=self._withdrawn, on_error=self._said.say_error)

    async def _withdrawing(self) -> tuple[int, int] | None:
        sheet = WithdrawSheet(self, self.client, self.view)
        if not await ask.opened(sheet):
            return None
        chosen: dict[int, Sequence[int]] = sheet.wanted
        done = 0
        for contribution, places in chosen.items():
            if await self.page.sign(self.client.datanets.prepare_withdraw, contribution, places) is None:
                break
            done += len(places)
        return done, sum(len(places) for places in chosen.values())

    def _withdrawn(self, found: tuple[int, int] | None) -> None:
        if found is not None and found[0]:
            self._said.say(
                f"{count(found[0], 'record')} withdrawn",
                f"The next version of “{foreign(self.view.name, 60)}” goes on without them. "
                "Models here that learned from them can be retrained exactly without them, on the Models page. Where a "
                "part of a contribution stays, others learn which records went from a file: hand it over below.",
                "success",
            )
