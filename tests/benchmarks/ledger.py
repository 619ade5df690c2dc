"""The ledger: what a durable transaction costs, and what it costs to believe nothing of what is read.

One ledger of over 2,000 blocks and 1,400 accounts, built through the node's own front door; every comparison in
interleaved rounds, medians of the rounds and of their ratios. Verified and unverified reads go through the same node.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trie import HexaryTrie

from core.chain.light_node import LightNode
from core.chain.proofs import Wish, check_proof, get_proof
from core.chain.storage_reader import StorageReader
from core.chain.transport import HttpTransport, Transport
from core.chain.trust import TrustState
from core.eth import hexdata
from core.keccak import keccak256
from core.units import Address, Amount
from tests.benchmarks.harness import Row
from tests.benchmarks.ledger_parts.rivals import Web3, anvil
from tests.benchmarks.ledger_parts.rounds import interleaved, median, ratio
from tests.benchmarks.ledger_parts.scene import KEY, RICH, Scene, build, stranger

PAGE = 50  # accounts of a page
TOKEN = "benchmark" + "0" * 40
MS = 1000.0


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        scene = build(Path(folder))
        try:
            return list(_rows(scene))
        finally:
            scene.close()


def _rows(scene: Scene) -> Iterator[Row]:
    with _rival_chain(scene) as rival:
        yield from _transactions(scene, rival)
        yield from _calls(scene, rival)
    yield from _reads(scene)
    yield from _web(scene)
    yield from _proofs(scene)
    yield from _following(scene)
    yield _reopening(scene)


# What is sent


@dataclass
class _Chain:
    """anvil with the same accounts and contract."""

    transport: HttpTransport
    address: str
    nonce: int = 1


@contextlib.contextmanager
def _rival_chain(scene: Scene) -> Iterator[_Chain | None]:
    balances = {str(stranger(at)): RICH for at in range(997)} | {str(scene.who()): RICH}
    with anvil(scene.network.chain_id, balances) as transport:
        if transport is None:
            yield None
            return
        kept, scene.nonce = scene.nonce, 0
        raw = scene.sign(None, scene.contract.deploy_data(), gas=3_000_000)
        scene.nonce = kept
        yield _Chain(transport, _mined(transport, raw)["contractAddress"])


def _mined(transport: Transport, raw: str) -> dict[str, Any]:
    """The receipt; anvil acknowledges before its block is made."""
    tx_hash = transport.request("eth_sendRawTransaction", [raw])
    while (receipt := transport.request("eth_getTransactionReceipt", [tx_hash])) is None:
        time.sleep(0.001)
    return dict(receipt)


def _transactions(scene: Scene, rival: _Chain | None) -> Iterator[Row]:
    """Each in a block of its own, on disk when it is acknowledged; anvil keeps its blocks in memory."""
    numbers = itertools.count(100_001)
    scene.sent.clear()

    def theirs() -> None:
        assert rival is not None
        kept, scene.nonce, place = scene.nonce, rival.nonce, scene.address
        scene.address = Address(bytes.fromhex(rival.address[2:]))
        raw = _contribution(scene, next(numbers))
        rival.nonce, scene.nonce, scene.address = scene.nonce, kept, place
        started = time.perf_counter()
        _mined(rival.transport, raw)
        waited.append(time.perf_counter() - started)

    waited: list[float] = []
    for _ in range(60):
        scene.send(_contribution(scene, next(numbers)))
        if rival:
            theirs()
    ours = statistics.median(scene.sent) * MS
    beside = {"anvil, in memory": statistics.median(waited) * MS} if waited else {}
    yield Row("durable transaction, until it is on disk", ours, "ms", target=30, rivals=beside)
    yield Row("durable transactions a second", MS / (statistics.mean(scene.sent) * MS), "/s")
    yield Row("confirmed: sent, until its receipt is proven", _confirmation(scene) * MS, "ms", target=30)
    size = sum(path.stat().st_size for path in scene.folder.glob("ledger.db*"))
    yield Row("disk per block", size / scene.light.sync().value.number / 1024, "KiB")


def _contribution(scene: Scene, number: int) -> str:
    root = keccak256(b"measured %d" % number)
    return scene.sign(scene.address, scene.contract.call_data("contribute", 1, root, 40, root))


def _confirmation(scene: Scene) -> float:
    sender, who, times = scene.sender, scene.who(2), []
    for at in range(25):
        signed = sender.sign(sender.prepare(2, who, stranger(at), value=Amount(1)))
        started = time.perf_counter()
        sender.broadcast(signed)
        sender.wait(signed.hash)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


# Calls


def _calls(scene: Scene, rival: _Chain | None) -> Iterator[Row]:
    data = scene.contract.call_data("datanetCount")
    pipe, light = scene.pipe(), scene.light
    light.sync()
    call = {"to": str(scene.address), "data": hexdata.to_data(data)}
    assert light.call(scene.address, data).trust.state is TrustState.PROVEN
    contenders: dict[str, Callable[[], object]] = {
        "node": lambda: pipe.request("eth_call", [call, "latest"]),
        "verified": lambda: light.call(scene.address, data),
    }
    if rival:
        theirs = {"to": rival.address, "data": hexdata.to_data(data)}
        contenders["anvil"] = lambda: rival.transport.request("eth_call", [theirs, "latest"])
    times = interleaved(contenders, repeat=10)
    beside = {"anvil, over HTTP": median(times, "anvil") * MS} if rival else {}
    yield Row("eth_call, the node's word", median(times, "node") * MS, "ms", rivals=beside)
    yield Row(
        "eth_call, executed here on proven state", median(times, "verified") * MS, "ms",
        rivals={"the node's word": median(times, "node") * MS},
    )  # fmt: skip
    yield Row("eth_call, the first one after a new block", _after_a_block(scene, data) * MS, "ms")


def _after_a_block(scene: Scene, data: bytes) -> float:
    times = []
    for number in range(12):
        scene.send(_contribution(scene, 200_000 + number))
        scene.light.sync()
        started = time.perf_counter()
        scene.light.call(scene.address, data)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


# Reads, verified and not, through the same node


def _reads(scene: Scene) -> Iterator[Row]:
    pipe, light = scene.pipe(), scene.light
    head = hexdata.to_quantity(light.sync().value.number)
    someone = itertools.cycle(stranger(at) for at in range(0, 990, 7))
    page = [stranger(at) for at in range(0, 990, 990 // PAGE)][:PAGE]
    slots = _slots(scene)
    one_slot = itertools.cycle(slots)
    words = [hexdata.to_data(slot.to_bytes(32, "big")) for slot in slots]
    balance = [("eth_getBalance", [str(who), head]) for who in page]
    values = [("eth_getStorageAt", [str(scene.address), word, head]) for word in words]
    times = interleaved(
        {
            "proof": lambda: pipe.request(*get_proof(light.head().value, Wish(next(someone)))),
            "balance": lambda: pipe.request("eth_getBalance", [str(next(someone)), head]),
            "proven balance": lambda: light.account(next(someone)),
            "slot": lambda: pipe.request("eth_getStorageAt", [str(scene.address), _word(next(one_slot)), head]),
            "proven slot": lambda: light.storage(scene.address, [next(one_slot)]),
        },
        repeat=20,
    )
    pages = interleaved(
        {
            "balances one by one": lambda: [pipe.request(*call) for call in balance],
            "balances": lambda: pipe.request_many(balance),
            "proven balances": lambda: light.accounts(page),
            "slots one by one": lambda: [pipe.request(*call) for call in values],
            "slots": lambda: pipe.request_many(values),
            "proven slots": lambda: light.storage(scene.address, slots),
        },
        rounds=11,
    )
    yield Row("eth_getProof of an account", median(times, "proof") * MS, "ms")
    for what, proven in (("balance", "proven balance"), ("slot", "proven slot")):
        yield Row(
            f"one {what}, proven", median(times, proven) * MS, "ms", rivals={"unproven": median(times, what) * MS}
        )
        yield Row(f"one {what}: proven against unproven", ratio(times, proven, what), "x", target=1.5)
    for what, count in (("balances", len(page)), ("slots", len(slots))):
        proven = f"proven {what}"
        together, single = median(pages, what) * MS, median(pages, f"{what} one by one") * MS
        yield Row(
            f"{count} {what} of a page, proven", median(pages, proven) * MS, "ms",
            rivals={"unproven, one by one": single, "unproven, together": together},
        )  # fmt: skip
        yield Row(
            f"{count} {what}: proven together against unproven one by one",
            ratio(pages, proven, f"{what} one by one"), "x", target=1.5,
            rivals={"against unproven together": ratio(pages, proven, what)},
        )  # fmt: skip


def _word(slot: int) -> str:
    return hexdata.to_data(slot.to_bytes(32, "big"))


def _slots(scene: Scene) -> list[int]:
    """Those that a page of Datanets reads: found by reading it once through the storage layout."""
    asked: list[int] = []

    class Listening(LightNode):
        def storage(self, address: Address, slots: Any) -> Any:
            asked.extend(slots)
            return super().storage(address, slots)

    light = Listening(scene.pipe(), scene.network)
    light.sync()
    StorageReader(light, scene.address, scene.contract.layout).read_many(
        [("datanets", number) for number in range(1, 21)]
    )
    return list(dict.fromkeys(asked))[:128]


# Beside web3.py, over HTTP


def _web(scene: Scene) -> Iterator[Row]:
    served = scene.node.call("serve", timeout=60, port=0, token=TOKEN)
    url = f"{served['url']}/{TOKEN}"
    http = HttpTransport(url)
    light = LightNode(http, scene.network, simulator=scene.simulator)
    light.sync()
    head = hexdata.to_quantity(light.head().value.number)
    slot, who = _slots(scene)[0], stranger(5)
    web3 = Web3(url)
    times = 20
    try:
        yield from _web_rows(
            {
                "balance": (
                    lambda: http.request("eth_getBalance", [str(who), head]),
                    lambda: light.account(who),
                    lambda: web3.ask(address=str(who), times=times),
                ),
                "slot": (
                    lambda: http.request("eth_getStorageAt", [str(scene.address), _word(slot), head]),
                    lambda: light.storage(scene.address, [slot]),
                    lambda: web3.ask(address=str(scene.address), slot=slot, times=times),
                ),
            },
            times,
        )
    finally:
        web3.close()
        http.close()
        scene.node.call("stop_serving", timeout=60)


def _web_rows(contenders: dict[str, tuple[Callable[[], object], ...]], times: int) -> Iterator[Row]:
    for what, (plain, proven, theirs) in contenders.items():
        found = interleaved(
            {
                "plain": lambda plain=plain: [plain() for _ in range(times)],
                "proven": lambda proven=proven: [proven() for _ in range(times)],
                "web3.py": theirs,
            },
            rounds=9,
        )
        scale = MS / times
        beside = {
            "unproven": median(found, "plain") * scale,
            "web3.py, unproven": median(found, "web3.py") * scale,
        }
        yield Row(f"one {what} over HTTP, proven", median(found, "proven") * scale, "ms", rivals=beside)
        yield Row(f"one {what} over HTTP: proven against web3.py", ratio(found, "proven", "web3.py"), "x", target=1.5)


# The verifier alone


def _proofs(scene: Scene) -> Iterator[Row]:
    """An account and a slot of it, from the JSON text's strings to the numbers."""
    header, slots = scene.light.head().value, _slots(scene)
    wishes = [Wish(scene.address, (slot,)) for slot in slots]
    answers = scene.pipe().request_many([get_proof(header, wish) for wish in wishes])
    addresses, keys = keccak256(scene.address.raw), [keccak256(slot.to_bytes(32, "big")) for slot in slots]

    def ours() -> None:
        for wish, answer in zip(wishes, answers, strict=True):
            check_proof(header, wish, answer)

    def theirs() -> None:
        import rlp

        for key, answer in zip(keys, answers, strict=True):
            nodes = [rlp.decode(bytes.fromhex(node[2:])) for node in answer["accountProof"]]
            account = rlp.decode(HexaryTrie.get_from_proof(header.state_root, addresses, nodes))
            nodes = [rlp.decode(bytes.fromhex(node[2:])) for node in answer["storageProof"][0]["proof"]]
            HexaryTrie.get_from_proof(account[2], key, nodes)

    times = interleaved({"ours": ours, "py-trie": theirs}, rounds=9)
    yield Row(
        "account and slot proofs verified a second", len(wishes) / median(times, "ours"), "pairs/s",
        target=3000, at_most=False, rivals={"py-trie": len(wishes) / median(times, "py-trie")},
    )  # fmt: skip


# Following


def _following(scene: Scene) -> Iterator[Row]:
    headers, logs, said = [], [], 0
    for _ in range(3):
        light = LightNode(scene.pipe(), scene.network)
        started = time.perf_counter()
        height = light.sync().value.number
        headers.append(height / (time.perf_counter() - started))
        started = time.perf_counter()
        said = len(light.logs([scene.address], 0).value)
        logs.append(height / (time.perf_counter() - started))
    yield Row("headers followed from the genesis", statistics.median(headers), "/s")
    yield Row(f"blocks read whole and verified, for {said} logs", statistics.median(logs), "/s")


def _reopening(scene: Scene) -> Row:
    node: Transport = scene.pipe()
    times = []
    for _ in range(7):
        scene.node.call("close", timeout=60)
        started = time.perf_counter()
        scene.node.call("open", path=str(scene.path), key=KEY, timeout=60)
        node.request("eth_blockNumber")
        times.append(time.perf_counter() - started)
    return Row("reopened, with its integrity check", statistics.median(times) * MS, "ms", target=50)
