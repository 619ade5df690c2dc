"""Execution that believes nobody: calls and transactions run here, on state that was proven piece by piece.

state    the nodes and codes at hand, each under the hash computed here; what py-evm sees, and what it missed
machine  one message run on a block's state, with the gas it needs
effects  what a run changed: balances, slots, logs, transfers, new contracts
worker   the child process; it has no socket and no file: what is missing is named, and the parent brings it

Nothing here is shared with `core.node`, whose answers it replaces.
"""
