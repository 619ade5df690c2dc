"""Joining: the invite's file, what it says, and whether its network is there; nothing is made before."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal

from core.errors import BadInput, NodeUnreachable
from core.values import InviteView
from ui.onboarding.step import Step, forward
from ui.text import count, foreign, number
from ui.widgets.card import Card
from ui.widgets.drop import DropZone
from ui.widgets.facts import Facts
from ui.widgets.labels import Text

_HERE = ("http://127.0.0.1", "http://localhost", "http://[::1]")


class EnterInvite(Step):
    """`picked(Path)` for a file: the gate reads it and calls `show_invite`. `entered_invite(Path)` goes on."""

    picked = Signal(Path)
    entered_invite = Signal(Path)

    def __init__(self) -> None:
        super().__init__(
            "enter-invite",
            "Join a network",
            "With the invite file of somebody whose network it is. You get a profile and keys of your own; the ledger "
            "stays with them, and what is read from it is proven here.",
        )
        self._path: Path | None = None
        zone = DropZone("Drop the invite here", many=False, name="invite-drop")
        zone.chosen.connect(lambda paths: self.picked.emit(paths[0]))
        self._file = Text("", "medium", wrap=True)
        self._facts = Facts(labels=110, name="invite-facts")
        self._says = Card(self._file, self._facts, name="invite-says")
        self._says.hide()
        self._next = forward("Check and continue", "enter-invite-next", self._go)
        self.lay(zone, self._says, forward=self._next)
        self._next.setEnabled(False)

    def forget(self) -> None:
        self._path = None
        self._says.hide()
        self.notice.clear()
        self.busy(False)

    def entered(self) -> None:
        self.busy(False)

    def show_invite(self, path: Path, said: InviteView) -> None:
        self._path = path
        self.notice.clear()
        self._file.setText(f"{foreign(path.name, 120)} says")
        endpoint = foreign(said.endpoint, 200)
        where = f"{endpoint} (on this machine)" if said.endpoint.startswith(_HERE) else endpoint
        self._facts.show_facts(
            [
                ("Network", foreign(said.name, 80)),
                ("Its node", where),
                ("Chain id", str(said.chain_id)),
                ("Known up to", f"block {number(said.block)}"),
                ("Brings along", f"the rules of {count(said.datanets, 'Datanet')}"),
            ]
        )
        self._says.show()
        self.busy(False)
        self._next.setFocus()

    def refused(self, error: BaseException) -> None:
        """The file is no invite: nothing of an earlier one stays on the screen."""
        self.forget()
        self.notice.say_error(error)

    def busy(self, on: bool) -> None:
        self._next.setText("Asking its node…" if on else "Check and continue")
        self._next.setEnabled(self._path is not None and not on)

    def failed(self, error: BaseException) -> None:
        self.busy(False)
        if isinstance(error, NodeUnreachable):
            words = (
                "Ask whoever invited you whether the network is open now (their Network page, Open this network to "
                "others), and whether the invite is still good: a new token ends it. Nothing was made here."
            )
            self.notice.say("Its node does not answer", words, "warning")
        elif isinstance(error, BadInput) and error.values.get("reason") == "contracts":
            words = "It comes from another version of this program. Update both to the same, and ask for a new invite."
            self.notice.say("The network has other contracts than this program", words, "danger")
        else:
            super().failed(error)

    def _go(self) -> None:
        if self._path is not None and self._next.isEnabled():
            self.notice.clear()
            self.busy(True)
            self.entered_invite.emit(self._path)
