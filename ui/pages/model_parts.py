"""What the parts of the Models page share: a view that scrolls, the choice of an account, rows of facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from core.units import Amount
from core.values import AccountView, ModelView
from ui import tasks
from ui.pages.base import Page
from ui.text import amount as words_of
from ui.text import foreign, open_
from ui.theme.tokens import CONTROL_HEIGHT, L, S
from ui.widgets import AddressLabel, Text
from ui.widgets.layouts import Framed, Part, column, scrolled

_WIDEST = 1180
LABEL_WIDTH = 128  # with it a whole hash and its copy button still fit the smallest window


class View(QWidget):
    """One of the page's screens; tasks belong to it, signing and moving on to the page."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page)
        self.page = page
        self.client = page.client
        self.setObjectName(name)

    def fill(self, *parts: Part) -> None:
        """As Page.fill, for one of several screens of a page."""
        inner = QWidget()
        self.rows = column(*parts, space=L, parent=inner)
        self.rows.addStretch(1)
        self.area = scrolled(Framed(inner, _WIDEST))
        column(self.area, space=0, parent=self)

    def run(self, work: Any, *args: object, **options: Any) -> tasks.Task:
        return tasks.run(self, work, *args, **options)


class AccountBox(QComboBox):
    """One of my accounts; `picked(index)` when the person chooses. Keeps its choice when accounts are read again."""

    picked = Signal(int)

    def __init__(self, name: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(label)
        self.setMinimumHeight(CONTROL_HEIGHT)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(14)
        self.activated.connect(lambda _at: self.picked.emit(self.index))

    def show_accounts(self, accounts: Sequence[AccountView], notes: dict[int, str] | None = None) -> None:
        """`notes` are written after the name of an account, by its index; without one the balance is."""
        before = self.currentData()
        self.clear()
        for one in accounts:
            note = (notes or {}).get(one.index, open_(one.balance.value, 2))
            self.addItem(f"{foreign(one.name, 40)}  ·  {note}", one.index)
            self.setItemData(self.count() - 1, str(one.address), Qt.ItemDataRole.ToolTipRole)
        self.choose(before)

    @property
    def index(self) -> int:
        """The account's number; 0 while none is known."""
        found = self.currentData()
        return 0 if found is None else int(found)

    def choose(self, account: int | None) -> None:
        at = self.findData(account)
        if at >= 0:
            self.setCurrentIndex(at)


class Facts(QWidget):
    """Rows of a name and what it is; hashes are mono, whole, and can be copied."""

    def __init__(self, name: str = "facts", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(L)
        self._grid.setVerticalSpacing(S)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._shape: list[tuple[str, bool]] = []

    def show_rows(self, rows: Sequence[tuple[str, str | QWidget]]) -> None:
        """Texts of rows that stay are changed in place: typing in a field beside them must not rebuild them."""
        shape = [(label, _is_hash(value)) for label, value in rows]
        if shape == self._shape and not any(isinstance(value, QWidget) for _, value in rows):
            for number, (_, value) in enumerate(rows):
                item = self._grid.itemAtPosition(number, 1)
                shown = item.widget() if item is not None else None
                if isinstance(shown, AddressLabel):
                    shown.show_address(str(value))
                elif isinstance(shown, Text):
                    shown.setText(str(value))
            return
        self._shape = shape
        clear(self._grid)
        for number, (label, value) in enumerate(rows):
            shown = _value(value)
            middle = isinstance(shown, AddressLabel)  # its button is higher than a line of words
            side = Qt.AlignmentFlag.AlignVCenter if middle else Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(Text(label, tone="muted"), number, 0, side)
            self._grid.addWidget(shown, number, 1)


def _is_hash(value: str | QWidget) -> bool:
    return isinstance(value, str) and value.startswith("0x") and len(value) >= 42


def _value(value: str | QWidget) -> QWidget:
    if isinstance(value, QWidget):
        return value
    if _is_hash(value):
        return AddressLabel(value, "mono_small", name="fact-hash")
    return Text(value, wrap=True, selectable=True)


def clear(layout: Any) -> None:
    """Takes everything out of a layout; hidden at once, gone with the next turn of the loop."""
    while (item := layout.takeAt(0)) is not None:
        if item.widget() is not None:
            item.widget().hide()
            item.widget().deleteLater()
        elif item.layout() is not None:
            clear(item.layout())


def line(name: str, text: str = "", label: str = "", width: int | None = None) -> QLineEdit:
    edit = QLineEdit(text)
    edit.setObjectName(name)
    edit.setMinimumHeight(CONTROL_HEIGHT)
    if label:
        edit.setAccessibleName(label)
    if width is not None:
        edit.setFixedWidth(width)
    return edit


def cost(amount: Amount) -> str:
    """OPEN with its unit, to six decimals and no zeros at the end: what a fee of 0.01 reads like."""
    figure = words_of(amount, 6)
    return f"{figure.rstrip('0').rstrip('.') if '.' in figure else figure} OPEN"


def fee_words(model: ModelView) -> str:
    """What a call costs, in words where it costs nothing."""
    if model.number is None:
        return "free"
    return f"{cost(model.fee)} a call" if model.fee else "free"


def latency_words(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "not measured here yet"
    return f"{milliseconds:.2f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
