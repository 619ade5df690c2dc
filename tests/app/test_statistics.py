"""Sums leave a profile as a file, and files add up at the command line without any profile."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.terminal.output import Output
from app.terminal.parser import parse
from core.artefacts import Artefacts
from core.client import summing
from core.clock import SystemClock
from core.errors import BadInput
from core.jobs import silent
from core.models import package, statistics_file, training
from core.models.catalogue import Catalogue
from core.storage import Database
from core.vault.migrations import m004_models
from tests.core.models import small_topics
from ui.text import explain


def merge(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    options = parse(["statistics", "merge", *map(str, words), "--json"])
    assert options.needs == "nothing"
    options.run(None, options, Output(as_json=True))
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def data() -> training.TrainingSet:
    return training.prepare(small_topics.items(), [], small_topics.LABELS, silent())


def sums(data: training.TrainingSet, **other: object) -> statistics_file.Sums:
    named = {"features": data.encoder, "norm_class": 2, "labels": data.labels} | other
    return statistics_file.of_arrays(data.x, data.y, data.w, **named)


def test_a_models_sums_leave_as_a_file(
    tmp_path: Path, data: training.TrainingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(tmp_path / "vault.db", bytes(32), [m004_models.migrate])
    catalogue = Catalogue(database, Artefacts(tmp_path / "files", bytes(32)), SystemClock())
    trained = training.train(data, silent())
    built = package.build(trained, name="Small topics", release=small_topics.release_of(trained), z=27)
    model = catalogue.add("Small topics", 7, built, trained, origin="trained")
    view = summing.export(catalogue, model.id, tmp_path / "sums", disclose=True)
    few = summing.few_records(catalogue, model.id)
    with pytest.raises(BadInput) as refused:
        summing.export(catalogue, model.id, tmp_path / "unasked")  # nobody agreed
    client = SimpleNamespace(session=SimpleNamespace(catalogue=catalogue))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    options = parse(["statistics", "export", str(model.id), str(tmp_path / "unasked")])
    with pytest.raises(SystemExit, match="--disclose"):
        options.run(client, options, Output(as_json=False))
    database.close()
    assert dict(few) == {name: n for name, n in Counter(small_topics.LABELS[k] for k in data.y).items() if n < 64}
    assert refused.value.reason == "few records"
    assert not (tmp_path / "unasked").exists()
    read = statistics_file.open_file(tmp_path / "sums")
    assert view.hash == "0x" + read.hash.hex() == "0x" + sums(data).hash.hex()
    assert (view.records, view.weight, view.features) == (len(data), int(data.w.sum()), "static-256")


def test_files_merge_in_any_order_to_one_hash(tmp_path: Path, data, capsys) -> None:
    for number in range(3):
        statistics_file.save(tmp_path / str(number), sums(data.take(np.arange(number, len(data), 3))))
    one = merge(capsys, tmp_path / "a", *(tmp_path / name for name in "012"))
    two = merge(capsys, tmp_path / "b", *(tmp_path / name for name in "201"))
    assert one["hash"] == two["hash"] == "0x" + sums(data).hash.hex()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (one["files"], one["records"]) == (3, len(data))


def test_a_file_of_other_labels_is_refused_and_said_why(tmp_path: Path, data, capsys) -> None:
    statistics_file.save(tmp_path / "ours", sums(data))
    statistics_file.save(tmp_path / "theirs", sums(data, labels=("animal", "drink", "place")))
    with pytest.raises(BadInput) as refused:
        merge(capsys, tmp_path / "sum", tmp_path / "ours", tmp_path / "theirs")
    assert refused.value.path == str(tmp_path / "theirs")
    assert "drink, food" in explain(refused.value).what_to_do
    assert not (tmp_path / "sum").exists()
