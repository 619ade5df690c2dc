"""Taking records back: the list alone scrolls, and what is said above and below it stays in sight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from core.settings import SettingsFile
from tests.doubles.market_client import MarketClient
from tests.ui.conftest import PlainPage
from tests.ui.test_datanets_parts import VIEW
from ui import ask, tasks
from ui.pages.base import Context
from ui.pages.datanet_withdraw import WithdrawSheet


def record(at: int) -> Any:
    return SimpleNamespace(
        id=at, number=at, kind="text", text=f"record {at}", source="", label="a", decision="approved",
        contribution=1, index=at,
    )  # fmt: skip


@pytest.fixture
def sheet(qtbot: QtBot, tmp_path: Path) -> Iterator[WithdrawSheet]:
    """Over forty records of the first account, opened."""
    client: Any = MarketClient(tmp_path)
    records = [record(at) for at in range(40)]
    client.wallet.views = client.wallet.views[:1]
    client.datanets = SimpleNamespace(
        wanted=lambda *_given, **_more: None,
        records=SimpleNamespace(
            count=lambda _wanted: 40, page=lambda _wanted, start, most: records[start : start + most]
        ),
    )
    page = PlainPage(
        Context(client, SettingsFile(tmp_path / "s.json"), lambda *_to: None, lambda *_said: None, lambda: None)
    )
    qtbot.addWidget(page)
    page.show()
    made = WithdrawSheet(page, client, VIEW)
    ask.opened(made)
    qtbot.waitUntil(lambda: not tasks.engine().running and bool(made._table.rows))
    yield made
    made.reject()


def test_the_list_alone_scrolls(qtbot: QtBot, sheet: WithdrawSheet) -> None:
    for height in (sheet.height(), sheet.minimumHeight()):
        sheet.resize(sheet.width(), height)
        qtbot.wait(1)
        around = sheet.findChild(QScrollArea)
        assert around is not None
        assert around.verticalScrollBar().maximum() == 0
        assert sheet._table.view.verticalScrollBar().maximum() > 0
    said = [one.text() for one in sheet.findChildren(QLabel) if one.isVisible()]
    assert any(one.startswith("Choose one or more") for one in said)
