"""Sending: what was asked and nothing else is signed, at a fee that can be, and counts once it is verified."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.chain.contracts import Contract
from core.chain.network import READ
from core.chain.sender import Sender
from core.chain.trust import TrustState
from core.errors import (
    Cancelled,
    FeeTooHigh,
    InsufficientFunds,
    NodeUnreachable,
    NotConfirmed,
    RefusedToSign,
    Replaced,
    Reverted,
    RpcError,
    WrongChain,
)
from core.eth.transaction import Transaction
from core.jobs import Progress
from core.units import ZERO_ADDRESS, Amount
from tests.core.chain.chain_setup import BELL, NOBODY, RICH, scene
from tests.doubles.lying_node import about, always, field

SILENT = {"type": "error", "name": "Silent", "inputs": [{"name": "count", "type": "uint256"}]}


class Bell(Contract):
    """Its one error, under the selector that the toy's contract uses."""

    def decode_failure(self, data):
        if data[:4].hex() != "deadbeef":
            return None
        return Contract.decode_failure(self, self._selector + data[4:])

    _selector = b""


@pytest.fixture
def here():
    return scene()


@pytest.fixture
def sender(here):
    return make(here)


def make(here, sign=None, **network):
    light = here.light()
    light.network = dataclasses.replace(light.network, **network)
    bell = Bell("Bell", (SILENT,), b"", b"", {}, {"storage": [], "types": {}})
    object.__setattr__(bell, "_selector", next(iter(bell._errors)))
    return Sender(light, sign or here.keys.sign, contracts=[bell], clock=here.clock)


class TestPreparing:
    def test_a_transfer_has_the_nonce_gas_and_fees_of_the_verified_chain(self, here, sender):
        unsigned = sender.prepare(0, here.who(0), NOBODY, value=Amount(5))
        fields = unsigned.transaction
        assert (fields.kind, fields.chain_id, fields.nonce, fields.gas) == (2, here.chain.chain_id, 0, 21_000)
        assert fields.max_tip == 10**6
        assert fields.max_fee == 2 * here.chain.base_fee() + 10**6
        assert unsigned.fee == Amount(21_000 * fields.max_fee)
        assert unsigned.cost == unsigned.fee + Amount(5)
        assert unsigned.to == NOBODY

    def test_gas_of_a_call_is_the_estimate_and_a_margin(self, here, sender):
        assert sender.prepare(0, here.who(0), BELL, data=b"hi").transaction.gas == 51_000 * 5 // 4

    def test_an_estimate_below_what_the_data_alone_costs_is_not_believed(self, here, sender):
        here.liar.tell(always("eth_estimateGas", "0x1"))
        assert sender.prepare(0, here.who(0), BELL, data=b"\x01" * 100).transaction.gas == 21_000 + 4_000

    @pytest.mark.parametrize("value", [RICH, RICH - 10**12, 2 * RICH])
    def test_more_than_the_proven_balance_is_refused_before_signing(self, here, sender, value):
        with pytest.raises(InsufficientFunds) as caught:
            sender.prepare(0, here.who(0), NOBODY, value=Amount(value))
        assert caught.value.available == RICH
        assert caught.value.needed >= value

    def test_a_balance_that_the_node_inflates_changes_nothing(self, here, sender):
        here.liar.tell(always("eth_getBalance", "0xffffffffffffffffffffffff"))
        with pytest.raises(InsufficientFunds):
            sender.prepare(2, here.who(2), NOBODY, value=Amount(1))

    def test_what_would_revert_is_said_by_name_before_signing(self, here, sender):
        with pytest.raises(Reverted) as caught:
            sender.prepare(0, here.who(0), BELL, data=b"no")
        assert (caught.value.reason, caught.value.arguments) == ("Silent", {"count": 5})


class TestFees:
    @pytest.mark.parametrize(
        "lie",
        [
            {"baseFeePerGas": [hex(10**30)], "reward": [["0x0"]]},
            {"baseFeePerGas": [hex(4 * 10**9)], "reward": []},
            {"baseFeePerGas": [], "reward": [[hex(10**30)]]},
        ],
    )
    def test_a_fee_that_cannot_be_is_refused(self, here, lie):
        here.liar.tell(always("eth_feeHistory", lie))
        with pytest.raises(FeeTooHigh):
            make(here, local=False).prepare(0, here.who(0), NOBODY)
        ours = make(here).prepare(0, here.who(0), NOBODY).transaction
        assert (ours.max_tip, ours.max_fee) == (10**6, 2 * here.chain.base_fee() + 10**6), "nobody is asked"

    def test_a_node_without_fee_history_gets_the_least_tip(self, here, sender):
        def none(method, _params, answer):
            if method == "eth_feeHistory":
                raise RpcError(method=method, code=-32601, message="no", data=None)
            return answer

        here.liar.tell(none)
        assert sender.prepare(0, here.who(0), NOBODY).transaction.max_tip == 10**6

    def test_an_estimate_past_any_block_is_refused(self, here, sender):
        here.liar.tell(always("eth_estimateGas", hex(10**12)))
        with pytest.raises(FeeTooHigh):
            sender.prepare(0, here.who(0), BELL, data=b"hi")
        with pytest.raises(RefusedToSign) as caught:
            make(here, max_fee=10**30).prepare(0, here.who(0), BELL, data=b"hi")
        assert caught.value.field == "gas"

    def test_the_person_s_own_limit_holds(self, here, sender):
        fee = sender.prepare(0, here.who(0), NOBODY).fee
        assert sender.prepare(0, here.who(0), NOBODY, max_fee=fee).fee == fee
        with pytest.raises(FeeTooHigh) as caught:
            sender.prepare(0, here.who(0), NOBODY, max_fee=fee - Amount(1))
        assert (caught.value.fee, caught.value.limit) == (fee.wei, fee.wei - 1)

    def test_the_network_s_limit_for_one_gas_holds(self, here):
        with pytest.raises(FeeTooHigh):
            make(here, max_fee_per_gas=10**9).prepare(0, here.who(0), NOBODY)


class TestOurValidator:
    @pytest.fixture
    def good(self, here, sender):
        return sender.prepare(0, here.who(0), NOBODY, value=Amount(5))

    @pytest.mark.parametrize(
        "change",
        [
            {"value": 2**256},
            {"value": -1},
            {"max_tip": 10**18},
            {"gas": 0},
            {"gas": 20_999},
            {"gas": 10**8, "max_fee": 10**9},
            {"nonce": 2**64 - 1},
            {"nonce": -1},
            {"chain_id": 1},
            {"chain_id": None, "kind": 0},
            {"kind": 4},
            {"kind": 0},
            {"to": ZERO_ADDRESS.raw},
            {"to": None},
            {"to": None, "data": bytes(50_000), "gas": 10**7, "max_fee": 10**9},
            {"data": bytes(200_000), "gas": 2 * 10**7, "max_fee": 10**9},
            {"access_list": ((b"\x01" * 20, ()),), "gas": 100_000},
            {"r": 1},
        ],
    )
    def test_never_lets_the_signer_see_nonsense(self, sender, good, change):
        seen = []
        sender._sign = lambda index, fields: seen.append((index, fields))
        with pytest.raises(RefusedToSign):
            sender.sign(replace(good, transaction=replace(good.transaction, **change)))
        assert seen == []

    def test_never_lets_a_fee_past_the_limit(self, sender, good):
        with pytest.raises(FeeTooHigh):
            sender.sign(replace(good, transaction=replace(good.transaction, max_fee=10**30)))

    def test_refuses_on_a_network_that_is_for_reading_only(self, here):
        with pytest.raises(RefusedToSign):
            make(here, uses=frozenset({READ})).prepare(0, here.who(0), NOBODY)

    def test_asks_the_chain_id_again_before_each_signature(self, here, sender, good):
        here.liar.tell(always("eth_chainId", "0x1"))
        with pytest.raises(WrongChain):
            sender.sign(good)


class TestTheSignerIsNotTrustedEither:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("value", 6),
            ("to", str(BELL)),
            ("nonce", 7),
            ("gas", 30_000),
            ("maxFeePerGas", 9 * 10**9),
            ("maxPriorityFeePerGas", 1),
            ("data", "0x00"),
            ("chainId", 1),
        ],
    )
    def test_a_changed_field_is_seen(self, here, name, value):
        sender = make(here, lambda index, fields: here.keys.sign(index, {**fields, name: value}))
        with pytest.raises(RefusedToSign) as caught:
            sender.transact(0, here.who(0), NOBODY, value=Amount(5))
        assert caught.value.reason == "signed something else"
        assert len(here.chain.blocks) == 2, "nothing was sent"

    def test_another_account_s_signature_is_seen(self, here):
        sender = make(here, lambda _index, fields: here.keys.sign(1, fields))
        with pytest.raises(RefusedToSign) as caught:
            sender.transact(0, here.who(0), NOBODY, value=Amount(5))
        assert caught.value.field == "sender"

    @pytest.mark.parametrize("raw", [b"", b"\x02", b"\x02\xc0", b"nonsense"])
    def test_what_is_no_transaction_is_seen(self, here, raw):
        with pytest.raises(RefusedToSign):
            make(here, lambda *_: raw).transact(0, here.who(0), NOBODY, value=Amount(5))

    def test_a_high_signature_that_nodes_refuse_is_seen(self, here):
        def high(index, fields):
            signed = Transaction.decode(here.keys.sign(index, fields))
            order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
            return replace(signed, s=order - signed.s, y_parity=1 - signed.y_parity).encoded

        with pytest.raises(RefusedToSign):
            make(here, high).transact(0, here.who(0), NOBODY, value=Amount(5))


class TestSending:
    def test_a_transfer_arrives_and_its_receipt_is_proven(self, here, sender):
        tx_hash = sender.transact(0, here.who(0), NOBODY, value=Amount(12345))
        mined = sender.wait(tx_hash)
        assert mined.trust.state is TrustState.PROVEN
        assert mined.value.succeeded
        light = here.light()
        assert light.account(NOBODY).value.balance == 12345
        assert light.account(here.who(0)).value.balance == RICH - 12345 - mined.value.fee

    def test_several_in_a_row_need_no_waiting_between(self, here, sender):
        hashes = [sender.transact(0, here.who(0), BELL, data=b"%d" % at) for at in range(5)]
        assert [sender.wait(tx_hash).value.nonce for tx_hash in hashes] == list(range(5))

    def test_several_signed_before_any_is_sent_have_nonces_of_their_own_and_funds_for_all(self, here, sender):
        first = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(RICH // 2)))
        with pytest.raises(InsufficientFunds):
            sender.prepare(0, here.who(0), NOBODY, value=Amount(RICH // 2))
        second = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(1)))
        assert [entry.unsigned.transaction.nonce for entry in sender.pending(here.who(0))] == [0, 1]
        sender.broadcast(first)
        sender.broadcast(second)
        assert sender.wait(second.hash).value.nonce == 1
        assert sender.pending(here.who(0)) == []

    def test_a_second_click_does_not_pay_twice(self, here, sender):
        unsigned = sender.prepare(0, here.who(0), NOBODY, value=Amount(5))
        sender.send(unsigned)
        with pytest.raises(RefusedToSign) as caught:
            sender.send(unsigned)
        assert caught.value.reason == "nonce taken"
        assert here.light().account(NOBODY).value.balance == 5

    def test_what_the_node_refuses_frees_its_nonce(self, here, sender):
        def refuse(method, _params, answer):
            if method == "eth_sendRawTransaction":
                raise RpcError(method=method, code=-32000, message="no", data=None)
            return answer

        unsigned = sender.prepare(0, here.who(0), NOBODY, value=Amount(5))
        signed = sender.sign(unsigned)
        honest, here.chain.eth_sendRawTransaction = here.chain.eth_sendRawTransaction, lambda _raw: "0x"
        here.liar.tell(refuse)
        with pytest.raises(RpcError):
            sender.broadcast(signed)
        here.liar.stop()
        here.chain.eth_sendRawTransaction = honest
        assert sender.prepare(0, here.who(0), NOBODY, value=Amount(5)).transaction.nonce == 0
        assert sender.pending(here.who(0)) == []

    def test_a_refusal_of_what_was_mined_is_not_believed(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))
        sender.broadcast(signed)

        def deny(method, _params, answer):
            if method == "eth_sendRawTransaction":
                raise RpcError(method=method, code=-32000, message="never heard of it", data=None)
            return None if method == "eth_getTransactionReceipt" else answer

        here.liar.tell(deny)
        assert sender.broadcast(signed) == signed.hash
        assert sender.wait(signed.hash).value.value == 5

    def test_what_the_node_has_already_is_not_refused(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))
        honest = here.chain.eth_sendRawTransaction

        def waits(_raw):
            raise RpcError(method="eth_sendRawTransaction", code=-32000, message="already known", data=None)

        here.chain.eth_sendRawTransaction = waits
        assert sender.broadcast(signed) == signed.hash
        here.chain.eth_sendRawTransaction = honest
        assert sender.prepare(0, here.who(0), NOBODY).transaction.nonce == 1  # it may still come

    def test_a_refusal_counts_only_when_the_nonce_is_proven_free(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))

        def refuse(method, _params, answer):
            if method == "eth_sendRawTransaction":
                raise RpcError(method=method, code=-32000, message="no", data=None)
            if method == "eth_getProof":
                raise RpcError(method=method, code=-32000, message="not now", data=None)
            return answer

        here.liar.tell(refuse)  # after the node got it
        assert sender.broadcast(signed) == signed.hash
        here.liar.stop()
        assert sender.wait(signed.hash).value.value == 5

    def test_the_same_again_after_it_was_mined_is_no_error(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))
        assert sender.broadcast(signed) == sender.broadcast(signed) == signed.hash

    def test_a_node_lost_in_the_middle_loses_nothing(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))

        def cut(method, _params, answer):
            if method == "eth_sendRawTransaction":
                raise NodeUnreachable(endpoint="toy", reason="cut")
            return answer

        here.liar.tell(cut)  # after the node got it
        with pytest.raises(NodeUnreachable):
            sender.broadcast(signed)
        assert sender.wait(signed.hash).value.value == 5

    def test_a_later_run_takes_up_what_an_earlier_one_signed(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))
        later = make(here)
        again = later.resume(0, signed.raw, signed.since)
        assert again.hash == signed.hash
        assert later.prepare(0, here.who(0), NOBODY).transaction.nonce == 1
        later.broadcast(again)
        assert later.wait(again.hash).value.value == 5

    def test_a_deployment_ends_with_its_address(self, here, sender):
        here.liar.tell(always("eth_estimateGas", hex(100_000)))
        mined = sender.wait(sender.transact(0, here.who(0), None, data=b"\x60\x00")).value
        assert mined.to is None
        assert here.light().code(mined.contract).value == b"\x60\x00"


class TestWaiting:
    def test_a_failure_in_the_block_is_said_by_name_with_what_it_cost(self, here, sender):
        unsigned = sender.prepare(0, here.who(0), BELL, data=b"no", gas=100_000)
        tx_hash = sender.send(unsigned)
        with pytest.raises(Reverted) as caught:
            sender.wait(tx_hash)
        assert (caught.value.reason, caught.value.arguments) == ("Silent", {"count": 5})
        assert caught.value.tx_hash == "0x" + tx_hash.hex()
        assert here.light().account(here.who(0)).value.balance == RICH - caught.value.fee

    def test_a_node_that_denies_the_receipt_is_found_out(self, here, sender):
        tx_hash = sender.transact(0, here.who(0), NOBODY, value=Amount(5))
        here.liar.tell(always("eth_getTransactionReceipt", None))
        mined = sender.wait(tx_hash)
        assert mined.value.hash == tx_hash
        assert mined.trust.state is TrustState.PROVEN

    def test_a_success_said_of_a_failure_is_refused(self, here, sender):
        tx_hash = sender.send(sender.prepare(0, here.who(0), BELL, data=b"no", gas=100_000))
        here.liar.tell(field("eth_getBlockReceipts", "0.status", "0x1"))
        with pytest.raises(Exception, match="receipts root"):
            sender.wait(tx_hash)

    def test_what_is_in_no_block_ends_after_its_time(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))
        with pytest.raises(NotConfirmed) as caught:
            sender.wait(signed.hash, timeout=30)
        assert caught.value.tx_hash == "0x" + signed.hash.hex()
        assert 30 <= here.clock.passed < 40

    def test_another_transaction_in_its_place_is_told_apart(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))
        other = here.send(0, here.who(1), value=1)
        with pytest.raises(Replaced) as caught:
            sender.wait(signed.hash)
        assert caught.value.by == "0x" + other.hex()

    def test_a_node_that_is_away_for_a_while_is_waited_for(self, here, sender):
        tx_hash = sender.transact(0, here.who(0), NOBODY, value=Amount(5))

        def away(_method, _params, answer):
            if here.clock.passed < 5:
                raise NodeUnreachable(endpoint="toy", reason="restarting")
            return answer

        here.liar.tell(away)
        assert sender.wait(tx_hash).value.value == 5
        here.clock.passed = 0
        with pytest.raises(NodeUnreachable):
            sender.wait(tx_hash, timeout=3)

    def test_a_cancel_is_honoured(self, here, sender):
        signed = sender.sign(sender.prepare(0, here.who(0), NOBODY, value=Amount(5)))
        progress = Progress()
        progress.cancel()
        with pytest.raises(Cancelled):
            sender.wait(signed.hash, progress=progress)


class TestReplacing:
    @pytest.fixture
    def waiting(self, here, sender):
        return sender.sign(sender.prepare(0, here.who(0), BELL, value=Amount(5), data=b"hi"))

    def test_a_faster_one_has_the_same_nonce_and_an_eighth_more(self, here, sender, waiting):
        old = waiting.unsigned.transaction
        faster = sender.replacement(waiting.hash)
        new = faster.transaction
        assert (new.nonce, new.to, new.value, new.data, new.gas) == (old.nonce, old.to, old.value, old.data, old.gas)
        assert new.max_tip >= old.max_tip * 9 // 8
        assert new.max_fee >= old.max_fee * 9 // 8
        tx_hash = sender.send(faster)
        assert sender.wait(tx_hash).value.nonce == 0
        with pytest.raises(Replaced):
            sender.wait(waiting.hash)

    def test_a_cancellation_sends_nothing_to_oneself(self, here, sender, waiting):
        unsigned = sender.replacement(waiting.hash, cancel=True)
        assert (unsigned.to, unsigned.transaction.value, unsigned.transaction.data) == (here.who(0), 0, b"")
        mined = sender.wait(sender.send(unsigned)).value
        assert here.light().account(here.who(0)).value.balance == RICH - mined.fee

    def test_what_no_longer_waits_cannot_be_replaced(self, here, sender, waiting):
        faster = sender.replacement(waiting.hash)
        sender.broadcast(waiting)
        with pytest.raises(RefusedToSign):
            sender.replacement(waiting.hash)
        with pytest.raises(RefusedToSign):
            sender.replacement(bytes(32))
        sender.forget(waiting.hash)
        with pytest.raises(RefusedToSign):
            sender.sign(faster)


def test_threads_that_send_at_once_get_nonces_of_their_own(here, sender):
    with ThreadPoolExecutor(4) as pool:
        hashes = list(pool.map(lambda at: sender.transact(0, here.who(0), NOBODY, value=Amount(at)), range(1, 21)))
    assert sorted(sender.wait(tx_hash).value.nonce for tx_hash in hashes) == list(range(20))
    assert here.light().account(NOBODY).value.balance == sum(range(1, 21))


def test_a_lie_about_the_head_stops_a_send(here, sender):
    here.liar.tell(about("eth_getBlockByNumber", lambda _answer, _params: None))
    with pytest.raises(Exception, match="block"):
        sender.prepare(0, here.who(0), NOBODY)


class TestForesight:
    def test_a_payment_says_who_will_have_what(self, here, sender):
        unsigned = sender.prepare(0, here.who(0), NOBODY, value=Amount(5))
        assert unsigned.effects.balances == {here.who(0): (RICH, RICH - 5), NOBODY: (0, 5)}
        assert unsigned.trust.state is TrustState.PROVEN

    def test_where_only_the_node_can_say_it_there_are_no_effects(self, here, sender):
        unsigned = sender.prepare(0, here.who(0), BELL, data=b"hi")
        assert (unsigned.effects, unsigned.trust.state) == (None, TrustState.UNVERIFIED)
