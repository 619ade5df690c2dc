"""From wrapped OPEN to a changed parameter, with every delay; and who cannot change anything."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from eth_account.signers.local import LocalAccount

from core.chain import parameters
from core.chain.contracts import load_contract
from core.keccak import keccak256
from core.units import Address
from tests.contracts.commons import ANN, BEN, BUILDER, CREATOR, DAY, OUTSIDER, Commons
from tests.contracts.network import OPEN, ZERO, Contract, Network, again

PENDING, ACTIVE, CANCELED, DEFEATED, SUCCEEDED, QUEUED, _, EXECUTED = range(8)
AGAINST, FOR, ABSTAIN = range(3)
ROLES = {name: keccak256(name.encode()) for name in ("PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE")}
ADMIN = bytes(32)


@pytest.fixture
def commons(network: Network) -> Commons:
    return again(Commons, network)


def wrap(commons: Commons, who: LocalAccount, amount: int, delegate: LocalAccount | None = None) -> None:
    commons.network.act(who, commons.gopen, "deposit", value=amount)
    commons.network.act(who, commons.gopen, "delegate", (delegate or who).address)
    commons.network.time += 60


@dataclass
class Proposal:
    """One call to one contract, from its words to its effect."""

    commons: Commons
    target: Contract
    data: str
    text: str = "Because."

    @property
    def _call(self) -> tuple[list[str], list[int], list[bytes]]:
        return [self.target.address], [0], [bytes.fromhex(self.data[2:])]

    @property
    def _named(self) -> tuple[object, ...]:
        return (*self._call, keccak256(self.text.encode()))

    def propose(self, who: LocalAccount) -> int:
        commons = self.commons
        receipt = commons.network.act(who, commons.governor, "propose", *self._call, self.text)
        self.id = int(commons.governor.events(receipt)[0][1]["proposalId"])
        return self.id

    def act(self, who: LocalAccount, name: str) -> None:
        self.commons.network.act(who, self.commons.governor, name, *self._named)

    def refused(self, who: LocalAccount, name: str) -> str:
        return self.commons.network.refused(who, self.commons.governor, name, *self._named)[0]

    def vote(self, who: LocalAccount, choice: int) -> None:
        self.commons.network.act(who, self.commons.governor, "castVote", self.id, choice)

    @property
    def state(self) -> int:
        return int(self.commons.network.read(self.commons.governor, "state", self.id))

    def wait(self, seconds: int) -> None:
        """And a block, because a view is asked at the head's time."""
        network = self.commons.network
        network.time = max(network.time, int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16)) + seconds
        network.send(OUTSIDER, to=OUTSIDER.address)


def set_window(commons: Commons, seconds: int = 3_600) -> Proposal:
    return Proposal(commons, commons.params, commons.params.data("setWindow", seconds))


def test_a_vote_changes_a_parameter_and_every_delay_is_kept(network: Network, commons: Commons) -> None:
    wrap(commons, ANN, 200 * OPEN)
    proposal = set_window(commons)
    proposal.propose(ANN)
    assert proposal.state == PENDING
    proposal.wait(DAY - 60)
    assert network.refused(ANN, commons.governor, "castVote", proposal.id, FOR)[0] == "GovernorUnexpectedProposalState"
    proposal.wait(61)
    assert proposal.state == ACTIVE
    proposal.vote(ANN, FOR)
    assert network.refused(ANN, commons.governor, "castVote", proposal.id, FOR)[0] == "GovernorAlreadyCastVote"
    proposal.wait(14 * DAY - 120)
    assert proposal.state == ACTIVE
    assert proposal.refused(ANN, "queue") == "GovernorUnexpectedProposalState"
    proposal.wait(121)
    assert proposal.state == SUCCEEDED
    assert proposal.refused(ANN, "execute") == "GovernorUnexpectedProposalState"
    proposal.act(OUTSIDER, "queue")
    assert proposal.state == QUEUED
    proposal.wait(2 * DAY - 60)
    assert network.read(commons.params, "settlementTerms")[0] == DAY
    with pytest.raises(AssertionError, match="no error of this contract"):  # it is the Timelock's word
        proposal.refused(ANN, "execute")
    proposal.wait(61)
    proposal.act(OUTSIDER, "execute")
    assert proposal.state == EXECUTED
    assert network.read(commons.params, "settlementTerms")[0] == 3_600
    assert proposal.refused(ANN, "execute") == "GovernorUnexpectedProposalState"


def test_a_vote_cannot_leave_the_bounds(network: Network, commons: Commons) -> None:
    wrap(commons, ANN, 200 * OPEN)
    proposal = set_window(commons, 9)
    proposal.propose(ANN)
    proposal.wait(DAY + 1)
    proposal.vote(ANN, FOR)
    proposal.wait(14 * DAY + 1)
    proposal.act(ANN, "queue")
    proposal.wait(2 * DAY + 1)
    call = {
        "from": ANN.address,
        "to": commons.governor.address,
        "data": commons.governor.data("execute", *proposal._named),
    }
    receipt = network.send(ANN, to=call["to"], data=call["data"], gas=900_000)
    assert receipt["status"] == "0x0"
    assert network.read(commons.params, "settlementTerms")[0] == DAY


def test_a_quorum_is_a_quarter_of_gopen_and_never_less_than_the_floor(network: Network) -> None:
    commons = Commons(network, supply=50_000 * OPEN)
    assert network.read(commons.governor, "quorumFloor") == 500 * OPEN == parameters.quorum_floor(50_000 * OPEN)
    wrap(commons, ANN, 200 * OPEN)
    now = int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16)
    assert network.read(commons.governor, "quorum", now - 1) == 500 * OPEN
    proposal = set_window(commons)
    proposal.propose(ANN)
    proposal.wait(DAY + 1)
    proposal.vote(ANN, FOR)  # all votes there are, and more than a quarter
    proposal.wait(14 * DAY + 1)
    assert proposal.state == DEFEATED
    for who in (BEN, BUILDER, CREATOR):
        wrap(commons, who, 900 * OPEN)
    proposal.wait(2)
    now = int(network.rpc("eth_getBlockByNumber", "latest")["timestamp"], 16)
    assert network.read(commons.governor, "quorum", now - 1) == 2_900 * OPEN // 4


def test_votes_bought_after_the_proposal_or_never_delegated_do_not_count(network: Network, commons: Commons) -> None:
    wrap(commons, ANN, 100 * OPEN)
    network.act(BEN, commons.gopen, "deposit", value=900 * OPEN)  # nobody votes with these
    proposal = set_window(commons)
    proposal.propose(ANN)
    proposal.wait(DAY + 1)
    wrap(commons, BUILDER, 900 * OPEN)
    network.act(BEN, commons.gopen, "delegate", BEN.address)
    for who in (ANN, BEN, BUILDER):
        proposal.vote(who, FOR)
    assert network.read(commons.governor, "proposalVotes", proposal.id) == (0, 100 * OPEN, 0)
    proposal.wait(14 * DAY + 1)
    assert proposal.state == DEFEATED  # a quarter of the 1,000 GOPEN that stood then


def test_against_wins_a_tie_and_abstaining_counts_towards_the_quorum(network: Network, commons: Commons) -> None:
    for who in (ANN, BEN, BUILDER):
        wrap(commons, who, 100 * OPEN)
    proposal = set_window(commons)
    proposal.propose(ANN)
    proposal.wait(DAY + 1)
    for who, choice in ((ANN, FOR), (BEN, AGAINST), (BUILDER, ABSTAIN)):
        proposal.vote(who, choice)
    proposal.wait(14 * DAY + 1)
    assert proposal.state == DEFEATED


def test_who_has_less_than_the_threshold_cannot_propose(network: Network, commons: Commons) -> None:
    wrap(commons, ANN, 100 * OPEN - 1)
    proposal = set_window(commons)
    error, values = network.refused(ANN, commons.governor, "propose", *proposal._call, proposal.text)
    assert (error, values[1:]) == ("GovernorInsufficientProposerVotes", (100 * OPEN - 1, 100 * OPEN))


def test_only_the_proposer_cancels_and_only_before_the_vote(network: Network, commons: Commons) -> None:
    wrap(commons, ANN, 100 * OPEN)
    proposal = set_window(commons)
    proposal.propose(ANN)
    assert proposal.refused(BEN, "cancel") == "GovernorUnableToCancel"
    proposal.act(ANN, "cancel")
    assert proposal.state == CANCELED
    again = set_window(commons, 7_200)
    again.propose(ANN)
    again.wait(DAY + 1)
    assert again.refused(ANN, "cancel") == "GovernorUnableToCancel"


def test_nobody_administers_the_timelock_but_itself(network: Network, commons: Commons) -> None:
    timelock, governor = commons.timelock, commons.governor
    assert network.read(governor, "timelock") == timelock.address
    assert network.read(timelock, "getMinDelay") == 2 * DAY
    load_contract("Timelock").check_code(bytes.fromhex(network.rpc("eth_getCode", timelock.address)[2:]))
    for role in ("PROPOSER_ROLE", "CANCELLER_ROLE"):
        assert network.read(timelock, "hasRole", ROLES[role], governor.address) is True
    assert network.read(timelock, "hasRole", ROLES["EXECUTOR_ROLE"], ZERO) is True  # anyone
    assert network.read(timelock, "hasRole", ADMIN, timelock.address) is True
    for who in (CREATOR.address, governor.address, ZERO, ANN.address):
        assert network.read(timelock, "hasRole", ADMIN, who) is False
        assert network.read(timelock, "hasRole", ROLES["PROPOSER_ROLE"], who) is (who == governor.address)
    call = (commons.params.address, 0, bytes.fromhex(commons.params.data("setWindow", 60)[2:]), bytes(32), bytes(32))
    for who in (CREATOR, ANN):
        error = network.refused(who, timelock, "schedule", *call, 2 * DAY)[0]
        assert error == "AccessControlUnauthorizedAccount"
        assert network.refused(who, timelock, "execute", *call)[0] == "TimelockUnexpectedOperationState"
        assert network.refused(who, timelock, "updateDelay", 0)[0] == "TimelockUnauthorizedCaller"
        assert network.refused(who, timelock, "grantRole", ADMIN, who.address)[0] == "AccessControlUnauthorizedAccount"


def test_settings_move_by_a_vote_alone(network: Network, commons: Commons) -> None:
    calls = (("setVotingDelay", 0), ("setVotingPeriod", 1), ("setProposalThreshold", 0), ("updateQuorumNumerator", 0))
    for name, value in calls:
        assert network.refused(CREATOR, commons.governor, name, value)[0] == "GovernorOnlyExecutor"
    assert network.refused(CREATOR, commons.governor, "relay", ZERO, 0, b"")[0] == "GovernorOnlyExecutor"
    error = network.refused(CREATOR, commons.governor, "updateTimelock", CREATOR.address)[0]
    assert error == "GovernorOnlyExecutor"


def test_a_floor_of_nothing_is_refused(network: Network, commons: Commons) -> None:
    with pytest.raises(AssertionError):
        Commons(network, supply=0)


def test_the_timelocks_place_is_known_from_the_governors(network: Network, commons: Commons) -> None:
    found = parameters.timelock_of(Address.parse(commons.governor.address))
    assert str(found).lower() == commons.timelock.address
