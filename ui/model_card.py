"""A model's card in words, and as a file: Markdown or HTML by our own writer, no Qt. Text from outside is escaped.

A file may be handed on, so it names no record: the texts of hard records stay on the screen.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.files import write_whole
from ui import head_words
from ui.datanet_words import a_record, licence_name, records_of, rival
from ui.text import count, foreign, moment, number, open_, percent, size, word

if TYPE_CHECKING:
    from core.values import ModelCard

_FEW = 30  # held-out records of a label below which its figures say little
_WEAK = 0.6  # share of a label's held-out records answered right, below which it is named as weak
_FULL = 64


@dataclass(frozen=True)
class Table:
    """`rows` of cells under `heads`; all but the first column stand at the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs, then points, then a table, then names with their values."""

    title: str
    words: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    table: Table | None = None
    facts: tuple[tuple[str, str], ...] = ()


# -- what it says ----------------------------------------------------------------------------------------------------


def purpose(card: ModelCard) -> tuple[str, ...]:
    view = card.view
    labels = f"{count(len(view.labels), 'label')}: {_labels(view.labels)}"
    said = [f"It reads {a_record(view.kind)} and answers with one of {labels}."]
    if card.description:
        said.append(f"Its Datanet, in the words of its owner: {foreign(card.description, 600)}")
    return tuple(said)


def data_words(card: ModelCard) -> tuple[str, ...]:
    view = card.view
    name = f"“{foreign(card.datanet_name, 80)}”" if card.datanet_name else "a Datanet that is not on this device"
    people = f" of {count(card.contributors, 'contributor')}" if card.contributors else ""
    records = f"{count(view.records, 'record')}{people}"
    said = [f"Version {view.release} of {name}: {records}, under {licence_name(card.licence)}."]
    consent = "Only records whose terms allow training are learned from"
    said.append(
        f"{consent}; {count(card.excluded, 'record')} did not allow it." if card.excluded else f"{consent}; all did."
    )
    if card.retrained_from:
        taken = count(card.withdrawn, "record")
        said.append(f"It was made again, exactly, without {taken} that were taken back since an earlier package.")
    return tuple(said)


def how_words(card: ModelCard) -> tuple[str, ...]:
    encoder = word("encoder", card.view.encoder)
    source = f"{foreign(card.view.encoder, 40)}, {licence_name(card.encoder_licence)}"
    first, *more = head_words.how(card.view.head)
    what = a_record(card.view.kind)
    return (
        f"It reads by “{encoder}” ({source}), which turns {what} into {number(card.width)} whole numbers. {first}",
        *more,
    )


def interval_words(card: ModelCard) -> str:
    if card.interval is None:
        return "It was not measured: no records were held out."
    low, high = card.interval
    share = percent(card.right / card.held_out)
    return (
        f"{number(card.right)} of {count(card.held_out, 'held-out record')} answered right, {share}. "
        f"With so many records, its true share lies between {percent(low)} and {percent(high)} (95 %)."
    )


def weight_words(card: ModelCard) -> str:
    whole = sum(records for _weight, records in card.weights)
    if not whole:
        return "The weights are not on this device."
    nothing = sum(records for weight, records in card.weights if weight == 0)
    full = sum(records for weight, records in card.weights if weight == _FULL)
    mean = sum(weight * records for weight, records in card.weights) / whole / _FULL
    said = [
        (
            f"Of {count(whole, 'record')}, {number(full)} have the full weight and {number(nothing)} none; "
            f"on average {percent(mean, 0)} of the full weight."
        )
    ]
    if card.copies or card.near:
        said.append(f"{count(card.copies, 'copy', 'copies')} left out, {number(card.near)} much like earlier records.")
    if card.unmeasured:
        said.append(
            f"In {count(card.unmeasured, 'case')} a contributor's labels could not be measured, because the trusted "
            "core has too few records of that label: they count half."
        )
    if card.review:
        pairs = ", ".join(
            f"{foreign(name, 40)} under {foreign(label, 40)} ({count(records, 'record')})"
            for name, label, records in card.review[:6]
        )
        more = f" and {count(len(card.review) - 6, 'other')}" if len(card.review) > 6 else ""
        said.append(
            f"These differ from the trusted core under one label and agree with it elsewhere: {pairs}{more}. They keep "
            "a quarter until somebody looks: relabel what is wrong, or trust who is right, under People of the Datanet."
        )
    if card.silent:
        names = ", ".join(f"{foreign(name, 40)} ({number(records)})" for name, records in card.silent[:6])
        more = f" and {count(len(card.silent) - 6, 'other')}" if len(card.silent) > 6 else ""
        said.append(
            f"Nothing counts of {names}{more}: their labels agree with the trusted core no oftener than guesses would. "
            "Look at their records: whoever is right all the same should be trusted, under People of the Datanet."
        )
    return " ".join(said)


def limits(card: ModelCard) -> tuple[str, ...]:
    """What it cannot do, from what was measured."""
    kind = card.view.kind
    said = [f"It knows these labels only: {a_record(kind)} of any other kind still gets one of them."]
    if not card.held_out:
        said.append("How good it is was not measured. Do not rely on it before it was.")
    else:
        said.append(
            "The held-out records come from the same source as the others: on "
            f"{records_of(kind)} from elsewhere it may do worse."
        )
    weak = [one for one in card.labels if one.held_out >= _FEW and one.right < _WEAK * one.held_out]
    if weak:
        names = ", ".join(f"“{foreign(one.label, 30)}” ({percent(one.right / one.held_out, 0)})" for one in weak[:6])
        said.append(f"It often misses {names}.")
    few = [one for one in card.labels if 0 < one.held_out < _FEW]
    if few and card.held_out:
        names = ", ".join(f"“{foreign(one.label, 30)}” ({number(one.held_out)})" for one in few[:6])
        said.append(f"Too few held-out records to judge {names}.")
    if card.held_out and card.right <= card.right_majority:
        said.append("It does no better than always giving the most frequent label.")
    elif card.held_out and card.right <= card.right_tfidf:
        said.append(f"It does no better than {rival(kind)}. A simpler program would do.")
    said.append("A score is not a probability, and an answer is no advice. Do not decide about people by it alone.")
    if card.view.state == "outdated":
        said.append("Records that it learned from were taken back since: it should be retrained.")
    return tuple(said)


def confusions(card: ModelCard, most: int = 6) -> tuple[tuple[str, str, int, int], ...]:
    """(label, answered, times, held out of that label), the commonest first."""
    labels, rows = card.view.labels, card.view.confusion
    found = [(row[k], a, k, sum(row)) for a, row in enumerate(rows) for k in range(len(row)) if a != k and row[k] > 0]
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    return tuple((labels[a], labels[k], times, whole) for times, a, k, whole in found[:most])


def names(card: ModelCard) -> tuple[tuple[str, str], ...]:
    """The hashes by which it can be checked."""
    found = [
        ("Package", card.view.package_hash),
        ("Head", "0x" + card.head_hash),
        ("Encoder file", "0x" + card.encoder_hash),
        ("Records root", card.release_root),
        ("Release manifest", card.manifest_hash),
        ("Features root", card.features_root),
        ("Made again from", card.retrained_from),
    ]
    return tuple((label, value) for label, value in found if len(value) > 2)


def checking(card: ModelCard) -> tuple[str, ...]:
    """How anybody checks those hashes."""
    said = ["The package hash is the Keccak-256 of manifest.json inside the package file; it names all other hashes."]
    if card.view.number is not None:
        said.append(f"The Models contract holds that hash under number {card.view.number}: read it at any node.")
    said += [
        "“Check this answer” beside any answer recomputes it and makes the model again without each contributor.",
        (
            "A proof file of a settled answer can be checked with audit.py, which shares no code with this program: "
            "openledger audit FILE."
        ),
        (
            "“Check these weights” works out what every record counts, and why, from the texts; a weights file lets "
            "whoever may read them do the same elsewhere, again by openledger audit FILE."
        ),
        (
            "Whoever holds the release can train it again: the same records, weights and settings give the same "
            "head hash on every machine."
        ),
    ]
    return tuple(said)


# -- its sections ----------------------------------------------------------------------------------------------------


def sections(card: ModelCard) -> tuple[Section, ...]:
    return (
        Section("What it is for", purpose(card), facts=_facts(card)),
        Section("What it learned from", data_words(card)),
        Section("How it works", how_words(card)),
        Section("How good it is", (interval_words(card),), table=_accuracy(card)),
        Section("How sure it is", _calibration_words(card), table=_calibration(card)),
        Section("Its labels", table=_label_table(card)),
        Section("Its commonest mistakes", *_mistakes(card)),
        Section("Hard records", (_hard_words(card),)),
        Section("Admission weights", (weight_words(card),)),
        Section("What it cannot do", points=limits(card)),
        Section("How to check it", points=checking(card), facts=names(card)),
    )


def _facts(card: ModelCard) -> tuple[tuple[str, str], ...]:
    view = card.view
    fee = f"{open_(view.fee)} a call" if view.number is not None and view.fee else "free"
    return (
        ("State", word("model", view.state)),
        ("Made", moment(view.time)),
        ("Size", size(view.size_bytes)),
        ("Fee", fee),
    )


def _accuracy(card: ModelCard) -> Table | None:
    if not card.held_out:
        return None
    found = (
        ("This model", card.right),
        ("Word counts (TF-IDF)" if card.view.kind == "text" else "Nearest average", card.right_tfidf),
        ("Most frequent label", card.right_majority),
    )
    return Table(
        ("Answered by", "Right", f"Of {number(card.held_out)}"),
        tuple((name, number(right), percent(right / card.held_out)) for name, right in found),
    )


def _calibration_words(card: ModelCard) -> tuple[str, ...]:
    if not card.calibration:
        return ("It was not measured.",)
    return (
        (
            "An answer leads when its score stands above the next one. A lead is no probability: here are the held-out "
            "answers by how far they led, and how many of them were right:"
        ),
    )


def _calibration(card: ModelCard) -> Table | None:
    if not card.calibration:
        return None
    return Table(
        ("Lead of at least", "Answers", "Right"),
        tuple(
            (f"{one.margin:.3f}", number(one.records), percent(one.right / one.records, 0)) for one in card.calibration
        ),
    )


def _label_table(card: ModelCard) -> Table:
    return Table(
        ("Label", "Learned from", "Held out", "Of them right", "Right when said"),
        tuple(
            (
                foreign(one.label, 60),
                number(one.records) if one.records else "-",
                number(one.held_out),
                percent(one.right / one.held_out, 0) if one.held_out else "-",
                percent(one.right / one.answered, 0) if one.answered else "-",
            )
            for one in card.labels
        ),
    )


def _mistakes(card: ModelCard) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = confusions(card)
    if not found:
        return (("Every held-out record was answered right." if card.held_out else "Not measured.",), ())
    said = (f"“{foreign(a, 40)}” answered as “{foreign(b, 40)}”: {n} of {whole}" for a, b, n, whole in found)
    return (), tuple(said)


def _hard_words(card: ModelCard) -> str:
    if card.hardest is None:
        return "Its training data is not on this device."
    if not card.hardest:
        return "The model made without any one record would still give that record its label."
    pairs = ", ".join(f"“{foreign(one.label, 30)}” near “{foreign(one.otherwise, 30)}”" for one in card.hardest[:5])
    return (
        f"The hardest for it are of these kinds: {pairs}. They are not part of this card themselves; the program shows "
        "them to whoever holds the release."
    )


def _labels(labels: Sequence[str]) -> str:
    shown = ", ".join(foreign(label, 40) for label in labels[:20])
    return shown + (f" and {count(len(labels) - 20, 'other')}" if len(labels) > 20 else "")


# -- as a file -------------------------------------------------------------------------------------------------------

_SPECIAL = set("\\`*_[]#|<>~&$")


def _plain(text: str) -> str:
    """Text as Markdown that reads as it stands: nothing in it can become a heading, a link or markup."""
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in text)


def markdown(card: ModelCard) -> str:
    lines = [f"# {_plain(foreign(card.view.name, 100))}", ""]
    for section in sections(card):
        lines += [f"## {section.title}", ""]
        for words in section.words:
            lines += [_plain(words), ""]
        lines += [f"- {_plain(point)}" for point in section.points]
        lines += [""] if section.points else []
        if section.table is not None:
            lines += [*_rows(section.table), ""]
        if section.facts:
            lines += [*(f"- {_plain(label)}: {_fact(value)}" for label, value in section.facts), ""]
    return "\n".join(lines).rstrip() + "\n"


def _fact(value: str) -> str:
    return f"`{value}`" if value.startswith("0x") and value[2:].isalnum() else _plain(value)


def _rows(table: Table) -> list[str]:
    head = "| " + " | ".join(_plain(cell) for cell in table.heads) + " |"
    rule = "|---|" + "---:|" * (len(table.heads) - 1)
    return [head, rule, *("| " + " | ".join(_plain(cell) for cell in row) + " |" for row in table.rows)]


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1a2130;"
    "background:#fff}h1{font-size:1.8rem}h2{font-size:1.15rem;margin-top:2rem;border-top:1px solid #d9dee6;"
    "padding-top:1rem}table{border-collapse:collapse;width:100%}th,td{text-align:right;padding:.3rem .5rem;"
    "border-bottom:1px solid #d9dee6}th:first-child,td:first-child{text-align:left}dt{color:#5b6678}"
    "dd{margin:0 0 .5rem;overflow-wrap:anywhere}code{font:.85rem ui-monospace,monospace}"
    "@media(prefers-color-scheme:dark){body{color:#e6e9ef;background:#10141b}h2,th,td{border-color:#2b3340}"
    "dt{color:#9aa5b5}}"
)


def page(card: ModelCard) -> str:
    """The card as one HTML file: no script, nothing fetched."""
    title = html.escape(foreign(card.view.name, 100))
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
    ]
    for section in sections(card):
        parts.append(f"<h2>{html.escape(section.title)}</h2>")
        parts += [f"<p>{html.escape(words)}</p>" for words in section.words]
        if section.points:
            parts.append("<ul>" + "".join(f"<li>{html.escape(point)}</li>" for point in section.points) + "</ul>")
        if section.table is not None:
            parts.append(_html_table(section.table))
        if section.facts:
            cells = "".join(f"<dt>{html.escape(a)}</dt><dd>{_html_fact(b)}</dd>" for a, b in section.facts)
            parts.append(f"<dl>{cells}</dl>")
    return "\n".join([*parts, "</body></html>"]) + "\n"


def write(card: ModelCard, path: Path) -> None:
    """As Markdown where the name ends so, else as a web page; whole or not at all. Raises DiskFull, OSError."""
    text = markdown(card) if path.suffix.lower() in {".md", ".markdown"} else page(card)
    write_whole(path, text.encode())


def _html_fact(value: str) -> str:
    safe = html.escape(value)
    return f"<code>{safe}</code>" if value.startswith("0x") else safe


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in table.heads)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
