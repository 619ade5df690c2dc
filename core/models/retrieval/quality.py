"""How good an index is, on its own records: is the first other document of the same label? Beside plain word search.

Each record tried is asked as a query while it is left out, so nothing is counted that was only found again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.jobs import Progress
from core.models.retrieval.index import Index, ranking

TRIED = 500  # records at most, spread evenly
_CHUNK = 64
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def sample(count: int, most: int = TRIED) -> tuple[int, ...]:
    return tuple(range(count)) if count <= most else tuple(place * count // most for place in range(most))


def measure(index: Index, texts: Sequence[str], progress: Progress) -> dict[str, int] | None:
    """Counts for the manifest; `texts` of all documents. None where there is nothing to compare."""
    if len(index) < 2 or len(set(index.y.tolist())) < 2:
        return None
    tried = sample(len(index))
    ours = sum(
        _same(index.y, place, first) for place, first in zip(tried, _nearest(index, tried, progress), strict=True)
    )
    progress.step("baselines")
    search = WordSearch(texts)
    rivals = (search.best(texts[place], 2) for place in tried)
    tfidf = sum(
        _same(index.y, place, next((one for one in found if one != place), None))
        for place, found in zip(tried, rivals, strict=True)
    )
    commonest = int(np.bincount(index.y).argmax())
    majority = sum(int(index.y[place]) == commonest for place in tried)
    return {"records": len(tried), "same": ours, "tfidf": tfidf, "majority": majority}


def _same(y: NDArray[np.int64], place: int, found: int | None) -> bool:
    return found is not None and bool(y[place] == y[found])


def _nearest(index: Index, tried: Sequence[int], progress: Progress) -> Iterator[int | None]:
    """The best other document of each."""
    for start in range(0, len(tried), _CHUNK):
        progress.step("evaluate", start, len(tried))
        part = list(tried[start : start + _CHUNK])
        scores = np.concatenate([rows for _, rows in index.products(index.x[part])])
        for column, place in enumerate(part):
            scores[place, column] = 0
            yield next(iter(ranking(scores[:, column], 1)), None)


class WordSearch:
    """TF-IDF with cosine, the usual word search (Manning, Raghavan, Schuetze 2008, section 6.4; ltc weights)."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts = [Counter(words(text)) for text in texts]
        self._size = len(counts)
        postings: dict[str, list[tuple[int, int]]] = {}
        for place, count in enumerate(counts):
            for word, times in count.items():
                postings.setdefault(word, []).append((place, times))
        self._idf = {word: np.log(self._size / len(found)) for word, found in postings.items()}
        squares = np.zeros(self._size)
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for word, found in postings.items():
            places, often = (np.array(column) for column in zip(*found, strict=True))
            weights = (1 + np.log(often)) * self._idf[word]
            np.add.at(squares, places, weights * weights)
            self._postings[word] = (places, weights)
        self._length = np.sqrt(np.maximum(squares, 1e-12))

    def best(self, query: str, most: int) -> list[int]:
        """The documents that share words with it, best first, the older on a tie."""
        scores = np.zeros(self._size)
        for word, times in Counter(words(query)).items():
            if word in self._postings:
                places, weights = self._postings[word]
                scores[places] += weights * (1 + np.log(times)) * self._idf[word]
        scores /= self._length
        ordered = np.argsort(-scores, kind="stable")[:most]
        return [int(place) for place in ordered if scores[place] > 0]
