"""The light node believes what is proven, marks what is not, and takes no lie for an answer."""

from __future__ import annotations

import dataclasses

import pytest

from core.chain.light_node import LightNode
from core.chain.network import Network
from core.chain.proofs import Known, Wish, check_proof, get_proof
from core.chain.trust import Reason, Trust, Trusted, TrustState, weakest
from core.errors import (
    BadEncoding,
    BadInput,
    Cancelled,
    HeadLost,
    NodeUnreachable,
    ProofError,
    ProofMismatch,
    RpcError,
    WrongChain,
)
from core.eth.account import NO_ACCOUNT
from core.eth.header import Header
from core.jobs import Progress
from core.keccak import keccak256
from core.storage import Database
from core.units import Address
from core.vault.migrations import m003_chain
from tests.core.chain.chain_setup import BELL, NOBODY, RICH, TOPIC, scene
from tests.doubles import lying_node
from tests.doubles.lying_node import about, always, field
from tests.doubles.toy_chain import ToyChain

KEY = bytes(range(32))


@pytest.fixture
def here():
    return scene()


def ringing(here):
    """Rung twice, the second time by somebody else."""
    here.send(0, BELL, data=b"ding")
    return here.send(1, BELL, data=b"dong")


def test_nodes_of_proofs_are_kept_only_so_many_and_serve_only_where_they_belong(here):
    light = here.light()
    head = light.sync().value
    wish = Wish(here.who(0), ())
    answer = here.liar.request(*get_proof(head, wish))
    known = Known(most=2)
    truth = check_proof(head, wish, answer, known)
    assert check_proof(head, wish, answer, known) == truth
    assert len(known._nodes) <= 2
    elsewhere = dataclasses.replace(head, state_root=keccak256(b"elsewhere"))
    with pytest.raises(ProofMismatch):
        check_proof(elsewhere, wish, answer, known)


class TestTheTruth:
    def test_a_balance_is_proven_against_the_pinned_genesis(self, here):
        light = here.light()
        light.sync()
        rich = light.account(here.who(0))
        assert rich.value.balance == RICH
        assert rich.trust == Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, 1)

    def test_somebody_who_is_not_there_is_proven_absent(self, here):
        light = here.light()
        assert light.account(NOBODY).value == NO_ACCOUNT
        assert light.account(NOBODY).trust.state is TrustState.PROVEN

    def test_several_accounts_stand_at_one_block(self, here):
        ringing(here)
        accounts = here.light().accounts([here.who(0), here.who(1), BELL, NOBODY])
        assert [entry.value.nonce for entry in accounts] == [1, 1, 1, 0]
        assert {entry.trust.block for entry in accounts} == {3}

    def test_storage_and_code_of_a_contract_are_proven(self, here):
        ringing(here)
        light = here.light()
        assert light.storage(BELL, [0, 1, 2]).value == (2, int.from_bytes(here.who(1).raw, "big"), 0)
        assert light.storage(NOBODY, [0]).value == (0,)
        assert light.code(BELL).value == b"\x60\x00\xfe"
        assert light.code(here.who(0)).value == b""
        asked = here.chain.asked.count("eth_getCode")
        assert light.code(BELL).value == b"\x60\x00\xfe"
        assert here.chain.asked.count("eth_getCode") == asked == 1

    def test_a_receipt_comes_with_what_the_sender_really_paid(self, here):
        tx_hash = ringing(here)
        light = here.light()
        light.sync()
        mined = light.receipt(tx_hash)
        assert mined.trust.state is TrustState.PROVEN
        found = mined.value
        assert found is not None
        assert (found.hash, found.sender, found.to, found.succeeded) == (tx_hash, here.who(1), BELL, True)
        assert found.fee == RICH // 2 - light.account(here.who(1)).value.balance
        assert [log.data for log in found.logs] == [b"dong", b"second"]

    def test_all_logs_of_a_contract_come_in_order_and_each_block_is_read_once(self, here):
        ringing(here)
        here.send(0, here.who(1), value=5)
        here.chain.mine(3)
        light = here.light()
        logs = light.logs([BELL], 0).value
        assert [(log.block, log.data) for log in logs] == [(2, b"ding"), (2, b"second"), (3, b"dong"), (3, b"second")]
        assert logs[2].topics == (TOPIC, here.who(1).raw.rjust(32, b"\0"))
        assert here.chain.asked.count("eth_getBlockReceipts") == 3, "blocks without receipts are not asked for"
        assert light.logs([BELL], 3, 3).value == logs[2:]
        assert light.logs([NOBODY], 0).value == ()
        assert here.chain.asked.count("eth_getBlockReceipts") == 3

    def test_transactions_of_an_account_are_found_both_sent_and_received(self, here):
        ringing(here)
        here.send(0, here.who(1), value=7)
        found = here.light().transactions([here.who(1)], 0).value
        assert [(entry.sender, entry.to, entry.value) for entry in found] == [
            (here.who(1), BELL, 0),
            (here.who(0), here.who(1), 7),
        ]

    def test_the_newest_blocks_are_listed_with_how_much_they_hold(self, here):
        ringing(here)
        here.chain.mine()
        light = here.light()
        light.sync()
        assert [header.number for header in light.headers(1, 3)] == [1, 2, 3]
        assert light.headers(4, 4) == [light.head().value]
        assert light.transaction_counts(1, 4) == {2: 1, 3: 1}

    def test_which_transaction_took_a_nonce_is_found_without_its_hash(self, here):
        tx_hash = ringing(here)
        light = here.light()
        found = light.sent(here.who(1), 0, 0).value
        assert found is not None
        assert found.hash == tx_hash
        assert light.sent(here.who(1), 1, 0).value is None

    def test_a_deployment_has_its_contract_s_address(self, here):
        tx_hash = here.send(0, None, data=b"\x60\x01")
        light = here.light()
        light.sync()
        found = light.receipt(tx_hash).value
        assert found is not None
        assert light.code(found.contract).value == b"\x60\x01"

    def test_what_has_no_verifier_is_marked(self, here):
        light = here.light()
        called = light.call(BELL, b"", sender=here.who(0))
        assert called.trust == Trust(TrustState.UNVERIFIED, Reason.NO_VERIFIER)
        assert light.estimate_gas(here.who(0), BELL, b"", 0).trust.state is TrustState.UNVERIFIED
        light.sync()
        assert light.receipt(bytes(32)) == Trusted(None, Trust(TrustState.UNVERIFIED, Reason.ABSENCE))

    def test_blocks_outside_the_headers_are_not_asked_for(self, here):
        light = here.light()
        for first, last in ((-1, 1), (0, 99)):
            with pytest.raises(BadInput):
                light.logs([BELL], first, last)

    def test_a_value_made_of_several_is_as_good_as_the_least(self):
        proven = Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, 9)
        stale = Trust(TrustState.STALE, Reason.HEAD_LOST, 7, 1)
        said = Trust(TrustState.UNVERIFIED, Reason.NO_VERIFIER)
        assert weakest(proven, stale) == Trust(TrustState.STALE, Reason.HEAD_LOST, 7, 1)
        assert weakest(proven, said, stale).state is TrustState.UNVERIFIED


class TestWhatIsKept:
    def test_headers_and_logs_outlive_the_program(self, here, tmp_path):
        tx_hash = ringing(here)
        store = Database(tmp_path / "vault.db", KEY, [m003_chain.migrate])
        logs = here.light(store).logs([BELL], 0)
        store.close()
        store = Database(tmp_path / "vault.db", KEY, [m003_chain.migrate])
        here.chain.asked.clear()
        again = here.light(store)
        assert again.logs([BELL], 0) == logs
        kept = again.receipt(tx_hash).value
        assert kept is not None
        assert kept.logs == logs.value[2:]
        assert here.chain.asked == [], "all of it came from the vault"
        store.close()

    def test_a_long_chain_is_followed_in_pieces_and_a_cancel_keeps_them(self, here):
        here.chain.mine(300)
        light = here.light()
        seen: list[float | None] = []
        progress = Progress(report=lambda done, _words: (seen.append(done), progress.cancel())[0])
        with pytest.raises(Cancelled):
            light.sync(progress)
        reached = light.head().value.number
        assert 0 < reached < 301
        assert light.sync().value.number == 301
        assert light.head().trust.state is TrustState.PROVEN


class TestLiesAboutState:
    @pytest.mark.parametrize("name", lying_node.STATE_LIES)
    def test_about_an_account(self, here, name):
        light = here.light()
        light.sync()
        here.liar.tell(lying_node.STATE_LIES[name])
        with pytest.raises(ProofError):
            light.account(here.who(0))
        here.liar.stop()
        assert light.account(here.who(0)).value.balance == RICH

    @pytest.mark.parametrize("name", lying_node.STORAGE_LIES)
    def test_about_storage(self, here, name):
        ringing(here)
        light = here.light()
        light.sync()
        here.liar.tell(lying_node.STORAGE_LIES[name])
        with pytest.raises(ProofError):
            light.storage(BELL, [0, 1])

    @pytest.mark.parametrize("name", lying_node.CODE_LIES)
    def test_about_code(self, here, name):
        light = here.light()
        light.sync()
        here.liar.tell(lying_node.CODE_LIES[name])
        with pytest.raises(ProofError):
            light.code(BELL)

    def test_a_proof_of_somebody_else(self, here):
        light = here.light()
        light.sync()
        other = here.chain.eth_getProof(str(here.who(1)), [], "0x1")
        here.liar.tell(always("eth_getProof", other))
        with pytest.raises(ProofMismatch):
            light.account(here.who(0))

    def test_a_proof_of_yesterday(self, here):
        ringing(here)
        light = here.light()
        light.sync()
        old = here.chain.eth_getProof(str(here.who(0)), [], "0x1")
        here.liar.tell(always("eth_getProof", old))
        with pytest.raises(ProofMismatch):
            light.account(here.who(0))

    def test_a_state_of_the_liar_s_own_making(self, here):
        rich = ToyChain({NOBODY.raw: 10**30}, chain_id=here.chain.chain_id)
        light = here.light()
        light.sync()
        here.liar.tell(about("eth_getProof", lambda _answer, params: rich.eth_getProof(params[0], params[1], "0x0")))
        with pytest.raises(ProofMismatch):
            light.account(NOBODY)


class TestLiesAboutBlocks:
    @pytest.mark.parametrize("name", lying_node.BLOCK_LIES)
    def test_about_what_a_block_holds(self, here, name):
        tx_hash = ringing(here)
        light = here.light()
        light.sync()
        here.liar.tell(lying_node.BLOCK_LIES[name])
        with pytest.raises(ProofError):
            light.logs([BELL], 0)
        with pytest.raises(ProofError):
            light.receipt(tx_hash)
        here.liar.stop()
        assert len(light.logs([BELL], 0).value) == 4, "a refused lie leaves nothing behind"

    def test_a_receipt_said_to_be_in_another_block(self, here):
        tx_hash = ringing(here)
        light = here.light()
        light.sync()
        here.liar.tell(field("eth_getTransactionReceipt", "blockNumber", "0x2"))
        with pytest.raises(ProofMismatch):
            light.receipt(tx_hash)

    def test_a_dropped_receipt_is_absent_but_never_proven_so(self, here):
        tx_hash = ringing(here)
        light = here.light()
        light.sync()
        here.liar.tell(always("eth_getTransactionReceipt", None))
        assert light.receipt(tx_hash).trust == Trust(TrustState.UNVERIFIED, Reason.ABSENCE)
        found = light.sent(here.who(1), 0, 0).value
        assert found is not None
        assert found.hash == tx_hash, "reading the blocks finds what the node denies"


class TestLiesAboutTheHead:
    @pytest.mark.parametrize("name", lying_node.HEAD_LIES)
    def test_in_one_field(self, here, name):
        light = here.light()
        light.sync()
        here.chain.mine()
        here.liar.tell(lying_node.HEAD_LIES[name])
        with pytest.raises(ProofError):
            light.sync()
        assert light.head().trust == Trust(TrustState.STALE, Reason.REFUSED, 1, here.clock.now())
        here.liar.stop()
        assert light.sync().trust == Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, 2)

    def test_another_chain_id(self, here):
        here.liar.tell(always("eth_chainId", "0x1"))
        with pytest.raises(WrongChain) as caught:
            here.light().sync()
        assert (caught.value.expected, caught.value.found) == (here.chain.chain_id, 1)

    def test_a_chain_id_changed_on_the_way_is_seen_when_asked(self, here):
        light = here.light()
        light.sync()
        here.liar.tell(always("eth_chainId", "0x1"))
        with pytest.raises(WrongChain):
            light.check_chain_id()

    def test_another_genesis(self, here):
        other = ToyChain({here.keys.address(0): 1}, chain_id=here.chain.chain_id)
        with pytest.raises(WrongChain) as caught:
            LightNode(other, here.network).sync()
        assert caught.value.expected == here.chain.genesis_hash.hex()

    def test_a_chain_behind_the_true_genesis_that_does_not_hang_on_it(self, here):
        other = ToyChain({here.keys.address(0): 1}, chain_id=here.chain.chain_id)
        other.mine(5)
        genesis = here.chain.eth_getBlockByNumber("0x0", False)
        here.liar.tell(
            about(
                "eth_getBlockByNumber",
                lambda _answer, params: genesis if params[0] == "0x0" else other.eth_getBlockByNumber(*params),
            )
        )
        with pytest.raises(HeadLost):
            here.light().sync()

    def test_a_gap_between_blocks(self, here):
        here.chain.mine(5)
        here.liar.tell(
            about(
                "eth_getBlockByNumber",
                lambda answer, params: here.chain.eth_getBlockByNumber("0x4", False) if params[0] == "0x3" else answer,
            )
        )
        with pytest.raises(ProofMismatch):
            here.light().sync()

    def test_a_rolled_back_head_raises_and_what_we_know_is_stale_since_then(self, here):
        ringing(here)
        light = here.light()
        light.sync()
        here.clock.time += 60
        here.liar.tell(
            about(
                "eth_getBlockByNumber",
                lambda answer, params: (
                    here.chain.eth_getBlockByNumber("0x1", False) if params[0] == "latest" else answer
                ),
            )
        )
        with pytest.raises(HeadLost) as caught:
            light.sync()
        assert (caught.value.reason, caught.value.known, caught.value.found) == ("rolled back", 3, 1)
        stale = Trust(TrustState.STALE, Reason.HEAD_LOST, 3, here.clock.now())
        assert light.head().trust == stale
        assert light.account(here.who(0)).trust == stale
        here.clock.time += 60
        with pytest.raises(HeadLost):
            light.sync()
        assert light.head().trust == stale, "stale since the first time"

    def test_an_unreachable_node_leaves_the_last_head_stale(self, here):
        light = here.light()
        light.sync()

        def dead(_method, _params, _answer):
            raise NodeUnreachable(endpoint="toy", reason="gone")

        here.liar.tell(dead)
        with pytest.raises(NodeUnreachable):
            light.sync()
        assert light.head().trust.reason is Reason.UNREACHABLE

    def test_a_reorganised_chain_is_refused_until_the_person_accepts_it(self, here):
        ringing(here)
        light = here.light()
        old_logs = light.logs([BELL], 0).value
        kept = here.chain.blocks
        here.chain.blocks = kept[:3]  # an older copy of the ledger, which then goes on differently
        here.chain.state = dict(here.chain.blocks[-1].state)
        here.chain._time = iter(range(1_800_000_000, 1_900_000_000, 2))
        here.chain.mine(2)
        with pytest.raises(HeadLost) as caught:
            light.sync()
        assert caught.value.reason == "reorganised"
        assert light.head().value.number == 3
        assert light.sync(accept_rollback=True).trust == Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, 4)
        assert light.logs([BELL], 0).value == old_logs[:2], "what stood in the lost block is forgotten"
        assert light.head().value.parent_hash == here.chain.blocks[3].hash

    def test_an_older_copy_of_the_ledger_is_followed_once_accepted(self, here):
        ringing(here)
        light = here.light()
        light.sync()
        here.chain.blocks = here.chain.blocks[:2]
        with pytest.raises(HeadLost):
            light.sync()
        assert light.sync(accept_rollback=True).value.number == 1
        assert light.head().trust.state is TrustState.PROVEN

    def test_a_base_fee_that_does_not_follow_is_refused_on_our_own_ledger(self, here):
        here.chain.base_fee = lambda: 10**30
        here.chain.mine()
        with pytest.raises(ProofMismatch) as caught:
            here.light().sync()
        assert caught.value.what == "base fee"


class TestHeadersOfItsOwnMaking:
    """Their hashes are right, since who lies can hash; they do not hang together."""

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"parent_hash": bytes(32)}, HeadLost),
            ({"timestamp": 1}, ProofMismatch),
            ({"gas_used": 10**9}, ProofMismatch),
            ({"base_fee": 1}, ProofMismatch),
            ({"base_fee": None, "withdrawals_root": None, "blob_gas_used": None}, ProofError),
            ({"number": 5}, ProofError),
        ],
    )
    def test_a_made_up_head_is_refused(self, here, change, error):
        light = here.light()
        known = light.sync().value
        here.chain.mine()
        true = Header.from_rpc(here.chain.eth_getBlockByNumber("latest", False))
        later = ("withdrawals_root", "blob_gas_used", "excess_blob_gas", "parent_beacon_root", "requests_hash")
        more = dict.fromkeys(later) if "blob_gas_used" in change else {}
        made_up = dataclasses.replace(true, **{**more, **change}).to_rpc()
        here.liar.tell(
            about("eth_getBlockByNumber", lambda answer, params: made_up if params[0] == "latest" else answer)
        )
        with pytest.raises(error):
            light.sync()
        assert light.head().value == known
        assert light.head().trust.state is TrustState.STALE


class TestWithoutAPinnedGenesis:
    @pytest.fixture
    def network(self, here):
        return Network(key="far", name="Far", chain_id=here.chain.chain_id)

    def test_the_head_is_the_endpoint_s_word_and_is_marked_so(self, here, network):
        light = LightNode(here.liar, network)
        light.sync()
        rich = light.account(here.who(0))
        assert rich.value.balance == RICH
        assert rich.trust == Trust(TrustState.UNVERIFIED, Reason.SAME_ENDPOINT, 1)

    def test_its_proofs_must_hold_all_the_same(self, here, network):
        light = LightNode(here.liar, network)
        light.sync()
        here.liar.tell(lying_node.STATE_LIES["a changed node"])
        with pytest.raises(ProofMismatch):
            light.account(here.who(0))

    def test_it_is_followed_from_there_on_and_taken_up_anew_after_a_long_absence(self, here, network):
        light = LightNode(here.liar, network)
        light.sync()
        here.chain.mine(5)
        assert light.sync().value.number == 6
        assert light.logs([BELL], 1).value == ()
        here.chain.asked.clear()
        here.chain.mine(3000)
        assert light.sync().value.number == 3006
        assert len(here.chain.asked) < 5
        assert light.logs([BELL], 3000).value == ()
        assert [header.number for header in light.headers(0, 3006)] == list(range(3000, 3007)), "no further than asked"


def test_an_error_of_the_node_stays_its_error(here):
    light = here.light()
    light.sync()
    with pytest.raises(RpcError) as caught:
        light.call(BELL, b"no", sender=here.who(0))
    assert caught.value.data == "0xdeadbeef" + (5).to_bytes(32, "big").hex()


def test_a_sent_transaction_is_known_by_the_hash_of_its_bytes(here):
    light = here.light()
    here.liar.tell(always("eth_sendRawTransaction", "0x" + "11" * 32))
    fields = {"type": 2, "chainId": 4242, "nonce": 0, "to": str(NOBODY), "value": 1, "gas": 21_000}
    raw = here.keys.sign(0, {**fields, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 0})
    with pytest.raises(ProofMismatch):
        light.send_raw(raw)
    assert here.chain.blocks[-1].transactions[0].hash == keccak256(raw)


def remote(here):
    """The same chain, as somebody else's: its own rules for fees may be others."""
    light = here.light()
    light.network = dataclasses.replace(light.network, local=False)
    return light


class TestFees:
    def test_on_our_own_ledger_they_are_worked_out_and_no_node_is_asked(self, here):
        ringing(here)
        here.liar.tell(always("eth_feeHistory", {"baseFeePerGas": ["0x1"], "reward": [["0x1"]]}))
        found = here.light().fee_history(3)
        headers = [Header.from_rpc(here.chain.eth_getBlockByNumber(hex(at), False)) for at in (1, 2, 3)]
        assert found.value.base_fees == (*(header.base_fee for header in headers), here.chain.base_fee())
        assert found.value.tips == (10**9, 10**9)
        assert found.trust == Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, 3)

    def test_elsewhere_they_are_the_node_s_word_until_the_blocks_are_read(self, here):
        ringing(here)
        light = remote(here)
        assert light.fee_history(2).trust == Trust(TrustState.UNVERIFIED, Reason.NO_VERIFIER)
        light.read_blocks(2, 3)
        found = light.fee_history(2)
        assert (found.value.tips, found.trust.state) == ((10**9, 10**9), TrustState.PROVEN)


@pytest.mark.parametrize(
    "answer",
    [None, {}, {"baseFeePerGas": 5}, {"baseFeePerGas": ["0x1"], "reward": [["0x1", "0x2"]]}, {"baseFeePerGas": ["1"]}],
)
def test_a_fee_history_of_another_form_is_refused(here, answer):
    light = remote(here)
    here.liar.tell(always("eth_feeHistory", answer))
    with pytest.raises(BadEncoding):
        light.fee_history()


def test_an_endless_call_result_is_refused(here):
    light = here.light()
    here.liar.tell(always("eth_call", "0x" + "00" * 2_000_000))
    with pytest.raises(BadEncoding):
        light.call(BELL, b"", sender=here.who(0))


def test_an_address_in_another_spelling_is_the_same(here):
    assert here.light().account(Address.parse(str(here.who(0)).lower())).value.balance == RICH
