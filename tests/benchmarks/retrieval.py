"""Finding passages and verbatim spans: how often the right one is found, beside rivals, and what it costs.

Two tasks with one right document each, on WordNet nouns (82,115 glosses):
    term     the question is the term, the documents are glosses that do not name it: a dictionary read backwards
    clause   the question is the rest of a gloss after its first semicolon, the documents are what stands before it
Neither question shares its words with its document by construction, so neither hands the answer to word search.
`label` asks whether the first document found is of the same of 26 topics: the figure the program itself shows. It is
an easier question than finding the one right document. The other sets at hand are no honest task: the chatterbot
questions are 428 distinct texts of four topics, and the intents are templates that differ in a word.

Times are of the processor, because wall time on a busy machine shows the load.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence

import numpy as np

from core.attribution import verbatim
from core.attribution.documents import carried
from core.jobs import silent
from core.models import encoders, roots
from core.models.retrieval import quality
from core.models.retrieval.index import Index, ranking
from tests.benchmarks.harness import ROOT, Row

_FILE = ROOT.parent / "shared" / "data" / "wordnet_nouns.json"
_DOCUMENTS, _ASKED = 2000, 200
_ENCODERS = ("static-256", "words-1024", "static-256+words", "minilm-w4")
_SIZES = (10_000, 100_000)
_TEXT = 3000  # characters of a text to check


def run() -> list[Row]:
    nouns = json.loads(_FILE.read_text("utf8"))
    return [*_found(nouns), *_speed(nouns), *_verbatim(nouns)]


def _timed(work: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def _features(name: str, texts: Sequence[str]) -> np.ndarray:
    kind = encoders.get(name)
    return np.concatenate([kind.features(texts[at : at + 256]) for at in range(0, len(texts), 256)])


def _index(name: str, x: np.ndarray, y: Sequence[int]) -> Index:
    ids = tuple(place.to_bytes(32, "big") for place in range(len(x)))
    labels = tuple(str(number) for number in range(max(y) + 1))
    return Index(name, labels, x, np.array(y, np.int64), ids, (bytes(20),) * len(x), 0, 0)


def _tasks(nouns: list[dict[str, str]]) -> dict[str, tuple[list[str], dict[int, str], list[int]]]:
    """name: documents, questions by the place of their document, labels."""
    choose = random.Random(1)
    number = {label: place for place, label in enumerate(sorted({one["label"] for one in nouns}))}
    glosses = choose.sample(nouns, _DOCUMENTS)
    fitting = [at for at, one in enumerate(glosses) if one["term"].lower() not in one["text"].lower()]
    terms = {at: glosses[at]["term"] for at in choose.sample(fitting, _ASKED)}
    halves = [one for one in nouns if min(len(part.split()) for part in (*one["text"].split(";", 1), "")[:2]) >= 4]
    clauses = choose.sample(halves, _DOCUMENTS)
    rest = {at: clauses[at]["text"].split(";", 1)[1] for at in choose.sample(range(_DOCUMENTS), _ASKED)}
    return {
        "term": ([one["text"] for one in glosses], terms, [number[one["label"]] for one in glosses]),
        "clause": ([one["text"].split(";", 1)[0] for one in clauses], rest, [number[one["label"]] for one in clauses]),
    }


def _found(nouns: list[dict[str, str]]) -> list[Row]:
    rows = []
    for name, (texts, asked, labels) in _tasks(nouns).items():
        search = quality.WordSearch(texts)
        hits = {"TF-IDF": {at: search.best(query, 8) for at, query in asked.items()}}
        for encoder in _ENCODERS:
            index = _index(encoder, _features(encoder, texts), labels)
            questions = _features(encoder, list(asked.values()))
            hits[encoder] = {at: list(ranking(index.scores(x), 8)) for at, x in zip(asked, questions, strict=True)}
            if name == "term" and encoder == encoders.DEFAULT:
                rows.append(_labels(index, texts))
        for most in (1, 8):
            shares = {
                rival: sum(at in one[:most] for at, one in found.items()) / len(asked) for rival, found in hits.items()
            }
            ours = shares.pop(encoders.DEFAULT)
            rows.append(
                Row(f"{name}: recall@{most}, static-256, {len(texts):,} documents", ours, "share", rivals=shares)
            )
    return rows


def _labels(index: Index, texts: Sequence[str]) -> Row:
    found = quality.measure(index, texts, silent())
    assert found is not None
    tried = found["records"]
    rivals = {"TF-IDF": found["tfidf"] / tried, "commonest label": found["majority"] / tried}
    return Row("label: first found is of the same topic", found["same"] / tried, "share", rivals=rivals)


def _speed(nouns: list[dict[str, str]]) -> list[Row]:
    rows = []
    texts = [one["text"] for one in nouns]
    texts += [f"{one['term']}: {one['text']}" for one in nouns]
    for size in _SIZES:
        seconds, x = _timed(lambda size=size: _features(encoders.DEFAULT, texts[:size]))
        index = _index(encoders.DEFAULT, x, [0] * size)  # type: ignore[arg-type]
        weights = np.ones(size, np.int64)
        rooted, _ = _timed(
            lambda index=index, weights=weights: roots.features_tree(
                bytes(32), index.x, index.y, weights, index.record_ids, index.accounts
            )
        )
        asked = _features(encoders.DEFAULT, texts[:21])
        index.scores(asked[0])
        spent, _ = _timed(lambda index=index, asked=asked: [index.scores(one) for one in asked[1:]])
        scores = index.scores(asked[1])
        owner = np.arange(size) % 100
        credit, _ = _timed(lambda scores=scores, owner=owner: [carried(scores, owner, 8) for _ in range(5)])
        withdrawn, _ = _timed(lambda index=index: index.without([index.record_ids[7]]))
        rows += [
            Row(f"build: texts to features, {size:,}", seconds, "s"),
            Row(f"build: features root, {size:,}", rooted, "s"),
            Row(f"one question, scores of {size:,}", spent / 20 * 1000, "ms"),
            Row(f"credit of one answer, k = 8, {size:,} of 100 people", credit / 5 * 1000, "ms"),
            Row(f"withdraw one document of {size:,}", withdrawn * 1000, "ms"),
            Row(f"memory of the index, {size:,}", index.x.nbytes / 1e6, "MB"),
        ]
    return rows


def _verbatim(nouns: list[dict[str, str]]) -> list[Row]:
    texts = [one["text"] for one in nouns] * 2
    octets = sum(len(text.encode()) + 1 for text in texts)
    parts = list(verbatim.lots(texts))
    seconds, lots = _timed(lambda: [verbatim.Lot(part, first) for first, part in parts])
    pasted = verbatim.folded(" ".join(texts[1000:1100])[:_TEXT]).text
    foreign = verbatim.folded(" ".join(sorted(" ".join(texts[5000:5200]).split()))[:_TEXT]).text
    rows = [
        Row(f"suffix arrays of {octets / 1e6:.1f} MB, {len(parts)} lots", seconds / (octets / 1e6), "s/MB"),
        Row("suffix arrays: memory for a byte of text", 5.0, "B"),
    ]
    for name, text in (("copied", pasted), ("of other words", foreign)):
        spent, _ = _timed(lambda text=text: [one.spans(text, 32, silent()) for one in lots])  # type: ignore[attr-defined]
        rows.append(Row(f"check {_TEXT:,} characters, {name}, against {octets / 1e6:.1f} MB", spent * 1000, "ms"))
    return rows
