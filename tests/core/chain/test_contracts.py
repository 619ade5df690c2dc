"""Contracts: data in and out by their interface, bounded, and code that is theirs or is refused."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.chain import abi
from core.chain.block import VerifiedLog
from core.chain.contracts import Contract, Failure, decode_failure, load_contract
from core.errors import BadEncoding, BadFile, BadInput, OpenLedgerError, ProofMismatch
from core.keccak import keccak256
from core.units import Address, Amount

WHO = Address(b"\x11" * 20)
UINT = {"name": "n", "type": "uint256"}
TEXT = {"name": "text", "type": "string"}
VOUCHER = {
    "name": "voucher",
    "type": "tuple",
    "components": [{"name": "payer", "type": "address"}, {"name": "roots", "type": "bytes32[]"}, TEXT],
}
ENTRIES = [
    {"type": "constructor", "inputs": [{"name": "owner", "type": "address"}]},
    {"type": "function", "name": "settle", "inputs": [VOUCHER, UINT], "outputs": [UINT]},
    {"type": "function", "name": "transfer", "inputs": [{"name": "to", "type": "address"}, UINT], "outputs": []},
    {
        "type": "event",
        "name": "Settled",
        "anonymous": False,
        "inputs": [
            {"name": "id", "type": "uint256", "indexed": True},
            {"name": "note", "type": "string", "indexed": True},
            {"name": "voucher", "type": "tuple", "components": VOUCHER["components"], "indexed": False},
        ],
    },
    {"type": "error", "name": "OldNonce", "inputs": [{"name": "found", "type": "uint256"}]},
    {"type": "error", "name": "Closed", "inputs": []},
]
ARTEFACT = {
    "abi": ENTRIES,
    "bytecode": "0x6001",
    "deployedBytecode": "0x60" + "00" * 32 + "61" + "00" * 32 + "62",
    "immutableReferences": {"owner": [{"start": 1, "length": 32}, {"start": 34, "length": 32}]},
    "storageLayout": {"storage": [], "types": {}},
}


@pytest.fixture
def contract():
    return Contract.parse("Shop", json.dumps(ARTEFACT))


def log(topics, data):
    return VerifiedLog(1, 0, 0, bytes(32), WHO, tuple(topics), data)


def word(number):
    return number.to_bytes(32, "big")


def test_the_selector_of_transfer_is_the_famous_one(contract):
    data = contract.call_data("transfer", WHO, Amount(5))
    assert data.hex() == "a9059cbb" + "11".rjust(24 + 2, "0") + "11" * 19 + word(5).hex()
    assert contract.decode_call(data) == ("transfer", {"to": WHO, "n": 5})
    assert contract.decode_call(b"\x00" * 4) is None
    assert contract.decode_call(b"") is None


def test_a_tuple_is_given_by_name_or_in_order_and_comes_back_by_name(contract):
    by_name = {"payer": WHO, "roots": [b"\x01" * 32, b"\x02" * 32], "text": "ö"}
    data = contract.call_data("settle", by_name, 7)
    assert data == contract.call_data("settle", [WHO, [b"\x01" * 32, b"\x02" * 32], "ö"], 7)
    name, arguments = contract.decode_call(data)
    assert name == "settle"
    assert arguments == {"voucher": {"payer": WHO, "roots": (b"\x01" * 32, b"\x02" * 32), "text": "ö"}, "n": 7}
    selector = keccak256(b"settle((address,bytes32[],string),uint256)")[:4]
    assert data[:4] == selector


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("transfer", (WHO,)),
        ("transfer", (WHO, -1)),
        ("transfer", (WHO, 2**256)),
        ("transfer", ("nobody", 1)),
        ("transfer", (WHO, "1")),
        ("settle", ({"payer": WHO}, 1)),
        ("settle", ([WHO, [b"\x01" * 33], ""], 1)),
        ("nothing", ()),
    ],
)
def test_arguments_that_do_not_fit_are_refused(contract, function, arguments):
    with pytest.raises(BadInput):
        contract.call_data(function, *arguments)


def test_deployment_data_ends_with_the_constructor_s_arguments(contract):
    assert contract.deploy_data(WHO) == b"\x60\x01" + WHO.raw.rjust(32, b"\0")


def test_an_event_comes_with_its_arguments_by_name(contract):
    body = abi.encode([VOUCHER], [[WHO, [], "hello"]])
    topic = keccak256(b"Settled(uint256,string,(address,bytes32[],string))")
    event = contract.decode_event(log([topic, word(9), keccak256(b"note")], body))
    assert event is not None
    assert event.name == "Settled"
    assert event.arguments == {
        "id": 9,
        "note": keccak256(b"note"),
        "voucher": {"payer": WHO, "roots": (), "text": "hello"},
    }
    assert contract.decode_event(log([bytes(32)], b"")) is None
    assert contract.decode_event(log([], b"")) is None
    for topics, data in (([topic, word(9)], body), ([topic, word(9), word(1)], body[:-32]), ([topic] * 3, b"")):
        with pytest.raises(BadEncoding):
            contract.decode_event(log(topics, data))


def test_a_revert_is_named_by_the_contract_or_by_solidity(contract):
    old = keccak256(b"OldNonce(uint256)")[:4] + word(3)
    assert decode_failure(old, [contract]) == Failure("OldNonce", {"found": 3})
    assert decode_failure(keccak256(b"Closed()")[:4], [contract]) == Failure("Closed", {})
    said = bytes.fromhex("08c379a0") + abi.encode([TEXT], ["no \u202etnuocsid"])
    assert decode_failure(said, []) == Failure("Error", {"message": "no tnuocsid"})
    assert decode_failure(bytes.fromhex("4e487b71") + word(0x11), []) == Failure("Panic", {"code": 0x11})
    for unknown in (b"", b"\x01", b"\xde\xad\xbe\xef", bytes.fromhex("08c379a0"), old[:-1]):
        assert decode_failure(unknown, [contract]) is None


class TestCode:
    def test_code_with_its_immutables_is_the_contract_s(self, contract):
        owner = WHO.raw.rjust(32, b"\0")
        assert contract.check_code(b"\x60" + owner + b"\x61" + owner + b"\x62") == {"owner": owner}

    @pytest.mark.parametrize(
        "code",
        [
            b"",
            b"\x60" + word(1) + b"\x61" + word(2) + b"\x62",
            b"\x60" + word(1) + b"\x61" + word(1) + b"\x63",
            b"\x60" + word(1) + b"\x61" + word(1),
            b"\x60" + word(1) + b"\x61" + word(1) + b"\x62\x00",
        ],
    )
    def test_any_other_code_is_refused(self, contract, code):
        with pytest.raises(ProofMismatch):
            contract.check_code(code)


class TestBounds:
    def test_pointers_that_all_point_at_one_place_do_not_multiply(self):
        """396 kB that eth-abi turns into 895 MB: each of many strings is the same long one."""
        count = 4000
        data = word(32) + word(count) + word(32 * count) * count + word(8192) + b"x" * 8192
        started = time.process_time()
        with pytest.raises(BadEncoding) as caught:
            abi.decode([{"name": "", "type": "string[]"}], data)
        assert caught.value.reason == "too large"
        assert time.process_time() - started < 10

    def test_arrays_of_arrays_that_point_at_themselves_do_not_run_away(self):
        data = word(32) + (word(500) + word(0) * 500)
        with pytest.raises(BadEncoding):
            abi.decode([{"name": "", "type": "uint256[][][]"}], data * 3)

    @pytest.mark.parametrize("kind", ["uint256[]", "bytes", "string", "bytes32[]", "bytes[]"])
    def test_a_length_without_end_is_refused(self, kind):
        for length in (2**255, 2**64, 2**31, 10**6):
            with pytest.raises(BadEncoding):
                abi.decode([{"name": "", "type": kind}], word(32) + word(length) + bytes(64))

    def test_data_past_the_limit_is_refused(self):
        with pytest.raises(BadEncoding):
            abi.decode([UINT], bytes(2 * 1024 * 1024))

    @pytest.mark.parametrize(
        "data",
        [b"", b"\x00" * 31, word(2**255), word(64) + word(3) + b"ab"],
    )
    def test_a_cut_off_string_is_refused(self, data):
        with pytest.raises(BadEncoding):
            abi.decode([TEXT], data)

    def test_a_bool_of_two_and_an_address_too_wide_are_refused(self):
        for kind in ("bool", "address", "uint8"):
            with pytest.raises(BadEncoding):
                abi.decode([{"name": "", "type": kind}], word(2**255))

    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=400))
    def test_any_bytes_end_in_values_or_in_our_error(self, data):
        with contextlib.suppress(OpenLedgerError):
            abi.decode([VOUCHER, UINT, {"name": "", "type": "uint16[4]"}, {"name": "", "type": "bytes[2][]"}], data)


values = st.tuples(
    st.binary(min_size=20, max_size=20).map(Address),
    st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple),
    st.text(max_size=70),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(values, max_size=4), st.lists(st.integers(0, 2**16 - 1), min_size=4, max_size=4))
def test_what_is_encoded_comes_back(vouchers, split):
    parts = [{**VOUCHER, "type": "tuple[]"}, {"name": "split", "type": "uint16[4]"}]
    found = abi.decode(parts, abi.encode(parts, [vouchers, split]))
    assert [tuple(entry.values()) for entry in found[0]] == vouchers
    assert found[1] == tuple(split)


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({**ARTEFACT, "bytecode": "zz"})])
def test_a_file_that_is_no_artefact_is_refused(text):
    with pytest.raises(BadFile):
        Contract.parse("Shop", text)


def test_an_artefact_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(BadFile) as caught:
        load_contract("NoSuchContract")
    assert caught.value.reason == "missing"
