"""Receipts and their logs, of transaction types 0 to 4 (Yellow Paper 4.4.1, EIP-658, EIP-2718) and OP Stack deposits.

What a rollup's node says of fees on L1 (`l1Fee` and its parts) is in no root: `l1_fee` reads it, nothing proves it.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import BadEncoding
from core.eth import hexdata, rlp

DEPOSIT = 0x7E
MAX_LOGS = 10_000
MAX_LOG_DATA = 1024 * 1024


@dataclass(frozen=True)
class Log:
    """`address` 20 bytes, up to four `topics` of 32 bytes, `data` as the contract encoded it."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes

    @classmethod
    def from_rpc(cls, value: object) -> Log:
        fields = hexdata.mapping(value, "log")
        topics = hexdata.sequence(fields.get("topics"), "topics", limit=4)
        return cls(
            hexdata.data(fields.get("address"), "log address", 20),
            tuple(hexdata.data(topic, "topic", 32) for topic in topics),
            hexdata.data(fields.get("data"), "log data", limit=MAX_LOG_DATA),
        )


@dataclass(frozen=True)
class Receipt:
    """What the receipts root commits to. `outcome` is 1 or 0, or the 32-byte state root of a block before Byzantium.

    `deposit_nonce` is a deposit's, from the Canyon upgrade on; before it no root commits to one, and it is None here.
    """

    kind: int
    outcome: int | bytes
    cumulative_gas: int
    bloom: bytes
    logs: tuple[Log, ...]
    deposit_nonce: int | None = None
    deposit_version: int | None = None

    @property
    def succeeded(self) -> bool:
        """False only where the receipt says that the transaction failed; before Byzantium it does not say."""
        return self.outcome != 0

    def encode(self) -> bytes:
        logs: list[rlp.Encodable] = [[log.address, list(log.topics), log.data] for log in self.logs]
        fields: list[rlp.Encodable] = [self.outcome, self.cumulative_gas, self.bloom, logs]
        if self.deposit_nonce is not None and self.deposit_version is not None:
            fields += [self.deposit_nonce, self.deposit_version]
        payload = rlp.encode(fields)
        return bytes((self.kind,)) + payload if self.kind else payload

    @classmethod
    def from_rpc(cls, value: object, *, rollup: bool = False) -> Receipt:
        """From a JSON-RPC receipt object; fields that no root commits to are not read. Raises BadEncoding.

        `rollup`: of an OP Stack chain, where a receipt may be a deposit's.
        """
        fields = hexdata.mapping(value, "receipt")
        kind = hexdata.quantity(fields.get("type", "0x0"), "receipt type", bits=8)
        if kind > 4 and not (rollup and kind == DEPOSIT):
            raise BadEncoding(what="receipt", reason="type")
        outcome: int | bytes
        if fields.get("status") is None:
            outcome = hexdata.data(fields.get("root"), "receipt root", 32)
        else:
            outcome = hexdata.quantity(fields["status"], "receipt status", bits=8)
            if outcome > 1:
                raise BadEncoding(what="receipt", reason="status")
        nonce = version = None
        if kind == DEPOSIT and fields.get("depositReceiptVersion") is not None:
            version = hexdata.quantity(fields["depositReceiptVersion"], "depositReceiptVersion", bits=64)
            nonce = hexdata.quantity(fields.get("depositNonce"), "depositNonce", bits=60)
        return cls(
            kind,
            outcome,
            hexdata.quantity(fields.get("cumulativeGasUsed"), "cumulative gas", bits=60),
            hexdata.data(fields.get("logsBloom"), "receipt bloom", 256),
            tuple(Log.from_rpc(log) for log in hexdata.sequence(fields.get("logs"), "logs", limit=MAX_LOGS)),
            nonce,
            version,
        )


def l1_fee(value: object) -> int | None:
    """Wei that a rollup's node says the transaction paid for L1, or None. Nothing commits to it. Raises BadEncoding."""
    said = hexdata.mapping(value, "receipt").get("l1Fee")
    return None if said is None else hexdata.quantity(said, "l1Fee")
