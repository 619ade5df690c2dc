"""The parts of Datanets that need no ledger: words, long tables, states that are hard to reach."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

import core.datanets.preflight
from core.datanets.importers import Malformed
from core.datanets.licences import LICENCES
from core.datanets.preflight import CHECKS, Finding
from core.errors import BadFile, TooLarge
from core.jobs import silent
from core.units import Address
from core.values import DatanetView, TrustView
from ui import datanet_words as words
from ui import tasks
from ui.pages.datanet_create import labels_of
from ui.pages.datanet_paged import PAGE, Asked, PagedTable
from ui.pages.datanet_row import MarkedText, utf16
from ui.pages.datanets import DatanetCard
from ui.tables import Column
from ui.widgets import EmptyState, column
from ui.widgets.flow import Flow

VIEW = DatanetView(
    id=7,
    number=3,
    name="A name",
    description="What it is about",
    labels=("a", "b"),
    licence="CC0-1.0",
    owner=Address(b"\x11" * 20),
    curator=True,
    records=12,
    waiting=5,
    contributors=2,
    mine=4,
    releases=(),
    calls_30_days=9,
    trust=TrustView("proven", block=4),
)


# -- words -------------------------------------------------------------------------------------------------------------


def test_every_check_and_every_kind_of_finding_has_words() -> None:
    folder = Path(core.datanets.preflight.__file__).parent
    for check in CHECKS:
        assert check.name in words.CHECKS
    kinds = {
        ("personal data", kind)
        for kind in re.findall(r'_rule\(\s*"([a-z ]+)"', (folder / "personal_data.py").read_text())
    } | {("secret", kind) for kind in re.findall(r'Pattern\(\s*"([a-z ]+)"', (folder / "secrets.py").read_text())}
    for name, module in (("label", "labels"), ("language", "language"), ("length", "length"), ("consent", "consent")):
        text = (folder / f"{module}.py").read_text()
        kinds |= {(name, kind) for kind in re.findall(r'Finding\(self\.name, "([a-z ]+)"', text)}
    assert len(kinds) > 15
    for check, kind in sorted(kinds):
        said = words.finding_words(Finding(check, kind, "warning", 1))
        assert "{" not in said
        assert not said.startswith(f"{words.check_name(check)}: "), (check, kind)


def test_every_licence_that_is_offered_has_a_name_and_a_sentence() -> None:
    assert set(LICENCES) == set(words.LICENCES)


def test_a_finding_is_said_with_its_twin_and_foreign_values_are_cleaned() -> None:
    same = Finding("duplicate", "same record", "warning", 3, detail={"of": 2})
    assert words.finding_words(same) == "The same as row 2. A copy earns nothing."
    odd = Finding("label", "not in the schema", "danger", 3, detail={"label": "x\u202ey\n{z}"})
    assert words.finding_words(odd) == "“xy {z}” is not a label of this Datanet."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            BadFile(path="/a/b/rows.csv", reason="columns", line=17, found=5, expected=3),
            "Line 17 has 5 cells where 3 are expected",
        ),
        (BadFile(path="/a/b/rows.csv", reason="encoding", line=4), "Line 4 holds bytes that are no text"),
        (BadFile(path="/a/b/rows.csv", reason="too many malformed rows", line=2, limit=1000), "the first at line 2"),
        (
            TooLarge(what="field", path="/a/b/rows.csv", line=9, found=200_000, limit=100_000),
            "Too large at line 9: 200,000 characters",
        ),
        (
            TooLarge(what="file", path="/a/b/rows.csv", found=200_000_000, limit=134_217_728),
            "200,000,000 bytes in the file",
        ),
    ],
)
def test_a_file_error_names_the_file_and_the_line(error: Exception, said: str) -> None:
    title, sentence = words.file_error(error)
    assert title == "rows.csv: nothing was imported"
    assert said in sentence


def test_bad_rows_are_listed_with_their_lines() -> None:
    assert words.bad_row(Malformed(1204, "quote")) == "Line 1,204 opens a quote that never closes"
    assert words.bad_row(Malformed(3, "something new")) == "Line 3 cannot be read"


def test_what_a_version_changes_is_one_line() -> None:
    change = SimpleNamespace(added=(1, 2), removed=(1,), relabelled=(), terms_changed=(), trust_changed=())
    assert words.change_words(change) == "2 added, 1 removed"


def test_labels_are_taken_with_commas_or_lines_each_once() -> None:
    assert labels_of(" type, borrow\n\nlink ;Type\n  two   words ") == ("type", "borrow", "link", "two words")


# -- long tables -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    id: int
    text: str


class Source:
    """A hundred thousand rows that are never held at once."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.asked: list[tuple[int, int]] = []

    def fetch(self, asked: Asked, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        self.asked.append((offset, limit))
        if asked.search:
            return [Row(1, "found")], 1
        return [Row(n, f"row {n}") for n in range(offset, min(self.rows, offset + limit))], self.rows


def table_of(qtbot: QtBot, source: Source) -> PagedTable[Row]:
    made: PagedTable[Row] = PagedTable(
        (Column("Text", lambda one: one.text),),
        source.fetch,
        noun="row",
        empty=EmptyState("list", "None", "Nothing."),
        name="long",
    )
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    made.refresh()
    still(qtbot)
    return made


def still(qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not tasks.engine().running)
    qtbot.wait(2)


def test_a_hundred_thousand_rows_come_a_page_at_a_time(qtbot: QtBot, tmp_path: Path) -> None:
    source = Source(100_000)
    table = table_of(qtbot, source)
    count = table.findChild(QLabel, "long-count")
    assert count.text() == "1 to 100 of 100,000 rows"
    qtbot.mouseClick(table.findChild(QWidget, "long-next"), Qt.MouseButton.LeftButton)
    still(qtbot)
    assert count.text() == "101 to 200 of 100,000 rows"
    assert table.rows[0] == Row(100, "row 100")
    assert {limit for _offset, limit in source.asked} == {PAGE}
    table.findChild(QLineEdit, "long-search").setText("x")
    qtbot.waitUntil(lambda: len(table.rows) == 1)
    assert count.text() == "1 row"


def test_export_writes_every_page(qtbot: QtBot, tmp_path: Path) -> None:
    table = table_of(qtbot, Source(2_345))
    assert table.export_to(tmp_path / "rows.csv", table.asked, silent()) == 2_345
    assert (tmp_path / "rows.csv").read_text("utf-8-sig").count("\n") == 2_346


def test_the_chosen_row_stays_and_a_last_page_that_is_gone_is_left(qtbot: QtBot) -> None:
    source = Source(150)
    table = table_of(qtbot, source)
    table.view.choose(Row(7, "row 7"))
    table.refresh()
    still(qtbot)
    assert table.view.current == Row(7, "row 7")
    qtbot.mouseClick(table.findChild(QWidget, "long-next"), Qt.MouseButton.LeftButton)
    still(qtbot)
    source.rows = 90
    table.refresh()
    still(qtbot)
    assert len(table.rows) == 90


def test_an_empty_table_says_so_and_a_search_without_result_keeps_the_search(qtbot: QtBot) -> None:
    table = table_of(qtbot, Source(0))
    assert table.findChild(QWidget, "empty").isVisible()


# -- cards, marks, flow ------------------------------------------------------------------------------------------------


def test_a_card_says_what_waits_and_names_are_plain(qtbot: QtBot) -> None:
    card = DatanetCard(replace(VIEW, name="<i>Name</i>\u202e"))
    qtbot.addWidget(card)
    card.show()
    said = [label.text() for label in card.findChildren(QLabel)]
    assert "<i>Name</i>" in said
    assert "5 to review" in said
    assert card.accessibleName() == "<i>Name</i>: 12 records, 5 waiting for review"
    waiting = DatanetCard(replace(VIEW, number=None))
    qtbot.addWidget(waiting)
    assert "Waiting for its block" in [label.text() for label in waiting.findChildren(QLabel)]


def test_marks_stand_where_the_findings_are_even_behind_emoji(qtbot: QtBot) -> None:
    text = "\U0001f600\U0001f600 mail a@b.cd now"
    start = text.index("a@b.cd")
    assert utf16(text, start) == start + 2
    edit = MarkedText(name="marked")
    qtbot.addWidget(edit)
    edit.show_text(text, [(start, start + 6, "danger")])
    assert edit.extraSelections()[0].cursor.selectedText() == "a@b.cd"


def test_a_flow_wraps_and_asks_for_the_height_it_needs(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    labels = [QLabel(f"label number {n}") for n in range(12)]
    flow = Flow(*labels)
    column(flow, None, parent=host)
    host.resize(300, 400)
    host.show()
    QApplication.processEvents()
    wide = flow.heightForWidth(2_000)
    assert flow.height() == flow.heightForWidth(flow.width()) > wide
    assert all(flow.rect().contains(label.geometry()) for label in labels)
