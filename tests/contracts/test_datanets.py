"""Datanets: who may do what, in which order, and what is written down."""

from __future__ import annotations

import pytest
from eth_abi import encode
from eth_account.signers.local import LocalAccount

from core.datanets.contribution import Given as Preimage
from core.keccak import keccak256
from core.units import Address
from tests.contracts.network import Contract, Network, again, person

CREATOR, CURATOR, ANN, BEN, OUTSIDER = (person(name) for name in ("creator", "curator", "ann", "ben", "outsider"))
ROOT, ROOT2, HASH = (bytes([n]) * 32 for n in (1, 2, 3))
NONE = bytes(32)
Given = tuple[int, str, bytes, int, bytes]


def given(who: LocalAccount = ANN, count: int = 300, root: bytes = ROOT) -> Given:
    """A contribution as its event tells it; calls on it bring it along."""
    return 1, who.address, root, count, HASH


def hash_of(contribution: Given) -> bytes:
    return keccak256(encode(["uint256", "address", "bytes32", "uint32", "bytes32"], contribution))


def created(network: Network) -> Contract:
    found = network.deploy(CREATOR, "Datanets")
    network.act(CREATOR, found, "createDatanet", "Topics", HASH, [CURATOR.address])
    return found


@pytest.fixture
def datanets(network: Network) -> Contract:
    return again(created, network)


def test_a_datanet_has_its_creator_and_the_named_as_curators(network: Network, datanets: Contract) -> None:
    assert network.read(datanets, "datanetCount") == 1
    name, meta, creator, version, accepted = network.read(datanets, "datanets", 1)
    assert (name, meta, creator, version, accepted) == ("Topics", HASH, CREATOR.address.lower(), 0, 0)
    assert [network.read(datanets, "isCurator", 1, who.address) for who in (CREATOR, CURATOR, ANN)] == [
        True,
        True,
        False,
    ]


def test_creation_is_told_as_events(network: Network, datanets: Contract) -> None:
    events = datanets.events(network.act(ANN, datanets, "createDatanet", "Größe", ROOT, [ANN.address, BEN.address]))
    ann, ben = ANN.address.lower(), BEN.address.lower()
    assert events == [
        ("DatanetCreated", {"datanetId": 2, "creator": ann, "name": "Größe", "metaHash": ROOT}),
        ("CuratorSet", {"datanetId": 2, "curator": ann, "active": True}),
        ("CuratorSet", {"datanetId": 2, "curator": ben, "active": True}),
    ]


def test_a_name_has_1_to_100_bytes_and_curators_are_at_most_32(network: Network, datanets: Contract) -> None:
    assert network.refused(ANN, datanets, "createDatanet", "", HASH, []) == ("BadName", (0,))
    assert network.refused(ANN, datanets, "createDatanet", "ä" * 51, HASH, []) == ("BadName", (102,))
    many = [f"0x{n:040x}" for n in range(1, 34)]
    assert network.refused(ANN, datanets, "createDatanet", "x", HASH, many) == ("TooManyCurators", (33,))


def test_only_the_creator_names_and_dismisses_curators(network: Network, datanets: Contract) -> None:
    assert network.refused(CURATOR, datanets, "setCurator", 1, BEN.address, True)[0] == "NotCreator"
    network.act(CREATOR, datanets, "setCurator", 1, CURATOR.address, False)
    assert network.read(datanets, "isCurator", 1, CURATOR.address) is False
    assert network.refused(CREATOR, datanets, "setCurator", 9, BEN.address, True) == ("UnknownDatanet", (9,))


def test_a_contribution_is_told_whole_and_kept_as_one_hash_in_its_order(network: Network, datanets: Contract) -> None:
    first = datanets.events(network.act(ANN, datanets, "contribute", 1, ROOT, 300, HASH))
    assert first == [
        (
            "Contributed",
            {
                "contributionId": 1,
                "datanetId": 1,
                "contributor": ANN.address.lower(),
                "root": ROOT,
                "count": 300,
                "consentHash": HASH,
            },
        )
    ]
    network.act(BEN, datanets, "contribute", 1, ROOT2, 10, HASH)
    assert network.read(datanets, "contributions", 1) == hash_of(given())
    assert network.read(datanets, "contributions", 2) == hash_of(given(BEN, 10, ROOT2))
    assert network.read(datanets, "contributions", 3) == NONE
    assert network.read(datanets, "contributionCount") == 2


def test_the_client_computes_the_hash_that_the_contract_keeps(network: Network, datanets: Contract) -> None:
    network.act(ANN, datanets, "contribute", 1, ROOT, 300, HASH)
    preimage = Preimage(1, Address.parse(ANN.address), ROOT, 300, HASH)
    assert preimage.hash == network.read(datanets, "contributions", 1)
    network.act(CURATOR, datanets, "review", 1, (preimage.datanet, ANN.address, *preimage.values[2:]), ROOT2, 1, HASH)


def test_contributing_costs_less_than_90_000_gas_whatever_is_given(network: Network, datanets: Contract) -> None:
    network.act(BEN, datanets, "contribute", 1, ROOT2, 1, HASH)
    for size in (1, 2**32 - 1):
        receipt = network.act(ANN, datanets, "contribute", 1, keccak256(b"root"), size, keccak256(b"consent"))
        assert int(receipt["gasUsed"], 16) < 90_000


@pytest.mark.parametrize("changed", [0, 1, 2, 3, 4])
def test_a_contribution_told_otherwise_than_it_was_given_is_refused(
    network: Network, datanets: Contract, changed: int
) -> None:
    network.act(CREATOR, datanets, "createDatanet", "Other", HASH, [CURATOR.address])
    network.act(ANN, datanets, "contribute", 1, ROOT, 3, HASH)
    told = list(given(count=3))
    told[changed] = (2, BEN.address, ROOT2, 4, ROOT)[changed]
    assert network.refused(CURATOR, datanets, "review", 1, told, ROOT, 3, HASH) == ("NotThisContribution", (1,))
    assert network.refused(ANN, datanets, "withdraw", 1, told, ROOT, 1) == ("NotThisContribution", (1,))
    assert network.refused(BEN, datanets, "withdraw", 1, told, ROOT, 1) == ("NotThisContribution", (1,))


def test_an_empty_contribution_is_refused(network: Network, datanets: Contract) -> None:
    assert network.refused(ANN, datanets, "contribute", 1, NONE, 3, HASH)[0] == "EmptyRoot"
    assert network.refused(ANN, datanets, "contribute", 1, ROOT, 0, HASH)[0] == "BadCount"
    assert network.refused(ANN, datanets, "contribute", 2, ROOT, 3, HASH) == ("UnknownDatanet", (2,))


def test_acceptance_makes_a_contributor(network: Network, datanets: Contract) -> None:
    network.act(ANN, datanets, "contribute", 1, ROOT, 300, HASH)
    assert network.read(datanets, "isContributor", 1, ANN.address) is False
    network.act(CURATOR, datanets, "review", 1, given(), ROOT2, 290, HASH)
    assert network.read(datanets, "isContributor", 1, ANN.address) is True
    assert network.read(datanets, "datanets", 1)[4] == 290
    assert network.read(datanets, "decisions", 1) == (ROOT2, 290, 1)


def test_a_review_can_be_given_again_until_the_release(network: Network, datanets: Contract) -> None:
    network.act(ANN, datanets, "contribute", 1, ROOT, 300, HASH)
    network.act(CURATOR, datanets, "review", 1, given(), ROOT2, 290, HASH)
    network.act(CREATOR, datanets, "review", 1, given(), NONE, 0, HASH)
    assert network.read(datanets, "isContributor", 1, ANN.address) is False
    assert network.read(datanets, "datanets", 1)[4] == 0
    network.act(CREATOR, datanets, "review", 1, given(), ROOT2, 5, HASH)
    network.act(CREATOR, datanets, "release", 1, ROOT, 5, HASH)
    assert network.refused(CREATOR, datanets, "review", 1, given(), ROOT2, 6, HASH) == ("AlreadyReleased", (1, 1))


def test_a_rejected_contribution_may_be_looked_at_again_after_a_release(network: Network, datanets: Contract) -> None:
    network.act(ANN, datanets, "contribute", 1, ROOT, 300, HASH)
    network.act(BEN, datanets, "contribute", 1, ROOT, 300, HASH)
    network.act(CURATOR, datanets, "review", 1, given(), NONE, 0, HASH)
    network.act(CURATOR, datanets, "review", 2, given(BEN), ROOT, 300, HASH)
    network.act(CURATOR, datanets, "release", 1, ROOT, 300, HASH)
    network.act(CURATOR, datanets, "review", 1, given(), ROOT, 7, HASH)
    assert network.read(datanets, "datanets", 1)[3:] == (1, 307)


def test_only_curators_review_and_only_what_was_contributed(network: Network, datanets: Contract) -> None:
    network.act(ANN, datanets, "contribute", 1, ROOT, 3, HASH)
    assert network.refused(ANN, datanets, "review", 1, given(count=3), ROOT, 3, HASH)[0] == "NotCurator"
    assert network.refused(CURATOR, datanets, "review", 1, given(count=3), ROOT, 4, HASH) == ("BadCount", (4, 3))
    assert network.refused(CURATOR, datanets, "review", 1, given(count=3), NONE, 3, HASH)[0] == "EmptyRoot"
    assert network.refused(CURATOR, datanets, "review", 1, given(count=3), ROOT, 0, HASH)[0] == "EmptyRoot"
    assert network.refused(CURATOR, datanets, "review", 2, given(count=3), ROOT, 3, HASH) == (
        "UnknownContribution",
        (2,),
    )


def test_a_release_counts_versions_and_never_more_records_than_were_accepted(
    network: Network, datanets: Contract
) -> None:
    network.act(ANN, datanets, "contribute", 1, ROOT, 300, HASH)
    assert network.refused(CURATOR, datanets, "release", 1, ROOT, 1, HASH) == ("BadCount", (1, 0))
    network.act(CURATOR, datanets, "review", 1, given(), ROOT, 300, HASH)
    assert network.refused(CURATOR, datanets, "release", 1, ROOT, 301, HASH) == ("BadCount", (301, 300))
    assert network.refused(CURATOR, datanets, "release", 1, NONE, 300, HASH)[0] == "EmptyRoot"
    assert network.refused(OUTSIDER, datanets, "release", 1, ROOT, 300, HASH)[0] == "NotCurator"
    events = datanets.events(network.act(CURATOR, datanets, "release", 1, ROOT, 300, ROOT2))
    assert events[0][1] == {
        "datanetId": 1,
        "version": 1,
        "curator": CURATOR.address.lower(),
        "recordsRoot": ROOT,
        "count": 300,
        "manifestHash": ROOT2,
    }
    network.act(CURATOR, datanets, "release", 1, ROOT2, 299, HASH)
    assert network.read(datanets, "latestVersion", 1) == 2
    assert network.read(datanets, "releases", 1, 1)[:2] == (ROOT, ROOT2)


def test_only_the_contributor_withdraws_ever_more_and_never_too_much(network: Network, datanets: Contract) -> None:
    network.act(ANN, datanets, "contribute", 1, ROOT, 5, HASH)
    network.act(CURATOR, datanets, "review", 1, given(count=5), ROOT, 5, HASH)
    assert network.refused(CURATOR, datanets, "withdraw", 1, given(count=5), ROOT2, 2)[0] == "NotContributor"
    network.act(ANN, datanets, "withdraw", 1, given(count=5), ROOT2, 2)
    assert network.refused(ANN, datanets, "withdraw", 1, given(count=5), ROOT2, 2) == ("BadCount", (2, 5))
    assert network.refused(ANN, datanets, "withdraw", 1, given(count=5), ROOT2, 6) == ("BadCount", (6, 5))
    assert network.refused(ANN, datanets, "withdraw", 1, given(count=5), NONE, 3)[0] == "EmptyRoot"
    events = datanets.events(network.act(ANN, datanets, "withdraw", 1, given(count=5), ROOT, 5))
    assert (events[0][0], events[0][1]["count"], events[0][1]["withdrawnRoot"]) == ("Withdrawn", 5, ROOT)
    assert network.read(datanets, "withdrawals", 1) == (ROOT, 5)
    assert network.read(datanets, "isContributor", 1, ANN.address) is True
