"""core/node/RPC.md says what the recorded exchanges of execution-apis come out as; here they are played again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.core.node.exchanges import OTHER, OUT, SAME, VECTORS, WORDS, Played, counts, play

PAGE = Path(__file__).resolve().parents[3] / "core" / "node" / "RPC.md"
SUBSCRIPTIONS = {"eth_subscribe", "eth_unsubscribe"}  # on a socket only
NEEDED = {  # what the light node, the wallet and the block explorer of this program ask
    "eth_chainId", "eth_blockNumber", "eth_getBlockByNumber", "eth_getBlockByHash", "eth_getBlockReceipts",
    "eth_getProof", "eth_getCode", "eth_getBalance", "eth_getTransactionCount", "eth_getStorageAt", "eth_getLogs",
    "eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_sendRawTransaction", "eth_feeHistory",
    "eth_estimateGas", "eth_call", "eth_createAccessList", "eth_syncing",
}  # fmt: skip
ALLOWED = {"eth_call/call-callenv-options-eip1559", "eth_sendRawTransaction/send-blob-tx"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Played], frozenset[str]]:
    if not VECTORS.exists():
        pytest.skip("the public vectors are not at hand")
    return play(tmp_path_factory.mktemp("exchanges") / "ledger.db")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under the line that begins with `heading`."""
    part = PAGE.read_text().split(heading, 1)[1].split("\n\n", 1)[0]
    return [[cell.strip(" `*") for cell in line.strip("|").split("|")] for line in part.splitlines()[2:]]


def test_the_page_says_what_was_measured(played: tuple[list[Played], frozenset[str]]) -> None:
    told = {name: [int(cell) for cell in cells] for name, *cells in rows("| method ") if name}
    measured = {
        method: [found.total(), found[SAME], found[WORDS], found[OTHER], found[OUT]]
        for method, found in counts(played[0]).items()
    }
    measured["all"] = [sum(row[at] for row in measured.values()) for at in range(5)]
    assert told == measured


def test_every_exchange_that_is_not_the_same_has_its_reason(played: tuple[list[Played], frozenset[str]]) -> None:
    told = {name: outcome for name, outcome, why in rows("| exchange ") if why}
    assert told == {one.name: one.outcome for one in played[0] if one.outcome != SAME}


def test_what_a_light_node_and_a_wallet_need_is_the_same(played: tuple[list[Played], frozenset[str]]) -> None:
    exchanges, names = played
    assert names >= NEEDED
    needed = {one.name for one in exchanges if one.method in NEEDED and one.outcome in {OTHER, OUT}}
    assert needed == ALLOWED


def test_the_page_names_every_method(played: tuple[list[Played], frozenset[str]]) -> None:
    text = PAGE.read_text()
    named = set(re.findall(r"`([a-z0-9]+_[A-Za-z0-9]+)`", text))
    outside = {method for method, found in counts(played[0]).items() if set(found) == {OUT}}
    assert named == played[1] | outside | SUBSCRIPTIONS
