"""The models of this profile that find passages: rows in the vault (tables of m007), indexes among the artefacts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from core.artefacts import Artefacts
from core.clock import Clock
from core.errors import BadInput, ModelError, StorageError
from core.models import canonical
from core.models.encoders.base import Features
from core.models.package import Built
from core.models.retrieval import package
from core.storage import Database


@dataclass(frozen=True)
class Version:
    """One index. `origin`: built, withdrawn. `file` is None once a later version left withdrawn documents out."""

    id: int
    model: int
    number: int
    package_hash: bytes
    file: str | None
    size: int
    origin: str
    manifest: bytes
    created: int

    @property
    def facts(self) -> dict[str, Any]:
        found = canonical.decode(self.manifest)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class SearchModel:
    id: int
    name: str
    datanet: int
    created: int
    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version:
        return self.versions[-1]


@dataclass(frozen=True, eq=False)
class Search:
    """One question. `x` int16 [d] as answered; `found` as the caller gave it: text, integers, lists of them."""

    id: int
    version: int
    at: int
    query: str
    x: Features
    found: dict[str, Any]
    latency_us: int


class SearchCatalogue:
    """Safe to share between threads: each method is one transaction."""

    def __init__(self, database: Database, artefacts: Artefacts, clock: Clock) -> None:
        self._db = database
        self._artefacts = artefacts
        self._clock = clock

    def add(self, name: str, datanet: int, built: Built) -> SearchModel:
        """A new model with its first version. Raises BadInput (name), ModelError (already here), DiskFull."""
        if not name.strip() or len(name) > 200:
            raise BadInput(field="name", reason="length", value=name[:200])
        with self._whole(built), self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO search_models (name, datanet, created) VALUES (?, ?, ?)",
                (name.strip(), datanet, self._clock.now()),
            )
            model = int(cursor.lastrowid)
            self._insert(connection, model, built, "built")
        return self.get(model)

    def withdrawn(self, model: int, built: Built) -> SearchModel:
        """The version without withdrawn documents. Earlier indexes and what was asked of them go; manifests stay."""
        with self._whole(built), self._db.transaction() as connection:
            self._insert(connection, model, built, "withdrawn")
            connection.execute(
                "DELETE FROM searches WHERE version IN (SELECT id FROM search_versions WHERE model = ? AND "
                "package_hash <> ?)",
                (model, built.hash),
            )
        self.tidy(model)
        return self.get(model)

    def tidy(self, model: int) -> None:
        """Drop the indexes before the newest: also those that a kill left after a withdrawal."""
        for version in self.get(model).versions[:-1]:
            if version.file is not None:
                with self._db.transaction():  # the file first: a kill in between leaves a row that says what to drop
                    self._db.run("UPDATE search_versions SET file = NULL WHERE id = ?", version.id)
                    self._drop(version.file)

    @contextlib.contextmanager
    def _whole(self, built: Built) -> Iterator[None]:
        """A file that was written for a row which then did not come to be (a full disk) goes again."""
        try:
            with self._artefacts.naming():
                yield
        except BaseException:
            with contextlib.suppress(StorageError, OSError), self._db.transaction():
                self._drop(sha256(built.data).hexdigest())
            raise

    def _insert(self, connection: Any, model: int, built: Built, origin: str) -> None:
        if connection.execute("SELECT 1 FROM search_versions WHERE package_hash = ?", (built.hash,)).fetchone():
            raise ModelError(reason="already in the catalogue", package=built.hash.hex())
        row = connection.execute("SELECT max(number) FROM search_versions WHERE model = ?", (model,)).fetchone()
        file = self._artefacts.put(built.data)
        connection.execute(
            "INSERT INTO search_versions (model, number, package_hash, file, size, origin, manifest, created) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (model, (row[0] or 0) + 1, built.hash, file, len(built.data), origin, built.manifest, self._clock.now()),
        )

    def all(self) -> tuple[SearchModel, ...]:
        """Newest first."""
        return tuple(self._model(row) for row in self._db.all("SELECT * FROM search_models ORDER BY id DESC"))

    def get(self, model: int) -> SearchModel:
        """Raises ModelError when there is none."""
        row = self._db.one("SELECT * FROM search_models WHERE id = ?", model)
        if row is None:
            raise ModelError(reason="unknown model", model=model)
        return self._model(row)

    def version(self, version: int) -> Version:
        row = self._db.one("SELECT * FROM search_versions WHERE id = ?", version)
        if row is None:
            raise ModelError(reason="unknown version", version=version)
        return _version(row)

    def _model(self, row: Any) -> SearchModel:
        versions = self._db.all("SELECT * FROM search_versions WHERE model = ? ORDER BY number", row["id"])
        return SearchModel(row["id"], row["name"], row["datanet"], row["created"], tuple(map(_version, versions)))

    def package(self, version: Version) -> package.Package:
        """The checked index. Raises ModelError once it was dropped, DatabaseCorrupt, PackageRefused."""
        if version.file is None:
            raise ModelError(reason="index dropped", version=version.id)
        return package.read(self._artefacts.get(version.file), version.package_hash)

    def rename(self, model: int, name: str) -> SearchModel:
        self._db.run("UPDATE search_models SET name = ? WHERE id = ?", name.strip()[:200], model)
        return self.get(model)

    def remove(self, model: int) -> None:
        """With its indexes and everything asked of it."""
        found = self.get(model)
        with self._db.transaction():
            self._db.run("DELETE FROM search_models WHERE id = ?", model)
            for version in found.versions:
                self._drop(version.file)

    def _drop(self, digest: str | None) -> None:
        if digest is not None and self._db.one("SELECT 1 FROM search_versions WHERE file = ?", digest) is None:
            self._artefacts.remove(digest)

    # What was asked

    def record(self, version: Version, query: str, x: Features, found: dict[str, Any], latency_us: int) -> Search:
        with self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO searches (version, at, query, x, found, latency_us) VALUES (?, ?, ?, ?, ?, ?)",
                (version.id, self._clock.now(), query, x.astype("<i2").tobytes(), json.dumps(found), latency_us),
            )
            made = int(cursor.lastrowid)
        return self.search(made)

    def search(self, search: int) -> Search:
        row = self._db.one("SELECT * FROM searches WHERE id = ?", search)
        if row is None:
            raise ModelError(reason="unknown call", call=search)
        return _search(row)

    def history(self, model: int, limit: int) -> tuple[Search, ...]:
        """Newest first."""
        sql = (
            "SELECT s.* FROM searches s JOIN search_versions v ON v.id = s.version WHERE v.model = ? "
            "ORDER BY s.id DESC LIMIT ?"
        )
        return tuple(_search(row) for row in self._db.all(sql, model, limit))

    def count(self, model: int) -> int:
        sql = "SELECT count(*) FROM searches s JOIN search_versions v ON v.id = s.version WHERE v.model = ?"
        return int(self._db.one(sql, model)[0])


def _version(row: Any) -> Version:
    return Version(**{name: row[name] for name in Version.__dataclass_fields__})


def _search(row: Any) -> Search:
    values = {name: row[name] for name in Search.__dataclass_fields__}
    values["x"] = np.frombuffer(row["x"], "<i2").astype(np.int16)
    values["found"] = json.loads(row["found"])
    return Search(**values)
