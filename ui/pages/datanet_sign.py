"""The last look before signing: what leaves the device, what stays, and what is included knowingly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from core.values import DatanetView
from ui.datanet_words import check_name, licence_name, uses_words
from ui.pages.datanet_tab import Reader, Tab
from ui.text import count, foreign, number
from ui.theme.tokens import L, M, S
from ui.widgets import Card, Icon, Notice, Text, column, row, scrolled

# check: why including it should be a decision
_KNOWINGLY = {
    "duplicate": "Copies earn nothing and may be rejected.",
    "personal data": "Readers of a shared release could see it. Be sure that you may give it.",
    "secret": "Anyone who reads it can use it. It is better blanked out.",
}
_BLOCKING = {"label", "length", "consent"}
_LEAVES = (
    "One fingerprint (a Merkle root) over the salted hashes of your records",
    "How many records there are, and a fingerprint of your terms",
    "The address of the account that signs",
)
_STAYS = ("Every record and every label", "The salts, without which nobody can guess a record from its hash")


@dataclass(frozen=True)
class Summary:
    draft: Any
    who: str
    counts: dict[str, int]
    terms: tuple[tuple[str, frozenset[str], int], ...]
    stale: bool
    blocked: int  # findings that no signature can pass: unknown labels, endless texts, broken terms


class SignStep(QWidget):
    """Names: `sign-knowingly-<check>`."""

    changed = Signal()

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab)
        self._client = tab.client
        self._reader = Reader(self)
        self._summary: Summary | None = None
        self._boxes: list[QCheckBox] = []
        self.said = Notice(name="sign-said")
        self._facts = Card(title="You give", space=M, name="sign-facts")
        self._fact_rows = QWidget()
        self._facts.add(self._fact_rows)
        self._left = Card(title="Still in it", hint="Include these only if you mean to.", name="sign-knowingly")
        self._left_rows = QWidget()
        self._left.add(self._left_rows)
        leaves = self._list("What leaves this device", "send", _LEAVES)
        stays = self._list("What stays here", "lock", _STAYS)
        sides = row(leaves, stays, space=M)
        sides.setStretch(0, 1)
        sides.setStretch(1, 1)
        inner = QWidget()
        column(self.said, self._facts, self._left, sides, None, space=M, parent=inner)
        column(scrolled(inner), space=0, parent=self)

    def _list(self, title: str, icon: str, lines: tuple[str, ...]) -> Card:
        card = Card(space=S)
        card.body.addLayout(row(Icon(icon, "muted", 18), Text(title, "strong"), None, space=S))
        card.add(*(Text(words, tone="muted", wrap=True) for words in lines))
        return card

    def show_draft(self, draft: int, view: DatanetView) -> None:
        self._summary = None
        self.said.clear()
        self.changed.emit()
        self._reader.read(self._read, draft, on_done=lambda found: self._show(found, view))

    def _read(self, draft: int) -> Summary:
        datanets = self._client.datanets
        found = datanets.drafts.get(draft)
        checked = datanets.preflights.draft(draft)
        counts: dict[str, int] = {}
        blocked = 0
        for check, _kind, severity, many in checked.counts if checked is not None else ():
            counts[check] = counts.get(check, 0) + many
            blocked += many if severity == "danger" and check in _BLOCKING else 0
        terms: dict[tuple[str, frozenset[str]], int] = {}
        first = datanets.drafts.rows(draft, included=True, limit=1_000)
        for one in first:
            terms[one.licence, one.uses] = terms.get((one.licence, one.uses), 0) + 1
        said = tuple((licence, uses, many) for (licence, uses), many in terms.items())
        stale = checked is None or checked.stale
        return Summary(found, foreign(self._client.wallet.name_of(found.account), 60), counts, said, stale, blocked)

    def _show(self, found: Summary, view: DatanetView) -> None:
        self._summary = found
        facts = [
            ("Records", number(found.draft.included)),
            ("To", foreign(view.name, 100)),
            ("Signed by", f"{found.who}  {found.draft.account.short()}"),
        ]
        for licence, uses, _many in found.terms[:3]:
            facts.append(("Terms", f"{licence_name(licence)}. Allowed: {uses_words(uses).lower()}."))
        _clear(self._fact_rows)
        holder = QWidget()
        cells = QGridLayout(holder)
        cells.setContentsMargins(0, 0, 0, 0)
        cells.setHorizontalSpacing(L)
        cells.setVerticalSpacing(S)
        cells.setColumnMinimumWidth(0, 96)
        cells.setColumnStretch(1, 1)
        for at, (label, words) in enumerate(facts):
            cells.addWidget(Text(label, tone="muted"), at, 0)
            cells.addWidget(Text(words, wrap=True), at, 1)
        self._fact_rows.layout().addWidget(holder)
        self._show_left(found)
        if found.blocked:
            self.said.say(
                f"{count(found.blocked, 'row')} cannot be signed like this",
                "Labels have to be labels of this Datanet, texts and terms within its limits. "
                "Go back and mend these rows, or leave them out.",
                "warning",
            )
        elif found.stale:
            self.said.say(
                "Rows changed since the last check", "Go back and check again to see what is still in them.", "info"
            )
        self.changed.emit()

    def _show_left(self, found: Summary) -> None:
        _clear(self._left_rows)
        self._boxes = []
        for check, why in _KNOWINGLY.items():
            many = found.counts.get(check, 0)
            if not many:
                continue
            box = QCheckBox(f"{check_name(check)}: {count(many, 'finding')}. {why}")
            box.setObjectName(f"sign-knowingly-{check.replace(' ', '-')}")
            box.toggled.connect(lambda _on: self.changed.emit())
            self._boxes.append(box)
            self._left_rows.layout().addWidget(box)
        self._left.setVisible(bool(self._boxes))

    @property
    def ready(self) -> bool:
        found = self._summary
        return found is not None and not found.blocked and all(box.isChecked() for box in self._boxes)


def _clear(holder: QWidget) -> None:
    layout = holder.layout() or column(space=S, parent=holder)
    while layout.count():
        old = layout.takeAt(0).widget()
        old.hide()
        old.deleteLater()
