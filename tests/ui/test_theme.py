"""One theme at a time, switched while running, sharp and complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from resources import ROOT
from ui.theme import fonts, icons, install, theme
from ui.theme.tokens import DARK, LIGHT
from ui.widgets import Button, Icon, Text

SOURCES = sorted(Path(__file__).resolve().parents[2].glob("ui/**/*.py"))


def test_switching_reaches_palette_style_and_icons(qapp: QApplication, qtbot: QtBot) -> None:
    button = Button("Lock", icon="lock")
    qtbot.addWidget(button)
    button.show()
    before = button.icon().pixmap(QSize(20, 16), 2.0).toImage()
    with qtbot.waitSignal(theme().changed):
        install(qapp, "dark")
    assert theme().dark
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.window
    assert DARK.surface in qapp.styleSheet()
    assert button.icon().pixmap(QSize(20, 16), 2.0).toImage() != before
    install(qapp, "light")
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == LIGHT.window


def test_a_painted_icon_follows_the_theme_at_once(qapp: QApplication, qtbot: QtBot) -> None:
    icon = Icon("database", "text", 24)
    qtbot.addWidget(icon)
    icon.show()
    light = icon.grab().toImage()
    install(qapp, "dark")
    assert icon.grab().toImage() != light
    install(qapp, "light")


def test_icons_are_drawn_at_the_density_they_are_shown_at(qapp: QApplication) -> None:
    drawn = icons.pixmap("wallet", "text", 18, 2.0)
    assert (drawn.width(), drawn.devicePixelRatio()) == (36, 2.0)
    assert drawn.toImage() != icons.pixmap("wallet", "text", 36, 1.0).scaled(18, 18).toImage()


def test_the_shipped_fonts_are_the_ones_used(qapp: QApplication) -> None:
    assert {fonts.TEXT, fonts.MONO} <= set(QFontDatabase.families())
    assert QFontInfo(fonts.font("body")).family() == fonts.TEXT
    assert QFontInfo(fonts.font("mono")).family() == fonts.MONO
    assert QFontInfo(fonts.font("mono")).fixedPitch()


def test_figures_are_as_wide_as_each_other(qtbot: QtBot) -> None:
    label = Text("")
    qtbot.addWidget(label)
    widths = {label.fontMetrics().horizontalAdvance(digit * 20) for digit in "0123456789"}
    assert len(widths) == 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_page_names_a_colour_or_a_missing_icon(path: Path) -> None:
    text = path.read_text("utf-8")
    if path.name not in {"tokens.py", "mark.py", "qr.py"}:
        assert not re.search(r'"#[0-9A-Fa-f]{6}"', text)
    for name in re.findall(r'(?:icon=|\b(?:Icon|IconButton|EmptyState|Choice)\(\s*)"([a-z0-9-]+)"', text):
        assert (ROOT / "icons" / f"{name}.svg").is_file(), name


def test_only_icons_that_are_used_are_shipped() -> None:
    text = "".join(path.read_text("utf-8") for path in SOURCES)
    shipped = {path.stem for path in (ROOT / "icons").glob("*.svg") if not path.stem.startswith("mark-")}
    assert {name for name in shipped if f'"{name}"' not in text} == set()


def test_licences_lie_beside_what_they_cover() -> None:
    assert "SIL OPEN FONT LICENSE" in (ROOT / "fonts" / "Inter-OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in (ROOT / "fonts" / "JetBrainsMono-OFL.txt").read_text("utf-8")
    assert "ISC" in (ROOT / "icons" / "LICENSE").read_text("utf-8")


def test_a_wrong_icon_name_says_so(qapp: QApplication) -> None:
    with pytest.raises(LookupError, match="no icon"):
        icons.pixmap("no-such-icon")
