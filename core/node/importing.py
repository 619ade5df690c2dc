"""Uncles (Yellow Paper 11.1): what a block of the time of proof of work says of blocks beside the chain. They are paid,
so they must be what they claim; their own seals are not checked, as no seals are.
"""

from __future__ import annotations

from core.node.engine import Invalid
from core.node.store import Store
from core.node.values import Block, Header

MAX_UNCLES, GENERATIONS = 2, 7
LIMIT_SHARE = 1_024  # a gas limit moves by less than this part of its parent's


def check_uncles(block: Block, store: Store) -> None:
    """Of a block that is to stand on the newest one kept. Raises Invalid."""
    if not block.uncles:
        return
    if len(block.uncles) > MAX_UNCLES or len({uncle.hash for uncle in block.uncles}) != len(block.uncles):
        raise Invalid(f"uncles: at most {MAX_UNCLES} different ones")
    first = max(0, block.header.number - GENERATIONS)
    ancestors = [header for number in range(first, block.header.number) if (header := store.header(number))]
    chain = {header.hash: header for header in ancestors}
    taken = {uncle.hash for header in ancestors for uncle in store.beside(header.number)[0]}
    for uncle in block.uncles:
        if uncle.hash in chain or uncle.hash in taken:
            raise Invalid(f"uncle 0x{uncle.hash.hex()} stands in the chain already")
        parent = chain.get(uncle.parent_hash)
        if parent is None or uncle.parent_hash == block.header.parent_hash:
            raise Invalid(f"uncle 0x{uncle.hash.hex()} is not of the last {GENERATIONS - 1} generations")
        _check_header(uncle, parent)


def _check_header(uncle: Header, parent: Header) -> None:
    limit = parent.gas_limit * 2 if uncle.has("base_fee") and not parent.has("base_fee") else parent.gas_limit
    fits = (
        uncle.number == parent.number + 1
        and uncle.timestamp > parent.timestamp
        and uncle.gas_used <= uncle.gas_limit
        and abs(uncle.gas_limit - limit) < limit // LIMIT_SHARE
    )
    if not fits:
        raise Invalid(f"uncle 0x{uncle.hash.hex()} does not follow its parent")
