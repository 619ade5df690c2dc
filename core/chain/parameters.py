"""What the contracts are deployed with: the figures of resources/contracts/PARAMETERS.md, in one place.

Amounts are wei, times seconds, parts basis points unless a name says otherwise. The bounds within which a vote can
move them stand in the contracts; a test compares document, this file and a deployed network.
"""

from __future__ import annotations

from core.eth import rlp
from core.keccak import keccak256
from core.units import WEI_PER_OPEN, Address

BASIS = 10_000
SUPPLY = 1_000_000_000 * WEI_PER_OPEN  # OPEN in all, on OpenLedger's own network

# Params
SPLIT = (6_000, 2_500, 1_000, 500)  # contributors, builder, supporters, treasury
WINDOW = 86_400  # a network that several share
WINDOW_ALONE = 10  # a network of one profile, where everybody who could challenge is the poster
BOND = WEI_PER_OPEN
BOND_BPS = 2_500
DEMAND_FEE = WEI_PER_OPEN // 100

# OpenGovernor and its Timelock
VOTING_DELAY = 86_400
VOTING_PERIOD = 14 * 86_400
PROPOSAL_THRESHOLD = 100 * WEI_PER_OPEN
QUORUM_PERCENT = 25  # of all GOPEN
QUORUM_FLOOR_BPS = 100  # of the supply of OPEN
TIMELOCK_DELAY = 2 * 86_400

# Support, fixed in its code
MIN_STAKE = WEI_PER_OPEN // 100
COOLDOWN = 7 * 86_400


def quorum_floor(supply: int = SUPPLY) -> int:
    """The least quorum on a network with `supply` wei of OPEN."""
    return supply * QUORUM_FLOOR_BPS // BASIS


def governor_arguments(gopen: Address, supply: int = SUPPLY) -> tuple[object, ...]:
    """What OpenGovernor's constructor takes; it deploys its Timelock itself, at `timelock_of(governor)`."""
    return (
        gopen, VOTING_DELAY, VOTING_PERIOD, PROPOSAL_THRESHOLD, QUORUM_PERCENT, quorum_floor(supply), TIMELOCK_DELAY
    )  # fmt: skip


def params_arguments(timelock: Address, treasury: Address, *, alone: bool) -> tuple[object, ...]:
    """What Params' constructor takes; `alone` on a network of one profile."""
    window = WINDOW_ALONE if alone else WINDOW
    return (timelock, treasury, window, BOND, BOND_BPS, DEMAND_FEE, list(SPLIT))


def timelock_of(governor: Address) -> Address:
    """The first contract that the governor made: keccak256(rlp([governor, 1]))[12:] (EIP-161 counts from 1)."""
    return Address(keccak256(rlp.encode([governor.raw, 1]))[12:])
