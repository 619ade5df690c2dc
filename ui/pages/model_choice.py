"""How a model reads its texts, and why in this way: what each way of reading got wrong on records left out."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.values import EncoderChoice, ModelView
from ui import head_words
from ui.pages.model_parts import Facts
from ui.text import foreign, percent, word
from ui.theme.tokens import M
from ui.widgets import Card, Text

_HOW = "Each was tried on every training record as if that record were missing."
_CLOSEST = (
    "Off by: how far its scores were from the right answers (squared, on average); unlike a count, it tells a narrow "
    "answer from a sure one. Kept is the simplest way to read within 2 % of the least."
)
_TOO_SLOW = "not tried: it would have taken more than half a minute"


def reason(model: ModelView) -> str:
    """One sentence for a line of facts; empty when the builder named the way."""
    if model.choice is None:
        return ""
    found = dict(model.choice.errors).get(model.encoder)
    wrong = "" if found is None else f" ({percent(found)} wrong)"
    best = "Closest to the right answers" if model.choice.misses else "The simplest that erred least"
    return f"{best}{wrong} on records left out of their own training, one at a time"


def _rows(choice: EncoderChoice, taken: str) -> list[tuple[str, str | QWidget]]:
    misses = dict(choice.misses)
    rows: list[tuple[str, str | QWidget]] = []
    for encoder, share in choice.errors:
        said = _TOO_SLOW if share is None else f"{percent(share)} wrong"
        if encoder in misses:
            said += f", off by {misses[encoder]:.3f}"
        rows.append((word("encoder", encoder), f"{said}, chosen" if encoder == taken else said))
    return rows


class ChoiceCard(Card):
    """`show_model` fills it; hidden for models whose builder named the encoder, unless its head has a story."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._said = Text("", wrap=True)
        self._facts = Facts("choice-facts")
        self._head = Text("", wrap=True)
        self._head.setObjectName("choice-head")
        self._how = Text("", "small", "muted", wrap=True)
        super().__init__(
            self._said,
            self._facts,
            self._head,
            self._how,
            title="How it reads, and answers",
            name="report-choice",
            space=M,
            parent=parent,
        )

    def show_model(self, model: ModelView) -> None:
        head = head_words.why(model.head) + "."
        tried = model.head.softmax is not None or model.head.family != head_words.RIDGE
        self.setVisible(model.choice is not None or tried)
        self._how.setVisible(model.choice is not None or model.head.softmax is not None)
        self._how.setText(f"{_HOW} {_CLOSEST}" if model.choice is not None and model.choice.misses else _HOW)
        self._head.setVisible(tried)
        self._head.setText(head)
        self._said.setVisible(model.choice is not None)
        self._facts.setVisible(model.choice is not None)
        if model.choice is None:
            self.setAccessibleName(head)
            return
        name = word("encoder", model.encoder)
        self._said.setText(f"Chosen for you: {name}. {word('encoder words', model.encoder)}")
        self._facts.show_rows(_rows(model.choice, model.encoder))
        self.setAccessibleName(f"Read by {foreign(model.encoder, 40)}")
