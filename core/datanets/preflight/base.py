"""What every check is given and gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

from core.datanets.content import Column, Kind
from core.datanets.text import key
from core.jobs import Progress

Severity = Literal["info", "warning", "danger"]


@dataclass(frozen=True)
class Item:
    """One row to look at. `row` is its id in the vault, `number` its place in the file from 1, as people count."""

    row: int
    number: int
    text: str
    label: str
    licence: str
    uses: frozenset[str]
    source: str
    language: str

    @cached_property
    def key(self) -> bytes:
        """Equal for texts that are the same apart from case, width and spacing."""
        return key(self.text)


@dataclass(frozen=True)
class Finding:
    """`check` and `kind` are keys ("personal data", "email"); `row` is None when it is about the whole.

    start, stop   the span in the text, in characters
    suggestion    what to put in the span's place, or the label to use instead
    detail        values for the words on screen
    """

    check: str
    kind: str
    severity: Severity
    row: int | None = None
    start: int | None = None
    stop: int | None = None
    suggestion: str | None = None
    detail: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Earlier:
    """A record that already stands in the Datanet."""

    contribution: int  # the vault's row
    index: int
    label: str
    text: str


def _no_matches(_keys: Sequence[bytes]) -> dict[bytes, Earlier]:
    return {}


def _no_texts() -> Iterator[Earlier]:
    return iter(())


def _no_prints(_texts: Sequence[str]) -> dict[str, bytes]:
    return {}


def _no_places(_texts: Sequence[str]) -> set[str]:
    return set()


@dataclass(frozen=True)
class Context:
    """What the rows are held against. The Datanet's earlier records are asked for, not carried along.

    matches   text keys (core.datanets.text.key) -> the earliest record with that key
    texts     all earlier records, oldest first
    prints    texts of pictures -> their prints, 32 bytes; `places`: those whose files say where they were taken
    """

    labels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    licence: str = ""
    matches: Callable[[Sequence[bytes]], dict[bytes, Earlier]] = _no_matches
    texts: Callable[[], Iterable[Earlier]] = _no_texts
    kind: Kind = "text"
    columns: tuple[Column, ...] = ()
    prints: Callable[[Sequence[str]], dict[str, bytes]] = _no_prints
    places: Callable[[Sequence[str]], set[str]] = _no_places


class Check:
    """One run of one check: `look` at every item in order, then `finish`. Same items, same findings, same order.

    A new check is one file with one class and its line in `preflight/__init__.py`.
    """

    name: ClassVar[str]
    kinds: ClassVar[tuple[Kind, ...]] = ("text", "table", "image")  # what it can look at

    def __init__(self, context: Context) -> None:
        self.context = context

    def look(self, item: Item) -> Iterable[Finding]:
        del item
        return ()

    def finish(self, progress: Progress) -> Iterable[Finding]:
        del progress
        return ()
