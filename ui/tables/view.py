"""The view: rows to select and open with the keyboard, columns that share the room, words where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.tables.model import Column, TableModel
from ui.theme import fonts, theme
from ui.theme.tokens import ROW_HEIGHT, M, S

R = TypeVar("R")
_ICON = 16
_ARROW = 18  # of the column that is sorted by
_SLACK = 4  # a text is measured a little shorter than it is drawn on some screens
_MEASURED = 100  # rows: the first of a long table speak for the others


def shared_room(columns: Sequence[Column[Any]], wanted: Sequence[int], room: int) -> list[int]:
    """Widths of columns: what does not grow keeps its own, what grows first gets what its words need, then its part.

    One whose words need less than its width gives the rest to others; none gets less than the smaller of both.
    """
    widths = [min(column.width, need) for column, need in zip(columns, wanted, strict=True)]
    missing = {at: wanted[at] - widths[at] for at, column in enumerate(columns) if column.grow}
    left, waiting = max(0, room - sum(widths)), len(missing)
    for at in sorted(missing, key=missing.__getitem__):  # a name is shown whole before a long sentence gets more
        share = min(missing[at], left // waiting)
        widths[at] += share
        left, waiting = left - share, waiting - 1
    left, parts = room - sum(widths), sum(column.grow for column in columns)
    if left > 0 and columns:
        extra = [left * column.grow // parts if parts else 0 for column in columns]
        extra[-1] += 0 if parts else left
        widths = [width + one for width, one in zip(widths, extra, strict=True)]
    return widths


class _Cells(QStyledItemDelegate):
    """Padding, and a hairline beneath each row; no focus rectangle around single cells."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Any) -> None:
        self.initStyleOption(option, index)
        view = self.parent()
        assert isinstance(view, QTableView)
        chosen = view.selectionModel().isRowSelected(index.row(), QModelIndex())
        if chosen:
            painter.fillRect(option.rect, theme().colour("selection"))
        elif index.row() == getattr(view, "hovered", -1):
            painter.fillRect(option.rect, theme().colour("window"))
        painter.setPen(theme().colour("line"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        room = option.rect.adjusted(M, 0, -M, -1)
        if not option.icon.isNull():
            side = _ICON
            place = room.adjusted(0, (room.height() - side) // 2, 0, 0)
            option.icon.paint(painter, place.x(), place.y(), side, side)
            room = room.adjusted(side + S, 0, 0, 0)
        tone = index.data(Qt.ItemDataRole.ForegroundRole)
        painter.setPen(tone if tone is not None else theme().colour("text"))
        painter.setFont(option.font)
        text = option.fontMetrics.elidedText(option.text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(option.displayAlignment) | int(Qt.TextFlag.TextSingleLine), text)


class TableView(QTableView, Generic[R]):
    """`opened(row)` on Enter or double click, `chosen(row or None)` when the current row changes."""

    opened = Signal(object)
    chosen = Signal(object)

    def __init__(self, model: TableModel[R], *, name: str = "table", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.hovered = -1
        self._rows = model
        self._widths = [column.width for column in model.columns]
        model.setParent(self)
        self.setModel(model)
        self.setItemDelegate(_Cells(self))
        self._look()
        self._wire()

    def _look(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        side = self.verticalHeader()
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # 100,000 rows: no measuring of each
        side.setDefaultSectionSize(ROW_HEIGHT)
        head = self.horizontalHeader()
        head.setFont(fonts.font("small_strong"))
        head.setFixedHeight(ROW_HEIGHT)
        head.setSectionsClickable(True)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(48)
        head.setSortIndicatorClearable(True)
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def _wire(self) -> None:
        self.setSortingEnabled(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._rows.shown[index.row()]))
        self.entered.connect(self._hover)
        self.selectionModel().currentRowChanged.connect(lambda now, _before: self.chosen.emit(self._at(now)))
        self._rows.modelReset.connect(lambda: self.chosen.emit(None))
        self._rows.modelReset.connect(self._measure)

    # -- rows --------------------------------------------------------------------------------------------------------

    @property
    def current(self) -> R | None:
        return self._at(self.currentIndex())

    @property
    def selected(self) -> list[R]:
        """Selected rows, from top to bottom."""
        numbers = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._rows.shown[number] for number in numbers]

    def choose(self, row: R) -> bool:
        """Selects a row that is shown; False when it is not."""
        if row not in self._rows.shown:
            return False
        index = self._rows.index(self._rows.shown.index(row), 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)
        return True

    def _at(self, index: QModelIndex) -> R | None:
        return self._rows.shown[index.row()] if index.isValid() and index.row() < len(self._rows.shown) else None

    def _hover(self, index: QModelIndex) -> None:
        self.hovered = index.row()
        self.viewport().update()

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def leaveEvent(self, event: Any) -> None:
        self.hovered = -1
        self.viewport().update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.current is not None:
            self.opened.emit(self.current)
        elif event.matches(QKeySequence.StandardKey.Copy) and self.selected:
            lines = ("\t".join(column.text(row) for column in self._rows.columns) for row in self.selected)
            QApplication.clipboard().setText("\n".join(lines))
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _measure(self) -> None:
        """New rows may need other widths; a search or the same rows again leave the columns as the person made them."""
        wanted = [self._wanted(number) for number in range(len(self._rows.columns))]
        if wanted != self._widths:
            self._widths = wanted
            self._share_room()

    def _wanted(self, number: int) -> int:
        """What the longest of the first cells of a column needs, or its head; of one that does not grow, its width."""
        column = self._rows.columns[number]
        if not column.grow:
            return column.width
        cells = QFontMetrics(fonts.font("mono" if column.mono else "body"))
        words = [self._rows.words(row, column) for row in self._rows.rows[:_MEASURED]]
        icon = _ICON + S if column.icon is not None else 0
        most = max((cells.horizontalAdvance(one) for one in words), default=0) + icon
        head = QFontMetrics(fonts.font("small_strong")).horizontalAdvance(column.title) + _ARROW
        return max(most, head) + 2 * M + _SLACK

    def _share_room(self) -> None:
        widths = shared_room(self._rows.columns, self._widths, self.viewport().width())
        for number, width in enumerate(widths):
            self.setColumnWidth(number, width)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._rows.rowCount() == 0 and self._rows.narrowed:
            painter = QPainter(self.viewport())
            painter.setPen(theme().colour("muted"))
            painter.drawText(
                self.viewport().rect(),
                Qt.AlignmentFlag.AlignCenter,
                "Nothing matches. Change the search or the filter.",
            )
            painter.end()
