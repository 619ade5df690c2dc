"""Models that find passages, and a check of a text, that stand still: answers come at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.jobs import Progress, silent
from core.values import (
    ContributorShare,
    DocumentHit,
    SearchAnswer,
    SearchAsked,
    SearchModelView,
    SearchQuality,
    VerbatimReport,
    VerbatimSource,
    Verified,
)
from tests.doubles.still_client import ADA, BELA

NAMES = {ADA: "Ada", BELA: "Bela"}
HELD = (
    "The largest island of a chain in the central Pacific. It is known for its volcanoes and its observatories.",
    "an island of Hawaii to the northwest of Oahu",
    "a strait between two islands <b>in the north</b>",
)
CHECKS = (
    ("question", True, "257 integers"),
    ("document features", True, "3 texts"),
    ("ranking", True, "3,240 documents"),
    ("documents left out", True, "3 indexes made again"),
    ("contributors left out", True, "2 indexes made again"),
    ("index", True, "0x" + "ab" * 32),
    ("root on the ledger", True, "0x" + "cd" * 32),
)


def finder(number: int = 1, **changes: Any) -> SearchModelView:
    values: dict[str, Any] = {
        "id": number,
        "name": "Find a definition",
        "datanet": 1,
        "release": 2,
        "version": 1,
        "encoder": "static-256",
        "labels": ("animal", "artifact"),
        "documents": 3240,
        "excluded": 3,
        "copies": 348,
        "withdrawn": 0,
        "k": 5,
        "quality": SearchQuality(0.554, 0.49, 0.08, 500),
        "size_bytes": 1_841_253,
        "package_hash": "0x" + "d9" * 32,
        "state": "ready",
        "searches": 12,
        "time": 1_763_700_000,
    }
    return SearchModelView(**{**values, **changes})


def found(search: int = 1, query: str = "a large island", **changes: Any) -> SearchAnswer:
    rows = ((HELD[0], (0, 53), ADA, 0.86, 0.6), (HELD[1], (0, 44), BELA, 0.81, 0.3), (HELD[2], (0, 48), ADA, 0.62, 0.1))
    hits = tuple(
        DocumentHit(
            at + 1, 7 * at, text, place, at == 0, "location", who, NAMES[who], who == ADA, 10**6, close, 10**5, share
        )
        for at, (text, place, who, close, share) in enumerate(rows)
    )
    people = (ContributorShare(ADA, "Ada", 70_000, 0.7, True), ContributorShare(BELA, "Bela", 30_000, 0.3, False))
    values: dict[str, Any] = {
        "search": search,
        "model": 1,
        "query": query,
        "hits": hits,
        "contributors": people,
        "score": 3_000_000,
        "next_score": 900_000,
        "documents": 3240,
        "latency_ms": 2.4,
        "time": 1_763_700_000,
    }
    return SearchAnswer(**{**values, **changes})


def report(**changes: Any) -> VerbatimReport:
    text = (("He said that ", None), ("an island of Hawaii to the northwest of Oahu", 0), (" lies there, in ", None))
    parts = (*text, ("a strait between two islands", 1), (".", None))
    sources = (
        VerbatimSource(12, HELD[1], "location", BELA, "Bela", False, 2, 44),
        VerbatimSource(301, HELD[2], "location", ADA, "Ada", True, 5, 28),
    )
    people = (ContributorShare(BELA, "Bela", 44, 44 / 102, False), ContributorShare(ADA, "Ada", 28, 28 / 102, True))
    values: dict[str, Any] = {
        "datanet": 1,
        "release": 2,
        "records": 3588,
        "least": 24,
        "parts": parts,
        "sources": sources,
        "people": people,
        "covered": 72,
        "total": 102,
        "spans": 2,
        "seconds": 0.05,
    }
    return VerbatimReport(**{**values, **changes})


@dataclass
class StillSearching:
    """Remembers what was asked of it in `asked`. `error` is raised by the next question or build."""

    views: list[SearchModelView] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    error: BaseException | None = None
    verified: Verified = field(default_factory=lambda: Verified(True, CHECKS))
    answers: list[SearchAnswer] = field(default_factory=list)
    next: SearchAnswer = field(default_factory=found)

    def all(self) -> tuple[SearchModelView, ...]:
        return tuple(self.views)

    def encoders(self) -> tuple[str, ...]:
        return ("static-256", "minilm-w4")

    def _fail(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error

    def build(
        self, datanet: int, *, name: str, encoder: str, k: int = 5, progress: Progress | None = None
    ) -> SearchModelView:
        (progress or silent()).step("encode", 1, 2)
        self.asked.append(("build", datanet, name, encoder))
        self._fail()
        self.views.append(finder(len(self.views) + 1, name=name, datanet=datanet, encoder=encoder, searches=0))
        return self.views[-1]

    def ask(self, model: int, query: str, progress: Progress | None = None) -> SearchAnswer:
        self.asked.append(("ask", model, query))
        self._fail()
        self.answers.insert(0, replace(self.next, search=len(self.answers) + 1, model=model, query=query))
        return self.answers[0]

    def answer(self, search: int) -> SearchAnswer:
        return next(one for one in self.answers if one.search == search)

    def verify(self, search: int, progress: Progress | None = None) -> Verified:
        self.asked.append(("verify", search))
        return self.verified

    def history(self, model: int, limit: int = 100) -> tuple[SearchAsked, ...]:
        kept = [one for one in self.answers if one.model == model]
        return tuple(SearchAsked(one.search, one.query, len(one.hits), one.latency_ms, one.time) for one in kept)

    def rename(self, model: int, name: str) -> SearchModelView:
        self.asked.append(("rename", model, name))
        return next(one for one in self.views if one.id == model)

    def remove(self, model: int) -> None:
        self.asked.append(("remove", model))
        self.views = [one for one in self.views if one.id != model]


@dataclass
class StillMemorising:
    report: VerbatimReport = field(default_factory=report)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    error: BaseException | None = None

    def read(self, path: Path) -> str:
        return path.read_text("utf8")

    def check(self, datanet: int, text: str, *, least: int = 32, progress: Progress | None = None) -> VerbatimReport:
        self.asked.append((datanet, text, least))
        error, self.error = self.error, None
        if error is not None:
            raise error
        return self.report
