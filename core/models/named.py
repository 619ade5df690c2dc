"""Which artefacts the rows of a profile name: what is not among them was left by a kill."""

from __future__ import annotations

from core.storage import Database

_SQL = (
    "SELECT file AS digest FROM model_versions UNION SELECT training FROM model_versions "
    "UNION SELECT json_extract(CAST(manifest AS TEXT), '$.admission.reasons') FROM model_versions "
    "UNION SELECT file FROM search_versions UNION SELECT sha256 FROM pictures"
)


def named(database: Database) -> set[str]:
    """SHA-256 as hex: packages, what they were trained on, the reasons of their weights, indexes, pictures."""
    return {row["digest"] for row in database.all(_SQL) if row["digest"]}
