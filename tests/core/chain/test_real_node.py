"""Through the real ledger in its real process: sent, mined, and read back by proof."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace

import pytest

from core.chain.contracts import load_contract
from core.chain.deployed import Deployed
from core.chain.light_node import LightNode
from core.chain.network import Network, local_network
from core.chain.sender import Sender
from core.chain.storage_reader import StorageReader
from core.chain.transport import PipeTransport
from core.chain.trust import Reason, Trust, TrustState
from core.errors import InsufficientFunds, NodeUnreachable, ProofError, ProofMismatch, RefusedToSign, Reverted
from core.storage import Database
from core.units import Address, Amount
from core.vault.migrations import m003_chain
from core.worker.child import Child
from tests.doubles.lying_node import BLOCK_LIES, STATE_LIES, LyingNode
from tests.doubles.toy_chain import Keys

pytestmark = pytest.mark.journey
SUPPLY = 10**24
SOMEBODY = Address(b"\x51" * 20)


@dataclass
class Real:
    child: Child
    network: Network
    keys: Keys
    light: LightNode
    sender: Sender
    path: str
    key: str

    def who(self, index: int) -> Address:
        return Address(self.keys.address(index))


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    keys = Keys()
    child = Child("node")
    path, key = str(folder / "ledger.db"), secrets.token_hex(32)
    alloc = {str(Address(keys.address(at))): {"balance": hex(SUPPLY)} for at in range(2)}
    genesis = {"chainId": secrets.randbelow(2**40) + 1, "timestamp": int(time.time()) - 60, "alloc": alloc}
    opened = child.call("open", path=path, key=key, genesis=genesis, timeout=120)
    network = local_network(opened["chainId"], bytes.fromhex(opened["genesisHash"][2:]))
    store = Database(folder / "vault.db", secrets.token_bytes(32), [m003_chain.migrate])
    light = LightNode(PipeTransport(child), network, store)
    contracts = [load_contract(name) for name in ("Datanets", "Models", "Settlement")]
    yield Real(child, network, keys, light, Sender(light, keys.sign, contracts=contracts), path, key)
    child.stop()
    store.close()


def deploy(real, name, *arguments):
    contract = load_contract(name)
    mined = real.sender.wait(real.sender.transact(0, real.who(0), None, data=contract.deploy_data(*arguments)))
    return contract, mined.value.contract


@pytest.fixture(scope="module")
def datanets(real):
    return deploy(real, "Datanets")


def test_the_first_balance_is_proven_against_the_genesis_that_we_made(real):
    real.light.sync()
    rich = real.light.account(real.who(1))
    assert rich.value.balance == SUPPLY
    assert (rich.trust.state, rich.trust.reason) == (TrustState.PROVEN, Reason.PINNED_GENESIS)


def test_a_transfer_moves_exactly_its_value_and_its_fee(real):
    before = real.light.account(real.who(1)).value.balance
    mined = real.sender.wait(real.sender.transact(1, real.who(1), SOMEBODY, value=Amount(10**18))).value
    assert (mined.succeeded, mined.gas_used, mined.to) == (True, 21_000, SOMEBODY)
    assert real.light.account(SOMEBODY).value.balance == 10**18
    assert real.light.account(real.who(1)).value.balance == before - 10**18 - mined.fee


def test_several_sends_in_a_row_all_arrive(real):
    hashes = [real.sender.transact(1, real.who(1), SOMEBODY, value=Amount(at + 1)) for at in range(5)]
    nonces = [real.sender.wait(tx_hash).value.nonce for tx_hash in hashes]
    assert nonces == list(range(nonces[0], nonces[0] + 5))


def test_more_than_there_is_is_refused_before_the_node_hears_of_it(real):
    with pytest.raises(InsufficientFunds):
        real.sender.transact(1, real.who(1), SOMEBODY, value=Amount(SUPPLY))


def test_a_contract_is_deployed_and_its_code_is_the_artefact_s(real, datanets):
    contract, address = datanets
    assert contract.check_code(real.light.code(address).value) == {}
    params = Address(b"\7" * 20)
    models, models_at = deploy(real, "Models", address, params)
    immutables = {"datanets": address.raw.rjust(32, b"\0"), "params": params.raw.rjust(32, b"\0")}
    assert models.check_code(real.light.code(models_at).value) == immutables


def test_what_a_contract_keeps_is_read_by_name_and_proven(real, datanets):
    contract, address = datanets
    name = "Glosses by topic, a name that does not fit into one word of storage"
    data = contract.call_data("createDatanet", name, b"\x07" * 32, [real.who(1)])
    mined = real.sender.wait(real.sender.transact(0, real.who(0), address, data=data)).value
    [created] = [
        found for log in mined.logs if (found := contract.decode_event(log)) and found.name == "DatanetCreated"
    ]
    number = created.arguments["datanetId"]
    reader = StorageReader(real.light, address, contract.layout)
    found = reader.read_many(
        [("datanets", number), ("isCurator", number, real.who(1)), ("isCurator", number, SOMEBODY), ("datanetCount",)]
    )
    datanet, curator, stranger, count = found.value
    assert datanet == {"name": name, "metaHash": b"\x07" * 32, "creator": real.who(0), "version": 0, "accepted": 0}
    assert (curator, stranger, count) == (True, False, number)
    assert found.trust.state is TrustState.PROVEN


def test_a_contract_s_refusal_has_its_name_before_and_after_mining(real, datanets):
    contract, address = datanets
    data = contract.call_data("createDatanet", "x" * 5000, bytes(32), [])
    with pytest.raises(Reverted) as before:
        real.sender.transact(0, real.who(0), address, data=data)
    assert before.value.reason == "BadName"
    with pytest.raises(Reverted) as after:
        real.sender.wait(real.sender.send(real.sender.prepare(0, real.who(0), address, data=data, gas=2_000_000)))
    assert after.value.reason == "BadName"
    assert after.value.arguments == before.value.arguments != {}


def test_all_logs_are_found_and_a_dropped_one_is_noticed(real, datanets):
    contract, address = datanets
    for name in ("one", "two"):
        data = contract.call_data("createDatanet", name, bytes(32), [real.who(0)])
        real.sender.wait(real.sender.transact(0, real.who(0), address, data=data))
    deployed = Deployed(real.light, contract, address)
    assert deployed.check() == {}
    events = deployed.events(names=["DatanetCreated"])
    assert events.trust.state is TrustState.PROVEN
    assert [event.arguments["name"] for event in events.value][-2:] == ["one", "two"]
    assert len(deployed.events().value) > len(events.value)
    assert deployed.read("datanets", events.value[-1].arguments["datanetId"], "name").value == "two"
    for lie in ("a dropped log", "a changed log", "no receipts"):
        liar = LyingNode(PipeTransport(real.child)).tell(BLOCK_LIES[lie])
        with pytest.raises(ProofMismatch):
            LightNode(liar, real.network).logs([address], 0)


@pytest.mark.parametrize("name", STATE_LIES)
def test_a_lie_over_its_true_answers_is_refused(real, name):
    liar = LyingNode(PipeTransport(real.child))
    light = LightNode(liar, real.network)
    light.sync()
    liar.tell(STATE_LIES[name])
    with pytest.raises(ProofError):
        light.account(real.who(0))


def test_a_light_node_that_begins_anew_comes_to_the_same(real):
    fresh = LightNode(PipeTransport(real.child), real.network)
    assert fresh.sync() == real.light.sync()
    assert fresh.transactions([SOMEBODY], 0).value == real.light.transactions([SOMEBODY], 0).value


def test_a_killed_node_comes_back_with_all_it_had_acknowledged(tmp_path):
    keys = Keys()
    rich = Address(keys.address(0))
    genesis = {"chainId": 77, "timestamp": int(time.time()) - 60, "alloc": {str(rich): {"balance": hex(SUPPLY)}}}
    opened = {}

    def begin(child):
        where = {"path": str(tmp_path / "ledger.db"), "key": "11" * 32}
        opened.update(child.call("open", timeout=120, **where, genesis=None if opened else genesis))

    child = Child("node", on_start=begin)
    child.call("ping", timeout=120)
    light = LightNode(PipeTransport(child), local_network(77, bytes.fromhex(opened["genesisHash"][2:])))
    sender = Sender(light, keys.sign)
    tx_hash = sender.transact(0, rich, SOMEBODY, value=Amount(7))
    child.kill()
    assert sender.wait(tx_hash).value.succeeded
    assert light.account(SOMEBODY).value.balance == 7
    assert child.starts == 2
    child.stop()


def test_a_node_without_a_ledger_is_unreachable_and_the_head_is_stale(real):
    known = real.light.sync().value
    real.child.call("close", timeout=120)
    with pytest.raises(NodeUnreachable):
        real.light.sync()
    assert real.light.head().trust.state is TrustState.STALE
    real.child.call("open", path=real.path, key=real.key, timeout=120)
    assert real.light.sync().value == known
    assert real.light.head().trust == Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, known.number)


def test_a_signature_for_another_chain_is_never_asked_for(real):
    unsigned = real.sender.prepare(0, real.who(0), SOMEBODY, value=Amount(1))
    elsewhere = replace(unsigned, transaction=replace(unsigned.transaction, chain_id=1))
    with pytest.raises(RefusedToSign):
        real.sender.sign(elsewhere)
