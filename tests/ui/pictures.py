"""Draws any widget to PNG files: light and dark, 1x and 2x, without a screen.

save(make_widget, "earnings", folder, size=(1180, 760))      # earnings-light-1x.png, earnings-dark-2x.png, ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from ui.theme import install

THEMES = ("light", "dark")
DENSITIES = (1, 2)


def draw(widget: QWidget, density: int = 1) -> QImage:
    """The widget as it is now, at `density` pixels a point: at the density it runs at, or reduced from that.

    Tests run on a screen of two pixels a point (screen.json), so both come out as a screen shows them.
    """
    image = widget.grab().toImage()
    wanted = widget.size() * density
    if image.size() != wanted:
        keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(wanted, keep, smooth)
    image.setDevicePixelRatio(density)
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
