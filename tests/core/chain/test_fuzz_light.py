"""A node that changes any one place of any answer: the light node says the truth, marks it, or refuses.

`OPENLEDGER_FUZZ=20000` runs that many examples instead of a hundred.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.chain.light_node import LightNode
from core.chain.quorum import QuorumTransport
from core.chain.transport import HttpTransport
from core.chain.trust import Trusted, TrustState
from core.errors import OpenLedgerError
from core.eth.header import Header
from tests.core.eth.odd_json import JSON, places, put, texts
from tests.doubles import lie_grounds as on
from tests.doubles.lie_grounds import Ground

pytestmark = pytest.mark.timeout(0 if "OPENLEDGER_FUZZ" in os.environ else 300)
fuzz = settings(
    max_examples=int(os.environ.get("OPENLEDGER_FUZZ", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
BELIEVED = {TrustState.LOCAL, TrustState.PROVEN, TrustState.QUORUM}
ASKS: list[Callable[[Ground], Trusted[Any]]] = [
    on.account, on.absent, on.storage, on.code, on.contents, on.receipt, on.same_head, on.chain_id, on.fees,
    on.block_hash,
]  # fmt: skip


@pytest.fixture(scope="module")
def honest() -> Ground:
    return on.ground()


def lying(data: st.DataObject) -> Callable[[str, Any, Any], Any]:
    """One answer in three is changed in one place, whatever it is about."""

    def lie(_method: str, _params: Any, answer: Any) -> Any:
        if data.draw(st.integers(0, 2)):
            return answer
        ways = places(answer) or [()]
        way = data.draw(st.sampled_from(ways))
        old = answer
        for step in way:
            old = old[step]
        return put(answer, way, data.draw(texts(old)))

    return lie


@fuzz
@given(st.data())
def test_one_changed_place_anywhere_is_never_believed(honest, data):
    ask = data.draw(st.sampled_from(ASKS))
    fresh = data.draw(st.booleans())
    light = LightNode(honest.here.liar, honest.here.network, clock=honest.here.clock)
    made = Ground(honest.here, light)
    honest.here.liar.stop()
    truth = ask(honest)
    if not fresh:
        light.sync()
    honest.here.liar.tell(lying(data))
    try:
        found = ask(made)
    except OpenLedgerError:
        return
    finally:
        honest.here.liar.stop()
    assert found.trust.state not in BELIEVED or found.value == truth.value


@fuzz
@given(st.data())
def test_a_light_node_that_was_lied_to_is_right_again_with_an_honest_node(honest, data):
    light = LightNode(honest.here.liar, honest.here.network, clock=honest.here.clock)
    honest.here.liar.tell(lying(data))
    try:
        for ask in (on.same_head, on.contents):
            ask(Ground(honest.here, light))
    except OpenLedgerError:
        pass
    finally:
        honest.here.liar.stop()
    assert light.sync() == honest.light.head()
    assert on.contents(Ground(honest.here, light)) == on.contents(honest)


class Endpoint:
    def __init__(self, name: str, answer: Callable[[str, Any], Any]) -> None:
        self.endpoint = name
        self.request = answer

    def request_many(self, calls: Any) -> list[Any]:
        return [self.request(method, params) for method, params in calls]


@fuzz
@given(st.lists(st.tuples(JSON, JSON), min_size=2, max_size=2))
def test_whatever_a_minority_says_the_majority_s_head_stands(honest, said):
    chain = honest.chain
    good = [Endpoint(f"good {at}", chain.request) for at in range(3)]
    odd = [
        Endpoint(f"odd {at}", lambda method, _params=(), pair=pair: pair[method == "eth_chainId"])
        for at, pair in enumerate(said)
    ]
    head = QuorumTransport([*odd, *good], 3, chain.chain_id).agreed_head()
    assert head == Header.from_rpc(chain.eth_getBlockByNumber("latest", False))


@fuzz
@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: repr(value).encode()), st.text().map(str.encode)))
def test_any_bytes_over_http_are_an_answer_or_an_error_of_ours(body):
    transport = HttpTransport(
        "https://a.example",
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, stream=httpx.ByteStream(body))),
    )
    for ask in (lambda: transport.request("eth_x"), lambda: transport.request_many([("a", []), ("b", [])])):
        with pytest.raises(OpenLedgerError):
            ask()
