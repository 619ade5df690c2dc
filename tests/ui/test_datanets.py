"""Datanets through the real client: a real node, real signatures, real proofs behind the real page."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.client import Client
from core.paths import ProfilePaths
from core.settings import SettingsFile
from tests.doubles.cheap import BOUNDS, COST, PASSWORD
from ui import tasks
from ui.bridge import Bridge
from ui.pages.base import Context
from ui.pages.datanet_queue import QueueCard
from ui.pages.datanets import DatanetsPage
from ui.tables import TableView

LABELS = ("animal", "food", "tool")
ROWS = (
    ("a small striped animal that lives in burrows and eats roots", "animal"),
    ("a flat bread baked in a clay oven and eaten with stew", "food"),
    ("a short blade with a wooden handle for cutting leather", "tool"),
    ("a sea bird with long wings that sleeps while it is flying", "animal"),
    ("a sweet paste made from roasted nuts and dark honey", "food"),
    ("a heavy hammer used to drive posts into frozen ground", "tool"),
)
_WAIT = 60_000


@pytest.fixture(autouse=True)
def no_leaked_threads() -> None:
    """In place of the strict check: a child of the shared profile may start in the middle of a test."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    made = Client(ProfilePaths(tmp_path_factory.mktemp("profile")), cost=COST, bounds=BOUNDS)
    try:
        made.profile.create(made.profile.new_phrase(), PASSWORD)
        yield made
    finally:
        made.close()


@dataclass
class Screen:
    """The page, and what it asked of the window."""

    page: DatanetsPage
    qtbot: QtBot
    went: list[tuple[str, object]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def still(self) -> None:
        """Until nothing runs any more: what ends may say a change, which is read again."""
        for _ in range(4):
            self.qtbot.waitUntil(lambda: not tasks.engine().running, timeout=_WAIT)
            self.qtbot.wait(15)

    def find(self, name: str, kind: type[Any] = QWidget) -> Any:
        found = self.page.findChild(kind, name)
        if found is None:
            found = next((one for one in QApplication.allWidgets() if one.objectName() == name), None)
        assert found is not None, name
        return found

    def click(self, name: str) -> None:
        button = self.find(name)
        assert button.isEnabled(), f"{name} is disabled"
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        QApplication.processEvents()

    def check(self, name: str) -> None:
        self.find(name, QCheckBox).click()

    def sign(self) -> None:
        """As the person: reads the dialog and signs."""
        self.qtbot.waitUntil(
            lambda: any(one.objectName() == "confirm-yes" and one.isVisible() for one in QApplication.allWidgets()),
            timeout=_WAIT,
        )
        self.click("confirm-yes")
        self.qtbot.waitUntil(
            lambda: all(one.objectName() != "confirm" or not one.isVisible() for one in QApplication.topLevelWidgets()),
            timeout=_WAIT,
        )

    def open(self, datanet: int, tab: str) -> Any:
        self.page.open((datanet, tab))
        self.qtbot.waitUntil(lambda: self.page._panel is not None, timeout=_WAIT)
        self.still()
        return self.page._panel.current

    def words(self, of: QWidget | None = None) -> str:
        labels = (of or self.page).findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisible())

    def rows(self, name: str) -> Sequence[Any]:
        view = self.find(name, TableView)
        return list(view.model().shown)


@pytest.fixture
def screen(qtbot: QtBot, client: Client, tmp_path: Path) -> Iterator[Screen]:
    went: list[tuple[str, object]] = []
    said: list[str] = []
    context = Context(
        client,
        SettingsFile(tmp_path / "settings.json"),
        lambda page, target=None: went.append((page, target)),
        lambda title, _words="", _tone="success": said.append(title),
        lambda: None,
    )
    page = DatanetsPage(context)
    qtbot.addWidget(page)
    bridge = Bridge(client.events, QApplication.instance())
    bridge.changed.connect(page.heard)
    page.resize(972, 704)
    page.show()
    made = Screen(page, qtbot, went, said)
    made.still()
    yield made
    bridge.close()
    bridge.deleteLater()


def new_datanet(client: Client, name: str, **more: Any) -> int:
    signed = client.sign(client.datanets.prepare_create(0, name, "What it is about.", LABELS, "CC0-1.0", **more))
    return int(signed.result)


def written(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = ("text", "label")) -> Path:
    with path.open("w", newline="", encoding="utf8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def given(client: Client, datanet: int, path: Path, account: int = 0) -> int:
    draft = client.datanets.import_file(datanet, path, account)
    client.datanets.preflight(draft)
    return int(client.sign(client.datanets.prepare_contribute(draft)).result)


def reviewed(client: Client, contribution: int) -> None:
    client.datanets.decide_all(contribution, approve=True)
    client.sign(client.datanets.prepare_review(contribution, 0))


# -- the list and creating ---------------------------------------------------------------------------------------------


def test_a_datanet_is_created_signed_and_opened_at_its_first_step(screen: Screen, client: Client) -> None:
    before = len(client.datanets.all())
    screen.page._ask_create()
    screen.qtbot.waitUntil(
        lambda: any(one.objectName() == "create" for one in QApplication.topLevelWidgets()), timeout=_WAIT
    )
    assert not screen.find("create-yes").isEnabled()
    screen.find("create-name", QLineEdit).setText("Recipes <b>of</b> the north")
    screen.find("create-labels", QPlainTextEdit).setPlainText("starter, main\ndessert, Starter")
    screen.find("create-access-invited").click()
    screen.click("create-yes")
    screen.sign()
    screen.still()
    found = client.datanets.all()
    assert len(found) == before + 1
    made = next(one for one in found if one.name.startswith("Recipes"))
    assert made.labels == ("starter", "main", "dessert")
    assert made.trust.state == "proven"
    assert screen.page._panel.current.key == "contribute"
    title = screen.find("datanet-title", QLabel)
    assert title.text() == "Recipes <b>of</b> the north"
    assert title.textFormat() == Qt.TextFormat.PlainText


def test_saying_no_leaves_nothing_on_the_ledger(screen: Screen, client: Client) -> None:
    before = {one.id for one in client.datanets.all() if one.number is not None}
    screen.page._ask_create()
    screen.qtbot.waitUntil(
        lambda: any(one.objectName() == "create" for one in QApplication.topLevelWidgets()), timeout=_WAIT
    )
    screen.find("create-name", QLineEdit).setText("Not wanted")
    screen.find("create-labels", QPlainTextEdit).setPlainText("a, b")
    screen.click("create-yes")
    screen.qtbot.waitUntil(
        lambda: any(one.objectName() == "confirm-no" and one.isVisible() for one in QApplication.allWidgets()),
        timeout=_WAIT,
    )
    screen.click("confirm-no")
    screen.still()
    assert {one.id for one in client.datanets.all() if one.number is not None} == before


def test_a_card_opens_with_the_keyboard(screen: Screen, client: Client) -> None:
    datanet = new_datanet(client, "Opened by Enter")
    screen.still()
    screen.qtbot.waitUntil(lambda: screen.page.findChild(QWidget, f"datanet-card-{datanet}") is not None, timeout=_WAIT)
    screen.qtbot.keyClick(screen.find(f"datanet-card-{datanet}"), Qt.Key.Key_Return)
    screen.still()
    assert screen.page._panel.view.id == datanet


def test_every_tab_of_an_empty_datanet_says_the_next_step(screen: Screen, client: Client) -> None:
    datanet = new_datanet(client, "Empty")
    expected = {
        "overview": "No record is accepted yet",
        "contribute": "Drop a file",
        "review": "Nothing waits for review",
        "records": "No records yet",
        "releases": "No version yet",
        "people": "labels of trusted contributors",
    }
    for tab, words in expected.items():
        screen.open(datanet, tab)
        assert words in screen.words(), tab
        primary = [
            button
            for button in screen.page.findChildren(QPushButton)
            if button.isVisible() and button.property("kind") == "primary"
        ]
        assert len(primary) <= 1, tab


# -- contributing ------------------------------------------------------------------------------------------------------


def test_a_file_is_mapped_checked_mended_and_signed(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Contributing")
    rows = [(text, label, "note") for text, label in ROWS]
    rows[0] = (ROWS[0][0] + ", says jane.doe@example.com", "animals", "note")
    rows.append((ROWS[1][0], ROWS[1][1], "copy"))
    path = written(tmp_path / "given.csv", rows, ("words", "kind", "remark"))
    with path.open("a", encoding="utf8") as file:
        file.write("one,two,three,four\n")
    tab = screen.open(datanet, "contribute")
    tab.take_file(path)
    screen.still()

    assert "Line 9 has 4 cells where 3 are expected" in screen.words()
    assert not screen.find("contribute-next").isEnabled()
    screen.check("skip-bad")
    assert screen.find("column-text", QComboBox).currentData() == "words"
    assert screen.find("column-label", QComboBox).currentData() == "kind"
    assert screen.find("contribute-next").text() == "Take in 7 records"
    screen.click("contribute-next")
    screen.still()

    assert screen.find("check-duplicate").text() == "Duplicates  1"
    assert screen.find("check-personal-data").text() == "Personal data  1"
    screen.click("check-personal-data")
    screen.still()
    assert [row.position for row in screen.rows("rows")] == [0]
    screen.click("bulk-replace")
    screen.still()
    draft = client.datanets.drafts.of(datanet)[0]
    assert client.datanets.drafts.rows(draft.id)[0].text.endswith("says [email]")
    screen.click("draft-undo")
    screen.still()
    assert client.datanets.drafts.rows(draft.id)[0].text.endswith("says jane.doe@example.com")
    screen.click("row-replace")
    screen.still()
    mended = client.datanets.drafts.rows(draft.id)[0]
    assert (mended.text[-7:], mended.label) == ("[email]", "animal")

    screen.click("contribute-next")  # rows changed: checks first
    screen.still()
    screen.click("contribute-next")
    screen.still()
    assert "Every record and every label" in screen.words()
    assert not screen.find("contribute-next").isEnabled()
    screen.check("sign-knowingly-duplicate")
    screen.click("contribute-next")
    screen.sign()
    screen.still()
    assert "on the ledger" in screen.find("contribute-receipt-title", QLabel).text()
    view = client.datanets.get(datanet)
    assert (view.records, view.waiting, view.mine) == (7, 7, 7)


def test_a_row_is_edited_and_left_out(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Editing")
    draft = client.datanets.import_file(datanet, written(tmp_path / "rows.csv", ROWS), 0)
    tab = screen.open(datanet, "contribute")
    tab.open_draft(draft)
    screen.still()
    screen.find("row-text", QPlainTextEdit).setPlainText("a text that is quite another one by now")
    screen.find("row-label", QComboBox).setCurrentIndex(screen.find("row-label", QComboBox).findData("tool"))
    screen.click("row-save")
    screen.still()
    first = client.datanets.drafts.rows(draft)[0]
    assert (first.text, first.label) == ("a text that is quite another one by now", "tool")
    screen.click("row-toggle")
    screen.still()
    assert client.datanets.drafts.get(draft).included == 5
    assert "5 of 6 records taken in, 1 left out" in screen.words()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "The file is empty"),
        ("picture.csv", b"\x89PNG\x00\x00\x01\x02" * 40, "not a text file"),
        ("list.jsonl", b'{"text": \n[1,2\n', "Line 1 is not JSON"),
    ],
)
def test_a_broken_file_says_why_beside_the_drop_zone(
    screen: Screen, client: Client, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    datanet = new_datanet(client, f"Broken {name}")
    path = tmp_path / name
    path.write_bytes(content)
    tab = screen.open(datanet, "contribute")
    tab.take_file(path)
    screen.still()
    said = screen.find("contribute-said")
    assert said.isVisible()
    assert f"{name}: nothing was imported" in screen.words(said)
    assert words in screen.words(said)
    assert client.datanets.drafts.of(datanet) == []


def test_unknown_labels_cannot_be_signed_and_it_is_said(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Labels")
    draft = client.datanets.import_file(
        datanet, written(tmp_path / "x.csv", [*ROWS, ("a plain grey stone", "rock")]), 0
    )
    tab = screen.open(datanet, "contribute")
    tab.open_draft(draft)
    screen.still()
    screen.click("contribute-next")
    screen.still()
    assert "1 row cannot be signed like this" in screen.words()
    assert not screen.find("contribute-next").isEnabled()


# -- review ------------------------------------------------------------------------------------------------------------


def test_records_are_decided_with_keys_undone_and_signed(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Review")
    contribution = given(client, datanet, written(tmp_path / "r.csv", ROWS))
    screen.open(datanet, "review")
    queue = screen.find("queue", QueueCard)
    assert screen.find("queue-text", QLabel).text() == ROWS[0][0]

    def press(key: Qt.Key) -> None:
        queue.setFocus()
        screen.qtbot.keyClick(queue, key)
        screen.still()

    press(Qt.Key.Key_A)
    assert screen.find("queue-text", QLabel).text() == ROWS[1][0]
    press(Qt.Key.Key_3)  # another label
    press(Qt.Key.Key_R)
    assert client.datanets.review_desk.counts(contribution) == {"approve": 1, "relabel": 1, "reject": 1, "": 3}
    press(Qt.Key.Key_U)
    assert screen.find("queue-text", QLabel).text() == ROWS[2][0]
    assert client.datanets.review_desk.counts(contribution) == {"approve": 1, "relabel": 1, "": 4}
    press(Qt.Key.Key_Right)
    assert screen.find("queue-text", QLabel).text() == ROWS[3][0]
    assert not screen.find("review-sign").isEnabled()
    screen.click("review-clean")
    screen.still()
    assert client.datanets.review_desk.counts(contribution) == {"approve": 5, "relabel": 1}
    screen.click("review-sign")
    screen.sign()
    screen.still()
    found = client.datanets.contributions(datanet)[0]
    assert (found.state, found.accepted) == ("reviewed", 6)
    assert "Everything is reviewed" in screen.words()
    assert screen.find("review-empty-action").text() == "Go to Releases"


def test_signing_all_reviews_walks_through_them(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Two reviews")
    path = written(tmp_path / "a.csv", ROWS[:3])
    other = written(tmp_path / "b.csv", ROWS[3:])
    both = [given(client, datanet, path), given(client, datanet, other)]
    for one in both:
        client.datanets.decide_all(one, approve=True)
    screen.open(datanet, "review")
    assert screen.find("review-sign").text() == "Sign 2 reviews"
    screen.click("review-sign")
    screen.sign()
    screen.sign()
    screen.still()
    assert [one.state for one in client.datanets.contributions(datanet)] == ["reviewed", "reviewed"]


def test_many_records_are_decided_in_the_grid(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Grid")
    contribution = given(client, datanet, written(tmp_path / "g.csv", ROWS))
    screen.open(datanet, "review")
    screen.click("review-mode-grid")
    screen.still()
    screen.find("grid", TableView).selectAll()
    screen.click("grid-reject")
    screen.still()
    assert client.datanets.review_desk.counts(contribution) == {"reject": 6}


def test_trusting_a_contributor_is_asked_with_what_it_means(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Trust")
    contribution = given(client, datanet, written(tmp_path / "t.csv", ROWS))
    screen.open(datanet, "review")
    screen.check(f"desk-{contribution}-trust")
    screen.qtbot.waitUntil(
        lambda: any(one.objectName() == "trust" for one in QApplication.topLevelWidgets()), timeout=_WAIT
    )
    assert "judged against them" in screen.words(screen.find("trust"))
    screen.click("trust-yes")
    screen.still()
    assert client.datanets.people.trusted(datanet) == frozenset({client.wallet.address(0)})


# -- records, releases, people -----------------------------------------------------------------------------------------


def test_a_version_is_released_its_proof_checked_and_a_record_taken_back(
    screen: Screen, client: Client, tmp_path: Path
) -> None:
    datanet = new_datanet(client, "Releases")
    reviewed(client, given(client, datanet, written(tmp_path / "v.csv", ROWS)))
    screen.open(datanet, "releases")
    assert "Version 1 is ready: 6 added" in screen.words()
    screen.click("releases-release")
    screen.sign()
    screen.still()
    assert client.datanets.get(datanet).releases[0].trust.state == "proven"
    assert "Version 1 is on the ledger" in screen.words()
    screen.click("version-1-verify")
    screen.still()
    assert (
        "The ledger holds that very root" in screen.words() or "The ledger holds that version's root" in screen.words()
    )

    screen.click("releases-withdraw")
    screen.qtbot.waitUntil(
        lambda: any(one.objectName() == "withdraw" for one in QApplication.topLevelWidgets()), timeout=_WAIT
    )
    screen.qtbot.waitUntil(lambda: len(screen.rows("mine")) == 6, timeout=_WAIT)
    assert "cannot be recalled" in screen.words(screen.find("withdraw"))
    screen.find("mine", TableView).selectRow(2)
    screen.click("withdraw-yes")
    screen.sign()
    screen.still()
    assert client.datanets.records.count(client.datanets.wanted(datanet, withdrawn=True)) == 1
    assert "Version 2 is ready: 1 removed" in screen.words()


def test_records_are_searched_narrowed_and_proven(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Records")
    reviewed(client, given(client, datanet, written(tmp_path / "s.csv", ROWS)))
    screen.open(datanet, "records")
    assert len(screen.rows("records")) == 6
    screen.find("records-search", QLineEdit).setText("hammer")
    screen.qtbot.waitUntil(lambda: len(screen.rows("records")) == 1, timeout=_WAIT)
    assert screen.rows("records")[0].record.label == "tool"
    screen.find("records-search", QLineEdit).clear()
    screen.qtbot.waitUntil(lambda: len(screen.rows("records")) == 6, timeout=_WAIT)
    box = screen.find("records-label", QComboBox)
    box.setCurrentIndex(box.findData("food"))
    screen.still()
    assert {one.record.label for one in screen.rows("records")} == {"food"}
    screen.click("record-verify")
    screen.still()
    assert "The proof holds" in screen.words()
    assert "The ledger holds the curator's decision" in screen.words()
    target = tmp_path / "records.csv"
    table = screen.page._panel.current._table
    from core.jobs import silent

    assert table.export_to(target, table.asked, silent()) == 2
    assert "food" in target.read_text("utf-8-sig")


def test_text_from_outside_stays_plain(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Foreign")
    text = "<img src=x onerror=alert(1)> **bold** &amp; =cmd|' /C calc'!A0 and some more words"
    given(client, datanet, written(tmp_path / "f.csv", [(text, "tool"), *ROWS]))
    screen.open(datanet, "records")
    shown = screen.find("record-text", QLabel)
    assert shown.text() == text
    assert shown.textFormat() == Qt.TextFormat.PlainText


def test_people_are_trusted_and_invited(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "People", access="invited")
    given(client, datanet, written(tmp_path / "p.csv", ROWS))
    tab = screen.open(datanet, "people")
    assert screen.rows("people")[0].records == 6
    screen.find("people", TableView).selectRow(0)
    screen.click("people-trust")
    screen.qtbot.waitUntil(
        lambda: any(one.objectName() == "trust" for one in QApplication.topLevelWidgets()), timeout=_WAIT
    )
    screen.click("trust-yes")
    screen.still()
    assert screen.rows("people")[0].trusted
    screen.click("people-invite")
    screen.qtbot.waitUntil(
        lambda: any(one.objectName() == "invite" for one in QApplication.topLevelWidgets()), timeout=_WAIT
    )
    screen.find("invite-address", QLineEdit).setText("0x1234")
    screen.click("invite-yes")
    assert "This is not an account address" in screen.words(screen.find("invite"))
    friend = "0x8617E340B3D01FA5F11F306F4090FD50E238070D"
    screen.find("invite-address", QLineEdit).setText(friend)
    screen.find("invite-name", QLineEdit).setText("Bela")
    screen.click("invite-yes")
    screen.still()
    assert [one.name for one in screen.rows("people") if one.invited and not one.mine] == ["Bela"]
    assert tab.key == "people"


def test_nothing_flickers_up_as_a_window_of_its_own(
    screen: Screen, client: Client, tmp_path: Path, windows_shown: list[str]
) -> None:
    datanet = new_datanet(client, "Calm")
    given(client, datanet, written(tmp_path / "c.csv", ROWS))
    for tab in ("overview", "contribute", "review", "records", "releases", "people"):
        screen.open(datanet, tab)
    assert windows_shown == []


def test_who_is_no_curator_is_told_who_decides(screen: Screen, client: Client, tmp_path: Path) -> None:
    datanet = new_datanet(client, "Somebody else's")
    given(client, datanet, written(tmp_path / "n.csv", ROWS))
    client.datanets.people.set(datanet, client.wallet.address(0), curator=False)
    screen.open(datanet, "review")
    assert "Only curators review" in screen.words()
    assert not screen.find("review-sign").isVisible()
    screen.open(datanet, "releases")
    assert not screen.find("releases-release").isVisible()
