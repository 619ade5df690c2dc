"""A vault with the area's tables, and a Datanet that stands on a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.datanets.datanet import Datanet
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import Desk, StillClock


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return tmp_path / "vault.db"


@pytest.fixture
def desk(vault: Path) -> Iterator[Desk]:
    db = Database(vault, bytes(32), MIGRATIONS)
    yield Desk(db, StillClock())
    db.close()


@pytest.fixture
def datanet(desk: Desk) -> Datanet:
    return desk.datanet()
