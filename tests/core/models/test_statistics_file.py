"""Sums travel as files: merged in any order they are the same bytes, and what does not belong is refused by name."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.errors import AttributionError, BadFile, BadInput
from core.keccak import keccak256
from core.models import canonical, statistics_file
from core.models.statistics_file import Sums, load, merged, of_arrays, open_file, save
from tests.doubles import poa

LABELS = ("cats", "dogs", "owls")
X, Y = (np.array(values) for values in poa.records(300, 6, 3, 5))
X = X.astype(np.int16)
W = np.arange(300) * 5 % 65


def sums(part=slice(None), **other) -> Sums:
    made = {"features": "static-256", "norm_class": 2, "labels": LABELS} | other
    return of_arrays(X[part], Y[part], W[part], **made)


def again(content: bytes, changed=lambda said: None, numbers=lambda values: None) -> bytes:
    """A file with another statement or other numbers, its keccak right."""
    size = int.from_bytes(content[8:12], "little")
    said = canonical.decode(content[12 : 12 + size])
    values = np.frombuffer(content[12 + size : -32], "<i8").copy()
    numbers(values)
    changed(said)
    statement = canonical.encode(said)
    body = content[:8] + len(statement).to_bytes(4, "little") + statement + values.tobytes()
    return body + keccak256(body)


def test_parts_merge_in_any_order_to_one_hash(tmp_path) -> None:
    parts = [sums(slice(0, 40)), sums(slice(40, 41)), sums(slice(41, 300))]
    for number, part in enumerate(parts):
        save(tmp_path / str(number), part)
    read = [open_file(tmp_path / str(number)) for number in range(3)]
    found = {merged(order).dump() for order in itertools.permutations(read)}
    assert found == {sums().dump()}
    assert merged(read).hash == sums().hash == sums().dump()[-32:]
    assert merged(read).records == int((W > 0).sum())


def test_what_was_added_can_be_taken_away() -> None:
    rest = sums() - sums(slice(10, 60))
    assert rest.dump() == merged([sums(slice(0, 10)), sums(slice(60, 300))]).dump()
    with pytest.raises(AttributionError):
        _ = sums(slice(0, 5)) - sums()


def test_reading_gives_back_what_was_written() -> None:
    read = load(sums().dump())
    assert read.statistics.digest() == sums().statistics.digest()
    assert (read.features, read.norm_class, read.labels) == ("static-256", 2, LABELS)
    assert read.statistics.mass.tolist() == sums().statistics.mass.tolist()
    assert load(sums(slice(0, 0)).dump()).records == 0


@pytest.mark.parametrize(
    ("other", "reason", "value"),
    [
        ({"features": "minilm-w4"}, "other features", "static-256 / minilm-w4"),
        ({"norm_class": 3}, "other norm_class", "2 / 3"),
        ({"labels": ("cats", "dogs", "newts")}, "other labels", "newts, owls"),
        ({"labels": ("dogs", "cats", "owls")}, "other labels", "another order"),
    ],
)
def test_sums_of_something_else_are_refused_by_name(other, reason, value) -> None:
    with pytest.raises(BadInput) as refused:
        _ = sums() + sums(**other)
    assert (refused.value.reason, refused.value.value) == (reason, value)
    with pytest.raises(BadInput):
        _ = sums() - sums(**other)


def test_another_width_is_refused() -> None:
    narrow = of_arrays(X[:, 1:], Y, W, features="static-256", norm_class=2, labels=LABELS)
    with pytest.raises(BadInput):
        _ = sums() + narrow
    with pytest.raises(BadInput):
        merged([])


@pytest.mark.parametrize("at", [0, 9, 30, 200, -40, -1])
def test_a_changed_or_missing_byte_is_seen(at) -> None:
    content = bytearray(sums().dump())
    content[at] ^= 1
    with pytest.raises(BadFile):
        load(bytes(content))
    with pytest.raises(BadFile):
        load(sums().dump()[:at])


def test_numbers_that_are_no_sums_of_records_are_refused() -> None:
    d = 6

    def refuse(reason, *, numbers=lambda values: None, rehash=True, said=None):
        def changed(statement):
            if said:
                statement |= said
            if rehash:
                statement["statistics"] = digest_of(content_numbers)

        content_numbers: list[int] = []

        def keep(values):
            numbers(values)
            content_numbers[:] = values.tolist()

        with pytest.raises(BadFile) as refused:
            load(again(sums().dump(), changed, keep))
        assert refused.value.reason == reason

    def digest_of(values):
        G = np.zeros((d, d), np.int64)
        G[np.triu_indices(d)] = values[: d * (d + 1) // 2]
        G = np.triu(G) + np.triu(G, 1).T
        B = np.array(values[d * (d + 1) // 2 :]).reshape(d, 3)
        return statistics_file.Statistics(G, B, B[-1] // 2047).digest().hex()

    refuse("not sums", numbers=lambda v: v.__setitem__(0, v[0] + 1), rehash=False)
    refuse("range", numbers=lambda v: v.__setitem__(0, -(2**63)))
    refuse("not a sum of squares", numbers=lambda v: v.__setitem__(0, 0))
    refuse("bias", numbers=lambda v: v.__setitem__(-1, v[-1] + 1))
    refuse("weight", said={"records": 1})
    refuse("not sums", said={"norm_class": 13})
    refuse("not sums", said={"labels": ["a", "a", "b"]})
    refuse("not sums", said={"d": 7})
    refuse("not sums", said={"more": 1})


def test_other_files_are_not_sums(tmp_path) -> None:
    (tmp_path / "text").write_text("label,text")
    with pytest.raises(BadFile) as refused:
        open_file(tmp_path / "text")
    assert refused.value.reason == "not sums"
    with pytest.raises(BadFile):
        open_file(tmp_path / "nothing")
