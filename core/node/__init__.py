"""The embedded full node: an Ethereum ledger by the rules of Prague in one encrypted file, spoken to by JSON-RPC.

worker     the child process: open, rpc, close
rpc        the methods; views makes their JSON, params reads theirs
ledger     head, blocks and lookups: one transaction sent is one block, on disk when the call returns
engine     what executes, as an interface; evm is py-evm behind it; rules refuse a transaction before it runs
store      the tables, in SQLCipher; genesis how a new ledger begins
"""
