"""One profile from its first minute: create, restore, unlock, lock, change the password, back up."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.session import NETWORK, Session, open_session, set_setting
from core.events import Changed
from core.jobs import Progress, silent
from core.values import ProfileState
from core.vault import backup as backups
from core.vault import vault as vaults
from core.wallet.password import change_password
from core.wallet.profile import create_profile

if TYPE_CHECKING:
    from core.client.client import Client


FIRST_ACCOUNT = "Account 1"


class Profile:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.RLock()

    def state(self) -> ProfileState:
        if self._client.open_session is not None:
            return "open"
        return "locked" if vaults.exists(self._client.paths) else "empty"

    def new_phrase(self, words: int = 12) -> str:
        """A fresh recovery phrase from the signer's process; nothing is kept."""
        return self._client.children.signer.new_phrase(words)

    def check_phrase(self, phrase: str) -> str:
        """The phrase in its plain form. Raises BadPhrase."""
        return self._client.children.signer.check_phrase(phrase)

    def create(
        self,
        phrase: str,
        password: str,
        *,
        passphrase: str = "",
        progress: Progress | None = None,
        name: str = FIRST_ACCOUNT,
        shared: bool = False,
        joined: Mapping[str, Any] | None = None,
    ) -> None:
        """Seal the phrase, make the vault, start a local network of one's own and put up its contracts; or live on the
        network that `joined` pins (`Invite.pinned`, checked by `Joining.join`).

        `shared`: others will join the network, so settlements wait a day for their objections.
        Raises BadPhrase, BadInput (weak or empty password, a profile is there already), DiskFull.
        """
        progress = progress or silent()
        with self._lock:
            self._make(phrase, passphrase, password, progress, shared=shared, joined=joined)
            session = self._client.session
            self._client.wallet.add_first(name)
            session.deploy(progress)
            self._client.older.remember()
        self._client.said(Changed(**dict.fromkeys(Changed.__dataclass_fields__, True)))

    def restore(
        self,
        phrase: str,
        password: str,
        *,
        passphrase: str = "",
        progress: Progress | None = None,
        shared: bool = False,
    ) -> None:
        """As `create`, for a phrase that may have accounts: those that were used are found again (gap limit)."""
        progress = progress or silent()
        with self._lock:
            self.create(phrase, password, passphrase=passphrase, progress=progress, shared=shared)
            progress.step("discover")
            self._client.wallet.discover(progress)
            self._client.older.remember()

    def _make(
        self,
        phrase: str,
        passphrase: str,
        password: str,
        progress: Progress,
        *,
        shared: bool,
        joined: Mapping[str, Any] | None,
    ) -> None:
        """What a creation that was cut off left behind is moved aside, never deleted."""
        cost, bounds = self._client.kdf
        children = self._client.children
        self._client.warm()
        vault = create_profile(
            self._client.paths,
            children.signer,
            phrase,
            password,
            passphrase=passphrase,
            cost=cost,
            bounds=bounds,
            progress=progress,
        )
        if joined is not None:
            set_setting(vault.db, NETWORK, joined)
        session = Session(self._client, vault, children)
        try:
            session.begin(password, progress, shared=shared)
        except BaseException:
            session.close()
            raise
        self._client.open_session = session

    def unlock(self, password: str, progress: Progress | None = None) -> None:
        """Raises WrongPassword, DatabaseCorrupt, NewerProfile, RolledBack, DiskFull."""
        progress = progress or silent()
        with self._lock:
            if self._client.open_session is not None:
                return
            session = open_session(self._client, password, progress)
            self._client.open_session = session
            try:
                self._client.wallet.add_first(FIRST_ACCOUNT)  # a first start that was cut short goes on here
                session.deploy(progress)
                self._client.wallet.resume()
                if self._client.older.look(progress) and self._client.older.found() is None:
                    session.tidy()
            except BaseException:  # or the next try would find it open, whatever password it brings
                self._client.open_session = None
                self._client.let_go()
                with contextlib.suppress(Exception):
                    session.close()
                raise
        self._client.said(Changed(**dict.fromkeys(Changed.__dataclass_fields__, True)))

    def lock(self, *, quiet: bool = False) -> None:
        with self._lock:
            if self._client.open_session is not None:
                self._client.actions.let_go()
            session, self._client.open_session = self._client.open_session, None
            self._client.let_go()
            if session is not None:
                with contextlib.suppress(Exception):
                    session.close()
        if session is not None and not quiet:
            self._client.said(Changed(profile=True))

    def change_password(self, old: str, new: str) -> None:
        """Of the vault and the keys together, or of neither. Raises WrongPassword, BadInput."""
        session = self._client.session
        change_password(session.vault, session.signer, old, new)

    def backup(self, path: Path, progress: Progress | None = None) -> backups.Report:
        """One encrypted file with vault, keys, ledger and files; opens with today's password."""
        session = self._client.session
        return backups.back_up(
            session.vault, path, ledger=session.vault.subkey("ledger"), files=True, progress=progress
        )

    def restore_backup(self, path: Path, password: str, progress: Progress | None = None) -> None:
        """Into a folder without a profile; nothing there is overwritten. Stays locked afterwards."""
        _, bounds = self._client.kdf
        backups.restore(path, self._client.paths, password, progress=progress, bounds=bounds)
        self._client.said(Changed(profile=True))

    def drill(self, path: Path, password: str, progress: Progress | None = None) -> backups.Report:
        """Read a backup to its last byte without keeping anything: the restore drill."""
        _, bounds = self._client.kdf
        return backups.drill(path, password, progress=progress, bounds=bounds)
