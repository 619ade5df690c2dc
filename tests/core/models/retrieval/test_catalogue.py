"""Indexes and what was asked of them are kept, sealed, and go when they should."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.artefacts import Artefacts
from core.clock import SystemClock
from core.errors import BadInput, DiskFull, ModelError
from core.jobs import silent
from core.models.package import Built
from core.models.retrieval import index as indexes
from core.models.retrieval import package
from core.models.retrieval.catalogue import SearchCatalogue
from core.models.retrieval.index import Index
from core.storage import Database
from core.vault.migrations import m007_search
from tests.core.models import small_topics

KEY = bytes(range(32))
FOUND = {"score": 5, "documents": [[0, 5, 5]]}


@pytest.fixture(scope="module")
def index() -> Index:
    return indexes.build(small_topics.items()[:12], small_topics.LABELS, silent())


def built(index: Index) -> Built:
    return package.build(index, name="T", release=package.Release(7, 2, bytes(32), bytes(32), "CC0-1.0"), k=5)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[SearchCatalogue]:
    database = Database(tmp_path / "vault.db", KEY, [m007_search.migrate])
    yield SearchCatalogue(database, Artefacts(tmp_path / "files", KEY), SystemClock())
    database.close()


def files(tmp_path: Path) -> int:
    return sum(path.is_file() for path in (tmp_path / "files").rglob("*"))


def test_an_index_comes_back(catalogue: SearchCatalogue, index: Index, tmp_path: Path) -> None:
    made = catalogue.add(" Topics ", 7, built(index))
    assert (made.name, made.newest.number, made.newest.origin) == ("Topics", 1, "built")
    assert np.array_equal(catalogue.package(made.newest).index.x, index.x)
    assert catalogue.all() == (made,)
    assert b"openledger-index" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert catalogue.rename(made.id, "Other").name == "Other"
    with pytest.raises(ModelError):
        catalogue.add("Again", 7, built(index))
    with pytest.raises(BadInput):
        catalogue.add(" ", 7, built(index))


def test_a_withdrawal_drops_the_index_before_and_keeps_its_manifest(
    catalogue: SearchCatalogue, index: Index, tmp_path: Path
) -> None:
    made = catalogue.add("Topics", 7, built(index))
    asked = catalogue.record(made.newest, "a dog", index.x[0], FOUND, 90)
    assert catalogue.search(asked.id).found == FOUND
    later = catalogue.withdrawn(made.id, built(index.without(index.record_ids[:2])))
    assert [(one.number, one.origin, one.file is None) for one in later.versions] == [
        (1, "built", True),
        (2, "withdrawn", False),
    ]
    assert later.versions[0].facts["release"]["records"] == 12
    assert (files(tmp_path), catalogue.history(made.id, 9)) == (1, ())
    with pytest.raises(ModelError):
        catalogue.package(later.versions[0])


def test_removing_leaves_nothing(catalogue: SearchCatalogue, index: Index, tmp_path: Path) -> None:
    made = catalogue.add("Topics", 7, built(index))
    first, second = (catalogue.record(made.newest, words, index.x[0], FOUND, 90) for words in ("one", "two"))
    assert [one.id for one in catalogue.history(made.id, 9)] == [second.id, first.id]
    assert catalogue.count(made.id) == 2
    catalogue.remove(made.id)
    assert (files(tmp_path), catalogue.all()) == (0, ())
    for missing in (lambda: catalogue.get(made.id), lambda: catalogue.search(first.id)):
        with pytest.raises(ModelError):
            missing()


class Killed(BaseException):
    """As the end of the process: nothing after it runs."""


def test_a_kill_between_a_withdrawal_and_its_files_is_made_good(
    catalogue: SearchCatalogue, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = catalogue.add("Topics", 7, built(index))

    def killed(_self: Artefacts, _digest: str) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Artefacts, "remove", killed)
        with pytest.raises(Killed):
            catalogue.withdrawn(made.id, built(index.without(index.record_ids[:2])))
    assert files(tmp_path) == 2  # what was withdrawn is still here, and a row says so
    catalogue.tidy(made.id)
    assert files(tmp_path) == 1
    assert [one.file is None for one in catalogue.get(made.id).versions] == [True, False]


def test_a_full_disk_leaves_no_file_that_no_row_names(
    catalogue: SearchCatalogue, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullClock(SystemClock):
        def now(self) -> int:
            raise DiskFull(path="vault.db")

    made = catalogue.add("Topics", 7, built(index))
    monkeypatch.setattr(catalogue, "_clock", FullClock())
    with pytest.raises(DiskFull):
        catalogue.withdrawn(made.id, built(index.without(index.record_ids[:2])))
    assert files(tmp_path) == 1
    assert catalogue.package(catalogue.get(made.id).newest).hash == made.newest.package_hash
