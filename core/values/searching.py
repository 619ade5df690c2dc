"""Models that find passages, what they found, and what of a text stood in records before."""

from __future__ import annotations

from dataclasses import dataclass

from core.units import Address
from core.values.models import ContributorShare


@dataclass(frozen=True)
class SearchQuality:
    """Shares 0..1 of `tried` documents, each asked while it was left out: is the first one found of its label?"""

    ours: float
    tfidf: float
    majority: float
    tried: int


@dataclass(frozen=True)
class SearchModelView:
    """`state`: ready, outdated (records were withdrawn since; the next question leaves them out). Local always.

    Of the release's records `excluded` do not allow training and `copies` repeat older ones; `withdrawn` were left out
    of this version.
    """

    id: int
    name: str
    datanet: int
    release: int
    version: int
    encoder: str
    labels: tuple[str, ...]
    documents: int
    excluded: int
    copies: int
    withdrawn: int
    k: int
    quality: SearchQuality | None
    size_bytes: int
    package_hash: str
    state: str
    searches: int
    time: int


@dataclass(frozen=True)
class DocumentHit:
    """One document of an answer. `passage` (start, end) in its text; `best` marks the answer's best passage.

    `score` and `credit` are PoA-1's integers; `closeness` 0..1 and `share` of the credits are figures to show.
    """

    rank: int
    record: int  # position in the index
    text: str  # foreign; empty when it is not on this device
    passage: tuple[int, int]
    best: bool
    label: str
    contributor: Address
    contributor_name: str
    mine: bool
    score: int
    closeness: float
    credit: int
    share: float


@dataclass(frozen=True)
class SearchAnswer:
    """What a question found. `score` is the answer's, `next_score` of the document that would move up."""

    search: int
    model: int
    query: str
    hits: tuple[DocumentHit, ...]
    contributors: tuple[ContributorShare, ...]
    score: int
    next_score: int
    documents: int
    latency_ms: float
    time: int


@dataclass(frozen=True)
class SearchAsked:
    """One earlier question."""

    search: int
    query: str
    found: int
    latency_ms: float
    time: int


@dataclass(frozen=True)
class VerbatimSource:
    """A record that held characters of the text first. `characters` are credited to it; `position` in the release."""

    position: int
    text: str  # foreign
    label: str
    contributor: Address
    contributor_name: str
    mine: bool
    contribution: int
    characters: int


@dataclass(frozen=True)
class VerbatimReport:
    """`text` in parts: (words, index into `sources` or None). Shares are of `total` characters, folded (PoA-1, 12)."""

    datanet: int
    release: int
    records: int
    least: int
    parts: tuple[tuple[str, int | None], ...]
    sources: tuple[VerbatimSource, ...]  # the one with most characters first
    people: tuple[ContributorShare, ...]  # `influence` holds characters: memorisation, no influence
    covered: int
    total: int
    spans: int
    seconds: float
