"""The embedded full node: an Ethereum ledger by the rules of Prague in one encrypted file, spoken to by JSON-RPC.

worker     the child process: open, rpc, rpc_many, serve, close
serve/     the same methods over HTTP and WebSocket on loopback, when a person asks for it
rpc        the methods, in groups rpc_*; views makes their JSON, params reads theirs, lookups finds blocks, filters
           remembers who asked for what. RPC.md: what they are held against
ledger     head, blocks and lookups: what is sent is in a block, or in the pool, on disk, when the call returns
pool       transactions whose turn has not come
engine     what executes, as an interface; evm is py-evm behind it (machines, shapes); rules refuse a transaction before
           it runs; importing, forks and foreign take blocks and chains made elsewhere; overrides is what calls suppose
store      the tables, in SQLCipher; genesis how a new ledger begins
"""
