// Run by node: ADDRESS PRIVATE_KEY ARTEFACT. Prints what it found as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { ethers } = createRequire(join(process.cwd(), "package.json"))("ethers");
const [address, key, path] = process.argv.slice(2);
const artefact = JSON.parse(readFileSync(path, "utf8"));
const provider = new ethers.JsonRpcProvider(address, undefined, { polling: true, cacheTimeout: -1 });
const wallet = new ethers.Wallet(key, provider);
const other = "0x" + "43".repeat(20);

const paid = await (await wallet.sendTransaction({ to: other, value: 9n })).wait();
const factory = new ethers.ContractFactory(artefact.abi, artefact.bytecode, wallet);
const contract = await (await factory.deploy()).waitForDeployment();
const done = await (await contract.createDatanet("Topics", "0x" + "03".repeat(32), [])).wait();
const logs = await contract.queryFilter(contract.filters.DatanetCreated(), 0);
let refused = null;
try {
  await contract.createDatanet.staticCall("", "0x" + "03".repeat(32), []);
} catch (error) {
  refused = error.revert?.name ?? error.code;
}
const proof = await provider.send("eth_getProof", [other, [], "latest"]);
const fees = await provider.getFeeData();

const socket = new ethers.WebSocketProvider(address.replace("http", "ws"));
const wished = [];
const once = (event) => new Promise((resolve) => wished.push(socket.once(event, resolve)));
const [head, heard] = [once("block"), once({ address: contract.target })];
await Promise.all(wished);
await socket.getBlockNumber(); // answered behind the eth_subscribe of both
await (await contract.createDatanet("Second", "0x" + "03".repeat(32), [])).wait();
const seen = [Number(await head) > 0, (await heard).address === contract.target];
await socket.getBlockNumber(); // behind the eth_unsubscribe that `once` sends: closing earlier would cancel that
await socket.destroy();

console.log(
  JSON.stringify({
    chain: Number((await provider.getNetwork()).chainId),
    paid: paid.status,
    balance: Number(await provider.getBalance(other)),
    count: Number(await contract.datanetCount()),
    events: done.logs.length,
    logs: logs.map((log) => log.args.name),
    refused,
    proof: Number(proof.balance),
    fees: fees.maxFeePerGas > fees.maxPriorityFeePerGas,
    seen,
  }),
);
provider.destroy();
