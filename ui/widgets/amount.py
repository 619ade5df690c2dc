"""A sum of OPEN, in tabular figures, with every digit in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.units import Amount
from ui.text import amount
from ui.widgets.labels import Text

LOCAL_HINT = "Test OPEN of this machine's ledger: it has no market value."


class AmountLabel(Text):
    """`local` adds that local test OPEN has no market value."""

    def __init__(
        self,
        value: Amount | None = None,
        role: str = "body",
        *,
        decimals: int = 4,
        unit: bool = True,
        local: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", role, parent=parent)
        self._decimals, self._unit, self._local = decimals, unit, local
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.show_amount(value)

    def show_amount(self, value: Amount | None) -> None:
        """None: not known, painted as a dash and said so, never as zero."""
        if value is None:
            self.setText("-")
            self.setToolTip("Not known yet")
            self.setAccessibleName("Not known yet")
            return
        self.setText(amount(value, self._decimals) + (" OPEN" if self._unit else ""))
        self.setToolTip(f"{value}\n{LOCAL_HINT}" if self._local else str(value))
        self.setAccessibleName(str(value))
