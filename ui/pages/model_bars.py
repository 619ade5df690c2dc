"""Painted: accuracy beside its baselines on one scale from 0 to 100 %, and how a fee is split."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.values import Accuracy
from ui.text import percent
from ui.theme import fonts, theme
from ui.theme.tokens import M, S

_NAMES = ("This model", "Word counts (TF-IDF)", "Most frequent label")
_SHORT = ("This model", "Word counts", "Most frequent")


def _names(accuracy: Accuracy, *, short: bool = False) -> tuple[str, ...]:
    """Words are counted in texts only; rows and pictures have the average of each label to compare with."""
    first, words, last = _SHORT if short else _NAMES
    if accuracy.kind != "text":
        words = "Nearest average"
    return first, words, last


def rows_of(accuracy: Accuracy) -> list[tuple[str, float]]:
    return list(zip(_names(accuracy), (accuracy.ours, accuracy.tfidf, accuracy.majority), strict=True))


class AccuracyBars(QWidget):
    """Our model above its two baselines, each with its number. `small` for cards; else with a scale beneath."""

    def __init__(self, accuracy: Accuracy | None = None, *, small: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._small = small
        self._row, self._bar = (24, 8) if small else (36, 16)
        self._accuracy: Accuracy | None = None
        self.setFont(fonts.font("small" if small else "body"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_accuracy(accuracy)

    def show_accuracy(self, accuracy: Accuracy | None) -> None:
        self._accuracy = accuracy if accuracy is not None and accuracy.held_out else None
        self.setAccessibleName(self.summary())
        self.update()

    def summary(self) -> str:
        if self._accuracy is None:
            return "Accuracy was not measured: no records were held out."
        said = ", ".join(f"{name} {percent(share)}" for name, share in rows_of(self._accuracy))
        return f"Right answers on {self._accuracy.held_out:,} held-out records: {said}."

    def table(self) -> tuple[tuple[str, str], list[tuple[str, str]]]:
        rows = [] if self._accuracy is None else rows_of(self._accuracy)
        return ("Answered by", "Right answers"), [(name, percent(share)) for name, share in rows]

    def sizeHint(self) -> QSize:
        return QSize(300 if self._small else 480, 3 * self._row + (0 if self._small else 24))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._accuracy is None:
            painter.setPen(theme().colour("muted"))
            words = "Accuracy not measured: nothing was held out"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
            painter.end()
            return
        names = _names(self._accuracy, short=self._small)
        metrics = self.fontMetrics()
        left = max(metrics.horizontalAdvance(name) for name in names) + (S if self._small else M) + 8
        right = metrics.horizontalAdvance("100.0 %") + S
        room = QRectF(left, 0, self.width() - left - right, 0)
        if not self._small:
            self._scale(painter, room)
        for number, (_name, share) in enumerate(rows_of(self._accuracy)):
            self._one(painter, number, names[number], share, room)
        painter.end()

    def _scale(self, painter: QPainter, room: QRectF) -> None:
        bottom = 3 * self._row
        painter.setFont(fonts.font("small"))
        for mark in (0, 25, 50, 75, 100):
            x = room.left() + room.width() * mark / 100
            painter.setPen(QPen(theme().colour("line"), 1))
            painter.drawLine(round(x), 2, round(x), bottom)
            painter.setPen(theme().colour("muted"))
            painter.drawText(QRectF(x - 30, bottom + 4, 60, 18), Qt.AlignmentFlag.AlignCenter, f"{mark} %")
        painter.setFont(self.font())

    def _one(self, painter: QPainter, number: int, name: str, share: float, room: QRectF) -> None:
        top, ours = number * self._row, number == 0
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme().colour("text" if ours else "muted"))
        if ours:
            painter.setFont(fonts.font("small_strong" if self._small else "strong"))
        painter.drawText(QRectF(0, top, room.left(), self._row), middle | Qt.AlignmentFlag.AlignLeft, name)
        place = QRectF(room.right(), top, self.width() - room.right(), self._row)
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, percent(share))
        painter.setFont(self.font())
        track = QRectF(room.left(), top + (self._row - self._bar) / 2, room.width(), self._bar)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("line", 0.6))
        painter.drawRoundedRect(track, self._bar / 3, self._bar / 3)
        track.setWidth(max(room.width() * share, 2))
        painter.setBrush(theme().series(0) if ours else theme().colour("control"))
        painter.drawRoundedRect(track, self._bar / 3, self._bar / 3)


class ShareBar(QWidget):
    """A thin bar from 0 to 1; whoever puts it there says its number beside it."""

    def __init__(self, share: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = min(1.0, max(0.0, share))
        self.setFixedHeight(12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(0, 4, self.width(), 8)
        painter.setBrush(theme().colour("line", 0.6))
        painter.drawRoundedRect(track, 3, 3)
        if self._share > 0:
            track.setWidth(max(3.0, self.width() * self._share))
            painter.setBrush(theme().series(0))
            painter.drawRoundedRect(track, 3, 3)
        painter.end()


class SplitBar(QWidget):
    """How one fee is divided, as one bar; parts in the order of `names`, told apart by hue, hatching and words."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = tuple(names)
        self._shares: tuple[float, ...] = (1.0,) + (0.0,) * (len(self._names) - 1)
        self.setFont(fonts.font("small"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, basis_points: Sequence[int]) -> None:
        self._shares = tuple(part / 10_000 for part in basis_points)
        parts = zip(self._names, self._shares, strict=True)
        self.setAccessibleName("Split of each fee: " + ", ".join(f"{name} {share:.2%}" for name, share in parts))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 44)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 44)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QPainterPath()
        whole.addRoundedRect(QRectF(0, 0, self.width(), 16), 5, 5)
        painter.save()
        painter.setClipPath(whole)
        painter.setPen(Qt.PenStyle.NoPen)
        styles = (Qt.BrushStyle.SolidPattern, Qt.BrushStyle.Dense3Pattern, Qt.BrushStyle.BDiagPattern)
        left = 0.0
        for number, share in enumerate(self._shares):
            part = QRectF(left, 0, self.width() * share, 16)
            painter.setBrush(theme().colour("line"))
            painter.drawRect(part)
            painter.setBrush(QBrush(theme().series(number), styles[number % 3]))
            painter.drawRect(part.adjusted(0, 0, -1 if share < 1 else 0, 0))
            left += part.width()
        painter.restore()
        self._legend(painter, styles)
        painter.end()

    def _legend(self, painter: QPainter, styles: Sequence[Qt.BrushStyle]) -> None:
        left = 0
        for number, (name, share) in enumerate(zip(self._names, self._shares, strict=True)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("line"))
            painter.drawRoundedRect(QRectF(left, 27, 12, 12), 3, 3)
            painter.setBrush(QBrush(theme().series(number), styles[number % 3]))
            painter.drawRoundedRect(QRectF(left, 27, 12, 12), 3, 3)
            words = f"{name} {share * 100:g} %"
            painter.setPen(theme().colour("text"))
            wide = self.fontMetrics().horizontalAdvance(words)
            painter.drawText(QRectF(left + 18, 24, wide + 8, 18), Qt.AlignmentFlag.AlignVCenter, words)
            left += 18 + wide + 20
