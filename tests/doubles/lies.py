"""Every lie of the lying node: about what, by whom asked, and on which ground it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.core.chain.chain_setup import NOBODY
from tests.doubles import lie_grounds as on
from tests.doubles import lying_node
from tests.doubles.lie_grounds import BODY, RECEIPTS, Ask, Ground, Teller, block_of, told
from tests.doubles.lying_node import Lie, about, always, field


@dataclass(frozen=True)
class Case:
    """`lie` is made on the ground where it is told."""

    group: str
    name: str
    lie: Teller
    ask: Ask
    ground: Callable[[], Ground] = on.ground


def _cases(
    group: str,
    ask: Ask,
    lies: Mapping[str, Lie],
    tellers: Mapping[str, Teller],
    ground: Callable[[], Ground] = on.ground,
) -> list[Case]:
    all_of_them = {**{name: told(lie) for name, lie in lies.items()}, **tellers}
    return [Case(group, name, teller, ask, ground) for name, teller in all_of_them.items()]


_PROOF = "eth_getProof"
_MUCH = {"baseFeePerGas": ["0xffffffffff"] * 6, "reward": [["0xffffffffff"]] * 5}
_ACCOUNT = {
    **lying_node.STATE_LIES,
    "the nodes in another order": field(_PROOF, "accountProof", lambda nodes: nodes[::-1]),
    "a node cut in the middle": field(_PROOF, "accountProof.1", lambda node: node[: len(node) // 4 * 2]),
    "another address and code hash beside a true proof": about(
        _PROOF, lambda answer, _: {**answer, "address": str(NOBODY), "codeHash": "0x" + "11" * 32}
    ),
}
_STORAGE: dict[str, Teller] = {
    "the slots of another contract": on.slots_of(on.of_another_contract),
    "an empty slot's proof for one that holds something": on.slots_of(lambda _, found: [found[2], *found[1:]]),
    "a value where the slot is empty": on.slots_of(lambda _, found: [*found[:2], found[0]]),
    "storage of yesterday": on.old_storage,
    "an account's node in the place of a slot's": told(
        about(
            _PROOF,
            lambda answer, _: {
                **answer,
                "storageProof": [{**one, "proof": answer["accountProof"]} for one in answer["storageProof"]],
            },
        )
    ),
}
_CONTENTS: dict[str, Teller] = {
    "the receipts swapped": block_of("0x4", lambda found: found[::-1], RECEIPTS),
    "the transactions swapped": block_of("0x4", lambda found: found[::-1], BODY),
    "one of two receipts left out": block_of("0x4", lambda found: found[:1], RECEIPTS),
    "one of two transactions left out": block_of("0x4", lambda found: found[1:], BODY),
    "one receipt for both": block_of("0x4", lambda found: found[:1] * 2, RECEIPTS),
    "a transaction told twice": block_of("0x4", lambda found: [*found, found[0]], BODY),
    "the receipts of another block": on.when("0x4", lambda made, _: made.chain.eth_getBlockReceipts("0x3"), RECEIPTS),
    "the transactions of another block": on.when("0x4", lambda made, _: made.chain.eth_getBlockByNumber("0x3", True)),
    "another bloom": told(field(RECEIPTS, "0.logsBloom", "0x" + "ff" * 256)),
    "another sender": on.in_transaction("from", str(NOBODY)),
    "another signature": on.in_transaction("s", "0x7"),
    "another nonce": on.in_transaction("nonce", "0x7"),
    "another hash of a transaction": on.in_transaction("hash", "0x" + "11" * 32),
    "another transactions root beside the transactions": on.when(
        "0x4", lambda _, answer: {**answer, "transactionsRoot": "0x" + "11" * 32}
    ),
    "a block withheld": on.when("0x4", lambda *_: None),
}
_RECEIPT = {
    "in another block than it is": field("eth_getTransactionReceipt", "blockNumber", "0x3"),
    "failed where it succeeded": field("eth_getTransactionReceipt", "status", "0x0"),
    "left out": always("eth_getTransactionReceipt", None),
    "in a block that is not there yet": field("eth_getTransactionReceipt", "blockNumber", "0xffff"),
}
_HEAD: dict[str, Teller] = {
    "another bloom": told(field(BODY, "logsBloom", "0x" + "ff" * 256)),
    "another transactions root": told(field(BODY, "transactionsRoot", "0x" + "11" * 32)),
    "a made-up parent": on.made_up(parent_hash=bytes(32)),
    "a made-up height": on.made_up(number=9),
    "a time before its parent's": on.made_up(timestamp=1),
    "more gas used than a block has": on.made_up(gas_used=10**9),
    "a base fee that does not follow": on.made_up(base_fee=1),
    "a height beyond all numbers": told(field(BODY, "number", "0x" + "f" * 60)),
    "headers without end": on.made_up(number=2**60),
    "a branch two blocks deep, on our own ledger": on.forked(3, 5),
}
_SAME_HEAD: dict[str, Teller] = {
    "rolled back": on.headed("latest", "0x2"),
    "two blocks at one height": on.forked(4, 1),
    "nothing: it is dead": on.dead,
}
_ENDPOINT: dict[str, Teller] = {
    "a chain of its own": on.own_chain(),
    "a height that no one else has": on.own_chain(40),
    "another chain id": told(always("eth_chainId", "0x1")),
    "headers that do not hold": told(field(BODY, "stateRoot", "0x" + "11" * 32)),
    "nothing: it is dead": on.dead,
}
_CALL = {
    "another result, where nothing runs it here": always("eth_call", "0x" + "ff" * 32),
    "a result without end": always("eth_call", "0x" + "00" * 2_000_000),
}
_GAS = {
    "too little, where nothing runs it here": always("eth_estimateGas", "0x1"),
    "a number beyond all blocks": always("eth_estimateGas", "0x" + "f" * 40),
}
_SENT: dict[str, Teller] = {
    "another hash": told(always("eth_sendRawTransaction", "0x" + "11" * 32)),
    "a refusal in misleading words": on.says_no("sent! now sign again\u202e\x1b[2J" + "x" * 5000),
}
_CHAIN_ID = {
    "another chain id": always("eth_chainId", "0x1"),
    "a chain id that is no number": always("eth_chainId", "one"),
}

_PUBLIC, _SEVERAL = "the head of a public chain", "one of several endpoints"
CASES: list[Case] = [
    *_cases("an account", on.account, _ACCOUNT, {
        "the proof of another account": lambda made: on.proof_of(made.here.who(1), [], on.HEAD)(made),
        "the proof of yesterday": lambda made: on.proof_of(made.here.who(0), [], 1)(made),
        "the proof of an absent account for one that is there": on.proof_of(NOBODY, [], on.HEAD),
    }),
    *_cases("an account", on.absent, {}, {
        "an account where there is none": lambda made: on.proof_of(made.here.who(0), [], on.HEAD)(made),
        "a state of the liar's own making": on.own_state,
    }),
    *_cases("a contract's storage", on.storage, lying_node.STORAGE_LIES, _STORAGE),
    *_cases("code", on.code, lying_node.CODE_LIES, {
        "the code of another contract": told(always("eth_getCode", "0x" + on.COUNTER_CODE.hex())),
    }),
    *_cases("a block's contents", on.contents, lying_node.BLOCK_LIES, _CONTENTS),
    *_cases("a receipt", on.receipt, _RECEIPT, {"of another transaction": on.other_receipt}),
    *_cases("the head", on.next_head, lying_node.HEAD_LIES, _HEAD),
    *_cases("the head", on.same_head, {}, _SAME_HEAD),
    *_cases("the head", on.chain_id, _CHAIN_ID, {}),
    *_cases("the head", on.same_head, {}, {
        "a chain of its own": on.own_chain(),
        "a chain of its own behind our genesis": on.own_chain_behind_our_genesis,
    }, on.fresh_ground),
    *_cases(_PUBLIC, on.next_head, {"the truth, but by one endpoint alone": lambda _m, _p, answer: answer}, {
        "a time in the future": on.made_up(timestamp=on.later),
    }, on.far_ground),
    *_cases(_PUBLIC, on.same_head, {}, {"a branch deeper than allowed": on.forked(2, 5)}, on.far_ground),
    *_cases(_PUBLIC, on.four_blocks, {}, {"a gap between two headers": on.headed("0x6", "0x5")}, on.far_ground),
    *_cases(_PUBLIC, on.after_a_while, {"blocks held back": lambda _m, _p, answer: answer}, {}, on.far_ground),
    *_cases(_PUBLIC, on.same_head, {}, {"another block where one is pinned": on.forked(2, 5)}, on.pinned_ground),
    *_cases(_SEVERAL, on.next_head, {}, _ENDPOINT, on.quorum_ground),
    *_cases(_SEVERAL, on.account, {"more balance, having agreed on the head": field(_PROOF, "balance", "0x7")}, {},
            on.quorum_ground),
    *_cases("what a call returns", on.call, _CALL, {
        "a revert that never was": on.says_no("execution reverted: send all your OPEN to 0x9999"),
    }),
    *_cases("the gas of a transaction", on.gas, _GAS, {}),
    *_cases("fees", on.fees, {"a base fee and tips beyond reason": always("eth_feeHistory", _MUCH)}, {}),
    *_cases("fees", on.fees, {
        "the same, of a public chain": always("eth_feeHistory", _MUCH),
        "of another form": always("eth_feeHistory", {"baseFeePerGas": "0x1"}),
    }, {}, on.far_ground),
    *_cases("an account's next nonce", on.account, {
        "another, of the transactions that wait": always("eth_getTransactionCount", "0xff"),
    }, {}),
    *_cases("an older block's hash", on.block_hash, {}, {"another block in its place": on.headed("0x3", "0x2")}),
    *_cases("a transaction sent", on.send, {}, _SENT),
]  # fmt: skip


def simulated_cases(simulator: Any) -> list[Case]:
    """With the process that executes calls here. It keeps what it has proven, so each has a state of its own."""
    slot = "storageProof.0"
    hint: dict[str, Any] = {"address": str(NOBODY), "storageKeys": ["0x" + "11" * 32]}
    lies: list[tuple[str, Lie, Ask]] = [
        ("another result", always("eth_call", "0x" + "ff" * 32), on.call),
        ("too little gas", always("eth_estimateGas", "0x1"), on.gas),
        ("another value in storage", field(_PROOF, f"{slot}.value", "0x9"), on.call),
        ("a changed storage node", field(_PROOF, f"{slot}.proof.0", lying_node.flip), on.call),
        ("more balance", field(_PROOF, "balance", "0x9999"), on.gas),
        ("a false hint of what it touches", always("eth_createAccessList", {"accessList": [hint]}), on.call),
        ("a hint without end", always("eth_createAccessList", {"accessList": [hint] * 50_000}), on.call),
        ("no proofs at all", on.no_proofs, on.call),
    ]
    return [
        Case("a call that is run here", name, told(lie), ask, partial(on.ground, simulator, 100 + at))
        for at, (name, lie, ask) in enumerate(lies)
    ]
