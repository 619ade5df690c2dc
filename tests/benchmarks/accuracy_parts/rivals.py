"""What others would use on the same records: scikit-learn, in an environment of its own.

Logistic regression over TF-IDF and over MiniLM's embeddings; the strength of regularisation is chosen for each by
cross-validation on the training records, so that neither is held back by a default.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks.accuracy_parts.texts import DataSet
from tests.benchmarks.harness import rival_environment

PACKAGES = ["scikit-learn==1.9.1"]
TFIDF, MINILM, MAJORITY = "TF-IDF + logistic regression", "MiniLM + logistic regression", "majority"
CODE = """
import json, sys, time, warnings
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
warnings.filterwarnings("ignore")
folder = sys.argv[1]
data = json.load(open(folder + "/texts.json"))
z = np.load(folder + "/minilm.npz")
y, yh = np.array(data["y"]), np.array(data["yh"])
grid = {"logisticregression__C": [1.0, 10.0, 100.0]}
found = {}
for name, steps, x, xh in (
    ("tfidf", [TfidfVectorizer(sublinear_tf=True)], data["texts"], data["held"]),
    ("minilm", [], z["x"] / 2047, z["xh"] / 2047),
):
    start = time.process_time()
    model = make_pipeline(*steps, LogisticRegression(max_iter=1000))
    chosen = GridSearchCV(model, grid, cv=3).fit(x, y)
    found[name] = [int((chosen.predict(xh) == yh).sum()), time.process_time() - start]
print(json.dumps(found))
"""


def answers(data: DataSet, minilm: tuple[np.ndarray, np.ndarray]) -> dict[str, tuple[int, float]]:
    """Right answers on the held-out texts and seconds of processor time, by rival."""
    python = rival_environment("rivals", PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        plain = {"texts": data.texts, "y": data.y.tolist(), "held": data.held, "yh": data.yh.tolist()}
        (Path(folder) / "texts.json").write_text(json.dumps(plain))
        np.savez(Path(folder) / "minilm.npz", x=minilm[0][:, :-1], xh=minilm[1][:, :-1])
        done = subprocess.run([str(python), "-c", CODE, folder], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return {TFIDF: tuple(found["tfidf"]), MINILM: tuple(found["minilm"])}
