"""The signer's side of the pipe: the only process that ever holds the phrase, and only until it is killed.

Whatever goes wrong here leaves as an error of ours, without the words of a library that might hold a secret.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import BadInput, Locked, OpenLedgerError, WorkerError
from core.vault.kdf import Bounds, Cost, calibrate
from core.vault.memory import keep_private
from core.wallet import phrase as phrases
from core.wallet.keys import Keys, read_keys, reseal_keys, seal_keys

_MOST_ADDRESSES = 1_000  # in one call


def _quiet(handler: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(handler)
    def call(*args: Any, **params: Any) -> object:
        try:
            return handler(*args, **params)
        except (OpenLedgerError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - its words stay here: they may hold a secret
            raise WorkerError(kind=type(error).__name__, reason="unexpected") from None

    return call


def _cost(value: dict[str, int] | None) -> Cost:
    return calibrate() if value is None else Cost(**value)


def _bounds(value: dict[str, list[int]] | None) -> Bounds:
    if value is None:
        return Bounds()
    return Bounds(**{name: (low, high) for name, (low, high) in value.items()})


class _WarmUp:
    """Imports what signing needs (1.5 s of processor time) while the key is derived, which leaves Python free.

    Whoever needs it waits: two threads importing packages with circular imports see half of them.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        import argon2.low_level  # noqa: F401 - the other thread must find it whole
        import cryptography.hazmat.primitives.ciphers.aead
        import cryptography.hazmat.primitives.kdf.hkdf  # noqa: F401

        self._thread = threading.Thread(target=self._load, name="warm-up", daemon=True)
        self._thread.start()

    @staticmethod
    def _load() -> None:
        import bip_utils  # noqa: F401
        import eth_account.messages  # noqa: F401

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()


class _Signer:
    """The methods that the parent may call; parameters and results are JSON."""

    def __init__(self) -> None:
        self._keys: Keys | None = None
        self._chain_ids: frozenset[int] = frozenset()
        self._warm_up = _WarmUp()
        self._warm_up.start()  # the process may have been started ahead, while the password is typed

    def _opened(self, *, signing: bool = True) -> Keys:
        if self._keys is None:
            raise Locked
        if signing:
            self._warm_up.wait()
        return self._keys

    def new_phrase(self, words: int = 12) -> str:
        return phrases.new_phrase(words)

    def check_phrase(self, phrase: str) -> str:
        return phrases.check_phrase(phrase)

    def seal(
        self, path: str, phrase: str, passphrase: str, password: str, profile: str, cost: dict[str, int] | None = None
    ) -> None:
        seal_keys(Path(path), phrase, passphrase, password, profile=profile, cost=_cost(cost))

    def open(self, path: str, password: str, chain_ids: list[int], bounds: dict[str, list[int]] | None = None) -> None:
        """`chain_ids` are pinned until the process ends: no signature is ever made for another chain."""
        if self._keys is not None:
            raise BadInput(field="signer", reason="open")
        phrase, passphrase = read_keys(Path(path), password, _bounds(bounds))
        self._keys = Keys(phrase, passphrase)
        self._chain_ids = frozenset(chain_ids)

    def reveal(self, path: str, password: str, bounds: dict[str, list[int]] | None = None) -> list[str]:
        """[phrase, passphrase], for the person who proved the password again."""
        return list(read_keys(Path(path), password, _bounds(bounds)))

    def addresses(self, indices: list[int]) -> list[str]:
        if len(indices) > _MOST_ADDRESSES:
            raise BadInput(field="indices", reason="too many", value=len(indices))
        return [str(self._opened().address(index)) for index in indices]

    def sign_transaction(self, index: int, tx: dict[str, object]) -> str:
        return "0x" + self._opened().sign_transaction(index, tx, self._chain_ids).hex()

    def sign_typed_data(self, index: int, typed_data: dict[str, object], chain_id: int) -> str:
        return "0x" + self._opened().sign_typed_data(index, typed_data, chain_id, self._chain_ids).hex()

    def data_key(self) -> str:
        return self._opened(signing=False).data_key().hex()

    def change_password(
        self, path: str, old: str, new: str, cost: dict[str, int], bounds: dict[str, list[int]] | None = None
    ) -> str:
        """The new content of the file; the vault writes it together with its own header."""
        return reseal_keys(Path(path), old, new, cost=Cost(**cost), bounds=_bounds(bounds)).decode("ascii")


def handlers(_emit: Callable[[str, dict[str, object]], None]) -> dict[str, Callable[..., object]]:
    keep_private()
    signer = _Signer()
    names = (
        "new_phrase",
        "check_phrase",
        "seal",
        "open",
        "reveal",
        "addresses",
        "sign_transaction",
        "sign_typed_data",
        "data_key",
        "change_password",
    )
    return {name: _quiet(getattr(signer, name)) for name in names}
