"""Reading: state, calls, estimates, proofs, logs and fees."""

from __future__ import annotations

from typing import Any

import pytest
import rlp
from trie import HexaryTrie

from core.errors import RpcError
from core.keccak import keccak256
from tests.contracts.network import OPEN, ZERO, Contract, Network, person

ANN, BEN, OUTSIDER = person("ann"), person("ben"), person("outsider")
HASH = b"\x03" * 32
UNKNOWN = "0x" + "99" * 20


def octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def program(network: Network, code: str) -> str:
    """Put runtime code on the ledger; its address."""
    runtime = bytes.fromhex(code)
    init = bytes.fromhex(f"61{len(runtime):04x}600e60003961{len(runtime):04x}6000f3") + runtime
    return network.send(ANN, data=init, gas=3_000_000)["contractAddress"]


@pytest.fixture
def datanets(network: Network) -> Contract:
    found = network.deploy(ANN, "Datanets")
    network.act(ANN, found, "createDatanet", "Topics", HASH, [BEN.address])
    return found


def test_the_past_can_be_read(network: Network, datanets: Contract) -> None:
    network.act(ANN, datanets, "createDatanet", "More", HASH, [])
    call = {"to": datanets.address, "data": datanets.data("datanetCount")}
    assert [int(network.rpc("eth_call", call, hex(n)), 16) for n in (1, 2, 3)] == [0, 1, 2]
    assert [int(network.rpc("eth_getStorageAt", datanets.address, "0x0", hex(n)), 16) for n in (1, 2, 3)] == [0, 1, 2]
    assert [network.rpc("eth_getTransactionCount", ANN.address, hex(n)) for n in range(4)] == [
        "0x0",
        "0x1",
        "0x2",
        "0x3",
    ]
    assert network.rpc("eth_getBalance", ANN.address, "earliest") == hex(1_000 * OPEN)
    with pytest.raises(RpcError, match="header not found"):
        network.rpc("eth_getBalance", ANN.address, "0x99")


def test_what_does_not_exist_is_zero(network: Network) -> None:
    assert network.rpc("eth_getBalance", UNKNOWN) == "0x0"
    assert network.rpc("eth_getTransactionCount", UNKNOWN) == "0x0"
    assert network.rpc("eth_getCode", UNKNOWN) == "0x"
    assert network.rpc("eth_getStorageAt", UNKNOWN, "0x0") == "0x" + "00" * 32
    assert network.rpc("eth_call", {"to": UNKNOWN}) == "0x"


def test_a_call_changes_nothing(network: Network, datanets: Contract) -> None:
    before = network.ledger.head
    call = {"from": ANN.address, "to": datanets.address, "data": datanets.data("createDatanet", "x", HASH, [])}
    assert int(network.rpc("eth_call", call), 16) == 2
    assert int(network.rpc("eth_call", call), 16) == 2
    assert network.ledger.head == before
    assert network.read(datanets, "datanetCount") == 1


def test_a_refusal_of_a_contract_comes_out_with_its_data(network: Network, datanets: Contract) -> None:
    call = {"from": ANN.address, "to": datanets.address, "data": datanets.data("createDatanet", "", HASH, [])}
    for method in ("eth_call", "eth_estimateGas"):
        with pytest.raises(RpcError) as caught:
            network.rpc(method, call)
        assert (caught.value.code, caught.value.message) == (3, "execution reverted")
        assert datanets.error(str(caught.value.data)) == ("BadName", (0,))


def test_other_failures_of_a_call_are_told_apart(network: Network) -> None:
    burner = program(network, "fe")
    with pytest.raises(RpcError) as caught:
        network.rpc("eth_call", {"to": burner})
    assert (caught.value.code, caught.value.data) == (-32000, None)
    with pytest.raises(RpcError, match="insufficient funds"):
        network.rpc("eth_call", {"from": UNKNOWN, "to": burner, "value": "0x1"})
    with pytest.raises(RpcError, match="intrinsic gas too low"):
        network.rpc("eth_call", {"to": burner, "gas": hex(20_000)})


def test_a_call_sees_the_block_it_is_made_on_and_pending_the_next(network: Network) -> None:
    clock = program(network, "4260005243602052" + "60406000f3")  # timestamp, number
    head = network.rpc("eth_getBlockByNumber", "latest")

    def seen(tag: str) -> tuple[int, int]:
        answer = octets(network.rpc("eth_call", {"to": clock}, tag))
        return int.from_bytes(answer[:32], "big"), int.from_bytes(answer[32:], "big")

    assert seen("latest") == (int(head["timestamp"], 16), int(head["number"], 16))
    network.time += 1_000
    assert seen("pending") == (network.time, int(head["number"], 16) + 1)


def test_hashes_of_earlier_blocks_are_known_to_contracts(network: Network) -> None:
    teller = program(network, "6000354060005260206000f3")  # blockhash(calldata)
    hashes = []
    for _ in range(5):
        network.send(ANN, to=BEN.address)
        hashes.append(network.rpc("eth_getBlockByNumber", "latest")["hash"])
    for number, digest in zip(range(2, 6), hashes, strict=False):
        assert network.rpc("eth_call", {"to": teller, "data": f"0x{number:064x}"}) == digest
    assert int(network.rpc("eth_call", {"to": teller, "data": f"0x{6:064x}"}), 16) == 0  # the block itself


def test_calls_as_deep_as_the_evm_allows_do_not_break_the_node(network: Network) -> None:
    # call(gas, address(this), 0, 0, 0, 0, 0): every level calls itself again
    diver = program(network, "60006000600060006000305af100")
    assert network.rpc("eth_call", {"to": diver}) == "0x"
    assert network.send(ANN, to=diver, gas=20_000_000)["status"] == "0x1"


def test_transient_storage_ends_with_its_transaction(network: Network) -> None:
    """EIP-1153: returns what stands in slot 0, then writes 1 there; storage slot 0 keeps what was seen."""
    teller = program(network, "60005c600055" + "600160005d00")
    for _ in range(2):
        network.send(ANN, to=teller, gas=100_000)
        assert int(network.rpc("eth_getStorageAt", teller, "0x0"), 16) == 0


def test_an_estimate_of_a_payment_is_exact(network: Network) -> None:
    assert network.rpc("eth_estimateGas", {"from": ANN.address, "to": BEN.address, "value": "0x1"}) == hex(21_000)


def test_an_estimate_covers_the_gas_that_a_call_cannot_pass_on(network: Network) -> None:
    """EIP-150: only 63/64 of the gas goes along, so a call that insists needs more than it uses."""
    inner = program(network, "5a620f424011600a57005b60006000fd")  # revert with less than 1,000,000 gas
    # call inner; revert unless it succeeded
    outer = program(network, f"6000600060006000600073{inner[2:]}5af1" + "602957" + "60006000fd" + "5b00")
    call = {"from": ANN.address, "to": outer}
    gas = int(network.rpc("eth_estimateGas", call), 16)
    assert network.send(ANN, to=outer, gas=gas)["status"] == "0x1"
    assert network.send(ANN, to=outer, gas=gas - gas // 32)["status"] == "0x0"


def test_an_estimate_looks_at_the_time_of_the_next_block(network: Network) -> None:
    late = int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16) + 500
    gate = program(network, f"63{late:08x}4210600b57005b60006000fd")  # revert while time < late
    with pytest.raises(RpcError, match="reverted"):
        network.rpc("eth_estimateGas", {"from": ANN.address, "to": gate})
    network.time = late
    assert int(network.rpc("eth_estimateGas", {"from": ANN.address, "to": gate}), 16) < 22_000


def test_an_estimate_with_a_price_stays_within_the_senders_funds(network: Network, datanets: Contract) -> None:
    network.send(ANN, to=UNKNOWN, value=10**9 * 30_000)
    call = {"from": UNKNOWN, "to": datanets.address, "data": datanets.data("createDatanet", "x", HASH, [])}
    assert int(network.rpc("eth_estimateGas", call), 16) > 100_000
    with pytest.raises(RpcError):
        network.rpc("eth_estimateGas", call | {"maxFeePerGas": hex(10**9)})


def proven(root: str, key: bytes, proof: list[str]) -> bytes:
    return bytes(HexaryTrie.get_from_proof(octets(root), keccak256(key), [rlp.decode(octets(node)) for node in proof]))


def test_accounts_and_slots_are_proven_present_and_absent(network: Network, datanets: Contract) -> None:
    for n in range(20):
        network.send(ANN, to=f"0x{n + 100:040x}", value=n + 1)
    header = network.rpc("eth_getBlockByNumber", "latest")
    slots = ["0x" + "00" * 32, "0x" + "01".rjust(64, "0"), "0x" + "ab" * 32]
    answer = network.rpc("eth_getProof", datanets.address, slots, "latest")
    nonce, balance, storage_root, code_hash = rlp.decode(
        proven(header["stateRoot"], octets(datanets.address), answer["accountProof"])
    )
    assert (nonce, balance) == (b"\x01", b"")
    assert (storage_root, code_hash) == (octets(answer["storageHash"]), octets(answer["codeHash"]))
    assert keccak256(octets(network.rpc("eth_getCode", datanets.address))) == code_hash
    values = []
    for slot in answer["storageProof"]:
        found = proven(answer["storageHash"], octets(slot["key"]), slot["proof"])
        values.append(int.from_bytes(rlp.decode(found), "big") if found else 0)
        assert values[-1] == int(slot["value"], 16)
    assert values == [1, 0, 0]
    for absent in (UNKNOWN, ZERO[:-2] + "ff"):
        answer = network.rpc("eth_getProof", absent, ["0x0"], "latest")
        assert proven(header["stateRoot"], octets(absent), answer["accountProof"]) == b""
        assert answer["accountProof"]
        assert (answer["balance"], answer["nonce"], answer["storageProof"][0]["proof"]) == ("0x0", "0x0", [])


def test_a_proof_lists_only_nodes_that_a_hash_names(network: Network, datanets: Contract) -> None:
    """Nodes under 32 bytes stand inside their parents (EIP-1186 lists keccak-named ones)."""
    tiny = program(network, "60013560003555" + "00")  # sstore(calldata[0:32], calldata[1:33])
    for slot in range(24):
        network.send(ANN, to=tiny, data=f"0x{slot:064x}01", gas=100_000)
    for slot in range(24):
        answer = network.rpc("eth_getProof", tiny, [hex(slot)], "latest")
        nodes = [octets(node) for node in answer["storageProof"][0]["proof"]]
        names = [keccak256(node) for node in nodes]
        assert names[0] == octets(answer["storageHash"])
        assert all(name in parent for name, parent in zip(names[1:], nodes[:-1], strict=True))


def test_logs_are_found_by_place_address_and_topics(network: Network, datanets: Contract) -> None:
    other = network.deploy(BEN, "Datanets")
    network.act(BEN, other, "createDatanet", "Other", HASH, [])
    network.act(ANN, datanets, "contribute", 1, HASH, 3, HASH)

    def found(**wish: Any) -> list[tuple[int, int]]:
        logs = network.rpc("eth_getLogs", {"fromBlock": "earliest", "toBlock": "latest", **wish})
        return [(int(log["blockNumber"], 16), int(log["logIndex"], 16)) for log in logs]

    created = topic("DatanetCreated(uint256,address,string,bytes32)")
    curator = topic("CuratorSet(uint256,address,bool)")
    ben = "0x" + BEN.address[2:].lower().rjust(64, "0")
    everything = [(2, 0), (2, 1), (2, 2), (4, 0), (4, 1), (5, 0)]
    assert found() == everything
    assert found(address=datanets.address) == [(2, 0), (2, 1), (2, 2), (5, 0)]
    assert found(address=[datanets.address, other.address]) == everything
    assert found(address=UNKNOWN) == []
    assert found(topics=[created]) == [(2, 0), (4, 0)]
    assert found(topics=[[created, curator]]) == [(2, 0), (2, 1), (2, 2), (4, 0), (4, 1)]
    assert found(topics=[curator, None, ben]) == [(2, 2), (4, 1)]
    assert found(topics=[None, None, None, None]) == [(5, 0)]  # logs of at least four topics
    assert found(fromBlock="0x4", toBlock="0x4") == [(4, 0), (4, 1)]
    with pytest.raises(RpcError, match="beyond current head"):
        found(fromBlock="0x4", toBlock="0x99")
    block = network.rpc("eth_getBlockByNumber", "0x5")
    assert [log["blockHash"] for log in network.rpc("eth_getLogs", {"blockHash": block["hash"]})] == [block["hash"]]
    with pytest.raises(RpcError, match="unknown block"):
        network.rpc("eth_getLogs", {"blockHash": "0x" + "11" * 32})
    with pytest.raises(RpcError, match="invalid block range"):
        found(fromBlock="0x4", toBlock="0x3")
    with pytest.raises(RpcError, match="cannot specify both"):
        network.rpc("eth_getLogs", {"blockHash": block["hash"], "fromBlock": "0x1"})


def topic(event: str) -> str:
    return "0x" + keccak256(event.encode()).hex()


def test_logs_are_those_of_the_receipts(network: Network, datanets: Contract) -> None:
    logs = network.rpc("eth_getLogs", {"fromBlock": "0x2", "toBlock": "0x2"})
    assert logs == network.rpc("eth_getBlockReceipts", "0x2")[0]["logs"]


def test_fees_are_told_as_they_were_and_will_be(network: Network) -> None:
    for tip in (10**6, 3 * 10**6):
        network.send(ANN, to=BEN.address, maxPriorityFeePerGas=tip)
    history = network.rpc("eth_feeHistory", "0x2", "latest", [0, 50, 100])
    blocks = [network.rpc("eth_getBlockByNumber", hex(n)) for n in (1, 2)]
    assert history["oldestBlock"] == "0x1"
    assert history["baseFeePerGas"][:2] == [block["baseFeePerGas"] for block in blocks]
    assert history["gasUsedRatio"] == [21_000 / 30_000_000] * 2
    assert history["reward"] == [[hex(10**6)] * 3, [hex(3 * 10**6)] * 3]
    upcoming = int(history["baseFeePerGas"][2], 16)
    assert int(network.rpc("eth_gasPrice"), 16) == upcoming + int(network.rpc("eth_maxPriorityFeePerGas"), 16)
    network.send(ANN, to=BEN.address)
    assert int(network.rpc("eth_getBlockByNumber", "latest")["baseFeePerGas"], 16) == upcoming
    assert "reward" not in network.rpc("eth_feeHistory", "0x400", "latest")


def test_an_unknown_method_and_bad_parameters_are_told_apart(network: Network) -> None:
    with pytest.raises(RpcError) as caught:
        network.rpc("eth_mine")
    assert caught.value.code == -32601
    good = ANN.address
    for method, params in (
        ("eth_getBalance", []),
        ("eth_getBalance", [good, "latest", 1]),
        ("eth_getBalance", ["0x12", "latest"]),
        ("eth_getBalance", [good[2:], "latest"]),
        ("eth_getBalance", [good, "newest"]),
        ("eth_getBalance", [good, "0x01"]),
        ("eth_getBalance", [good, "-0x1"]),
        ("eth_getBalance", [good, 7]),
        ("eth_getStorageAt", [good, "0x" + "f" * 65]),
        ("eth_getProof", [good, "0x0", "latest"]),
        ("eth_getBlockByNumber", ["latest", "yes"]),
        ("eth_getBlockByHash", ["0x11"]),
        ("eth_call", ["0x"]),
        ("eth_call", [{"to": good, "data": "0x1"}]),
        ("eth_call", [{"to": good, "data": "0x11", "input": "0x22"}]),
        ("eth_call", [{"to": good, "accessList": [1]}]),
        ("eth_getLogs", [{"topics": [None] * 5}]),
        ("eth_getLogs", [{"address": 3}]),
        ("eth_feeHistory", ["0x1", "latest", [50, 10]]),
        ("eth_feeHistory", ["0x1", "latest", [101]]),
        ("eth_sendRawTransaction", [None]),
        ("web3_sha3", ["abc"]),
    ):
        with pytest.raises(RpcError) as caught:
            network.rpc(method, *params)
        assert caught.value.code == -32602, (method, params)


def test_small_questions_are_answered(network: Network) -> None:
    assert network.rpc("web3_sha3", "0x") == "0x" + keccak256(b"").hex()
    assert network.rpc("eth_syncing") is False
    assert network.rpc("eth_accounts") == []
    assert network.rpc("web3_clientVersion").startswith("OpenLedger/")
    assert network.rpc("eth_blockNumber") == "0x0"


def test_an_access_list_holds_what_a_call_touches_and_makes_it_no_dearer_than_told(network: Network) -> None:
    inner = program(network, "60055450600660075500")  # reads slot 5, writes slot 7
    outer = program(network, f"6000600060006000600073{inner[2:]}5af15000")
    call = {"from": ANN.address, "to": outer}
    made = network.rpc("eth_createAccessList", call)
    slots = ["0x" + slot.rjust(64, "0") for slot in ("5", "7")]
    assert made["accessList"] == [{"address": inner.lower(), "storageKeys": slots}]
    used = network.rpc("eth_estimateGas", call | {"accessList": made["accessList"]})
    assert int(made["gasUsed"], 16) == int(used, 16)
    assert network.rpc("eth_createAccessList", {"from": ANN.address, "to": BEN.address}) == {
        "accessList": [],
        "gasUsed": hex(21_000),
    }
    assert network.rpc("eth_createAccessList", {"from": ANN.address, "data": "0xfe"})["error"]


def test_authorizations_are_counted_in_an_estimate(network: Network) -> None:
    """EIP-7702: 25,000 gas each."""
    call = {"from": ANN.address, "to": BEN.address}
    assert network.rpc("eth_estimateGas", call | {"authorizationList": [{}, {}]}) == hex(71_000)
    with pytest.raises(RpcError, match="authorizationList"):
        network.rpc("eth_estimateGas", call | {"authorizationList": {}})


@pytest.mark.parametrize("slot", ["0x0", "0x00", "0x" + "00" * 32, "0x" + "0" * 63])
def test_a_slot_is_read_in_every_form_in_use(network: Network, datanets: Contract, slot: str) -> None:
    assert int(network.rpc("eth_getStorageAt", datanets.address, slot), 16) == 1
    assert network.rpc("eth_getProof", datanets.address, [slot])["storageProof"][0]["value"] == "0x1"
