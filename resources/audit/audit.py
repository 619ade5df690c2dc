#!/usr/bin/env python3
"""Checks a proof file of OpenLedger Contributor without the program:  python audit.py FILE [--json]

Recomputes one answer's shares, the settlement's sums, scores and payout, every Merkle root, the certified inverse, the
payer's signature and one claim in exact integers, and says in words which checks hold. Exit status: 0 all hold, 1 one
fails, 2 the file cannot be read. Written from PoA-1 and M-1; needs numpy and tiny_keccak or pycryptodome, and for a
softmax head softmax.py beside it. Whether the features are those of the texts: reencode.py.
"""
import base64, json, math, os, re, runpy, sys
import numpy as np
try:
    from tiny_keccak import keccak256 as keccak
except ImportError:
    from Crypto.Hash import keccak as _keccak
    def keccak(data): return _keccak.new(digest_bits=256, data=data).digest()
LIMIT, F = 2047, 60  # of a feature; binary places behind the point while a rounding is proven
def need(holds, words):
    if not holds: raise ValueError(words)
def canonical(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
HASH, ACCOUNT, NUMBER = "[0-9a-f]{64}", "0x[0-9a-f]{40}", "0|[1-9][0-9]{0,80}"
FORM = {  # of each field: a pattern of text, int, bool, an array's type and lengths, [entries], (entries), fields again
    "chain": {"chain_id": NUMBER, "contract": ACCOUNT, "builder": ACCOUNT, "is_claimed": bool, "body": "[0-9a-f]*",
              "trust": "local|proven|quorum|unverified|stale", "split": (int, int, int, int)}
    | dict.fromkeys("block status claimable_at datanet release records".split(), int)
    | dict.fromkeys("settlement payout_root block_hash package encoder roots_hash records_root".split(), HASH),
    "manifest": {"text": "(?s).*"}, "release": {"leaves": "|u1 records 32"},
    "records": {"ids": "|u1 n 32", "accounts": "|u1 n 20", "labels": "<i4 n", "weights": "<i4 n", "X": "<i2 n d",
                "secret": HASH}, "head": {"V": "<i8 D D", "W": "<i8 d K"},
    "calls": {"answered": "<i4 m", "labels": "<i4 m", "fees": "|u1 m 16", "times": "<i8 m", "salts": "|u1 m 32",
              "x": "<i2 m d", "first": int},
    "settlement": {"total_fee": NUMBER, "signature": "[0-9a-f]{130}", "secret": HASH, "sums": "|u1 K d 16", "e": int,
                   "u": "<i4 K d", "v": int, "scores": "<i8 n",
                   "payout": [{"account": ACCOUNT, "positive": NUMBER, "amount": NUMBER}]},
    "answer": {"nonce": int, "label": int, "scores": "<i8 K", "e": int, "v": int, "records": "<i8 n",
               "contributors": [{"account": ACCOUNT, "influence": "0|-?[1-9][0-9]{0,80}", "share": int}]},
    "claim": {"index": int, "account": ACCOUNT, "amount": NUMBER, "path": [(HASH, NUMBER)], "taken?": {
        "tx": HASH, "block": int, "sender": ACCOUNT, "fee": NUMBER, "before?": NUMBER, "after?": NUMBER}}}
def fits(value, form, sizes, where):
    """Refuses what has another form, by its name; `sizes` learns what a length's letter stands for."""
    holds = type(value) is form and (form is not int or 0 <= value < 1 << 63)
    if type(form) is dict:
        named = {name.rstrip("?"): name for name in form}
        holds = type(value) is dict and set(value) == set(named)
        for name, full in named.items() if holds else ():
            if value[name] is not None or name == full: fits(value[name], form[full], sizes, f"{where} {name}")
    elif type(form) in (list, tuple):
        holds = type(value) is list and (type(form) is list or len(value) == len(form))
        for i, one in enumerate(value if holds else ()): fits(one, form[i % len(form)], sizes, f"{where} {i}")
    elif type(form) is str and form[0] in "<|":
        dtype, *lengths = form.split()
        parts = {"dtype": f"({re.escape(dtype)})", "shape": (int,) * len(lengths), "data": "[A-Za-z0-9+/]*={0,2}"}
        fits(value, parts, sizes, where)
        shape = [int(n) if n.isdigit() else sizes.setdefault(n, found) for n, found in zip(lengths, value["shape"])]
        raw = base64.b64decode(value["data"], validate=True)
        holds = value["shape"] == shape and len(raw) == math.prod(shape) * int(dtype[2])
        holds = holds and base64.b64encode(raw).decode() == value["data"]
    elif type(form) is str: holds = type(value) is str and bool(re.fullmatch(form, value))
    need(holds, f"{where} has another form or length")
SECTIONS = tuple(FORM)
def array(value, dtype, *shape):
    """The array of that type and shape; None stands for any length."""
    fits = value["dtype"] == dtype and len(shape) == len(value["shape"])
    need(fits and all(a in (None, b) for a, b in zip(shape, value["shape"])), "an array has another type or shape")
    found = np.frombuffer(base64.b64decode(value["data"], validate=True), dtype).reshape(value["shape"])
    return found.astype(found.dtype.newbyteorder("="))
def rows(values): return [row.tobytes() for row in np.ascontiguousarray(values)]
def tag(name): return name.encode().ljust(16, b"\0")
def u(value, width): return int(value).to_bytes(width, "little")
def u256(value): return int(value).to_bytes(32, "big")
def leaf(payload): return keccak(keccak(payload))
def node(a, b): return keccak(min(a, b) + max(a, b))
def payment(index, who, amount): return leaf(u256(index) + bytes(12) + raw_address(who) + u256(amount))
def address(raw): return "0x" + raw.hex()
def raw_address(text): return bytes.fromhex(text[2:])
def summed(leaves):
    """Depth, sum and root of a sum tree over pairs (hash, sum), padded with empty leaves (GAME.md, section 3)."""
    row, depth = list(leaves), max(0, len(leaves) - 1).bit_length()
    row += [(bytes(32), 0)] * ((1 << depth) - len(row))
    while len(row) > 1: row = [inner(*row[i:i + 2]) for i in range(0, len(row), 2)]
    return depth, row[0][1], keccak(row[0][0] + u256(row[0][1]) + u256(depth)).hex()
def inner(a, b): return keccak(a[0] + u256(a[1]) + b[0] + u256(b[1])), a[1] + b[1]
def root(leaves):
    row = list(leaves)
    while len(row) > 1:
        row = [node(*row[i:i + 2]) if i + 1 < len(row) else row[i] for i in range(0, len(row), 2)]
    return row[0].hex() if row else "00" * 32
def salted(secret, name, bodies):
    """Root over leaves of tag, index, salt, body."""
    starts = [tag(name) + u(i, 4) for i in range(len(bodies))]
    return root(leaf(start + keccak(secret + start) + body) for start, body in zip(starts, bodies))
def largest(values): return max(abs(int(values.max())), abs(int(values.min())))
def times(A, B):
    """A @ B of integer matrices: 20-bit limbs keep every sum over at most 4096 terms below 2^52, exact in float64."""
    def limbs(values):
        top = largest(values).bit_length() // 20 + 1
        return [(values >> 20 * i & (0xFFFFF if i < top else -1)).astype(float) for i in range(top + 1)]
    total, right = np.zeros((A.shape[0], B.shape[1]), object), limbs(B.astype(object))
    for i, a in enumerate(limbs(A.astype(object))):
        for k, b in enumerate(right):
            total += (a @ b).astype(np.int64).astype(object) << 20 * (i + k)
    return total
def up(p, q): return (2 * p + q) // (2 * q)
def shift(values, e): return (values + (1 << e >> 1)) >> e
def nearest(H, smallest, C, scale):
    """The nearest integers to 2^scale H^-1 C, each rounding proven by its exact residual (PoA-1, section 3)."""
    guess, goal = np.linalg.inv(H.astype(float)), C.astype(object) << scale + F
    v, last = np.zeros(C.shape, object), math.inf
    while True:
        residual = (goal - times(H, v)).astype(float)
        norm = np.sqrt((residual ** 2).sum(axis=0))
        gap = np.abs(((v & (1 << F) - 1) - (1 << F - 1)).astype(float))
        if (gap > norm / smallest * (1 + 2 ** -20) + 2 ** 10).all():
            return (v + (1 << F - 1)) >> F
        need(norm.max() < last / 2, "a rounding cannot be proven")
        last, step = norm.max(), np.rint(guess @ residual)
        v = v + np.array([int(x) for x in step.ravel()], object).reshape(v.shape)
PRIME = 2 ** 256 - 2 ** 32 - 977  # secp256k1: SEC 2, section 2.4.1
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
BASE = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
        0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)
def plus(a, b):
    if a is None or b is None or (a[0] == b[0] and a != b): return None if a and b else a or b
    slope = 3 * a[0] ** 2 * pow(2 * a[1], -1, PRIME) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, PRIME)
    x = (slope ** 2 - a[0] - b[0]) % PRIME
    return x, (slope * (a[0] - x) - a[1]) % PRIME
def combined(a, A, b, B):
    total, parts = None, (None, A, B, plus(A, B))
    for i in reversed(range(256)): total = plus(plus(total, total), parts[(a >> i & 1) + 2 * (b >> i & 1)])
    return total
def signer(digest, raw):
    """The account whose key made these 65 bytes r, s, v (SEC 1, section 4.1.6, as Ethereum takes it)."""
    r, s, v = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]
    y, back = pow(r ** 3 + 7, (PRIME + 1) // 4, PRIME), pow(r, -1, ORDER)
    fine = r < ORDER and 0 < s <= ORDER // 2 and v in (27, 28) and (y * y - r ** 3 - 7) % PRIME == 0
    need(fine, "it is no signature")
    point, rest = (r, y if y % 2 == v - 27 else PRIME - y), -int.from_bytes(digest, "big") * back % ORDER
    key = combined(s * back % ORDER, point, rest, BASE)
    return keccak(u256(key[0]) + u256(key[1]))[12:]
def largest_remainder(total, claims):
    amounts = [total * c // sum(claims) for c in claims]
    first = sorted(range(len(claims)), key=lambda i: -(total * claims[i] % sum(claims)))  # stable: the older on a tie
    return [amount + (i in first[:total - sum(amounts)]) for i, amount in enumerate(amounts)]
BODY = """poster payer model first nonce previous amount pool builder builder_part supporters_part treasury_part bond
demand_fee window settled_at serial package model_roots statements_root sums_root u_root scores_root payout_depth e v
max_label max_feature norm_label""".split()
class Audit:
    """Each `check_` method is one check, its docstring what it says; later ones use what earlier ones computed."""
    m, rounded, name = 1, 0, "PoA1.head"  # labels that share a row of V and a leaf of sums; what H lost by roundings
    def __init__(self, document):
        self.sections, self.digests, self.results = document["sections"], document["digests"], []
        vars(self).update(self.sections)
        for name in SECTIONS:
            found = keccak(canonical(self.sections[name])).hex()
            self.one(f"section {name} is whole", lambda: need(found == self.digests[name], "its digest differs"))
        for name in [name for name in vars(Audit) if name.startswith("check_")]:
            self.one(getattr(self, name).__doc__, getattr(self, name))
    def one(self, words, method):
        try:
            detail, ok = method() or "", True
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:  # it fails
            detail, ok = (str(error) if type(error) is ValueError else f"cannot be computed, {error!r}")[:200], False
        self.results.append({"check": words, "ok": ok, "detail": detail})
    def check_form(self):
        """every field has its form, and there are no others"""
        fits(self.sections, FORM, {}, "file")
    def check_manifest(self):
        """the manifest is the one whose hash stands on the ledger, and names the ledger's roots"""
        chain, raw = self.chain, self.manifest["text"].encode()
        self.package, manifest = keccak(raw), json.loads(raw)
        need(self.package.hex() == chain["package"], "its hash is not the package hash")
        self.pins, release = manifest["head"], manifest["release"]
        need(self.pins.get("family", "ridge") in ("ridge", "softmax"), "another family of head")
        self.d, self.K, self.j, self.b, self.z = (int(self.pins[name]) for name in "dKjbz")
        self.s, self.t, self.smallest = 62 - self.b + self.j, 52, LIMIT ** 2 << self.j
        need((self.pins["s"], self.pins["t"], len(manifest["labels"])) == (self.s, self.t, self.K), "another scale")
        need(self.K in range(2, 65) and 0 < self.d <= 4096 and self.j in range(17) and self.b in range(13), "range")
        pinned = (release["root"], manifest["encoder"]["hash"], release["datanet"], release["version"])
        need(pinned == tuple(chain[name] for name in "records_root encoder datanet release".split()), "another release")
        if self.pins.get("family") == "softmax":
            found = runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "softmax.py"))
            vars(self).update(found["instead"](self, times, need))
        self.roots = [release["features"], manifest["inverseRoot"], manifest["creditRoot"]]
    def check_settlement(self):
        """the settlement's name on the ledger binds its body, which is of this model and this payer"""
        chain, raw = self.chain, bytes.fromhex(self.chain["body"])
        need(len(raw) == 32 * len(BODY), "the body has another length")
        self.body = {name: raw[32 * i:32 * i + 32] for i, name in enumerate(BODY)}
        self.number = {name: int.from_bytes(word, "big") for name, word in self.body.items()}
        need(keccak(keccak(raw) + bytes.fromhex(chain["payout_root"])).hex() == chain["settlement"], "another name")
        need(self.body["package"] == self.package and chain["status"] in (1, 2), "another package, or it fell")
        need(self.body["builder"][12:] == raw_address(chain["builder"]), "another builder")
        waited = chain["claimable_at"] - self.number["settled_at"]  # a demand moves the end by one window, once
        need(waited in (self.number["window"], 2 * self.number["window"]), "it is claimable at another time")
    def check_voucher(self):
        """the payer signed the voucher: the model's package, which calls, their total, the roots of calls and sums"""
        chain, body = self.chain, self.body
        kinds = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        domain = keccak(kinds) + keccak(b"OpenLedger Settlement") + keccak(b"1") + u256(chain["chain_id"]) + bytes(12)
        kinds = b"Voucher(address payer,uint256 modelId,bytes32 packageHash,uint64 first,uint64 nonce,uint128 totalFee,"
        words = [body[name] for name in "payer model package first nonce statements_root sums_root".split()]
        words.insert(5, u256(self.settlement["total_fee"]))
        struct = keccak(keccak(kinds + b"bytes32 statementsRoot,bytes32 sumsRoot)") + b"".join(words))
        signed = keccak(b"\x19\x01" + keccak(domain + raw_address(chain["contract"])) + struct)
        need(signer(signed, bytes.fromhex(self.settlement["signature"])) == body["payer"][12:], "it is not so")
    def check_records(self):
        """the release has its root on the ledger, the model's records are of it and have the features root"""
        leaves = rows(array(self.release["leaves"], "|u1", self.chain["records"], 32))
        need(root(leaves) == self.chain["records_root"], "another root of the release")
        one, self.X = self.records, array(self.records["X"], "<i2", None, self.d)
        n, wide = len(self.X), self.X.astype(np.int64)
        self.y, self.w = (array(one[name], "<i4", n).astype(np.int64) for name in ("labels", "weights"))
        self.ids, self.owners = rows(array(one["ids"], "|u1", n, 32)), rows(array(one["accounts"], "|u1", n, 20))
        self.people = list(dict.fromkeys(self.owners))  # oldest first
        need(set(self.ids) <= set(leaves) and len(set(self.ids)) == n, "a record is not in the release")
        need(min(self.y) >= 0 and max(self.y) < self.K and min(self.w) >= 0 and max(self.w) <= 64, "a label or weight")
        need((wide[:, -1] == LIMIT).all() and np.abs(wide).max() <= LIMIT, "a feature is out of range")
        need((wide ** 2).sum(axis=1).max() <= LIMIT ** 2 << self.b, "a vector is longer than its norm class")
        bodies = [i + a + u(y, 4) + u(w, 4) + x for i, a, y, w, x in
                  zip(self.ids, self.owners, self.y, self.w, rows(self.X.astype("<i2")))]
        need(salted(bytes.fromhex(one["secret"]), "PoA1.feature", bodies) == self.roots[0], "another features root")
        return f"{n} records of {len(self.people)} contributors"
    def statistics(self, kept):
        """G and B over some records: float64 products with sums below 2^52 are exact in any order."""
        x, w = self.X[kept].astype(float), self.w[kept].astype(float)
        need(w.sum() <= 1 << 30, "the total weight is out of range")
        target = (self.y[kept][:, None] == np.arange(self.K)) * w[:, None]
        return ((x * w[:, None]).T @ x).astype(np.int64), (x.T @ target).astype(np.int64)
    def check_inverse(self):
        """V is the certified inverse of what the records make of it, and has the root on the ledger"""
        wide, self.W = self.m * self.d, array(self.head["W"], "<i8", self.d, self.K)
        self.V, eye = array(self.head["V"], "<i8", wide, wide), np.eye(wide, dtype=np.int64)
        G, self.B = self.statistics(self.w > 0)
        self.H = G + eye * self.smallest
        need((nearest(self.H, self.smallest - self.rounded, eye, self.s) == self.V).all(), "not the nearest integers")
        payloads = (tag("PoA1.inverse") + u(i, 4) + u(self.s, 4) + v for i, v in enumerate(rows(self.V.astype("<i8"))))
        need(root(map(leaf, payloads)) == self.roots[1], "another root")
    def check_head(self):
        """W is the certified head of the records, and has the hash in the manifest"""
        need((self.without(self.w < 0) == self.W).all(), "an entry is not the nearest integer")
        pins = tag(self.name) + b"".join(u(v, 4) for v in (self.d, self.K, self.j, self.b, self.z))
        need(keccak(pins + self.W.astype("<i8").tobytes()).hex() == self.pins["hash"], "another hash")
    def without(self, own):
        """W of the records with weight but some."""
        G, B = self.statistics(own & (self.w > 0))
        return nearest(self.H - G, self.smallest, self.B - B, self.t)
    def credit(self):
        x, target = self.X.astype(np.int64), self.y[:, None] == np.arange(self.K)
        h = ((x @ self.V) * x).sum(axis=1)  # modulo 2^64 on the way, below 2^63 at the end
        R = shift(target * (1 << self.t) - x @ self.W, self.t - 24).astype(object)
        D = [(1 << self.s) - int(w) * int(v) for w, v in zip(self.w, h)]
        need(min(D) > 0, "a leverage reaches 1")
        g = np.array([up(int(w) << self.s + 24, rest) for w, rest in zip(self.w, D)], object)
        return shift(up(self.K * R - R.sum(axis=1)[:, None], self.K) * g[:, None], 24)
    def check_credit(self):
        """each record's coefficients follow, have their root, and the ledger binds the model's three roots"""
        c = self.credit()
        need(max(np.abs(c).sum(axis=1)).bit_length() == self.z, "another z")
        self.c = c.astype(np.int64)
        found = salted(bytes.fromhex(self.records["secret"]), "PoA1.credit", rows(self.c.astype("<i8")))
        need(found == self.roots[2], "another root of the credits")
        counts = b"".join(u256(value) for value in (len(self.X), self.d, self.K, self.b, self.z, self.m))
        found = keccak(b"".join(map(bytes.fromhex, self.roots)) + counts)
        need(found.hex() == self.chain["roots_hash"] and found == self.body["model_roots"], "other roots of the model")
    def influence(self, S):
        """e, u, v, terms, q of PoA-1, section 5, for sums S [K, d] of Python integers."""
        U = self.U = times(S.reshape(-1, self.m * self.d), self.V).reshape(self.K, self.d)  # V is symmetric
        e = max(0, largest(U).bit_length() - 30)
        directions = shift(U, e)
        M = math.isqrt((LIMIT ** 2 << self.b) * max((directions ** 2).sum(axis=1))) + 1
        v = max(0, M.bit_length() + self.z - 62)
        terms = shift((self.X.astype(float) @ directions.T.astype(float)).astype(np.int64), v)
        return e, directions.astype(np.int64), v, terms, (terms * self.c).sum(axis=1)
    def check_statements(self):
        """the payer's calls are numbered without gaps, answered by this model, and have the statements root"""
        one, on, self.x = self.calls, self.number, array(self.calls["x"], "<i2", None, self.d)
        m, first = len(self.x), one["first"]
        need(first == on["first"] and 1 <= first <= on["previous"] + 1 <= on["nonce"] == first + m - 1, "other numbers")
        self.asked, answered = (array(one[name], "<i4", m) for name in ("labels", "answered"))
        self.fees = [int.from_bytes(fee, "little") for fee in rows(array(one["fees"], "|u1", m, 16))]
        need(min(self.asked) >= 0 and max(self.asked) < self.K, "a label is out of range")
        need((answered == (self.x.astype(np.int64) @ self.W).argmax(axis=1)).all(), "an answer is not the model's")
        start = tag("M1.statement") + u(self.chain["chain_id"], 8) + raw_address(self.chain["contract"])
        start += self.body["payer"][12:] + u(on["model"], 8) + self.package
        each = zip(rows(array(one["salts"], "|u1", m, 32)), rows(self.x.astype("<i2")), answered, self.asked, self.fees,
                   array(one["times"], "<i8", m))
        found = root(leaf(start + u(first + i, 8) + keccak(tag("M1.features") + salt + x) + u(a, 4) + u(k, 4)
                          + u(fee, 16) + u(at, 8)) for i, (salt, x, a, k, fee, at) in enumerate(each))
        need(found == self.body["statements_root"].hex(), "another root")
        self.paid = slice(on["previous"] + 1 - first, None)
    def check_sums(self):
        """the sums by label are those of the calls, and have their root"""
        self.S = np.zeros((self.K, self.d), object)
        for x, k, fee in zip(self.x, self.asked, self.fees):
            self.S[k] += x.astype(object) * fee
        raw = [b"".join(int(v).to_bytes(16, "little", signed=True) for v in row) for row in self.S]
        need(rows(array(self.settlement["sums"], "|u1", self.K, self.d, 16)) == raw, "a sum differs")
        self.secret = bytes.fromhex(self.settlement["secret"])
        leaves = [b"".join(raw[k:k + self.m]) for k in range(0, self.K, self.m)]
        need(salted(self.secret, "PoA1.sums", leaves) == self.body["sums_root"].hex(), "another root")
    def check_scores(self):
        """every record's score over the settlement follows from the sums; u and scores have their roots"""
        post, on, (e, directions, v, terms, self.q) = self.settlement, self.number, self.influence(self.S)
        need((post["e"], post["v"]) == (on["e"], on["v"]) == (e, v), "another scale")
        need(abs(int(self.U[on["max_label"]][on["max_feature"]])) == largest(self.U), "another largest entry")
        lengths = (directions.astype(object) ** 2).sum(axis=1)
        need(lengths[on["norm_label"]] == max(lengths), "another longest row")
        need((array(post["u"], "<i4", self.K, self.d) == directions).all(), "an entry of u differs")
        need((array(post["scores"], "<i8", len(self.X)) == self.q).all(), "a score differs")
        bodies = [u(e, 4) + row for row in rows(directions.astype("<i4"))]
        need(salted(self.secret, "PoA1.u", bodies) == self.body["u_root"].hex(), "another root of u")
        leaves, numbers = [], zip(rows(self.q.astype("<i8")), rows(terms.astype("<i8")))
        for i, (one, who, (q, row)) in enumerate(zip(self.ids, self.owners, numbers)):
            start = tag("PoA1.score") + u(i, 4)
            leaves.append((leaf(start + keccak(self.secret + start) + one + who + q + row), max(0, int(self.q[i]))))
        order = sorted(range(len(leaves)), key=lambda i: (self.owners[i], i))
        need(summed([leaves[i] for i in order])[2] == self.body["scores_root"].hex(), "another root of the scores")
    def check_split(self):
        """the fees of the calls make the amount, divided as the model's split on the ledger says"""
        on, split, amount = self.number, self.chain["split"], sum(self.fees[self.paid])
        parts = [amount * bps // 10_000 for bps in split[1:]]
        if not on["supporters_part"]: parts[1] = 0  # nobody stood behind the model: their part stays in the pool
        self.pool = amount - sum(parts)
        found = [on[name] for name in ("amount", "builder_part", "supporters_part", "treasury_part", "pool")]
        need(sum(split) == 10_000 and found == [amount, *parts, self.pool], "a part differs")
        need(int(self.settlement["total_fee"]) >= amount, "the voucher's total is less than the amount")
    def check_payout(self):
        """each contributor's part of the pool follows from the scores of his records, and the leaves have the root"""
        points = {who: sum(max(0, q) for a, q in zip(self.owners, self.q.tolist()) if a == who) for who in self.people}
        parts = dict(zip(points, largest_remainder(self.pool, list(points.values()))))
        found = [{"account": address(a), "positive": str(points[a]), "amount": str(parts[a])} for a in self.people]
        need(self.settlement["payout"] == found, "a part differs")
        self.lines = sorted((address(who), str(amount)) for who, amount in parts.items() if amount)
        depth, total, found = summed([(payment(i, *line), int(line[1])) for i, line in enumerate(self.lines)])
        need((depth, total) == (self.number["payout_depth"], self.pool), "the tree has another depth or sum")
        need(found == self.chain["payout_root"], "another root")
    def check_answer_records(self):
        """the answer, and each record's measured influence on it"""
        one, at = self.answer, self.answer["nonce"] - self.calls["first"]
        need(0 <= at < len(self.x) and one["label"] == self.asked[at], "it is not one of the calls")
        self.call, self.k, S = self.x[at].astype(np.int64), one["label"], np.zeros((self.K, self.d), object)
        need((array(one["scores"], "<i8", self.K) == self.call @ self.W).all(), "a label's score differs")
        S[self.k] = self.call
        e, _, v, _, q = self.influence(S)
        need((one["e"], one["v"]) == (e, v), "another scale")
        need((array(one["records"], "<i8", len(self.X)) == q).all(), "a record's influence differs")
    def check_answer_contributors(self):
        """each contributor's influence on the answer, by training without him, and the shares"""
        Q = []
        for who in self.people:
            own = np.array([owner == who for owner in self.owners]) & (self.w > 0)
            W = self.without(own) if own.any() else self.W
            D = self.call.astype(object) @ (self.W.astype(object) - W)
            Q.append(int(self.K * D[self.k] - sum(D)))
        shares = largest_remainder(1_000_000, [max(0, v) for v in Q]) if max(Q) > 0 else [0] * len(Q)
        found = [{"account": address(a), "influence": str(v), "share": n} for a, v, n in zip(self.people, Q, shares)]
        need(self.answer["contributors"] == found, "a contributor's influence or share differs")
    def check_claim(self):
        """the claim is a leaf of the payout, and changed the balance by its amount"""
        one, taken, line = self.claim, self.claim["taken"], (self.claim["account"], self.claim["amount"])
        need(self.lines[one["index"]] == line, "not that leaf's account or amount")
        found, at = (payment(one["index"], *line), int(line[1])), one["index"]
        for height, (name, total) in enumerate(one["path"]):
            sibling = (bytes.fromhex(name), int(total))
            found = inner(sibling, found) if at >> height & 1 else inner(found, sibling)
        top = keccak(found[0] + u256(found[1]) + u256(len(one["path"]))).hex()
        need(top == self.chain["payout_root"] and not at >> len(one["path"]), "the path does not lead to the root")
        need(self.chain["is_claimed"] == (taken is not None), "the ledger says otherwise about the leaf")
        need(taken is None or taken["block"] <= self.chain["block"], "it was taken after the ledger was read")
        need(not taken or (taken["before"] is None) == (taken["after"] is None), "one balance is shown, the other not")
        if taken and taken["before"] is not None:
            gas = int(taken["fee"]) if taken["sender"] == one["account"] else 0
            need(int(taken["after"]) - int(taken["before"]) == int(line[1]) - gas, "the balance changed by another sum")
        return f"{line[1]} wei" + ("" if taken else ", not taken yet")

def read(path):
    with open(path, "rb") as file: raw = file.read()
    document = json.loads(raw)
    need((document.get("format"), document.get("version")) == ("openledger-proof", 2), "not a proof file of version 2")
    whole = set(document) == {"format", "version", "sections", "digests"}
    need(whole and set(document["sections"]) == set(document["digests"]) == set(SECTIONS), "another form")
    need(canonical(document) + b"\n" == raw, "it is not in its one canonical form")
    return document

def main(arguments):
    names = [name for name in arguments if name != "--json"]
    if len(names) != 1: return print(__doc__.split("\n")[0], file=sys.stderr) or 2
    try:
        document, status = read(names[0]), 1
        results = Audit(document).results
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        results, status = [{"check": "the file can be read", "ok": False, "detail": str(error)}], 2
    ok = all(one["ok"] for one in results)
    lines = [f"{'ok' if one['ok'] else 'FAILED':7} {one['check']}: {one['detail']}".rstrip(": ") for one in results]
    lines += ["all checks hold; compare section chain with any node at its block" if ok else "the file does not hold"]
    print(json.dumps({"ok": ok, "checks": results}, indent=1) if "--json" in arguments else "\n".join(lines))
    return 0 if ok else status

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
