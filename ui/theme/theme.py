"""The one theme of the running program: light, dark or as the system says, switched at run time."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QStyleFactory

from ui.theme import fonts
from ui.theme.palette import palette
from ui.theme.qss import sheet
from ui.theme.tokens import DARK, LIGHT, Colours, contrast

Mode = Literal["light", "dark", "system"]


class Theme(QObject):
    """`changed` is said after palette, style sheet and icons have been switched; painted widgets only need update()."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._mode: Mode = "light"
        self._colours = LIGHT
        # offscreen and some X servers never report a scheme; then "system" is light
        app.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def dark(self) -> bool:
        return self._colours is DARK

    @property
    def colours(self) -> Colours:
        return self._colours

    def value(self, role: str) -> str:
        """Six hexadecimal digits after a #, for a role named in tokens.Colours."""
        return str(getattr(self._colours, role))

    def colour(self, role: str, alpha: float = 1.0) -> QColor:
        made = QColor(self.value(role))
        made.setAlphaF(alpha)
        return made

    def series(self, index: int) -> QColor:
        names = self._colours.series
        return QColor(names[index % len(names)])

    @staticmethod
    def ink_on(ground: QColor) -> QColor:
        """Black or white, whichever reads better on a painted ground: one of them always has 4.5:1."""
        return QColor(max(("black", "white"), key=lambda ink: contrast(QColor(ink).name(), ground.name())))

    def set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._paint()

    def _system_changed(self, _scheme: object) -> None:
        if self._mode == "system":
            self._paint()

    def _paint(self) -> None:
        wanted = {"light": LIGHT, "dark": DARK, "system": _system()}[self._mode]
        if wanted is self._colours and self._app.styleSheet():
            return
        self._colours = wanted
        self._app.setPalette(palette(wanted))
        self._app.setStyleSheet(sheet(wanted))
        from ui.theme import icons  # icons ask theme() for colours

        icons.refresh()
        self.changed.emit()


def _system() -> Colours:
    return DARK if QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def install(app: QApplication, mode: Mode = "system") -> Theme:
    """Sets Fusion, fonts, palette and style sheet on the application, once; later calls only switch the mode."""
    made = app.findChild(Theme)
    if made is None:
        app.setStyle(QStyleFactory.create("Fusion"))
        fonts.load()
        app.setFont(fonts.font("body"))
        made = Theme(app)
    made.set_mode(mode)
    return made


def theme() -> Theme:
    app = QApplication.instance()
    assert isinstance(app, QApplication), "install(app) comes first"
    made = app.findChild(Theme)
    return made if made is not None else install(app, "light")
