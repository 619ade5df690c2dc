"""Home says what was earned and what waits, and every line of it leads to where it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.errors import NodeUnreachable
from core.units import Amount
from core.values import Need, OlderView, SinceView
from tests.doubles.market_client import DAY, EARNED, NASTY, MarketClient
from tests.ui.at_page import AtPage
from ui.pages.earnings_parts import daily
from ui.pages.home import HomePage, NeedRow, need_target, need_words

Opens = Callable[[], AtPage]


@pytest.fixture
def client(tmp_path: Path) -> MarketClient:
    return MarketClient(tmp_path)


@pytest.fixture
def home(qtbot: QtBot, client: MarketClient, tmp_path: Path) -> Iterator[Opens]:
    opened: list[AtPage] = []

    def open_() -> AtPage:
        opened.append(AtPage(qtbot, HomePage, client, tmp_path))
        return opened[-1]

    yield open_
    for one in opened:
        one.leave()


def test_the_first_need_is_the_one_primary_action(home: Opens) -> None:
    at = home()
    assert at.primaries() == ["Review 12 records"]
    at.click("home-next")
    assert at.went == [("datanets", (4, "review"))]


def test_an_older_profile_says_so_until_it_was_read(home: Opens, client: MarketClient) -> None:
    at, read = home(), []
    assert at.page._older.isHidden()
    client.older = SimpleNamespace(read=lambda: read.append(True))  # type: ignore[attr-defined]
    at.page._show(replace(client.home(), older=OlderView(3, DAY, DAY + 60, 41)))
    assert "3 transactions of your accounts" in at.words()
    at.click("home-older-action")
    at.still()
    assert read == [True]
    assert at.page._older.isHidden()


def test_a_need_is_whole_at_the_smallest_window(qtbot: QtBot) -> None:
    row = NeedRow("undo-2", "Take out 1,200 withdrawn records", "Why it is worth doing.", "need")
    qtbot.addWidget(row)
    row.resize(246, row.heightForWidth(246))
    row.show()
    title = next(one for one in row.findChildren(QLabel) if one.text().startswith("Take out"))
    assert title.height() >= title.heightForWidth(title.width()) > title.fontMetrics().height() * 3 // 2


def test_each_need_leads_to_the_place_where_it_is_done(home: Opens) -> None:
    at = home()
    at.click("home-need-0")
    at.click("home-need-1")
    assert at.went == [("datanets", (4, "review")), ("earnings", "claim")]


@pytest.mark.parametrize(
    ("need", "words", "target"),
    [
        (Need("create a datanet", "datanets", 0), "Create a Datanet", None),
        (Need("name withdrawals", "datanets", 1, 3), "Take out 1 withdrawn record", 3),
        (Need("release", "datanets", 1, 3), "Release a new version", (3, "releases")),
        (Need("sign drafts", "datanets", 1, 3), "Sign 1 draft", (3, "contribute")),
        (Need("train", "models", 1, 3), "Train a model", ("build", 3)),
        (Need("settle", "models", 1_200, 5), "Settle 1,200 calls", 5),
        (Need("claim", "earnings", 1), "Claim your earnings", "claim"),
        (Need("something new", "wallet", 1), "Something new", None),
    ],
)
def test_a_need_is_said_in_words_with_its_number(need: Need, words: str, target: object) -> None:
    assert need_words(need)[1] == words
    assert need_target(need) == target


def test_figures_stand_with_their_unit_and_where_they_come_from(home: Opens) -> None:
    at = home()
    assert at.find("home-total-value", QLabel).text() == "1.4000"
    assert at.find("home-claimable-value", QLabel).text() == "0.7500"
    assert at.find("home-calls-value", QLabel).text() == "100"
    assert "no market value" in at.words()
    assert "0.6500 of it claimed" in at.words()


def test_names_of_others_are_plain_text(home: Opens) -> None:
    at = home()
    shown = [one.text() for one in at.page.findChildren(type(at.find("home-next"))) if "Ada" in one.text()]
    assert shown == ["<b>Ada</b> evil"]
    assert NASTY not in shown


def test_a_new_profile_is_shown_how_to_begin(home: Opens, client: MarketClient) -> None:
    client.empty()
    at = home()
    assert at.primaries() == ["Create a Datanet"]
    at.click("first-datanet")
    at.click("first-receive")
    at.click("first-network")
    assert at.went == [("datanets", "create"), ("wallet", "receive"), ("network", None)]


def test_nothing_to_do_is_said_and_offers_no_button(home: Opens, client: MarketClient) -> None:
    client.needs = ()
    at = home()
    assert "Nothing waits for you." in at.words()
    assert at.primaries() == []


def test_an_error_is_shown_in_words_on_the_page(home: Opens, client: MarketClient) -> None:
    client.earnings.failing = NodeUnreachable()
    at = home()
    assert "The ledger node cannot be reached" in at.find("home-said-title", QLabel).text()


def test_the_chart_has_a_column_for_every_day_of_two_weeks() -> None:
    points = daily(EARNED, DAY + 86_400 * 2)
    assert len(points) == 14
    assert points[-3] == (DAY // 86_400 * 86_400, 1.4) or sum(y for _x, y in points) == 1.4
    assert [y for _x, y in points].count(0.0) == 13


def test_a_long_history_is_cut_to_a_year() -> None:
    assert len(daily(EARNED, DAY + 86_400 * 3_000)) == 366


def test_every_line_works_by_keyboard(home: Opens) -> None:
    at = home()
    line = at.find("home-need-1")
    line.setFocus()
    at.qtbot.keyClick(line, Qt.Key.Key_Space)
    assert at.went == [("earnings", "claim")]


def test_ones_own_page_is_one_search_away(home: Opens, client: MarketClient) -> None:
    at = home()
    (action,) = at.page.actions()
    action.do()
    at.still()
    assert at.went == [("trace", ("person", client.wallet.accounts()[0].address, "home"))]


def test_what_changed_since_the_last_time_leads_to_where_it_happened(home: Opens, client: MarketClient) -> None:
    client.since = SinceView(DAY, 12, Amount.parse("0.25"), 24, 1)
    at = home()
    parts = [at.find(f"since-{number}").text() for number in range(4)]
    assert parts == ["12 new calls", "0.2500 OPEN earned", "24 records of yours accepted", "1 not accepted"]
    at.click("since-1")
    assert at.went == [("earnings", None)]


def test_that_nothing_changed_is_said_and_the_first_time_says_nothing(home: Opens, client: MarketClient) -> None:
    assert not home().sees("home-since")
    client.since = SinceView(DAY, 0, Amount(0), 0, 0)
    at = home()
    assert not at.sees("home-since")
    assert "2 things wait for you. Nothing changed since you were here" in at.words()
