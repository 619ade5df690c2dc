"""Contacts: people and contracts the person sends to, kept in the encrypted vault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from core.errors import BadAddress
from core.units import Address
from core.values import ContactView, LookAlikeView
from ui import ask, tasks
from ui.ask import Sheet
from ui.tables import Column, TablePanel
from ui.text import foreign
from ui.theme import fonts
from ui.theme.tokens import CONTROL_HEIGHT
from ui.widgets import AddressLabel, Button, EmptyState, LabeledField, Notice, column
from ui.widgets.address_diff import AddressDiff

if TYPE_CHECKING:
    from ui.pages.wallet import WalletPage

_COLUMNS: tuple[Column[ContactView], ...] = (
    Column("Name", lambda one: one.name, width=150, grow=1),
    Column("Address", lambda one: str(one.address), mono=True, width=366),
    Column("Note", lambda one: one.note, width=120, grow=2),
)


class ContactTable(QWidget):
    def __init__(self, page: WalletPage) -> None:
        super().__init__()
        self._page = page
        self._send = Button("Send", name="contact-send", icon="send", on=self._send_to)
        self._edit = Button("Edit", name="contact-edit", icon="pencil", on=self._edit_current)
        self._remove = Button("Remove", name="contact-remove", icon="trash-2", on=self._remove_current)
        add = Button("Add contact", name="contact-add", icon="user-plus", on=self.add)
        self._table: TablePanel[ContactView] = TablePanel(
            _COLUMNS,
            noun="contact",
            empty=EmptyState(
                "users",
                "No contacts yet",
                "A contact has a name, so that you recognise its address, and so that addresses made to look like "
                "it are caught.",
                "Add contact",
                self.add,
                kind="plain",
                name="contacts-empty",
            ),
            tools=(self._send, self._edit, self._remove, add),
            name="contacts",
        )
        self._table.opened.connect(self.edit)
        self._table.chosen.connect(self._chosen)
        column(self._table, space=0, parent=self)
        self._chosen(None)

    def show_rows(self, contacts: Sequence[ContactView]) -> None:
        self._table.set_rows(contacts)

    def _chosen(self, row: ContactView | None) -> None:
        for button in (self._send, self._edit, self._remove):
            button.setEnabled(row is not None)

    def _send_to(self) -> None:
        if self._table.view.current is not None:
            self._page.send(to=self._table.view.current.address)

    def _edit_current(self) -> None:
        if self._table.view.current is not None:
            self.edit(self._table.view.current)

    def _remove_current(self) -> None:
        if self._table.view.current is not None:
            self._page.start(self._removing(self._table.view.current))

    async def _removing(self, contact: ContactView) -> None:
        words = "Only its name is forgotten. What was sent stays in your activity."
        title = f"Remove {foreign(contact.name, 60)}?"
        if await ask.question(self._page, title, words, yes="Remove", danger=True, name="contact-forget"):
            await tasks.call(self._page.client.wallet.remove_contact, contact.address)

    def add(self) -> None:
        self._page.start(self._saving(ContactSheet(self._page)))

    def edit(self, contact: ContactView) -> None:
        self._page.start(self._saving(ContactSheet(self._page, contact)))

    async def _saving(self, sheet: ContactSheet) -> None:
        await ask.opened(sheet)


class ContactSheet(Sheet):
    """Saves by itself and closes when that worked. Names: `contact`, `contact-name`, `contact-address`, `-note`."""

    def __init__(self, page: WalletPage, contact: ContactView | None = None) -> None:
        super().__init__(page, "Add a contact" if contact is None else "Edit the contact", name="contact", width=520)
        self._page, self._contact = page, contact
        self._name, self._note = _line("contact-name", 60), _line("contact-note", 200)
        self._address = _line("contact-address", 80)
        self._address.setFont(fonts.font("mono"))
        self._address.setPlaceholderText("0x…")
        self._name_field = LabeledField("Name", self._name)
        self._address_field = LabeledField("Address", self._address, "Paste it from where you trust it.")
        self._said = Notice(name="contact-said")
        self.body.addWidget(self._said)
        self.body.addWidget(self._name_field)
        if contact is None:
            self.body.addWidget(self._address_field)
        else:
            self.body.addWidget(AddressLabel(contact.address, name="contact-shown"))
            self._name.setText(contact.name)
            self._note.setText(contact.note)
            self._address.setText(str(contact.address))
        self.body.addWidget(LabeledField("Note", self._note, optional=True))
        self._diff: AddressDiff | None = None
        self.buttons("Save")
        self._name.setFocus()

    def accept(self) -> None:
        self._said.clear()
        self._name_field.clear()
        self._address_field.clear()
        try:
            address = Address.parse(self._address.text())
        except BadAddress as error:
            self._address_field.fail_with(error)
            self.fit()
            return
        self._page.start(self._checking(address), on_error=self._failed)

    async def _checking(self, address: Address) -> None:
        wallet = self._page.client.wallet
        found: LookAlikeView | None = await tasks.call(wallet.resembles, address)
        if found is not None and self._diff is None and self._contact is None:
            self._warn(address, found)
            return
        await tasks.call(wallet.save_contact, address, self._name.text(), self._note.text())
        super().accept()

    def _warn(self, address: Address, found: LookAlikeView) -> None:
        self._said.say(
            "Stop and look",
            f"This address begins and ends like {foreign(found.name, 60)}, but is another one. Save it only if you "
            "have asked its owner, and compared every marked character.",
            "danger",
        )
        self._diff = AddressDiff(found.known, address, found.different)
        self.body.insertWidget(1, self._diff)
        self.yes.setText("Save all the same")
        self.fit()

    def _failed(self, error: BaseException) -> None:
        if getattr(error, "values", {}).get("field") == "name":
            self._name_field.fail_with(error)
        else:
            self._said.say_error(error)
        self.fit()


def _line(name: str, longest: int) -> QLineEdit:
    edit = QLineEdit()
    edit.setObjectName(name)
    edit.setMaxLength(longest)
    edit.setMinimumHeight(CONTROL_HEIGHT)
    return edit
