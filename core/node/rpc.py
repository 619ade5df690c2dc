"""The JSON-RPC methods (ethereum/execution-apis). A failure is an RpcError with the code other nodes use:
-32601 no such method, -32602 bad parameters, 3 the call reverted (`data` is the revert data), -32000 refused,
-32005 too many results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.errors import OpenLedgerError, RpcError
from core.keccak import keccak256
from core.node import params, views
from core.node.engine import Invalid, NotATransaction
from core.node.ledger import Ledger
from core.node.params import BadParams
from core.node.values import Header, Message, Outcome, Transaction, next_base_fee
from core.node.views import Json, number, octets

CLIENT = "OpenLedger/0.1.0/py-evm-0.12.1b1"
TIP = 1_000_000  # wei per gas that is suggested; nobody competes for a block here
MAX_LOGS = 10_000
MAX_HISTORY = 1_024  # blocks of fees in one answer
MAX_SLOTS = 1_024  # storage slots in one proof
NO_METHOD, BAD_PARAMS, REFUSED, TOO_MANY, REVERT = -32601, -32602, -32000, -32005, 3


class Rpc:
    """`call(method, params)` for one ledger; `on_block` hears of every new block before the call that made it ends."""

    def __init__(self, ledger: Ledger, on_block: Callable[[Json], None] = lambda _head: None) -> None:
        self._ledger = ledger
        self._engine = ledger.engine
        self._on_block = on_block

    def call(self, method: str, arguments: list[Any]) -> Any:
        """Raises RpcError; DiskFull and DatabaseCorrupt pass through as what they are."""
        handler = METHODS.get(method)
        if handler is None:
            raise RpcError(method=method, code=NO_METHOD, message=f"the method {method} does not exist", data=None)
        try:
            with self._ledger.lock:
                return handler(self, *_arguments(handler, arguments))
        except BadParams as error:
            raise RpcError(method=method, code=BAD_PARAMS, message=str(error), data=None) from error
        except (Invalid, NotATransaction) as error:
            raise RpcError(method=method, code=REFUSED, message=str(error), data=None) from error
        except _Failed as error:
            raise RpcError(method=method, code=error.code, message=str(error), data=error.data) from error
        except OpenLedgerError:
            raise
        except RecursionError as error:
            raise RpcError(method=method, code=REFUSED, message="call too deep", data=None) from error

    # The chain

    def chain_id(self) -> str:
        return number(self._ledger.chain_id)

    def net_version(self) -> str:
        return str(self._ledger.chain_id)

    def client_version(self) -> str:
        return CLIENT

    def syncing(self) -> bool:
        return False

    def accounts(self) -> list[str]:
        return []

    def block_number(self) -> str:
        return number(self._ledger.head.number)

    def block_by_number(self, tag: object, full: object = False) -> Json | None:
        header = self._find(tag)
        return self._block(header, params.flag(full, "full")) if header else None

    def block_by_hash(self, digest: object, full: object = False) -> Json | None:
        header = self._ledger.store.header_by_hash(params.digest(digest))
        return self._block(header, params.flag(full, "full")) if header else None

    def block_receipts(self, tag: object) -> list[Json] | None:
        header = self._find(tag)
        return self._receipts(header) if header else None

    def transaction_by_hash(self, digest: object) -> Json | None:
        stored = self._ledger.store.transaction(params.digest(digest))
        if stored is None:
            return None
        return views.transaction(self._engine.decode(stored.raw), self._known(stored.number), stored.position)

    def transaction_receipt(self, digest: object) -> Json | None:
        stored = self._ledger.store.transaction(params.digest(digest))
        return self._receipts(self._known(stored.number))[stored.position] if stored else None

    def logs(self, wish: object) -> list[Json]:
        if not isinstance(wish, Mapping):
            raise BadParams("filter: object expected")
        first, last = self._range(wish)
        found = self._ledger.store.logs(
            first,
            last,
            _one_or_many(wish.get("address"), params.address),
            _topics(wish.get("topics")),
            MAX_LOGS + 1,
        )
        if len(found) > MAX_LOGS:
            raise _Failed(f"query returned more than {MAX_LOGS} results", TOO_MANY)
        headers: dict[int, Header] = {}
        for entry in found:
            headers.setdefault(entry.number, self._known(entry.number))
        return [views.log(entry, headers[entry.number]) for entry in found]

    # The state

    def balance(self, address: object, tag: object = "latest") -> str:
        account = self._engine.account(self._at(tag).state_root, params.address(address))
        return number(account.balance if account else 0)

    def transaction_count(self, address: object, tag: object = "latest") -> str:
        account = self._engine.account(self._at(tag).state_root, params.address(address))
        return number(account.nonce if account else 0)

    def code(self, address: object, tag: object = "latest") -> str:
        return octets(self._engine.code(self._at(tag).state_root, params.address(address)))

    def storage_at(self, address: object, slot: object, tag: object = "latest") -> str:
        where = params.address(address)
        return views.word(self._engine.storage(self._at(tag).state_root, where, params.slot(slot)))

    def proof(self, address: object, slots: object, tag: object = "latest") -> Json:
        if not isinstance(slots, list) or len(slots) > MAX_SLOTS:
            raise BadParams(f"storage slots: list of at most {MAX_SLOTS} expected")
        where = params.address(address)
        wanted = [params.slot(slot) for slot in slots]
        return views.proof(where, self._engine.prove(self._at(tag).state_root, where, wanted))

    def eth_call(self, call: object, tag: object = "latest") -> str:
        header = self._at(tag)
        message, _ = params.message(call, header.gas_limit)
        return octets(_output(self._ledger.execute(header, message)))

    def estimate_gas(self, call: object, tag: object = "latest") -> str:
        """On the state after the block named; for the newest, at the time of the next block."""
        header = self._at(tag)
        if header.hash == self._ledger.head.hash:
            header = self._ledger.pending()
        message, priced = params.message(call, header.gas_limit)
        if priced:
            message = self._within_funds(header, message)
        outcome = self._ledger.estimate(header, message)
        _output(outcome)
        return number(outcome.gas_used)

    def send_raw(self, raw: object) -> str:
        block = self._ledger.send(params.data(raw, "transaction"))
        self._on_block(views.header(block.header))
        return octets(block.transactions[0].hash)

    # Fees

    def gas_price(self) -> str:
        return number(next_base_fee(self._ledger.head) + TIP)

    def priority_fee(self) -> str:
        return number(TIP)

    def fee_history(self, count: object, newest: object, percentiles: object = None) -> Json:
        wanted = params.quantity(count, "blockCount") if isinstance(count, str) else _plain(count, "blockCount")
        last = self._at(newest).number
        first = max(0, last - min(max(wanted, 1), MAX_HISTORY) + 1)
        marks = _percentiles(percentiles)
        headers = [self._known(n) for n in range(first, last + 1)]
        answer: Json = {
            "oldestBlock": number(first),
            "baseFeePerGas": [number(h.base_fee) for h in headers] + [number(next_base_fee(headers[-1]))],
            "gasUsedRatio": [h.gas_used / h.gas_limit for h in headers],
            "baseFeePerBlobGas": [number(1)] * (len(headers) + 1),
            "blobGasUsedRatio": [0.0] * len(headers),
        }
        if marks:
            answer["reward"] = [[number(tip) for tip in self._tips(h, marks)] for h in headers]
        return answer

    def _tips(self, header: Header, marks: list[float]) -> list[int]:
        """Tips paid in a block, at the given percentiles of its gas."""
        gas_before, paid = 0, []
        for tx, stored in zip(self._decoded(header), self._ledger.store.transactions(header.number), strict=True):
            paid.append((tx.price(header.base_fee) - header.base_fee, stored.receipt.cumulative_gas - gas_before))
            gas_before = stored.receipt.cumulative_gas
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

    # Finding blocks

    def _find(self, tag: object) -> Header | None:
        """By number, tag, or EIP-1898 object; None where there is no such block."""
        if isinstance(tag, Mapping):
            if "blockHash" in tag:
                return self._ledger.store.header_by_hash(params.digest(tag["blockHash"]))
            tag = tag.get("blockNumber")
        if tag in ("latest", "safe", "finalized", "pending"):
            return self._ledger.head  # a block is final when it is made, and none waits
        if tag == "earliest":
            return self._ledger.store.header(0)
        return self._ledger.store.header(params.quantity(tag, "block", 2**63))

    def _at(self, tag: object) -> Header:
        header = self._ledger.pending() if tag == "pending" else self._find(tag)
        if header is None:
            raise _Failed("header not found", REFUSED)
        return header

    def _known(self, block: int) -> Header:
        header = self._ledger.store.header(block)
        if header is None:
            raise self._ledger.store.corrupt(f"block {block} is missing")
        return header

    def _range(self, wish: Mapping[str, Any]) -> tuple[int, int]:
        if "blockHash" in wish:
            header = self._at({"blockHash": wish["blockHash"]})
            return header.number, header.number
        head = self._ledger.head.number
        ends = []
        for name in ("fromBlock", "toBlock"):
            tag = wish.get(name, "latest")
            if isinstance(tag, str) and tag.startswith("0x"):
                ends.append(params.quantity(tag, name, 2**63))  # may lie beyond the head
            else:
                found = self._find(tag)
                ends.append(found.number if found else head)
        if ends[0] > ends[1]:
            raise BadParams("fromBlock is after toBlock")
        return ends[0], ends[1]

    def _decoded(self, header: Header) -> list[Transaction]:
        return [self._engine.decode(stored.raw) for stored in self._ledger.store.transactions(header.number)]

    def _block(self, header: Header, full: bool) -> Json:
        return views.block(header, self._decoded(header), full=full)

    def _receipts(self, header: Header) -> list[Json]:
        found = [stored.receipt for stored in self._ledger.store.transactions(header.number)]
        return views.receipts(header, self._decoded(header), found)

    def _within_funds(self, header: Header, message: Message) -> Message:
        """A call that offers a price cannot use more gas than its sender can pay."""
        account = self._engine.account(header.state_root, message.sender)
        funds = (account.balance if account else 0) - message.value
        gas = min(message.gas, max(funds, 0) // message.gas_price)
        return Message(**{**message.__dict__, "gas": gas})


class _Failed(Exception):
    def __init__(self, words: str, code: int, data: str | None = None) -> None:
        super().__init__(words)
        self.code = code
        self.data = data


def _output(outcome: Outcome) -> bytes:
    if outcome.error is None:
        return outcome.output
    if outcome.reverted:
        raise _Failed(outcome.error, REVERT, octets(outcome.output))
    raise _Failed(outcome.error, REFUSED)


def _arguments(handler: Callable[..., Any], given: object) -> list[Any]:
    if not isinstance(given, list):
        raise BadParams("params: list expected")
    code = handler.__code__
    most = code.co_argcount - 1
    least = most - len(handler.__defaults__ or ())
    while given and given[-1] is None and len(given) > least:
        given = given[:-1]
    if not least <= len(given) <= most:
        raise BadParams(f"params: {least} to {most} expected, {len(given)} given")
    return given


def _plain(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadParams(f"{what}: number expected")
    return value


def _percentiles(value: object) -> list[float]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 100:
        raise BadParams("rewardPercentiles: list of at most 100 expected")
    if not all(isinstance(mark, int | float) and 0 <= mark <= 100 for mark in value) or value != sorted(value):
        raise BadParams("rewardPercentiles: rising numbers from 0 to 100 expected")
    return [float(mark) for mark in value]


def _one_or_many(value: object, read: Callable[[object], bytes]) -> list[bytes]:
    if value is None:
        return []
    found = [read(one) for one in value] if isinstance(value, list) else [read(value)]
    if len(found) > 1_000:
        raise BadParams("filter: more than 1000 values")
    return found


def _topics(value: object) -> list[list[bytes]]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 4:
        raise BadParams("topics: list of at most 4 expected")
    return [_one_or_many(one, params.digest) for one in value]


def sha3(_rpc: Rpc, payload: object) -> str:
    return octets(keccak256(params.data(payload, "data")))


METHODS: dict[str, Callable[..., Any]] = {
    "eth_chainId": Rpc.chain_id,
    "net_version": Rpc.net_version,
    "web3_clientVersion": Rpc.client_version,
    "web3_sha3": sha3,
    "eth_syncing": Rpc.syncing,
    "eth_accounts": Rpc.accounts,
    "eth_blockNumber": Rpc.block_number,
    "eth_getBlockByNumber": Rpc.block_by_number,
    "eth_getBlockByHash": Rpc.block_by_hash,
    "eth_getBlockReceipts": Rpc.block_receipts,
    "eth_getTransactionByHash": Rpc.transaction_by_hash,
    "eth_getTransactionReceipt": Rpc.transaction_receipt,
    "eth_getLogs": Rpc.logs,
    "eth_getBalance": Rpc.balance,
    "eth_getTransactionCount": Rpc.transaction_count,
    "eth_getCode": Rpc.code,
    "eth_getStorageAt": Rpc.storage_at,
    "eth_getProof": Rpc.proof,
    "eth_call": Rpc.eth_call,
    "eth_estimateGas": Rpc.estimate_gas,
    "eth_sendRawTransaction": Rpc.send_raw,
    "eth_gasPrice": Rpc.gas_price,
    "eth_maxPriorityFeePerGas": Rpc.priority_fee,
    "eth_feeHistory": Rpc.fee_history,
}
