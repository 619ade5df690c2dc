"""Run by web3.py's own Python: ADDRESS PRIVATE_KEY ARTEFACT. Prints what it found as JSON."""

import asyncio
import json
import sys
from pathlib import Path

from web3 import AsyncWeb3, HTTPProvider, Web3, WebSocketProvider
from web3.exceptions import Web3Exception
from web3.logs import DISCARD

address, key, artefact = sys.argv[1], sys.argv[2], json.loads(Path(sys.argv[3]).read_text("utf8"))
w3 = Web3(HTTPProvider(address))
me = w3.eth.account.from_key(key)
other = "0x" + "42" * 20


def send(**fields):
    """Signed here, sent raw, waited for."""
    transaction = {"from": me.address, "chainId": w3.eth.chain_id, "nonce": w3.eth.get_transaction_count(me.address)}
    fee = w3.eth.gas_price
    transaction |= {"maxFeePerGas": 2 * fee, "maxPriorityFeePerGas": w3.eth.max_priority_fee, **fields}
    transaction.setdefault("gas", w3.eth.estimate_gas(transaction))
    signed = me.sign_transaction(transaction)
    return w3.eth.wait_for_transaction_receipt(w3.eth.send_raw_transaction(signed.raw_transaction))


async def subscribed():
    async with AsyncWeb3(WebSocketProvider(address.replace("http", "ws", 1))) as socket:
        name = await socket.eth.subscribe("newHeads")
        await asyncio.to_thread(send, to=other, value=1)
        async for message in socket.socket.process_subscriptions():
            assert message["subscription"] == name
            return message["result"]["number"]
    return None


blocks = w3.eth.filter("latest")
paid = send(to=other, value=7)
made = send(data=artefact["bytecode"])
contract = w3.eth.contract(address=made["contractAddress"], abi=artefact["abi"])
act = contract.functions.createDatanet("Topics", b"\x03" * 32, []).build_transaction(
    {"from": me.address, "gas": 300_000}
)
done = send(to=act["to"], data=act["data"])
event = contract.events.DatanetCreated().process_receipt(done, errors=DISCARD)[0]
logs = contract.events.DatanetCreated().get_logs(from_block=0)
proof = w3.eth.get_proof(other, [0], "latest")
history = w3.eth.fee_history(2, "latest", [50])
try:
    contract.functions.createDatanet("", b"\x03" * 32, []).call({"from": me.address})
    refused = None
except Web3Exception as error:
    refused = type(error).__name__
print(
    json.dumps(
        {
            "chain": w3.eth.chain_id,
            "syncing": w3.eth.syncing,
            "paid": paid["status"],
            "balance": w3.eth.get_balance(other),
            "count": contract.functions.datanetCount().call(),
            "event": event["args"]["name"],
            "logs": [log["args"]["name"] for log in logs],
            "code": len(w3.eth.get_code(made["contractAddress"])) > 1_000,
            "proof": [proof["balance"], len(proof["accountProof"]) > 0],
            "fees": len(history["baseFeePerGas"]),
            "filter": len(blocks.get_new_entries()),
            "refused": refused,
            "head": asyncio.run(subscribed()) == w3.eth.block_number,
            "block": w3.eth.get_block("latest", full_transactions=True)["transactions"][0]["value"],
        }
    )
)
