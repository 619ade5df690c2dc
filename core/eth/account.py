"""Accounts and storage slots, read out of a state root by proof (Yellow Paper 4.1, EIP-1186)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.eth import rlp, trie
from core.keccak import keccak256

EMPTY_CODE_HASH = keccak256(b"")


@dataclass(frozen=True)
class Account:
    """`nonce`, `balance` in wei, the root of its storage trie and the hash of its code."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes

    @classmethod
    def decode(cls, encoded: bytes) -> Account:
        nonce, balance, storage_root, code_hash = rlp.as_list(
            rlp.decode(encoded, max_bytes=256, max_depth=1), 4, what="account"
        )
        return cls(
            rlp.as_int(nonce, 8, what="account nonce"),
            rlp.as_int(balance, what="account balance"),
            rlp.as_bytes(storage_root, 32, what="storage root"),
            rlp.as_bytes(code_hash, 32, what="code hash"),
        )


@lru_cache(maxsize=1_024)
def _decoded(encoded: bytes) -> Account:
    return Account.decode(encoded)


NO_ACCOUNT = Account(0, 0, trie.EMPTY_ROOT, EMPTY_CODE_HASH)


def verify_account(state_root: bytes, address: bytes, proof: Sequence[bytes | trie.Node]) -> Account:
    """The account at a 20-byte address, NO_ACCOUNT when the proof shows absence. Raises ProofMismatch, BadEncoding."""
    encoded = trie.verify(state_root, keccak256(address), proof)
    return NO_ACCOUNT if encoded is None else _decoded(encoded)


def verify_slot(storage_root: bytes, slot: int, proof: Sequence[bytes | trie.Node]) -> int:
    """The 256-bit value of a storage slot, 0 when the proof shows absence. Raises ProofMismatch, BadEncoding."""
    encoded = trie.verify(storage_root, keccak256(slot.to_bytes(32, "big")), proof)
    if encoded is None:
        return 0
    return rlp.as_int(rlp.decode(encoded, max_bytes=33, max_depth=0), what="slot")
