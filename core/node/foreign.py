"""The genesis of a chain begun elsewhere, as go-ethereum and others write it: `config` with the forks, the header's
fields, `alloc` with whole accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.errors import BadInput, TooLarge
from core.node.forks import ForkSchedule, schedule
from core.node.genesis import BASE_FEE, MAX_ACCOUNTS, Genesis, GenesisAccount
from core.node.values import ZERO_ADDRESS, ZERO_HASH

# Of mergeNetsplitBlock: the merge happens at a total difficulty, which a chain's own file names by the block as well.
_BY_NUMBER = {
    "homesteadBlock": "homestead",
    "eip150Block": "tangerine_whistle",
    "eip158Block": "spurious_dragon",
    "byzantiumBlock": "byzantium",
    "constantinopleBlock": "constantinople",
    "petersburgBlock": "petersburg",
    "istanbulBlock": "istanbul",
    "muirGlacierBlock": "muir_glacier",
    "berlinBlock": "berlin",
    "londonBlock": "london",
    "arrowGlacierBlock": "arrow_glacier",
    "grayGlacierBlock": "gray_glacier",
    "mergeNetsplitBlock": "paris",
}
_BY_TIME = {"shanghaiTime": "shanghai", "cancunTime": "cancun", "pragueTime": "prague"}
_NO_FORK = {"eip155Block", "daoForkBlock"}  # one comes with eip158Block, the other is mainnet's alone


def parse_foreign(data: Mapping[str, Any], *, beyond: bool = False) -> Genesis:
    """With `beyond`, the newest rules known go on where later ones would begin: for a chain whose blocks make no use
    of what those changed, for one that does is refused at that block. Raises BadInput, TooLarge.
    """
    alloc = data.get("alloc", {})
    if not isinstance(alloc, Mapping):
        raise BadInput(field="alloc", reason="not an object")
    if len(alloc) > MAX_ACCOUNTS:
        raise TooLarge(what="genesis accounts", found=len(alloc), limit=MAX_ACCOUNTS)
    try:
        forks = _forks(data["config"])
        return Genesis(
            chain_id=_number(data["config"]["chainId"]),
            timestamp=_number(data.get("timestamp")),
            alloc={_octets(address, 20): _account(entry) for address, entry in alloc.items()},
            forks=replace(forks, end=None) if beyond else forks,
            gas_limit=_number(data.get("gasLimit")),
            base_fee=_number(data.get("baseFeePerGas") or BASE_FEE),
            extra_data=_octets(data.get("extraData") or "0x"),
            coinbase=_octets(data.get("coinbase") or ZERO_ADDRESS.hex(), 20),
            difficulty=_number(data.get("difficulty")),
            mix_hash=_octets(data.get("mixHash") or ZERO_HASH.hex(), 32),
            nonce=_number(data.get("nonce")).to_bytes(8, "big"),
            parent_beacon_block_root=_octets(data.get("parentBeaconBlockRoot") or ZERO_HASH.hex(), 32),
            excess_blob_gas=_number(data.get("excessBlobGas")),
            blob_gas_used=_number(data.get("blobGasUsed")),
            foreign=True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadInput(field="genesis", reason="not a genesis file", value=str(error)[:100]) from error


def _forks(config: Mapping[str, Any]) -> ForkSchedule:
    named: list[tuple[str, int, bool]] = []
    for name, mark in config.items():
        if name in _NO_FORK or isinstance(mark, Mapping | bool) or mark is None:
            continue
        if name in _BY_NUMBER:
            named.append((_BY_NUMBER[name], _number(mark), False))
        elif name.endswith("Time"):
            named.append((_BY_TIME.get(name, name.removesuffix("Time")), _number(mark), True))
    return schedule(named)


def _account(entry: Mapping[str, Any]) -> GenesisAccount:
    return GenesisAccount(
        balance=_number(entry.get("balance")),
        nonce=_number(entry.get("nonce")),
        code=_octets(entry.get("code") or "0x"),
        storage={_number(slot): _number(word) for slot, word in (entry.get("storage") or {}).items()},
    )


def _number(text: object) -> int:
    """Hex with 0x, or decimal; nothing is 0."""
    if text is None or text == "":
        return 0
    found = text if isinstance(text, int) else int(str(text), 16 if str(text).lower().startswith("0x") else 10)
    if not 0 <= found < 2**256:
        raise ValueError(text)
    return found


def _octets(text: str, size: int | None = None) -> bytes:
    found = bytes.fromhex(text.removeprefix("0x"))
    if size is not None and len(found) != size:
        raise ValueError(text)
    return found
