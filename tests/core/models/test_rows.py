"""Rows of a file are the rows of an array to all that trains, measures and hashes; only memory tells them apart."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from core.artefacts import Artefacts, Whole
from core.attribution import contributors, influence, quality
from core.attribution.credit import credit_of
from core.attribution.doubt import doubt
from core.errors import ModelError
from core.jobs import silent
from core.models import encoders, evaluation, features, ridge, softmax, stored, training
from core.models import rows as row_files
from core.models.rows import BLOCK, FileRows, Rows, blocks, joined, taken
from core.models.training import TrainedModel, held
from tests.core.models import small_topics

N, D, K = 5000, 24, 3


def records(n: int, seed: int = 1):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, K, n)
    x = np.clip(rng.normal(0, 300, (K, D))[y] + rng.normal(0, 250, (n, D)), -400, 400).astype(np.int16)
    x[:, -1] = 2047
    return x, y, rng.integers(0, 65, n), rng.integers(0, 7, n)


def file_of(x, before: bytes = b"") -> FileRows:
    return FileRows(Whole(before + x.tobytes()), len(before), *x.shape)


@pytest.fixture(scope="module")
def whole():
    return records(N)


def test_a_file_is_read_like_an_array(whole) -> None:
    x, order = whole[0], np.random.default_rng(2).permutation(N)
    file = file_of(x, b"head")
    assert (len(file), file.shape, file.dtype, file.ndim) == (N, x.shape, x.dtype, 2)
    for index in (
        slice(7, 4000),
        slice(4990, 9000),
        slice(3, 3),
        slice(0, 50, 7),
        order,
        order[:0],
        whole[1] == 1,
        17,
        -1,
    ):
        assert np.array_equal(file[index], x[index])
    assert np.array_equal(file[[4, 2, 4]], x[[4, 2, 4]])
    assert np.array_equal(np.stack(list(file)), x)
    assert [start for start, _ in blocks(file)] == list(range(0, N, BLOCK))
    for wrong in (N, -N - 1, [3, N], [-1]):
        with pytest.raises(IndexError):
            file[wrong]


def test_parts_of_files_and_several_files_are_files_again(whole) -> None:
    x, kept = whole[0], np.flatnonzero(whole[1] != 1)
    part = taken(file_of(x), whole[1] != 1)
    assert isinstance(part, Rows)
    assert np.array_equal(part[100:3000], x[kept][100:3000])
    assert np.array_equal(taken(part, [5, 1])[:], x[kept][[5, 1]])
    both = joined(part, x[:9])
    assert isinstance(both, Rows)
    assert np.array_equal(both[:], np.concatenate([x[kept], x[:9]]))
    assert isinstance(taken(x, kept), np.ndarray)


def test_a_model_of_a_file_is_the_model_of_the_array(whole) -> None:
    x, y, w, _ = whole
    head, sums = ridge.train(file_of(x), y, K, w)
    expected, statistics = ridge.train(x, y, K, w)
    assert head.same(expected)
    assert sums.digest() == statistics.digest()
    few = x[:60, [0, 1, -1]]
    assert softmax.train(file_of(few), y[:60], K, w[:60], j=4).same(softmax.train(few, y[:60], K, w[:60], j=4))


def test_credit_influence_and_quality_of_a_file_are_those_of_the_array(whole) -> None:
    x, y, w, who = whole
    file = file_of(x)
    head, sums = ridge.train(x, y, K, w)
    made, expected = credit_of(head, file, y, w), credit_of(head, x, y, w)
    assert np.array_equal(made.c, expected.c)
    assert made.z == expected.z
    totals = np.array([x[y == k][:90].astype(object).sum(axis=0) * 10**15 for k in range(K)], object)
    q = influence.of_sums(head, made, file, totals)
    assert np.array_equal(q.q, influence.of_sums(head, made, x, totals).q)
    assert np.array_equal(influence.terms(file, q.u, q.v), influence.terms(x, q.u, q.v))
    given = (y, w, who, 7)
    assert np.array_equal(contributors.left_out(head, sums, file, *given), contributors.left_out(head, sums, x, *given))
    assert np.array_equal(doubt(head, file, y, w), doubt(head, x, y, w))
    assert evaluation.evaluate(head.W, file, y) == evaluation.evaluate(head.W, x, y)
    right = evaluation.centroid_baseline(x, y, x, y, K)
    assert evaluation.centroid_baseline(file, y, file, y, K) == right > N / K
    novel = np.ones(N, bool)
    judged = quality.quality_of(file, y, K, who, {0, 1}, novel)
    assert judged == quality.quality_of(x, y, K, who, {0, 1}, novel)


def test_a_shelf_keeps_few_rows_in_memory_and_many_in_a_sealed_file(tmp_path: Path, monkeypatch) -> None:
    texts = [item.text for item in small_topics.items()]
    kinds = [encoders.get(name) for name in ("static-256", "static-256+words")]
    plain = features.Shelf()
    expected = [plain.rows(kind, texts, silent()) for kind in kinds]
    assert all(isinstance(rows, np.ndarray) for rows in expected)
    monkeypatch.setattr(row_files, "RESIDENT", 0)
    with Artefacts(tmp_path, bytes(32)).scratch() as room:
        shelf = features.Shelf(room)
        for kind, rows in zip(kinds, expected, strict=True):
            found = shelf.rows(kind, texts, silent())
            assert isinstance(found, FileRows)
            assert np.array_equal(found[:], rows)
            assert np.array_equal(rows, kind.features(texts))
            assert shelf.rows(kind, list(texts), silent()) is found, "encoded once"
        (one, other) = tmp_path.iterdir()
        assert expected[0][3].tobytes()[:64] not in one.read_bytes() + other.read_bytes()
    assert list(tmp_path.iterdir()) == []


def test_features_that_no_encoder_may_make_are_refused_by_a_shelf() -> None:
    kind = encoders.get("static-256")
    with pytest.raises(ModelError):
        features.Shelf().rows(kind, ["a"], silent(), lambda texts: np.zeros((len(texts), 257), np.int16))


def test_a_model_kept_with_its_rows_in_a_file_forgets_and_learns_exactly(
    trained: TrainedModel, tmp_path: Path, monkeypatch
) -> None:
    artefacts = Artefacts(tmp_path, bytes(32))
    digest = stored.keep(artefacts, trained)
    monkeypatch.setattr(row_files, "RESIDENT", 0)
    found = stored.load(artefacts.opened(digest))
    assert isinstance(found.data.x, FileRows)
    assert b"".join(stored.parts(found)) == b"".join(stored.parts(trained))
    gone = [found.data.record_ids[i] for i in (0, 17, 40, 99)]
    less = training.without(found, gone, silent())
    scratch = training.train(trained.data.without(gone), silent(), j=trained.head.j)
    assert less.head.same(scratch.head)
    assert less.statistics is not None
    assert scratch.statistics is not None
    assert less.statistics.digest() == scratch.statistics.digest()
    assert b"".join(stored.parts(less)) == b"".join(stored.parts(scratch))
    again = training.without(less, [less.data.record_ids[3]], silent())
    assert again.head.same(training.train(again.data, silent(), j=trained.head.j).head)
    back = found.data.take(np.array([0, 17, 40, 99]))
    assert training.added(less, back, silent()).head.same(trained.head)
    assert stored.record_ids(artefacts.opened(digest)) == list(trained.data.record_ids)


def test_a_withdrawal_looks_at_none_of_the_records_that_stay(trained: TrainedModel) -> None:
    class Closed(FileRows):
        def read(self, start: int, stop: int) -> row_files.Features:
            assert (start, stop) == (17, 18), "another record was read"
            return super().read(start, stop)

    x = trained.data.x[:]
    assert isinstance(x, np.ndarray)
    data = training.replace(trained.data, x=Closed(Whole(x.tobytes()), 0, *x.shape))
    less = training.without(training.replace(trained, data=data), [data.record_ids[17]], silent())
    assert less.head.same(training.without(trained, [data.record_ids[17]], silent()).head)


def test_four_times_the_records_take_little_more_memory(tmp_path: Path) -> None:
    d, peaks = 200, []
    for n in (8192, 32768):
        rng = np.random.default_rng(n)
        with Artefacts(tmp_path, bytes(32)).scratch() as room:
            portions = (rng.integers(-140, 140, (2048, d)).astype(np.int16) for _ in range(n // 2048))

            def biased(parts=portions):
                for part in parts:
                    part[:, -1] = 2047
                    yield part.tobytes()

            x, y, w = FileRows(room.keep(biased()), 0, n, d), np.arange(n) % K, np.arange(n) % 9
            tracemalloc.start()
            head, _ = ridge.train(x, y, K, w)
            credit = credit_of(head, x, y, w)
            sums = np.zeros((K, d), np.int64)
            sums[1] = x[7]
            influence.of_sums(head, credit, x, sums)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert peaks[-1] < held(d, K, n)
    assert peaks[1] - peaks[0] < 24576 * d, "half of what the features themselves take"
