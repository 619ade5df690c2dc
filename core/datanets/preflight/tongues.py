"""How probable each language is, for many texts at once.

What py3langid's identifier says, worked out for a batch: it walks its automaton over one text after the other in
Python, here all texts of a batch take each step together. The sums are added up in another order, so probabilities may
differ in the fifth place: what stands near a threshold is for `exact` to decide, the library itself.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEW = 16  # texts that are left once the others have ended: numpy is no faster than Python for these
Shares = NDArray[np.float32]


def exact(text: str) -> dict[str, float]:
    """Probability by language, the most probable first."""
    return dict(_identifier().rank(text))


def languages() -> list[str]:
    """All that the identifier knows, in the order of the columns of `shares`."""
    return list(dict.fromkeys(_identifier().nb_classes))


def shares(texts: Sequence[str]) -> tuple[Shares, NDArray[np.bool]]:
    """Probabilities [texts, languages], and which rows are filled: the few longest texts may be left out."""
    return _automaton().shares([_encoded(text) for text in texts])


class _Automaton:
    """The identifier's tables. A byte leads from state to state; a state may stand for a feature (else -1)."""

    def __init__(self, identifier: Any) -> None:
        self._next = np.frombuffer(identifier.tk_nextmove, np.uint32)
        self._row = np.array(identifier.tk_row, np.int64) << 8
        self._feature = np.array(identifier.tk_output, np.int32)
        self._weights, self._prior = identifier.nb_ptc, identifier.nb_pc
        names: list[str] = identifier.nb_classes
        columns: dict[str, int] = {}
        for name in names:
            columns.setdefault(name, len(columns))
        self._column = np.array([columns[name] for name in names])  # two columns of one language are added up
        self._languages = len(columns)

    def shares(self, texts: Sequence[bytes]) -> tuple[Shares, NDArray[np.bool]]:
        found = np.zeros((len(texts), self._languages), np.float32)
        whole = np.zeros(len(texts), bool)
        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        lengths = np.array([len(texts[place]) for place in order], np.int64)
        flat = np.frombuffer(b"".join(texts[place] for place in order), np.uint8)
        left_out, features = self._walk(flat, lengths)
        done = np.array(order[left_out:], np.int64)
        if len(done):
            scores = self._scores(features, lengths)[left_out:]
            scores /= np.sqrt(np.maximum(lengths[left_out:], 1)).astype(np.float32)[:, None]
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            scores /= scores.sum(axis=1, keepdims=True)
            for column, place in enumerate(self._column):
                found[done, place] += scores[:, column]
            whole[done] = True
        return found, whole

    def _walk(self, flat: NDArray[np.uint8], lengths: NDArray[np.int64]) -> tuple[int, NDArray[np.int32]]:
        """How many of the longest texts were left, and the feature that each byte leads to."""
        starts = np.cumsum(lengths) - lengths
        states = np.zeros(len(lengths), np.int64)
        features = np.full(len(flat), -1, np.int32)
        going = np.searchsorted(-lengths, -np.arange(int(lengths.max(initial=0)) + 1), side="left")
        for step, many in enumerate(going.tolist()):
            if many < _FEW:
                return many, features
            at = starts[:many] + step
            states = self._next[self._row[states[:many]] + flat[at]]
            features[at] = self._feature[states]
        return 0, features

    def _scores(self, features: NDArray[np.int32], lengths: NDArray[np.int64]) -> Shares:
        """ln(1 + times) of each feature times its weight in each language, and the language's own."""
        at = np.flatnonzero(features >= 0)
        text = np.searchsorted(np.cumsum(lengths), at, side="right")
        codes = np.sort(text * len(self._weights) + features[at])
        first = np.flatnonzero(np.concatenate([np.ones(min(1, len(codes)), bool), codes[1:] != codes[:-1]]))
        times = np.diff(np.append(first, len(codes)))
        text, feature = np.divmod(codes[first], len(self._weights))
        used = np.zeros(len(self._weights), bool)
        used[feature] = True
        table = self._weights[used].astype(np.float32)  # half precision as it is kept: once a batch
        places = (np.cumsum(used) - 1)[feature]
        weights = np.log1p(times.astype(np.float32))
        ends = np.searchsorted(text, np.arange(len(lengths) + 1)).tolist()
        scores = np.zeros((len(lengths), len(self._prior)), np.float32)
        for own, (begin, end) in enumerate(itertools.pairwise(ends)):
            if begin < end:  # a text without features tells nothing: all are as probable
                scores[own] = weights[begin:end] @ table[places[begin:end]] + self._prior
        return scores


def _encoded(text: str) -> bytes:
    if text.isupper():
        text = text.lower()
    return unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")


@cache
def _automaton() -> _Automaton:
    return _Automaton(_identifier())


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 1 s on a busy machine

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
