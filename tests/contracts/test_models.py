"""Models: registration, versions, retraining after a withdrawal."""

from __future__ import annotations

import pytest
from eth_abi import encode

from core.keccak import keccak256
from tests.contracts.commons import deploy_params
from tests.contracts.network import ZERO, Contract, Network, again, person

CREATOR, ANN, BUILDER, OUTSIDER = (person(name) for name in ("creator", "ann", "builder", "outsider"))
PACKAGE, PACKAGE2, ENCODER, FEATURES, INVERSE, CREDIT, HASH = (bytes([n]) * 32 for n in range(1, 8))
NONE = bytes(32)
SPLIT = [6_000, 2_500, 1_000, 500]
FEE = 10**15
ROOTS = (FEATURES, INVERSE, CREDIT, 20, 257, 26, 2, 30, 1)
ROOTS2 = (INVERSE, FEATURES, CREDIT, 19, 257, 26, 2, 31, 1)
ROOT_NAMES = ("featuresRoot", "inverseRoot", "creditRoot", "records", "features", "labels", "norm", "z", "blocks")


def roots_hash(roots: tuple[object, ...]) -> bytes:
    return keccak256(encode(["bytes32"] * 3 + ["uint256"] * 6, roots))


def roots(**changes: object) -> tuple[object, ...]:
    return tuple((dict(zip(ROOT_NAMES, ROOTS, strict=True)) | changes).values())


def released(network: Network) -> Contract:
    datanets = network.deploy(CREATOR, "Datanets")
    network.act(CREATOR, datanets, "createDatanet", "Topics", HASH, [])
    network.act(ANN, datanets, "contribute", 1, HASH, 10, HASH)
    network.act(CREATOR, datanets, "review", 1, (1, ANN.address, HASH, 10, HASH), HASH, 10, HASH)
    network.act(CREATOR, datanets, "release", 1, HASH, 10, HASH)
    params = deploy_params(network, CREATOR.address)
    return network.deploy(CREATOR, "Models", ["address", "address"], datanets.address, params.address)


@pytest.fixture
def models(network: Network) -> Contract:
    return again(released, network)


def registration(**changes: object) -> list[object]:
    values: dict[str, object] = {
        "datanet": 1,
        "release": 1,
        "package": PACKAGE,
        "encoder": ENCODER,
        "roots": ROOTS,
        "fee": FEE,
        "split": SPLIT,
    }
    return list((values | changes).values())


def test_a_registered_model_says_what_it_is_made_of(network: Network, models: Contract) -> None:
    events = models.events(network.act(BUILDER, models, "register", *registration()))
    assert events == [
        (
            "ModelRegistered",
            {
                "modelId": 1,
                "datanetId": 1,
                "builder": BUILDER.address.lower(),
                "release": 1,
                "packageHash": PACKAGE,
                "encoderHash": ENCODER,
                "roots": ROOTS,
                "fee": FEE,
                "split": tuple(SPLIT),
            },
        )
    ]
    builder = BUILDER.address.lower()
    assert network.read(models, "models", 1) == (builder, 1, 1, False, 1, *SPLIT, FEE, PACKAGE)
    assert network.read(models, "rootsOf", 1, PACKAGE) == roots_hash(ROOTS)
    assert network.read(models, "terms", 1, PACKAGE) == (builder, 1, tuple(SPLIT), roots_hash(ROOTS))
    assert network.read(models, "terms", 1, PACKAGE2) == (builder, 1, tuple(SPLIT), NONE)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"release": 2}, ("UnknownRelease", (1, 2))),
        ({"release": 0}, ("UnknownRelease", (1, 0))),
        ({"datanet": 7}, ("UnknownRelease", (7, 1))),
        ({"package": NONE}, ("EmptyHash", ())),
        ({"encoder": NONE}, ("EmptyHash", ())),
        *(
            ({"roots": roots(**{name: value})}, ("BadRoots", ()))
            for name, value in (
                ("featuresRoot", NONE), ("inverseRoot", NONE), ("creditRoot", NONE), ("records", 0), ("features", 0),
                ("features", 4097), ("labels", 1), ("labels", 65), ("norm", 13), ("z", 63),
                ("blocks", 0), ("blocks", 2), ("blocks", 26),  # a softmax head of 26 labels has at most 50 features
            )
        ),
    ],
)  # fmt: skip
def test_a_registration_that_does_not_hold_is_refused(
    network: Network, models: Contract, change: dict[str, object], error: tuple[str, tuple[object, ...]]
) -> None:
    assert network.refused(BUILDER, models, "register", *registration(**change)) == error


def test_bounds_are_those_of_poa_1(network: Network, models: Contract) -> None:
    bounds = ((4096, 64, 12, 62, 1), (1, 2, 0, 0, 1), (50, 26, 12, 62, 26), (20, 64, 0, 0, 64), (650, 2, 0, 0, 2))
    for number, (features, labels, norm, z, blocks) in enumerate(bounds, 1):
        package = bytes([100 + number]) * 32
        given = roots(features=features, labels=labels, norm=norm, z=z, blocks=blocks)
        network.act(BUILDER, models, "register", *registration(package=package, roots=given))
        assert network.read(models, "rootsOf", number, package) == roots_hash(given)


@pytest.mark.parametrize(
    "split", [[6_500, 3_000, 0, 499], [65_535, 3_000, 0, 500], [4_000, 4_000, 1_500, 500], [10_000, 10_000, 0, 0]]
)
def test_the_split_is_held_against_the_parameters(network: Network, models: Contract, split: list[int]) -> None:
    with pytest.raises(AssertionError, match="no error of this contract"):  # it is Params' error
        network.refused(BUILDER, models, "register", *registration(split=split))


def test_the_builder_alone_publishes_versions_sets_the_fee_and_retires(network: Network, models: Contract) -> None:
    network.act(BUILDER, models, "register", *registration())
    version = (1, 1, PACKAGE2, ENCODER, ROOTS2)
    for name, values in (
        ("newVersion", version),
        ("setFee", (1, 5)),
        ("retire", (1,)),
        ("retrain", (1, PACKAGE2, ROOTS2, HASH)),
    ):
        assert network.refused(OUTSIDER, models, name, *values)[0] == "NotBuilder"
        assert network.refused(BUILDER, models, name, 2, *values[1:]) == ("UnknownModel", (2,))
    assert models.events(network.act(BUILDER, models, "newVersion", *version)) == [
        (
            "ModelVersion",
            {
                "modelId": 1,
                "version": 2,
                "release": 1,
                "packageHash": PACKAGE2,
                "encoderHash": ENCODER,
                "roots": ROOTS2,
            },
        )
    ]
    assert models.events(network.act(BUILDER, models, "setFee", 1, 5)) == [("FeeSet", {"modelId": 1, "fee": 5})]
    assert models.events(network.act(BUILDER, models, "retire", 1)) == [("Retired", {"modelId": 1})]
    for name, values in (("newVersion", version), ("setFee", (1, 6)), ("retire", (1,))):
        assert network.refused(BUILDER, models, name, *values) == ("AlreadyRetired", (1,))


def test_retraining_leaves_a_receipt_from_the_old_package_to_the_new_one(network: Network, models: Contract) -> None:
    network.act(BUILDER, models, "register", *registration())
    assert network.refused(BUILDER, models, "retrain", 1, PACKAGE, ROOTS, HASH)[0] == "SamePackage"
    assert network.refused(BUILDER, models, "retrain", 1, PACKAGE2, ROOTS2, NONE)[0] == "EmptyHash"
    network.act(BUILDER, models, "retire", 1)  # forgetting does not end with use
    events = models.events(network.act(BUILDER, models, "retrain", 1, PACKAGE2, ROOTS2, HASH))
    assert events == [
        (
            "Retrained",
            {
                "modelId": 1,
                "version": 2,
                "oldPackageHash": PACKAGE,
                "newPackageHash": PACKAGE2,
                "roots": ROOTS2,
                "receiptHash": HASH,
            },
        )
    ]
    assert network.read(models, "models", 1)[-1] == PACKAGE2
    assert network.read(models, "rootsOf", 1, PACKAGE) == roots_hash(ROOTS)  # older calls are settled by it


def test_a_package_comes_back_only_under_its_own_roots(network: Network, models: Contract) -> None:
    network.act(BUILDER, models, "register", *registration())
    network.act(BUILDER, models, "newVersion", 1, 1, PACKAGE2, ENCODER, ROOTS2)
    back = (1, 1, PACKAGE, ENCODER)
    assert network.refused(BUILDER, models, "newVersion", *back, ROOTS2) == ("OtherRoots", (PACKAGE,))
    network.act(BUILDER, models, "newVersion", *back, ROOTS)
    assert network.read(models, "models", 1)[2] == 3
    network.act(BUILDER, models, "register", *registration(roots=ROOTS2))  # another model is another matter
    assert network.read(models, "rootsOf", 2, PACKAGE) == roots_hash(ROOTS2)


def test_models_cannot_be_deployed_on_nothing(network: Network) -> None:
    some = network.deploy(CREATOR, "Challenges").address
    for pair in ((ZERO, some), (some, ZERO)):
        with pytest.raises(AssertionError):
            network.deploy(CREATOR, "Models", ["address", "address"], *pair)
