"""What waits above a new contribution: drafts, and contributions whose records the curator has not got yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from core.values import ContributionView
from ui.text import ago, count, foreign, number
from ui.widgets import Button, Icon, IconButton, Text, column, row

if TYPE_CHECKING:
    from ui.pages.datanet_contribute import ContributeTab


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
