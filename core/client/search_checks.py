"""Checking an answer of passages: plain integers, and indexes really made without what is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import mul
from typing import TYPE_CHECKING, Any

import numpy as np

from core.attribution.documents import Carried, score_of
from core.jobs import Progress, silent
from core.models import features
from core.models.encoders.base import Encoder, Features
from core.models.retrieval.catalogue import Search, SearchCatalogue, SearchModel, Version
from core.models.retrieval.index import Index, Ints, ranking
from core.units import Address
from core.values import Verified

if TYPE_CHECKING:
    from core.client.client import Client
    from core.client.passages import Opened

_TOLERANCE = 2  # of 2047: how far features may stand from the index's where floats are involved


class SearchChecks:
    """Of one answer; `features_root(index, release root)` salts as the release's other roots are."""

    def __init__(
        self,
        client: Client,
        catalogue: SearchCatalogue,
        features_root: Callable[[Index, bytes], bytes],
        model: SearchModel,
        version: Version,
        opened: Opened,
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._features_root = features_root
        self._model, self._version, self._opened = model, version, opened

    def all(self, kept: Search, progress: Progress) -> Verified:
        model, version, opened = self._model, self._version, self._opened
        shown = Carried(
            kept.found["score"],
            kept.found["next"],
            tuple((one[0], one[1], one[2]) for one in kept.found["documents"]),
            tuple((opened.people.index(Address(bytes.fromhex(who))), part) for who, part in kept.found["contributors"]),
        )
        scores = _by_hand(opened.index, kept.x, progress)
        checks = [
            ("question", self._same(opened.index.kind, [kept.query], kept.x[None, :]), f"{len(kept.x)} integers"),
            ("document features", self._documents_hold(model, opened, shown), f"{len(shown.documents)} texts"),
            ("ranking", _ranked_so(scores, shown, opened.package.k), f"{len(scores):,} documents"),
            ("documents left out", *self._left_out(opened, kept.x, shown, progress)),
            ("contributors left out", *self._people_left_out(opened, kept.x, shown, progress)),
            self._index_holds(version, opened),
            self._release_holds(model, version),
        ]
        return Verified(all(holds for _, holds, _ in checks), tuple(checks))

    def _same(self, kind: Encoder, texts: Sequence[str], rows: Features) -> bool:
        """Whether these are the texts' features: by our own encoder here, where it is exact, to the integer."""
        encode = None if kind.exact else self._client.session.runtime.encoding(kind.name)
        again = features.compute(kind, texts, silent(), encode=encode)
        distance = np.abs(again.astype(np.int64) - rows.astype(np.int64)).max(initial=0)
        return int(distance) <= (0 if kind.exact else _TOLERANCE)

    def _documents_hold(self, model: SearchModel, opened: Opened, shown: Carried) -> bool:
        index, places = opened.index, [place for place, _, _ in shown.documents]
        ids = [index.record_ids[place] for place in places]
        known = self._client.datanets.texts_of(model.datanet, ids)
        if any(one not in known for one in ids):
            return False
        return not places or self._same(index.kind, [known[one] for one in ids], index.x[places])

    @staticmethod
    def _left_out(opened: Opened, x: Features, shown: Carried, progress: Progress) -> tuple[bool, str]:
        """A real index without each document answers again."""
        holds = True
        for number, (place, _, credit) in enumerate(shown.documents):
            progress.step("left out", number, len(shown.documents))
            holds &= shown.score - _score_without(opened, x, np.arange(len(opened.index)) == place) == credit
        return holds, f"{len(shown.documents)} indexes made again"

    @staticmethod
    def _people_left_out(opened: Opened, x: Features, shown: Carried, progress: Progress) -> tuple[bool, str]:
        """Everybody with a document in the answer: also that nobody's credit was left out."""
        people = sorted({int(opened.owner[place]) for place, _, _ in shown.documents})
        given, holds = dict(shown.contributors), True
        for number, who in enumerate(people):
            progress.step("left out", number, len(people))
            holds &= shown.score - _score_without(opened, x, opened.owner == who) == given.pop(who, 0)
        return holds and not given, f"{len(people)} indexes made again"

    def _index_holds(self, version: Version, opened: Opened) -> tuple[str, bool, str]:
        """Read again from the disk, every digest checked, and the features under the root that the manifest names."""
        release = version.facts["release"]
        again = self._catalogue.package(version).index
        root = self._features_root(again, bytes.fromhex(release["root"]))
        same = np.array_equal(again.x, opened.index.x) and again.record_ids == opened.index.record_ids
        return ("index", same and root.hex() == release["features"], "0x" + version.package_hash.hex())

    def _release_holds(self, model: SearchModel, version: Version) -> tuple[str, bool, str]:
        release = version.facts["release"]
        named = (release["version"], "0x" + release["root"])
        found = [
            one.trust.state in {"proven", "quorum"}
            for one in self._client.datanets.get(model.datanet).releases
            if (one.version, one.root) == named
        ]
        return ("root on the ledger", any(found), "0x" + release["root"])


def _by_hand(index: Index, x: Features, progress: Progress) -> Ints:
    """The scores in Python's own integers."""
    wanted = [int(value) for value in x[:-1]]
    found = np.zeros(len(index), np.int64)
    for place in range(len(index)):
        if place % 512 == 0:
            progress.step("by hand", place, len(index))
        found[place] = sum(map(mul, wanted, index.x[place, :-1].tolist()))
    return found


def _ranked_so(scores: Ints, shown: Carried, k: int) -> bool:
    documents = [(place, int(scores[place])) for place in ranking(scores, k)]
    return documents == [one[:2] for one in shown.documents] and score_of(scores, k) == shown.score


def _score_without(opened: Opened, x: Features, gone: Any) -> int:
    ids = [one for one, out in zip(opened.index.record_ids, gone, strict=True) if out]
    if len(ids) == len(opened.index):
        return 0
    return score_of(opened.index.without(ids).scores(x), opened.package.k)
