"""Sharing with files: what a file gives away is said before it is written, and what came of it after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.errors import BadFile
from core.jobs import Progress
from core.values import Taken, UnnamedView
from tests.doubles.market_client import MarketClient
from tests.doubles.still_client import BELA
from tests.ui.at_page import AtPage
from tests.ui.test_datanets_parts import VIEW
from ui import tasks
from ui.datanet_words import unnamed_words
from ui.pages.base import Context, Page
from ui.pages.datanet_share import hand_over, hand_withdrawal, save_release, take_in
from ui.pages.datanet_view import DatanetPanel
from ui.pages.datanets import DatanetsPage
from ui.widgets import Notice, column

UNNAMED = (UnnamedView(7, 4, 9, BELA, "Bela", 2, mine=False),)


@dataclass
class StillFollowing:
    asked: list[tuple[object, ...]] = field(default_factory=list)
    fails: BaseException | None = None
    takes: tuple[str, int, int] = ("contribution", 3, 3)

    def _done(self, progress: Progress, *asked: object) -> int:
        progress.step("writing")
        self.asked.append(asked)
        if self.fails is not None:
            raise self.fails
        return 3

    def export_release(self, datanet: int, path: Path, *, version: int, progress: Progress) -> int:
        return self._done(progress, "export", datanet, path.name, version)

    def hand_over(self, contribution: int, path: Path, progress: Progress) -> int:
        return self._done(progress, "hand", contribution, path.name)

    def take(self, datanet: int, path: Path, progress: Progress) -> Taken:
        records = self._done(progress, "take", datanet, path.name)
        what, here, new = self.takes
        return Taken(what, 4, records, here, new)

    def hand_over_withdrawal(self, contribution: int, path: Path, progress: Progress) -> int:
        return self._done(progress, "name", contribution, path.name)

    def import_release(self, path: Path, progress: Progress) -> Any:
        return SimpleNamespace(count=self._done(progress, "import", path.name), version=2, datanet_id=7)


class SharePage(Page):
    """The coroutines with a notice, as the tabs have them."""

    name, title, icon, order, shortcut = "share", "Share", "users", 10, "Ctrl+1"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.notice = Notice(name="said")
        holder = QWidget()
        column(self.notice, parent=holder)
        self.fill(holder)

    def do(self, coroutine: Any) -> None:
        tasks.start(self, coroutine, on_error=self.notice.say_error)


class Sharing(MarketClient):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.following = StillFollowing()
        self.datanets = SimpleNamespace(all=lambda: ())  # type: ignore[assignment]


@pytest.fixture
def client(tmp_path: Path) -> Sharing:
    return Sharing(tmp_path)


@pytest.fixture
def at(qtbot: QtBot, client: Sharing, tmp_path: Path) -> Iterator[AtPage]:
    page = AtPage(qtbot, SharePage, client, tmp_path)
    yield page
    page.leave()


def choose(at: AtPage, path: Path) -> None:
    dialog = at.find("files", QFileDialog)
    dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
    dialog.accept()
    at.still()


def test_a_release_is_saved_after_saying_that_it_cannot_be_taken_back(
    at: AtPage, client: Sharing, tmp_path: Path
) -> None:
    at.page.do(save_release(at.page, client, at.page.notice, 7, 2))
    at.still()
    assert "None of it can be taken back" in at.words()
    at.click("share-yes")
    choose(at, tmp_path / "topics.olrelease")
    assert client.following.asked == [("export", 7, "topics.olrelease", 2)]
    assert "It holds 3 records" in at.words()


def test_records_go_to_the_curator_only_after_a_yes(at: AtPage, client: Sharing, tmp_path: Path) -> None:
    at.page.do(hand_over(at.page, client, at.page.notice, 4))
    at.still()
    assert "give it to the curator alone" in at.words()
    at.click("hand-no")
    assert client.following.asked == []
    at.page.do(hand_over(at.page, client, at.page.notice, 4))
    at.still()
    at.click("hand-yes")
    choose(at, tmp_path / "mine.olgiven")
    assert client.following.asked == [("hand", 4, "mine.olgiven")]


def test_a_contribution_is_taken_in_or_refused_in_words(at: AtPage, client: Sharing, tmp_path: Path) -> None:
    file = tmp_path / "theirs.olgiven"
    file.touch()
    at.page.do(take_in(at.page, client, at.page.notice, 7))
    at.still()
    choose(at, file)
    assert client.following.asked == [("take", 7, "theirs.olgiven")]
    assert "Now decide on them" in at.words()
    client.following.fails = BadFile(path=str(file), reason="not a contribution")
    at.page.do(take_in(at.page, client, at.page.notice, 7))
    at.still()
    choose(at, file)
    assert "is not a contribution that was handed over" in at.words()


def test_which_records_are_withdrawn_goes_to_all_who_hold_them(at: AtPage, client: Sharing, tmp_path: Path) -> None:
    at.page.do(hand_withdrawal(at.page, client, at.page.notice, 4))
    at.still()
    choose(at, tmp_path / "gone.olwithdrawn")
    (tmp_path / "gone.olwithdrawn").touch()
    assert client.following.asked == [("name", 4, "gone.olwithdrawn")]
    assert "It names 3 records and holds no text" in at.words()
    for takes, words in (
        (("withdrawal", 3, 2), "2 records taken out"),
        (("withdrawal", 3, 0), "Nothing changed"),
        (("withdrawal", 0, 0), "None of them is on this device"),
    ):
        client.following.takes = takes
        at.page.do(take_in(at.page, client, at.page.notice, 7))
        at.still()
        choose(at, tmp_path / "gone.olwithdrawn")
        assert words in at.words()


def test_whoever_saves_a_release_hears_of_records_that_nobody_named(at: AtPage, client: Sharing) -> None:
    at.page.do(save_release(at.page, client, at.page.notice, 7, 2, UNNAMED))
    at.still()
    assert "2 records were withdrawn by Bela" in at.words()
    at.click("share-no")
    assert client.following.asked == []


def test_a_withdrawal_that_nobody_named_stands_above_every_tab_until_its_file_is_taken(
    at: AtPage, client: Sharing, tmp_path: Path
) -> None:
    (tmp_path / "gone.olwithdrawn").touch()
    panel = DatanetPanel(at.page, replace(VIEW, unnamed=UNNAMED))
    at.page.layout().addWidget(panel)
    at.still()
    assert at.find("datanet-unnamed-title", QLabel).text() == "2 records were withdrawn by Bela"
    assert "Ask for the file that names them" in at.find("datanet-unnamed-words", QLabel).text()
    client.following.takes = ("withdrawal", 2, 2)
    at.click("datanet-unnamed-action")
    choose(at, tmp_path / "gone.olwithdrawn")
    assert client.following.asked == [("take", 7, "gone.olwithdrawn")]
    assert at.find("datanet-said-title", QLabel).text() == "2 records taken out"
    panel._show(VIEW)
    assert not at.sees("datanet-unnamed")


def test_a_withdrawal_is_said_with_who_made_it() -> None:
    own, other = replace(UNNAMED[0], records=1, mine=True), replace(UNNAMED[0], contributor_name="<b>Cy</b>")
    assert unnamed_words(()) == ("", "")
    title, words = unnamed_words((own,))
    assert title == "1 record was withdrawn by you"
    assert "from the device that did it" in words
    assert unnamed_words((*UNNAMED, other))[0] == "4 records were withdrawn by Bela and 1 other"


def test_a_release_that_does_not_hold_is_refused_on_the_page(qtbot: QtBot, client: Sharing, tmp_path: Path) -> None:
    at = AtPage(qtbot, DatanetsPage, client, tmp_path)
    file = tmp_path / "odd.olrelease"
    file.touch()
    client.following.fails = BadFile(path=str(file), reason="not a release")
    at.click("datanets-import")
    choose(at, file)
    assert client.following.asked == [("import", "odd.olrelease")]
    assert "is not a release" in at.words()
    assert at.said == []
    at.leave()
