"""On real text the small model beats what it must: 12 topics of WordNet glosses, 300 to train on, 100 held out."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path

import pytest

from core.jobs import silent
from core.models import training
from core.models.training import Item

GLOSSES = Path(__file__).resolve().parents[4] / "shared" / "data" / "wordnet_nouns.json"


def items() -> tuple[list[Item], list[Item], list[str]]:
    by_label: dict[str, set[str]] = defaultdict(set)
    for gloss in json.loads(GLOSSES.read_text(encoding="utf-8")):
        by_label[gloss["label"]].add(gloss["text"])
    labels = sorted(sorted(by_label, key=lambda label: (-len(by_label[label]), label))[:12])
    parts: tuple[list[Item], list[Item]] = ([], [])
    for label in labels:
        texts = sorted(by_label[label], key=lambda text: hashlib.sha256(text.encode()).digest())
        for place, text in enumerate(texts[:400]):
            record = hashlib.sha256(f"{label}\0{text}".encode()).digest()
            parts[place >= 300].append(Item(text, label, record, bytes(20), frozenset({"train", "evaluate"})))
    return *parts, labels


@pytest.mark.skipif(not GLOSSES.exists(), reason="needs ../shared/data/wordnet_nouns.json")
def test_the_head_beats_tfidf_centroids_and_the_majority_on_glosses() -> None:
    train, apart, labels = items()
    model = training.train(training.prepare(train, apart, labels, silent()), silent())
    found = model.evaluation
    assert found is not None
    assert (found.records, found.majority) == (1200, 100)
    assert found.accuracy >= 0.66
    assert found.correct >= found.tfidf + 60
