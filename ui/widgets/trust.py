"""How far a value can be believed, in a word, a shape and a sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.values import TrustView
from ui.text import plain_tip, trust
from ui.theme.tokens import XS
from ui.widgets.inner import Inner
from ui.widgets.labels import Icon, Text
from ui.widgets.layouts import row

ICONS = {
    "local": "shield-check",
    "proven": "shield-check",
    "quorum": "shield",
    "unverified": "shield-question-mark",
    "stale": "clock-alert",
    "failed": "shield-alert",
}


class TrustBadge(Inner, QWidget):
    """Shape and word carry the state, colour only underlines it; the tooltip says why."""

    def __init__(self, view: TrustView | None = None, *, words: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = Icon("shield", "muted", 16)
        self._word = Text("", "small_strong")
        self._word.setVisible(words)
        line = row(self._icon, self._word, space=XS, parent=self)
        line.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.show_trust(view)

    def show_trust(self, view: TrustView | None) -> None:
        self.setVisible(view is not None)
        if view is None:
            return
        said = trust(view)
        self._icon.show_icon(ICONS[view.state], said.tone or "muted")
        self._word.setText(said.title)
        self._word.set_tone(said.tone)
        self.setToolTip(plain_tip(said.what_to_do))
        self.setAccessibleName(f"{said.title}: {said.what_to_do}")
