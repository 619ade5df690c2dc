"""One contributor: what they gave, what it weighs and why, which answers it carried, pay, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.errors import Cancelled
from core.units import Address
from core.values import GivenView, LabelQuality, PayoutView, PersonInModel, PersonView
from ui import tasks
from ui.earning_words import payout_words
from ui.pages.model_bars import ShareBar
from ui.pages.panels import panel
from ui.pages.trace_parts import Answers, LinkRow, pay_card, titled
from ui.tables import Column
from ui.text import count, day, foreign, number, open_, percent, tone
from ui.theme.tokens import XS, L, M, S
from ui.trace_words import (
    INFLUENCE_THEM,
    OTHERS_PAY,
    PRIVATE,
    admission_words,
    calls_words,
    core_figure,
    label_figure,
    next_step,
    signed,
    who,
)
from ui.widgets import (
    AddressLabel,
    Badge,
    Card,
    EmptyState,
    Line,
    LinkButton,
    Notice,
    PageHeader,
    ProgressPanel,
    StatTile,
    Text,
    column,
    grid,
    row,
)

if TYPE_CHECKING:
    from ui.pages.trace import TracePage

_FIRST = 6  # labels of a model shown before "All labels"

_PAYOUTS: tuple[Column[PayoutView], ...] = (
    Column("Settled", lambda one: day(one.time) if one.time else "-", lambda one: one.time, width=124),
    Column("Model", lambda one: one.model_name or f"Model {one.model}", grow=2, width=140),
    Column(
        "Amount",
        lambda one: open_(one.amount, 6) if one.amount else "nothing",
        lambda one: one.amount.wei,
        align="right",
        width=150,
    ),
    Column("State", payout_words, tone=lambda one: tone("payout", one.state), grow=2, width=150),
)


class QualityRows(QWidget):
    """Agreement with the trusted core, label by label: bars, figures, and the core's own beside them."""

    def __init__(self, found: tuple[LabelQuality, ...], *, name: str) -> None:
        super().__init__()
        self._found = found
        self._lines = column(space=S)
        self._more = LinkButton(f"Show all {count(len(found), 'label')}", name=f"{name}-more", on=self._all)
        column(self._lines, row(self._more, None), space=XS, parent=self)
        self._paint(_FIRST)
        self._more.setVisible(len(found) > _FIRST)

    def _all(self) -> None:
        self._more.hide()
        self._paint(len(self._found))

    def _paint(self, most: int) -> None:
        for one in self._found[self._lines.count() : most]:
            self._lines.addWidget(self._line(one))

    @staticmethod
    def _line(one: LabelQuality) -> QWidget:
        holder = QWidget()
        name = Text(foreign(one.label, 30))
        name.setFixedWidth(130)
        name.setToolTip(foreign(one.label, 200) if "<" not in one.label else "")
        weight = Text(f"{one.weight} of 8", "strong", "danger" if one.weight == 0 else "")
        weight.setFixedWidth(52)
        said = Text(f"{label_figure(one)}  ·  {core_figure(one)}", "small", "muted")
        said.setMinimumWidth(220)
        line = row(name, space=M, parent=holder)
        line.addWidget(ShareBar(one.weight / 8), 1)
        line.addWidget(weight)
        line.addWidget(said)
        holder.setAccessibleName(f"{one.label}: {one.weight} of 8. {label_figure(one)}, {core_figure(one)}")
        return holder


class ModelPart(Card):
    """A contributor in one model."""

    def __init__(self, owner: TracePage, one: PersonInModel) -> None:
        go = LinkButton("Open the model", name=f"person-model-{one.model}", on=lambda: owner.go("models", one.model))
        title = f"In “{foreign(one.name, 60)}”"
        super().__init__(title=title, hint=INFLUENCE_THEM, space=L, name=f"person-in-{one.model}", action=go)
        self.body.addLayout(grid(self._weight(one), self._share(one), columns=2))
        if one.quality:
            heading = column(
                Text("Agreement with the trusted core", "strong"),
                Text(
                    "Of these records, how many the core's own model would have labelled the same; beside it, how many "
                    "of the core's own records, when it had not seen them.",
                    "small",
                    "muted",
                    wrap=True,
                ),
                space=2,
            )
            self.add(Line(), heading, QualityRows(one.quality, name=f"person-quality-{one.model}"))
        figures = (one.supports, one.opposes, one.calls, one.calls_all)
        calls = Text(calls_words(*figures, who(mine=one.admission.mine)), tone="muted", wrap=True)
        calls.setObjectName(f"person-calls-{one.model}")
        self.add(Line(), calls)
        if one.supported or one.opposed:
            answers = Answers(
                one.supported,
                one.opposed,
                name=f"person-answers-{one.model}",
                decimals=1,
                who=who(mine=one.admission.mine).lower(),
            )
            answers.opened.connect(owner.open_answer)
            self.add(answers, Text("Percent of all contributors' influence on that answer.", "small", "muted"))

    @staticmethod
    def _weight(one: PersonInModel) -> QWidget:
        holder = QWidget()
        said = admission_words(one.admission)
        words = Text(f"{said[:1].upper()}{said[1:]}.", wrap=True)
        words.setObjectName(f"person-weight-{one.model}")
        column(
            Text("Average weight of the records", "small", "muted"),
            row(Text(percent(one.admission.weight, 0), "stat"), None),
            ShareBar(one.admission.weight),
            words,
            Text(
                f"{count(one.admission.records, 'record')} of the model's {number(one.all_records)}", "small", "muted"
            ),
            None,
            space=XS,
            parent=holder,
        )
        return holder

    @staticmethod
    def _share(one: PersonInModel) -> QWidget:
        holder = QWidget()
        figure = signed(one.share) if one.calls else "-"
        whose = who(mine=one.admission.mine)
        fair = one.admission.records / one.all_records if one.all_records else 0.0
        column(
            Text("Influence on an average answer of yours", "small", "muted"),
            row(Text(figure, "stat", "danger" if one.share < 0 else ""), None),
            ShareBar(max(0.0, one.share)),
            Text(
                f"For answers counts up, against them down. {whose} gave {percent(fair, 0)} of the records.", wrap=True
            ),
            None,
            space=XS,
            parent=holder,
        )
        return holder


class PersonPanel(QWidget):
    """`back` when the person goes back."""

    back = Signal()

    def __init__(self, page: TracePage, account: Address) -> None:
        super().__init__()
        self.setObjectName("person")
        self._page, self._account = page, account
        self.shows = ("person", account)
        self._header = PageHeader("Contributor", "Measuring…", with_back=True)
        self._header.back.connect(self.back)
        address = QWidget()
        row(AddressLabel(account, "mono_small", name="person-address"), None, parent=address)
        self._running = ProgressPanel(name="person-progress")
        self._said = Notice(name="person-said")
        self._body = column(space=L)
        holder = QWidget()
        holder.setLayout(self._body)
        panel(self._header, address, self._running, self._said, holder, parent=self)
        self._shown: PersonView | None = None

    def load(self) -> None:
        task = tasks.run(
            self,
            self._page.client.explaining.person,
            self._account,
            title="Measure a contributor's part",
            on_done=self._show,
            on_error=self._failed,
        )
        if task.running and self._shown is None:
            self._running.follow(task)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._said.say("Stopped", "Go back, or open the contributor again to measure.", "info")
        else:
            self._said.say_error(error)

    def _show(self, one: PersonView) -> None:
        if one == self._shown:
            return
        self._shown = one
        self._said.clear()
        name = foreign(one.name, 80)
        self._header.set_words(
            f"{name} (you)" if one.mine else name,
            "What you gave, and what it did." if one.mine else "What they gave, and what it did.",
        )
        while self._body.count():
            old = self._body.takeAt(0)
            widget = old.widget() if old is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for part in self._parts(one):
            self._body.addWidget(part)

    def _parts(self, one: PersonView) -> list[QWidget]:
        records = sum(given.records for given in one.given)
        if not records:
            return [self._nothing(one)]
        step = self._next(one)
        parts: list[QWidget] = [self._tiles(one)]
        parts += [step] if step is not None else []
        parts.append(self._given(one))
        parts += [ModelPart(self._page, each) for each in one.models]
        parts.append(self._pay(one))
        private = Text(PRIVATE, "small", "muted", wrap=True)
        private.setObjectName("person-private")
        return [*parts, private]

    def _nothing(self, one: PersonView) -> QWidget:
        key, title, words, _tone = next_step(one)
        action: tuple[Any, ...] = ("Go to Datanets", lambda: self._page.go("datanets"))
        if key == "contribute":
            action = ("Contribute", lambda: self._page.go("datanets", self._where()))
        return Card(EmptyState("upload" if key else "user", title, words, *action, name="person-empty"))

    def _where(self) -> object:
        """The Datanet to contribute to, where there is one already."""
        shown = self._shown
        return None if shown is None or not shown.given else (shown.given[0].datanet, "contribute")

    def _tiles(self, one: PersonView) -> QWidget:
        records = sum(given.records for given in one.given)
        accepted = sum(given.accepted for given in one.given)
        gone = sum(given.withdrawn for given in one.given)
        weighed = [model.admission for model in one.models]
        every = sum(each.records for each in weighed)
        weight = sum(each.weight * each.records for each in weighed) / every if every else None
        calls = sum(model.calls for model in one.models)
        share = sum(model.share * model.calls for model in one.models) / calls if calls else None
        hint = f"{number(accepted)} accepted" + (f", {number(gone)} taken back" if gone else "")
        given = StatTile("Records given", number(records), "", hint, name="person-given")
        heavy = StatTile(
            "Average weight",
            "-" if weight is None else percent(weight, 0),
            "",
            "in no model here yet" if weight is None else "of the full weight",
            name="person-weight",
        )
        if share is None:
            last = StatTile("Measured influence", "-", "", "nobody asked yet", name="person-share")
        else:
            last = StatTile(
                "Measured influence", signed(share), "", "of an average answer of yours", name="person-share"
            )
        paid = sum(1 for each in one.payouts if each.amount)
        money = StatTile(
            "Earned",
            open_(one.total).removesuffix(" OPEN") if one.total else "0",
            "OPEN",
            f"in {count(paid, 'payment')}" if paid else f"in {count(len(one.payouts), 'settlement')}",
            name="person-total",
        )
        holder = QWidget()
        holder.setLayout(grid(given, heavy, last, money, columns=4, space=M))
        return holder

    def _next(self, one: PersonView) -> Notice | None:
        key, title, words, tone_ = next_step(one)
        if not key:
            return None
        targets: dict[str, tuple[str, str, object]] = {
            "review": ("Open the Datanet", "datanets", one.given[0].datanet),
            "build": ("Go to Models", "models", None),
            "copies": ("See the records", "datanets", (one.given[0].datanet, "records")),
            "labels": ("See the records", "datanets", (one.given[0].datanet, "records")),
            "trust": ("See its people", "datanets", (one.given[0].datanet, "people")),
            "ask": ("Ask the model", "models", ("use", one.models[0].model) if one.models else None),
        }
        label, page, target = targets[key]
        return Notice(tone_, title, words, action=label, on=lambda: self._page.go(page, target), name="person-next")

    def _given(self, one: PersonView) -> Card:
        lines = [self._given_row(each) for each in one.given if each.records]
        return titled("What they gave" if not one.mine else "What you gave", *lines, name="person-given-card")

    def _given_row(self, one: GivenView) -> LinkRow:
        name = foreign(one.name, 60)
        labels = ", ".join(f"{foreign(label, 30) or 'no label'} {number(many)}" for label, many in one.labels[:8])
        more = len(one.labels) - 8
        labels += f" and {count(more, 'other label')}" if more > 0 else ""
        roles = [words for words, holds in (("Trusted core", one.trusted), ("Curator", one.curator)) if holds]
        holder = QWidget()
        column(
            row(Text(name, "strong"), *(Badge(role, "success") for role in roles), None, space=S),
            Text(
                f"{count(one.records, 'record')} in {count(one.contributions, 'contribution')}, "
                f"{number(one.accepted)} accepted",
            ),
            Text(labels, "small", "muted", wrap=True),
            space=2,
            parent=holder,
        )
        made = LinkRow(holder, words=f"{name}: {count(one.records, 'record')}. {labels}", name=f"person-in-{one.name}")
        made.layout().setStretch(0, 1)  # type: ignore[union-attr]
        made.setObjectName(f"person-datanet-{one.datanet}")
        made.opened.connect(lambda: self._page.go("datanets", (one.datanet, "records")))
        return made

    def _pay(self, one: PersonView) -> Card:
        return pay_card(
            self._page,
            "What you were paid" if one.mine else "What they were paid",
            _PAYOUTS,
            one.payouts,
            *(() if one.mine else (Text(OTHERS_PAY, wrap=True),)),
            noun="payment",
            nothing=(
                "No settlement yet",
                "Pay appears once calls of a model that learned from these records are settled.",
            ),
            name="person-pay",
        )
