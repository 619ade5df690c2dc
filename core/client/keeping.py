"""Looking after the embedded node's ledger: what it keeps, checks, snapshots, export, and building it anew."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.session import NETWORK, setting
from core.errors import BadFile, NodeError
from core.files import set_aside
from core.jobs import Progress
from core.vault.kdf import calibrate
from core.vault.vault import Vault
from core.worker.child import Child

if TYPE_CHECKING:
    from core.client.client import Client


class Keeping:
    """All but `restore` and `rebuild` need an open profile; those need a closed one, because a damaged ledger keeps it
    from opening. Values are the node's own (core/node/keeping.py).
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def _ask(self, method: str, progress: Progress | None = None, **values: Any) -> Any:
        return self._client.session.node.call(method, progress=progress, **values)

    def status(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._ask("status")
        return found

    def checkpoint(self, name: str) -> Mapping[str, Any]:
        """Keep today's state until `forget`. Raises BadInput."""
        found: Mapping[str, Any] = self._ask("checkpoint", name=name)
        return found

    def forget(self, name: str) -> None:
        self._ask("forget", name=name)

    def sweep(self, progress: Progress) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._ask("sweep", progress)
        return found

    def check(self, progress: Progress, *, execute: bool = False) -> Mapping[str, Any]:
        """Raises DatabaseCorrupt, Cancelled."""
        found: Mapping[str, Any] = self._ask("check", progress, execute=execute)
        return found

    def snapshot(
        self, file: Path, progress: Progress, *, contents: bool = True, password: str | None = None
    ) -> Mapping[str, Any]:
        """Raises NotKept, DiskFull, Cancelled."""
        cost = asdict(self._client.kdf[0] or calibrate()) if password is not None else None
        found: Mapping[str, Any] = self._ask(
            "snapshot", progress, file=str(file.absolute()), contents=contents, password=password, cost=cost
        )
        return found

    def export(self, file: Path, progress: Progress) -> Mapping[str, Any]:
        """Raises NotKept, DiskFull, Cancelled."""
        found: Mapping[str, Any] = self._ask("export", progress, file=str(file.absolute()))
        return found

    # With the profile closed

    @contextlib.contextmanager
    def _vault(self, password: str) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
        """What the child needs to write a ledger of this profile, and the network that the profile is pinned to."""
        client = self._client
        vault = Vault.open(client.paths, password, bounds=client.kdf[1])
        try:
            pinned = setting(vault.db, NETWORK)
            if pinned is None or "joined" in pinned:
                raise NodeError(reason="this profile has no ledger of its own")
            common = {"path": str(client.paths.ledger), "key": vault.subkey("ledger").hex()}
            yield {**common, "chain_id": int(pinned["chainId"])}, pinned
        finally:
            vault.close()

    def restore(
        self, password: str, file: Path, head: str, progress: Progress, *, file_password: str | None = None
    ) -> Mapping[str, Any]:
        """The ledger out of a snapshot whose newest block has the hash `head`. What stood there is moved aside, and
        put back when the snapshot is refused.
        """
        self._readable(file)
        with self._vault(password) as (common, _):
            return self._replaced(
                "restore", progress, **common, file=str(file.absolute()), head=head, password=file_password
            )

    def rebuild(self, password: str, file: Path, progress: Progress, *, anew: bool = False) -> Mapping[str, Any]:
        """Execute the exported blocks of `file` that are not here yet; with `anew`, all of them, and what stood there
        is moved aside.
        """
        self._readable(file)
        with self._vault(password) as (common, pinned):
            values = {**common, "file": str(file.absolute()), "genesis": pinned["genesisHash"]}
            if anew:
                return self._replaced("rebuild", progress, **values)
            return self._run("rebuild", progress, **values)

    @staticmethod
    def _readable(file: Path) -> None:
        if not file.is_file():
            raise BadFile(path=str(file), reason="missing")

    @staticmethod
    def _run(method: str, progress: Progress, **values: Any) -> Mapping[str, Any]:
        node = Child("node")
        try:
            found: Mapping[str, Any] = node.call(method, progress=progress, **values)
            return found
        finally:
            node.stop()

    def _replaced(self, method: str, progress: Progress, **values: Any) -> Mapping[str, Any]:
        ledger = self._client.paths.ledger
        aside = set_aside(ledger)
        if aside is not None:
            self._move(ledger, aside)
        try:
            return self._run(method, progress, **values)
        except BaseException:
            if aside is not None and not ledger.exists():
                self._move(aside, ledger)
                aside.rename(ledger)
            raise

    @staticmethod
    def _move(old: Path, new: Path) -> None:
        """SQLite's own files beside a database go where it goes: the newest blocks may stand in them alone."""
        for end in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                old.with_name(old.name + end).rename(new.with_name(new.name + end))
