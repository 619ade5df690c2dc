"""Grounds on which a lie can be told, who asks there, and liars that need to know the ground."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.chain import transport as chain_transport
from core.chain.light_node import LightNode
from core.chain.network import Checkpoint, Network
from core.chain.quorum import QuorumTransport
from core.chain.trust import Trusted
from core.errors import NodeUnreachable, RpcError
from core.eth.header import Header
from core.units import Address
from tests.core.chain.chain_setup import BELL, NOBODY, Scene, scene
from tests.doubles.lying_node import Lie, LyingNode, about, always, field
from tests.doubles.toy_chain import Someone, ToyChain

COUNTER = Address(
    b"\xc0" * 20
)  # returns its slot 0, which holds 7 or the like: PUSH0 SLOAD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
COUNTER_CODE = bytes.fromhex("5f545f5260205ff3")
HEAD = 5  # the block that everybody knows, before the lie is told


@dataclass(frozen=True)
class Ground:
    """A chain with a story, the light node that has followed it, and the liar between them."""

    here: Scene
    light: LightNode

    @property
    def chain(self) -> ToyChain:
        return self.here.chain


Ask = Callable[[Ground], Trusted[Any]]
Teller = Callable[[Ground], Lie]
BODY, RECEIPTS = "eth_getBlockByNumber", "eth_getBlockReceipts"


def _story(here: Scene, seed: int = 7) -> None:
    """Block 1 is empty; 2 and 3 ring the bell; 4 holds two transactions; 5 is empty."""
    here.chain.state[COUNTER.raw] = Someone(nonce=1, code=COUNTER_CODE, storage={0: seed})
    here.send(0, BELL, data=b"ding")
    here.send(1, BELL, data=b"dong")
    raws = [here.signed(0, BELL, data=b"one"), here.signed(1, BELL, data=b"two")]
    here.chain.pack(["0x" + raw.hex() for raw in raws])
    here.chain.mine()


def ground(simulator: Any = None, seed: int = 7) -> Ground:
    here = scene()
    _story(here, seed)
    light = LightNode(here.liar, here.network, clock=here.clock, simulator=simulator)
    light.sync()
    return Ground(here, light)


def far_ground() -> Ground:
    """A public chain: nothing pinned, shallow branches allowed, a new block at least every minute."""
    here = scene()
    _story(here)
    head = int.from_bytes(here.chain.blocks[-1].header[11], "big")
    here.clock.time = head + 10
    here.network = Network("far", "Far", here.chain.chain_id, reorg_depth=2, max_age=60)
    light = here.light()
    light.sync()
    return Ground(here, light)


def fresh_ground() -> Ground:
    """Our own ledger, not asked anything yet."""
    here = scene()
    _story(here)
    return Ground(here, here.light())


def pinned_ground() -> Ground:
    made = far_ground()
    checkpoint = Checkpoint(3, made.chain.blocks[3].hash)
    made.here.network = replace(made.here.network, checkpoint=checkpoint)
    return Ground(made.here, made.here.light())


class _Named(LyingNode):
    def __init__(self, honest: Any, name: str) -> None:
        super().__init__(honest)
        self.endpoint = name  # type: ignore[misc]


def quorum_ground() -> Ground:
    """Three endpoints, two of which must agree; the first one lies."""
    made = far_ground()
    here = made.here
    liar = _Named(here.chain, "https://a.example")
    others = [_Named(here.chain, f"https://{name}.example") for name in "bc"]
    here.liar = liar
    transport = QuorumTransport([liar, *others], 2, here.chain.chain_id)
    light = LightNode(transport, here.network, clock=here.clock)
    light.sync()
    return Ground(here, light)


# -- what is asked ---------------------------------------------------------------------------------------------------


def account(made: Ground) -> Trusted[Any]:
    return made.light.account(made.here.who(0))


def absent(made: Ground) -> Trusted[Any]:
    return made.light.account(NOBODY)


def storage(made: Ground) -> Trusted[Any]:
    return made.light.storage(BELL, [0, 1, 9])


def code(made: Ground) -> Trusted[Any]:
    return made.light.code(BELL)


def contents(made: Ground) -> Trusted[Any]:
    made.light.read_blocks(0)
    logs = made.light.logs([BELL], 0)
    sent = [made.light.sent(made.here.who(0), nonce, 0).value for nonce in (0, 1)]
    return logs.map(lambda found: (found, sent))


def receipt(made: Ground) -> Trusted[Any]:
    return made.light.receipt(made.chain.blocks[2].transactions[0].hash)


def next_head(made: Ground) -> Trusted[Any]:
    made.chain.mine()
    return made.light.sync()


def same_head(made: Ground) -> Trusted[Any]:
    return made.light.sync()


def call(made: Ground) -> Trusted[Any]:
    return made.light.call(COUNTER, b"", sender=made.here.who(0))


def gas(made: Ground) -> Trusted[Any]:
    return made.light.estimate_gas(made.here.who(0), COUNTER, b"", 0)


def fees(made: Ground) -> Trusted[Any]:
    return made.light.fee_history()


def chain_id(made: Ground) -> Trusted[Any]:
    made.light.check_chain_id()
    return made.light.head()


def send(made: Ground) -> Trusted[Any]:
    return made.light.head().map(lambda _: made.light.send_raw(made.here.signed(0, NOBODY, value=5)))


def block_hash(made: Ground) -> Trusted[Any]:
    return made.light.block_hash(3)


# -- lies that need the ground they are told on ----------------------------------------------------------------------


def told(lie: Lie) -> Teller:
    return lambda _made: lie


def proof_of(address: Address, slots: Sequence[str], block: int) -> Teller:
    """A true proof, of something else than what was asked."""
    return lambda made: always("eth_getProof", made.chain.eth_getProof(str(address), list(slots), hex(block)))


def slots_of(change: Callable[[Ground, list[Any]], list[Any]]) -> Teller:
    return lambda made: field("eth_getProof", "storageProof", lambda entries: change(made, entries))


def of_another_contract(made: Ground, entries: list[Any]) -> list[Any]:
    keys = [entry["key"] for entry in entries]
    found: list[Any] = made.chain.eth_getProof(str(COUNTER), keys, hex(HEAD))["storageProof"]
    return found


def when(tag: str, change: Callable[[Ground, Any], Any], method: str = BODY) -> Teller:
    """About one block, however much of it is asked for."""
    return lambda made: about(method, lambda answer, params: change(made, answer) if params[0] == tag else answer)


def made_up(**fields: Any) -> Teller:
    """A head whose hash is right, since who lies can hash."""

    def forge(_made: Ground, answer: Any) -> Any:
        header = Header.from_rpc(answer)
        changes = {name: value(header) if callable(value) else value for name, value in fields.items()}
        return replace(header, **changes).to_rpc()

    return when("latest", forge)


def forked(keep: int, blocks: int) -> Teller:
    """Another branch behind block `keep`, served whole."""

    def tell(made: Ground) -> Lie:
        branch = ToyChain.__new__(ToyChain)
        branch.__dict__ = {**made.chain.__dict__, "blocks": made.chain.blocks[: keep + 1]}
        branch.state = dict(branch.blocks[-1].state)
        start = int.from_bytes(branch.blocks[-1].header[11], "big")
        branch._time = iter(range(start + 3, start + 3000, 3))  # type: ignore[assignment]
        branch.mine(blocks)
        return lambda method, params, _answer: branch.request(method, params)

    return tell


def own_chain(blocks: int = 9) -> Teller:
    """A chain of the liar's own, where the liar is rich."""

    def tell(made: Ground) -> Lie:
        other = ToyChain({NOBODY.raw: 10**30}, chain_id=made.chain.chain_id)
        other.mine(blocks)
        return lambda method, params, _answer: other.request(method, params)

    return tell


def own_chain_behind_our_genesis(made: Ground) -> Lie:
    lie = own_chain()(made)
    return lambda method, params, answer: answer if params and params[0] == "0x0" else lie(method, params, answer)


def own_state(made: Ground) -> Lie:
    other = ToyChain({NOBODY.raw: 10**30}, chain_id=made.chain.chain_id)
    return about("eth_getProof", lambda _answer, params: other.eth_getProof(params[0], params[1], "0x0"))


def dead(_made: Ground) -> Lie:
    def lie(_method: str, _params: Sequence[Any], _answer: Any) -> Any:
        raise NodeUnreachable(endpoint="liar", reason="ConnectError")

    return lie


def says_no(words: str) -> Teller:
    def lie(method: str, _params: Sequence[Any], _answer: Any) -> Any:
        raise RpcError(method=method, code=-32000, message=chain_transport.plain(words), data=None)

    return lambda _made: lie


def block_of(tag: str, change: Callable[[list[Any]], list[Any]], method: str) -> Teller:
    if method == RECEIPTS:
        return when(tag, lambda _made, answer: change(answer), method)
    return lambda _made: about(
        method,
        lambda answer, params: (
            {**answer, "transactions": change(answer["transactions"])} if params == [tag, True] else answer
        ),
    )


def in_transaction(name: str, value: Any) -> Teller:
    return block_of("0x4", lambda found: [{**found[0], name: value}, *found[1:]], BODY)


def headed(tag: str, instead: str) -> Teller:
    """Another block's header in the place of one."""
    return when(tag, lambda made, _answer: made.chain.eth_getBlockByNumber(instead, False))


def later(header: Header) -> int:
    return header.timestamp + 10**6


def four_blocks(made: Ground) -> Trusted[Any]:
    made.chain.mine(3)
    return next_head(made)


def after_a_while(made: Ground) -> Trusted[Any]:
    made.here.clock.time += 100
    return made.light.sync()


def no_proofs(method: str, _params: Sequence[Any], answer: Any) -> Any:
    if method == "eth_getProof":
        raise RpcError(method=method, code=-32601, message="method not found", data=None)
    return answer


def old_storage(made: Ground) -> Lie:
    def change(answer: Any, params: Sequence[Any]) -> Any:
        return {**answer, "storageProof": made.chain.eth_getProof(params[0], params[1], "0x2")["storageProof"]}

    return about("eth_getProof", change)


def other_receipt(made: Ground) -> Lie:
    other = "0x" + made.chain.blocks[3].transactions[0].hash.hex()
    return always("eth_getTransactionReceipt", made.chain.eth_getTransactionReceipt(other))
