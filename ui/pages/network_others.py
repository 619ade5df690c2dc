"""Other networks on the network page: whom to ask, what they said, and how far that can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from core.values import NetworkLook, OtherNetwork
from ui import ask
from ui.text import ago, amount, foreign, number, short_hash, tone, trust, word
from ui.theme import fonts
from ui.theme.tokens import CONTROL_HEIGHT, S
from ui.widgets import Button, Card, LabeledField, Line, Notice, Text, TrustBadge, column, row
from ui.widgets.facts import Facts

if TYPE_CHECKING:
    from ui.pages.network import NetworkPage

_HINT = (
    "Balances there are read with proofs and shown; nothing is sent. Which block is the newest is the endpoint's word "
    "until you add more of them and most agree."
)
_ANOTHER = "Another network…"


class OtherNetworks(QWidget):
    def __init__(self, page: NetworkPage) -> None:
        super().__init__()
        self._page = page
        self._said = Notice(name="others-said")
        self._rows = column(space=S)
        self._holder: QWidget | None = None
        self._looks: dict[str, NetworkLook] = {}
        self._known: tuple[OtherNetwork, ...] = ()
        card = Card(
            self._said, self._rows, Line(), self._form(), title="Other networks", hint=_HINT, name="others-card"
        )
        column(card, space=0, parent=self)

    def _form(self) -> QWidget:
        self._which = QComboBox()
        self._which.setObjectName("others-which")
        self._which.setMinimumHeight(CONTROL_HEIGHT)
        self._which.currentIndexChanged.connect(lambda _at: self._name_field.setVisible(self._key() is None))
        self._name = _line("others-name", "What you call it", 60)
        self._name_field = LabeledField("Name", self._name)
        self._url = _line("others-url", "https://…", 300)
        self._url.setFont(fonts.font("mono"))
        self._url.returnPressed.connect(self._add)
        self._url_field = LabeledField("Endpoint", self._url)
        self._go = Button("Add endpoint", name="others-add", icon="plus", on=self._add)
        form = QWidget()
        line = row(LabeledField("Network", self._which), self._name_field, space=S)
        column(line, self._url_field, row(self._go, None), space=S, parent=form)
        return form

    def _key(self) -> str | None:
        found = self._which.currentData()
        return found if isinstance(found, str) else None

    # -- what is shown -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        self._page.run(self._page.client.networks.all, on_done=self._show, on_error=self._said.say_error)

    def _show(self, networks: Sequence[OtherNetwork]) -> None:
        self._known = tuple(networks)
        chosen = self._which.currentIndex()
        self._which.clear()
        for one in networks:
            self._which.addItem(f"{foreign(one.name, 60)} ({one.chain_id})", one.key)
        self._which.addItem(_ANOTHER, None)
        self._which.setCurrentIndex(min(max(0, chosen), self._which.count() - 1))
        self._name_field.setVisible(self._key() is None)
        self._paint()

    def _paint(self) -> None:
        if self._holder is not None:
            self._rows.removeWidget(self._holder)
            self._holder.hide()
            self._holder.deleteLater()
        self._holder = QWidget()
        column(*[self._network(one) for one in self._known], space=S, parent=self._holder)
        self._rows.addWidget(self._holder)

    def _network(self, one: OtherNetwork) -> QWidget:
        made = QWidget()
        look = self._looks.get(one.key)
        badge = TrustBadge()
        badge.show_trust(None if look is None else look.trust)
        ask_now = Button("Ask now", name=f"look-{one.chain_id}", on=lambda: self._look(one.key))
        ask_now.setEnabled(bool(one.endpoints))
        away = Button("Remove", name=f"away-{one.chain_id}", icon="trash-2", on=lambda: self._away(one))
        away.setVisible(one.custom or bool(one.endpoints))
        whom = Button("Whom to believe…", name=f"believe-{one.chain_id}", on=lambda: self._believe(one))
        whom.setVisible(bool(one.endpoints))
        top = row(Text(foreign(one.name, 60), "strong"), badge, None, ask_now, whom, away, space=S)
        facts = Facts(labels=130, name=f"facts-{one.chain_id}")
        facts.show_facts(_facts(one, look))
        column(top, facts, space=2, parent=made)
        return made

    # -- doing -------------------------------------------------------------------------------------------------------

    def _look(self, key: str) -> None:
        self._said.clear()
        self._page.run(
            self._page.client.networks.look,
            key,
            title="Ask the endpoints",
            on_done=self._looked,
            on_error=self._said.say_error,
        )

    def _believe(self, one: OtherNetwork) -> None:
        self._page.start(self._believing(one))

    async def _believing(self, one: OtherNetwork) -> None:
        from ui.pages.network_trusting import TrustSheet

        if await ask.opened(TrustSheet(self._page, one)):
            self.load()
            self._look(one.key)

    def _looked(self, look: NetworkLook) -> None:
        self._looks[look.network.key] = look
        self._paint()

    def _add(self) -> None:
        self._said.clear()
        key, url = self._key(), self._url.text().strip()
        if not url:
            self._url_field.fail("Give the address of a node of this network.")
            return
        self._go.setEnabled(False)
        networks = self._page.client.networks
        work, given = (networks.add, self._name.text()) if key is None else (networks.add_endpoint, key)
        self._page.run(work, given, url, on_done=self._added, on_error=self._not_added)

    def _added(self, one: OtherNetwork) -> None:
        self._go.setEnabled(True)
        self._url.clear()
        self._name.clear()
        self._looks.pop(one.key, None)
        self._page.say("The endpoint was added", f"It serves {foreign(one.name, 60)}, as it should.")
        self.load()

    def _not_added(self, error: BaseException) -> None:
        self._go.setEnabled(True)
        self._said.say_error(error)

    def _away(self, one: OtherNetwork) -> None:
        self._page.start(self._remove(one))

    async def _remove(self, one: OtherNetwork) -> None:
        words = "Its endpoints are forgotten. Nothing on that network changes."
        title = f"Remove {foreign(one.name, 60)}?" if one.custom else f"Forget the endpoints of {one.name}?"
        if await ask.question(self._page, title, words, yes="Remove", name="others-remove"):
            self._looks.pop(one.key, None)
            self._page.run(
                self._page.client.networks.remove,
                one.key,
                on_done=lambda _none: self.load(),
                on_error=self._said.say_error,
            )


def _line(name: str, hint: str, longest: int) -> QLineEdit:
    made = QLineEdit()
    made.setObjectName(name)
    made.setPlaceholderText(hint)
    made.setMaxLength(longest)
    made.setMinimumHeight(CONTROL_HEIGHT)
    return made


def _facts(one: OtherNetwork, look: NetworkLook | None) -> list[tuple[str, str | QWidget]]:
    """What was chosen, then what was said: never a balance without how far it is believed."""
    facts: list[tuple[str, str | QWidget]] = [("Chain id", f"{one.chain_id}{' · a test network' if one.test else ''}")]
    if not one.endpoints:
        return [*facts, ("Endpoints", "None yet. Add one below.")]
    hosts = ", ".join(foreign(url, 100) for url in one.endpoints)
    several = len(one.endpoints) > 1
    needed = (
        f" · {one.needed} of {len(one.endpoints)} must agree" if several else " · one alone: its word is all there is"
    )
    facts.append(("Endpoints", hosts + needed))
    if one.checkpoint is not None:
        facts.append(("Pinned block", f"{number(one.checkpoint[0])} · {short_hash(one.checkpoint[1])}"))
    if look is None:
        return facts
    facts += [(foreign(entry.endpoint, 100), _standing(entry.standing, entry.height)) for entry in look.endpoints]
    if look.height is not None:
        made = "" if look.time is None else f" · made {ago(look.time)}"
        facts.append(("Newest block", number(look.height) + made))
    facts.append(("Believed", trust(look.trust).what_to_do))
    facts += [
        (foreign(name, 40), f"{amount(balance.value)} {foreign(one.symbol, 12)} · {trust(balance.trust).title}")
        for name, balance in look.balances
    ]
    return facts


def _standing(standing: str, height: int | None) -> QWidget:
    said = word("standing", standing) + ("" if height is None else f" · block {number(height)}")
    return Text(said, "small_strong", tone("standing", standing), wrap=True)
