"""The contributions on the curator's desk: how far each review is, and whose labels are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QProgressBar, QWidget

from core.values import ContributionView, DatanetView
from ui.text import count, foreign, number
from ui.theme.tokens import XS, M, S
from ui.widgets import Button, Card, Line, Text, column, row, scrolled

if TYPE_CHECKING:
    from core.client import Client


@dataclass(frozen=True)
class Given:
    """A contribution on the desk and how far its review is."""

    view: ContributionView
    counts: dict[str, int]
    trusted: bool
    checked: bool

    @property
    def left(self) -> int:
        return self.counts.get("", 0)


@dataclass(frozen=True)
class State:
    given: tuple[Given, ...]
    queue: tuple[int, ...]  # records of the scope, in order
    undecided: frozenset[int]
    clean: int
    labels: tuple[str, ...]
    lenient: bool  # only flagged records wait for a decision
    ready: bool = False  # nothing waits here, and a version can be released


def read_desk(client: Client, view: DatanetView, scope: int | None, only: str) -> State:
    """Blocks; runs on another thread. `only`: "undecided", "flagged" or "all"."""
    datanets = client.datanets
    rules = datanets.catalogue.get(view.id).rules
    if not view.curator:
        return State((), (), frozenset(), 0, rules.labels, lenient=False)
    trusted = datanets.people.trusted(view.id)
    waiting = [one for one in datanets.contributions(view.id) if one.state == "committed"]
    given = tuple(
        Given(
            one,
            datanets.review_desk.counts(one.id),
            one.contributor in trusted,
            datanets.preflights.contribution(one.id) is not None,
        )
        for one in waiting
    )
    narrowed: dict[str, Any] = {"contribution": scope, "open_only": True}
    undecided = datanets.records.ids(datanets.wanted(view.id, **narrowed, decision=""))
    if only == "undecided":
        queue = undecided
    else:
        flagged = True if only == "flagged" else None
        queue = datanets.records.ids(datanets.wanted(view.id, **narrowed, flagged=flagged))
    clean = len(datanets.clean_records(view.id, scope))
    lenient = rules.review == "flagged records"
    ready = not given and datanets.next_release(view.id) is not None
    return State(given, tuple(queue), frozenset(undecided), clean, rules.labels, lenient, ready)


class GivenLine(QWidget):
    """One contribution. Names: `desk-<id>`, `desk-<id>-trust`."""

    def __init__(self, given: Any, chosen: bool, desk: Desk) -> None:
        super().__init__()
        view = given.view
        whole = max(1, sum(given.counts.values()))
        done = whole - given.left
        name = Button(foreign(view.contributor_name, 26), "link", name=f"desk-{view.id}")
        name.setToolTip(f"Only this contribution\n{view.contributor}")
        name.clicked.connect(lambda: desk.scope_wanted.emit(None if chosen else view.id))
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setRange(0, whole)
        bar.setValue(done)
        parts = [
            f"{number(given.counts.get('approve', 0))} approved",
            *([f"{number(given.counts['relabel'])} relabelled"] if given.counts.get("relabel") else []),
            *([f"{number(given.counts['reject'])} rejected"] if given.counts.get("reject") else []),
        ]
        said = "Ready to sign" if given.left == 0 else f"{number(given.left)} of {number(whole)} left"
        state = Text(said, "small", "success" if given.left == 0 else "muted")
        bar.setAccessibleName(f"{foreign(view.contributor_name, 60)}: {said}")
        trust = QCheckBox("Trust these labels")
        trust.setObjectName(f"desk-{view.id}-trust")
        trust.setChecked(given.trusted)
        trust.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        trust.clicked.connect(lambda on: (trust.setChecked(given.trusted), desk.trust_wanted.emit(view.id, on)))
        column(
            row(name, None, state, space=S),
            bar,
            Text(", ".join(parts), "small", "muted", wrap=True),
            trust,
            space=XS + 2,
            parent=self,
        )


class Desk(Card):
    trust_wanted = Signal(int, bool)
    scope_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(flush=True, name="desk", parent=parent)
        self._title = Text("", "strong")
        self._all = Button("All", "link", name="desk-all", on=lambda: self.scope_wanted.emit(None))
        self.body.addLayout(row(self._title, None, self._all, margins=(M, M, S, 0)))
        inner = QWidget()
        self._lines = column(space=M, margins=(M, S, M, M), parent=inner)
        self.body.addWidget(scrolled(inner), 1)

    def show_given(self, given: Sequence[Any], scope: int | None) -> None:
        self._title.setText(count(len(given), "contribution"))
        self._all.setVisible(scope is not None)
        while self._lines.count():
            item = self._lines.takeAt(0)
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        shown = [one for one in given if scope in {None, one.view.id}]
        for at, one in enumerate(shown):
            if at:
                self._lines.addWidget(Line())
            self._lines.addWidget(GivenLine(one, scope == one.view.id, self))
        self._lines.addStretch(1)
