"""Draws any widget to PNG files: light and dark, 1x and 2x, without a screen.

save(make_widget, "earnings", folder, size=(1180, 760))      # earnings-light-1x.png, earnings-dark-2x.png, ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QApplication, QWidget

from ui.theme import install

THEMES = ("light", "dark")
DENSITIES = (1, 2)


def draw(widget: QWidget, density: int = 1) -> QImage:
    """The widget as it is now, at `density` pixels a point."""
    image = QImage(widget.size() * density, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(density)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    flags = QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren
    widget.render(painter, QPoint(0, 0), QRegion(), flags)
    painter.end()
    return image


def shoot(
    widget: QWidget, name: str, folder: Path, *, themes: Iterable[str] = THEMES, densities: Iterable[int] = DENSITIES
) -> list[Path]:
    """Pictures of a shown widget in every theme; leaves the theme as it found it."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    before = install(app, "light").mode
    made = []
    for mode in themes:
        install(app, mode)  # type: ignore[arg-type]
        app.processEvents()
        for density in densities:
            path = folder / f"{name}-{mode}-{density}x.png"
            assert draw(widget, density).save(str(path)), path
            made.append(path)
    install(app, before)
    return made


def save(
    make: Callable[[], QWidget],
    name: str,
    folder: Path,
    *,
    size: tuple[int, int] = (1180, 760),
    themes: Iterable[str] = THEMES,
    densities: Iterable[int] = DENSITIES,
) -> list[Path]:
    """Makes the widget, shows it at `size`, draws it and lets it go."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    install(app, "light")
    widget = make()
    widget.resize(*size)
    widget.show()
    app.processEvents()
    try:
        return shoot(widget, name, folder, themes=themes, densities=densities)
    finally:
        widget.close()
        widget.deleteLater()
        app.processEvents()
