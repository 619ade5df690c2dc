"""The payer's word for what calls cost: cumulative EIP-712 vouchers, as Settlement.sol checks them.

A voucher's nonce is the nonce of the last call it covers and its total is the sum of all fees from the first call on,
so the newest voucher says everything and an older one says less. Its statements root and the root of its sums cover
the calls `first`..`nonce`, all answered by one package (core/economy/SPEC.md, section 2).
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
    {"name": "packageHash", "type": "bytes32"},
    {"name": "first", "type": "uint64"},
    {"name": "nonce", "type": "uint64"},
    {"name": "totalFee", "type": "uint128"},
    {"name": "statementsRoot", "type": "bytes32"},
    {"name": "sumsRoot", "type": "bytes32"},
]


@dataclass(frozen=True)
class Voucher:
    """Covers the calls `first`..`nonce`; `total_fee` is the sum of all fees since call 1. Hashes and roots 32 bytes.

    Raises BadInput.
    """

    channel: Channel
    package: bytes
    first: int
    nonce: int
    total_fee: Amount
    statements_root: bytes
    sums_root: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.nonce < 2**63:
            raise BadInput(field="nonce", reason="range", value=self.nonce)
        if self.total_fee.wei >= 1 << 128:
            raise BadInput(field="total_fee", reason="range", value=str(self.total_fee.wei))
        for name in ("package", "statements_root", "sums_root"):
            if len(getattr(self, name)) != 32 or not any(getattr(self, name)):
                raise BadInput(field=name, reason="empty or not 32 bytes")

    @property
    def contract_argument(self) -> tuple[str, int, bytes, int, int, int, bytes, bytes]:
        """The Voucher struct of Settlement.settle, in its order."""
        return (
            str(self.channel.payer),
            self.channel.model,
            self.package,
            self.first,
            self.nonce,
            self.total_fee.wei,
            self.statements_root,
            self.sums_root,
        )


@dataclass(frozen=True)
class SignedVoucher:
    """`signature` is r, s, v (65 bytes, v 27 or 28); `secret` (32 bytes) salts the leaves of the sums, u and scores."""

    voucher: Voucher
    signature: bytes
    secret: bytes
    created: int = 0


def typed_data(voucher: Voucher) -> dict[str, Any]:
    """What the payer signs (EIP-712, whole message with its domain), for `sign_typed_data`. JSON types only."""
    values = (f"0x{one.hex()}" if isinstance(one, bytes) else one for one in voucher.contract_argument)
    return {
        "types": {"EIP712Domain": _DOMAIN, "Voucher": _VOUCHER},
        "primaryType": "Voucher",
        "domain": {
            "name": "OpenLedger Settlement",
            "version": "1",
            "chainId": voucher.channel.chain_id,
            "verifyingContract": str(voucher.channel.contract),
        },
        "message": dict(zip((part["name"] for part in _VOUCHER), values, strict=True)),
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
            "INSERT INTO vouchers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *voucher.channel.key,
            voucher.nonce,
            voucher.first,
            voucher.package,
            str(voucher.total_fee.wei),
            voucher.statements_root,
            voucher.sums_root,
            signed.secret,
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
    "SELECT first, nonce, package, total_fee, statements_root, sums_root, secret, signature, created FROM vouchers "
    "WHERE chain_id = ? AND contract = ? AND payer = ? AND model = ?"
)


def _signed(channel: Channel, row: Any) -> SignedVoucher:
    total = Amount(int(row["total_fee"]))
    roots = (row["statements_root"], row["sums_root"])
    voucher = Voucher(channel, row["package"], row["first"], row["nonce"], total, *roots)
    return SignedVoucher(voucher, row["signature"], row["secret"], row["created"])
