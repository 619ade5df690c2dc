"""How often a model is right, and what it costs, beside what people would use otherwise: on the bundled sample.

Ours sees features only; the rivals are scikit-learn's TF-IDF with logistic regression, and logistic regression over
the same MiniLM features. scikit-learn lives in an environment of its own, because nothing else here needs it.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from core.datanets import sample
from core.datanets.importers import Options, inspect, read
from core.jobs import silent
from core.models import encoders, evaluation
from core.models.ridge import train
from tests.benchmarks.harness import ROOT, Row, rival_environment

RIVALS = ["scikit-learn==1.9.1"]
RIVAL = """
import json, sys, time
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
folder = sys.argv[1]
data = json.load(open(folder + "/texts.json"))
found = {}
def measure(name, make):
    start = time.perf_counter()
    x, xh = make()
    model = LogisticRegression(max_iter=2000).fit(x, data["y"])
    found[name] = [float(np.mean(model.predict(xh) == np.array(data["yh"]))), time.perf_counter() - start]
def tfidf():
    words = TfidfVectorizer(sublinear_tf=True)
    return words.fit_transform(data["texts"]), words.transform(data["held_out"])
measure("TF-IDF + logistic regression", tfidf)
def minilm():
    z = np.load(folder + "/minilm.npz")
    return z["x"] / 2047, z["xh"] / 2047
measure("MiniLM + logistic regression", minilm)
print(json.dumps(found))
"""


def _rows() -> tuple[list[str], np.ndarray, list[str], np.ndarray]:
    """Every honest text once, with its label's number; and the held-out ones."""
    found = sample.load(ROOT / "resources" / "samples" / "wordnet_topics")
    number = {label: k for k, label in enumerate(found.rules.labels)}
    pairs: dict[str, str] = {}
    for who in found.contributors:
        if who.role == "honest":
            options = inspect(who.path, Options(), silent(), found.rules.labels).options
            pairs |= {row.text: row.label for row in read(who.path, options, silent())}
    held = found.held_out()
    y = np.array([number[label] for label in pairs.values()])
    return list(pairs), y, [text for text, _ in held], np.array([number[label] for _, label in held])


def _ours(x: np.ndarray, y: np.ndarray, xh: np.ndarray, yh: np.ndarray) -> tuple[float, float]:
    start = time.perf_counter()
    head, _ = train(x, y, int(y.max()) + 1, np.ones(len(y), np.int64))
    right = float(np.mean(head.answers(xh) == yh))
    return right, time.perf_counter() - start


def _rivals(
    texts: list[str], y: np.ndarray, held: list[str], yh: np.ndarray, features: tuple
) -> dict[str, list[float]]:
    python = rival_environment("rivals", RIVALS)
    with tempfile.TemporaryDirectory() as folder:
        plain = {"texts": texts, "y": y.tolist(), "held_out": held, "yh": yh.tolist()}
        (Path(folder) / "texts.json").write_text(json.dumps(plain))
        np.savez(Path(folder) / "minilm.npz", x=features[0], xh=features[1])
        done = subprocess.run([str(python), "-c", RIVAL, folder], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def run() -> list[Row]:
    texts, y, held, yh = _rows()
    encoded = {name: (encoders.get(name).features(texts), encoders.get(name).features(held)) for name in encoders.NAMES}
    ours = {name: _ours(x, y, xh, yh) for name, (x, xh) in encoded.items()}
    rivals = _rivals(texts, y, held, yh, encoded["minilm-w4"])
    rivals["majority"] = [evaluation.majority_baseline(y, yh) / len(yh), 0.0]
    best = max(right for right, _ in rivals.values())
    rows = [
        Row(
            f"right answers, {name} + ridge head",
            right,
            "",
            target=best - 0.01 if name == "minilm-w4" else None,
            at_most=False,
            rivals={rival: value for rival, (value, _) in rivals.items()},
        )
        for name, (right, _) in ours.items()
    ]
    seconds = {rival: value for rival, (_, value) in rivals.items() if value}
    rows += [Row(f"train and answer, {name}", value, "s", rivals=seconds) for name, (_, value) in ours.items()]
    return rows
