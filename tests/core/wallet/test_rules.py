"""The signer refuses nonsense, whatever libraries and networks would take."""

from __future__ import annotations

import pytest

from core.errors import RefusedToSign
from core.eth import validity
from core.eth.transaction import Transaction
from core.units import Address
from core.wallet import rules
from core.wallet.keys import Keys

CHAIN = frozenset({1612})
KEYS = Keys("test " * 11 + "junk")
SENDER = Address.parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
GWEI = 10**9

DYNAMIC = {
    "type": 2,
    "chainId": 1612,
    "nonce": 7,
    "to": TO,
    "value": 10**18,
    "data": "0x",
    "gas": 21_000,
    "maxFeePerGas": 20 * GWEI,
    "maxPriorityFeePerGas": GWEI,
}
LEGACY = {
    "type": 0,
    "chainId": 1612,
    "nonce": 7,
    "to": TO,
    "value": 1,
    "data": "0x",
    "gas": 21_000,
    "gasPrice": 20 * GWEI,
}


def sign(fields: dict[str, object]) -> Transaction:
    return Transaction.decode(KEYS.sign_transaction(0, fields, CHAIN))


@pytest.mark.parametrize("fields", [DYNAMIC, LEGACY])
def test_what_is_signed_is_what_was_asked_by_the_account_asked(fields):
    signed = sign(fields)
    assert Address(signed.sender) == SENDER
    assert (signed.kind, signed.chain_id, signed.nonce) == (fields["type"], 1612, 7)
    assert (signed.value, signed.gas, signed.to) == (fields["value"], 21_000, Address.parse(TO).raw)
    validity.check(signed, 1612)


def test_a_deployment_and_an_access_list_are_signed():
    code = "0x6001600155" + "00" * 100
    assert sign({**DYNAMIC, "to": None, "data": code, "gas": 200_000, "value": 0}).to is None
    listed = [{"address": TO, "storageKeys": ["0x" + "11" * 32]}]
    signed = sign({**DYNAMIC, "accessList": listed, "gas": 50_000})
    assert signed.access_list == ((Address.parse(TO).raw, (b"\x11" * 32,)),)


def test_quantities_may_be_hexadecimal():
    fields = {**DYNAMIC, "value": hex(10**18), "nonce": "0x7", "chainId": "0x64c", "type": "0x2"}
    assert sign(fields).encoded == sign(DYNAMIC).encoded


def test_a_whole_wallet_of_numbers_passes_unrounded():
    value = 123_456_789_012_345_678_901_234_567
    assert sign({**DYNAMIC, "value": value}).value == value


def test_the_account_may_be_named_but_only_rightly():
    assert sign({**DYNAMIC, "from": str(SENDER)})
    with pytest.raises(RefusedToSign) as caught:
        sign({**DYNAMIC, "from": TO})
    assert caught.value.reason == "another account"


REFUSED = [
    ({"chainId": 1}, "chain id", "chainId"),
    ({"chainId": 0}, "chain id", "chainId"),
    ({"chainId": "1612"}, "not a number", "chainId"),
    ({"chainId": 2**256 + 1612}, "range", "chainId"),
    ({"chainId": None}, "missing", "chainId"),
    ({"type": 1}, "type", "type"),
    ({"type": 3}, "type", "type"),
    ({"type": 4}, "type", "type"),
    ({"type": True}, "not a number", "type"),
    ({"value": 2**256}, "range", "value"),
    ({"value": -1}, "range", "value"),
    ({"value": 1.0}, "not a number", "value"),
    ({"value": "1"}, "not a number", "value"),
    ({"value": "0x01"}, "not a number", "value"),
    ({"value": 2**256 - 1}, "range", "value"),
    ({"nonce": 2**64 - 1}, "nonce", ""),
    ({"nonce": -1}, "range", "nonce"),
    ({"gas": 0}, "intrinsic gas", ""),
    ({"gas": 20_999}, "intrinsic gas", ""),
    ({"gas": 30_000_001}, "more than a block", "gas"),
    ({"maxPriorityFeePerGas": 20 * GWEI + 1}, "tip above fee", ""),
    ({"maxFeePerGas": 2**256}, "range", "maxFeePerGas"),
    ({"maxFeePerGas": 10**15, "maxPriorityFeePerGas": 0}, "fee above the limit", "gas"),
    ({"to": "0x" + "00" * 20}, "zero address", "to"),
    ({"to": TO[:-1]}, "form", "to"),
    ({"to": TO[:-1] + "c"}, "checksum", "to"),
    ({"to": ""}, "form", "to"),
    ({"to": 5}, "length", "to"),
    ({"to": None}, "nothing to deploy", "data"),
    ({"data": "0x1"}, "not bytes", "data"),
    ({"data": "hello"}, "not bytes", "data"),
    ({"data": b"x"}, "not bytes", "data"),
    ({"data": "0x" + "00" * (128 * 1024 + 1), "gas": 29_000_000}, "too large", "data"),
    ({"to": None, "data": "0x" + "00" * 49_153, "gas": 29_000_000}, "init code size", ""),
    ({"accessList": {}}, None, None),
    ({"accessList": [{"address": TO}]}, "form", "accessList"),
    ({"accessList": [{"address": TO, "storageKeys": ["0x11"]}]}, "form", "accessList"),
    ({"accessList": [{"address": TO, "storageKeys": []}] * 1001, "gas": 29_000_000}, "too large", "accessList"),
    ({"accessList": [{"address": TO, "storageKeys": []}]}, "intrinsic gas", ""),
    ({"authorizationList": []}, "unknown field", "authorizationList"),
    ({"gasPrice": 1}, "unknown field", "gasPrice"),
    ({"input": "0x"}, "unknown field", "input"),
]


@pytest.mark.parametrize(("change", "reason", "field"), [case for case in REFUSED if case[1]])
def test_nonsense_is_refused_with_its_reason(change, reason, field):
    with pytest.raises(RefusedToSign) as caught:
        sign({**DYNAMIC, **change})
    assert (caught.value.reason, caught.value.field) == (reason, field)


@pytest.mark.parametrize("name", [name for name in DYNAMIC if name != "to"])
def test_nothing_is_left_to_a_default(name):
    with pytest.raises(RefusedToSign) as caught:
        sign({key: value for key, value in DYNAMIC.items() if key != name})
    assert (caught.value.reason, caught.value.field) == ("missing", name)


def test_a_legacy_transaction_without_a_chain_is_refused():
    with pytest.raises(RefusedToSign) as caught:
        sign({key: value for key, value in LEGACY.items() if key != "chainId"})
    assert caught.value.field == "chainId"


def test_without_a_pinned_chain_nothing_is_signed():
    with pytest.raises(RefusedToSign):
        KEYS.sign_transaction(0, DYNAMIC, frozenset())


def test_a_library_that_signs_something_else_is_caught(monkeypatch):
    honest = rules.for_eth_account
    for change in ({"value": 2 * 10**18}, {"to": SENDER.raw}, {"nonce": 8}, {"data": b"\x01"}, {"chainId": 1}):
        monkeypatch.setattr(rules, "for_eth_account", lambda wanted, change=change: {**honest(wanted), **change})
        with pytest.raises(RefusedToSign) as caught:
            sign(DYNAMIC)
        assert caught.value.reason == "signature differs"
