"""The vault's schema, one step a file. A step that has shipped is never edited: the next change is the next file."""

from __future__ import annotations

from core.storage import Migration
from core.vault.migrations import (
    m001_wallet,
    m002_datanets,
    m003_chain,
    m004_models,
    m005_economy,
    m006_settlement_game,
    m007_search,
    m008_pictures,
    m009_refused,
    m010_named,
)

MIGRATIONS: list[Migration] = [
    m001_wallet.migrate,
    m002_datanets.migrate,
    m003_chain.migrate,
    m004_models.migrate,
    m005_economy.migrate,
    m006_settlement_game.migrate,
    m007_search.migrate,
    m008_pictures.migrate,
    m009_refused.migrate,
    m010_named.migrate,
]
