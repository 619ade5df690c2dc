"""What a transaction costs, cost, and would cost (execution-apis: eth)."""

from __future__ import annotations

from typing import Any

from core.node import params
from core.node.lookups import Failed, Lookups
from core.node.params import BadParams
from core.node.values import Header, next_base_fee
from core.node.views import Json, number

TIP = 1_000_000  # wei per gas that is suggested; nobody competes for a block here
MAX_HISTORY = 1_024  # blocks in one answer
MAX_PERCENTILES = 100
BLOB_FEE = 1  # wei per blob gas: no block made here holds blobs, so the price stands at its least (EIP-4844)


class Fees:
    def __init__(self, lookups: Lookups) -> None:
        self._look = lookups

    def gas_price(self) -> str:
        return number(self._next() + TIP)

    def base_fee(self) -> str:
        """Of the next block."""
        return number(self._next())

    def _next(self) -> int:
        return next_base_fee(self._look.ledger.head)

    def blob_base_fee(self) -> str:
        return number(BLOB_FEE)

    def priority_fee(self) -> str:
        return number(TIP)

    def history(self, count: object, newest: object, percentiles: object = None) -> Json:
        """`count` blocks up to `newest`: base fees (one more than blocks), fullness, and tips at percentiles of gas."""
        wanted = params.quantity(count, "blockCount") if isinstance(count, str) else _plain(count, "blockCount")
        marks = _percentiles(percentiles)
        found = self._look.find(newest)
        if found is None:
            raise Failed("request beyond head block")
        first = max(0, found.number - min(max(wanted, 1), MAX_HISTORY) + 1)
        headers = [self._look.known(n) for n in range(first, found.number + 1)]
        blob_fees = [BLOB_FEE if h.has("excess_blob_gas") else 0 for h in headers]
        answer: Json = {
            "oldestBlock": number(first),
            "baseFeePerGas": [number(h.base_fee) for h in headers] + [number(next_base_fee(headers[-1]))],
            "gasUsedRatio": [h.gas_used / h.gas_limit for h in headers],
            "baseFeePerBlobGas": [number(fee) for fee in [*blob_fees, blob_fees[-1]]],
            "blobGasUsedRatio": [0.0] * len(headers),
        }
        if marks:
            answer["reward"] = [[number(tip) for tip in self._tips(h, marks)] for h in headers]
        return answer

    def _tips(self, header: Header, marks: list[float]) -> list[int]:
        """Tips paid in a block, at the given percentiles of its gas; zeros for an empty block."""
        gas_before, paid = 0, []
        stored = self._look.store.transactions(header.number)
        for tx, one in zip(self._look.transactions(header), stored, strict=True):
            paid.append((tx.price(header.base_fee) - header.base_fee, one.receipt.cumulative_gas - gas_before))
            gas_before = one.receipt.cumulative_gas
        paid.sort()
        tips = []
        for mark in marks:
            reached, tip = 0, 0
            for tip, gas in paid:  # noqa: B007 - the tip where the gas is reached is what we look for
                reached += gas
                if reached >= header.gas_used * mark / 100:
                    break
            tips.append(tip)
        return tips

    def methods(self) -> dict[str, Any]:
        return {
            "eth_gasPrice": self.gas_price,
            "eth_baseFee": self.base_fee,
            "eth_blobBaseFee": self.blob_base_fee,
            "eth_maxPriorityFeePerGas": self.priority_fee,
            "eth_feeHistory": self.history,
        }


def _plain(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadParams(f"{what}: number expected")
    return value


def _percentiles(value: object) -> list[float]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MAX_PERCENTILES:
        raise BadParams(f"rewardPercentiles: list of at most {MAX_PERCENTILES} expected")
    numbers = all(isinstance(mark, int | float) and not isinstance(mark, bool) for mark in value)
    if not numbers or not all(0 <= mark <= 100 for mark in value) or value != sorted(value):
        raise BadParams("rewardPercentiles: rising numbers from 0 to 100 expected")
    return [float(mark) for mark in value]
