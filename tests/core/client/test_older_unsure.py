"""Where it is not sure that the vault is the newest, nothing that no row names is cleared away, whatever is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.chain.block import Mined
from core.client import profile as profiles
from core.client.older import Older
from core.client.profile import Profile
from core.errors import NodeUnreachable, StorageError
from core.jobs import silent
from core.storage import Database
from core.units import Address
from core.vault.migrations import MIGRATIONS
from core.wallet.history import History

ME, CHAIN = Address(bytes([1]) * 20), 161_200_001


def mined(number: int) -> Mined:
    values: dict[str, Any] = dict.fromkeys(Mined.__dataclass_fields__, 0)
    values |= {
        "hash": bytes([number]) * 32,
        "sender": ME,
        "to": ME,
        "contract": None,
        "block": number,
        "nonce": number - 1,
    }
    return Mined(**values | {"logs": (), "succeeded": True})


class Light:
    """A ledger on which my account sent `sent`, as long as it is not `away`."""

    def __init__(self) -> None:
        self.sent: list[Mined] = []
        self.away = False

    def sync(self) -> None:
        if self.away:
            raise NodeUnreachable(endpoint="it", reason="away")

    def accounts(self, mine: list[Address]) -> list[Any]:
        return [SimpleNamespace(value=SimpleNamespace(nonce=len(self.sent))) for _ in mine]

    def transactions(self, _mine: object, _first: int) -> Any:
        return SimpleNamespace(value=self.sent)

    def headers(self, first: int, last: int) -> list[Any]:
        return [SimpleNamespace(number=number, timestamp=10 * number) for number in range(first, last + 1)]


class World:
    def __init__(self, database: Database) -> None:
        self.tidied, self.following = 0, SimpleNamespace(follow=lambda: None)
        self.light, self.db = Light(), database
        session = SimpleNamespace(
            db=database, light=self.light, clock=None, network=SimpleNamespace(chain_id=CHAIN), pinned={"contracts": {}}
        )
        nothing = lambda *_, **__: None  # noqa: E731
        session.deploy, session.close, session.tidy = nothing, nothing, self._tidy
        wallet = SimpleNamespace(addresses=lambda: frozenset({ME}), discover=nothing, add_first=nothing, resume=nothing)
        self.session = session
        self.client: Any = SimpleNamespace(
            session=session, open_session=None, wallet=wallet, said=nothing, let_go=nothing,
            earnings=SimpleNamespace(watching=self.following),
        )  # fmt: skip
        self.older = self.client.older = Older(self.client)

    def _tidy(self) -> None:
        self.tidied += 1

    def unlock(self) -> None:
        self.client.open_session = None
        Profile(self.client).unlock("")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    database = Database(tmp_path / "vault.db", bytes(32), MIGRATIONS)
    found = World(database)
    monkeypatch.setattr(profiles, "open_session", lambda *_: found.session)
    found.older.remember()
    yield found
    database.close()


def test_nothing_is_cleared_while_the_ledger_cannot_be_asked(world: World) -> None:
    world.light.away = True
    world.unlock()
    assert world.tidied == 0
    world.light.away = False
    world.unlock()
    assert world.tidied == 1


def test_a_kill_while_what_was_lost_is_put_down_hides_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.light.sent = [mined(1), mined(2), mined(3)]
    found = History.found

    def killed(self: History, chain: int, one: Mined, at: int) -> None:
        found(self, chain, one, at)
        if one.block == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(History, "found", killed)
        with pytest.raises(KeyboardInterrupt):
            world.unlock()
    world.unlock()
    told = world.older.found()
    assert told is not None
    assert (told.transactions, told.first, told.last, world.tidied) == (3, 10, 30, 0)


def test_a_node_that_leaves_in_the_middle_hides_nothing(world: World) -> None:
    world.light.sent = [mined(1), mined(2)]

    def away() -> None:
        raise NodeUnreachable(endpoint="it", reason="away")

    world.following.follow = away
    world.unlock()
    world.unlock()
    told = world.older.found()
    assert told is not None
    assert (told.transactions, world.tidied) == (2, 0)


def test_what_is_found_later_is_told_with_what_nobody_read_yet(world: World) -> None:
    world.light.sent = [mined(1), mined(2)]
    world.unlock()
    world.light.sent = [*world.light.sent, mined(4)]
    assert world.older.look(silent())
    told = world.older.found()
    assert told is not None
    assert (told.transactions, told.first, told.last, told.block) == (3, 10, 40, 4)


def test_a_full_disk_is_said_and_not_taken_for_a_ledger_that_is_away(world: World) -> None:
    def full() -> None:
        raise StorageError(path="", reason="full")

    world.light.sync = full  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        world.older.look(silent())
