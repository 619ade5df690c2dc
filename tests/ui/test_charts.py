"""Charts: round axes, honest sides, numbers as words and as a table."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ui.widgets import Bar, BarChart, Button, ChartPanel, LineChart
from ui.widgets.charts.scale import thin, ticks, words


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 14, [0, 5, 10, 15]),
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (-3, 7, [-5, -2.5, 0, 2.5, 5, 7.5]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (5, 5, [4, 6, 8, 10]),
    ],
)
def test_axes_have_round_numbers_that_cover_all(low: float, high: float, found: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(found)


@pytest.mark.parametrize("high", [1e-18, 3e-7, 0.02, 1, 97, 12_345, 4.2e9, 1e21])
def test_axes_cover_any_size(high: float) -> None:
    found = ticks(0, high)
    assert found[0] <= 0
    assert found[-1] >= high * 0.999
    assert 2 <= len(found) <= 8


def test_odd_numbers_do_not_break_an_axis() -> None:
    assert ticks(0, float("nan")) == [0, 1]
    assert ticks(0, float("inf")) == [0, 1]


@pytest.mark.parametrize(
    ("value", "step", "shown"), [(5, 5, "5"), (0.25, 0.25, "0.25"), (1500, 500, "1,500"), (2e6, 1e6, "2 M")]
)
def test_ticks_have_the_decimals_they_need(value: float, step: float, shown: str) -> None:
    assert words(value, step) == shown


def test_labels_are_thinned_evenly_and_keep_the_last() -> None:
    assert thin(10, 100, 25) == [0, 3, 6, 9]
    assert thin(3, 500, 25) == [0, 1, 2]
    assert thin(0, 500, 25) == []


def line(points: int) -> LineChart:
    chart = LineChart("OPEN", lambda x: f"day {x:.0f}")
    chart.show_points([(number, number * 1.5) for number in range(points)])
    chart.resize(500, 220)
    return chart


@pytest.mark.parametrize("points", [0, 1, 2, 31, 365])
def test_a_line_is_drawn_for_any_number_of_points(qtbot: QtBot, points: int) -> None:
    chart = line(points)
    qtbot.addWidget(chart)
    chart.show()
    assert not chart.grab().isNull()
    assert len(chart.table()[1]) == points


def test_a_line_says_its_numbers(qtbot: QtBot) -> None:
    chart = line(3)
    qtbot.addWidget(chart)
    assert chart.accessibleName() == ("Line of 3 points in OPEN, from 0 on day 0 to 3 on day 2, highest 3 on day 2.")


def test_arrow_keys_read_single_points(qtbot: QtBot) -> None:
    chart = line(3)
    qtbot.addWidget(chart)
    chart.show()
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription() == "day 2: 3 OPEN"
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription() == "day 1: 1.5 OPEN"
    chart.grab()


BARS = (Bar("Ada", 0.5, "50 %"), Bar("Noise", -0.2, "-20 %"), Bar("Me", 0.3, "30 %", mine=True))


def test_bars_say_their_numbers_and_whose_they_are(qtbot: QtBot) -> None:
    chart = BarChart(("Contributor", "Share"))
    qtbot.addWidget(chart)
    chart.show_bars(BARS)
    assert chart.accessibleName() == "Share by contributor: Ada 50 %; Noise -20 %; Me 30 %"
    assert chart.table()[1][1] == ("Noise", "-20 %")
    chart.show()
    assert not chart.grab().isNull()


def test_what_counts_against_lies_left_of_the_middle(qtbot: QtBot) -> None:
    chart = BarChart(("Contributor", "Share"))
    qtbot.addWidget(chart)
    chart.show_bars((Bar("a", 1, "1"), Bar("b", -1, "-1")))
    chart.resize(400, 80)
    chart.show()
    image = chart.grab().toImage()
    scale = image.width() / 400

    def coloured(row: int) -> list[int]:
        y = round((row * 34 + 17) * scale)
        middle = range(round(40 * scale), round(360 * scale))  # between names and figures
        return [x for x in middle if image.pixelColor(x, y).saturation() > 100]

    assert max(coloured(1)) < min(coloured(0)) + 4 * scale


def test_bars_can_be_picked_with_the_keyboard(qtbot: QtBot) -> None:
    chart = BarChart(("Contributor", "Share"), pickable=True)
    qtbot.addWidget(chart)
    chart.show_bars(BARS)
    chart.show()
    qtbot.keyClick(chart, Qt.Key.Key_Down)
    qtbot.keyClick(chart, Qt.Key.Key_Down)
    with qtbot.waitSignal(chart.picked) as picked:
        qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert picked.args == [1]


def test_every_chart_turns_into_its_table(qtbot: QtBot) -> None:
    panel = ChartPanel("Earned", line(3), name="earned")
    qtbot.addWidget(panel)
    panel.show()
    panel.findChild(Button, "earned-numbers").click()
    table = panel.findChild(object, "earned-table")
    assert table.isVisible()
    assert table.item(2, 1).text() == "3"
    assert table.horizontalHeaderItem(1).text() == "OPEN"
