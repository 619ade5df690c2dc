"""What Home says to have changed since the profile was last open: told against one earlier look, kept in the vault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.client.since import Figures, LastSeen
from core.storage import Database
from core.units import Amount
from core.values import SinceView
from core.vault.migrations import MIGRATIONS

OPEN = 10**18


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "vault.db", bytes(range(32)), MIGRATIONS)
    yield database
    database.close()


@dataclass(eq=False)
class Unlocked:
    db: Database


def unlocked(db: Database) -> Any:
    return Unlocked(db)


def test_the_first_time_there_is_nothing_to_tell(db: Database) -> None:
    seen, session = LastSeen(), unlocked(db)
    assert seen.tell(session, 1_000, Figures(5, OPEN, 0, 0)) is None
    assert seen.tell(session, 2_000, Figures(9, OPEN, 0, 0)) is None  # still the first time


def test_it_is_told_against_the_last_look_before_locking_and_stays_told(db: Database) -> None:
    first = unlocked(db)
    seen = LastSeen()
    seen.tell(first, 1_000, Figures(5, OPEN, 2, 1))
    seen.tell(first, 1_010, Figures(6, OPEN, 2, 1))
    again = unlocked(db)
    for program in (seen, LastSeen()):  # the same program unlocked again, and one started anew
        found = program.tell(again if program is seen else unlocked(db), 90_000, Figures(18, 3 * OPEN // 2, 26, 4))
        if program is seen:
            assert found == SinceView(1_010, 12, Amount(OPEN // 2), 24, 3)
            assert found is not None
            assert found.anything
            assert program.tell(again, 90_500, Figures(18, 3 * OPEN // 2, 26, 4)) == found
        else:
            assert found == SinceView(90_500, 0, Amount(0), 0, 0)
            assert found is not None
            assert not found.anything


def test_what_went_down_is_no_change(db: Database) -> None:
    LastSeen().tell(unlocked(db), 1_000, Figures(50, OPEN, 9, 9))
    assert LastSeen().tell(unlocked(db), 2_000, Figures(0, 0, 0, 0)) == SinceView(1_000, 0, Amount(0), 0, 0)
