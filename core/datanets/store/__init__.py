"""All SQL of the Datanets' tables (`core/vault/migrations/m002_datanets.py`). Nothing above writes a statement.

Functions take the database first and plain values after it; what spans several statements happens in one transaction.
"""
