"""Opening the node to others: start and stop serving, what to give to whom, and the invite file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from core.errors import BadInput, PortInUse
from core.values import ServingView
from ui import ask, tasks
from ui.theme import fonts, icons
from ui.theme.tokens import CONTROL_HEIGHT, S
from ui.widgets import (
    AddressLabel,
    Button,
    Card,
    IconButton,
    LabeledField,
    Notice,
    NumberField,
    Text,
    column,
    row,
)
from ui.widgets.facts import Facts
from ui.widgets.labels import Icon

if TYPE_CHECKING:
    from ui.pages.network import NetworkPage

_HINT = (
    "Programs and other profiles on this machine can then use your node with a token that you give them. No key leaves "
    "this profile. It ends when the profile is locked, also when it locks by itself."
)
_HOLDER = (
    "Whoever holds it can read this network and send their own transactions on it from this machine, while the network "
    "is open. It holds no key of yours. A new token ends it."
)
_WRONG = {
    "name": "Choose a name of plain letters, at most 80 of them.",
    "endpoint": "An address starts with https:// and has no user name and no question mark in it.",
}
_DOTS = "•" * 32
_PORTS = (1024, 65_535)  # below, only an administrator may listen


class OpenToOthers(QWidget):
    def __init__(self, page: NetworkPage) -> None:
        super().__init__(page)
        self._page = page
        self._now = ServingView(None, 8545, "", read_only=False)
        self._said = Notice(name="serve-said")
        self._icon = Icon("circle-slash", "muted", 18)
        self._state = Text("", "medium")
        self._state.setObjectName("serve-state")
        self._invite = Button("Save an invite file…", name="serve-invite", icon="users", on=self._ask_invite)
        self._stopped, self._started = self._stopped_part(), self._started_part()
        top = row(self._icon, self._state, None, self._invite, space=S)
        card = Card(
            top,
            self._said,
            self._stopped,
            self._started,
            title="Open this network to others",
            hint=_HINT,
            name="serve-card",
        )
        column(card, space=0, parent=self)
        self._show(self._now)

    def _stopped_part(self) -> QWidget:
        part = QWidget()
        self._port = NumberField(*_PORTS, 8545, name="serve-port")
        self._port.setGroupSeparatorShown(False)
        self._port.setMinimumWidth(160)
        self._port.valueChanged.connect(lambda _port: self._port_field.clear())
        self._port_field = LabeledField("Port", self._port)
        self._read_only = QCheckBox("Read only: answer questions, take no transactions")
        self._read_only.setObjectName("serve-read-only")
        self._start = Button("Start serving", name="serve-start", icon="play", on=self._ask_start)
        column(row(self._port_field, None), self._read_only, row(self._start, None), parent=part)
        return part

    def _started_part(self) -> QWidget:
        part = QWidget()
        self._facts = Facts(labels=130, name="serve-facts")
        self._stop = Button("Stop serving", name="serve-stop", icon="x", on=self._ask_stop)
        self._renew = Button("New token…", name="serve-renew", icon="key", on=self._ask_renew)
        column(self._facts, row(self._stop, self._renew, None, space=S), parent=part)
        return part

    # -- what is shown -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        self._page.run(self._page.client.joining.serving, on_done=self._show, on_error=self._said.say_error)

    def _show(self, now: ServingView) -> None:
        self._busy(False)
        if now == self._now and self._state.text():
            return  # each block reads again: what is looked at or copied now stays
        if now.port != self._now.port and now.port >= _PORTS[0]:
            self._port.setValue(now.port)
        self._now, on = now, now.address is not None
        self._state.setText(
            "Open on this machine" if on else "Closed: nothing listens, only this program asks the node"
        )
        self._icon.show_icon("circle-dot" if on else "circle-slash", "success" if on else "muted")
        self._stopped.setVisible(not on)
        self._started.setVisible(on)
        if now.address is not None:
            takes = "Questions only" if now.read_only else "Questions, and transactions that are signed already"
            self._facts.show_facts(
                [
                    ("Address", AddressLabel(now.address, "mono_small", name="serve-address")),
                    ("Token", SecretLabel(now.token, name="serve-token")),
                    ("Takes", takes),
                ]
            )

    def _busy(self, on: bool) -> None:
        for button in (self._start, self._stop, self._renew, self._invite):
            button.setEnabled(not on)

    # -- doing -------------------------------------------------------------------------------------------------------

    def _ask_start(self) -> None:
        self._serve(self._port.value(), self._read_only.isChecked())

    def _serve(self, port: int, read_only: bool, *, new_token: bool = False) -> None:
        def started(_address: object) -> None:
            if new_token:
                self._said.say(
                    "There is a new token", "Every invite and address given out before has ended.", "success"
                )
            self.load()

        self._said.clear()
        self._busy(True)
        serve = self._page.client.joining.serve
        how = {"read_only": read_only, "new_token": new_token}
        self._page.run(lambda: serve(port, **how), on_done=started, on_error=self._not_done)

    def _not_done(self, error: BaseException) -> None:
        self.load()  # whatever was open before may be closed now
        if isinstance(error, PortInUse) and self._now.address is None:
            self._port_field.fail_with(error)
        else:
            self._said.say_error(error)

    def _ask_stop(self) -> None:
        self._said.clear()
        self._busy(True)
        stop = self._page.client.joining.stop_serving
        self._page.run(stop, on_done=lambda _none: self.load(), on_error=self._not_done)

    def _ask_renew(self) -> None:
        self._page.start(self._renewing())

    async def _renewing(self) -> None:
        words = (
            "Every invite and address that was given out so far ends at once. Save new invites for those who are to "
            "stay. Profiles that joined keep all they have, and read nothing new until they take a new invite."
        )
        if await ask.question(self._page, "End all invites?", words, yes="Make a new token", name="renew"):
            self._serve(self._now.port, self._now.read_only, new_token=True)

    def _ask_invite(self) -> None:
        self._page.start(self._inviting())

    async def _inviting(self) -> None:
        sheet = InviteSheet(self._page)
        if not await ask.opened(sheet):
            return
        name, endpoint = sheet.name, sheet.endpoint
        path = await ask.save_file(self._page, "Save the invite", "network.olinvite", "Invites (*.olinvite)")
        if path is None:
            return
        self._said.clear()
        self._busy(True)
        try:
            await tasks.call(self._write, path, name, endpoint)
        except Exception as error:  # noqa: BLE001 - shown in words on the card
            self._not_saved(error)
        else:
            closed = "" if self._now.address is not None else f" It works once you serve on port {self._now.port}."
            self._said.say(f"{path.name} is saved", f"{_HOLDER}{closed}", "success")
        self.load()

    def _not_saved(self, error: BaseException) -> None:
        reason = str(getattr(error, "values", {}).get("reason", ""))
        if isinstance(error, BadInput) and reason in _WRONG:
            self._said.say("The invite was not saved", _WRONG[reason], "warning")
        else:
            self._said.say_error(error)

    def _write(self, path: Path, name: str, endpoint: str | None) -> None:
        self._page.client.joining.invite(path, endpoint=endpoint, name=name)


class InviteSheet(ask.Sheet):
    """What goes into the invite, before its file is chosen."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner, "Invite somebody to this network", name="invite-network", width=520)
        self.body.addWidget(Text(_HOLDER, tone="muted", wrap=True))
        self._name = _line("invite-network-name", "Ann's network", 80)
        self.body.addWidget(LabeledField("What others will call it", self._name, optional=True))
        self._endpoint = _line("invite-network-endpoint", "https://…", 300)
        self._endpoint.setFont(fonts.font("mono"))
        words = "Only where you lead your node out yourself, by a tunnel or an HTTPS proxy. Empty: on this machine."
        self.body.addWidget(LabeledField("Reached from elsewhere at", self._endpoint, words, optional=True))
        self.buttons("Choose the file…")
        self._name.setFocus()

    @property
    def name(self) -> str:
        return self._name.text().strip()

    @property
    def endpoint(self) -> str | None:
        return self._endpoint.text().strip() or None


class SecretLabel(AddressLabel):
    """A secret behind dots until it is looked at; it can be copied without being shown."""

    def __init__(self, secret: str, *, name: str) -> None:
        super().__init__(secret, "mono_small", name=name)
        self._shown = True
        self._eye = IconButton("eye", "Hide the token", name=f"{name}-eye", on=self.turn)
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.insertWidget(1, self._eye)
        self.turn()

    def turn(self) -> None:
        self._shown = not self._shown
        self._text.setText(self._value if self._shown else _DOTS)
        self._text.setAccessibleName(self._value if self._shown else "hidden")
        words = "Hide the token" if self._shown else "Show the token"
        self._eye.setToolTip(words)
        self._eye.setAccessibleName(words)
        icons.put(self._eye, "eye-off" if self._shown else "eye", "muted", 18)


def _line(name: str, hint: str, longest: int) -> QLineEdit:
    made = QLineEdit()
    made.setObjectName(name)
    made.setPlaceholderText(hint)
    made.setMaxLength(longest)
    made.setMinimumHeight(CONTROL_HEIGHT)
    return made
