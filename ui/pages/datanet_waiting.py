"""What waits above a new contribution: drafts, contributions whose records the curator has not got yet, and withdrawals
that nobody but the ledger and this device knows in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLayout, QWidget

from core.values import ContributionView, DatanetView
from ui.text import ago, count, foreign, number
from ui.theme.tokens import M
from ui.widgets import Button, Icon, IconButton, Text, column, row

if TYPE_CHECKING:
    from ui.pages.datanet_contribute import ContributeTab


def cleared(holder: QWidget) -> QLayout:
    """The layout of a part, without what it showed."""
    layout = holder.layout() or column(space=M, parent=holder)
    while layout.count():
        old = layout.takeAt(0).widget()
        old.hide()
        old.deleteLater()
    return layout


class DraftLine(QWidget):
    """A draft that waits: go on with it, or throw it away."""

    def __init__(self, draft: Any, who: str, tab: ContributeTab) -> None:
        super().__init__()
        title = Text(foreign(draft.title, 80) or "Draft", "medium")
        said = f"{number(draft.included)} of {count(draft.rows, 'record')} · {who} · {ago(draft.updated)}"
        line = row(
            Icon("file-text", "muted", 18), column(title, Text(said, "small", "muted"), space=0), None, parent=self
        )
        line.addWidget(Button("Go on", name=f"draft-{draft.id}", on=lambda: tab.open_draft(draft.id)))
        throw = IconButton("trash-2", "Throw the draft away", name=f"draft-{draft.id}-discard")
        throw.clicked.connect(lambda: tab.ask_discard(draft.id))
        line.addWidget(throw)


class SentLine(QWidget):
    """A contribution on the ledger that the curator may still need the records of."""

    def __init__(self, one: ContributionView, tab: ContributeTab) -> None:
        super().__init__()
        said = f"{count(one.count, 'record')} · {foreign(one.contributor_name, 60)} · {ago(one.time)}"
        hand = Button("Hand over to the curator…", name=f"given-{one.id}-hand", icon="send")
        hand.clicked.connect(lambda _on=False: tab.ask_hand(one.id, tab.said))
        row(Icon("send", "muted", 18), Text(said), None, hand, parent=self)


class WithdrawnLine(QWidget):
    """A contribution some of whose records are withdrawn: others learn which ones from a file. `hand(id)` saves it."""

    def __init__(self, one: ContributionView, hand: Callable[[int], object]) -> None:
        super().__init__()
        which = f"contribution {number(one.number or 0)}"
        said = f"{number(one.withdrawn)} of {count(one.count, 'record')} withdrawn · {which}"
        button = Button("Hand over which ones…", name=f"withdrawn-{one.id}-hand", icon="send")
        button.clicked.connect(lambda _on=False: hand(one.id))
        row(Icon("undo-2", "muted", 18), Text(said), None, button, parent=self)


def to_name(view: DatanetView, contributions: Iterable[ContributionView]) -> tuple[ContributionView, ...]:
    """Of these, my own with something to tell: where all is withdrawn, the ledger says so itself."""
    unknown = {one.contribution for one in view.unnamed}
    return tuple(
        one
        for one in contributions
        if one.mine and one.number and 0 < one.withdrawn < one.count and one.id not in unknown
    )
