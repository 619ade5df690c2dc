"""People: who contributed, who curates, and whose labels are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from core.units import Address
from core.values import DatanetView
from ui import ask, tasks
from ui.ask import Sheet
from ui.pages.base import Page
from ui.pages.datanet_tab import Tab
from ui.tables import Column, TablePanel
from ui.text import Tone, foreign, number, percent
from ui.theme.tokens import CONTROL_HEIGHT, M
from ui.widgets import Button, EmptyState, LabeledField, Notice, Text, column, row

TRUST_WORDS = (
    "The labels of trusted contributors are the measure: everybody else's quality is judged against them. "
    "Trust only people whose records you have read. The next version says whom you trusted."
)


@dataclass(frozen=True)
class Row:
    address: Address
    name: str
    mine: bool
    curator: bool
    invited: bool
    trusted: bool
    contributions: int
    records: int
    accepted: int

    @property
    def roles(self) -> str:
        said = [
            ("You", self.mine),
            ("curator", self.curator),
            ("trusted", self.trusted),
            ("invited", self.invited and not self.curator),
        ]
        words = ", ".join(word for word, holds in said if holds)
        return words[:1].upper() + words[1:] if words else "-"

    @property
    def share(self) -> str:
        return percent(self.accepted / self.records, 0) if self.records else "-"


def _tone(one: Row) -> Tone:
    return "success" if one.trusted else ""


COLUMNS: tuple[Column[Row], ...] = (
    Column("Name", lambda one: one.name, grow=2, width=120, tip=lambda one: f"{foreign(one.name)}\n{one.address}"),
    Column("Address", lambda one: one.address.short(), mono=True, width=160, tip=lambda one: str(one.address)),
    Column("Role", lambda one: one.roles, grow=2, width=120, tone=_tone),
    Column("Contributions", lambda one: number(one.contributions), lambda one: one.contributions, "right", width=118),
    Column("Records", lambda one: number(one.records), lambda one: one.records, "right", width=88),
    Column(
        "Accepted",
        lambda one: one.share,
        lambda one: one.accepted / one.records if one.records else -1,
        "right",
        width=92,
    ),
)


class InviteSheet(Sheet):
    """An account that may contribute. `address` and `label` once accepted."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner, "Invite somebody", name="invite", width=520)
        self.address: Address | None = None
        self._edit = QLineEdit()
        self._edit.setObjectName("invite-address")
        self._edit.setMinimumHeight(CONTROL_HEIGHT)
        self._name = QLineEdit()
        self._name.setObjectName("invite-name")
        self._name.setMaxLength(80)
        self._name.setMinimumHeight(CONTROL_HEIGHT)
        self._field = LabeledField("Address of their account", self._edit, "They find it on their Wallet page.")
        self.body.addWidget(self._field)
        self.body.addWidget(LabeledField("Name for you", self._name, "Stays on this device.", optional=True))
        self.buttons("Invite")
        self._edit.setFocus()

    @property
    def label(self) -> str:
        return self._name.text()

    def accept(self) -> None:
        try:
            self.address = Address.parse(self._edit.text().strip())
        except Exception as error:  # noqa: BLE001 - shown in words beneath the field
            self._field.fail_with(error)
            return
        super().accept()


class PeopleTab(Tab):
    key, words = "people", "People"

    def __init__(self, page: Page, view: DatanetView) -> None:
        super().__init__(page, view)
        self.primary = Button("Invite", "primary", name="people-invite", icon="user-plus", on=self._ask_invite)
        self._said = Notice(name="people-said")
        self._trust = Button("Trust", name="people-trust", icon="badge-check", on=self._toggle)
        self._rename = Button("Name…", name="people-rename", icon="pencil", on=self._ask_name)
        self._trace = Button("What they did", name="people-trace", icon="activity", on=self._open_trace)
        self._table: TablePanel[Row] = TablePanel(
            COLUMNS,
            noun="account",
            empty=EmptyState("users", "Nobody yet", "People appear here with their first contribution."),
            filters=(
                ("Contributors", lambda one: one.records > 0),
                ("Trusted", lambda one: one.trusted),
                ("Curators", lambda one: one.curator),
            ),
            search=lambda one: f"{one.name} {one.address}",
            name="people",
        )
        self._table.chosen.connect(lambda _row: self._may())
        self._table.opened.connect(lambda _row: self._open_trace())
        why = Text(TRUST_WORDS, "small", "muted", wrap=True)
        below = row(why, self._trace, self._rename, self._trust, space=M)
        below.setStretch(0, 1)
        column(self._said, self._table, below, space=M, parent=self).setStretch(1, 1)
        self._may()

    def load(self) -> None:
        self.reader.read(self._read, self.view, on_done=self._show)

    def _read(self, view: DatanetView) -> tuple[list[Row], bool]:
        wallet = self.client.wallet
        mine = wallet.addresses()
        rows = [self._row(person, wallet, mine) for person in self.client.datanets.people.all(view.id)]
        rows.sort(key=lambda one: (-one.records, not one.mine, one.name.casefold()))
        invited = self.client.datanets.catalogue.get(view.id).rules.access == "invited"
        return rows, invited

    def _row(self, person: Any, wallet: Any, mine: frozenset[Address]) -> Row:
        return Row(
            person.address,
            foreign(person.name or wallet.name_of(person.address), 80),
            person.address in mine,
            person.curator,
            person.invited,
            person.trusted,
            person.contributions,
            person.records,
            person.accepted,
        )

    def _show(self, found: tuple[Sequence[Row], bool]) -> None:
        rows, invited = found
        chosen = self._table.view.current
        self._table.set_rows(rows)
        if chosen is not None:
            again = next((one for one in rows if one.address == chosen.address), None)
            if again is not None:
                self._table.view.choose(again)
        self.offer("Invite", shown=invited and self.view.curator)
        self._may()

    def _may(self) -> None:
        one = self._table.view.current
        may = one is not None and self.view.curator
        self._trust.setEnabled(may)
        self._trust.setText("Stop trusting" if one is not None and one.trusted else "Trust")
        self._rename.setEnabled(one is not None)
        self._trace.setEnabled(one is not None)
        for button in (self._trace, self._rename, self._trust):
            button.setToolTip("" if one is not None else "Choose somebody in the list first")

    # -- doing -------------------------------------------------------------------------------------------------------

    def _open_trace(self) -> None:
        one = self._table.view.current
        if one is not None:
            self.page.go("trace", ("person", one.address, "datanets"))

    def _toggle(self) -> None:
        one = self._table.view.current
        if one is not None and self.view.curator:
            tasks.start(self, self._trusting(one), on_error=self._said.say_error)

    async def _trusting(self, one: Row) -> None:
        if not one.trusted:
            who = foreign(one.name, 60)
            if not await ask.question(self, f"Trust the labels of {who}?", TRUST_WORDS, yes="Trust", name="trust"):
                return
        await tasks.call(self.client.datanets.people.set, self.view.id, one.address, trusted=not one.trusted)
        self.stale()

    def _ask_name(self) -> None:
        one = self._table.view.current
        if one is not None:
            tasks.start(self, self._naming(one), on_error=self._said.say_error)

    async def _naming(self, one: Row) -> None:
        wanted = await ask.line(self, "Name on this device", "Name", start=one.name, name="person-name")
        if wanted is not None:
            await tasks.call(self.client.datanets.people.set, self.view.id, one.address, name=wanted)
            self.stale()

    def _ask_invite(self) -> None:
        tasks.start(self, self._inviting(), on_error=self._said.say_error)

    async def _inviting(self) -> None:
        sheet = InviteSheet(self)
        accepted = await ask.opened(sheet)
        if not accepted or sheet.address is None:
            return
        people = self.client.datanets.people
        await tasks.call(people.set, self.view.id, sheet.address, invited=True, name=sheet.label or None)
        self._said.say("Invited", f"{sheet.address} may contribute now.", "success")
        self.stale()
