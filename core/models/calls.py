"""The calls made to models: the playground's history, and what usage is later metered from. Whole texts stay here.

Each call keeps its features as answered, because they, not the text, are what influence is measured with.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.clock import Clock
from core.errors import BadInput, ModelError
from core.keccak import keccak256
from core.models.catalogue import Version
from core.models.encoders.base import Features
from core.models.runtime import RunAnswer
from core.storage import Database


@dataclass(frozen=True, eq=False)
class Call:
    """One answer given. `x` int16 [d] as answered; `commitment` = keccak(salt, text), for whoever holds the salt.

    `fee` in wei; `answered` and `corrected` are indices of labels.
    """

    id: int
    version: int
    at: int
    payer: bytes | None
    text: str
    salt: bytes
    commitment: bytes
    x: Features
    scores: tuple[int, ...]
    answered: int
    corrected: int | None
    fee: int
    latency_us: int

    @property
    def label(self) -> int:
        """The label that counts: the person's, where they corrected it."""
        return self.answered if self.corrected is None else self.corrected


def commit(salt: bytes, text: str) -> bytes:
    return keccak256(salt + text.encode("utf-8", "surrogatepass"))


class Calls:
    """Safe to share between threads: each method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def record(self, version: Version, answer: RunAnswer, *, payer: bytes | None, fee: int) -> Call:
        """Keep one answer as history, with a fresh salt. `fee` in wei."""
        salt = os.urandom(32)
        with self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO model_calls (version, at, payer, text, salt, commitment, x, scores, answered, fee, "
                "latency_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    version.id,
                    self._clock.now(),
                    payer,
                    answer.text,
                    salt,
                    commit(salt, answer.text),
                    answer.x.astype("<i2").tobytes(),
                    json.dumps(answer.scores),
                    answer.answer,
                    str(fee),
                    answer.latency_us,
                ),
            )
            call = int(cursor.lastrowid)
        return self.get(call)

    def get(self, call: int) -> Call:
        row = self._db.one("SELECT * FROM model_calls WHERE id = ?", call)
        if row is None:
            raise ModelError(reason="unknown call", call=call)
        return _call(row)

    def of_model(self, model: int, *, payer: bytes | None = None, after: int = 0, limit: int = 100_000) -> list[Call]:
        """Calls to any version of a model with an id above `after`, oldest first; of one payer, or of all."""
        sql = (
            "SELECT c.* FROM model_calls c JOIN model_versions v ON v.id = c.version "
            "WHERE v.model = ? AND c.id > ? AND (? IS NULL OR c.payer = ?) ORDER BY c.id LIMIT ?"
        )
        return [_call(row) for row in self._db.all(sql, model, after, payer, payer, limit)]

    def count(self, model: int) -> int:
        sql = "SELECT count(*) FROM model_calls c JOIN model_versions v ON v.id = c.version WHERE v.model = ?"
        return int(self._db.one(sql, model)[0])

    def correct(self, call: int, label: int | None) -> Call:
        """The person says what the answer should have been (None takes it back). Raises BadInput off the labels."""
        found = self.get(call)
        if label is not None and not 0 <= label < len(found.scores):
            raise BadInput(field="label", reason="range", value=label)
        self._db.run("UPDATE model_calls SET corrected = ? WHERE id = ?", label, call)
        return self.get(call)


def _call(row: Any) -> Call:
    values = {name: row[name] for name in Call.__dataclass_fields__}
    values["x"] = np.frombuffer(row["x"], "<i2").astype(np.int16)
    values["scores"] = tuple(json.loads(row["scores"]))
    values["fee"] = int(row["fee"])
    return Call(**values)
