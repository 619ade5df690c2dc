"""The family of a head follows a stated rule, and a softmax model is trained, packed, run, kept and forgotten alike."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from core.artefacts import Whole
from core.errors import BadInput, PackageRefused, TooFewRecords
from core.jobs import silent
from core.keccak import keccak256
from core.models import canonical, evaluation, families, package, ridge, roots, softmax, stored, training
from core.models.runtime import ModelRuntime
from core.models.training import TrainedModel
from tests.core.models import small_topics
from tests.doubles import poa


def in_a_row(n: int = 90, seed: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three labels side by side on a line: a linear fit to 0 and 1 never answers the one in the middle."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    place = np.clip((y - 1) * 1200 + rng.normal(0, 150, n), -2047, 2047)
    X = np.stack([place, rng.normal(0, 300, n), np.full(n, 2047)], axis=1)
    return X.astype(np.int16), y, np.full(n, 64)


def test_softmax_is_taken_where_it_errs_less_by_more_than_a_point() -> None:
    X, y, w = in_a_row()
    head, compared, _ = families.train(X, y, 3, w)
    assert isinstance(head, softmax.Head)
    assert head.same(softmax.train(X, y, 3, w))
    assert compared is not None
    assert 100 * (compared.ridge - compared.softmax) > compared.weight == int(w.sum())
    for family, wrong in (("ridge", compared.ridge), ("softmax", compared.softmax)):
        named, nothing, _ = families.train(X, y, 3, w, family=family)
        assert nothing is None
        assert named.family == family
        assert int(w[named.left_out(X, y, w).argmax(axis=1) != y].sum()) == wrong


def test_ridge_is_taken_elsewhere() -> None:
    X, y = (np.array(part) for part in poa.records(60, 5, 3, 1))
    X, w = X.astype(np.int16), np.full(60, 64)
    head, compared, _ = families.train(X, y, 3, w)
    assert isinstance(head, ridge.Head)
    assert head.same(ridge.train(X, y, 3, w)[0])
    assert compared is not None
    assert families.Compared(compared.softmax + 38, compared.softmax, 3840).family == "ridge"
    assert families.Compared(compared.softmax + 39, compared.softmax, 3840).family == "softmax"
    wide = np.zeros((60, families.TRIED_UP_TO + 1), np.int16)
    wide[:, :4], wide[:, -1] = X[:, :4], 2047
    assert families.train(wide, y, 3, w)[1] is None, "too wide for a trial"
    assert families.train(X, y, 3, w, j=3)[1] is None, "lambda is pinned, so is the family"
    assert families.worth_trying(65, 20, np.ones(2541, np.int64))
    assert not families.worth_trying(65, 20, np.ones(2542, np.int64)), "a trial would take minutes"
    assert not families.worth_trying(65, 21, np.ones(9, np.int64))
    assert not families.worth_trying(2, 2, np.full(1 << 20, 65)), "too much weight"


def test_what_cannot_be_trained_is_refused_by_name() -> None:
    X, y, w = in_a_row()
    with pytest.raises(BadInput):
        families.train(X, y, 3, w, family="logistic")
    with pytest.raises(TooFewRecords):
        families.train(X, y, 3, np.where(y == 1, w, 0))
    with pytest.raises(BadInput):
        families.kind("logistic")


def test_either_head_answers_records_without_themselves_by_retraining() -> None:
    X, y, w = in_a_row(45)
    for family in families.FAMILIES:
        head, *_ = families.train(X, y, 3, w, family=family, j=8)
        kept = np.arange(45) != 7
        again = head.again(X[kept], y[kept], w[kept])
        assert np.array_equal(again.W, head.weights_of(X[kept], y[kept], w[kept]))
        alone = np.ldexp(again.scores(X[7:8])[0].astype(np.float64), -52)
        assert np.allclose(head.left_out(X, y, w)[7], alone, atol=2e-3)


# A softmax model as a whole


@pytest.fixture(scope="module")
def soft() -> TrainedModel:
    two = [one for one in small_topics.items() if one.label != "food"]
    apart = [one for one in small_topics.held_out() if one.label != "food"]
    data = training.prepare(two, apart, ("animal", "place"), silent())
    return training.train(data, silent(), family="softmax", j=4)


@pytest.fixture(scope="module")
def soft_package(soft: TrainedModel) -> package.Built:
    return package.build(soft, name="Two topics", release=small_topics.release_of(soft), z=30)


def test_a_text_model_is_ridge_unless_the_builder_says_otherwise(trained: TrainedModel, soft: TrainedModel) -> None:
    assert (trained.head.family, trained.compared) == ("ridge", None)
    assert (soft.head.family, soft.compared) == ("softmax", None)
    assert soft.evaluation is not None
    assert soft.evaluation.correct == soft.evaluation.records


def test_withdrawal_equals_scratch(soft: TrainedModel) -> None:
    gone = [soft.data.record_ids[i] for i in (0, 5, 40)]
    less = training.without(soft, gone, silent())
    assert less.head.same(training.train(soft.data.without(gone), silent(), j=4, family="softmax").head)
    assert not less.head.same(soft.head)
    assert set(less.data.record_ids) == set(soft.data.record_ids) - set(gone)
    back = soft.data.take(soft.data.positions(gone))
    assert training.added(less, back, silent()).head.same(soft.head), "records may come and go, in any order"


def test_a_softmax_package_runs_and_names_its_family(
    soft: TrainedModel, soft_package: package.Built, runtime: ModelRuntime
) -> None:
    facts = package.read(soft_package.data, soft_package.hash).manifest
    head = facts["head"]
    assert (head["family"], head["j"], head["d"], head["K"]) == ("softmax", 4, 257, 2)
    assert head["hash"] == roots.head_hash(soft.head.W, 4, 2, 30, "softmax").hex()
    assert head["hash"] != roots.head_hash(soft.head.W, 4, 2, 30).hex(), "a family cannot be passed off as another"
    assert facts["inverseRoot"] == roots.inverse_tree(soft.head.V, soft.head.s).root.hex()
    model = runtime.load(soft_package.hash, lambda: soft_package.data)
    answer = runtime.run(model, ["a horse and a cow"])[0]
    assert answer.label == "animal"
    assert answer.scores == tuple(evaluation.scores(answer.x[None], soft.head.W)[0].tolist())


@pytest.mark.parametrize(("name", "value"), [("family", "ridge"), ("family", "logistic"), ("family", None), ("K", 6)])
def test_a_manifest_that_lies_about_the_family_is_refused(
    soft_package: package.Built, name: str, value: object
) -> None:
    with zipfile.ZipFile(io.BytesIO(soft_package.data)) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    facts = json.loads(files["manifest.json"])
    facts["head"][name] = value
    raw = files["manifest.json"] = canonical.encode(facts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one, data in files.items():
            archive.writestr(one, data)
    with pytest.raises(PackageRefused):
        package.read(out.getvalue(), keccak256(raw))


def test_what_both_families_got_wrong_stands_in_the_manifest(soft: TrainedModel) -> None:
    compared = families.Compared(20, 4, 400)
    tried = TrainedModel(soft.data, soft.head, soft.evaluation, compared)
    built = package.build(tried, name="x", release=small_topics.release_of(soft), z=30, choice={"way": "auto", "of": 9})
    found = package.read(built.data, built.hash).manifest["choice"]
    assert found == {"way": "auto", "of": 9, "ridge": 20, "softmax": 4, "weighed": 400}


def test_a_stored_softmax_model_comes_back_whole(soft: TrainedModel) -> None:
    content = b"".join(stored.parts(soft))
    found = stored.load(Whole(content))
    assert isinstance(found.head, softmax.Head)
    assert found.head.same(soft.head)
    assert found.evaluation == soft.evaluation
    assert b"".join(stored.parts(found)) == content
