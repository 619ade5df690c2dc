"""The payer signs what the contract checks, in order, and never more than the deposit bears."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from core.economy import voucher
from core.errors import BadEncoding, BadInput, InsufficientFunds, NonceGap, ProofMismatch, RefusedToSign
from core.keccak import keccak256
from core.units import Address, Amount
from tests.core.economy import small_case

ROOT, SUMS, PACKAGE = (keccak256(name) for name in (b"statements", b"sums", b"package"))


def make(nonce: int = 5, total: int = 500, first: int = 1) -> voucher.Voucher:
    return voucher.Voucher(small_case.channel(), PACKAGE, first, nonce, Amount(total), ROOT, SUMS)


def word(value: int | bytes | Address) -> bytes:
    if isinstance(value, Address):
        return bytes(12) + value.raw
    return value if isinstance(value, bytes) else value.to_bytes(32, "big")


def test_the_digest_is_eip_712_written_out() -> None:
    made = make()
    domain = keccak256(
        keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
        + keccak256(b"OpenLedger Settlement")
        + keccak256(b"1")
        + word(made.channel.chain_id)
        + word(made.channel.contract)
    )
    kind = (
        b"Voucher(address payer,uint256 modelId,bytes32 packageHash,uint64 first,uint64 nonce,uint128 totalFee,"
        b"bytes32 statementsRoot,bytes32 sumsRoot)"
    )
    values = (made.channel.payer, made.channel.model, PACKAGE, 1, 5, 500, ROOT, SUMS)
    struct = keccak256(keccak256(kind) + b"".join(map(word, values)))
    assert voucher.digest(made) == keccak256(b"\x19\x01" + domain + struct)


def test_typed_data_crosses_a_pipe_unchanged() -> None:
    typed = voucher.typed_data(make(total=2**127))
    assert json.loads(json.dumps(typed)) == typed


def test_a_signature_names_its_signer() -> None:
    signed = small_case.sign(make())
    voucher.check(signed)
    assert voucher.signer(signed.voucher, signed.signature) == small_case.payer()


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": 6},
        {"first": 2},
        {"total_fee": Amount(501)},
        {"statements_root": keccak256(b"others")},
        {"sums_root": keccak256(b"others")},
        {"package": keccak256(b"others")},
    ],
)
def test_a_signature_under_another_voucher_is_another_persons(change: dict[str, object]) -> None:
    signed = small_case.sign(make())
    with pytest.raises((ProofMismatch, BadEncoding)):
        voucher.check(dataclasses.replace(signed, voucher=dataclasses.replace(signed.voucher, **change)))


def test_somebody_elses_signature_is_refused() -> None:
    with pytest.raises(ProofMismatch):
        voucher.check(small_case.sign(make(), keccak256(b"another key")))


def test_what_the_contract_would_refuse_is_refused_here() -> None:
    made = make()
    good = small_case.sign(made).signature
    s = int.from_bytes(good[32:64], "big")
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    flipped = good[:32] + (order - s).to_bytes(32, "big") + bytes([55 - good[64]])  # the same signer, the other s
    for bad in (good[:64], good + b"\0", good[:64] + b"\0", flipped, bytes(64) + b"\x1b"):
        with pytest.raises(BadEncoding):
            voucher.signer(made, bad)


@pytest.mark.parametrize(
    "values",
    [
        {"nonce": 0},
        {"first": 6},
        {"first": 0},
        {"statements_root": bytes(32)},
        {"statements_root": b"short"},
        {"sums_root": bytes(32)},
        {"package": b"short"},
        {"total_fee": Amount(2**128)},
    ],
)
def test_a_malformed_voucher_cannot_be_made(values: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        dataclasses.replace(make(), **values)


def before(made: voucher.Voucher, **values: object) -> None:
    given = {"deposit": Amount(1000), "settled": Amount(0), "settled_nonce": 0, "last": None} | values
    voucher.before_signing(made, **given)


def test_a_total_within_the_deposit_may_be_signed() -> None:
    before(make(total=1000))
    before(make(total=1500, nonce=9, first=6), settled=Amount(500), settled_nonce=5, last=make())


def test_a_total_past_the_deposit_is_not_signed() -> None:
    with pytest.raises(InsufficientFunds) as caught:
        before(make(total=1001))
    assert (caught.value.needed, caught.value.available) == (1001, 1000)
    with pytest.raises(InsufficientFunds):
        before(make(total=900), reserved=Amount(101))


def test_numbers_only_go_forward() -> None:
    with pytest.raises(NonceGap):
        before(make(nonce=5), last=make(nonce=5))
    with pytest.raises(NonceGap):
        before(make(nonce=5), settled_nonce=5)
    with pytest.raises(NonceGap):
        before(make(nonce=9, first=7), settled_nonce=5)
    with pytest.raises(RefusedToSign):
        before(make(nonce=9, total=400), last=make(nonce=5, total=500))
    with pytest.raises(RefusedToSign):
        before(make(nonce=9, total=500), settled=Amount(500), settled_nonce=5)


def test_a_kept_voucher_comes_back_and_an_older_one_does_not_replace_it(tmp_path: Path) -> None:
    kept = small_case.database(tmp_path)
    assert voucher.latest(kept, small_case.channel()) is None
    signed = small_case.sign(make(nonce=5))
    voucher.store(kept, signed)
    assert voucher.latest(kept, small_case.channel()) == signed
    newer = small_case.sign(make(nonce=8))
    voucher.store(kept, newer)
    assert voucher.find(kept, small_case.channel(), 5) == signed
    assert voucher.find(kept, small_case.channel(), 6) is None
    signed = newer
    for old in (make(nonce=8), make(nonce=4)):
        with pytest.raises(NonceGap):
            voucher.store(kept, small_case.sign(old))
    with pytest.raises(RefusedToSign):
        voucher.store(kept, small_case.sign(make(nonce=9, total=499)))
    with pytest.raises(ProofMismatch):
        voucher.store(kept, small_case.sign(make(nonce=9), keccak256(b"another key")))
    assert voucher.latest(kept, small_case.channel()) == signed
    kept.close()
