"""Hashes of the last 8,191 blocks, kept in the state itself since Prague (EIP-2935): an older block by one proof."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import BadInput, ProofMismatch
from core.eth.account import verify_account, verify_slot

CONTRACT = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
WINDOW = 8191  # blocks


def slot_of(number: int, head: int) -> int:
    """Where the hash of block `number` stands at block `head`. Raises BadInput outside of the window."""
    if not max(0, head - WINDOW) <= number < head:
        raise BadInput(field="block", reason="outside the known headers", value=number)
    return number % WINDOW


def verify_ancestor(
    state_root: bytes, head: int, number: int, account_proof: Sequence[bytes], slot_proof: Sequence[bytes]
) -> bytes:
    """The 32-byte hash of block `number`, by the state of block `head`. Raises ProofError, BadInput.

    A slot that holds nothing is refused: the chain did not keep hashes then, or is younger than it says.
    """
    slot = slot_of(number, head)
    account = verify_account(state_root, CONTRACT, account_proof)
    value = verify_slot(account.storage_root, slot, slot_proof)
    if value == 0:
        raise ProofMismatch(what="block hash", expected=number, found=None)
    return value.to_bytes(32, "big")
