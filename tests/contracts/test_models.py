"""Models: registration, versions, retraining after a withdrawal."""

from __future__ import annotations

import pytest

from tests.contracts.network import Contract, Network, person

CREATOR, ANN, BUILDER, OUTSIDER = (person(name) for name in ("creator", "ann", "builder", "outsider"))
PACKAGE, PACKAGE2, ENCODER, FEATURES, INVERSE, HASH = (bytes([n]) * 32 for n in range(1, 7))
NONE = bytes(32)
SPLIT = [6_500, 3_000, 0, 500]
FEE = 10**15


@pytest.fixture
def models(network: Network) -> Contract:
    datanets = network.deploy(CREATOR, "Datanets")
    network.act(CREATOR, datanets, "createDatanet", "Topics", HASH, [])
    network.act(ANN, datanets, "contribute", 1, HASH, 10, HASH)
    network.act(CREATOR, datanets, "review", 1, (1, ANN.address, HASH, 10, HASH), HASH, 10, HASH)
    network.act(CREATOR, datanets, "release", 1, HASH, 10, HASH)
    return network.deploy(CREATOR, "Models", ["address"], datanets.address)


def registration(**changes: object) -> list[object]:
    values: dict[str, object] = {
        "datanet": 1,
        "release": 1,
        "package": PACKAGE,
        "encoder": ENCODER,
        "features": FEATURES,
        "inverse": INVERSE,
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
                "featuresRoot": FEATURES,
                "inverseRoot": INVERSE,
                "fee": FEE,
                "split": tuple(SPLIT),
            },
        )
    ]
    builder = BUILDER.address.lower()
    assert network.read(models, "models", 1) == (
        *(builder, 1, 1, False, 1, 6_500, 3_000, 0, 500, FEE),
        *(PACKAGE, ENCODER, FEATURES, INVERSE),
    )
    assert network.read(models, "terms", 1) == (builder, 1, 3_000, 500)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"split": [6_500, 3_000, 0, 499]}, ("SplitSum", (9_999,))),
        ({"split": [65_535, 3_000, 0, 500]}, ("SplitSum", (69_035,))),
        ({"split": [6_000, 2_500, 1_000, 500]}, ("NoSupporters", (1_000,))),
        ({"release": 2}, ("UnknownRelease", (1, 2))),
        ({"release": 0}, ("UnknownRelease", (1, 0))),
        ({"datanet": 7}, ("UnknownRelease", (7, 1))),
        ({"package": NONE}, ("EmptyHash", ())),
        ({"encoder": NONE}, ("EmptyHash", ())),
    ],
)
def test_a_registration_that_does_not_hold_is_refused(
    network: Network, models: Contract, change: dict[str, object], error: tuple[str, tuple[object, ...]]
) -> None:
    assert network.refused(BUILDER, models, "register", *registration(**change)) == error


def test_the_builder_alone_publishes_versions_sets_the_fee_and_retires(network: Network, models: Contract) -> None:
    network.act(BUILDER, models, "register", *registration())
    version = (1, 1, PACKAGE2, ENCODER, FEATURES, INVERSE)
    for name, values in (
        ("newVersion", version),
        ("setFee", (1, 5)),
        ("retire", (1,)),
        ("retrain", (1, PACKAGE2, FEATURES, INVERSE, HASH)),
    ):
        assert network.refused(OUTSIDER, models, name, *values)[0] == "NotBuilder"
        assert network.refused(BUILDER, models, name, 2, *values[1:]) == ("UnknownModel", (2,))
    assert models.events(network.act(BUILDER, models, "newVersion", *version))[0][1]["version"] == 2
    assert models.events(network.act(BUILDER, models, "setFee", 1, 5)) == [("FeeSet", {"modelId": 1, "fee": 5})]
    assert models.events(network.act(BUILDER, models, "retire", 1)) == [("Retired", {"modelId": 1})]
    for name, values in (("newVersion", version), ("setFee", (1, 6)), ("retire", (1,))):
        assert network.refused(BUILDER, models, name, *values) == ("AlreadyRetired", (1,))


def test_retraining_leaves_a_receipt_from_the_old_package_to_the_new_one(network: Network, models: Contract) -> None:
    network.act(BUILDER, models, "register", *registration())
    assert network.refused(BUILDER, models, "retrain", 1, PACKAGE, FEATURES, INVERSE, HASH)[0] == "SamePackage"
    assert network.refused(BUILDER, models, "retrain", 1, PACKAGE2, FEATURES, INVERSE, NONE)[0] == "EmptyHash"
    network.act(BUILDER, models, "retire", 1)  # forgetting does not end with use
    events = models.events(network.act(BUILDER, models, "retrain", 1, PACKAGE2, INVERSE, FEATURES, HASH))
    assert events == [
        (
            "Retrained",
            {
                "modelId": 1,
                "version": 2,
                "oldPackageHash": PACKAGE,
                "newPackageHash": PACKAGE2,
                "newFeaturesRoot": INVERSE,
                "newInverseRoot": FEATURES,
                "receiptHash": HASH,
            },
        )
    ]
    assert network.read(models, "models", 1)[-4:] == (PACKAGE2, ENCODER, INVERSE, FEATURES)
