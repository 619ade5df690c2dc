"""Calls are executed here, on proven state: a node that lies about their results is not even asked for them.

The node and the simulator are the real ones, each in its process.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace

import pytest

from core.chain.block import VerifiedLog
from core.chain.contracts import load_contract
from core.chain.light_node import LightNode
from core.chain.network import Network, local_network
from core.chain.proofs import Wish
from core.chain.sender import Sender
from core.chain.simulation import Transfer
from core.chain.storage_reader import StorageReader
from core.chain.transport import PipeTransport
from core.chain.trust import Reason, Trust, TrustState
from core.errors import ProofError, Reverted, RpcError, WorkerDied
from core.units import Address, Amount
from core.worker.child import Child
from tests.doubles.lying_node import CODE_LIES, STATE_LIES, STORAGE_LIES, LyingNode, about, always, field
from tests.doubles.toy_chain import Keys

pytestmark = pytest.mark.journey
SUPPLY = 10**24
NOBODY = Address(b"\x51" * 20)


def initcode(code: str) -> bytes:
    """Of a contract with this code (hex), at most 255 bytes: copy it behind these twelve bytes and return it."""
    size = len(code) // 2
    return bytes.fromhex(f"60{size:02x}600c60003960{size:02x}6000f3{code}")


class Counting:
    """A transport that counts crossings by method; what came together counts as one."""

    endpoint = "counting"

    def __init__(self, honest):
        self.honest = honest
        self.crossings = []

    def request(self, method, params=()):
        self.crossings.append({method})
        return self.honest.request(method, params)

    def request_many(self, calls):
        if calls:
            self.crossings.append({method for method, _ in calls})
        return self.honest.request_many(calls)


@dataclass
class Real:
    child: Child
    simulator: Child
    network: Network
    keys: Keys
    light: LightNode
    sender: Sender

    def who(self, index: int) -> Address:
        return Address(self.keys.address(index))

    def send(self, to, data=b"", value=0, **more):
        return self.sender.wait(
            self.sender.send(self.sender.prepare(0, self.who(0), to, data=data, value=Amount(value), **more))
        ).value

    def put(self, code: str) -> Address:
        found = self.send(None, initcode(code)).contract
        assert found is not None
        return found

    def liar(self, *lies):
        """A light node whose node lies once it has been followed to its head."""
        liar = LyingNode(PipeTransport(self.child))
        light = LightNode(liar, self.network, simulator=self.simulator)
        light.sync()
        liar.tell(*lies)
        return light


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    keys = Keys()
    child, simulator = Child("node"), Child("simulator")
    alloc = {str(Address(keys.address(at))): {"balance": hex(SUPPLY)} for at in range(2)}
    genesis = {"chainId": secrets.randbelow(2**40) + 1, "timestamp": int(time.time()) - 60, "alloc": alloc}
    opened = child.call("open", path=str(folder / "l.db"), key=secrets.token_hex(32), genesis=genesis, timeout=120)
    network = local_network(opened["chainId"], bytes.fromhex(opened["genesisHash"][2:]))
    light = LightNode(PipeTransport(child), network, simulator=simulator)
    contracts = [load_contract(name) for name in ("Datanets", "Models", "Settlement")]
    yield Real(child, simulator, network, keys, light, Sender(light, keys.sign, contracts=contracts))
    child.stop()
    simulator.stop()


@pytest.fixture(scope="module")
def datanets(real):
    contract = load_contract("Datanets")
    address = real.send(None, contract.deploy_data()).contract
    for name in ("glosses", "a name that does not fit into one word of storage, and then some"):
        real.send(address, contract.call_data("createDatanet", name, b"\x07" * 32, [real.who(0), real.who(1)]))
    return contract, address


class TestCalls:
    def test_a_call_is_proven_and_equals_what_an_honest_node_says(self, real, datanets):
        contract, address = datanets
        data = contract.call_data("datanetCount")
        found = real.light.call(address, data)
        assert contract.decode_result("datanetCount", found.value) == (2,)
        head = real.light.head()
        assert found.trust == Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, head.value.number)
        for function, *arguments in (("datanets", 2), ("isCurator", 1, real.who(1)), ("isCurator", 1, NOBODY)):
            data = contract.call_data(function, *arguments)
            said = PipeTransport(real.child).request("eth_call", [{"to": str(address), "data": "0x" + data.hex()}])
            assert "0x" + real.light.call(address, data).value.hex() == said

    def test_a_node_that_lies_about_a_result_is_not_heard(self, real, datanets):
        contract, address = datanets
        light = real.liar(always("eth_call", "0x" + "ff" * 32), always("eth_estimateGas", "0x5208"))
        found = light.call(address, contract.call_data("datanetCount"))
        assert contract.decode_result("datanetCount", found.value) == (2,)
        data = contract.call_data("createDatanet", "x", bytes(32), [])
        assert light.estimate_gas(real.who(0), address, data, 0).value > 60_000

    @pytest.mark.parametrize("name", [*STATE_LIES, *STORAGE_LIES])
    def test_a_lie_about_the_state_is_refused_or_changes_nothing(self, real, datanets, name):
        contract, address = datanets
        fresh = real.send(NOBODY, value=1)  # a new state, so that something has to be fetched
        light = real.liar((STATE_LIES | STORAGE_LIES)[name])
        assert light.head().value.number >= fresh.block
        try:
            found = light.call(address, contract.call_data("datanetCount"), sender=NOBODY)
        except ProofError:
            return
        assert contract.decode_result("datanetCount", found.value) == (2,)

    @pytest.mark.parametrize("name", CODE_LIES)
    def test_a_lie_about_a_code_is_refused(self, real, name):
        address = real.put(f"63{secrets.token_hex(4)}60005260206000f3")
        with pytest.raises(ProofError):
            real.liar(CODE_LIES[name]).call(address, b"")

    def test_a_false_hint_costs_time_and_nothing_else(self, real):
        inner = real.put("60005460005260206000f3")  # returns slot 0
        address = real.put(f"6020600060006000600073{inner.raw.hex()}5af1506020600060003e60206000f3")
        wrong = [{"address": str(NOBODY), "storageKeys": ["0x" + "77" * 32] * 3}]
        for answer in ({"accessList": wrong, "gasUsed": "0x0"}, {"accessList": 7}, None, "0x"):
            found = real.liar(about("eth_createAccessList", lambda _, __, answer=answer: answer)).call(address, b"")
            assert found.value == bytes(32)
            assert found.trust.state is TrustState.PROVEN

    def test_a_refusal_comes_with_its_data(self, real, datanets):
        contract, address = datanets
        with pytest.raises(RpcError) as caught:
            real.light.call(address, contract.call_data("createDatanet", "x" * 5000, bytes(32), []))
        assert caught.value.code == 3
        failure = contract.decode_failure(bytes.fromhex(caught.value.data[2:]))
        assert (failure.name, failure.arguments) == ("BadName", {"length": 5000})

    def test_the_surroundings_are_the_verified_header_s(self, real):
        fields = "43 6000 52 42 6020 52 48 6040 52 45 6060 52 46 6080 52 41 60a0 52 44 60c0 52 6001 43 03 40 60e0 52"
        address = real.put(fields.replace(" ", "") + "6101006000f3")
        head = real.light.sync().value
        found = real.light.call(address, b"").value
        words = [int.from_bytes(found[at : at + 32], "big") for at in range(0, 256, 32)]
        assert words == [
            head.number,
            head.timestamp,
            head.base_fee,
            head.gas_limit,
            real.network.chain_id,
            0,
            int.from_bytes(head.mix_hash, "big"),
            int.from_bytes(head.parent_hash, "big"),
        ]

    def test_an_earlier_block_s_state_is_called_too(self, real, datanets):
        contract, address = datanets
        before = real.light.sync().value.number
        real.send(address, contract.call_data("createDatanet", "later", bytes(32), [real.who(0)]))
        data = contract.call_data("datanetCount")
        then, now = real.light.call(address, data, block=before), real.light.call(address, data)
        assert int.from_bytes(now.value, "big") == int.from_bytes(then.value, "big") + 1
        assert then.trust == Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, before)

    def test_a_call_that_was_made_before_costs_one_round_trip_after_the_next_block(self, real, datanets):
        contract, address = datanets
        data = contract.call_data("datanets", 1)
        real.light.call(address, data, sender=real.who(1))
        real.send(address, contract.call_data("createDatanet", "next", bytes(32), [real.who(0)]))
        counting = Counting(PipeTransport(real.child))
        light = LightNode(counting, real.network, simulator=real.simulator)
        light.sync()
        light.call(address, data, sender=real.who(1))
        counting.crossings.clear()
        light.call(address, data, sender=real.who(1))
        assert counting.crossings == [], "nothing is asked for twice at the same head"
        real.send(address, contract.call_data("createDatanet", "and next", bytes(32), [real.who(0)]))
        light.sync()
        counting.crossings.clear()
        light.call(address, data, sender=real.who(1))
        assert counting.crossings == [{"eth_getProof"}]

    def test_elsewhere_the_result_is_worked_out_and_its_rules_are_doubted(self, real, datanets):
        contract, address = datanets
        light = real.liar(always("eth_call", "0x" + "ff" * 32))
        light.network = replace(light.network, local=False)
        found = light.call(address, contract.call_data("isCurator", 1, real.who(1)))
        assert contract.decode_result("isCurator", found.value) == (True,)
        assert (found.trust.state, found.trust.reason) == (TrustState.UNVERIFIED, Reason.RULES)


class TestWithoutASimulator:
    def test_a_dead_one_is_started_again(self, real, datanets):
        contract, address = datanets
        simulator = Child("simulator")
        light = LightNode(PipeTransport(real.child), real.network, simulator=simulator)
        for _ in range(2):
            found = light.call(address, contract.call_data("isCurator", 1, real.who(0)))
            assert (int.from_bytes(found.value, "big"), found.trust.state) == (1, TrustState.PROVEN)
            simulator.kill()
        assert simulator.starts == 2

    def test_one_that_cannot_run_leaves_the_node_s_word_and_says_so(self, real, datanets):
        contract, address = datanets

        class Broken:
            def call(self, method, /, *, timeout=None, **params):
                raise WorkerDied(name="simulator", code=-9, tail="")

        light = LightNode(PipeTransport(real.child), real.network, simulator=Broken())
        found = light.call(address, contract.call_data("isCurator", 1, real.who(0)))
        assert int.from_bytes(found.value, "big") == 1
        assert found.trust == Trust(TrustState.UNVERIFIED, Reason.SIMULATOR)

    def test_a_node_without_proofs_leaves_its_word_and_says_so(self, real):
        def none(method, _params, answer):
            if method == "eth_getProof":
                raise RpcError(method=method, code=-32601, message="no", data=None)
            return answer

        address = real.put("602a60005260206000f3")
        found = real.liar(none).call(address, b"")
        assert int.from_bytes(found.value, "big") == 42
        assert found.trust == Trust(TrustState.UNVERIFIED, Reason.NO_STATE)


class TestEffects:
    def test_what_a_transaction_does_is_told_before_and_is_what_it_then_does(self, real, datanets):
        contract, address = datanets
        data = contract.call_data("createDatanet", "told before", b"\x09" * 32, [real.who(0)])
        before = real.light.simulate(real.who(0), address, data)
        mined = real.send(address, data)
        assert before.trust.state is TrustState.PROVEN
        assert before.value.failure == ""
        assert before.value.gas_used == mined.gas_used
        assert [(log.address, log.topics, log.data) for log in before.value.effects.logs] == [
            (log.address, log.topics, log.data) for log in mined.logs
        ]
        decoded = [contract.decode_event(log) for log in before.value.effects.logs]
        assert decoded[0].arguments["name"] == "told before"
        assert isinstance(before.value.effects.logs[0], VerifiedLog)
        slots = before.value.effects.slots[address]
        assert real.light.storage(address, list(slots)).value == tuple(after for _, after in slots.values())

    def test_value_that_is_handed_on_inside_is_listed(self, real):
        # sends all it is given on to NOBODY
        address = real.put(f"60006000600060003473{NOBODY.raw.hex()}5af100")
        had = real.light.account(NOBODY).value.balance
        effects = real.light.simulate(real.who(0), address, b"", 7).value.effects
        assert effects.transfers == (Transfer(real.who(0), address, 7), Transfer(address, NOBODY, 7))
        ours = real.light.account(real.who(0)).value.balance
        assert effects.balances == {real.who(0): (ours, ours - 7), NOBODY: (had, had + 7)}
        assert real.light.account(NOBODY).value.balance == had, "nothing happened"

    def test_a_new_contract_is_named_where_it_will_stand(self, real):
        found = real.light.simulate(real.who(0), None, initcode("00")).value
        assert found.effects.created == (real.put("00"),)

    def test_what_was_undone_inside_is_not_listed(self, real):
        inner = real.put(f"60006000600060003473{NOBODY.raw.hex()}5af160006000fd")  # hands on, then reverts
        outer = real.put(f"60006000600060003473{inner.raw.hex()}5af100")
        effects = real.light.simulate(real.who(0), outer, b"", 9).value.effects
        assert effects.transfers == (Transfer(real.who(0), outer, 9),)
        assert NOBODY not in effects.balances

    def test_a_failure_is_a_value_with_its_data(self, real, datanets):
        contract, address = datanets
        found = real.light.simulate(real.who(0), address, contract.call_data("createDatanet", "", bytes(32), []))
        assert found.value.failure == "reverted"
        assert contract.decode_failure(found.value.output).name == "BadName"
        assert found.value.effects.logs == ()
        assert real.light.simulate(NOBODY, address, b"", 10**30).value.failure == "insufficient funds"

    def test_gas_that_is_needed_beyond_what_is_used_is_found(self, real):
        address = real.put("61c3505a11600957fe5b00")  # fails with 50,000 gas or less, and uses next to none
        found = real.light.simulate(real.who(0), address, b"").value
        assert (found.failure, found.gas_used < 22_000, found.gas > 71_000) == ("", True, True)
        assert real.send(address, gas=found.gas).succeeded
        with pytest.raises(Reverted):
            real.send(address, gas=found.gas * 63 // 64 - 10)


class TestPages:
    def test_a_page_of_balances_and_slots_is_one_round_trip(self, real, datanets):
        _, address = datanets
        counting = Counting(PipeTransport(real.child))
        light = LightNode(counting, real.network)
        light.sync()
        counting.crossings.clear()
        wishes = [Wish(Address(bytes([at]) * 20)) for at in range(1, 100)] + [
            Wish(address, (0, 1)),
            Wish(address, (0,)),
        ]
        found = light.states(wishes)
        assert len(counting.crossings) == 1
        assert found.value[-1].values == found.value[-2].values[:1] != (0,)

    def test_what_a_page_will_read_is_proven_ahead_and_forgotten_with_the_next_block(self, real, datanets):
        _, address = datanets
        counting = Counting(PipeTransport(real.child))
        light = LightNode(counting, real.network)
        light.sync()
        light.prefetch([Wish(address, (0,)), Wish(real.who(0))])
        counting.crossings.clear()
        before = light.account(real.who(0)).value
        assert light.storage(address, [0]).value[0] > 0
        assert counting.crossings == []
        real.send(NOBODY, value=1)
        light.sync()
        assert light.account(real.who(0)).value.nonce == before.nonce + 1

    def test_an_older_block_s_hash_is_proven_out_of_the_state(self, real):
        real.light.sync()
        head = real.light.head().value
        [older] = real.light.headers(head.number - 3, head.number - 3)
        light = LightNode(PipeTransport(real.child), replace(real.network, genesis_hash=None))
        light.sync()
        assert light.headers(0, head.number - 1) == [], "it knows the newest block only"
        assert light.block_hash(older.number).value == older.hash
        assert light.block_hash(head.number).value == head.hash
        liar = LyingNode(PipeTransport(real.child)).tell(field("eth_getProof", "storageProof.0.value", "0x1"))
        with pytest.raises(ProofError):
            LightNode(liar, replace(real.network, genesis_hash=None)).block_hash(older.number)

    def test_named_places_are_proven_together_and_read_one_by_one(self, real, datanets):
        contract, address = datanets
        counting = Counting(PipeTransport(real.child))
        light = LightNode(counting, real.network)
        light.sync()
        reader = StorageReader(light, address, contract.layout)
        paths = [("datanets", number, "metaHash") for number in (1, 2)]
        reader.prefetch(paths)
        counting.crossings.clear()
        assert [reader.read(*path).value for path in paths] == [b"\x07" * 32] * 2
        assert counting.crossings == []


class TestBeforeSigning:
    def test_a_prepared_transaction_carries_what_it_will_do(self, real, datanets):
        contract, address = datanets
        data = contract.call_data("createDatanet", "prepared", bytes(32), [real.who(0)])
        unsigned = real.sender.prepare(0, real.who(0), address, data=data)
        assert unsigned.trust.state is TrustState.PROVEN
        assert contract.decode_event(unsigned.effects.logs[0]).name == "DatanetCreated"
        mined = real.sender.wait(real.sender.send(unsigned)).value
        assert mined.gas_used * 5 // 4 == unsigned.transaction.gas

    def test_what_would_be_refused_is_named_whatever_the_node_says(self, real, datanets):
        contract, address = datanets
        light = real.liar(always("eth_estimateGas", "0x5208"), always("eth_call", "0x"))
        sender = Sender(light, real.keys.sign, contracts=[contract])
        with pytest.raises(Reverted) as caught:
            sender.prepare(0, real.who(0), address, data=contract.call_data("createDatanet", "", bytes(32), []))
        assert caught.value.reason == "BadName"
