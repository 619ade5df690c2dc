"""Rows in files: what is read is what was written, and a sealed file says nothing and hides no change."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadFile, BadInput
from core.models.row_file import ROWS, RowFile, writing_rows

KEY = bytes(range(32))


def write(path, rows, key=None, portion=700):
    with writing_rows(path, rows.dtype, rows.shape[1], key) as file:
        for start in range(0, len(rows), portion):
            file.append(rows[start : start + portion])
    return RowFile(path, key)


def some(n, width=5, dtype=np.int16):
    return (np.arange(n * width).reshape(n, width) * 7 % 4001 - 2000).astype(dtype)


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("n", [0, 1, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS, 3 * ROWS + 17])
def test_any_number_of_rows_comes_back(tmp_path, n, key) -> None:
    for portion in (700, 5000):
        read = write(tmp_path / "r", some(n), key, portion)
        assert len(read) == n
        pieces = list(read)
        assert all(len(piece) == ROWS for piece in pieces[:-1])
        assert np.array_equal(np.concatenate(pieces), some(n))
        assert np.array_equal(read.piece(read.pieces - 1), pieces[-1])


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64])
def test_types_are_kept_and_others_refused(tmp_path, dtype) -> None:
    read = write(tmp_path / "r", some(9, 3, dtype), KEY)
    assert (read.dtype, read.width) == (np.dtype(dtype), 3)
    with writing_rows(tmp_path / "s", dtype, 3) as file:
        for wrong in (some(9, 4, dtype), some(9, 3, np.int8), some(9, 3, dtype)[0]):
            with pytest.raises(BadInput):
                file.append(wrong)
    with pytest.raises(BadInput), writing_rows(tmp_path / "s", np.float64, 3):
        pass


def test_a_file_in_the_clear_is_mapped_and_a_sealed_one_says_nothing(tmp_path) -> None:
    rows = some(ROWS + 3)
    assert np.array_equal(write(tmp_path / "plain", rows).mapped(), rows)
    sealed = write(tmp_path / "sealed", rows, KEY)
    with pytest.raises(BadInput):
        sealed.mapped()
    assert rows[:20].tobytes() not in (tmp_path / "sealed").read_bytes()
    assert write(tmp_path / "none", rows[:0]).mapped().shape == (0, 5)


def test_what_was_changed_cut_off_or_swapped_is_seen(tmp_path) -> None:
    path = tmp_path / "r"
    write(path, some(2 * ROWS + 9), KEY)
    good, piece = path.read_bytes(), ROWS * 10 + 16
    swapped = good[:64] + good[64 + piece : 64 + 2 * piece] + good[64 : 64 + piece] + good[64 + 2 * piece :]
    changed = bytearray(good)
    changed[100] ^= 1
    headless = bytearray(good)
    headless[12] ^= 3
    for bad in (swapped, bytes(changed), good[: 64 + 2 * piece], good[:-1], bytes(headless), good[:40], b""):
        path.write_bytes(bad)
        with pytest.raises(BadFile):
            list(RowFile(path, KEY))


def test_another_key_or_none_opens_nothing(tmp_path) -> None:
    write(tmp_path / "r", some(4), KEY)
    for key in (bytes(32), None):
        with pytest.raises(BadFile):
            list(RowFile(tmp_path / "r", key))
    write(tmp_path / "p", some(4))
    with pytest.raises(BadFile):
        RowFile(tmp_path / "p", KEY)
    with pytest.raises(BadFile):
        RowFile(tmp_path / "nothing")


def test_a_file_that_was_not_finished_is_not_there(tmp_path) -> None:
    def stopped():
        yield some(5000)
        raise BadInput(field="rows", reason="no more")

    def fill():
        with writing_rows(tmp_path / "r", np.int16, 5) as file:
            for rows in stopped():
                file.append(rows)

    with pytest.raises(BadInput):
        fill()
    assert list(tmp_path.iterdir()) == []
