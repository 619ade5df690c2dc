"""One record: what it is, what it weighs and does in each model, the answers it carried, and what it earned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.errors import Cancelled
from core.values import RecordInModel, RecordPay, RecordTrace, Verified, WithoutRecord
from ui import tasks
from ui.contents import Thumb, reader, whole
from ui.datanet_words import check_name, decision, licence_name, uses_words
from ui.pages.datanet_record import HashLine, ProofList
from ui.pages.model_bars import ShareBar
from ui.pages.panels import panel
from ui.pages.trace_parts import Answers, name_link, pay_card
from ui.tables import Column
from ui.text import count, day, foreign, moment, number, open_, tone, word
from ui.theme.tokens import XS, L, M, S
from ui.trace_words import (
    INFLUENCE,
    PRIVATE,
    calls_words,
    doubt_words,
    effect_words,
    long_run,
    weight_words,
    without_words,
)
from ui.widgets import (
    Badge,
    Button,
    Card,
    EmptyState,
    Line,
    LinkButton,
    Notice,
    PageHeader,
    ProgressPanel,
    Text,
    column,
    grid,
    row,
)
from ui.widgets.facts import Facts

if TYPE_CHECKING:
    from ui.pages.trace import TracePage


def points(value: int) -> str:
    return f"{value:,}".replace("-", "\N{MINUS SIGN}")


def share_words(one: RecordPay) -> str:
    """A record's influence over a settlement, of all that helped: its pay follows from it when it is above 0."""
    if not one.total:
        return "0 %"
    share = f"{abs(one.total) / max(one.all_positive, 1) * 100:.3f}"
    sign = "+" if one.total > 0 else "\N{MINUS SIGN}"
    return f"{sign}{share} %" if share != "0.000" else f"{sign}<0.001 %"


_PAY: tuple[Column[RecordPay], ...] = (
    Column("Settled", lambda one: day(one.time), lambda one: one.time, width=120),
    Column("Model", lambda one: one.model_name or f"Model {one.model}", grow=2, width=90),
    Column("Calls", lambda one: number(one.calls), lambda one: one.calls, align="right", width=54),
    Column(
        "Measured influence",
        share_words,
        lambda one: one.total / max(one.all_positive, 1),
        align="right",
        tone=lambda one: "danger" if one.total < 0 else "",
        tip=lambda one: (
            f"{points(one.total)} of {points(one.all_positive)}: its influence on every call of the settlement, added "
            "up with its sign, of all influence that helped."
        ),
        width=156,
    ),
    Column(
        "Pay, about",
        lambda one: open_(one.about, 6) if one.positive else "nothing",
        lambda one: one.about.wei,
        align="right",
        tip=lambda _one: "Its part of the contributors' pool. Pay is rounded once, for each contributor.",
        width=138,
    ),
    Column(
        "State",
        lambda one: word("settlement", one.state),
        tone=lambda one: tone("settlement", one.state),
        width=96,
        grow=1,
    ),
)


class ModelPart(Card):
    """What the record does in one model, and the model really made again without it."""

    def __init__(self, owner: TracePage, row_: int, one: RecordInModel) -> None:
        go = LinkButton("Open the model", name=f"trace-model-{one.model}", on=lambda: owner.go("models", one.model))
        title = f"In “{foreign(one.name, 60)}”"
        super().__init__(title=title, hint=INFLUENCE, space=L, name=f"trace-in-{one.model}", action=go)
        self._client = owner.client
        self._place = (one.model, row_)
        cells = (self._weight(owner, one), self._effect(one))
        self.body.addLayout(grid(*cells, columns=2))
        self._again = Button(
            "Make the model without it",
            name=f"trace-without-{one.model}",
            icon="refresh-cw",
            tip="Trains the model again, exactly, less this record. Nothing is kept.",
            on=self.make_again,
        )
        self._running = ProgressPanel(name=f"trace-running-{one.model}")
        self._said = Notice(name=f"trace-said-{one.model}")
        self.add(row(self._again, None), self._running, self._said)
        self._again.setVisible(bool(one.weight.weight))  # what weighs nothing changes nothing
        answers = Answers(one.supported, one.opposed, name=f"trace-answers-{one.model}")
        answers.opened.connect(owner.open_answer)
        calls = Text(calls_words(one.supports, one.opposes, one.calls, one.calls_all), tone="muted", wrap=True)
        calls.setObjectName(f"trace-calls-{one.model}")
        self.add(Line(), calls)
        if one.supported or one.opposed:
            self.add(answers, Text("Percent of all influence on that answer.", "small", "muted"))
        elif not one.calls_all:
            ask = Button("Ask it something", on=lambda: owner.go("models", ("use", one.model)), icon="message-square")
            self.add(row(ask, None))

    @staticmethod
    def _weight(owner: TracePage, one: RecordInModel) -> QWidget:
        holder = QWidget()
        weight = one.weight
        head = row(Text(number(weight.weight), "stat"), Text(f"of {weight.most}", tone="muted"), None, space=S)
        why = Text(weight_words(weight), wrap=True)
        why.setObjectName(f"trace-weight-{one.model}")
        bar = ShareBar(weight.weight / weight.most)
        source = weight.source
        parts: list[QWidget] = [bar, why]
        if source is not None and weight.novelty_reason != "new":
            name = f"trace-source-{one.model}"
            parts.append(LinkButton("See the older record", name=name, on=lambda: owner.open_record(source)))
        rows = column(Text("Admission weight", "small", "muted"), head, *parts[:2], space=XS, parent=holder)
        for link in parts[2:]:
            rows.addLayout(row(link, None))
        rows.addStretch(1)
        return holder

    @staticmethod
    def _effect(one: RecordInModel) -> QWidget:
        holder = QWidget()
        measured = bool(one.held_out) and bool(one.weight.weight)
        words = ("Helps" if one.effect > 0 else "Hurts" if one.effect < 0 else "Neutral") if measured else "-"
        figure = Text(words, "stat", "danger" if measured and one.effect < 0 else "")
        said = Text(effect_words(one), wrap=True)
        said.setObjectName(f"trace-effect-{one.model}")
        doubt = Text(doubt_words(one), tone="muted", wrap=True)
        doubt.setVisible(bool(doubt.text()))
        title = Text("Left out, measured on held-out records", "small", "muted")
        column(title, figure, said, doubt, None, space=XS, parent=holder)
        return holder

    def make_again(self) -> None:
        self._said.clear()
        self._again.setEnabled(False)
        task = tasks.run(
            self,
            self._client.explaining.without,
            *self._place,
            title="Make a model without one record",
            on_done=self._made,
            on_error=self._not_made,
        )
        if task.running:
            self._running.follow(task)

    def _made(self, found: WithoutRecord) -> None:
        self._again.setEnabled(True)
        self._said.say(*without_words(found), "info" if found.changed else "success")

    def _not_made(self, error: BaseException) -> None:
        self._again.setEnabled(True)
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "The model was not made again.", "info")
        else:
            self._said.say_error(error)


class RecordTracePanel(QWidget):
    """`back` when the person goes back."""

    back = Signal()

    def __init__(self, page: TracePage, record: int) -> None:
        super().__init__()
        self.setObjectName("trace-record")
        self._page, self._record = page, record
        self.shows = ("record", record)
        self._header = PageHeader("Record", "Measuring where it mattered…", with_back=True)
        self._header.back.connect(self.back)
        self._running = ProgressPanel(name="trace-progress")
        self._said = Notice(name="trace-said")
        self._body = column(space=L)
        holder = QWidget()
        holder.setLayout(self._body)
        panel(self._header, self._running, self._said, holder, parent=self)
        self._shown: tuple[RecordTrace, Any] | None = None

    def load(self) -> None:
        task = tasks.run(
            self,
            self._read,
            self._record,
            title="Measure where a record mattered",
            on_done=self._show,
            on_error=self._failed,
        )
        if task.running and self._shown is None:
            self._running.follow(task)

    def _read(self, record: int, progress: Any = None) -> tuple[RecordTrace, Any]:
        client = self._page.client
        return client.explaining.record(record, progress=progress), client.datanets.receipt(record)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "Go back, or open the record again to measure it.", "info")
        else:
            self._said.say_error(error)

    def _show(self, found: tuple[RecordTrace, Any]) -> None:
        if found == self._shown:
            return
        self._shown = found
        self._said.clear()
        one, receipt = found
        whose = "yours" if one.mine else f"from {foreign(one.contributor_name, 60)}"
        self._header.set_words("Where this record mattered", f"{foreign(one.datanet_name, 80)} · {whose}")
        while self._body.count():
            old = self._body.takeAt(0)
            widget = old.widget() if old is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        parts: list[QWidget] = [RecordCard(self._page, one, receipt)]
        parts += [ModelPart(self._page, one.row, each) for each in one.models]
        parts += [self._nowhere(one)] if not one.models else []
        parts.append(self._pay(one))
        for part in parts:
            self._body.addWidget(part)
        private = Text(PRIVATE, "small", "muted", wrap=True)
        private.setObjectName("trace-private")
        self._body.addWidget(private)

    def _nowhere(self, one: RecordTrace) -> Card:
        words = "No model that was trained on this device has learned from it."
        if one.withdrawn:
            words = "It was taken back. Models made since do not know it."
        elif one.decision not in {"approve", "relabel"}:
            words = "It was not accepted, so no model learns from it."
        action = () if one.withdrawn else ("Go to Models", lambda: self._page.go("models"))
        return Card(EmptyState("box", "In no model here", words, *action, kind="plain", name="trace-nowhere"))

    def _pay(self, one: RecordTrace) -> Card:
        run = Text(long_run(one), wrap=True)
        run.setObjectName("trace-long-run")
        return pay_card(
            self._page,
            "What it earned",
            _PAY,
            one.pay,
            run,
            noun="settlement",
            nothing=(
                "Nothing settled with it yet",
                "It earns once calls of a model that learned from it are settled.",
            ),
            name="trace-pay",
        )


class RecordCard(Card):
    """The record itself: text, label, whose it is, its checks, licence, receipt, and the check of its proof."""

    def __init__(self, page: TracePage, one: RecordTrace, receipt: Any) -> None:
        super().__init__(space=M, name="trace-what")
        self._client, self._row = page.client, one.row
        kind = receipt.record.kind
        text = Text(foreign(whole(kind, one.text), 20_000, lines=True), "heading", wrap=True, selectable=True)
        text.setObjectName("trace-text")
        thumb = Thumb(160, name="trace-thumb")
        thumb.show_content(reader(page.client), kind, one.text)
        label = Badge(foreign(one.label, 60) or "no label", "info")
        words, tone_, _icon = decision(one.decision, withdrawn=one.withdrawn)
        self.add(row(label, Badge(words, tone_), None, space=S), thumb, text, Line())
        who = name_link(
            one.contributor_name,
            one.contributor,
            lambda: page.open_person(one.contributor),
            mine=one.mine,
            object_name="trace-contributor",
        )
        record = receipt.record
        facts = Facts(name="trace-facts")
        versions = ", ".join(str(version) for version, _place in receipt.releases) or "none yet"
        facts.show_facts(
            [
                ("Contributor", who),
                ("Given", moment(receipt.time)),
                ("Licence", f"{licence_name(record.licence)}. Allowed: {uses_words(record.uses).lower()}."),
                ("Checks", _found(one)),
                ("In versions", versions),
            ]
        )
        hashes: list[QWidget] = [HashLine("Its commitment", receipt.commitment)]
        if receipt.tx_hash:
            place = "" if receipt.block is None else f"block {number(receipt.block)}"
            hashes.append(HashLine("Transaction", receipt.tx_hash, place))
        if receipt.decided:
            place = "" if receipt.decided_block is None else f"block {number(receipt.decided_block)}"
            hashes.append(HashLine("Decision", receipt.decided, place))
        self._verify = Button("Check its proof", "primary", name="trace-verify", icon="shield-check", on=self.check)
        self._verify.setEnabled(record.number is not None)
        side = QWidget()
        column(*hashes, None, space=S, parent=side)
        side.setFixedWidth(300)
        line = row(space=L)
        line.addWidget(facts, 1)
        line.addWidget(side)
        self._said = Notice(name="trace-verified")
        self._steps = ProofList()
        self._steps.hide()
        self.add(line, row(self._verify, None), self._said, self._steps)

    def check(self) -> None:
        self._verify.setEnabled(False)
        self._said.clear()
        tasks.run(
            self, self._client.datanets.verify_given, self._row, on_done=self._checked, on_error=self._not_checked
        )

    def _checked(self, found: Verified) -> None:
        self._verify.setEnabled(True)
        if found.ok:
            self._said.say("The proof holds", "Recomputed from the record on this device.", "success")
        else:
            self._said.say("The proof does not hold", "Do not rely on this record. See the step that failed.", "danger")
        self._steps.show_checks(found)

    def _not_checked(self, error: BaseException) -> None:
        self._verify.setEnabled(True)
        self._said.say_error(error)


def _found(one: RecordTrace) -> str:
    names = list(dict.fromkeys(check_name(check) for check, _kind, _severity in one.findings))
    if not names:
        return "Nothing found in it when it was given"
    return f"{count(len(one.findings), 'finding')}: {', '.join(names)}"
