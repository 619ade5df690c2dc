"""What the ledger's benchmark stands on: a ledger that has been used, the rivals, and how they are taken in turns."""
