"""What the light client believes only after working it out itself: RLP, headers, transactions, receipts, tries.

Pure functions over bytes: no I/O, no clock, no code shared with the node that they check (keccak apart). Whatever
does not hold raises ProofMismatch or BadEncoding and nothing else.
"""
