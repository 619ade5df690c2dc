"""Every block that our node makes is accepted by the execution specification, which shares no code with it.

The specification needs older libraries than this program, so it runs in an environment of its own, made once.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.node.genesis import SYSTEM_CONTRACTS
from core.node.values import Block
from tests.benchmarks.harness import rival_environment
from tests.contracts.network import OPEN, PEOPLE, Network, person
from tests.oracles.varied_chain import varied

pytestmark = pytest.mark.timeout(900)

PACKAGES = ["ethereum-execution==2.20.0"]
REPLAY = Path(__file__).with_name("replay_eels.py")


@pytest.fixture(scope="module")
def specification() -> str:
    try:
        return str(rival_environment("eels", PACKAGES, seconds=400))
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"the environment of the execution specification could not be made: {error}")


def replay(python: str, network: Network, blocks: list[bytes]) -> list[dict[str, Any]]:
    genesis = network.ledger.store.header(0)
    assert genesis is not None
    alloc: dict[str, dict[str, Any]] = {person(name).address[2:]: {"balance": 1_000 * OPEN} for name in PEOPLE}
    alloc |= {address.hex(): {"nonce": 1, "code": code.hex()} for address, code in SYSTEM_CONTRACTS.items()}
    given = {
        "chainId": network.chain_id,
        "genesis": genesis.encode().hex(),
        "alloc": alloc,
        "blocks": [block.hex() for block in blocks],
    }
    done = subprocess.run(
        [python, "-I", str(REPLAY)], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_kind_of_block_is_accepted_with_the_same_state(specification: str, network: Network) -> None:
    varied(network)
    store = network.ledger.store
    made = [store.block(number) for number in range(1, network.ledger.head.number + 1)]
    blocks = [block.encode() for block in made if block is not None]
    assert len(blocks) == network.ledger.head.number > 150
    kinds = {network.ledger.engine.decode(raw).type for block in made if block for raw in block.transactions}
    assert kinds == {0, 1, 2, 4}
    # one more with another state root: the specification is not one that accepts anything
    network.time += 12
    empty = network.ledger.engine.seal(network.ledger.head, network.ledger.next_time(), [])
    tampered = Block(replace(empty.header, state_root=bytes(32)), ()).encode()

    *answers, last, end = replay(specification, network, [*blocks, tampered])

    assert answers == [{"number": number, "error": None} for number in range(1, len(blocks) + 1)]
    assert last["error"].startswith("InvalidBlock")
    assert end["stateRoot"] == empty.header.state_root.hex()
