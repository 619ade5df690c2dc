"""Datanets: what is collected, how it comes in, is checked, committed, reviewed, released and taken back.

file -> importers -> draft rows -> preflight -> (fixes, undo) -> contribution (salted leaves, one root) -> review
-> release (manifest, records root) -> what a trainer may read. Chain calls are made elsewhere: functions here return
plain values ready for them and are told when a transaction stands in a block.
"""
