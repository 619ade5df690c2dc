"""Credit, influence and pay of records in files are those of records in memory, to the last integer."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from core.attribution import contributors, influence, streaming
from core.attribution.credit import credit_of
from core.attribution.payout import points_of
from core.errors import BadInput
from core.jobs import silent
from core.models.ridge import train
from core.models.streaming import Arrays, keep
from core.models.streaming import held as bound

KEY = bytes(range(32))
D, K = 24, 3


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    rng = np.random.default_rng(3)
    y = rng.integers(0, K, 4500)
    x = np.clip(rng.normal(0, 300, (K, D))[y] + rng.normal(0, 250, (4500, D)), -400, 400).astype(np.int16)
    x[:, -1] = 2047
    held = Arrays(x, y, rng.integers(0, 9, 4500), rng.integers(0, 7, 4500))
    head, _ = train(x, y, K, held.w)
    folder = tmp_path_factory.mktemp("records")
    files = keep(folder, D, iter(held), KEY)
    credit, z = streaming.keep_credit(folder / "credit.rows", head, files, KEY, silent())
    return held, head, files, credit, z


def sums(held):
    totals = np.zeros((K, D), object)
    for k in range(K):
        totals[k] = held.x[held.y == k][:90].astype(object).sum(axis=0) * 10**15
    return totals


def test_credits_in_a_file_are_the_credits(scene) -> None:
    held, head, _, credit, z = scene
    expected = credit_of(head, held.x, held.y, held.w)
    assert np.array_equal(np.concatenate(list(credit)), expected.c)
    assert z == expected.z


def test_scores_points_and_the_first_records_are_those_in_memory(scene) -> None:
    held, head, files, credit, z = scene
    expected = influence.of_sums(head, credit_of(head, held.x, held.y, held.w), held.x, sums(held))
    scale, blocks = streaming.blocks_of(head, credit, z, files, sums(held), silent())
    assert np.array_equal(np.concatenate([q for _, q in blocks]), expected.q)
    assert (scale.e, scale.v, scale.exponent, scale.u.tolist()) == (
        expected.e,
        expected.v,
        expected.exponent,
        expected.u.tolist(),
    )
    found = streaming.summary(head, credit, z, files, sums(held), 7, silent(), most=6)
    assert list(found.points) == points_of(expected.q, held.who, 7)
    assert found.supporting == expected.supporting(6)
    assert found.opposing == expected.opposing(6)


def test_leaving_out_people_of_files_is_leaving_them_out(scene, monkeypatch) -> None:
    monkeypatch.setattr(streaming, "_TOGETHER", 2)
    held, head, files, _, _ = scene
    _, whole = train(held.x, held.y, K, held.w, j=head.j)
    expected = contributors.left_out(head, whole, held.x, held.y, held.w, held.who, 8)
    assert np.array_equal(streaming.left_out(head, whole, files, [0, 3, 7], silent()), expected[[0, 3, 7]])


def test_three_times_the_records_take_no_more_memory(scene, tmp_path) -> None:
    held, head, *_ = scene
    peaks = []
    for times in (2, 6):
        folder = tmp_path / str(times)
        folder.mkdir()
        part = Arrays(held.x[:2048], held.y[:2048], held.w[:2048], held.who[:2048])
        files = keep(folder, D, (block for _ in range(times) for block in part), KEY)
        tracemalloc.start()
        credit, z = streaming.keep_credit(folder / "c", head, files, KEY, silent())
        streaming.summary(head, credit, z, files, sums(held), 7, silent())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.1
    assert peaks[1] < bound(D, K)


def test_credits_of_other_records_are_refused(scene, tmp_path) -> None:
    held, head, files, _, z = scene
    few = Arrays(held.x[:9], held.y[:9], held.w[:9] * 0)
    other, _ = streaming.keep_credit(tmp_path / "c", head, few, None, silent())
    with pytest.raises(BadInput):
        streaming.summary(head, other, z, files, sums(held), 7, silent())


def test_a_contributor_out_of_range_is_refused(scene) -> None:
    held, head, files, credit, z = scene
    with pytest.raises(BadInput):
        streaming.summary(head, credit, z, files, sums(held), 6, silent())
