"""The ways into a profile, as core/onboarding.py and the locked door need them. Calls block: the pool runs them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.jobs import Progress

if TYPE_CHECKING:
    from core.client import Client
    from core.values import InviteView

Sample = Callable[[Progress], "Client"]


class Doors:
    """A `core.onboarding.Maker` over a client that may still be on its way. `opened` is the client behind the door.

    look_around  fills and opens a profile of its own; None where no sample ships
    put_aside    moves a locked profile's files into a folder beside, for those who forgot its password
    """

    def __init__(
        self,
        waiting: Future[Client],
        look_around: Sample | None = None,
        put_aside: Callable[[], object] | None = None,
    ) -> None:
        self._waiting = waiting
        self._look_around = look_around
        self._put_aside = put_aside
        self._begun = False  # a profile was begun here and may be half made
        self.may_put_aside = False  # the person agreed
        self.opened: Client | None = None

    @property
    def has_sample(self) -> bool:
        return self._look_around is not None

    def new_phrase(self, words: int) -> str:
        return self._waiting.result().profile.new_phrase(words)

    def check_phrase(self, phrase: str) -> str:
        return self._waiting.result().profile.check_phrase(phrase)

    def read_invite(self, file: Path) -> InviteView:
        return self._waiting.result().joining.look(file)

    def check_invite(self, file: Path) -> None:
        self._waiting.result().joining.check(file)

    def create(self, phrase: str, passphrase: str, password: str, progress: Progress, *, shared: bool) -> None:
        way = partial(self._waiting.result().profile.create, shared=shared)
        self._make(way, phrase, passphrase, password, progress)

    def restore(self, phrase: str, passphrase: str, password: str, progress: Progress, *, shared: bool) -> None:
        way = partial(self._waiting.result().profile.restore, shared=shared)
        self._make(way, phrase, passphrase, password, progress)

    def join(self, file: Path, phrase: str, passphrase: str, password: str, progress: Progress) -> None:
        way = partial(self._waiting.result().joining.join, file)
        self._make(way, phrase, passphrase, password, progress)

    def _make(
        self, way: Callable[..., object], phrase: str, passphrase: str, password: str, progress: Progress
    ) -> None:
        client = self._waiting.result()
        if self._begun and client.profile.state() != "empty":
            # a first try was cut short after the vault was there: go on with it, from a clean start
            client.profile.lock()
            self.unlock(password, progress)
            return
        self._clear()
        self._begun = True
        way(phrase, password, passphrase=passphrase, progress=progress)
        self.opened = client

    def restore_backup(self, file: Path, password: str, progress: Progress) -> None:
        self._clear()
        self._waiting.result().profile.restore_backup(file, password, progress=progress)
        self.unlock(password, progress)

    def _clear(self) -> None:
        if self.may_put_aside and self._put_aside is not None and self._waiting.result().profile.state() == "locked":
            self._put_aside()
            self.may_put_aside = False

    def sample(self, progress: Progress) -> None:
        assert self._look_around is not None
        self.opened = self._look_around(progress)

    def unlock(self, password: str, progress: Progress) -> None:
        client = self._waiting.result()
        client.profile.unlock(password, progress=progress)
        self.opened = client
