"""Checks: what was found in a draft, row by row, with a way out of each finding and an undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from core.errors import Cancelled
from ui import tasks
from ui.contents import line, reader
from ui.datanet_words import CHECKS, check_name, finding_words, step_name
from ui.pages.datanet_paged import Asked, PagedTable
from ui.pages.datanet_row import RowEditor
from ui.pages.datanet_tab import Reader, Tab
from ui.tables import Column
from ui.text import Tone, count, foreign, number
from ui.theme import icons
from ui.theme.tokens import S
from ui.widgets import Button, EmptyState, Notice, ProgressPanel, Text, column, row

_WORST: dict[str | None, tuple[str, Tone]] = {
    "danger": ("circle-alert", "danger"),
    "warning": ("triangle-alert", "warning"),
    "info": ("info", "info"),
}


@dataclass(frozen=True)
class Line:
    """A row of the draft and what was found in it."""

    id: int
    position: int
    text: str
    label: str
    included: bool
    worst: str | None
    findings: tuple[Any, ...]
    kind: str = "text"
    source: str = ""

    @property
    def shown(self) -> str:
        return line(self.kind, self.text, self.source)

    @property
    def said(self) -> str:
        words = " ".join(dict.fromkeys(finding_words(one) for one in self.findings))
        return words if self.included else f"Left out. {words}".strip()


@dataclass(frozen=True)
class State:
    draft: Any
    checked: Any  # the last run, None when there was none
    labels: tuple[str, ...]


_COLUMNS: tuple[Column[Line], ...] = (
    Column("Row", lambda one: number(one.position + 1), align="right", width=56),
    Column("Record", lambda one: one.shown, grow=3, width=116, tone=lambda one: "" if one.included else "muted"),
    Column("Label", lambda one: one.label or "none", width=94, tone=lambda one: "" if one.included else "muted"),
    Column(
        "Found",
        lambda one: one.said,
        grow=2,
        width=104,
        icon=lambda one: "minus" if not one.included else _WORST.get(one.worst, ("circle-check", ""))[0],
        tone=lambda one: "muted" if not one.included else _WORST.get(one.worst, ("", "success"))[1],
    ),
)


class CheckTile(Button):
    """One check with the number of its findings; pressed, the rows below are those."""

    def __init__(self, check: str) -> None:
        super().__init__("", "choice", name=f"check-{check.replace(' ', '-')}")
        self.check_key = check
        self.setCheckable(True)
        self.setProperty("dense", True)
        self.setToolTip(CHECKS[check][1] if check in CHECKS else "")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_count(self, found: int, severity: str | None) -> None:
        self.setText(f"{check_name(self.check_key)}  {number(found)}" if found else check_name(self.check_key))
        icon, tone = _WORST.get(severity, ("circle-check", "success")) if found else ("circle-check", "success")
        icons.put(self, icon, tone, 16)
        said = CHECKS[self.check_key][1] if self.check_key in CHECKS else ""
        self.setAccessibleName(f"{check_name(self.check_key)}: {count(found, 'finding')}. {said}")


class ChecksStep(QWidget):
    """Names: `check-<name>`, `rows`, `row-text`, `row-label`, `row-toggle`, `row-replace`, `row-save`, `draft-undo`,
    `bulk-exclude`, `bulk-replace`, `draft-more`.
    """

    changed = Signal()
    more_wanted = Signal()

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab)
        self._tab = tab
        self._client = tab.client
        self._draft: int | None = None
        self._state: State | None = None
        self._check: str | None = None
        self._running = False
        self._counts: dict[str, int] = {}
        self._reader = Reader(self)
        self._said = Notice(name="checks-said", closable=True)
        self._progress = ProgressPanel(name="checks-progress")
        self._reader.failed = self._said.say_error
        looked = self._client.datanets.checks(tab.view.kind)
        self._tiles = {check: CheckTile(check) for check in CHECKS if check in looked}
        cells = QGridLayout()
        cells.setSpacing(S)
        for at, tile in enumerate(self._tiles.values()):
            cells.addWidget(tile, at // 4, at % 4)
            cells.setColumnStretch(at % 4, 1)
            tile.clicked.connect(lambda _on, one=tile: self._pick(one.check_key))
        self._editor = RowEditor(reader(self._client))
        self._editor.setFixedWidth(300)
        self._table = self._rows()
        self._editor.toggled.connect(self._toggle)
        self._editor.saved.connect(self._save)
        self._editor.replaced.connect(self._replace)
        parts = (self._summary_bar(), self._progress, self._said, cells, 2, self._table)
        column(*parts, space=S, parent=self).setStretch(5, 1)
        self._show_bulk()

    def _summary_bar(self) -> QWidget:
        self._summary = Text("", "strong")
        self._summary.setObjectName("draft-summary")
        self._undo = Button("Undo", "ghost", name="draft-undo", icon="undo-2", on=self._take_back)
        more = Button("Add a file", "ghost", name="draft-more", icon="plus", on=self.more_wanted.emit)
        whole = QWidget()
        row(self._summary, None, self._undo, more, space=0, parent=whole)
        return whole

    def _rows(self) -> PagedTable[Line]:
        self._bulk_replace = Button("", name="bulk-replace", icon="pencil", on=self._replace_all)
        self._bulk_exclude = Button("Leave all out", name="bulk-exclude", icon="minus", on=self._exclude_all)
        table: PagedTable[Line] = PagedTable(
            _COLUMNS,
            self._fetch,
            noun="row",
            empty=EmptyState("file-text", "No rows", "Add a file to this draft."),
            filters=(("state", [("All rows", None), ("With findings", ""), ("Taken in", True), ("Left out", False)]),),
            tools=(self._bulk_replace, self._bulk_exclude),
            side=self._editor,
            name="rows",
        )
        table.chosen.connect(self._choose)
        table.loaded.connect(table.first_row)
        return table

    # -- reading -----------------------------------------------------------------------------------------------------

    def show_draft(self, draft: int) -> None:
        self._draft = draft
        self._state = None
        self._check = None
        self._table.narrowed_outside = False
        self._said.clear()
        self._editor.show_line(None)
        self._reader.read(self._read, draft, on_done=self._first)

    def _read(self, draft: int) -> State:
        datanets = self._client.datanets
        found = datanets.drafts.get(draft)
        labels = datanets.catalogue.get(found.datanet_id).rules.labels
        return State(found, datanets.preflights.draft(draft), labels)

    def _first(self, state: State) -> None:
        self._show(state)
        if state.checked is None or state.checked.stale:
            self.check()

    def _again_all(self) -> None:
        if self._draft is not None:
            self._reader.read(self._read, self._draft, on_done=self._show)

    def _show(self, state: State) -> None:
        self._state = state
        draft, checked = state.draft, state.checked
        out = draft.rows - draft.included
        left = f", {number(out)} left out" if out else ""
        self._summary.setText(f"{number(draft.included)} of {count(draft.rows, 'record')} taken in{left}")
        self._undo.setEnabled(draft.undoable not in {None, "import"})
        words = step_name(draft.undoable) if draft.undoable else ""
        self._undo.setToolTip(f"Take back {words}" if words else "Nothing to take back")
        counts: dict[str, int] = {}
        worst: dict[str, str] = {}
        order = ["info", "warning", "danger"]
        for check, _kind, severity, found in checked.counts if checked is not None else ():
            counts[check] = counts.get(check, 0) + found
            worst[check] = max(worst.get(check, "info"), severity, key=order.index)
        for check, tile in self._tiles.items():
            tile.show_count(counts.get(check, 0), worst.get(check))
            tile.setChecked(check == self._check)
        self._counts = counts
        self._show_bulk()
        self._table.refresh()
        self.changed.emit()

    def _fetch(self, asked: Asked, offset: int, limit: int) -> tuple[Sequence[Line], int]:
        draft, state = self._draft, asked.chosen.get("state")
        if draft is None:
            return (), 0
        drafts, check = self._client.datanets.drafts, self._check
        narrowed: dict[str, Any] = {"search": asked.search, "included": state if isinstance(state, bool) else None}
        narrowed["check"] = check if check is not None else ("" if state == "" else None)
        rows = drafts.rows(draft, offset=offset, limit=limit, **narrowed)
        found: dict[int, list[Any]] = {}
        for one in self._client.datanets.preflights.findings(draft=draft, rows=[each.id for each in rows]):
            found.setdefault(one.row, []).append(one)
        lines = [
            Line(
                one.id,
                one.position,
                one.text,
                one.label,
                one.included,
                one.worst,
                tuple(found.get(one.id, ())),
                one.kind,
                one.source,
            )
            for one in rows
        ]
        return lines, drafts.count(draft, **narrowed)

    @property
    def stale(self) -> bool:
        """Rows changed since the last run, or there was none."""
        state = self._state
        return state is not None and (state.checked is None or state.checked.stale)

    @property
    def ready(self) -> bool:
        """Whether the next step (checking again, or signing) can be taken."""
        return self._state is not None and not self._running and self._state.draft.included > 0

    # -- the checks --------------------------------------------------------------------------------------------------

    def check(self) -> None:
        if self._draft is None or self._running:
            return
        self._running = True
        self.changed.emit()
        work = self._client.datanets.preflight
        title = "Check the records"
        task = tasks.run(self, work, self._draft, title=title, on_done=self._checked, on_error=self._stopped)
        self._progress.follow(task)

    def _checked(self, _report: object) -> None:
        self._running = False
        self._again_all()

    def _stopped(self, error: BaseException) -> None:
        self._running = False
        self.changed.emit()
        if isinstance(error, Cancelled):
            self._said.say("The checks were stopped", "Check again before you sign.", "warning")
        else:
            self._said.say_error(error)

    def _pick(self, check: str) -> None:
        self._check = None if self._check == check else check
        for key, tile in self._tiles.items():
            tile.setChecked(key == self._check)
        self._show_bulk()
        self._table.narrowed_outside = self._check is not None
        self._table.search_field.clear()
        self._table.choose("state", None)
        self._table.refresh()

    def _show_bulk(self) -> None:
        check = self._check
        found = self._counts.get(check, 0) if check is not None else 0
        self._bulk_exclude.setVisible(bool(found))
        self._bulk_replace.setVisible(bool(found) and check in {"personal data", "secret", "label"})
        self._bulk_replace.setText("Use all suggestions" if check == "label" else "Blank all out")

    # -- one row -----------------------------------------------------------------------------------------------------

    def _choose(self, line: Line | None) -> None:
        self._editor.show_line(line, self._state.labels if self._state is not None else ())

    def _do(self, work: Any, *args: object, **named: object) -> None:
        self._said.clear()
        tasks.run(self, work, *args, on_done=lambda _n: self._again_all(), on_error=self._said.say_error, **named)

    def _toggle(self, line: Line) -> None:
        drafts = self._client.datanets.drafts
        ids = [one.id for one in self._table.view.selected if one.id != line.id] + [line.id]
        self._do(drafts.include, self._draft, ids, included=not line.included)

    def _save(self, line: Line, text: str, label: str) -> None:
        self._do(self._client.datanets.drafts.edit, self._draft, line.id, text=text, label=label)

    def _replace(self, line: Line) -> None:
        ids = [one.id for one in self._table.view.selected if one.id != line.id] + [line.id]
        self._do(self._client.datanets.drafts.redact, self._draft, ids)

    def _exclude_all(self) -> None:
        self._do(self._client.datanets.drafts.exclude_found, self._draft, self._check)

    def _replace_all(self) -> None:
        self._do(self._client.datanets.drafts.redact, self._draft, None, self._check)

    def _take_back(self) -> None:
        if self._draft is not None:
            tasks.run(
                self,
                self._client.datanets.drafts.undo,
                self._draft,
                on_done=self._taken_back,
                on_error=self._said.say_error,
            )

    def _taken_back(self, kind: str | None) -> None:
        if kind is not None:
            self._said.say("Taken back", f"{foreign(step_name(kind)).capitalize()} is undone.", "success")
        if self._draft is not None:  # findings went with the text they were in: look again
            self._reader.read(self._read, self._draft, on_done=self._first)
