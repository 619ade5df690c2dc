"""The app's side of the signer: asks it to sign, and locks by killing it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import Locked, WorkerDied, WorkerTimeout
from core.units import Address
from core.vault import together
from core.vault.kdf import BOUNDS, Bounds, Cost
from core.worker.child import Child

_TIMEOUT = 60.0  # seconds; the slowest are the derivation of a key and the first import of eth-account


class Signer:
    """Over the keys file of one profile. Threads may share it.

    Locked until `open`; after `lock`, and after the child process died, every use of the keys raises Locked.
    `cost` None lets the child measure the machine when it seals; `bounds` are what it accepts when it opens.
    """

    def __init__(
        self, keys: Path, *, cost: Cost | None = None, bounds: Bounds = BOUNDS, child: Child | None = None
    ) -> None:
        self._path = keys
        self._cost = cost
        self._bounds = bounds
        self._child = child or Child("signer")
        self._state = threading.Lock()
        self._open = False
        self._locks = 0  # how often it was locked: an opening that a lock overtook does not count

    def __repr__(self) -> str:
        return f"Signer({'locked' if self.locked else 'open'})"

    @property
    def locked(self) -> bool:
        return not self._open

    @property
    def exists(self) -> bool:
        """Whether this profile has keys; one that only watches has none."""
        return self._path.exists()

    def new_phrase(self, words: int = 12) -> str:
        """12 or 24 English words. Raises BadInput."""
        return str(self._ask("new_phrase", words=words))

    def check_phrase(self, phrase: str) -> str:
        """The phrase in its one form. Raises BadPhrase(reason, position)."""
        return str(self._ask("check_phrase", phrase=phrase))

    def seal(self, phrase: str, password: str, *, profile: str, passphrase: str = "", cost: Cost | None = None) -> None:
        """Write the keys file. Raises BadPhrase, BadInput (it exists), DiskFull."""
        cost = cost or self._cost
        self._ask(
            "seal",
            path=str(self._path),
            phrase=phrase,
            passphrase=passphrase,
            password=password,
            profile=profile,
            cost=cost.as_dict() if cost is not None else None,
        )

    def open(self, password: str, chain_ids: int | Iterable[int]) -> None:
        """Unlock, pinning the chains that may be signed for. Raises WrongPassword, DatabaseCorrupt, Locked (when
        `lock` was called meanwhile).
        """
        pinned = [chain_ids] if isinstance(chain_ids, int) else sorted(set(chain_ids))
        together.finish(self._path.parent)
        with self._state:
            if self._open:
                return
            locks = self._locks
        self._ask("open", path=str(self._path), password=password, chain_ids=pinned, bounds=self._bounds_json())
        with self._state:
            if self._locks == locks:
                self._open = True
                return
        self._child.kill()
        raise Locked

    def lock(self) -> None:
        """Kill the process that holds the keys. Signatures under way fail with Locked."""
        with self._state:
            self._locks += 1
            self._open = False
        self._child.kill()

    close = lock

    def reveal(self, password: str) -> tuple[str, str]:
        """(phrase, passphrase) to be shown. Raises WrongPassword."""
        phrase, passphrase = self._ask("reveal", path=str(self._path), password=password, bounds=self._bounds_json())
        return str(phrase), str(passphrase)

    def addresses(self, indices: Sequence[int]) -> list[Address]:
        """Of m/44'/60'/0'/0/i for each index."""
        return [Address.parse(text) for text in self._ask_open("addresses", indices=list(indices))]

    def sign_transaction(self, index: int, tx: Mapping[str, object]) -> bytes:
        """The raw signed transaction. Raises RefusedToSign(reason, field), Locked."""
        return bytes.fromhex(self._ask_open("sign_transaction", index=index, tx=dict(tx))[2:])

    def sign_typed_data(self, index: int, typed_data: Mapping[str, object], chain_id: int) -> bytes:
        """65 bytes: r, s, v. Raises RefusedToSign, Locked."""
        answer = self._ask_open("sign_typed_data", index=index, typed_data=dict(typed_data), chain_id=chain_id)
        return bytes.fromhex(answer[2:])

    def data_key(self) -> bytes:
        """32 bytes from the phrase, for salts of records: with the phrase alone, ownership can be proven again."""
        return bytes.fromhex(self._ask_open("data_key"))

    def reseal(self, old: str, new: str, cost: Cost) -> bytes:
        """The keys file under another password, for `Vault.change_password`. Raises WrongPassword."""
        answer = self._ask(
            "change_password",
            path=str(self._path),
            old=old,
            new=new,
            cost=cost.as_dict(),
            bounds=self._bounds_json(),
        )
        return str(answer).encode("ascii")

    def _bounds_json(self) -> dict[str, list[int]]:
        bounds = self._bounds
        return {"memory_kib": [*bounds.memory_kib], "time": [*bounds.time], "lanes": [*bounds.lanes]}

    def _ask_open(self, method: str, **params: Any) -> Any:
        if not self._open:
            raise Locked
        return self._ask(method, **params)

    def _ask(self, method: str, **params: Any) -> Any:
        locks = self._locks
        try:
            return self._child.call(method, timeout=_TIMEOUT, **params)
        except (WorkerDied, WorkerTimeout):
            with self._state:
                self._open = False  # the keys went with the process
            if self._locks != locks:
                raise Locked from None
            raise
