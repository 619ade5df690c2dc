"""The audit reads the manifests that real packages carry: real texts, the real encoder, the real fused graph."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from core.economy import proof_file, settlement, usage
from core.jobs import silent
from core.keccak import keccak256
from core.merkle import MerkleTree
from core.models import encoders, package, roots, training
from core.models.package import Release
from core.units import Amount
from tests.audit.scripts import script
from tests.core.economy import small_case

TEXTS = {
    "naïve": ("a small {} bird sings", "the {} bird flies away", "birds of {} colour"),
    "ships": ("a {} ship sails the sea", "the harbour and the {} boat", "sailors on a {} deck"),
    "bread": ("bake the {} bread slowly", "a loaf of {} bread", "flour, water and {} salt"),
}
WORDS = ("red", "old", "young", "quiet", "bright", "heavy", "early", "wooden")


def items() -> list[training.Item]:
    uses = frozenset({"train", "evaluate"})
    return [
        training.Item(
            text.format(word),
            label,
            keccak256(f"{label} {text} {word}".encode()),
            small_case.address(f"contributor {i % 3}").raw,
            uses,
            weight=1 + i % 8,
        )
        for i, word in enumerate(WORDS)
        for label, texts in TEXTS.items()
        for text in texts
    ]


def test_a_real_package_is_audited_to_the_last_integer(tmp_path: Path) -> None:
    records = items()
    trained = training.train(training.prepare(records, [], list(TEXTS), silent()), silent())
    data = trained.data
    secret = small_case.FEATURES_SECRET
    features = roots.features_tree(secret, data.x, data.y, data.w, data.record_ids, data.accounts)
    leaves = tuple(item.record_id for item in records)
    draft = settlement.Tables.of(trained, bytes(32))
    earned = roots.credit_tree(secret, draft.credit.c)
    release = Release(4, 1, MerkleTree(leaves).root, features.root, earned.root, "CC0-1.0")
    built = package.build(trained, name="Größe", release=release, z=draft.credit.z)
    made = small_case.Model(settlement.Tables.of(trained, built.hash), built.manifest, leaves)

    kept = small_case.database(tmp_path)
    asked = encoders.get(data.encoder).features([f"a {word} boat on the sea" for word in WORDS])
    for x, answer in zip(asked, trained.head.answers(asked), strict=True):
        usage.meter(kept, small_case.channel(), built.hash, np.array(x), int(answer), Amount(10**15), 1_700_000_000)
    usage.correct(kept, small_case.channel(), 3, 0)
    signed, done = small_case.settle(kept, made)
    contents = proof_file.Contents(
        done,
        signed,
        usage.statements(kept, small_case.channel(), 1, len(WORDS)),
        built.manifest,
        secret,
        leaves,
        small_case.on_chain(done, made, is_claimed=False),
        3,
        done.paid[0].account,
        None,
    )
    audit = script("audit")
    path = tmp_path / "real.proof.json"
    path.write_bytes(proof_file.export(contents))
    assert [one for one in audit.Audit(audit.read(path)).results if not one["ok"]] == []
    assert json.loads(path.read_bytes())["sections"]["answer"]["label"] == 0
    kept.close()
