"""A card with a chart that can be turned into the table of its numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QSizePolicy, QStackedWidget, QTableWidget, QTableWidgetItem

from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.charts.bars import BarChart
from ui.widgets.charts.line import LineChart


class ChartPanel(Card):
    """`chart` is what it was given; call `refresh()` after new numbers, in case the table is open."""

    def __init__(self, title: str, chart: LineChart | BarChart, hint: str = "", *, name: str = "chart") -> None:
        self._toggle = Button("Numbers", "link", name=f"{name}-numbers", on=self._turn)
        super().__init__(title=title, hint=hint, action=self._toggle, name=name)
        self.chart = chart
        self._numbers = QTableWidget(0, 2, self)
        self._numbers.setObjectName(f"{name}-table")
        self._numbers.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._numbers.verticalHeader().hide()
        self._numbers.setShowGrid(False)
        self._numbers.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # as tall as the chart
        self._numbers.setProperty("kind", "inside")
        self._numbers.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(chart)
        self._stack.addWidget(self._numbers)
        self.body.addWidget(self._stack, 1)

    def refresh(self) -> None:
        titles, rows = self.chart.table()
        self._numbers.setRowCount(len(rows))
        self._numbers.setHorizontalHeaderLabels(list(titles))
        middle = Qt.AlignmentFlag.AlignVCenter
        sides = (Qt.AlignmentFlag.AlignLeft | middle, Qt.AlignmentFlag.AlignRight | middle)
        for column, side in enumerate(sides):
            head = self._numbers.horizontalHeaderItem(column)
            if head is not None:
                head.setTextAlignment(side)
        for at, cells in enumerate(rows):
            for column, words in enumerate(cells):
                cell = QTableWidgetItem(words)
                cell.setTextAlignment(sides[column])
                self._numbers.setItem(at, column, cell)

    def _turn(self) -> None:
        to_numbers = self._stack.currentIndex() == 0
        if to_numbers:
            self.refresh()
        self._stack.setCurrentIndex(1 if to_numbers else 0)
        self._toggle.setText("Chart" if to_numbers else "Numbers")
