"""The worker answers as the reference does, and whatever a package does to it, the program goes on."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import time
import zipfile
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from core.errors import (
    Cancelled,
    ModelError,
    OpenLedgerError,
    PackageRefused,
    TooLarge,
    WorkerLimit,
    WorkerTimeout,
)
from core.jobs import Progress
from core.keccak import keccak256
from core.models import canonical, encoders, evaluation, package
from core.models.onnx_wire import INT64, Message, parse_model, tensor, write
from core.models.package import Built
from core.models.runtime import Limits, ModelRuntime
from core.models.training import TrainedModel

TEXTS = ["a young dog", "", "fresh bread and butter", "zzzz", "a village in the mountains"]


def altered(built: Built, change: Callable[[Message], None]) -> Built:
    """The package with another graph under digests that hold."""
    with zipfile.ZipFile(io.BytesIO(built.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    model = parse_model(files["model.onnx"])
    change(model["graph"])
    files["model.onnx"] = write("Model", model)
    manifest["files"]["model.onnx"] = hashlib.sha256(files["model.onnx"]).hexdigest()
    raw = canonical.encode(manifest)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {"manifest.json": raw, **files}.items():
            archive.writestr(name, data)
    return Built(keccak256(raw), raw, out.getvalue())


def node(kind: str, inputs: list[str], output: str) -> Message:
    return {"input": inputs, "output": [output], "op_type": kind}


def reroute(graph: Message, ending: list[Message]) -> None:
    """Let `ending` make the scores from what used to be the scores, now called `honest`."""
    for one in graph["node"]:
        one["output"] = ["honest" if name == "scores" else name for name in one["output"]]
    graph["node"] += ending


def memory_bomb(graph: Message) -> None:
    """A shape that is no constant: 2^31 numbers of 8 bytes, asked for at run time."""
    graph["initializer"].append(tensor("part", np.array([1 << 16], np.int64)))
    reroute(
        graph,
        [
            node("Mul", ["part", "part"], "size"),
            node("Expand", ["bias_value", "size"], "huge"),
            node("ReduceMax", ["huge", "nought_axis"], "top"),
            node("Add", ["honest", "top"], "scores"),
        ],
    )
    graph["initializer"].append(tensor("nought_axis", np.array([0], np.int64)))


def work_bomb(graph: Message) -> None:
    """A long row of large products: seconds of work in a few hundred bytes."""
    graph["initializer"].append(tensor("side", np.array([1400, 1400], np.int64)))
    graph["initializer"].append(tensor("tiny", np.array(0.0)))
    steps = [node("Expand", ["tiny", "side"], "big0")]
    steps += [node("MatMul", [f"big{i}", f"big{i}"], f"big{i + 1}") for i in range(60)]
    steps += [
        {**node("Cast", ["big60"], "whole"), "attribute": [{"name": "to", "i": INT64, "type": 2}]},
        node("ReduceMax", ["whole"], "top"),
        node("Add", ["honest", "top"], "scores"),
    ]
    reroute(graph, steps)


@pytest.fixture
def fragile() -> Iterator[Callable[[Limits], ModelRuntime]]:
    made: list[ModelRuntime] = []

    def make(limits: Limits) -> ModelRuntime:
        made.append(ModelRuntime(limits=limits))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()


def test_answers_equal_the_reference_to_the_last_integer(
    runtime: ModelRuntime, built: Built, trained: TrainedModel
) -> None:
    model = runtime.load(built.hash, lambda: built.data)
    assert model.labels == trained.labels
    answers = runtime.run(model, TEXTS)
    x = encoders.get("static-256").features(TEXTS)
    scores = evaluation.scores(x, trained.head.W)
    for answer, text, row, score in zip(answers, TEXTS, x, scores, strict=True):
        assert answer.text == text
        assert answer.ids == tuple(encoders.get("static-256").tokens(text))
        np.testing.assert_array_equal(row, answer.x)
        assert answer.scores == tuple(score.tolist())
        assert answer.label == trained.labels[int(score.argmax())]
        assert 0 < answer.latency_us < 60_000_000


def test_latency_of_one_text_is_measured_in_the_worker(runtime: ModelRuntime, built: Built) -> None:
    model = runtime.load(built.hash, lambda: built.data)
    assert 0 < runtime.latency(model, ["a young dog", "fresh bread"], runs=9) < 60_000_000


@pytest.mark.parametrize("name", encoders.NAMES)
def test_encoding_in_the_worker_equals_encoding_here(runtime: ModelRuntime, name: str) -> None:
    np.testing.assert_array_equal(encoders.get(name).features(TEXTS), runtime.encoding(name)(TEXTS))


def test_more_texts_than_a_request_holds_are_asked_in_turn(runtime: ModelRuntime, built: Built) -> None:
    model = runtime.load(built.hash, lambda: built.data)
    texts = [f"dog number {i}" for i in range(150)]
    assert [answer.text for answer in runtime.run(model, texts)] == texts


def test_a_run_can_be_cancelled_between_requests(runtime: ModelRuntime, built: Built) -> None:
    model = runtime.load(built.hash, lambda: built.data)
    progress = Progress()
    progress.report = lambda _done, _words: progress.cancel()
    with pytest.raises(Cancelled):
        runtime.run(model, ["dog"] * 200, progress)


def test_a_model_pushed_out_by_others_is_loaded_again(runtime: ModelRuntime, built: Built) -> None:
    def rename(name: str) -> Built:
        return altered(built, lambda graph: graph.update(name=name))

    first = runtime.load(built.hash, lambda: built.data)
    for other in (rename("one"), rename("two"), rename("three")):
        runtime.load(other.hash, lambda other=other: other.data)
    assert runtime.run(first, ["a young dog"])[0].label == "animal"


def test_a_killed_worker_is_replaced_and_the_package_loaded_again(
    fragile: Callable[[Limits], ModelRuntime], built: Built
) -> None:
    runtime = fragile(Limits())
    model = runtime.load(built.hash, lambda: built.data)
    runtime._child.kill()
    assert runtime.run(model, ["a young dog"])[0].label == "animal"
    assert runtime._child.starts == 2


def test_a_wrong_hash_or_a_truncated_file_is_refused(runtime: ModelRuntime, built: Built) -> None:
    with pytest.raises(PackageRefused, match="package hash"):
        runtime.load(bytes(32), lambda: built.data)
    with pytest.raises(PackageRefused, match="not a zip"):
        runtime.load(built.hash, lambda: built.data[:-100])


def test_a_graph_that_is_no_valid_session_is_refused(runtime: ModelRuntime, built: Built) -> None:
    bad = altered(built, lambda graph: reroute(graph, [node("MatMul", ["honest", "bias_value"], "scores")]))
    with pytest.raises(PackageRefused, match="session"):
        runtime.load(bad.hash, lambda: bad.data)


def test_features_that_are_not_those_of_the_encoder_are_refused(runtime: ModelRuntime, built: Built) -> None:
    def other_table(graph: Message) -> None:
        for constant in graph["initializer"]:
            if constant["name"] == "table":
                constant["raw_data"] = bytes(constant["raw_data"])[::-1]

    bad = altered(built, other_table)
    with pytest.raises(PackageRefused, match="not the encoder it names"):
        runtime.load(bad.hash, lambda: bad.data)


def test_scores_that_the_head_does_not_explain_are_never_answered(runtime: ModelRuntime, built: Built) -> None:
    bad = altered(built, lambda graph: reroute(graph, [node("Add", ["honest", "bias_value"], "scores")]))
    model = runtime.load(bad.hash, lambda: bad.data)
    with pytest.raises(ModelError, match="scores differ"):
        runtime.run(model, ["a young dog"])


def test_features_that_differ_for_one_text_only_are_never_answered(runtime: ModelRuntime, built: Built) -> None:
    def one_word(graph: Message) -> None:
        word = encoders.get("static-256").wordpiece.ids["bribe"]
        for constant in graph["initializer"]:
            if constant["name"] == "table":
                table = np.frombuffer(constant["raw_data"], np.int8).reshape(constant["dims"]).copy()
                table[word] = 100
                constant["raw_data"] = table.tobytes()

    bad = altered(built, one_word)
    model = runtime.load(bad.hash, lambda: bad.data)
    assert runtime.run(model, ["a young dog"])
    with pytest.raises(ModelError, match="features differ"):
        runtime.run(model, ["a young dog takes a bribe"])


def test_a_text_past_the_limit_is_refused(runtime: ModelRuntime, built: Built) -> None:
    model = runtime.load(built.hash, lambda: built.data)
    with pytest.raises(TooLarge):
        runtime.run(model, ["a" * 300_000])


def test_a_package_on_disk_is_read_by_path(runtime: ModelRuntime, built: Built, tmp_path) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(built.data)
    assert json.loads(runtime._call("load", digest=built.hash.hex(), path=str(path))["manifest"])["name"]
    with pytest.raises(OpenLedgerError, match="unreadable"):
        runtime._call("load", digest=built.hash.hex(), path=str(tmp_path / "missing"))


@pytest.mark.skipif(sys.platform != "linux", reason="memory and processor limits are Linux's here")
def test_a_bomb_for_the_memory_is_an_error_and_the_next_answer_comes(
    fragile: Callable[[Limits], ModelRuntime], built: Built
) -> None:
    runtime = fragile(Limits())
    bomb = altered(built, memory_bomb)
    with pytest.raises(WorkerLimit, match="memory"):
        runtime.load(bomb.hash, lambda: bomb.data)  # the first probe sets it off
    good = runtime.load(built.hash, lambda: built.data)
    assert runtime.run(good, ["a young dog"])[0].label == "animal"


@pytest.mark.skipif(sys.platform != "linux", reason="memory and processor limits are Linux's here")
def test_a_bomb_for_the_processor_ends_at_its_limit(fragile: Callable[[Limits], ModelRuntime], built: Built) -> None:
    runtime = fragile(Limits(cpu=1))
    bomb = altered(built, work_bomb)
    with pytest.raises(WorkerLimit) as caught:
        runtime.load(bomb.hash, lambda: bomb.data)  # the first probe sets it off
    assert (caught.value.values["what"], caught.value.values["limit"]) == ("cpu", 1)


def test_a_request_that_takes_too_long_on_the_clock_ends_and_says_so(
    fragile: Callable[[Limits], ModelRuntime], built: Built
) -> None:
    runtime = fragile(Limits(wall=2.5, cpu=600))
    bomb = altered(built, work_bomb)
    start = time.monotonic()
    with pytest.raises(WorkerTimeout):
        runtime.load(bomb.hash, lambda: bomb.data)  # the first probe sets it off
    assert time.monotonic() - start < 60


def test_the_package_reader_and_the_worker_agree_on_the_manifest(runtime: ModelRuntime, built: Built) -> None:
    assert runtime.load(built.hash, lambda: built.data).manifest == package.read(built.data, built.hash).manifest
