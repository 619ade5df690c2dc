"""What a call costs, who is owed what, and how each OPEN is traced: metering, vouchers, settlements, earnings, proof.

Nothing here talks to a chain. Functions take plain values and give back plain values that are ready for a contract
call; the client sends the transactions and hands back what the light node read.
"""
