"""The work behind `searching`: indexes out of releases, questions, passages, credit, and checking all of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.attribution.documents import carried, originals
from core.economy.settlement import contributors_of
from core.errors import BadInput, PackageRefused, StorageError
from core.jobs import Progress, silent
from core.models import features, roots
from core.models.encoders.base import FEATURE_SCALE, Features
from core.models.retrieval import index as indexes
from core.models.retrieval import package, passages, quality
from core.models.retrieval.catalogue import Search, SearchCatalogue, SearchModel, Version
from core.models.retrieval.index import Index, Ints
from core.models.training import Item
from core.units import Address
from core.values import (
    ContributorShare,
    DocumentHit,
    SearchAnswer,
    SearchAsked,
    SearchModelView,
    SearchQuality,
    Verified,
)

if TYPE_CHECKING:
    from core.client.client import Client
    from core.models.package import Built

_LONGEST = 20_000  # characters of a question
_KEPT = 2  # indexes in memory; 10^5 documents of 257 integers are 51 MB


@dataclass(frozen=True, eq=False)
class Opened:
    """An index in memory; `people` oldest first, `owner` [n] each document's place among them."""

    package: package.Package
    people: tuple[Address, ...]
    owner: Ints

    @property
    def index(self) -> Index:
        return self.package.index


class Passages:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._renewing = threading.Lock()
        self._open: dict[bytes, Opened] = {}
        self._session: object = None

    @property
    def _catalogue(self) -> SearchCatalogue:
        session = self._client.session
        return SearchCatalogue(session.db, session.artefacts, session.clock)

    def _opened(self, version: Version) -> Opened:
        with self._lock:
            if self._session is not self._client.session:
                self._open, self._session = {}, self._client.session
            found = self._open.get(version.package_hash)
            if found is None:
                read = self._catalogue.package(version)
                people, owner = contributors_of([Address(account) for account in read.index.accounts])
                found = Opened(read, tuple(people), np.asarray(owner, np.int64))
                while len(self._open) >= _KEPT:
                    self._open.pop(next(iter(self._open)))
                self._open[version.package_hash] = found
            return found

    # Looking

    def all(self) -> tuple[SearchModelView, ...]:
        return tuple(self._view(model) for model in self._catalogue.all())

    def get(self, model: int) -> SearchModelView:
        return self._view(self._catalogue.get(model))

    def state(self, model: int) -> str:
        return self._state(self._catalogue.get(model))

    def _state(self, model: SearchModel) -> str:
        """A damaged index hides no other: asking it says what is wrong."""
        try:
            return "outdated" if self._withdrawn(model) else "ready"
        except (StorageError, PackageRefused):
            return "ready"

    def _view(self, model: SearchModel) -> SearchModelView:
        version = model.newest
        facts = version.facts
        release, measured = facts["release"], facts["quality"]
        return SearchModelView(
            id=model.id,
            name=model.name,
            datanet=model.datanet,
            release=release["version"],
            version=version.number,
            encoder=facts["encoder"]["name"],
            labels=tuple(facts["labels"]),
            documents=release["records"],
            excluded=release["excluded"],
            copies=release["copies"],
            withdrawn=sum((one.facts["lineage"] or {}).get("withdrawn", 0) for one in model.versions),
            k=facts["index"]["k"],
            quality=None if measured is None else _quality(measured),
            size_bytes=version.size,
            package_hash="0x" + version.package_hash.hex(),
            state=self._state(model),
            searches=self._catalogue.count(model.id),
            time=version.created,
        )

    def history(self, model: int, limit: int) -> tuple[SearchAsked, ...]:
        return tuple(
            SearchAsked(one.id, one.query, len(one.found["documents"]), one.latency_us / 1000, one.at)
            for one in self._catalogue.history(model, limit)
        )

    def rename(self, model: int, name: str) -> SearchModelView:
        if not name.strip():
            raise BadInput(field="name", reason="length", value=name)
        return self._view(self._catalogue.rename(model, name))

    def remove(self, model: int) -> None:
        self._catalogue.remove(model)

    # Building

    def build(self, datanet: int, name: str, encoder: str, k: int, progress: Progress) -> SearchModelView:
        release = self._client.datanets.training_release(datanet)
        present = [one for one in release.records if not one.withdrawn]
        allowed = [one for one in present if "train" in one.uses]
        own = dict(
            zip((one.record_id for one in allowed), originals([one.text for one in allowed], progress), strict=True)
        )
        items = [
            Item(one.text, one.label, one.record_id, one.account, one.uses, int(own.get(one.record_id, False)))
            for one in present
        ]
        encode = self._client.session.runtime.encoding(encoder)
        index = indexes.build(items, release.labels, progress, encoder=encoder, encode=encode)
        texts = [one.text for one in allowed if own[one.record_id]]
        place = package.Release(
            release.number, release.version, release.root, self.features_root(index, release.root), release.licence
        )
        title = name.strip() or release.name
        measured = quality.measure(index, texts, progress)
        progress.step("package")
        built = package.build(index, name=title, release=place, k=k, quality=measured)
        return self._view(self._catalogue.add(title, datanet, built))

    def features_root(self, index: Index, root: bytes) -> bytes:
        secret = self._client.models.building.features_secret(root)
        weights = np.ones(len(index), np.int64)
        return roots.features_tree(secret, index.x, index.y, weights, index.record_ids, index.accounts).root

    def _withdrawn(self, model: SearchModel) -> list[bytes]:
        gone = self._client.datanets.withdrawn_ids(model.datanet)
        if not gone:
            return []
        return [one for one in self._opened(model.newest).index.record_ids if one in gone]

    def renew(self, model: int, progress: Progress) -> SearchModelView:
        self._renewed(self._catalogue.get(model), progress)
        return self.get(model)

    def _renewed(self, model: SearchModel, progress: Progress) -> SearchModel:
        if any(one.file is not None for one in model.versions[:-1]):  # a kill came between a withdrawal and its files
            self._catalogue.tidy(model.id)
        if not self._withdrawn(model):
            return model
        with self._renewing:  # whoever asks meanwhile waits for the one version, and makes no second
            model = self._catalogue.get(model.id)
            gone = self._withdrawn(model)
            if not gone:
                return model
            before, facts = self._opened(model.newest), model.newest.facts
            index = before.index.without(gone)
            built = self._next(index, facts, model, len(gone), progress)
            with self._lock:
                self._open.pop(model.newest.package_hash, None)
            return self._catalogue.withdrawn(model.id, built)

    def _next(self, index: Index, facts: dict[str, Any], model: SearchModel, count: int, progress: Progress) -> Built:
        """The package of the same release less some documents: everything else as it is pinned."""
        known = self._client.datanets.texts_of(model.datanet, index.record_ids)
        texts = [known.get(one, "") for one in index.record_ids]
        release, root = facts["release"], bytes.fromhex(facts["release"]["root"])
        place = package.Release(
            release["datanet"], release["version"], root, self.features_root(index, root), facts["licence"]["data"]
        )
        return package.build(
            index,
            name=facts["name"],
            release=place,
            k=facts["index"]["k"],
            quality=quality.measure(index, texts, progress),
            lineage={"package": model.newest.package_hash.hex(), "withdrawn": count},
        )

    # Asking

    def ask(self, model: int, query: str, progress: Progress) -> SearchAnswer:
        if not query.strip():
            raise BadInput(field="text", reason="empty")
        if len(query) > _LONGEST:
            raise BadInput(field="text", reason="too long", value=len(query))
        version = self._renewed(self._catalogue.get(model), progress).newest
        opened = self._opened(version)
        x = self._features(opened.index, [query])[0]
        started = time.perf_counter_ns()  # from here: the first question waits for the worker to start as well
        found = carried(opened.index.scores(x, progress), opened.owner, opened.package.k)
        spent = (time.perf_counter_ns() - started) // 1000
        kept = {
            "score": found.score,
            "next": found.next_score,
            "documents": [list(one) for one in found.documents],
            "contributors": [[opened.people[who].raw.hex(), credit] for who, credit in found.contributors],
        }
        return self._answer(self._catalogue.record(version, query, x, kept, spent))

    def _features(self, index: Index, texts: Sequence[str]) -> Features:
        encode = self._client.session.runtime.encoding(index.encoder)
        return features.compute(index.kind, texts, silent(), encode=encode)

    def answer(self, search: int) -> SearchAnswer:
        return self._answer(self._catalogue.search(search))

    def _of(self, search: Search) -> tuple[SearchModel, Version, Opened]:
        version = self._catalogue.version(search.version)
        return self._catalogue.get(version.model), version, self._opened(version)

    def _answer(self, search: Search) -> SearchAnswer:
        model, _, opened = self._of(search)
        mine, names = self._client.wallet.addresses(), self._client.wallet.names()
        kept = search.found
        parts = [one[1] for one in kept["contributors"]]
        whole = sum(parts) or 1
        people = [Address(bytes.fromhex(one[0])) for one in kept["contributors"]]
        return SearchAnswer(
            search=search.id,
            model=model.id,
            query=search.query,
            hits=self._hits(model, opened, search),
            contributors=tuple(
                ContributorShare(who, names.get(who, who.short()), part, part / whole, who in mine)
                for who, part in zip(people, parts, strict=True)
            ),
            score=kept["score"],
            next_score=kept["next"],
            documents=len(opened.index),
            latency_ms=search.latency_us / 1000,
            time=search.at,
        )

    def _hits(self, model: SearchModel, opened: Opened, search: Search) -> tuple[DocumentHit, ...]:
        index, documents = opened.index, search.found["documents"]
        ids = [index.record_ids[place] for place, _, _ in documents]
        known = self._client.datanets.texts_of(model.datanet, ids)
        texts = [known.get(one, "") for one in ids]
        chosen = self._passages(index, search.x, texts)
        best = max(range(len(texts)), key=lambda at: (chosen[at][2], -at), default=-1)
        mine, names = self._client.wallet.addresses(), self._client.wallet.names()
        whole = sum(credit for _, _, credit in documents) or 1

        def show(at: int, place: int, score: int, credit: int) -> DocumentHit:
            who = opened.people[int(opened.owner[place])]
            return DocumentHit(
                rank=at + 1,
                record=place,
                text=texts[at],
                passage=chosen[at][:2],
                best=at == best,
                label=index.labels[int(index.y[place])],
                contributor=who,
                contributor_name=names.get(who, who.short()),
                mine=who in mine,
                score=score,
                closeness=_closeness(index.x[place], search.x, score),
                credit=credit,
                share=credit / whole,
            )

        return tuple(show(at, *one) for at, one in enumerate(documents))

    def _passages(self, index: Index, x: Features, texts: Sequence[str]) -> list[tuple[int, int, int]]:
        """(start, end, score) of the best sentence of each text."""
        cuts = [passages.split(text) for text in texts]
        parts = [text[start:end] for text, cut in zip(texts, cuts, strict=True) for start, end in cut]
        rows = self._features(index, parts)[:, :-1].astype(np.int64) if parts else np.zeros((0, len(x) - 1), np.int64)
        scores = iter((rows @ x[:-1].astype(np.int64)).tolist())
        found = []
        for cut in cuts:
            scored = [(start, end, int(next(scores))) for start, end in cut]
            found.append(max(scored, key=lambda one: (one[2], -one[0]), default=(0, 0, 0)))
        return found

    def verify(self, search: int, progress: Progress) -> Verified:
        from core.client.search_checks import SearchChecks

        kept = self._catalogue.search(search)
        return SearchChecks(self._client, self._catalogue, self.features_root, *self._of(kept)).all(kept, progress)


def _quality(measured: dict[str, int]) -> SearchQuality:
    tried = measured["records"]
    return SearchQuality(measured["same"] / tried, measured["tfidf"] / tried, measured["majority"] / tried, tried)


def _closeness(row: Features, x: Features, score: int) -> float:
    """The cosine of the two, without the bias: a figure to show, none to reckon with."""
    a, b = (float(np.linalg.norm(one[:-1].astype(np.float64))) for one in (row, x))
    return min(1.0, max(0.0, score / (a * b or FEATURE_SCALE)))
