"""A chain with some of everything that a block may hold, made by our node."""

from __future__ import annotations

import random
from typing import Any

import rlp
from eth_account.signers.local import LocalAccount

from core.keccak import keccak256
from tests.contracts.network import OPEN, PEOPLE, Network, person

ANN, BEN, BUILDER, CURATOR = person("ann"), person("ben"), person("builder"), person("curator")
GWEI = 10**9
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
WITHDRAWALS, CONSOLIDATIONS = "00000961ef480eb55e80d19ad83579a64c007002", "0000bbddc7ce488642fb579f8b00f3a590007251"


def push(value: int | str | bytes) -> str:
    raw = value if isinstance(value, bytes) else bytes.fromhex(value) if isinstance(value, str) else None
    if raw is None:
        raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return f"{0x5F + len(raw):02x}{raw.hex()}"


def returning(code: str) -> str:
    """Init code that leaves `code` as the contract."""
    size = len(code) // 2
    return "61" + f"{size:04x}" + "80600a3d393df3" + code


def keep(slot: int) -> str:
    """SSTORE the top of the stack."""
    return push(slot) + "55"


SELF_DESTRUCT = "33ff"  # to the caller
REVERT_WITH_DATA = "60aa5f526020" + "5ffd"
LOGS = "60ff5f52" + "".join(
    "".join(push(0x1000 + i) for i in range(n)) + "60205f" + f"{0xA0 + n:02x}" for n in range(5)
)
PROXY = (  # calldata: an address as a word, then the input; keeps the hash of what came back, and whether it worked
    "60203603602060003760006000602036036000345f355af1" + "5f3555" + "3d5f5f3e3d5f20" + "5f3560010155" + "00"
)
SURROUNDINGS = "".join(
    [
        *(f"{op}" + keep(i) for i, op in enumerate(("41", "42", "43", "44", "45", "46", "47", "48", "4a", "3a", "32"))),
        *("43" + push(back) + "9003" + "40" + keep(0x40 + back) for back in (1, 2, 5, 255, 256, 257)),
        push(BEN.address[2:]) + "31" + keep(0x20),
        push(ANN.address[2:]) + "3f" + keep(0x21),
        push(ANN.address[2:]) + "3b" + keep(0x22),
        push("11" * 20) + "3f" + keep(0x23),
        "5a" + "5a" + "0310" + keep(0x24),
    ]
)
TRANSIENT = push(7) + push(1) + "5d" + push(1) + "5c" + keep(1) + push(2) + "5c" + keep(2)
COPIES = push(0x1234) + "5f52" + push(32) + "5f" + push(5) + "5e" + push(5) + "51" + keep(1) + "59" + keep(2)
COUNTER = "5f35" + "5f54" + "01" + "5f55"  # slot 0 grows by the word given
SETS = "".join(push(1) + keep(slot) for slot in range(20))
CLEARS = "".join("5f" + keep(slot) for slot in range(20))
TOGGLE = "5f35" + push(len(SETS) // 2 + 6) + "57" + SETS + "00" + "5b" + CLEARS + "00"
RECURSION = "5f5f5f5f5f305af1" + "5f5401" + "5f55"
STATIC = "5f5f5f5f5f35" + push(100_000) + "fa" + keep(0) + "3d" + keep(1)
BEYOND_RETURN_DATA = push(1) + "5f5f3e"
CREATES = (  # twice the same by CREATE2: the second one fails; then a child that is gone by the end
    push(bytes.fromhex("33ff")) + "5f52" + push(2) + push(30) + "5ff0" + keep(0)
    + push(bytes.fromhex("600160015500")) + "5f52"
    + (push(9) + push(6) + push(26) + "5ff5" + keep(1)) + (push(9) + push(6) + push(26) + "5ff5" + keep(2))
)  # fmt: skip
BORN_AND_GONE = (
    push(bytes.fromhex(returning(SELF_DESTRUCT))) + "5f52"
    + push(len(returning(SELF_DESTRUCT)) // 2) + push(32 - len(returning(SELF_DESTRUCT)) // 2) + "34f0"
    + "80" + keep(0) + "5f5f5f5f5f" + "85" + "5af1" + keep(1)
)  # fmt: skip


class Chain:
    """Each method adds blocks to a fresh network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._nonces: dict[str, int] = {}

    def nonce(self, who: LocalAccount) -> int:
        return self._nonces.get(who.address, 0)

    def raw(self, who: LocalAccount, **fields: Any) -> bytes:
        tx: dict[str, Any] = {"chainId": self.network.chain_id, "nonce": self.nonce(who), "gas": 500_000, "value": 0}
        if "gasPrice" not in fields:
            tx |= {"type": 2, "maxFeePerGas": 3 * GWEI, "maxPriorityFeePerGas": 10**6}
        tx |= fields
        if isinstance(tx.get("to"), str):
            tx["to"] = bytes.fromhex(tx["to"].removeprefix("0x"))
        self._nonces[who.address] = self.nonce(who) + 1
        return bytes(who.sign_transaction(tx).raw_transaction)

    def block(self, *transactions: bytes) -> None:
        ledger = self.network.ledger
        self.network.time += 12
        decoded = [ledger.engine.decode(raw) for raw in transactions]
        block = ledger.engine.seal(ledger.head, ledger.next_time(), decoded)
        assert [skipped.reason for skipped in block.skipped] == []
        ledger._keep(block)

    def deploy(self, code: str, who: LocalAccount = ANN, value: int = 0) -> str:
        nonce = self.nonce(who)
        self.block(self.raw(who, data=bytes.fromhex(returning(code)), gas=2_000_000, value=value))
        return keccak256(rlp.encode([bytes.fromhex(who.address[2:]), nonce]))[12:].hex()

    def call(self, to: str, data: str = "", who: LocalAccount = ANN, **fields: Any) -> None:
        self.block(self.raw(who, to=to, data=bytes.fromhex(data), **fields))

    # What a chain is made of

    def payments(self) -> None:
        self.block()
        self.block(self.raw(ANN, to=BEN.address, value=OPEN, gas=21_000))
        self.block(self.raw(BEN, to="22" * 20, value=0, gas=21_000))  # touched and still empty (EIP-161)
        self.block(self.raw(BEN, to="33" * 20, value=5, gasPrice=2 * GWEI, gas=21_000))
        listed = [{"address": "0x" + "44" * 20, "storageKeys": ["0x" + "00" * 32, "0x" + "ff" * 32]}]
        self.block(self.raw(ANN, to="44" * 20, value=1, gasPrice=2 * GWEI, type=1, accessList=listed))
        self.block(self.raw(ANN, to=ANN.address, value=1, accessList=listed))
        self.block(*(self.raw(person(name), to=BEN.address, value=7, gas=21_000) for name in PEOPLE))
        self.block(*(self.raw(ANN, to=BEN.address, value=i, gas=21_000 + i) for i in range(5)))
        for number in range(1, 0x12):
            self.call(f"{number:040x}", "00" * 3, value=1)  # precompiles as receivers
        self.block()

    def contracts(self) -> None:
        logs = self.deploy(LOGS)
        self.call(logs)
        self.call(logs, who=BEN)
        self.call(self.deploy(REVERT_WITH_DATA))
        self.call(self.deploy("fe"))  # invalid: takes all gas
        for code in (SURROUNDINGS, TRANSIENT, COPIES, CREATES, BEYOND_RETURN_DATA):
            self.call(self.deploy(code), gas=2_000_000)
        static = self.deploy(STATIC)
        counter = self.deploy(COUNTER)
        for target in (counter, logs, self.deploy("5f5f5d"), self.deploy("5f5f5f5f60015f5af1")):
            self.call(static, target.zfill(64))
        self.call(counter, f"{2**256 - 1:064x}")
        self.call(counter, f"{5:064x}")
        self.call(self.deploy(RECURSION), gas=3_000_000)
        self.block(*(self.raw(ANN, to=counter, data=bytes.fromhex(f"{i:064x}")) for i in range(6)))

    def endings(self) -> None:
        gone = self.deploy(BORN_AND_GONE)
        self.call(gone, value=3)
        self.call(gone)
        old = self.deploy(SELF_DESTRUCT, value=9)
        self.call(old, who=BEN)
        self.call(old, who=BEN, value=4)  # it is still there (EIP-6780)
        self.call(self.deploy("30ff", value=2))  # to itself

    def failing_creations(self) -> None:
        for init, gas in (
            ("", 60_000),
            ("fd", 100_000),
            ("5f5ffd", 100_000),
            ("fe", 100_000),
            (returning("ef00"), 200_000),  # EIP-3541
            ("6160015ff3", 6_000_000),  # 24,577 bytes (EIP-170)
            ("6160005ff3", 6_000_000),
            (returning("00" * 200), 93_000),  # not enough for the deposit of the code
            ("00" * 49_152, 3_000_000),  # as long as init code may be (EIP-3860)
            ("33ff", 100_000),
        ):
            self.block(self.raw(ANN, data=bytes.fromhex(init), gas=gas, value=1))

    def gas_edges(self) -> None:
        logs, toggle = self.deploy(LOGS), self.deploy(TOGGLE)
        self.call(logs, gas=21_000)
        self.call(logs, gas=21_001)
        self.call(BEN.address, "00" * 100 + "01" * 100, gas=21_000 + 1_000 + 4_000)  # the floor of EIP-7623
        self.call(logs, "01" * 2_000, gas=21_000 + 80_000)
        self.call(toggle, f"{0:064x}", gas=1_000_000)
        self.call(toggle, f"{1:064x}", gas=1_000_000)  # refunds up to a fifth (EIP-3529)
        self.call(toggle, f"{0:064x}" + "01" * 3_000, gas=1_000_000)
        self.call(toggle, f"{1:064x}" + "01" * 3_000, gas=1_000_000)
        self.call(toggle, f"{1:064x}", gas=29_000)
        sentry = self.deploy("5f5f5f5f5f5f35" + push(2_300) + "f1" + keep(1))  # SSTORE within the stipend
        self.call(sentry, self.deploy(COUNTER).zfill(64))
        self.call(self.deploy("60ff" + push(10**7) + "52"), gas=300_000)  # memory too dear
        self.call(self.deploy("5b5f56"), gas=60_000)  # for ever
        self.block(self.raw(ANN, to=BEN.address, gas=21_000, maxFeePerGas=10 * OPEN // 10**6, maxPriorityFeePerGas=0))
        self.block(self.raw(ANN, to=BEN.address, gas=21_000, maxFeePerGas=5 * GWEI, maxPriorityFeePerGas=5 * GWEI))
        self.block(self.raw(ANN, data=b"\xfe", gas=29_000_000))  # the base fee rises
        self.block()

    def precompiles(self) -> None:
        proxy = self.deploy(PROXY)
        signed = "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c" + f"{28:064x}"
        signed += "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
        signed += "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549"
        power = f"{1:064x}{32:064x}{32:064x}03" + f"{2**256 - 2**32 - 978:064x}" + f"{2**256 - 2**32 - 977:064x}"
        blake = "0000000c" + "48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5"
        blake += "d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b"
        blake += "616263" + "00" * 125 + "03" + "00" * 7 + "00" * 8 + "01"
        point = f"{1:064x}{2:064x}"
        for number, given in (
            (1, signed), (1, signed[:-2] + "00"), (1, ""), (2, "616263"), (3, "616263"), (4, "01" * 77),
            (5, power), (5, ""), (5, f"{0:064x}" * 3), (6, point * 2), (6, ""), (6, f"{1:064x}{1:064x}" * 2),
            (7, point + f"{9:064x}"), (7, point + "ff" * 32), (8, ""), (8, "00" * 192), (8, "00" * 191),
            (9, blake), (9, blake[:-2] + "02"), (10, "00" * 192), (10, ""), (11, "00" * 256), (11, "01"),
            (12, "00" * 128 + f"{5:064x}"), (13, "00" * 512), (14, "00" * 256 + f"{5:064x}"), (15, "00" * 384),
            (16, "00" * 64), (17, "00" * 128), (16, f"{7:0128x}"), (18, "01"), (0x100, "01"),
        ):  # fmt: skip
            self.call(proxy, f"{number:064x}" + given, gas=1_500_000)

    def delegations(self) -> None:
        """EIP-7702."""
        counter, logs = self.deploy(COUNTER), self.deploy(LOGS)

        def allow(who: LocalAccount, target: str, nonce: int, chain: int | None = None) -> Any:
            chain = self.network.chain_id if chain is None else chain
            return who.sign_authorization({"chainId": chain, "address": bytes.fromhex(target), "nonce": nonce})

        def send(who: LocalAccount, to: str, data: str, *signed: Any) -> None:
            self.block(self.raw(who, to=to, data=bytes.fromhex(data), type=4, authorizationList=list(signed)))

        send(ANN, BEN.address, f"{3:064x}", allow(BEN, counter, self.nonce(BEN)))
        self._nonces[BEN.address] = self.nonce(BEN) + 1
        self.call(BEN.address, f"{4:064x}")
        self.block(self.raw(BEN, to=ANN.address, value=1))  # a delegated account still pays
        own = allow(BEN, logs, self.nonce(BEN) + 1)
        send(BEN, BEN.address, "", own)  # by itself
        send(ANN, BEN.address, "", allow(BEN, counter, 999), allow(BEN, counter, self.nonce(BEN), 12345))  # void ones
        send(ANN, BEN.address, "", allow(BEN, counter, self.nonce(BEN), 0), allow(BEN, logs, self.nonce(BEN) + 1))
        self._nonces[BEN.address] = self.nonce(BEN) + 2
        look = self.deploy(push(BEN.address[2:]) + "3b" + keep(0) + push(BEN.address[2:]) + "3f" + keep(1))
        self.call(look)
        send(ANN, BEN.address, "", allow(BEN, "00" * 20, self.nonce(BEN)))  # taken back
        self._nonces[BEN.address] = self.nonce(BEN) + 1
        send(ANN, CURATOR.address, "", allow(CURATOR, f"{4:040x}", self.nonce(CURATOR)))  # to a precompile
        self._nonces[CURATOR.address] = self.nonce(CURATOR) + 1
        send(ANN, BUILDER.address, "", allow(BUILDER, BUILDER.address[2:], self.nonce(BUILDER)))  # a loop of one
        self._nonces[BUILDER.address] = self.nonce(BUILDER) + 1

    def requests(self) -> None:
        """EIP-7002, EIP-7251: what the system contracts hand to the consensus side; EIP-2935, EIP-4788 read."""
        self.call(WITHDRAWALS, "aa" * 48 + "0000000000000001", value=1, gas=300_000)
        self.call(CONSOLIDATIONS, "bb" * 96, value=1, gas=300_000)
        self.call(CONSOLIDATIONS, "bb" * 95, value=1, gas=300_000)
        for _ in range(3):
            self.call(WITHDRAWALS, "cc" * 48 + "00" * 8, value=20, gas=300_000, who=BEN)
        self.block()
        proxy = self.deploy(PROXY)
        head = self.network.ledger.head
        for word in (head.number, head.number - 1, 0, 10**9):
            self.call(proxy, "0000f90827f1c53a10cb7a02335b175320002935".zfill(64) + f"{word:064x}")
        for word in (head.timestamp, head.timestamp - 12, 0):
            self.call(proxy, "000f3df6d732807ef1319fb7b8bb8522d0beac02".zfill(64) + f"{word:064x}")

    def product(self) -> None:
        """The contracts that this program ships."""
        network = self.network
        contract = network.deploy(ANN, "Datanets")
        network.refused(BEN, contract, "contribute", 99, b"\1" * 32, 1, b"\2" * 32)
        self._nonces.clear()
        for name in PEOPLE:
            who = person(name)
            self._nonces[who.address] = int(network.rpc("eth_getTransactionCount", who.address), 16)

    def anything(self, seed: int, blocks: int, each: int) -> None:
        """Programs by chance: some bytes of sense, some without."""
        chance = random.Random(seed)
        senders = [person(name) for name in PEOPLE[:each]]
        for _ in range(blocks):
            transactions = []
            for who in senders:
                program = "".join(_piece(chance) for _ in range(chance.randrange(2, 40)))
                data = returning(program) if chance.random() < 0.2 else program
                gas = chance.choice((120_000, 400_000, 1_500_000))
                transactions.append(self.raw(who, data=bytes.fromhex(data), gas=gas, value=chance.randrange(3)))
            self.block(*transactions)


_OPS = [*range(0x01, 0x0C), *range(0x10, 0x1E), 0x20, *range(0x30, 0x4B), *range(0x50, 0x5F), *range(0x80, 0xA5)]
_OPS += [0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xFA, 0xFD, 0xFE, 0xFF, 0x0C, 0x21, 0x49]


def _piece(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.62:
        return push(chance.choice((0, 1, 2, 32, 64, chance.randrange(300), chance.randrange(2**256))))
    if kind < 0.68:
        return push(chance.choice((ANN.address[2:], f"{chance.randrange(1, 18):040x}", "55" * 20)))
    if kind < 0.75:
        return push(chance.randrange(8)) + chance.choice(("54", "5c", push(chance.randrange(3)) + "55"))
    return f"{chance.choice(_OPS):02x}"


def varied(network: Network) -> None:
    chain = Chain(network)
    chain.payments()
    chain.contracts()
    chain.endings()
    chain.failing_creations()
    chain.gas_edges()
    chain.precompiles()
    chain.delegations()
    chain.requests()
    chain.product()
    chain.anything(seed=1, blocks=12, each=6)
