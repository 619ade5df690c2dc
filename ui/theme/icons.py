"""Lucide icons in the colours of the theme, drawn at the pixel density they are shown at."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton

from resources import ROOT
from ui.theme.theme import theme

_FOLDER = ROOT / "icons"
_DENSITIES = (1.0, 2.0, 3.0)
_GAP = 4  # Qt leaves too little between an icon and its words


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    path = _FOLDER / f"{name}.svg"
    if not path.is_file():
        raise LookupError(f"no icon {name!r} in resources/icons")
    return path.read_text("utf-8")


@lru_cache(maxsize=1024)
def _pixmap(name: str, colour: str, size: int, density: float, gap: int = 0) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    pixels = round(size * density)
    made = QPixmap(QSize(round((size + gap) * density), pixels))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    made.setDevicePixelRatio(density)
    return made


def pixmap(name: str, role: str = "text", size: int = 18, density: float = 1.0) -> QPixmap:
    """One icon in the colour of `role` (a name in tokens.Colours), `size` logical pixels wide."""
    return _pixmap(name, theme().value(role), size, density)


def icon(name: str, role: str = "text", size: int = 18, on: str | None = None, gap: int = 0) -> QIcon:
    """As a QIcon; `on` is the role when checked. Made for the present theme: `put` follows later switches."""
    made, colour = QIcon(), theme().value
    for density in _DENSITIES:
        made.addPixmap(_pixmap(name, colour(role), size, density, gap))
        made.addPixmap(_pixmap(name, colour("disabled"), size, density, gap), QIcon.Mode.Disabled)
        if on:
            made.addPixmap(_pixmap(name, colour(on), size, density, gap), QIcon.Mode.Normal, QIcon.State.On)
    return made


def put(button: QAbstractButton, name: str, role: str = "text", size: int = 18, on: str | None = None) -> None:
    """Gives a button its icon and keeps it in the colours of the theme."""
    gap = _GAP if isinstance(button, QPushButton) else 0
    button.setProperty("themeIcon", [name, role, size, on or "", gap])
    button.setIconSize(QSize(size + gap, size))
    button.setIcon(icon(name, role, size, on, gap))


def refresh() -> None:
    """Called by the theme after a switch: redraws every icon given by `put`."""
    for widget in QApplication.allWidgets():
        spec = widget.property("themeIcon")
        if spec and isinstance(widget, QAbstractButton):
            name, role, size, on, gap = spec
            widget.setIcon(icon(str(name), str(role), int(size), str(on) or None, int(gap)))


def clear() -> None:
    """Drops drawn pixmaps; they must not outlive the QApplication."""
    _pixmap.cache_clear()
