"""How a model reads its texts, and why in this way: what each way of reading got wrong on records left out."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.values import ModelView
from ui.pages.model_parts import Facts
from ui.text import foreign, percent, word
from ui.theme.tokens import M
from ui.widgets import Card, Text

_TOO_SLOW = "not tried: it would have taken more than half a minute"


def reason(model: ModelView) -> str:
    """One sentence for a line of facts; empty when the builder named the way."""
    if model.choice is None:
        return ""
    found = dict(model.choice.errors).get(model.encoder)
    wrong = "" if found is None else f" ({percent(found)} wrong)"
    return f"The simplest that erred least{wrong} on records left out of their own training, one at a time"


class ChoiceCard(Card):
    """`show_model` fills it; hidden for models whose builder named the encoder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._said = Text("", wrap=True)
        self._facts = Facts("choice-facts")
        super().__init__(
            self._said,
            self._facts,
            title="How it reads texts",
            hint="Every way was tried on each training record as if that record were missing. Of those within half a "
            "point of the best, the simplest is kept.",
            name="report-choice",
            space=M,
            parent=parent,
        )

    def show_model(self, model: ModelView) -> None:
        self.setVisible(model.choice is not None)
        if model.choice is None:
            return
        name = word("encoder", model.encoder)
        self._said.setText(f"Chosen for you: {name}. {word('encoder words', model.encoder)}")
        rows: list[tuple[str, str | QWidget]] = []
        for encoder, share in model.choice.errors:
            said = _TOO_SLOW if share is None else f"{percent(share)} wrong"
            rows.append((word("encoder", encoder), f"{said}, chosen" if encoder == model.encoder else said))
        self._facts.show_rows(rows)
        self.setAccessibleName(f"Read by {foreign(model.encoder, 40)}")
