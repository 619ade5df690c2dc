"""What was found of a text in a Datanet, in words: for the screen, the clipboard and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.text import count, foreign, number, percent

if TYPE_CHECKING:
    from core.values import VerbatimReport

MEANING = (
    "This is memorisation: the same words stood there before. It does not say why a text holds them, and nothing is "
    "paid by it."
)


def title(report: VerbatimReport) -> str:
    if not report.spans:
        return "None of it stands in these records"
    return f"{percent(report.covered / report.total, 0)} of the text stands in these records, word for word"


def summary(report: VerbatimReport) -> str:
    """How much, where it was looked for, and from which length on."""
    looked = f"in {count(report.records, 'record')} of version {report.release}"
    least = f"parts of at least {report.least} characters"
    if not report.spans:
        return f"Looked {looked}, for {least}."
    held = f"{number(report.covered)} of {count(report.total, 'character')}"
    where = f"first registered in {count(len(report.sources), 'record')} by {count(len(report.people), 'contributor')}"
    return f"{held}, {where}. Looked {looked}, for {least}."


def lines(report: VerbatimReport) -> list[str]:
    """The whole report as plain text, to be copied or printed."""
    found = [title(report), summary(report), MEANING]
    if report.sources:
        found += ["", "Registered first by"]
        found += [
            f"  {percent(one.share)}, {count(one.influence, 'character')}: {foreign(one.name, 60)} {one.contributor}"
            for one in report.people
        ]
        found += ["", "Records"]
        found += [
            f"  [{at}] record {number(one.position + 1)}, contribution {number(one.contribution)}, "
            f"{foreign(one.contributor_name, 60)}, {count(one.characters, 'character')}: {foreign(one.text, 300)}"
            for at, one in enumerate(report.sources, 1)
        ]
        marked = (
            foreign(f".{words}.", len(words) + 2, lines=True)[1:-1] if at is None else f"[{at + 1}:{words}]"
            for words, at in report.parts
        )
        found += ["", "Text, with what each record held in brackets", *"".join(marked).splitlines()]
    return found
