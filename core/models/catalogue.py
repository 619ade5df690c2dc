"""The models of this profile: rows in the vault (tables of m004), packages and training among the sealed artefacts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.artefacts import Artefacts
from core.clock import Clock
from core.errors import BadInput, ModelError, StorageError
from core.jobs import Progress
from core.keccak import keccak256
from core.models import canonical, stored
from core.models.package import Built
from core.models.training import TrainedModel
from core.storage import Database


@dataclass(frozen=True)
class Version:
    """One package of a model. `origin`: trained, retrained, imported. `manifest` is canonical JSON."""

    id: int
    model: int
    number: int
    package_hash: bytes
    file: str
    training: str | None
    size: int
    latency_us: int | None
    origin: str
    manifest: bytes
    created: int

    @property
    def facts(self) -> dict[str, Any]:
        found = canonical.decode(self.manifest)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Model:
    """`state`: draft, published, retired. `chain_model` is its id in the Models contract of `chain_id`. Fee in wei."""

    id: int
    name: str
    datanet: int
    chain_id: int | None
    chain_model: int | None
    builder: bytes | None
    fee: int
    split: tuple[int, int, int, int]
    state: str
    created: int
    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version:
        return self.versions[-1]


class Catalogue:
    """Safe to share between threads: each method is one transaction."""

    def __init__(self, database: Database, artefacts: Artefacts, clock: Clock) -> None:
        self._db = database
        self._artefacts = artefacts
        self._clock = clock

    def add(
        self,
        name: str,
        datanet: int,
        built: Built,
        trained: TrainedModel | None,
        *,
        origin: str,
        progress: Progress | None = None,
    ) -> Model:
        """A new model in state draft with its first version. Raises BadInput (name), DiskFull, Cancelled."""
        if not name.strip() or len(name) > 200:
            raise BadInput(field="name", reason="length", value=name[:200])
        with self._kept(built, trained, progress) as files, self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO models (name, datanet, state, created) VALUES (?, ?, 'draft', ?)",
                (name.strip(), datanet, self._clock.now()),
            )
            model = int(cursor.lastrowid)
            self._insert_version(connection, model, built, files, origin)
        return self.get(model)

    def add_version(self, model: int, built: Built, trained: TrainedModel | None, *, origin: str) -> Model:
        """A further version: a newer release, or the same less withdrawn records."""
        with self._kept(built, trained, None) as files, self._db.transaction() as connection:
            self._insert_version(connection, model, built, files, origin)
        return self.get(model)

    @contextlib.contextmanager
    def _kept(
        self, built: Built, trained: TrainedModel | None, progress: Progress | None
    ) -> Iterator[tuple[str, str | None]]:
        """Package and training as files, before the vault is held up; gone again where no version comes of it."""
        if keccak256(built.manifest) != built.hash:
            raise ModelError(reason="package hash")
        made: list[str] = []
        try:
            with self._artefacts.naming():
                made.append(self._artefacts.put_long(built.data))
                if trained is not None:
                    made.append(stored.keep(self._artefacts, trained, progress))
                yield made[0], made[1] if trained is not None else None
        except BaseException:
            with contextlib.suppress(StorageError, OSError), self._db.transaction():
                for digest in made:
                    self._drop(digest)
            raise

    def _insert_version(
        self, connection: Any, model: int, built: Built, files: tuple[str, str | None], origin: str
    ) -> None:
        if connection.execute("SELECT 1 FROM model_versions WHERE package_hash = ?", (built.hash,)).fetchone():
            raise ModelError(reason="already in the catalogue", package=built.hash.hex())
        last = connection.execute("SELECT max(number) FROM model_versions WHERE model = ?", (model,)).fetchone()[0]
        connection.execute(
            "INSERT INTO model_versions (model, number, package_hash, file, training, size, origin, manifest, created) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                model,
                (last or 0) + 1,
                built.hash,
                *files,
                len(built.data),
                origin,
                built.manifest,
                self._clock.now(),
            ),
        )

    def all(self) -> tuple[Model, ...]:
        """Newest first."""
        return tuple(self._model(row) for row in self._db.all("SELECT * FROM models ORDER BY id DESC"))

    def get(self, model: int) -> Model:
        """Raises ModelError when there is none."""
        row = self._db.one("SELECT * FROM models WHERE id = ?", model)
        if row is None:
            raise ModelError(reason="unknown model", model=model)
        return self._model(row)

    def by_chain(self, chain_id: int, chain_model: int) -> Model | None:
        row = self._db.one("SELECT * FROM models WHERE chain_id = ? AND chain_model = ?", chain_id, chain_model)
        return None if row is None else self._model(row)

    def version(self, version: int) -> Version:
        row = self._db.one("SELECT * FROM model_versions WHERE id = ?", version)
        if row is None:
            raise ModelError(reason="unknown version", version=version)
        return _version(row)

    def version_by_hash(self, package_hash: bytes) -> Version | None:
        row = self._db.one("SELECT * FROM model_versions WHERE package_hash = ?", package_hash)
        return None if row is None else _version(row)

    def published(
        self,
        model: int,
        *,
        chain_id: int,
        chain_model: int,
        builder: bytes,
        fee: int,
        split: tuple[int, int, int, int],
    ) -> Model:
        """It stands on the ledger now: under which id, for which fee (wei) and split (basis points)."""
        if sum(split) != 10_000 or min(split) < 0 or fee < 0:
            raise BadInput(field="split", reason="sum", value=str(split))
        self._db.run(
            "UPDATE models SET state = 'published', chain_id = ?, chain_model = ?, builder = ?, fee = ?, split = ? "
            "WHERE id = ?",
            chain_id,
            chain_model,
            builder,
            str(fee),
            json.dumps(split),
            model,
        )
        return self.get(model)

    def set_fee(self, model: int, fee: int) -> Model:
        """Of later calls, in wei."""
        self._db.run("UPDATE models SET fee = ? WHERE id = ?", str(fee), model)
        return self.get(model)

    def retire(self, model: int) -> Model:
        """It takes no more calls."""
        self._db.run("UPDATE models SET state = 'retired' WHERE id = ?", model)
        return self.get(model)

    def rename(self, model: int, name: str) -> Model:
        self._db.run("UPDATE models SET name = ? WHERE id = ?", name.strip()[:200], model)
        return self.get(model)

    def set_latency(self, version: int, microseconds: int) -> None:
        self._db.run("UPDATE model_versions SET latency_us = ? WHERE id = ?", microseconds, version)

    def remove(self, model: int) -> None:
        """With its versions and calls; files go when no other version needs them. Only drafts: others are receipts."""
        found = self.get(model)
        if found.state != "draft":
            raise ModelError(reason="published", model=model)
        with self._db.transaction():  # the files first: a kill in between leaves rows to remove again, no file for good
            self._db.run("DELETE FROM models WHERE id = ?", model)
            for version in found.versions:
                for digest in filter(None, (version.file, version.training)):
                    self._drop(digest)

    def _drop(self, digest: str) -> None:
        sql = "SELECT 1 FROM model_versions WHERE file = ? OR training = ?"
        if self._db.one(sql, digest, digest) is None:
            self._artefacts.remove(digest)

    def package(self, version: Version) -> bytes:
        """The package file. Raises DatabaseCorrupt when it is missing or damaged."""
        return self._artefacts.get(version.file)

    def source(self, version: Version) -> Callable[[], bytes]:
        """For `ModelRuntime.load`."""
        return lambda: self.package(version)

    def training(self, version: Version) -> TrainedModel:
        """What this version was trained on. Raises ModelError for a package of somebody else."""
        if version.training is None:
            raise ModelError(reason="no training data", version=version.id)
        return stored.load(self._artefacts.opened(version.training))

    def record_ids(self, version: Version, *, held_out: bool = False) -> list[bytes]:
        """Of the records it was trained on, and after them those it was measured on. Raises as `training`."""
        if version.training is None:
            raise ModelError(reason="no training data", version=version.id)
        return stored.record_ids(self._artefacts.opened(version.training), held_out=held_out)

    def _model(self, row: Any) -> Model:
        versions = self._db.all("SELECT * FROM model_versions WHERE model = ? ORDER BY number", row["id"])
        parts = json.loads(row["split"])
        return Model(
            row["id"],
            row["name"],
            row["datanet"],
            row["chain_id"],
            row["chain_model"],
            row["builder"],
            int(row["fee"]),
            (parts[0], parts[1], parts[2], parts[3]),
            row["state"],
            row["created"],
            tuple(_version(version) for version in versions),
        )


def _version(row: Any) -> Version:
    return Version(**{name: row[name] for name in Version.__dataclass_fields__})
