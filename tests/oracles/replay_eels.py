"""Runs under the Python of its own environment, with nothing of ours: the execution specification replays a chain.

Standard input: {"chainId", "genesis": header as hex, "alloc": {address: {balance, nonce, code}}, "blocks": [hex]}.
Standard output, a line for each block: {"number", "error": null or words}, and the state root it came to in the end.
An accepted block has the state root that its header says: the specification computes it and compares.
"""

from __future__ import annotations

import json
import sys

from ethereum.crypto.hash import keccak256
from ethereum.forks.prague.blocks import Block, Header
from ethereum.forks.prague.fork import BlockChain, state_transition
from ethereum.forks.prague.fork_types import Account, Address
from ethereum.forks.prague.state import State, set_account, state_root
from ethereum_rlp import rlp
from ethereum_types.bytes import Bytes
from ethereum_types.numeric import U64, U256, Uint


def main() -> None:
    given = json.load(sys.stdin)
    state = State()
    for address, entry in given["alloc"].items():
        account = Account(
            nonce=Uint(entry.get("nonce", 0)),
            balance=U256(entry.get("balance", 0)),
            code=Bytes(bytes.fromhex(entry.get("code", ""))),
        )
        set_account(state, Address(bytes.fromhex(address)), account)
    header = rlp.decode_to(Header, bytes.fromhex(given["genesis"]))
    assert state_root(state) == header.state_root, "another genesis"
    assert rlp.encode(header) == bytes.fromhex(given["genesis"])
    genesis = Block(header=header, transactions=(), ommers=(), withdrawals=())
    chain = BlockChain(blocks=[genesis], state=state, chain_id=U64(given["chainId"]))
    for encoded in given["blocks"]:
        raw = bytes.fromhex(encoded)
        block = rlp.decode_to(Block, raw)
        error = None
        try:
            state_transition(chain, block)
            if keccak256(rlp.encode(block)) != keccak256(raw):
                error = "encoded otherwise"
        except Exception as reason:  # noqa: BLE001 - whatever the specification has against it is the answer
            error = f"{type(reason).__name__}: {reason}"[:300]
        print(json.dumps({"number": int(block.header.number), "error": error}), flush=True)
        if error:
            break
    print(json.dumps({"stateRoot": state_root(chain.state).hex()}))


if __name__ == "__main__":
    main()
