"""Models, their packages and the calls made to them are kept, encrypted, and found again."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.artefacts import Artefacts, LongWriter
from core.errors import BadInput, DatabaseCorrupt, DiskFull, ModelError
from core.jobs import silent
from core.keccak import keccak256
from core.models import package, training
from core.models.calls import Calls
from core.models.catalogue import Catalogue, Model
from core.models.package import Built
from core.models.runtime import RunAnswer
from core.models.training import TrainedModel
from core.storage import Database
from core.vault.migrations import m004_models
from tests.core.models import small_topics

KEY = bytes(range(32))
PAYER, OTHER = b"p" * 20, b"o" * 20
SPLIT = (7000, 2500, 0, 500)


class Noon:
    """A clock that stands still."""

    def now(self) -> int:
        return 1_800_000_000

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None: ...


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(tmp_path / "vault.db", KEY, [m004_models.migrate])
    yield found
    found.close()


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    return Artefacts(tmp_path / "files", KEY)


@pytest.fixture
def catalogue(database: Database, artefacts: Artefacts) -> Catalogue:
    return Catalogue(database, artefacts, Noon())


@pytest.fixture
def calls(database: Database) -> Calls:
    return Calls(database, Noon())


@pytest.fixture
def model(catalogue: Catalogue, built: Built, trained: TrainedModel) -> Model:
    return catalogue.add("Small topics", 7, built, trained, origin="trained")


@pytest.fixture(scope="module")
def less(built: Built, trained: TrainedModel) -> tuple[Built, TrainedModel]:
    rest = training.without(trained, trained.data.record_ids[:2], silent())
    release = small_topics.release_of(rest)
    lineage = {"package": built.hash.hex(), "withdrawn": 2}
    return package.build(rest, name="Small topics", release=release, z=27, lineage=lineage), rest


def answer(text: str = "a dog", label: int = 0) -> RunAnswer:
    x = np.array([3, -4, 2047], np.int16)
    return RunAnswer(text, (1, 2), x, (2**61, -5, 0), label, small_topics.LABELS[label], 120)


def test_a_trained_model_is_a_draft_with_its_first_version(catalogue: Catalogue, model: Model, built: Built) -> None:
    assert (model.state, model.name, model.datanet, model.chain_model) == ("draft", "Small topics", 7, None)
    (version,) = model.versions
    assert (version.number, version.package_hash, version.origin) == (1, built.hash, "trained")
    assert version.facts["metrics"]["records"] == 6
    assert catalogue.package(version) == built.data
    assert package.read(catalogue.source(version)(), version.package_hash).labels == small_topics.LABELS
    assert catalogue.version_by_hash(built.hash) == version
    assert catalogue.all() == (model,)


def test_what_it_was_trained_on_comes_back(catalogue: Catalogue, model: Model, trained: TrainedModel) -> None:
    assert catalogue.training(model.newest).head.same(trained.head)


def test_nothing_readable_lies_on_the_disk(model: Model, tmp_path: Path, built: Built) -> None:
    bytes_on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert len(bytes_on_disk) > len(built.data)
    for word in (b"Small topics", b"animal", b"openledger-model", built.manifest[:40]):
        assert word not in bytes_on_disk


def test_publishing_keeps_the_id_fee_and_split(catalogue: Catalogue, model: Model) -> None:
    fee = 10**40
    found = catalogue.published(model.id, chain_id=99, chain_model=3, builder=PAYER, fee=fee, split=SPLIT)
    assert (found.state, found.chain_id, found.chain_model, found.fee, found.split) == ("published", 99, 3, fee, SPLIT)
    assert found.builder == PAYER
    assert catalogue.by_chain(99, 3) == found
    assert catalogue.by_chain(99, 4) is None
    assert catalogue.set_fee(model.id, 7).fee == 7
    assert catalogue.retire(model.id).state == "retired"


def test_a_split_that_is_not_the_whole_is_refused(catalogue: Catalogue, model: Model) -> None:
    with pytest.raises(BadInput):
        catalogue.published(model.id, chain_id=1, chain_model=1, builder=PAYER, fee=1, split=(7000, 2500, 0, 499))


def test_a_retrained_model_is_the_next_version(
    catalogue: Catalogue, model: Model, less: tuple[Built, TrainedModel]
) -> None:
    found = catalogue.add_version(model.id, *less, origin="retrained")
    assert [(version.number, version.origin) for version in found.versions] == [(1, "trained"), (2, "retrained")]
    assert found.newest.facts["lineage"]["withdrawn"] == 2
    assert len(catalogue.training(found.newest).data) == len(catalogue.training(model.newest).data) - 2


def test_the_same_package_is_not_kept_twice(
    catalogue: Catalogue, model: Model, built: Built, trained: TrainedModel
) -> None:
    with pytest.raises(ModelError, match="already in the catalogue"):
        catalogue.add("Again", 7, built, trained, origin="trained")
    assert catalogue.all() == (model,)


def test_a_manifest_that_is_not_the_packages_is_refused(catalogue: Catalogue, built: Built) -> None:
    with pytest.raises(ModelError, match="package hash"):
        catalogue.add("Liar", 7, Built(bytes(32), built.manifest, built.data), None, origin="imported")
    assert catalogue.all() == ()


def test_a_damaged_package_file_is_found_out(catalogue: Catalogue, model: Model, artefacts: Artefacts) -> None:
    path = artefacts.path(model.newest.file)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DatabaseCorrupt):
        catalogue.package(model.newest)


def test_a_draft_can_be_removed_with_its_files_a_published_model_cannot(
    catalogue: Catalogue, model: Model, artefacts: Artefacts
) -> None:
    catalogue.published(model.id, chain_id=1, chain_model=1, builder=PAYER, fee=1, split=SPLIT)
    with pytest.raises(ModelError, match="published"):
        catalogue.remove(model.id)
    catalogue._db.run("UPDATE models SET state = 'draft', chain_id = NULL, chain_model = NULL")
    catalogue.remove(model.id)
    assert catalogue.all() == ()
    assert not artefacts.has(model.newest.file)
    with pytest.raises(ModelError, match="unknown model"):
        catalogue.get(model.id)


def test_a_name_is_needed(catalogue: Catalogue, built: Built) -> None:
    with pytest.raises(BadInput):
        catalogue.add("  ", 7, built, None, origin="imported")


def test_latency_is_kept_for_this_machine(catalogue: Catalogue, model: Model) -> None:
    catalogue.set_latency(model.newest.id, 150)
    assert catalogue.get(model.id).newest.latency_us == 150


def test_a_call_keeps_text_features_scores_fee_and_a_salted_commitment(calls: Calls, model: Model) -> None:
    first = calls.record(model.newest, answer(), payer=PAYER, fee=10**30)
    second = calls.record(model.newest, answer(), payer=PAYER, fee=10**30)
    assert (first.text, first.answered, first.label, first.fee) == ("a dog", 0, 0, 10**30)
    assert first.x.tolist() == [3, -4, 2047]
    assert first.scores == (2**61, -5, 0)
    assert first.commitment == keccak256(first.salt + b"a dog")
    assert first.commitment != second.commitment
    assert calls.get(first.id).at == 1_800_000_000


def test_calls_are_listed_by_model_payer_and_place(calls: Calls, model: Model) -> None:
    made = [calls.record(model.newest, answer(str(i)), payer=who, fee=1) for i, who in enumerate((PAYER, OTHER, None))]
    assert [call.text for call in calls.of_model(model.id)] == ["0", "1", "2"]
    assert [call.text for call in calls.of_model(model.id, payer=OTHER)] == ["1"]
    assert [call.text for call in calls.of_model(model.id, after=made[0].id, limit=1)] == ["1"]
    assert calls.count(model.id) == 3
    assert calls.of_model(model.id + 1) == []


def test_a_correction_counts_and_can_be_taken_back(calls: Calls, model: Model) -> None:
    call = calls.record(model.newest, answer(), payer=PAYER, fee=1)
    assert calls.correct(call.id, 2).label == 2
    assert calls.correct(call.id, None).label == 0
    for wrong in (3, -1):
        with pytest.raises(BadInput):
            calls.correct(call.id, wrong)
    with pytest.raises(ModelError, match="unknown call"):
        calls.get(999)


def test_a_full_disk_leaves_no_file_that_no_row_names(
    catalogue: Catalogue,
    model: Model,
    less: tuple[Built, TrainedModel],
    artefacts: Artefacts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {path for path in (tmp_path / "files").rglob("*") if path.is_file()}

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LongWriter, "finish", full)
    with pytest.raises(DiskFull):
        catalogue.add_version(model.id, *less, origin="retrained")
    assert {path for path in (tmp_path / "files").rglob("*") if path.is_file()} == before
    assert catalogue.get(model.id) == model
