"""The ledger for other programs of this machine: JSON-RPC over HTTP and WebSocket, on loopback, behind a token.

It runs inside the node's process, on a thread of its own: that process holds no key but the ledger's, and the app's
process, which holds the vault's, opens no port. No port is open unless a person asked for one.

door      who may come in: the Host and Origin headers, the token
wire      bytes to answers: envelopes, batches, limits
sockets   one WebSocket: questions, subscriptions
server    the port, the threads, the end
"""
