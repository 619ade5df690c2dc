"""What every market stands on: GOPEN, the governor with its Timelock, the parameters, supporters, agents."""

from __future__ import annotations

from typing import Any

from core.chain import parameters
from core.units import Address
from tests.contracts.network import OPEN, PEOPLE, Contract, Network, person

CREATOR, ANN, BEN, BUILDER, PAYER, TREASURY, OUTSIDER = (
    person(name) for name in ("creator", "ann", "ben", "builder", "payer", "treasury", "outsider")
)
SUPPLY = 1_000 * OPEN * len(PEOPLE)  # of a test network
HOUR, DAY = 3_600, 86_400
GOVERNOR_TYPES = ["address", "uint48", "uint32", "uint256", "uint256", "uint256", "uint256"]
PARAMS_TYPES = ["address", "address", "uint64", "uint128", "uint16", "uint128", "uint16[4]"]


def plain(values: tuple[object, ...]) -> list[Any]:
    return [str(value) if isinstance(value, Address) else value for value in values]


def deploy_params(network: Network, governor: str, **changes: object) -> Contract:
    """With `governor`'s word; changes by position's name: window, bond, bond_bps, demand_fee, split, treasury."""
    names = ("governor", "treasury", "window", "bond", "bond_bps", "demand_fee", "split")
    given = parameters.params_arguments(Address.parse(governor), Address.parse(TREASURY.address), alone=False)
    values = dict(zip(names, plain(given), strict=True)) | changes
    return network.deploy(CREATOR, "Params", PARAMS_TYPES, *values.values())


class Commons:
    """Deployed as the client deploys them, with the figures of `core.chain.parameters`."""

    def __init__(self, network: Network, supply: int = SUPPLY) -> None:
        self.network = network
        self.gopen = network.deploy(CREATOR, "GOpen")
        arguments = plain(parameters.governor_arguments(Address.parse(self.gopen.address), supply))
        self.governor = network.deploy(CREATOR, "OpenGovernor", GOVERNOR_TYPES, *arguments)
        timelock = parameters.timelock_of(Address.parse(self.governor.address))
        self.timelock = Contract("Timelock", str(timelock).lower())
        self.params = deploy_params(network, str(timelock))
        self.support = network.deploy(CREATOR, "Support", ["address"], self.params.address)
