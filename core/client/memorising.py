"""What of a text stands word for word in a Datanet's newest release, and who registered it first: memorisation."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, DatanetError, TooLarge
from core.jobs import Progress, silent
from core.values import ContributorShare, VerbatimReport, VerbatimSource

if TYPE_CHECKING:
    from core.attribution.verbatim import Folded, Lot, Span
    from core.client.client import Client
    from core.datanets.release import ReleasedRecord

_KEPT = 32 << 20  # bytes of text whose suffix arrays stay in memory (5 bytes a byte); the rest is made again
LEAST = 32


class Memorising:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._lots: dict[tuple[object, ...], Lot] = {}
        self._session: object = None

    def let_go(self) -> None:
        """Of the texts in memory, as the profile is locked."""
        with self._lock:
            self._lots, self._session = {}, None

    def check(self, datanet: int, text: str, *, least: int = LEAST, progress: Progress | None = None) -> VerbatimReport:
        """Spans of at least `least` characters (16 to 256) of the text, in the records of the newest release that
        were not withdrawn. Nothing leaves this device.

        Raises BadInput (no text), TooLarge, DatanetError (no release), Cancelled.
        """
        from core.attribution import verbatim

        verbatim.check_least(least)
        progress, started = progress or silent(), time.monotonic()
        found = verbatim.folded(text)
        if not found.text:
            raise BadInput(field="text", reason="empty")
        releases = self._client.datanets.releases
        newest = releases.latest(datanet)
        if newest is None:
            raise DatanetError(reason="no release", datanet=datanet)
        records = [one for one in releases.records(newest.id) if not one.withdrawn]
        spans = self._spans((datanet, newest.id, len(records)), records, found.text, least, progress)
        owner = verbatim.credited(spans, len(found.text))
        labels = releases.manifest(newest.id).labels
        return self._report(found, owner, records, labels, datanet, newest.version, least, spans, started)

    def read(self, path: Path) -> str:
        """A text file to check, whatever its encoding. Raises BadFile, TooLarge."""
        from core.attribution.verbatim import MOST_TEXT
        from core.datanets.importers.source import Source

        source = Source(path, None, silent())
        if source.size > 4 * MOST_TEXT:  # no character takes more bytes
            raise TooLarge(what="text", path=str(path), found=source.size, limit=4 * MOST_TEXT)
        return path.read_text(source.encoding)

    def _spans(
        self, key: tuple[object, ...], records: Sequence[ReleasedRecord], text: str, least: int, progress: Progress
    ) -> tuple[Span, ...]:
        from core.attribution import verbatim

        found: list[Span] = []
        for first, texts in verbatim.lots(one.text for one in records):
            progress.step("passages", first, len(records))
            found += self._lot((*key, first, hash(tuple(texts))), texts, first).spans(text, least, progress)
        return verbatim.merged(found)

    def _lot(self, key: tuple[object, ...], texts: list[str], first: int) -> Lot:
        from core.attribution.verbatim import Lot

        with self._lock:
            if self._session is not self._client.session:
                self._lots, self._session = {}, self._client.session
            found = self._lots.get(key)
        if found is None:
            found = Lot(texts, first)
            with self._lock:
                while self._lots and sum(one.size for one in self._lots.values()) + found.size > _KEPT:
                    self._lots.pop(next(iter(self._lots)))
                self._lots[key] = found
        return found

    def _report(
        self,
        found: Folded,
        owner: Any,
        records: Sequence[ReleasedRecord],
        labels: Sequence[str],
        datanet: int,
        version: int,
        least: int,
        spans: Sequence[Span],
        started: float,
    ) -> VerbatimReport:
        import numpy as np

        places, counts = np.unique(owner[owner >= 0], return_counts=True)
        credited = sorted(zip(places.tolist(), counts.tolist(), strict=True), key=lambda one: (-one[1], one[0]))
        sources = tuple(self._source(records[place], labels, count) for place, count in credited)
        number = {place: at for at, (place, _) in enumerate(credited)}
        return VerbatimReport(
            datanet=datanet,
            release=version,
            records=len(records),
            least=least,
            parts=_parts(found, [number.get(place) for place in owner.tolist()]),
            sources=sources,
            people=_people(sources, len(found.text)),
            covered=int(counts.sum()),
            total=len(found.text),
            spans=len(spans),
            seconds=time.monotonic() - started,
        )

    def _source(self, record: ReleasedRecord, labels: Sequence[str], characters: int) -> VerbatimSource:
        who = record.contributor
        return VerbatimSource(
            position=record.position,
            text=record.text,
            label=labels[record.label],
            contributor=who,
            contributor_name=self._client.wallet.name_of(who),
            mine=who in self._client.wallet.addresses(),
            contribution=record.contribution,
            characters=characters,
        )


def _parts(found: Folded, owner: Sequence[int | None]) -> tuple[tuple[str, int | None], ...]:
    """The text as it was given (NFC), cut where the source changes."""
    marks: list[int | None] = [None] * len(found.source)
    for start, end, one in zip(found.starts, found.ends, owner, strict=True):
        if one is not None:
            marks[start:end] = [one] * (end - start)
    parts: list[tuple[str, int | None]] = []
    at = 0
    for end in range(1, len(marks) + 1):
        if end == len(marks) or marks[end] != marks[at]:
            parts.append((found.source[at:end], marks[at]))
            at = end
    return tuple(parts)


def _people(sources: Sequence[VerbatimSource], total: int) -> tuple[ContributorShare, ...]:
    """Characters of each contributor, most first; on a tie whose first source comes first."""
    first = {one.contributor: one for one in reversed(sources)}
    held = {who: sum(one.characters for one in sources if one.contributor == who) for who in first}
    ordered = sorted(first.values(), key=lambda one: (-held[one.contributor], one.position))
    return tuple(
        ContributorShare(
            one.contributor, one.contributor_name, held[one.contributor], held[one.contributor] / total, one.mine
        )
        for one in ordered
    )
