"""One figure with its name."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.text import Tone
from ui.theme.tokens import XS, S
from ui.widgets.card import Card
from ui.widgets.labels import Text
from ui.widgets.layouts import row


class StatTile(Card):
    """`value` large, `unit` beside it, `hint` under it: where the figure comes from, or why it is zero."""

    def __init__(
        self,
        label: str,
        value: str = "-",
        unit: str = "",
        hint: str = "",
        *,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(space=XS, name=name, parent=parent)
        self._label = label
        self._value = Text(value, "stat")
        self._value.setObjectName(f"{name}-value" if name else "stat-value")
        self._unit = Text(unit, tone="muted")
        self._hint = Text(hint, "small", "muted", wrap=True)
        figure = row(self._value, self._unit, None, space=S)
        self.body.addWidget(Text(label, "small", "muted"))
        self.body.addLayout(figure)
        self.body.addWidget(self._hint)
        self.body.addStretch(1)
        self.show_value(value, unit, hint)

    def show_value(self, value: str, unit: str = "", hint: str = "", tone: Tone = "") -> None:
        self._value.setText(value)
        self._value.set_tone(tone)
        self._unit.setText(unit)
        self._unit.setVisible(bool(unit))
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleName(f"{self._label}: {value} {unit}. {hint}".strip())
