"""The payer's word for what calls cost: cumulative EIP-712 vouchers, as Settlement.sol checks them.

A voucher's nonce is the nonce of the last call it covers and its total is the sum of all fees from the first call on,
so the newest voucher says everything and an older one says less. Its statements root covers the calls `first`..`nonce`
(core/economy/SPEC.md, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.economy.channel import Channel
from core.errors import BadEncoding, BadInput, InsufficientFunds, NonceGap, ProofMismatch, RefusedToSign
from core.eth.signature import CURVE_ORDER, recover
from core.storage import Database
from core.units import Address, Amount
from core.wallet.typed_data import TypedData

_DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
_VOUCHER = [
    {"name": "payer", "type": "address"},
    {"name": "modelId", "type": "uint256"},
    {"name": "nonce", "type": "uint256"},
    {"name": "totalFee", "type": "uint256"},
    {"name": "statementsRoot", "type": "bytes32"},
]


@dataclass(frozen=True)
class Voucher:
    """Covers the calls `first`..`nonce`; `total_fee` is the sum of all fees since call 1. Raises BadInput."""

    channel: Channel
    first: int
    nonce: int
    total_fee: Amount
    statements_root: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.nonce < 2**63:
            raise BadInput(field="nonce", reason="range", value=self.nonce)
        if len(self.statements_root) != 32 or not any(self.statements_root):
            raise BadInput(field="statements_root", reason="empty or not 32 bytes")

    @property
    def contract_argument(self) -> tuple[str, int, int, int, bytes]:
        """The Voucher tuple of Settlement.settle: payer, modelId, nonce, totalFee, statementsRoot."""
        return (str(self.channel.payer), self.channel.model, self.nonce, self.total_fee.wei, self.statements_root)


@dataclass(frozen=True)
class SignedVoucher:
    """`signature` is r, s, v (65 bytes, v 27 or 28)."""

    voucher: Voucher
    signature: bytes
    created: int = 0


def typed_data(voucher: Voucher) -> dict[str, Any]:
    """What the payer signs (EIP-712, whole message with its domain), for `sign_typed_data`. JSON types only."""
    payer, model, nonce, total, root = voucher.contract_argument
    return {
        "types": {"EIP712Domain": _DOMAIN, "Voucher": _VOUCHER},
        "primaryType": "Voucher",
        "domain": {
            "name": "OpenLedger Settlement",
            "version": "1",
            "chainId": voucher.channel.chain_id,
            "verifyingContract": str(voucher.channel.contract),
        },
        "message": {
            "payer": payer,
            "modelId": model,
            "nonce": nonce,
            "totalFee": total,
            "statementsRoot": "0x" + root.hex(),
        },
    }


def digest(voucher: Voucher) -> bytes:
    """The 32 bytes that are signed; equal to Settlement.voucherDigest."""
    return TypedData.parse(typed_data(voucher)).digest()


def signer(voucher: Voucher, signature: bytes) -> Address:
    """Who signed. Raises BadEncoding for what the contract would refuse: length, v other than 27 or 28, high s."""
    if len(signature) != 65:
        raise BadEncoding(what="signature", reason="length")
    if signature[64] not in {27, 28}:
        raise BadEncoding(what="signature", reason="v")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if s > CURVE_ORDER // 2:
        raise BadEncoding(what="signature", reason="high s")
    return Address(recover(digest(voucher), r, s, signature[64] - 27, what="signature"))


def check(signed: SignedVoucher) -> None:
    """Raises ProofMismatch(what, expected, found) unless the payer himself signed, BadEncoding for a malformed one."""
    found = signer(signed.voucher, signed.signature)
    if found != signed.voucher.channel.payer:
        raise ProofMismatch(what="voucher signer", expected=signed.voucher.channel.payer, found=found)


def before_signing(
    voucher: Voucher,
    *,
    deposit: Amount,
    settled: Amount,
    settled_nonce: int,
    last: Voucher | None,
    reserved: Amount | None = None,
) -> None:
    """The payer's own rules, checked before the signer is asked.

    deposit   what the contract holds for the payer
    settled   `channels(payer, model)`: total and nonce already settled
    last      the newest voucher signed before in this channel
    reserved  signed but not yet settled with other models: the same deposit has to bear it

    Raises NonceGap (what, expected, found), RefusedToSign (a total that falls, or does not pass what is settled) and
    InsufficientFunds (needed, available) when the deposit would not bear the new total.
    """
    if not voucher.first <= settled_nonce + 1:
        raise NonceGap(what="first call", expected=settled_nonce + 1, found=voucher.first)
    if last is not None and voucher.nonce <= last.nonce:
        raise NonceGap(what="voucher", expected=last.nonce + 1, found=voucher.nonce)
    if voucher.nonce <= settled_nonce:
        raise NonceGap(what="voucher", expected=settled_nonce + 1, found=voucher.nonce)
    if last is not None and voucher.total_fee < last.total_fee:
        raise RefusedToSign(reason="total falls", field="total_fee")
    if voucher.total_fee <= settled:
        raise RefusedToSign(reason="nothing to pay", field="total_fee")
    needed = voucher.total_fee - settled + (reserved or Amount(0))
    if needed > deposit:
        raise InsufficientFunds(needed=needed.wei, available=deposit.wei)


def store(database: Database, signed: SignedVoucher) -> None:
    """Keeps a checked voucher. Raises what `check` raises, and NonceGap for one that is not newer than the last."""
    check(signed)
    voucher = signed.voucher
    with database.transaction():
        last = latest(database, voucher.channel)
        if last is not None and voucher.nonce <= last.voucher.nonce:
            raise NonceGap(what="voucher", expected=last.voucher.nonce + 1, found=voucher.nonce)
        if last is not None and voucher.total_fee < last.voucher.total_fee:
            raise RefusedToSign(reason="total falls", field="total_fee")
        database.run(
            "INSERT INTO vouchers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *voucher.channel.key,
            voucher.nonce,
            voucher.first,
            str(voucher.total_fee.wei),
            voucher.statements_root,
            signed.signature,
            signed.created,
        )


def latest(database: Database, channel: Channel) -> SignedVoucher | None:
    row = database.one(_SELECT + " ORDER BY nonce DESC LIMIT 1", *channel.key)
    return None if row is None else _signed(channel, row)


def find(database: Database, channel: Channel, nonce: int) -> SignedVoucher | None:
    """The voucher that ends with this call: the one a settlement of that nonce was posted with."""
    row = database.one(_SELECT + " AND nonce = ?", *channel.key, nonce)
    return None if row is None else _signed(channel, row)


_SELECT = (
    "SELECT first, nonce, total_fee, statements_root, signature, created FROM vouchers "
    "WHERE chain_id = ? AND contract = ? AND payer = ? AND model = ?"
)


def _signed(channel: Channel, row: Any) -> SignedVoucher:
    voucher = Voucher(channel, row["first"], row["nonce"], Amount(int(row["total_fee"])), row["statements_root"])
    return SignedVoucher(voucher, row["signature"], row["created"])
