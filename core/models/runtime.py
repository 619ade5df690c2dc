"""Running models from this side of the pipe: nothing here opens an ONNX file.

A worker that crashed, hung or went past a limit is gone when the error arrives; the next call starts a fresh one and
loads the package again. Errors: PackageRefused and ModelError (the package's fault), WorkerLimit, WorkerTimeout and
WorkerDied (what it did to the worker).
"""

from __future__ import annotations

import base64
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import BadInput, ModelError, PackageRefused, WorkerLimit
from core.jobs import Progress
from core.keccak import keccak256
from core.models import canonical, encoders
from core.models.encoders.base import Features
from core.models.features import EncodeChunk
from core.models.pictures import Look
from core.worker.child import Child

CHUNK = 64  # texts in one request
# On a machine with many cores each idle thread of BLAS and each arena of malloc would count against the memory limit.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}

Source = Callable[[], bytes]


@dataclass(frozen=True)
class Limits:
    """For one request: seconds on the clock (a busy machine too) and seconds of processor time."""

    wall: float = 60.0
    cpu: int = 15


@dataclass(frozen=True)
class LoadedModel:
    """A package the worker has accepted. `source` gives its bytes again when a fresh worker needs them."""

    hash: bytes
    manifest: Mapping[str, Any]
    source: Source

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.manifest["labels"])


@dataclass(frozen=True, eq=False)
class RunAnswer:
    """One text through the graph. `x` int16 [d], `scores` by label at scale 2^52, `latency_us` inside the worker."""

    text: str
    ids: tuple[int, ...]
    x: Features
    scores: tuple[int, ...]
    answer: int
    label: str
    latency_us: int


class ModelRuntime:
    """Threads may share it; requests take turns in the worker."""

    def __init__(
        self, child: Child | None = None, limits: Limits | None = None, fetch: Callable[[str], bytes] | None = None
    ) -> None:
        """`fetch` gives the file of a record by its SHA-256, for encoders of more than text."""
        self._fetch = fetch
        self._child = child or Child("model", environment=_ENVIRONMENT)
        self._limits = limits or Limits()

    def _call(self, method: str, **params: Any) -> Any:
        try:
            return self._child.call(method, timeout=self._limits.wall, cpu=self._limits.cpu, **params)
        except WorkerLimit as error:
            if error.values.get("what") == "cpu":  # the harness knows of no limit; this request had one
                raise WorkerLimit(name=self._child.name, what="cpu", limit=self._limits.cpu) from error
            raise

    def load(self, package_hash: bytes, source: Source) -> LoadedModel:
        """Check and open a package. `source()` gives the file's bytes, decrypted. Raises as the module says."""
        content = base64.b64encode(source()).decode()
        answer = self._call("load", digest=package_hash.hex(), content=content)
        raw = str(answer["manifest"]).encode()
        if keccak256(raw) != package_hash:
            raise PackageRefused(reason="package hash")
        try:
            manifest = canonical.decode(raw)
        except BadInput as error:
            raise PackageRefused(reason="manifest form") from error
        assert isinstance(manifest, dict)
        return LoadedModel(package_hash, manifest, source)

    def run(self, model: LoadedModel, texts: Sequence[str], progress: Progress | None = None) -> tuple[RunAnswer, ...]:
        """Answers in the order of the texts. Raises as the module says, TooLarge for a text, Cancelled."""
        found: list[RunAnswer] = []
        for start in range(0, len(texts), CHUNK):
            if progress is not None:
                progress.step("run", start, len(texts))
            found += self._chunk(model, list(texts[start : start + CHUNK]))
        return tuple(found)

    def _chunk(self, model: LoadedModel, texts: list[str]) -> list[RunAnswer]:
        try:
            rows = self._ask(model, texts)
        except ModelError as error:
            if error.values.get("reason") != "not loaded":
                raise
            self.load(model.hash, model.source)  # a fresh worker, or others were loaded since
            rows = self._ask(model, texts)
        return [self._answer(model, text, row) for text, row in zip(texts, rows, strict=True)]

    def _ask(self, model: LoadedModel, texts: list[str]) -> list[dict[str, Any]]:
        given = [encoders.payload(model.manifest["encoder"]["name"], text, self._fetch) for text in texts]
        rows: list[dict[str, Any]] = self._call("run", digest=model.hash.hex(), texts=given)
        return rows

    @staticmethod
    def _answer(model: LoadedModel, text: str, row: dict[str, Any]) -> RunAnswer:
        x = np.frombuffer(base64.b64decode(row["x"]), "<i2").astype(np.int16)
        answer = int(row["answer"])
        return RunAnswer(text, tuple(row["ids"]), x, tuple(row["scores"]), answer, model.labels[answer], int(row["us"]))

    def latency(self, model: LoadedModel, texts: Sequence[str], runs: int = 20) -> int:
        """Median time of one text in the worker, in microseconds, after one warm-up."""
        sample = [texts[i % len(texts)] for i in range(runs + 1)]
        return int(statistics.median(answer.latency_us for answer in self.run(model, sample)[1:]))

    def encode(self, encoder: str, texts: Sequence[str]) -> Features:
        """int16 [n, width] by an encoder of ours, in the worker: keeps its memory out of this process."""
        given = [encoders.get(encoder).payload(text, self._fetch) for text in texts]
        answer = self._call("encode", encoder=encoder, texts=given)
        rows = np.frombuffer(base64.b64decode(answer["x"]), "<i2")
        return rows.reshape(len(texts), encoders.get(encoder).width).astype(np.int16)

    def encoding(self, encoder: str) -> EncodeChunk:
        """For `features.compute` and `training.prepare`: chunks are encoded in the worker."""
        return lambda texts: self.encode(encoder, texts)

    def look(self, content: bytes) -> Look:
        """What a picture is, decoded in the worker. Raises BadFile, TooLarge, WorkerError."""
        found = self._call("look", content=base64.b64encode(content).decode())
        return Look(found["media"], found["width"], found["height"], bytes.fromhex(found["print"]), found["place"])

    def small(self, content: bytes, side: int) -> tuple[int, int, bytes]:
        """(width, height, RGB by row) of a small copy. Raises as `look`."""
        found = self._call("small", content=base64.b64encode(content).decode(), side=side)
        width, height, rgb = int(found["width"]), int(found["height"]), base64.b64decode(found["rgb"])
        if not 0 < width <= side or not 0 < height <= side or len(rgb) != 3 * width * height:
            raise ModelError(reason="picture size")  # nothing a decoder says is taken on trust
        return width, height, rgb

    def close(self) -> None:
        self._child.stop()
