"""`?`: every key there is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.ask import Sheet
from ui.theme.tokens import XL, S
from ui.widgets.labels import KeyHint, Text

COMMON = (
    ("Ctrl+K", "Search pages and actions"),
    ("Alt+Left", "Back to the page before"),
    ("Ctrl+F", "Search in the table"),
    ("Ctrl+L", "Lock"),
    ("Ctrl+C", "Copy the selected rows"),
    ("Enter", "Open the selected row"),
    ("Esc", "Close a dialog, go back"),
    ("Ctrl+Q", "Quit"),
    ("?", "This list"),
)


class ShortcutSheet(Sheet):
    def __init__(self, owner: QWidget, pages: Sequence[tuple[str, str]]) -> None:
        """`pages`: (keys, title) of every page."""
        super().__init__(owner, "Keys", name="shortcuts", width=520)
        cells = QGridLayout()
        cells.setHorizontalSpacing(XL)
        cells.setVerticalSpacing(S)
        for side, entries in enumerate((COMMON, pages)):
            for number, (keys, words) in enumerate(entries):
                cells.addWidget(KeyHint(keys.replace("+", " ")), number, 2 * side, Qt.AlignmentFlag.AlignLeft)
                cells.addWidget(Text(words), number, 2 * side + 1)
        cells.setColumnStretch(1, 1)
        cells.setColumnStretch(3, 1)
        self.body.addLayout(cells)
        self.buttons("Close", no="")
