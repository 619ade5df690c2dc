"""What a record holds, on the screen: words as they are, a row of a table as name and value, a picture as a small copy.

The one place where screens tell kinds apart; everything else hands `kind` and `text` through.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from core.values import PictureView
from ui import tasks
from ui.text import foreign

Read = Callable[[str, int], PictureView]
KINDS = (
    ("text", "Texts", "Sentences, questions, messages: each record is a text."),
    ("table", "Rows of a table", "Measurements and categories: each record is a row of named columns."),
    ("image", "Pictures", "PNG, JPEG or WebP: each record is a picture, kept encrypted on this device."),
)
_BY = "\N{MULTIPLICATION SIGN}"
PICTURES = ("png", "jpg", "jpeg", "webp")


def reader(client: Any) -> Read:
    """Where small copies come from."""

    def read(text: str, side: int) -> PictureView:
        return client.datanets.picture(text, side)  # type: ignore[no-any-return]

    return read


def _plain(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def line(kind: str, text: str, source: str = "") -> str:
    """On one line, for tables."""
    if kind == "table":
        return " · ".join(f"{name} {value}" for name, value in _plain(text).items()) or text
    if kind == "image":
        return " · ".join(part for part in (source, _size(text)) if part) or text
    return text


def whole(kind: str, text: str) -> str:
    """With all of it, over several lines."""
    if kind == "table":
        return "\n".join(f"{name}:  {value}" for name, value in _plain(text).items()) or text
    return _size(text) or text if kind == "image" else text


def _size(text: str) -> str:
    found = _plain(text)
    media = str(found.get("media", "")).removeprefix("image/").upper()
    return f"{media} picture, {found['width']} {_BY} {found['height']}" if {"width", "height"} <= set(found) else ""


class Thumb(QLabel):
    """A picture's small copy, read in the background; takes no room for other content."""

    def __init__(self, side: int, parent: QWidget | None = None, *, name: str = "thumb") -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._side = side
        self._text = ""
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_content(self, read: Read, kind: str, text: str) -> None:
        shown = kind == "image" and bool(text)
        self.setVisible(shown)
        if not shown or text == self._text:
            return
        self._text = text
        self.clear()
        self.setFixedHeight(self._side)
        asked = round(self._side * self.devicePixelRatioF())
        tasks.run(
            self,
            read,
            text,
            asked,
            on_done=lambda found: self._show(text, found),
            on_error=lambda _error: self._missing(text),
        )

    def _show(self, text: str, found: PictureView) -> None:
        if text != self._text:
            return
        image = QImage(found.rgb, found.width, found.height, 3 * found.width, QImage.Format.Format_RGB888).copy()
        ratio = self.devicePixelRatioF()
        wanted = QSize(round(self._side * ratio), round(self._side * ratio))
        mode = Qt.TransformationMode.SmoothTransformation
        if max(image.width(), image.height()) * 2 <= min(wanted.width(), wanted.height()):
            mode = Qt.TransformationMode.FastTransformation  # a tiny picture stays sharp
        pixmap = QPixmap.fromImage(image.scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio, mode))
        pixmap.setDevicePixelRatio(ratio)
        self.setPixmap(pixmap)
        self.setFixedHeight(max(1, round(pixmap.height() / ratio)))
        self.setAccessibleName(foreign(_size(text), 80))

    def _missing(self, text: str) -> None:
        if text == self._text:
            self.setText("This picture is not on this device.")
            self.setFixedHeight(self.sizeHint().height())
