"""An address in full, with a copy that is read back from the clipboard."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from core.units import Address
from ui.text import grouped
from ui.theme import icons
from ui.theme.tokens import S
from ui.widgets.buttons import IconButton
from ui.widgets.labels import Text
from ui.widgets.layouts import row


class AddressLabel(QWidget):
    """Never shortened. Copying reads the clipboard back and says whether it holds the same address."""

    def __init__(
        self, address: Address | str = "", role: str = "mono", *, name: str = "address", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._text = Text("", role, selectable=True)
        self._text.setObjectName(f"{name}-text")
        self._copy = IconButton("copy", "Copy", name=f"{name}-copy", on=self.copy)
        self._said = Text("", "small", "success")
        self._said.setMinimumWidth(1)  # where there is no room the icon says it alone: the page must not grow wider
        self._said.hide()
        self._back = QTimer(self, singleShot=True, interval=2500)
        self._back.timeout.connect(self._forget)
        row(self._text, self._copy, self._said, None, space=S, parent=self)
        self.show_address(address)

    def show_address(self, address: Address | str) -> None:
        self._value = str(address)
        self._text.setText(self._value)
        self._text.setAccessibleName(grouped(self._value))
        self._copy.setVisible(bool(self._value))

    def copy(self) -> bool:
        """True when what the clipboard gives back is this address."""
        board = QGuiApplication.clipboard()
        board.setText(self._value)
        same = board.text() == self._value
        icons.put(self._copy, "check" if same else "triangle-alert", "success" if same else "danger", 18)
        self._said.setText("Copied and read back" if same else "The clipboard holds something else: do not paste it")
        self._said.set_tone("success" if same else "danger")
        self._said.show()
        self._back.start()
        return same

    def _forget(self) -> None:
        icons.put(self._copy, "copy", "muted", 18)
        self._said.hide()
