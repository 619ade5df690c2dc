"""Questions to the person. Nothing here blocks: every function opens a dialog and gives a `Later`.

if await ask.question(self, "Delete the draft?", "It is not signed yet.", yes="Delete", danger=True): ...   # in a task
ask.question(...).then(lambda yes: ...)                                                              # anywhere else
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QWidget

from ui.tasks import Later

if TYPE_CHECKING:
    from core.values import Prepared


class Sheet(QDialog):
    """A dialog of this program: window-modal, opened with open(), gone when closed. Subclasses fill `body`.

    It is as large as its content and no larger than the screen; then the body scrolls and the buttons stay in sight.
    """

    def __init__(self, owner: QWidget, title: str, *, name: str = "dialog", width: int = 480) -> None:
        super().__init__(owner.window())
        from ui.theme.tokens import XL, L, M
        from ui.widgets.labels import Text
        from ui.widgets.layouts import column, scrolled

        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._least = width
        heading = Text(title, "heading")
        heading.setObjectName(f"{name}-title")
        self._inner = QWidget()
        self.body = column(space=L, parent=self._inner)
        self._scroll = scrolled(self._inner)
        self._foot = QWidget()
        self._foot.hide()
        self._rows = column(heading, self._scroll, self._foot, space=L, margins=(XL, XL, XL, L + M // 2), parent=self)
        self._rows.setStretch(1, 1)

    def buttons(self, yes: str, no: str = "Cancel", *, danger: bool = False) -> None:
        """The row at the foot: `<name>-yes` accepts, `<name>-no` rejects. Escape is `no`."""
        from ui.widgets.buttons import Button
        from ui.widgets.layouts import row

        self.yes = Button(yes, "danger" if danger else "primary", name=f"{self.objectName()}-yes", on=self.accept)
        self.yes.setDefault(not danger)
        ways = [Button(no, name=f"{self.objectName()}-no", on=self.reject)] if no else []
        for way in ways:
            way.setAutoDefault(False)
        row(None, *ways, self.yes, parent=self._foot)
        self._foot.show()

    def fit(self) -> None:
        """To its content; again after something in it was shown or hidden."""
        margins = self._rows.contentsMargins()
        sides = margins.left() + margins.right()
        wide = max(self._least, self._inner.minimumSizeHint().width() + sides)
        inner = self.body.heightForWidth(wide - sides) if self.body.hasHeightForWidth() else -1
        tall = max(inner, self._inner.minimumSizeHint().height() if inner < 0 else 0)
        self._scroll.setMinimumHeight(0)
        others = self._rows.sizeHint().height() - self._scroll.sizeHint().height()
        self.setMinimumWidth(wide)
        self.resize(wide, min(tall + others, self.tallest))

    @property
    def tallest(self) -> int:
        """Pixels that the screen leaves a dialog."""
        return round((self.parentWidget() or self).screen().availableSize().height() * 0.92)

    def showEvent(self, event: QShowEvent) -> None:
        self.fit()
        super().showEvent(event)


def opened(dialog: QDialog) -> Later[bool]:
    """Opens a dialog; settles with whether it was accepted."""
    later: Later[bool] = Later(cancel=dialog.reject)
    dialog.finished.connect(lambda code: later.resolve(code == QDialog.DialogCode.Accepted))
    dialog.open()
    return later


def question(
    owner: QWidget,
    title: str,
    words: str,
    *,
    yes: str = "Go on",
    no: str = "Cancel",
    danger: bool = False,
    name: str = "question",
) -> Later[bool]:
    """`yes` says what will happen ("Delete"), never "OK"."""
    from ui.widgets.labels import Text

    sheet = Sheet(owner, title, name=name)
    sheet.body.addWidget(Text(words, tone="muted", wrap=True))
    sheet.buttons(yes, no, danger=danger)
    if danger:
        sheet.setFocus()  # Enter alone must not destroy anything
    return opened(sheet)


def tell(owner: QWidget, title: str, words: str, *, name: str = "tell") -> Later[bool]:
    return question(owner, title, words, yes="Close", no="", name=name)


def line(
    owner: QWidget, title: str, label: str, *, start: str = "", yes: str = "Save", name: str = "line"
) -> Later[str | None]:
    """One line of text; None when cancelled."""
    from ui.widgets.field import LabeledField

    sheet = Sheet(owner, title, name=name)
    edit = QLineEdit(start)
    edit.setObjectName(f"{name}-edit")
    edit.setMaxLength(200)
    sheet.body.addWidget(LabeledField(label, edit))
    sheet.buttons(yes)
    edit.setFocus()
    answer: Later[str | None] = Later(cancel=sheet.reject)
    opened(sheet).then(lambda accepted: answer.resolve(edit.text() if accepted else None))
    return answer


def password(
    owner: QWidget, title: str, words: str, *, yes: str = "Go on", name: str = "ask-password"
) -> Later[str | None]:
    """The password again, before something grave; None when cancelled."""
    from ui.widgets.field import LabeledField
    from ui.widgets.labels import Text
    from ui.widgets.password import PasswordField

    sheet = Sheet(owner, title, name=name)
    field = PasswordField(name=f"{name}-edit")
    if words:
        sheet.body.addWidget(Text(words, tone="muted", wrap=True))
    sheet.body.addWidget(LabeledField("Password", field))
    sheet.buttons(yes)
    field.setFocus()
    answer: Later[str | None] = Later(cancel=sheet.reject)
    opened(sheet).then(lambda accepted: answer.resolve(field.text() if accepted else None))
    return answer


def confirm(owner: QWidget, prepared: Prepared, **options: object) -> Later[bool]:
    """What will be signed, in words; settles with whether the person signs. See ui/dialogs/confirm.py."""
    from ui.dialogs.confirm import ConfirmDialog

    return opened(ConfirmDialog(owner, prepared, **options))  # type: ignore[arg-type]


# -- files -----------------------------------------------------------------------------------------------------------


def _files(owner: QWidget, title: str, kinds: str) -> QFileDialog:
    dialog = QFileDialog(owner.window(), title)
    dialog.setObjectName("files")
    dialog.setNameFilter(kinds)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def open_file(owner: QWidget, title: str, kinds: str = "All files (*)") -> Later[Path | None]:
    dialog = _files(owner, title, kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    answer: Later[Path | None] = Later(cancel=dialog.reject)
    opened(dialog).then(lambda ok: answer.resolve(Path(dialog.selectedFiles()[0]) if ok else None))
    return answer


def open_files(owner: QWidget, title: str, kinds: str = "All files (*)") -> Later[list[Path]]:
    dialog = _files(owner, title, kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    answer: Later[list[Path]] = Later(cancel=dialog.reject)
    opened(dialog).then(lambda ok: answer.resolve([Path(found) for found in dialog.selectedFiles()] if ok else []))
    return answer


def open_folder(owner: QWidget, title: str) -> Later[Path | None]:
    dialog = _files(owner, title, "")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
    answer: Later[Path | None] = Later(cancel=dialog.reject)
    opened(dialog).then(lambda ok: answer.resolve(Path(dialog.selectedFiles()[0]) if ok else None))
    return answer


def save_file(owner: QWidget, title: str, suggested: str, kinds: str = "All files (*)") -> Later[Path | None]:
    dialog = _files(owner, title, kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(suggested)
    suffix = Path(suggested).suffix.lstrip(".")
    if suffix:
        dialog.setDefaultSuffix(suffix)
    answer: Later[Path | None] = Later(cancel=dialog.reject)
    opened(dialog).then(lambda ok: answer.resolve(Path(dialog.selectedFiles()[0]) if ok else None))
    return answer
