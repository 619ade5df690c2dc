"""Blocks made elsewhere: taken when every field and root comes out, refused with the reason when one does not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
import rlp
from rlp.codec import consume_length_prefix

from core.errors import BadInput
from core.node.engine import Invalid
from core.node.foreign import parse_foreign
from core.node.forks import FORKS, OURS, ForkSchedule, Step, header_fields, schedule
from core.node.genesis import Genesis, GenesisAccount
from core.node.importing import check_uncles
from core.node.ledger import Ledger
from core.node.values import HEADER_FIELDS, Block, Header, Withdrawal
from tests.contracts.network import KEY, OPEN, START, Network, person

ANN, BEN = person("ann"), person("ben")
VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors"
FIXTURES = VECTORS / "ethereum-tests" / "BlockchainTests"
FORK_NAMES = {  # as those tests call them
    "Frontier": "frontier",
    "Homestead": "homestead",
    "EIP150": "tangerine_whistle",
    "EIP158": "spurious_dragon",
    "Byzantium": "byzantium",
    "Constantinople": "constantinople",
    "ConstantinopleFix": "petersburg",
    "Istanbul": "istanbul",
    "Berlin": "berlin",
    "London": "london",
    "Paris": "paris",
    "Shanghai": "shanghai",
    "Cancun": "cancun",
    "Prague": "prague",
}


def octets(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def number(text: str) -> int:
    return int(text, 16)


# Public vectors


CASES = [pytest.param(path, id=path.stem) for path in sorted(FIXTURES.rglob("*.json"))]


@pytest.mark.parametrize("path", CASES or [pytest.param(None, id="absent")])
def test_the_blocks_of_ethereum_tests_come_out_as_they_say(path: Path | None, tmp_path: Path) -> None:
    if path is None:
        pytest.skip("the public vectors are not at hand")
    ran: Counter[str] = Counter()
    for position, (name, case) in enumerate(json.loads(path.read_text()).items()):
        fork = FORK_NAMES.get(case["network"])
        if fork is None:
            continue  # one that changes its rules on the way is covered by the chain below
        play(case, fork, tmp_path / f"{position}.db", name)
        ran[fork] += 1
    assert ran


def play(case: dict[str, Any], fork: str, path: Path, name: str) -> None:
    first = case["genesisBlockHeader"]
    ledger = Ledger(path, KEY, fixture_genesis(case, fork))
    assert ledger.genesis_hash == octets(first["hash"]), name
    for block in case["blocks"]:
        if any(word.startswith("expectException") for word in block):
            with pytest.raises(Invalid):
                ledger.import_block(octets(block["rlp"]))
        else:
            ledger.import_block(octets(block["rlp"]))
    assert ledger.head.hash == octets(case["lastblockhash"]), name
    for address, account in case.get("postState", {}).items():
        found = ledger.engine.account(ledger.head.state_root, octets(address))
        assert found is not None
        assert (found.nonce, found.balance) == (number(account["nonce"]), number(account["balance"]))
        assert ledger.engine.code(ledger.head.state_root, octets(address)) == octets(account["code"])
        for slot, value in account["storage"].items():
            assert ledger.engine.storage(ledger.head.state_root, octets(address), number(slot)) == number(value)
    ledger.close()


def fixture_genesis(case: dict[str, Any], fork: str) -> Genesis:
    first = case["genesisBlockHeader"]
    return Genesis(
        chain_id=1,
        timestamp=number(first["timestamp"]),
        alloc={
            octets(address): GenesisAccount(
                number(account["balance"]),
                number(account["nonce"]),
                octets(account["code"]),
                {number(slot): number(value) for slot, value in account["storage"].items()},
            )
            for address, account in case["pre"].items()
        },
        forks=ForkSchedule((Step(fork),)),
        gas_limit=number(first["gasLimit"]),
        base_fee=number(first.get("baseFeePerGas", "0x0")),
        extra_data=octets(first["extraData"]),
        coinbase=octets(first["coinbase"]),
        difficulty=number(first["difficulty"]),
        mix_hash=octets(first["mixHash"]),
        nonce=octets(first["nonce"]),
        parent_beacon_block_root=octets(first.get("parentBeaconBlockRoot", "0x" + "00" * 32)),
        excess_blob_gas=number(first.get("excessBlobGas", "0x0")),
        blob_gas_used=number(first.get("blobGasUsed", "0x0")),
        foreign=True,
    )


def exchange_chain() -> tuple[dict[str, Any], list[bytes]]:
    folder = VECTORS / "execution-apis"
    if not folder.exists():
        pytest.skip("the public vectors are not at hand")
    data = octets(json.loads((folder / "chain_rlp_hex.json").read_text())["chain.rlp"])
    blocks, position = [], 0
    while position < len(data):
        _, _, length, start = consume_length_prefix(data, position)
        blocks.append(data[position : start + length])
        position = start + length
    return json.loads((folder / "genesis.json").read_text()), blocks


def test_a_chain_through_every_fork_is_taken_up_to_the_first_block_of_one_not_known_here(tmp_path: Path) -> None:
    data, blocks = exchange_chain()
    ledger = Ledger(tmp_path / "ledger.db", KEY, parse_foreign(data))
    forks = Counter()
    for encoded in blocks[:47]:
        header = ledger.import_block(encoded).header
        forks[ledger.forks.at(header.number, header.timestamp)] += 1
    assert forks == dict.fromkeys(FORKS[3:], 3) | {"homestead": 2, "tangerine_whistle": 3}
    with pytest.raises(Invalid, match=r"block 48 is of a fork that is not supported: only up to prague"):
        ledger.import_block(blocks[47])
    assert ledger.head.number == 47
    ledger.close()
    again = Ledger(tmp_path / "ledger.db", KEY)  # the schedule is in the file
    assert again.forks.steps == parse_foreign(data).forks.steps
    assert [again.store.block(number).encode() for number in range(1, 48)] == blocks[:47]
    again.close()


def test_by_wish_the_newest_rules_go_on_where_they_still_fit(tmp_path: Path) -> None:
    """The seven blocks of Osaka and after it in that chain use nothing that those forks changed."""
    data, blocks = exchange_chain()
    ledger = Ledger(tmp_path / "ledger.db", KEY, parse_foreign(data, beyond=True))
    for encoded in blocks:
        ledger.import_block(encoded)
    assert ledger.head.number == 54
    ledger.close()


def test_uncles_are_what_they_claim(tmp_path: Path) -> None:
    """Block 3 of that chain is the first with one, and block 4 has another. Each change keeps what the header commits
    to in step, so that only the rule in question can refuse it.
    """
    data, blocks = exchange_chain()
    ledger = Ledger(tmp_path / "ledger.db", KEY, parse_foreign(data))
    for encoded in blocks[:3]:
        ledger.import_block(encoded)
    earlier, block = Block.decode(blocks[2]), Block.decode(blocks[3])
    (uncle,) = block.uncles
    head = ledger.store.header(2)
    assert head is not None
    for uncles, words in (
        ((uncle, uncle), "at most 2 different"),
        ((uncle, replace(uncle, extra_data=b"a"), replace(uncle, extra_data=b"b")), "at most 2 different"),
        (earlier.uncles, "stands in the chain already"),
        ((head,), "stands in the chain already"),
        ((replace(uncle, parent_hash=block.header.parent_hash),), "not of the last 6 generations"),
        ((replace(uncle, parent_hash=bytes(32)),), "not of the last 6 generations"),
        ((replace(uncle, timestamp=0),), "does not follow its parent"),
        ((replace(uncle, number=uncle.number + 1),), "does not follow its parent"),
        ((replace(uncle, gas_used=uncle.gas_limit + 1),), "does not follow its parent"),
        ((replace(uncle, gas_limit=uncle.gas_limit * 2),), "does not follow its parent"),
    ):
        with pytest.raises(Invalid, match=words):
            check_uncles(replace(block, uncles=uncles), ledger.store)
    ledger.import_block(blocks[3])
    ledger.close()


# Our own blocks, changed


def second_block(maker: Network) -> Block:
    """Two transactions in one block, of a ledger that has only its first."""
    maker.ledger.send(octets(maker.sign(BEN, to=ANN.address, nonce=1, value=1)))
    maker.ledger.send(octets(maker.sign(BEN, to=ANN.address, nonce=0, data="0x01", gas=30_000)))
    block = maker.ledger.store.block(1)
    assert block is not None
    assert len(block.transactions) == 2
    return block


@pytest.fixture
def pair(network: Network, tmp_path: Path) -> Iterator[tuple[Ledger, Block]]:
    """A ledger at its first block, and the next block as another made it."""
    follower = Network(tmp_path / "follower.db")
    yield follower.ledger, second_block(network)
    follower.close()


@pytest.fixture(scope="module")
def unmoved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, Block]]:
    """The same for all tests in which nothing is taken, which each of them checks."""
    folder = tmp_path_factory.mktemp("unmoved")
    maker, follower = Network(folder / "maker.db"), Network(folder / "follower.db")
    yield follower.ledger, second_block(maker)
    maker.close()
    follower.close()


def refused(ledger: Ledger, block: Block, words: str) -> None:
    head = ledger.head
    with pytest.raises(Invalid, match=words):
        ledger.import_block(block.encode())
    assert ledger.head == head
    assert ledger.store.newest() == head.number


def test_a_block_of_another_node_of_the_same_network_is_taken(pair: tuple[Ledger, Block]) -> None:
    ledger, block = pair
    assert ledger.import_block(block.encode()).header == block.header
    assert ledger.store.block(1) == block
    assert ledger.head == block.header


FREE = {"extra_data": b"by another", "mix_hash": bytes([1] * 32)}  # the maker's, and nothing here depends on them


def test_what_is_its_makers_choice_is_taken_as_it_is(pair: tuple[Ledger, Block]) -> None:
    ledger, block = pair
    other = replace(block, header=replace(block.header, gas_limit=block.header.gas_limit + 1, **FREE))
    assert ledger.import_block(other.encode()).header == other.header


WORDS = {
    "parent_hash": "does not follow block 0",
    "number": "does not follow block 0",
    "coinbase": "state_root does not match",
    "timestamp": "state_root does not match",
    "parent_beacon_block_root": "state_root does not match",
    "difficulty": "[Dd]ifficulty",
    "nonce": "nonce",
}


@pytest.mark.parametrize("field", [name for name in HEADER_FIELDS if name not in {*FREE, "gas_limit"}])
def test_a_header_with_one_field_changed_is_refused(unmoved: tuple[Ledger, Block], field: str) -> None:
    ledger, block = unmoved
    value = getattr(block.header, field)
    other = value + 1 if isinstance(value, int) else bytes([value[0] ^ 1]) + value[1:]
    words = WORDS.get(field, f"{field} does not match: block says .*, execution says ")
    refused(ledger, replace(block, header=replace(block.header, **{field: other})), words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: replace(b, transactions=b.transactions[:1]), "does not match"),
        (lambda b: replace(b, transactions=()), "does not match"),
        (lambda b: replace(b, transactions=b.transactions[::-1]), "nonce too high"),
        (lambda b: replace(b, transactions=b.transactions * 2), "stands in the block twice"),
        (lambda b: replace(b, transactions=(*b.transactions, b"\x02\xc0")), "transaction in block 1"),
        (lambda b: replace(b, transactions=(*b.transactions, b"\x05abc")), "transaction in block 1"),
        (lambda b: replace(b, withdrawals=(Withdrawal(0, 0, bytes(20), 1),)), "does not match"),
        (lambda b: replace(b, uncles=(b.header,)), "[Uu]ncle"),
        (lambda b: replace(b, header=replace(b.header, timestamp=START - 1)), "timestamp"),
        (lambda b: replace(b, header=replace(b.header, gas_limit=b.header.gas_limit * 2)), "[Gg]as limit"),
    ],
)
def test_a_block_with_another_content_is_refused(
    unmoved: tuple[Ledger, Block], change: Callable[[Block], Block], words: str
) -> None:
    ledger, block = unmoved
    refused(ledger, change(block), words)


def test_a_block_is_taken_once_and_in_order(pair: tuple[Ledger, Block], network: Network) -> None:
    ledger, block = pair
    network.send(ANN, to=BEN.address)
    second = network.ledger.store.block(2)
    assert second is not None
    refused(ledger, second, "block 2 does not follow block 0")
    ledger.import_block(block.encode())
    refused(ledger, block, "block 1 does not follow block 1")
    ledger.import_block(second.encode())
    assert ledger.head.hash == network.ledger.head.hash


def test_bytes_that_are_no_block_are_refused(unmoved: tuple[Ledger, Block]) -> None:
    ledger, block = unmoved
    encoded = block.encode()
    parts = rlp.decode(encoded)
    for wrong in (
        b"",
        b"\xc0",
        encoded[:-1],
        encoded + b"\0",
        block.header.encode(),
        rlp.encode(parts[:3]),
        rlp.encode([*parts, []]),
        rlp.encode([parts[0][:-2], *parts[1:]]),
        rlp.encode([parts[0], b"x", *parts[2:]]),
        rlp.encode([parts[0], parts[1], parts[2], [[b"", b"", b"x", b""]]]),
        rlp.encode([parts[0], parts[1], [b"x"], []]),
    ):
        with pytest.raises(Invalid):
            ledger.import_block(wrong)


def test_no_changed_bit_is_taken_and_no_number_upsets_the_node(network: Network, tmp_path: Path) -> None:
    """But for what is its maker's choice. The block holds a transfer, a new contract and a delegation."""
    follower = Network(tmp_path / "follower.db")
    signed = BEN.sign_authorization({"chainId": network.chain_id, "address": "0x" + "42" * 20, "nonce": 0})
    for fields in (
        {"type": 4, "nonce": 2, "to": BEN.address, "gas": 90_000, "authorizationList": [signed]},
        {"nonce": 1, "data": "0x6001600055", "gas": 100_000},
        {"nonce": 0, "to": BEN.address, "value": 5},
    ):
        network.ledger.send(octets(network.sign(ANN, **fields)))
    block = network.ledger.store.block(1)
    assert block is not None
    assert len(block.transactions) == 3
    head, engine = follower.ledger.head, follower.ledger.engine
    chance = Random(7)
    encoded = block.encode()
    changed = [_flip(encoded, chance.randrange(len(encoded) * 8)) for _ in range(100)]
    for name in HEADER_FIELDS:
        if isinstance(getattr(block.header, name), int):
            changed += [
                replace(block, header=replace(block.header, **{name: value})).encode()
                for value in (2**63 - 1, 2**64, 2**256 - 1)
            ]
    refusals = 0
    for one in changed:
        try:
            taken = engine.replay(head, Block.decode(one)).header
        except (ValueError, Invalid):
            refusals += 1
        else:
            free = {name: getattr(taken, name) for name in ("mix_hash", "gas_limit")}
            assert replace(block.header, **free) == taken
    assert refusals >= len(changed) - 20
    follower.close()


def _flip(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def test_a_header_of_another_fork_is_refused(unmoved: tuple[Ledger, Block]) -> None:
    ledger, block = unmoved
    older = replace(block, header=replace(block.header, length=header_fields("cancun")))
    refused(ledger, older, "header of 20 fields in prague, which has 21")


def test_a_transaction_of_another_chain_is_refused_in_a_block(network: Network, tmp_path: Path) -> None:
    alien = Network(tmp_path / "alien.db", chain_id=77)
    alien.send(ANN, to=BEN.address)
    block = alien.ledger.store.block(1)
    assert block is not None
    header = replace(block.header, parent_hash=network.ledger.head.hash)
    refused(network.ledger, replace(block, header=header), "invalid chain id for signer: have 77")
    alien.close()


# Schedules and genesis files


def _marked(marks: dict[str, int], name: str) -> int:
    return marks.get(name, 0)


def test_a_schedule_is_kept_as_numbers_and_read_again() -> None:
    for found in (
        OURS,
        ForkSchedule((Step("frontier"),)),
        schedule([("london", 0, False), ("paris", 5, False), ("shanghai", 50, True), ("osaka", 99, True)]),
    ):
        read = partial(_marked, found.marks())
        assert ForkSchedule.of_marks(read).steps == found.steps
        assert (ForkSchedule.of_marks(read).end is None) == (found.end is None)
    assert ForkSchedule.of_marks(lambda _name: 0) == OURS


def test_a_schedule_tells_the_fork_of_a_block() -> None:
    found = schedule([("paris", 5, False), ("london", 0, False), ("shanghai", 100, True), ("osaka", 200, True)])
    assert [found.at(*place) for place in ((0, 0), (4, 99), (5, 99), (6, 100), (7, 199), (8, 200))] == [
        *("london", "london", "paris", "shanghai", "shanghai"),
        None,
    ]
    assert OURS.at(0, 0) == "prague"


def test_a_schedule_out_of_order_is_refused() -> None:
    for steps in ((), (Step("paris"), Step("london", 5)), (Step("london", 5),), (Step("london"), Step("london", 6))):
        with pytest.raises(ValueError, match="out of order"):
            ForkSchedule(tuple(steps))
    with pytest.raises(ValueError, match="out of order"):
        schedule([("berlin", 9, False), ("london", 5, False)])


@pytest.mark.parametrize(
    "change",
    [
        {"config": {}},
        {"config": None},
        {"alloc": {"0x12": {}}},
        {"alloc": {"0x" + "11" * 20: {"balance": "-1"}}},
        {"alloc": []},
        {"gasLimit": "many"},
        {"nonce": hex(2**64)},
        {"coinbase": "0x12"},
    ],
)
def test_a_genesis_file_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    whole = {"config": {"chainId": 5, "londonBlock": 0}, "gasLimit": "0x100000", "alloc": {}}
    assert parse_foreign(whole).chain_id == 5
    with pytest.raises(BadInput):
        parse_foreign(whole | change)


def test_blocks_of_a_chain_with_proof_of_work_are_not_made_here(tmp_path: Path) -> None:
    alloc = {octets(ANN.address): OPEN}
    genesis = Genesis(7, START, alloc, forks=ForkSchedule((Step("london"),)), difficulty=1, foreign=True)
    ledger = Ledger(tmp_path / "ledger.db", KEY, genesis)
    assert (ledger.head.length, ledger.head.base_fee) == (16, 10**9)
    signed = ANN.sign_transaction(
        {"type": 2, "chainId": 7, "nonce": 0, "gas": 21_000, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 1,
         "to": BEN.address, "value": 0}
    )  # fmt: skip
    with pytest.raises(Invalid, match="proof of work"):
        ledger.send(bytes(signed.raw_transaction))
    assert len(ledger.pool) == 0
    ledger.close()


def test_a_chain_of_prague_without_its_system_contracts_makes_no_block(tmp_path: Path) -> None:
    """EIP-7002, EIP-7251; with a contract that fails there is none either."""
    for position, code in enumerate((b"", b"\xfe")):
        alloc = {
            octets(address): GenesisAccount(nonce=1, code=code)
            for address in ("00000961ef480eb55e80d19ad83579a64c007002", "0000bbddc7ce488642fb579f8b00f3a590007251")
        }
        ledger = Ledger(tmp_path / f"{position}.db", KEY, Genesis(7, START, alloc, foreign=True))
        with pytest.raises(Invalid, match=["no system contract", "a system call failed"][position]):
            ledger.engine.seal(ledger.head, ledger.next_time(), [])
        ledger.close()


def test_headers_of_every_fork_are_read_and_written() -> None:
    for fork in FORKS:
        header = Header(*[bytes(32)] * 2, bytes(20), *[bytes(32)] * 3, bytes(256), *range(5), b"", bytes(32), bytes(8))
        header = replace(header, length=header_fields(fork))
        assert Header.decode(header.encode()) == header
        assert header.has("requests_hash") == (fork == "prague")
