"""A proven receipt in words: facts, and the events of our contracts. Shared by the wallet and the network page."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtWidgets import QWidget

from core.units import Address
from core.values import ReceiptView
from ui.text import foreign, moment, number, trust
from ui.theme.tokens import S
from ui.widgets import AddressLabel, Card, Line, Text, TrustBadge, column, row
from ui.widgets.facts import Facts
from ui.widgets.labels import Icon

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # where the next word of a name begins


def receipt_facts(view: ReceiptView, *, short: bool = False) -> list[tuple[str, str | QWidget]]:
    """`short` leaves out what stands beside it already."""
    outcome = QWidget()
    icon = Icon("circle-check" if view.succeeded else "circle-x", "success" if view.succeeded else "danger", 18)
    said = "It did what it was sent for" if view.succeeded else "The contract refused; only the fee was spent"
    row(icon, Text(said, "strong", "success" if view.succeeded else "danger"), None, space=S, parent=outcome)
    proof = QWidget()
    row(TrustBadge(view.trust), None, space=S, parent=proof)
    proof.setAccessibleName(trust(view.trust).title)
    facts: list[tuple[str, str | QWidget]] = [("Outcome", outcome)]
    if not short:
        facts += [
            ("Transaction", AddressLabel(view.tx_hash, "mono_small", name="receipt-hash")),
            ("From", _party(view, view.sender)),
        ]
        facts.append(("To", "A new contract" if view.to is None else _party(view, view.to)))
        facts.append(("Amount", str(view.value)))
    elif view.to in view.names:
        facts.append(("Called", foreign(view.names[view.to], 80)))
    if view.created is not None:
        facts.append(("Created", _party(view, view.created)))
    return [
        *facts,
        ("Block", f"{number(view.block)}, at place {view.position}, {moment(view.time)}"),
        ("Fee paid", f"{view.fee} for {number(view.gas_used)} units of gas"),
        ("Of this sender", f"transaction {number(view.nonce)}, counted from 0"),
        ("Trust", proof),
        ("Why", trust(view.trust).what_to_do),
    ]


def _party(view: ReceiptView, address: Address) -> QWidget:
    holder = QWidget()
    name = view.names.get(address)
    parts: list[QWidget] = [AddressLabel(address, "mono_small", name="receipt-address")]
    if name:
        parts.insert(0, Text(foreign(name, 80)))
    column(*parts, space=0, margins=(0, 5 if name else 0, 0, 0), parent=holder)
    return holder


def show_events(layout: Any, view: ReceiptView, *, cards: bool = True) -> None:
    """A card for each event (parts divided by lines where they stand in a card), in place of those there before."""
    while layout.count():
        old = layout.takeAt(0).widget()
        old.hide()
        old.deleteLater()
    for event in view.events:
        facts = Facts()
        facts.show_facts([(field_words(name), _value(text)) for name, text in event.values])
        title = f"{event.contract}: {event.name}" if event.name else f"Event of {event.contract}"
        if cards:
            layout.addWidget(Card(facts, title=foreign(title, 120), hint="What the contract said"))
        else:
            part = QWidget()
            column(Line(), Text(foreign(title, 120), "strong"), facts, space=S, parent=part)
            layout.addWidget(part)


def field_words(name: str) -> str:
    """A contract's own name of a value as words: "roots.newPackageHash" is "New package hash"."""
    words = _HUMP.sub(" ", foreign(name, 60).rpartition(".")[2].strip("_")).lower()
    return words[:1].upper() + words[1:]


def _value(text: str) -> str | QWidget:
    if text.startswith("0x") and 18 < len(text) <= 66:
        return AddressLabel(foreign(text, 80), "mono_small", name="event-value")
    return foreign(text, 300)
