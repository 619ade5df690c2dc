"""A place to drop files on, or to choose them with the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QWidget

from ui import ask
from ui.theme.tokens import XL, S
from ui.widgets.buttons import Button
from ui.widgets.labels import Icon, Text
from ui.widgets.layouts import column, row


class DropZone(QFrame):
    """`chosen(list[Path])`. `endings` without dots; other files are refused with words, not silently."""

    chosen = Signal(list)

    def __init__(
        self,
        words: str,
        endings: Sequence[str] = (),
        *,
        many: bool = True,
        name: str = "drop",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("kind", "drop")
        self.setProperty("over", False)
        self.setAcceptDrops(True)
        self._endings: tuple[str, ...] = ()
        self._many = many
        self._folders = False
        self._title = Text("", "medium")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._kinds = Text("", "small", "muted")
        self._kinds.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._refused = Text("", "small", "danger", wrap=True)
        self._refused.setObjectName(f"{name}-refused")
        self._refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._refused.hide()
        button = Button("Choose files…" if many else "Choose a file…", name=f"{name}-choose", on=self._choose)
        self._folder = Button("Choose a folder…", name=f"{name}-folder", on=self._choose_folder)
        icon = row(None, Icon("upload", "muted", 24), None)
        ways = row(None, button, self._folder, None, space=S)
        column(icon, self._title, self._kinds, ways, self._refused, space=S, margins=(XL,) * 4, parent=self)
        self.show_wanted(words, endings)

    def show_wanted(self, words: str, endings: Sequence[str], *, folders: bool = False) -> None:
        """What is to be dropped, in words and by endings; a whole folder where `folders`."""
        self._endings = tuple(ending.lower() for ending in endings)
        self._folders = folders
        self._title.setText(words)
        self._kinds.setText(", ".join(f".{ending}" for ending in endings) or "Any file")
        self._folder.setVisible(folders)
        self.setAccessibleName(words)

    def _fits(self, path: Path) -> bool:
        if self._folders and path.is_dir():
            return True
        return not self._endings or path.suffix.lower().lstrip(".") in self._endings

    def _choose_folder(self) -> None:
        ask.open_folder(self, "Choose a folder").then(lambda found: self.take([found]) if found else None)

    def take(self, paths: Sequence[Path]) -> None:
        """As if these had been dropped."""
        fitting = [path for path in paths if self._fits(path)]
        refused = [path.name for path in paths if path not in fitting]
        if not self._many:
            refused += [path.name for path in fitting[1:]]
            fitting = fitting[:1]
        self._refused.setText(f"Left out: {', '.join(refused)[:200]}" if refused else "")
        self._refused.setVisible(bool(refused))
        if fitting:
            self.chosen.emit(fitting)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._over(True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self._over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._over(False)
        event.acceptProposedAction()
        self.take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def _over(self, over: bool) -> None:
        self.setProperty("over", over)
        self.style().unpolish(self)
        self.style().polish(self)

    def _choose(self) -> None:
        kinds = f"Files ({' '.join('*.' + ending for ending in self._endings)})" if self._endings else "All files (*)"
        asked = (
            ask.open_files(self, "Choose files", kinds) if self._many else ask.open_file(self, "Choose a file", kinds)
        )
        asked.then(lambda found: self.take(found if isinstance(found, list) else [found]) if found else None)
