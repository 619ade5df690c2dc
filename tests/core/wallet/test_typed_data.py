"""What is shown of typed data is exactly what is signed, and it is for this chain and one contract."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from core.errors import RefusedToSign
from core.units import Address
from core.wallet.keys import Keys
from core.wallet.typed_data import TypedData

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared vectors are not here")
KEYS = Keys("test " * 11 + "junk")
DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
# the example of EIP-712 itself
MAIL = {
    "types": {
        "EIP712Domain": DOMAIN_TYPE,
        "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
        "Mail": [
            {"name": "from", "type": "Person"},
            {"name": "to", "type": "Person"},
            {"name": "contents", "type": "string"},
        ],
    },
    "primaryType": "Mail",
    "domain": {
        "name": "Ether Mail",
        "version": "1",
        "chainId": 1,
        "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
    },
    "message": {
        "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
        "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
        "contents": "Hello, Bob!",
    },
}
EVERYTHING = {
    "types": {
        "EIP712Domain": DOMAIN_TYPE,
        "Inner": [{"name": "n", "type": "int8"}, {"name": "d", "type": "bytes"}],
        "All": [
            {"name": "b", "type": "bool"},
            {"name": "u", "type": "uint256"},
            {"name": "i", "type": "int256"},
            {"name": "small", "type": "bytes4"},
            {"name": "empty", "type": "bytes"},
            {"name": "list", "type": "uint8[]"},
            {"name": "grid", "type": "int16[2][]"},
            {"name": "none", "type": "string[]"},
            {"name": "inner", "type": "Inner[2]"},
            {"name": "who", "type": "address"},
            {"name": "words", "type": "string"},
        ],
    },
    "primaryType": "All",
    "domain": MAIL["domain"],
    "message": {
        "b": True,
        "u": 2**256 - 1,
        "i": -(2**255),
        "small": "0x01020304",
        "empty": "0x",
        "list": [1, "0x02", "3"],
        "grid": [[-1, 2], [3, -4]],
        "none": [],
        "inner": [{"n": -128, "d": "0x00ff"}, {"n": 127, "d": "0x"}],
        "who": "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "words": "Grüße, 世界",
    },
}


def sign(data: object, chain_id: int = 1, pinned: frozenset[int] = frozenset({1})) -> bytes:
    return KEYS.sign_typed_data(0, data, chain_id, pinned)


def changed(path: str, value: object, base: dict = MAIL) -> dict:
    data = copy.deepcopy(base)
    *way, last = path.split(".")
    target = data
    for step in way:
        target = target[int(step) if isinstance(target, list) else step]
    if value is ...:
        del target[last]
    else:
        target[int(last) if isinstance(target, list) else last] = value
    return data


def test_the_digest_of_the_standards_own_example():
    digest = TypedData.parse(MAIL).digest().hex()
    assert digest == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"


@pytest.mark.parametrize("data", [MAIL, EVERYTHING])
def test_a_signature_recovers_to_the_account(data):
    from coincurve import PublicKey

    from core.keccak import keccak256

    signature = sign(data)
    compact = signature[:64] + bytes([signature[64] - 27])
    key = PublicKey.from_signature_and_message(compact, TypedData.parse(data).digest(), hasher=None)
    assert Address(keccak256(key.format(compressed=False)[1:])[12:]) == KEYS.address(0)


@pytest.mark.parametrize("data", [MAIL, EVERYTHING])
def test_two_implementations_find_the_same_digest(data):
    from eth_account.messages import encode_typed_data

    from core.keccak import keccak256

    typed = TypedData.parse(data)
    other = encode_typed_data(full_message=typed.plain())
    assert keccak256(b"\x19" + other.version + other.header + other.body) == typed.digest()


def test_the_tree_shows_every_value_in_full():
    domain, message = TypedData.parse(EVERYTHING).tree()
    assert [(node.name, node.text) for node in domain.children][2:] == [
        ("chainId", "1"),
        ("verifyingContract", "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"),
    ]
    shown = {node.name: node for node in message.children}
    assert shown["b"].text == "true"
    assert shown["u"].text == str(2**256 - 1)
    assert shown["small"].text == "0x01020304"
    assert [item.text for item in shown["list"].children] == ["1", "2", "3"]
    assert shown["inner"].children[0].children[0].text == "-128"
    assert shown["who"].text == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


DOMAIN_REFUSED = [
    (changed("domain.chainId", 2), "chain id"),
    (changed("domain.verifyingContract", "0x" + "00" * 20), "no contract"),
    (
        changed("types.EIP712Domain", DOMAIN_TYPE[:3], changed("domain.verifyingContract", ...)),
        "no contract",
    ),
    (
        changed(
            "types.EIP712Domain",
            [DOMAIN_TYPE[0], DOMAIN_TYPE[3]],
            changed("domain", {"name": "x", "verifyingContract": MAIL["domain"]["verifyingContract"]}),
        ),
        "chain id",
    ),
]


@pytest.mark.parametrize(("data", "reason"), DOMAIN_REFUSED)
def test_a_domain_that_binds_to_another_chain_or_no_contract_is_refused(data, reason):
    with pytest.raises(RefusedToSign) as caught:
        sign(data)
    assert caught.value.reason == reason


def test_a_domain_whose_type_leaves_out_the_chain_is_refused():
    """It would be shown and not be part of what is signed."""
    with pytest.raises(RefusedToSign):
        sign(changed("types.EIP712Domain", DOMAIN_TYPE[:2]))


def test_only_pinned_chains_are_signed_for():
    with pytest.raises(RefusedToSign):
        sign(MAIL, pinned=frozenset({2}))
    with pytest.raises(RefusedToSign):
        sign(MAIL, chain_id=2, pinned=frozenset({1, 2}))


REFUSED = [
    ("primaryType", "Nothing"),
    ("primaryType", "EIP712Domain"),
    ("primaryType", "Person"),  # Mail would be shown and not signed
    ("primaryType", ""),
    ("types", {}),
    ("types.EIP712Domain", ...),
    ("types.EIP712Domain", []),
    ("types.EIP712Domain.2.type", "uint8"),
    ("types.Mail.0.type", "Nobody"),
    ("types.Mail.2.type", "uint7"),
    ("types.Mail.2.type", "uint"),
    ("types.Mail.2.type", "bytes33"),
    ("types.Mail.2.type", "EIP712Domain"),
    ("types.Mail.2.type", 5),
    ("types.Mail.2.name", "from"),
    ("types.Mail.2.name", "with space"),
    ("types.Mail.2.name", "a,uint256 b"),
    ("types.Unused", [{"name": "a", "type": "bool"}]),
    ("types.uint256", [{"name": "a", "type": "bool"}]),
    ("domain.salt", "0x" + "00" * 32),
    ("domain.name", 5),
    ("domain.version", ...),
    ("message.extra", 1),
    ("message.contents", ...),
    ("message.contents", None),
    ("message.contents", 5),
    ("message.contents", "\ud800"),
    ("message.contents", "x" * 70_000),
    ("message.from", None),
    ("message.from", "Cow"),
    ("message.from.wallet", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD827"),
    ("message.from.wallet", "0x00"),
    ("message.from.wallet", 0),
    ("more", 1),
]


@pytest.mark.parametrize(("path", "value"), REFUSED)
def test_what_is_not_exactly_of_its_type_is_refused(path, value):
    with pytest.raises(RefusedToSign):
        TypedData.parse(changed(path, value))


REFUSED_VALUES = [
    ("b", 1),
    ("b", "true"),
    ("u", -1),
    ("u", 2**256),
    ("u", 1.0),
    ("u", True),
    ("u", "ten"),
    ("u", "0x"),
    ("u", "1e3"),
    ("i", 2**255),
    ("small", "0x010203"),
    ("small", "0x0102030405"),
    ("small", "abcd"),
    ("small", 1),
    ("empty", "0x0"),
    ("empty", "text"),
    ("list", 5),
    ("list", [256]),
    ("list", [1] * 20_000),
    ("grid", [[1]]),
    ("grid", [1, 2]),
    ("inner", [{"n": 0, "d": "0x"}]),
    ("inner", [{"n": 128, "d": "0x"}, {"n": 0, "d": "0x"}]),
]


@pytest.mark.parametrize(("name", "value"), REFUSED_VALUES)
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(RefusedToSign):
        TypedData.parse(changed(f"message.{name}", value, EVERYTHING))


@pytest.mark.parametrize("data", [None, [], {}, "x", {"types": 1, "primaryType": 1, "domain": 1, "message": 1}])
def test_what_is_no_typed_data_is_refused(data):
    with pytest.raises(RefusedToSign):
        TypedData.parse(data)


def test_a_type_without_end_is_refused_not_followed():
    data = copy.deepcopy(MAIL)
    data["types"]["Person"].append({"name": "friend", "type": "Person[]"})
    deep: dict = {"name": "x", "wallet": MAIL["message"]["to"]["wallet"], "friend": []}
    for _ in range(100):
        deep = {**deep, "friend": [deep]}
    data["message"]["from"] = deep
    with pytest.raises(RefusedToSign) as caught:
        TypedData.parse(data)
    assert caught.value.reason == "too large"


@needs_vectors
def test_geths_digests():
    same = 0
    for case in json.loads((VECTORS / "geth" / "typed-data.json").read_text("utf8")):
        data = {**{key: case[key] for key in ("types", "primaryType", "domain")}, "message": case["data"]}
        try:
            typed = TypedData.parse(data)
        except RefusedToSign:
            continue  # ours is stricter than geth's
        assert typed.digest().hex() == case["digest"].removeprefix("0x")
        same += 1
    assert same >= 60


@needs_vectors
def test_invalid_messages_of_eth_account_are_refused_by_ours():
    for name in ("invalid.json", "one_arg_invalid.json"):
        for case, data in json.loads((VECTORS / "eth-account-712" / name).read_text("utf8")).items():
            with pytest.raises(RefusedToSign):
                raise AssertionError((case, TypedData.parse(data)))


@needs_vectors
def test_valid_messages_get_the_digest_of_eth_account_or_are_refused():
    from eth_account.messages import encode_typed_data

    from core.keccak import keccak256

    same = 0
    for path in sorted((VECTORS / "eth-account-712").glob("valid*.json")):
        for data in json.loads(path.read_text("utf8")).values():
            try:
                typed = TypedData.parse(data)
            except RefusedToSign:
                continue
            other = encode_typed_data(full_message=data)
            assert keccak256(b"\x19" + other.version + other.header + other.body) == typed.digest()
            same += 1
    assert same >= 6
