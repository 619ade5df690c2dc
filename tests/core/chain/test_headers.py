"""The chain of headers: branches given up, checkpoints, heads that stand still, and what is said of each."""

from __future__ import annotations

import dataclasses

import pytest

from core.chain import headers as chain_headers
from core.chain.light_node import LightNode
from core.chain.network import Checkpoint, Network
from core.chain.store import Withdrawn
from core.chain.trust import Reason, Trust, TrustState
from core.errors import BadInput, Cancelled, HeadLost, NodeUnreachable, ProofMismatch, TooLarge, WrongChain
from core.eth.header import Header
from core.jobs import Progress
from core.storage import Database
from core.vault.migrations import m003_chain
from tests.core.chain.chain_setup import BELL, Scene, scene
from tests.doubles.lying_node import about
from tests.doubles.toy_chain import ToyChain

KEY = bytes(range(32))
DEPTH = 4


@pytest.fixture
def here() -> Scene:
    """A chain that somebody else runs: nothing of it is pinned, its newest blocks may be replaced."""
    made = scene()
    made.clock.time = 1_700_000_100
    made.network = Network("far", "Far", made.chain.chain_id, reorg_depth=DEPTH, endpoints=("https://far.example",))
    return made


def pinned(here: Scene, number: int, **change: object) -> Network:
    return dataclasses.replace(here.network, checkpoint=Checkpoint(number, here.chain.blocks[number].hash), **change)  # type: ignore[arg-type]


def fork(chain: ToyChain, keep: int, blocks: int) -> None:
    """Another branch from the block after `keep` on."""
    chain.blocks = chain.blocks[: keep + 1]
    chain.state = dict(chain.blocks[-1].state)
    start = int.from_bytes(chain.blocks[-1].header[11], "big")
    chain._time = iter(range(start + 3, start + 10_000, 3))
    chain.mine(blocks)


class TestBranches:
    def test_a_shallow_branch_is_followed_and_what_stood_on_the_old_one_is_withdrawn(self, here):
        here.chain.mine(3)
        light = here.light()
        gone: list[Withdrawn] = []
        light.on_withdrawn(gone.append)
        light.sync()
        tx_hash = here.send(0, BELL, data=b"ding")
        here.chain.mine()
        light.sync()
        assert light.receipt(tx_hash).value is not None
        assert len(light.logs([BELL], 5).value) == 2
        lost = [block.hash for block in here.chain.blocks[4:]]
        fork(here.chain, 3, 4)
        assert light.sync().value.hash == here.chain.blocks[-1].hash
        assert gone == [Withdrawn(4, 6, tuple(lost), (tx_hash,))]
        assert light.logs([BELL], 5).value == ()
        assert light.receipt(tx_hash).value is None

    def test_a_shorter_branch_is_followed_too(self, here):
        here.chain.mine(6)
        light = here.light()
        light.sync()
        fork(here.chain, 5, 1)
        assert light.sync().value.number == 6
        assert light.head().value.hash == here.chain.blocks[-1].hash

    def test_a_branch_deeper_than_allowed_needs_the_person(self, here):
        here.chain.mine(9)
        light = here.light()
        gone: list[Withdrawn] = []
        end = light.on_withdrawn(gone.append)
        known = light.sync().value
        light.read_blocks(0)
        fork(here.chain, known.number - DEPTH - 1, 9)
        with pytest.raises(HeadLost) as caught:
            light.sync()
        assert caught.value.reason == "reorganised"
        assert light.head().value == known
        assert light.head().trust.reason is Reason.HEAD_LOST
        assert gone == []
        assert light.sync(accept_rollback=True).value.hash == here.chain.blocks[-1].hash
        assert [entry.first for entry in gone] == [known.number - DEPTH]
        end()
        fork(here.chain, 8, 9)
        light.sync(accept_rollback=True)
        assert len(gone) == 1, "who left is told no more"

    def test_our_own_ledger_allows_no_branch_at_all(self, here):
        here.network = scene().network
        light = LightNode(here.chain, dataclasses.replace(here.network, genesis_hash=here.chain.genesis_hash))
        here.chain.mine(3)
        light.sync()
        fork(here.chain, 3, 4)
        with pytest.raises(HeadLost):
            light.sync()

    def test_a_branch_that_does_not_hang_together_takes_nothing_with_it(self, here):
        here.chain.mine(5)
        light = here.light()
        gone: list[Withdrawn] = []
        light.on_withdrawn(gone.append)
        known = light.sync().value
        fork(here.chain, 3, 8)
        true = here.chain.eth_getBlockByNumber
        here.liar.tell(
            about(
                "eth_getBlockByNumber",
                lambda answer, params: true("0x5", False) if params[0] == "0x6" else answer,
            )
        )
        with pytest.raises(ProofMismatch):
            light.sync()
        assert light.head().value == known
        assert gone == []

    def test_a_node_that_dies_within_a_branch_takes_nothing_with_it(self, here):
        here.chain.mine(5)
        light = here.light()
        known = light.sync().value
        fork(here.chain, 3, 8)

        def dying(method, params, answer):
            if params and params[0] == "0x5":
                raise NodeUnreachable(endpoint="toy", reason="gone")
            return answer

        here.liar.tell(dying)
        with pytest.raises(NodeUnreachable):
            light.sync()
        assert light.head().value == known

    def test_an_endpoint_that_lags_a_little_changes_nothing(self, here):
        here.chain.mine(6)
        light = here.light()
        known = light.sync().value
        here.chain.blocks = here.chain.blocks[:-DEPTH]
        assert light.sync().value == known
        here.chain.blocks = here.chain.blocks[:-1]
        with pytest.raises(HeadLost) as caught:
            light.sync()
        assert caught.value.reason == "rolled back"


class TestCheckpoint:
    def test_hashes_lead_from_it_to_the_head_and_each_side_is_said_honestly(self, here):
        here.chain.mine(9)
        here.network = pinned(here, 6)
        light = here.light()
        assert light.sync().trust == Trust(TrustState.UNVERIFIED, Reason.BEYOND_CHECKPOINT, 10)
        assert light.logs([BELL], 6, 6).trust == Trust(TrustState.PROVEN, Reason.CHECKPOINT, 6)
        assert light.headers(0, 5) == []
        assert light.logs([BELL], 2, 4).trust == Trust(TrustState.PROVEN, Reason.CHECKPOINT, 4)
        assert [header.number for header in light.headers(0, 5)] == [2, 3, 4, 5]

    def test_another_block_at_its_height_is_another_chain(self, here):
        here.chain.mine(9)
        here.network = dataclasses.replace(here.network, checkpoint=Checkpoint(6, b"\x01" * 32))
        with pytest.raises(WrongChain) as caught:
            here.light().sync()
        assert caught.value.expected == "01" * 32
        assert caught.value.found == here.chain.blocks[6].hash.hex()

    def test_an_endpoint_that_has_not_got_it_is_not_followed(self, here):
        here.chain.mine(9)
        here.network = pinned(here, 6)
        here.chain.blocks = here.chain.blocks[:5]
        with pytest.raises(ProofMismatch):
            here.light().sync()

    def test_no_branch_goes_behind_it_even_when_the_person_accepts(self, here):
        here.chain.mine(9)
        here.network = pinned(here, 6, reorg_depth=100)
        light = here.light()
        light.sync()
        kept = here.chain.blocks
        fork(here.chain, 4, 9)
        here.liar.tell(
            about(
                "eth_getBlockByNumber",
                lambda answer, params: (
                    Header.from_rpc(answer).to_rpc() if params[0] != "0x6" else {**_rpc(kept, 6), "transactions": []}
                ),
            )
        )
        with pytest.raises(HeadLost):
            light.sync(accept_rollback=True)
        here.liar.stop()
        with pytest.raises(WrongChain):
            light.sync(accept_rollback=True)

    def test_one_pinned_later_is_linked_by_reaching_back(self, here, tmp_path):
        here.chain.mine(19)
        store = Database(tmp_path / "vault.db", KEY, [m003_chain.migrate])
        assert here.light(store).sync().trust.reason is Reason.SAME_ENDPOINT
        here.network = pinned(here, 6)
        light = here.light(store)
        assert light.sync().trust.reason is Reason.SAME_ENDPOINT, "not linked yet: only the head is here"
        light.read_blocks(6, 7)
        assert light.head().trust.reason is Reason.BEYOND_CHECKPOINT
        store.close()

    def test_one_too_far_behind_is_not_followed_to_the_head(self, here, monkeypatch):
        monkeypatch.setattr(chain_headers, "MAX_SPAN", 5)
        here.chain.mine(19)
        here.network = pinned(here, 2)
        light = here.light()
        assert light.sync().trust == Trust(TrustState.UNVERIFIED, Reason.SAME_ENDPOINT, 20)
        with pytest.raises(TooLarge):
            light.read_blocks(2, 3)


def _rpc(blocks, number):
    chain = ToyChain()
    chain.blocks = blocks
    return chain.eth_getBlockByNumber(hex(number), False)


class TestBackwards:
    def test_older_blocks_are_reached_by_parent_hashes(self, here):
        here.chain.mine(300)
        light = here.light()
        light.sync()
        assert len(light.headers(0, 301)) == 1 + DEPTH, "deep enough for a branch"
        light.read_blocks(20, 25)
        assert [header.number for header in light.headers(0, 301)] == list(range(20, 302))

    def test_one_that_is_no_parent_is_refused_and_what_was_reached_stays(self, here):
        here.chain.mine(300)
        light = here.light()
        light.sync()
        other = ToyChain({}, chain_id=here.chain.chain_id)
        other.mine(300)
        here.liar.tell(
            about(
                "eth_getBlockByNumber",
                lambda answer, params: other.eth_getBlockByNumber("0x64", False) if params[0] == "0x64" else answer,
            )
        )
        with pytest.raises(ProofMismatch) as caught:
            light.read_blocks(20, 25)
        assert caught.value.what == "parent"
        reached = light.headers(0, 301)[0].number
        assert 100 < reached < 301
        here.liar.stop()
        light.read_blocks(20, 25)
        assert light.headers(0, 301)[0].number == 20

    def test_before_the_first_block_there_is_nothing(self, here):
        light = here.light()
        light.sync()
        with pytest.raises(BadInput):
            light.read_blocks(-1, 1)

    def test_a_cancel_keeps_what_was_reached(self, here):
        here.chain.mine(300)
        light = here.light()
        light.sync()
        progress = Progress(report=lambda _done, _words: progress.cancel())
        with pytest.raises(Cancelled):
            light.read_blocks(0, 5, progress)
        reached = light.headers(0, 301)[0].number
        assert 0 < reached < 301
        light.read_blocks(0, 5)
        assert light.headers(0, 301)[0].number == 0


class TestTime:
    def test_a_head_that_stands_still_is_stale_since_it_was_made(self, here):
        here.network = dataclasses.replace(here.network, max_age=60)
        light = here.light()
        head = light.sync().value
        here.clock.time = head.timestamp + 60
        assert light.head().trust.state is TrustState.UNVERIFIED
        here.clock.time = head.timestamp + 61
        assert light.sync().trust == Trust(TrustState.STALE, Reason.OLD_HEAD, head.number, head.timestamp)
        here.chain.mine(30)
        assert light.sync().trust.state is TrustState.UNVERIFIED

    def test_a_head_of_the_future_is_refused(self, here):
        light = here.light()
        head = light.sync().value
        here.clock.time = head.timestamp - 900
        light.sync()
        here.clock.time = head.timestamp - 901
        with pytest.raises(ProofMismatch) as caught:
            light.sync()
        assert caught.value.what == "timestamp"

    def test_more_blocks_than_seconds_cannot_be(self, here):
        here.network = dataclasses.replace(here.network, genesis_hash=here.chain.genesis_hash)
        light = here.light()
        head = light.sync().value
        tall = dataclasses.replace(head, number=2**50, timestamp=here.clock.now()).to_rpc()
        here.chain.asked.clear()
        here.liar.tell(about("eth_getBlockByNumber", lambda answer, params: tall if params[0] == "latest" else answer))
        with pytest.raises(ProofMismatch) as caught:
            light.sync()
        assert caught.value.what == "block number"
        assert len(here.chain.asked) < 5, "no endless headers are asked for"


class TestReasons:
    def test_a_pinned_genesis_elsewhere_is_one_endpoint_s_word_on_canonicity(self, here):
        here.network = dataclasses.replace(here.network, genesis_hash=here.chain.genesis_hash)
        assert here.light().sync().trust == Trust(TrustState.PROVEN, Reason.ONE_ENDPOINT, 1)

    def test_nothing_pinned_is_consistent_and_no_more(self, here):
        light = here.light()
        light.sync()
        assert light.account(here.who(0)).trust == Trust(TrustState.UNVERIFIED, Reason.SAME_ENDPOINT, 1)
        assert light.report is None
