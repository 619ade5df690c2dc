"""The first two steps of building: which release, and how it is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from core.values import DatanetView
from ui import head_words
from ui.datanet_words import a_record, unnamed_words
from ui.pages.model_parts import clear, line
from ui.text import ago, count, foreign, word
from ui.theme.tokens import L, M, S
from ui.widgets import Button, Card, DropZone, EmptyState, IconButton, LabeledField, Notice, Text, column, row
from ui.widgets.reflow import Reflow

ENDINGS = ("csv", "tsv", "json", "jsonl")
_WAYS = ("auto", "thorough")  # the program chooses; the others are for those who know


class Choice(Button):
    """One of a few: its name, and what it means beneath."""

    def __init__(self, title: str, words: str, name: str, group: QButtonGroup) -> None:
        super().__init__("", "choice", name=name)
        self.setCheckable(True)
        self._title, self._words = title, Text("", "small", "muted", wrap=True)
        labels = (Text(title, "strong"), self._words)
        self.show_words(words)
        for label in labels:
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column(*labels, space=2, margins=(L, M, L, M), parent=self)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        group.addButton(self)

    def show_words(self, words: str) -> None:
        self._words.setText(words)
        self.setAccessibleName(f"{self._title}. {words}")

    def sizeHint(self) -> QSize:
        """A button's own hint knows its words only, not a layout in it."""
        layout = self.layout()
        return super().sizeHint() if layout is None else layout.sizeHint()

    def minimumSizeHint(self) -> QSize:
        layout = self.layout()
        return super().minimumSizeHint() if layout is None else layout.minimumSize()

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return -1 if layout is None else layout.heightForWidth(width)


class HeadPart(QWidget):
    """Which head turns the numbers into an answer: `family` is "auto" until somebody asks to choose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._more = Button("Choose how it answers", "link", name="head-more", on=self.show_choices)
        self._choices = QWidget()
        rows = column(Text("How it answers", "strong"), space=S, parent=self._choices)
        for family in head_words.NAMES:
            made = Choice(head_words.NAMES[family], head_words.WORDS[family], f"head-{family}", self._group)
            rows.addWidget(made)
        self._group.buttons()[0].setChecked(True)
        self._choices.hide()
        column(row(self._more, None), self._choices, parent=self)

    def show_choices(self) -> None:
        self._choices.show()
        self._more.hide()

    @property
    def family(self) -> str:
        button = self._group.checkedButton()
        return "auto" if button is None else button.objectName().removeprefix("head-")


class ReleaseStep(QWidget):
    """`chosen(DatanetView)` with `next`, which stands in the page's head; one Datanet is chosen from the start."""

    chosen = Signal(object)

    def __init__(self, to_datanets: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._to_datanets = to_datanets
        self._datanets: tuple[DatanetView, ...] = ()
        self._wanted: int | None = None
        self._group = QButtonGroup(self)
        self._rows = column(space=S)
        self.next = Button("Go on", "primary", name="release-next", on=self._go_on)
        self._nothing = Card(flush=True)
        self._nothing.body.addWidget(
            EmptyState(
                "database",
                "No Datanet has a release yet",
                "Review what was contributed and release a version; then a model can learn from it.",
                "Go to Datanets",
                to_datanets,
                name="release-empty",
            )
        )
        self._nothing.setMinimumHeight(340)
        column(self._rows, self._nothing, space=L, parent=self)

    def show_datanets(self, datanets: Sequence[DatanetView]) -> None:
        found = tuple(one for one in datanets if one.releases)
        if found == self._datanets and self._rows.count():
            return
        before = self._checked()
        self._datanets = found
        clear(self._rows)
        for button in self._group.buttons():
            self._group.removeButton(button)
        for one in found:
            newest = max(one.releases, key=lambda release: release.version)
            words = (
                f"Version {newest.version}, released {ago(newest.time)}  ·  {count(newest.records, 'record')} by "
                f"{count(newest.contributors, 'contributor')}  ·  {count(len(one.labels), 'label')}"
            )
            self._rows.addWidget(Choice(foreign(one.name, 60), words, f"release-{one.id}", self._group))
        self._nothing.setVisible(not found)
        self.next.setEnabled(bool(found))
        self.choose(before if before is not None else self._wanted)

    def choose(self, datanet: int | None) -> None:
        """Checks this one, or the first."""
        self._wanted = datanet
        buttons = {button.objectName(): button for button in self._group.buttons()}
        button = buttons.get(f"release-{datanet}") or next(iter(buttons.values()), None)
        if button is not None:
            button.setChecked(True)

    def _checked(self) -> int | None:
        button = self._group.checkedButton()
        return None if button is None else int(button.objectName().rpartition("-")[2])

    def _go_on(self) -> None:
        wanted = self._checked()
        for one in self._datanets:
            if one.id == wanted:
                self.chosen.emit(one)


LABELS, PASSAGES = "labels", "passages"
_BY_LABEL = "Reads {one} and names its label. It can be published: calls are paid, and contributors earn."
_BY_PASSAGE = (
    "Answers a question with the records that fit best, word for word. Only on this machine: it cannot be published."
)
_KINDS = ((LABELS, "Answers by label", _BY_LABEL.format(one="a text")), (PASSAGES, "Finds passages", _BY_PASSAGE))


class KindPart(Card):
    """What the model is to do; `readers` is the card of how one that finds passages reads texts."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(title="What it does", name="kind-card")
        self._kinds, self._readers = QButtonGroup(self), QButtonGroup(self)
        rows = column(space=S)
        for key, title, words in _KINDS:
            rows.addWidget(Choice(title, words, f"kind-{key}", self._kinds))
        self.add(rows)
        self._kinds.buttons()[0].setChecked(True)
        self._kinds.buttonClicked.connect(lambda _button: self.changed.emit())
        self._rows = column(space=S)
        hint = "Texts become numbers; those whose numbers are close are alike."
        self.readers = Card(self._rows, title="How it reads texts", hint=hint, name="readers-card")

    def show_readers(self, names: Sequence[str]) -> None:
        """The first is the default."""
        if not self._readers.buttons():
            for name in names:
                made = Choice(word("encoder", name), word("encoder words", name), f"reader-{name}", self._readers)
                self._rows.addWidget(made)
            if names:
                self._readers.buttons()[0].setChecked(True)

    def show_kind(self, kind: str) -> None:
        """Passages are found in texts only, and where there is one way there is nothing to choose."""
        self._kinds.buttons()[0].show_words(_BY_LABEL.format(one=a_record(kind)))  # type: ignore[attr-defined]
        self._kinds.buttons()[1].setVisible(kind == "text")
        if kind != "text" and self.finds:
            self._kinds.buttons()[0].setChecked(True)
            self.changed.emit()

    @property
    def finds(self) -> bool:
        checked = self._kinds.checkedButton()
        return checked is not None and checked.objectName() == f"kind-{PASSAGES}"

    @property
    def reader(self) -> str:
        checked = self._readers.checkedButton()
        return "static-256" if checked is None else checked.objectName().removeprefix("reader-")


class OptionsStep(QWidget):
    """`train_wanted(datanet id, name, encoder, held-out file or None)` with `go`, which stands in the page's head.

    Where it is to find passages, `index_wanted(datanet id, name, encoder)`.
    """

    train_wanted = Signal(int, str, str, object)
    index_wanted = Signal(int, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datanet: DatanetView | None = None
        self._held_out: Path | None = None
        self._name = line("options-name")
        self._name.setMaxLength(80)
        self._name_field = LabeledField("Name", self._name, "What users of the model will see.")
        self._group = QButtonGroup(self)
        self._kind = KindPart()
        self._kind.changed.connect(self._show_kind)
        self._encoders = column(space=S)
        self._named = QWidget()
        self._named_rows = column(space=S, parent=self._named)
        self._more = Button("Choose one yourself", "link", name="options-more", on=self.show_named)
        self.head = HeadPart()
        self._drop = DropZone("Drop a file of held-out records", ENDINGS, many=False, name="held-out")
        self._drop.chosen.connect(lambda found: self.take(found[0]))
        self._file = Text("", "medium")
        self._file.setObjectName("held-out-file")
        self._taken = QWidget()
        away = IconButton("x", "Leave this file out", name="held-out-away", on=lambda: self.take(None))
        row(self._file, away, None, space=S, parent=self._taken)
        self._held_words = Text("", "small", "muted", wrap=True)
        self.go = Button("Train", "primary", name="options-train", icon="zap", on=self._train)
        self._encoder_card = Card(
            self._encoders,
            self._named,
            row(self._more, None),
            title="How it reads texts",
            hint="A text becomes numbers before anything is learned. Which way suits depends on your records.",
        )
        self._held_card = Card(
            self._drop,
            self._taken,
            self._held_words,
            title="Held-out records",
            hint="Records the model never learns from: they show how good it is.",
        )
        first, second = QWidget(), QWidget()
        column(Card(self._name_field), self._kind, self.head, None, space=L, parent=first)
        column(self._encoder_card, self._kind.readers, self._held_card, None, space=L, parent=second)
        self._unnamed = Notice("warning", name="options-unnamed")
        column(self._unnamed, Reflow(first, second, columns=2, least=360), space=L, parent=self)
        self._name.textChanged.connect(lambda _text: self._name_field.clear())
        self._name.returnPressed.connect(self._train)
        self.take(None)
        self._show_kind()

    def _show_kind(self) -> None:
        finds = self._kind.finds
        plain = self._datanet is None or self._datanet.kind == "text"
        self._encoder_card.setVisible(plain and not finds)  # rows and pictures are read in one way each
        self._held_card.setVisible(not finds)
        self.head.setVisible(not finds)
        self._kind.readers.setVisible(finds)
        self.go.setText("Build" if finds else "Train")

    def show_finders(self, names: Sequence[str]) -> None:
        """How a model that finds passages may read texts; the first is the default."""
        self._kind.show_readers(names)

    def show_encoders(self, names: Sequence[str]) -> None:
        """The first is the default. Ways of choosing stand open, single encoders behind a button."""
        if self._group.buttons():
            return
        for name in names:
            made = Choice(word("encoder", name), word("encoder words", name), f"encoder-{name}", self._group)
            (self._encoders if name in _WAYS else self._named_rows).addWidget(made)
        if self._group.buttons():
            self._group.buttons()[0].setChecked(True)
        hidden = any(name in _WAYS for name in names)
        self._named.setVisible(not hidden)
        self._more.setVisible(hidden)

    def show_named(self) -> None:
        """Every encoder by its name, for those who know which they want."""
        self._named.show()
        self._more.hide()

    def show_datanet(self, datanet: DatanetView) -> None:
        if self._datanet is None or self._datanet.id != datanet.id:
            self._name.setText(foreign(datanet.name, 80))
            self.take(None)
        self._datanet = datanet
        title, words = unnamed_words(datanet.unnamed)
        self._unnamed.say(title, words and f"{words} You take it in on the Datanet's page.", "warning")
        self._kind.show_kind(datanet.kind)
        self._show_kind()
        if datanet.kind == "image":
            self._drop.show_wanted("Drop a folder or a zip of held-out pictures", ("zip",), folders=True)
        else:
            self._drop.show_wanted("Drop a file of held-out records", ENDINGS)

    def take(self, path: Path | None) -> None:
        """The file of held-out records, or none."""
        self._held_out = path
        self._taken.setVisible(path is not None)
        self._drop.setVisible(path is None)
        self._file.setText("" if path is None else foreign(path.name, 60))
        self._held_words.setText(
            "Optional. Without a file, one record in ten is kept out and never trained on."
            if path is None
            else "All records of the release are trained on; accuracy is measured on this file."
        )

    def _train(self) -> None:
        button = self._group.checkedButton()
        if self._datanet is None or button is None:
            return
        if not self._name.text().strip():
            self._name_field.fail("Give it a name first.")
            return
        if self._kind.finds:
            self.index_wanted.emit(self._datanet.id, self._name.text().strip(), self._kind.reader)
            return
        plain = self._datanet.kind == "text"
        encoder = button.objectName().removeprefix("encoder-") if plain else ""
        self.train_wanted.emit(self._datanet.id, self._name.text().strip(), encoder, self._held_out)
