"""Sharing a Datanet with files: contributions to a curator, releases to whom they are for, withdrawals to all who hold
the records. Each asks for its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from core.values import Taken, UnnamedView
from ui import ask, tasks
from ui.datanet_words import named_words, unnamed_words
from ui.text import count, foreign
from ui.widgets import Notice

_RELEASE = "Releases (*.olrelease)"
_GIVEN = "Contributions (*.olgiven)"
_NAMED = "Withdrawals (*.olwithdrawn)"
_EITHER = "Contributions and withdrawals (*.olgiven *.olwithdrawn)"


async def save_release(
    owner: QWidget, client: Any, said: Notice, datanet: int, version: int, unnamed: Sequence[UnnamedView] = ()
) -> None:
    said.clear()
    words = (
        "The file holds every record of this version in the open. Kept, the release stays private; handed over, it is "
        "shared with whoever gets it; put up for download, it is public. None of it can be taken back."
    )
    if unnamed:
        words += "\n\n" + ". ".join(unnamed_words(unnamed)) + " Now they would be in this file, too."
    if not await ask.question(
        owner, f"Save version {version} for others?", words, yes="Choose the file…", name="share"
    ):
        return
    path = await ask.save_file(owner, "Save the release", f"version-{version}.olrelease", _RELEASE)
    if path is not None:
        records = await tasks.call(client.following.export_release, datanet, path, version=version, with_progress=True)
        saved = f"It holds {count(records, 'record')}. They open it with Import a release on their Datanets page."
        said.say(f"{foreign(path.name, 80)} is saved", saved, "success")


async def import_release(owner: QWidget, client: Any) -> Any:
    """The release that is here now; None when no file was chosen."""
    path = await ask.open_file(owner, "Import a release", f"{_RELEASE};;All files (*)")
    return None if path is None else await tasks.call(client.following.import_release, path, with_progress=True)


async def hand_over(owner: QWidget, client: Any, said: Notice, contribution: int) -> None:
    said.clear()
    words = (
        "The curator cannot decide on records that never left your device. The file holds them with their salts, in "
        "the open: give it to the curator alone."
    )
    if not await ask.question(owner, "Hand over to the curator?", words, yes="Choose the file…", name="hand"):
        return
    path = await ask.save_file(owner, "Save for the curator", f"contribution-{contribution}.olgiven", _GIVEN)
    if path is not None:
        records = await tasks.call(client.following.hand_over, contribution, path, with_progress=True)
        saved = f"It holds {count(records, 'record')}. The curator opens it on the Review tab."
        said.say(f"{foreign(path.name, 80)} is saved", saved, "success")


async def hand_withdrawal(owner: QWidget, client: Any, said: Notice, contribution: int) -> None:
    """No question before it: the file holds salted hashes, which tell nothing to who does not hold the records."""
    said.clear()
    path = await ask.save_file(
        owner, "Save which records are withdrawn", f"withdrawn-{contribution}.olwithdrawn", _NAMED
    )
    if path is not None:
        records = await tasks.call(client.following.hand_over_withdrawal, contribution, path, with_progress=True)
        saved = (
            f"It names {count(records, 'record')} and holds no text. Give it to the curator, and to everybody else who "
            "has the records: they take it in on this Datanet's page, and their models go on without them."
        )
        said.say(f"{foreign(path.name, 80)} is saved", saved, "success")


async def take_in(owner: QWidget, client: Any, said: Notice, datanet: int) -> None:
    said.clear()
    path: Path | None = await ask.open_file(owner, "Take in a file", f"{_EITHER};;All files (*)")
    if path is None:
        return
    taken: Taken = await tasks.call(client.following.take, datanet, path, with_progress=True)
    if taken.what == "withdrawal":
        said.say(*named_words(taken), "success" if taken.new else "info")
    else:
        words = "Its records are exactly those under its root on the ledger. Now decide on them."
        said.say("The contribution is here", words, "success")
