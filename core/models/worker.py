"""The child "model": the only process that opens ONNX files, because they may come from anybody.

    load(digest, content | path, cpu)   check a package and open it -> {"manifest": canonical JSON text}
    run(digest, texts, cpu)             -> [{"ids", "x" (base64 int16 LE), "scores", "answer", "us"}], one by one
    encode(encoder, texts, cpu)         -> {"x": base64 int16 LE [n, width]} by an encoder that ships with this program
    look(content, cpu)                  -> what a picture (base64) is; small(content, side, cpu) -> a small copy of it
    unload(digest)

Every request may use `cpu` seconds of processor time; memory is limited for the whole process, wall time by the
parent. Each answer is checked against the integer reference before it leaves, so a graph cannot claim features or
scores that its manifest does not explain.
"""

from __future__ import annotations

import base64
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadFile, ModelError, OpenLedgerError, PackageRefused, TooLarge, WorkerLimit
from core.models import canonical, encoders, evaluation, package, pictures, sandbox, session
from core.models.encoders.base import Encoder, Features
from core.models.features import check as check_features

MAX_TEXTS = 512  # in one request
_KEPT = 2  # open models; an evicted one is loaded again when it is asked for
_TOLERANCE = 2  # of 2047: how far re-encoded features may stand from the package's, where floats are involved


@dataclass(frozen=True)
class _Open:
    encoder: Encoder
    head: NDArray[np.int64]
    session: Any


class ModelWorker:
    """The handlers' state: a few open sessions, the least used leaves first."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def load(self, digest: str, cpu: int, content: str | None = None, path: str | None = None) -> dict[str, object]:
        _allow(cpu)
        data = base64.b64decode(content) if content is not None else _read(Path(path or ""))
        found = package.read(data, bytes.fromhex(digest))
        structure = sandbox.check(found.files[package.MODEL])
        encoder = found.encoder
        model = _Open(encoder, package.head_of(structure), _session(found.files[package.MODEL]))
        _probe(model)
        self._open[digest] = model
        while len(self._open) > _KEPT:
            self._open.popitem(last=False)
        return {"manifest": canonical.encode(found.manifest).decode()}

    def unload(self, digest: str) -> None:
        self._open.pop(digest, None)

    def run(self, digest: str, texts: list[str], cpu: int) -> list[dict[str, object]]:
        _allow(cpu, texts)
        model = self._open.get(digest)
        if model is None:
            raise ModelError(reason="not loaded")
        self._open.move_to_end(digest)
        return [_answer(model, text) for text in texts]

    def look(self, content: str, cpu: int) -> dict[str, object]:
        _allow(cpu)
        found = pictures.look(base64.b64decode(content))
        return {**asdict(found), "print": found.print.hex()}

    def small(self, content: str, side: int, cpu: int) -> dict[str, object]:
        _allow(cpu)
        width, height, rgb = pictures.small(base64.b64decode(content), side)
        return {"width": width, "height": height, "rgb": base64.b64encode(rgb).decode()}

    def encode(self, encoder: str, texts: list[str], cpu: int) -> dict[str, str]:
        _allow(cpu, texts)
        return {"x": _pack(encoders.get(encoder).features(texts))}


def _allow(seconds: int, texts: Sequence[str] = ()) -> None:
    """A fresh allowance of processor time for this request; past it the system ends this process, and says why."""
    if len(texts) > MAX_TEXTS:
        raise TooLarge(what="texts", found=len(texts), limit=MAX_TEXTS)
    with contextlib.suppress(ImportError):
        import resource  # not on Windows

        usage = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = int(usage.ru_utime + usage.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(package.MAX_PACKAGE + 1)
    except OSError as error:
        raise BadFile(path=str(path), reason="unreadable") from error


def _pack(rows: Features) -> str:
    return base64.b64encode(rows.astype("<i2").tobytes()).decode()


def _session(model: bytes) -> Any:
    try:
        return session.open_session(model)
    except Exception as error:
        raise _translate(error, PackageRefused(reason="session", detail=str(error)[:300])) from error


def _translate(error: Exception, otherwise: OpenLedgerError) -> OpenLedgerError:
    words = str(error).lower()
    if isinstance(error, MemoryError) or any(sign in words for sign in ("bad_alloc", "allocate", "out of memory")):
        return WorkerLimit(what="memory")
    return otherwise


def _infer(model: _Open, text: str) -> tuple[list[int], Features, NDArray[np.int64]]:
    """What the encoder made of the content (token ids, cells), x [d], scores [K] as the graph says."""
    ids, feeds = model.encoder.feeds(text)
    try:
        x, scores = model.session.run(["x", "scores"], feeds)
    except Exception as error:
        raise _translate(error, ModelError(reason="run failed", detail=str(error)[:300])) from error
    if x.shape != (1, model.head.shape[0]) or scores.shape != (1, model.head.shape[1]):
        raise ModelError(reason="output shape", found=f"{x.shape}{scores.shape}"[:100])
    return ids, x[0], scores[0]


def _answer(model: _Open, text: str) -> dict[str, object]:
    start = time.perf_counter_ns()
    ids, x, scores = _infer(model, text)
    spent = (time.perf_counter_ns() - start) // 1000
    check_features(model.encoder, x[None], 1)
    if not model.encoder.agrees(ids, x):
        raise ModelError(reason="features differ from the reference")
    if not np.array_equal(scores, evaluation.scores(x[None], model.head)[0]):
        raise ModelError(reason="scores differ from the reference")
    answer = int(evaluation.answers(scores[None])[0])
    return {"ids": ids, "x": _pack(x), "scores": [int(s) for s in scores], "answer": answer, "us": int(spent)}


def _probe(model: _Open) -> None:
    """The graph must hold the encoder it names. Exact encoders are compared again on every answer."""
    probes = model.encoder.probes
    wanted = model.encoder.features(probes)
    for text, row in zip(probes, wanted, strict=True):
        _, x, _ = _infer(model, text)
        if not model.encoder.alike(x, row):
            raise PackageRefused(reason="not the encoder it names", encoder=model.encoder.name)


def handlers(_emit: Callable[[str, dict[str, object]], None]) -> dict[str, Callable[..., object]]:
    worker = ModelWorker()
    return {
        "load": worker.load,
        "run": worker.run,
        "encode": worker.encode,
        "unload": worker.unload,
        "look": worker.look,
        "small": worker.small,
    }
