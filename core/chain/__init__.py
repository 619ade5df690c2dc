"""The ledger as this program believes it: read through proofs, written to through checked and signed transactions.

network    which chain, pinned how; one JSON file each, and the local one
transport  how a node is asked: the pipe to the child, or HTTP
light_node every read, with how far it can be believed (trust)
store      what has been verified, kept: headers, transactions, logs; headers and blocks do the verifying
sender     nonce, limits, signature, broadcast, confirmation; fees says what to pay, rules what is never signed
contracts  calls, events, errors and code of a compiled contract; abi bounds what is decoded
storage_reader  a contract's named state, through proven storage; deployed puts a contract and its address together
"""
