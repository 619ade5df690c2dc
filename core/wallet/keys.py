"""The keys of one phrase, and the file they are sealed in. Runs in the signer's process only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import BadFile, BadInput, DatabaseCorrupt, NewerProfile, RefusedToSign, TooLarge
from core.eth.transaction import Transaction
from core.files import read_small, write_whole
from core.units import Address
from core.vault.kdf import BOUNDS, Bounds, Cost
from core.vault.seal import LONGEST, parse, seal, unseal
from core.vault.stream import subkey
from core.wallet import phrase as phrases
from core.wallet import rules
from core.wallet.typed_data import TypedData

PURPOSE = "signer"
PATH = "m/44'/60'/0'/0"  # BIP-44, SLIP-44 coin 60; the account's number follows
_PADDED = 2048  # bytes: the file does not tell 12 words from 24, nor whether there is a passphrase
_MOST_INDEX = 2**31 - 1
_REMEDY = "restore_phrase"


class Keys:
    """Of one phrase and passphrase. `repr` says nothing."""

    def __init__(self, phrase: str, passphrase: str = "") -> None:
        self._seed = phrases.seed(phrase, passphrase)
        self._node: Any = None

    def __repr__(self) -> str:
        return "Keys()"

    def _child(self, index: int) -> Any:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= _MOST_INDEX:
            raise BadInput(field="index", reason="range", value=index)
        if self._node is None:
            from bip_utils import Bip32Slip10Secp256k1  # .4 s of processor time

            self._node = Bip32Slip10Secp256k1.FromSeed(self._seed).DerivePath(PATH)
        return self._node.ChildKey(index)

    def _private(self, index: int) -> bytes:
        return bytes(self._child(index).PrivateKey().Raw().ToBytes())

    def address(self, index: int) -> Address:
        from core.keccak import keccak256

        public = bytes(self._child(index).PublicKey().RawUncompressed().ToBytes())
        return Address(keccak256(public[1:])[12:])

    def data_key(self) -> bytes:
        """32 bytes for salts of records: whoever has the phrase can prove what was contributed with it."""
        return subkey(self._seed, "data")

    def sign_transaction(self, index: int, fields: Mapping[str, object], chain_ids: frozenset[int]) -> bytes:
        """The raw signed transaction. Raises RefusedToSign(reason, field) by `rules`.

        eth-account encodes and signs; the result is decoded by our own code and must be what was asked for.
        """
        wanted = rules.check(fields, chain_ids, self.address(index))
        from eth_account import Account  # 1.1 s of processor time

        raw = bytes(Account.sign_transaction(rules.for_eth_account(wanted), self._private(index)).raw_transaction)
        signed = Transaction.decode(raw)
        if rules.unsigned(signed) != wanted or Address(signed.sender) != self.address(index):
            raise RefusedToSign(reason="signature differs", field="")
        return raw

    def sign_typed_data(self, index: int, data: object, chain_id: int, chain_ids: frozenset[int]) -> bytes:
        """r, s, v (65 bytes, v 27 or 28) over an EIP-712 digest. Raises RefusedToSign.

        The digest is computed twice, by eth-account and by our own code, and must be the same.
        """
        if chain_id not in chain_ids:
            raise RefusedToSign(reason="chain id", field="domain.chainId")
        typed = TypedData.parse(data)
        typed.check_domain(chain_id)
        from eth_account import Account
        from eth_account.messages import encode_typed_data

        try:
            signable = encode_typed_data(full_message=typed.plain())
        except Exception as error:  # every kind of its own, and of eth-abi and eth-utils below it
            raise RefusedToSign(reason="library refuses", field="") from error
        signed = Account.sign_message(signable, self._private(index))
        if bytes(signed.message_hash) != typed.digest():
            raise RefusedToSign(reason="digest differs", field="")
        return bytes(signed.signature)


def _pack(phrase: str, passphrase: str) -> bytes:
    Keys(phrase, passphrase)  # raises what is wrong with them
    plain = json.dumps({"phrase": phrases.check_phrase(phrase), "passphrase": passphrase}).encode()
    return plain.ljust(_PADDED)


def _unpack(plain: bytes, path: Path) -> tuple[str, str]:
    try:
        found = json.loads(plain)
        return str(found["phrase"]), str(found["passphrase"])
    except (ValueError, KeyError, TypeError):
        raise DatabaseCorrupt(path=str(path), reason="keys form", remedy=_REMEDY) from None  # no secret in the cause


def seal_keys(path: Path, phrase: str, passphrase: str, password: str, *, profile: str, cost: Cost) -> None:
    """Into a new file. Raises BadPhrase, BadInput ("exists": nothing is ever overwritten), DiskFull."""
    plain = _pack(phrase, passphrase)
    if path.exists():
        raise BadInput(field="keys", reason="exists", value=str(path))
    write_whole(path, seal(plain, password, purpose=PURPOSE, profile=profile, cost=cost).to_bytes())


def read_keys(path: Path, password: str, bounds: Bounds = BOUNDS) -> tuple[str, str]:
    """(phrase, passphrase). Raises WrongPassword, DatabaseCorrupt (reason, remedy), NewerProfile."""
    try:
        document = parse(read_small(path, LONGEST), purpose=PURPOSE, path=str(path), bounds=bounds)
    except TooLarge:
        raise DatabaseCorrupt(path=str(path), reason="too large", remedy=_REMEDY) from None
    except BadFile as error:
        if error.reason == "newer":
            raise NewerProfile(found="keys", known=1) from None
        raise DatabaseCorrupt(path=str(path), reason=f"keys {error.reason}", remedy=_REMEDY) from None
    return _unpack(unseal(document, password), path)


def reseal_keys(path: Path, old: str, new: str, *, cost: Cost, bounds: Bounds = BOUNDS) -> bytes:
    """The file's new content under another password; writing it is the vault's part (both or neither)."""
    phrase, passphrase = read_keys(path, old, bounds)
    profile = parse(read_small(path, LONGEST), purpose=PURPOSE, path=str(path), bounds=bounds).profile
    return seal(_pack(phrase, passphrase), new, purpose=PURPOSE, profile=profile, cost=cost).to_bytes()
