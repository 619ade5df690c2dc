"""The ways into a profile, as the screens before unlocking need them. Every call blocks and runs on the pool."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.jobs import Progress

if TYPE_CHECKING:
    from core.client import Client

Sample = Callable[[Progress], "Client"]


@dataclass(frozen=True)
class Doors:
    """Each way answers with the client that is open afterwards.

    check_phrase  raises BadPhrase
    make          (phrase, password, new, progress): `new` for a fresh phrase, else its accounts are looked for
    look_around   a profile of its own, filled with sample data; None where no sample ships
    """

    new_phrase: Callable[[int], str]
    check_phrase: Callable[[str], object]
    make: Callable[[str, str, bool, Progress], Client]
    restore_backup: Callable[[Path, str, Progress], Client]
    unlock: Callable[[str, Progress], Client]
    look_around: Sample | None = None


def doors_of(waiting: Future[Client], look_around: Sample | None = None) -> Doors:
    """From a client that may still be on its way: its imports run while the first screen is already painted."""

    def make(phrase: str, password: str, new: bool, progress: Progress) -> Client:
        client = waiting.result()
        if client.profile.state() != "empty":
            return resume(password, progress)
        way = client.profile.create if new else client.profile.restore
        way(phrase, password, progress=progress)
        return client

    def resume(password: str, progress: Progress) -> Client:
        """A first try that was cut short left a profile: go on with it, from a clean start."""
        client = waiting.result()
        client.profile.lock()
        client.profile.unlock(password, progress=progress)
        return client

    def restore_backup(path: Path, password: str, progress: Progress) -> Client:
        client = waiting.result()
        client.profile.restore_backup(path, password, progress=progress)
        client.profile.unlock(password, progress=progress)
        return client

    def unlock(password: str, progress: Progress) -> Client:
        client = waiting.result()
        client.profile.unlock(password, progress=progress)
        return client

    def new_phrase(words: int) -> str:
        return waiting.result().profile.new_phrase(words)

    def check_phrase(phrase: str) -> str:
        return waiting.result().profile.check_phrase(phrase)

    return Doors(
        new_phrase=new_phrase,
        check_phrase=check_phrase,
        make=make,
        restore_backup=restore_backup,
        unlock=unlock,
        look_around=look_around,
    )
