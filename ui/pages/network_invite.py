"""The invite of a profile that joined: taking a new one, when its token ended or its node moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.errors import Cancelled, NodeUnreachable
from ui import ask, tasks
from ui.text import foreign
from ui.widgets import Button, Card, Notice, ProgressPanel, column, row

if TYPE_CHECKING:
    from ui.pages.network import NetworkPage

_HINT = (
    "It ends when whoever invited you makes a new token, and the address in it may change. Then ask for a new invite "
    "and take it here: your accounts, records and models stay as they are."
)
_SILENT = "The node that the new invite names does not answer either. Ask whether it is open now. Nothing was changed."


class YourInvite(QWidget):
    """Names: `invite-take`, `invite-said`."""

    def __init__(self, page: NetworkPage) -> None:
        super().__init__(page)
        self._page = page
        self._said = Notice(name="invite-said")
        self._progress = ProgressPanel(name="invite-progress")
        self._take = Button("Take a new invite…", name="invite-take", icon="key", on=self._ask)
        card = Card(
            row(self._take, None), self._progress, self._said, title="Your invite", hint=_HINT, name="invite-card"
        )
        column(card, space=0, parent=self)

    def _ask(self) -> None:
        self._said.clear()
        self._take.setEnabled(False)
        task = tasks.start(self, self._taking(), title="Take a new invite", on_done=self._done, on_error=self._failed)
        self._progress.follow(task)

    async def _taking(self) -> str | None:
        path = await ask.open_file(self._page, "Take a new invite", "Invites (*.olinvite);;All files (*)")
        if path is None:
            return None
        found = await tasks.call(self._page.client.joining.renew, path, with_progress=True)
        return str(found.endpoint)

    def _done(self, endpoint: str | None) -> None:
        self._take.setEnabled(True)
        if endpoint is not None:
            words = (
                f"The node is asked at {foreign(endpoint, 200)} from now on. It goes on from all that you had proven."
            )
            self._said.say("The new invite is taken", words, "success")
            self._page.load()

    def _failed(self, error: BaseException) -> None:
        self._take.setEnabled(True)
        if isinstance(error, NodeUnreachable):
            self._said.say("Its node does not answer", _SILENT, "warning")
        elif not isinstance(error, Cancelled):
            self._said.say_error(error)
