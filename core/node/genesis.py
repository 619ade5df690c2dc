"""How a new ledger begins: a chain id of its own, the system contracts of Prague, and who holds OPEN at first."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import BadInput, TooLarge
from core.node.forks import OURS, ForkSchedule
from core.node.values import ZERO_ADDRESS, ZERO_HASH

# A random private chain id: nothing signed for one network is valid on another. Above the ids in public lists, below
# 2^52, up to which wallets take an id as an exact number in JavaScript.
FIRST_CHAIN_ID, LAST_CHAIN_ID = 2**44, 2**52 - 1
MAX_ACCOUNTS = 1_000  # 10,000 take 12 s
GAS_LIMIT = 30_000_000
BASE_FEE = 10**9  # wei, EIP-1559's own first one
EXTRA_DATA = b"OpenLedger local"

# Deployed code of the system contracts as the EIPs give it: address -> code. Each starts with nonce 1.
SYSTEM_CONTRACTS = {
    bytes.fromhex(address): bytes.fromhex(code)
    for address, code in {
        # EIP-4788, beacon block roots
        "000f3df6d732807ef1319fb7b8bb8522d0beac02": (
            "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff81069081"
            "5414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500"
        ),
        # EIP-2935, hashes of the last 8,191 blocks
        "0000f90827f1c53a10cb7a02335b175320002935": (
            "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff8143031160"
            "4257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
        ),
        # EIP-7002, withdrawal requests
        "00000961ef480eb55e80d19ad83579a64c007002": (
            "3373fffffffffffffffffffffffffffffffffffffffe1460cb5760115f54807fffffffffffffffffffffffffffffffffffffffff"
            "ffffffffffffffffffffffff146101f457600182026001905f5b5f82111560685781019083028483029004916001019190604d56"
            "5b909390049250505036603814608857366101f457346101f4575f5260205ff35b34106101f45760015460010160015560035480"
            "6003026004013381556001015f35815560010160203590553360601b5f5260385f601437604c5fa0600101600355005b60035460"
            "02548082038060101160df575060105b5f5b8181146101835782810160030260040181604c02815460601b815260140181600101"
            "5481526020019060020154807fffffffffffffffffffffffffffffffff0000000000000000000000000000000016825290601001"
            "9060401c908160381c81600701538160301c81600601538160281c81600501538160201c81600401538160181c81600301538160"
            "101c81600201538160081c81600101535360010160e1565b910180921461019557906002556101a0565b90505f6002555f600355"
            "5b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff14156101cd57505f5b600154600282"
            "8201116101e25750505f6101e8565b01600290035b5f555f600155604c025ff35b5f5ffd"
        ),
        # EIP-7251, consolidation requests
        "0000bbddc7ce488642fb579f8b00f3a590007251": (
            "3373fffffffffffffffffffffffffffffffffffffffe1460d35760115f54807fffffffffffffffffffffffffffffffffffffffff"
            "ffffffffffffffffffffffff1461019a57600182026001905f5b5f82111560685781019083028483029004916001019190604d56"
            "5b9093900492505050366060146088573661019a573461019a575f5260205ff35b341061019a5760015460010160015560035480"
            "6004026004013381556001015f358155600101602035815560010160403590553360601b5f5260605f60143760745fa060010160"
            "0355005b6003546002548082038060021160e7575060025b5f5b8181146101295782810160040260040181607402815460601b81"
            "5260140181600101548152602001816002015481526020019060030154905260010160e9565b910180921461013b579060025561"
            "0146565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff14"
            "1561017357505f5b6001546001828201116101885750505f61018e565b01600190035b5f555f6001556074025ff35b5f5ffd"
        ),
    }.items()
}


@dataclass(frozen=True)
class GenesisAccount:
    """`balance` in wei; `storage` holds words by slot."""

    balance: int = 0
    nonce: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Genesis:
    """`alloc` holds wei, or whole accounts, by address. What stands after `forks` is for chains begun elsewhere; one of
    ours gets its system contracts without naming them.
    """

    chain_id: int
    timestamp: int
    alloc: Mapping[bytes, int | GenesisAccount]
    forks: ForkSchedule = OURS
    gas_limit: int = GAS_LIMIT
    base_fee: int = BASE_FEE
    extra_data: bytes = EXTRA_DATA
    coinbase: bytes = ZERO_ADDRESS
    difficulty: int = 0
    mix_hash: bytes = ZERO_HASH
    nonce: bytes = bytes(8)
    parent_beacon_block_root: bytes = ZERO_HASH
    excess_blob_gas: int = 0
    blob_gas_used: int = 0
    foreign: bool = False

    def accounts(self) -> dict[bytes, GenesisAccount]:
        """All that stand in block 0, the system contracts of a chain of ours among them."""
        found = {
            address: entry if isinstance(entry, GenesisAccount) else GenesisAccount(entry)
            for address, entry in self.alloc.items()
        }
        if not self.foreign:
            found |= {address: GenesisAccount(nonce=1, code=code) for address, code in SYSTEM_CONTRACTS.items()}
        return found


def new_chain_id() -> int:
    return FIRST_CHAIN_ID + secrets.randbelow(LAST_CHAIN_ID - FIRST_CHAIN_ID + 1)


def _amount(text: object) -> int:
    if isinstance(text, int) and not isinstance(text, bool):
        amount = text
    else:
        words = str(text)
        amount = int(words, 16 if words.startswith("0x") else 10)
    if not 0 <= amount < 2**256:
        raise ValueError(text)
    return amount


def _address(text: object) -> bytes:
    address = bytes.fromhex(str(text).removeprefix("0x"))
    if len(address) != 20 or address in SYSTEM_CONTRACTS:
        raise ValueError(text)
    return address


def parse(data: Mapping[str, Any]) -> Genesis:
    """From {"chainId": int, "timestamp": int, "alloc": {"0x..": {"balance": "0x.."}}}. Raises BadInput, TooLarge."""
    alloc = data.get("alloc", {})
    if not isinstance(alloc, Mapping):
        raise BadInput(field="alloc", reason="not an object")
    if len(alloc) > MAX_ACCOUNTS:
        raise TooLarge(what="genesis accounts", found=len(alloc), limit=MAX_ACCOUNTS)
    balances = {}
    for address, entry in alloc.items():
        try:
            balances[_address(address)] = _amount(entry["balance"])
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(field="alloc", reason="not an account with a balance", value=str(address)) from error
    try:
        chain_id, timestamp = int(data["chainId"]), int(data["timestamp"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(field="genesis", reason="chainId and timestamp must be numbers") from error
    if not 0 < chain_id < 2**64 or not 0 <= timestamp < 2**63:
        raise BadInput(field="genesis", reason="out of range", value=chain_id)
    return Genesis(chain_id, timestamp, balances)
