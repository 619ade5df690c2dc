"""Inter for text, JetBrains Mono for addresses and hashes. Figures are tabular everywhere, so columns line up."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QWidget

from resources import ROOT

TEXT = "Inter"
MONO = "JetBrains Mono NL"
_W = TypeVar("_W", bound=QWidget)

# role: family, pixels, weight
_ROLES: dict[str, tuple[str, int, QFont.Weight]] = {
    "body": (TEXT, 14, QFont.Weight.Normal),
    "strong": (TEXT, 14, QFont.Weight.DemiBold),
    "medium": (TEXT, 14, QFont.Weight.Medium),
    "small": (TEXT, 12, QFont.Weight.Normal),
    "small_strong": (TEXT, 12, QFont.Weight.DemiBold),
    "heading": (TEXT, 16, QFont.Weight.DemiBold),
    "title": (TEXT, 22, QFont.Weight.DemiBold),
    "display": (TEXT, 30, QFont.Weight.DemiBold),
    "stat": (TEXT, 24, QFont.Weight.DemiBold),
    "mono": (MONO, 13, QFont.Weight.Normal),
    "mono_strong": (MONO, 13, QFont.Weight.Medium),
    "mono_small": (MONO, 12, QFont.Weight.Normal),
    "mono_large": (MONO, 16, QFont.Weight.Medium),
}


def load() -> None:
    """Registers the shipped fonts with Qt, once for each QApplication."""
    known = set(QFontDatabase.families())
    if {TEXT, MONO} <= known:
        return
    for path in sorted((ROOT / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def font(role: str = "body") -> QFont:
    """A role of this module: body, strong, medium, small, heading, title, display, stat, mono, mono_small, ..."""
    family, pixels, weight = _ROLES[role]
    made = QFont(family)
    made.setPixelSize(pixels)
    made.setWeight(weight)
    if family == TEXT:
        made.setFeature(QFont.Tag("tnum"), 1)
    # Fusion on X11 and offscreen asks for hinting that thickens Inter unevenly at 12-14 px.
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def put(widget: _W, role: str) -> _W:
    widget.setFont(font(role))
    return widget
