"""From files piece by piece: the same bytes as in memory, and no more memory for four times the records."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from core.errors import AttributionError, BadInput, Cancelled, TooFewRecords
from core.jobs import Progress, silent
from core.models import ridge, streaming
from core.models.streaming import Arrays, Block, Files, held, keep

KEY = bytes(range(32))
D, K = 24, 3


def records(n, seed=1):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, K, n)
    centres = rng.normal(0, 300, (K, D))
    x = np.clip(centres[y] + rng.normal(0, 250, (n, D)), -400, 400).astype(np.int16)
    x[:, -1] = 2047
    return Arrays(x, y, rng.integers(0, 65, n), rng.integers(0, 7, n))


def part(of, kept):
    return Arrays(of.x[kept], of.y[kept], of.w[kept], of.who[kept])


@pytest.fixture(scope="module")
def whole():
    return records(5000)


@pytest.fixture
def files(whole, tmp_path) -> Files:
    return keep(tmp_path, D, iter(whole), KEY)


def test_a_model_of_files_is_the_model_of_arrays(whole, files) -> None:
    head, statistics = streaming.train(files, K, silent(), norm_class=2)
    expected, sums = ridge.train(whole.x, whole.y, K, whole.w)
    assert head.same(expected)
    assert statistics.digest() == sums.digest()


def test_records_come_back_as_they_were_kept(whole, files) -> None:
    assert len(files) == 5000
    assert files.d == D
    for column in ("x", "y", "w", "who"):
        assert np.array_equal(np.concatenate([getattr(block, column) for block in files]), getattr(whole, column))
    assert [block.start for block in files] == [block.start for block in whole] == [0, 2048, 4096]


def test_adding_and_withdrawing_equal_scratch_byte_for_byte(whole) -> None:
    first, more = part(whole, slice(0, 4200)), part(whole, slice(4200, 5000))
    head, statistics = streaming.train(first, K, silent(), norm_class=2)
    larger, total = streaming.added(head, statistics, more, silent())
    scratch, sums = streaming.train(whole, K, silent(), norm_class=2, j=head.j)
    assert larger.same(scratch)
    assert total.digest() == sums.digest()
    back, rest = streaming.without(larger, total, more, silent())
    assert back.same(head)
    assert rest.digest() == statistics.digest()


def test_only_what_is_there_can_be_withdrawn(whole) -> None:
    few = part(whole, slice(0, 50))
    head, statistics = streaming.train(few, K, silent(), norm_class=2)
    with pytest.raises(AttributionError):
        streaming.without(head, statistics, whole, silent())
    with pytest.raises(TooFewRecords):
        streaming.without(head, statistics, few, silent())
    one = part(whole, np.flatnonzero(whole.y == 1))
    with pytest.raises(TooFewRecords):
        streaming.train(one, K, silent(), norm_class=2)


def test_files_that_do_not_belong_together_are_refused(whole, files, tmp_path) -> None:
    (tmp_path / "other").mkdir()
    keep(tmp_path / "other", D, iter(part(whole, slice(0, 9))), KEY)
    (tmp_path / "other" / "about.rows").replace(tmp_path / "about.rows")
    with pytest.raises(BadInput):
        Files(tmp_path, KEY)


def test_training_can_be_stopped(whole) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        streaming.train(whole, K, progress, norm_class=2)


def test_four_times_the_records_take_no_more_memory(tmp_path) -> None:
    def blocks(count):
        for number in range(count):
            one = records(2048, 1 + number % 3)
            yield Block(number * 2048, one.x, one.y, one.w, one.who)

    peaks = []
    for count in (2, 8):
        folder = tmp_path / str(count)
        folder.mkdir()
        tracemalloc.start()
        source = keep(folder, D, blocks(count), KEY)
        streaming.train(source, K, silent(), norm_class=2)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.1
    assert peaks[1] < held(D, K)
