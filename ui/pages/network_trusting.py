"""Whom to believe about another network: how many endpoints must agree, and a block known from elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from core.values import OtherNetwork
from ui import tasks
from ui.ask import Sheet
from ui.text import count, foreign
from ui.theme import fonts
from ui.theme.tokens import CONTROL_HEIGHT
from ui.widgets import LabeledField, Line, Notice, Text

if TYPE_CHECKING:
    from ui.pages.network import NetworkPage

_HASH = re.compile(r"(0x)?[0-9a-fA-F]{64}")
_LONGEST_NUMBER = 18  # digits: below 2^60
_AGREE = (
    "More than half always have to. All of them is the strictest: then one that cannot be reached keeps you from "
    "reading anything."
)
_ALONE = (
    "There is one endpoint, so its word is all there is. Add a second and a third one: then most of them must agree."
)
_NUMBER = "A block's number has digits only, and fewer than 19 of them."
_WRONG = "A hash has 0x and 64 letters and digits from 0 to 9 and a to f. Copy the whole of it."
_PIN = (
    "A block whose hash you know from somewhere you trust, such as the network's own site or a friend's node. Every "
    "endpoint must have this very block, and balances of up to then are proven from it. Leave both empty for none."
)


class TrustSheet(Sheet):
    """Saves by itself and closes when that worked. Names: `believe`, `believe-needed`, `believe-number`, `-hash`."""

    def __init__(self, page: NetworkPage, network: OtherNetwork) -> None:
        super().__init__(page, f"Whom to believe about {foreign(network.name, 60)}", name="believe", width=600)
        self._page, self._network = page, network
        self._said = Notice(name="believe-said")
        self._needed = QComboBox()
        self._needed.setObjectName("believe-needed")
        self._needed.setMinimumHeight(CONTROL_HEIGHT)
        self._number = _line("believe-number", "For example 21,000,000", 30)
        self._hash = _line("believe-hash", "0x…", 80)
        self._hash.setFont(fonts.font("mono_small"))
        self._number_field = LabeledField("Number of the block", self._number)
        self._hash_field = LabeledField("Its hash", self._hash, "0x and 64 letters and digits, as it was published.")
        for edit, field in ((self._number, self._number_field), (self._hash, self._hash_field)):
            edit.textChanged.connect(lambda _text, field=field: field.clear())
        self.body.addWidget(self._said)
        self.body.addWidget(self._quorum_part())
        parts: tuple[QWidget, ...] = (Line(), Text("A block you know", "strong"), Text(_PIN, tone="muted", wrap=True))
        for part in (*parts, self._number_field, self._hash_field):
            self.body.addWidget(part)
        if network.checkpoint is not None:
            self._number.setText(f"{network.checkpoint[0]:,}")
            self._hash.setText(network.checkpoint[1])
        self.buttons("Save and ask")

    def _quorum_part(self) -> QWidget:
        whole = len(self._network.endpoints)
        for needed in range(whole // 2 + 1, whole + 1):
            words = f"All {whole}" if needed == whole else f"{needed} of {whole}"
            self._needed.addItem(f"{words} must name the same newest block", needed)
        self._needed.setCurrentIndex(max(0, self._needed.findData(self._network.needed)))
        if whole < 2:
            return Text(_ALONE, wrap=True)
        return LabeledField(f"How many of the {count(whole, 'endpoint')} must agree", self._needed, _AGREE)

    def _pinned(self) -> tuple[int | None, str] | None:
        """The block that was entered, (None, "") for none; None when something is wrong, which is then said."""
        number = re.sub(r"[\s,.']", "", self._number.text())
        block_hash = self._hash.text().strip()
        if not number and not block_hash:
            return None, ""
        if not number.isdecimal() or len(number) > _LONGEST_NUMBER:
            self._number_field.fail("Give the block's number: it belongs to the hash." if not number else _NUMBER)
        if not _HASH.fullmatch(block_hash):
            self._hash_field.fail(
                "Give the hash of that block: a number alone proves nothing." if not block_hash else _WRONG
            )
        return None if self._number_field.error or self._hash_field.error else (int(number), block_hash)

    def accept(self) -> None:
        self._said.clear()
        self._number_field.clear()
        self._hash_field.clear()
        found = self._pinned()
        if found is None:
            self.fit()
            return
        self._page.start(self._saving(*found), on_error=self._failed)

    async def _saving(self, number: int | None, block_hash: str) -> None:
        networks, before = self._page.client.networks, self._network
        needed = self._needed.currentData()
        if needed is not None and needed != before.needed:
            await tasks.call(networks.need, before.key, needed)
        pinned = None if number is None else (number, "0x" + block_hash.lower().removeprefix("0x"))
        if pinned != before.checkpoint:
            await tasks.call(networks.pin, before.key, number, block_hash)
        super().accept()

    def _failed(self, error: BaseException) -> None:
        self._said.say_error(error)
        self.fit()


def _line(name: str, hint: str, longest: int) -> QLineEdit:
    made = QLineEdit()
    made.setObjectName(name)
    made.setPlaceholderText(hint)
    made.setMaxLength(longest)
    made.setMinimumHeight(CONTROL_HEIGHT)
    return made
