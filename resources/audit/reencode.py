#!/usr/bin/env python3
"""Makes a model's features again from the texts or rows:  python reencode.py PACKAGE RELEASE PROOF [--json]

Or of one file that holds all three, the weights file that weights.py reads (- is standard input):  FILE [--json]
PACKAGE is the model's file, RELEASE the release's file with its records, PROOF a proof file of a settlement. Says in
words whether package and release are those that the ledger names (section chain of the proof), whether each record is the one committed and may
train, and whether its features, made again with the tables and constants of the package, are those in the proof: equal
integers for texts by sums and words and for rows of tables. What passes through floats (minilm-w4, pictures) has the
committed integers for its authority; of it only the words beside it are made again. audit.py checks everything after
the features. Exit status as there. Written from PoA-1; needs tiny_keccak or pycryptodome.
"""
import base64, hashlib, io, json, math, sys, unicodedata, zipfile
from fractions import Fraction
from pathlib import Path
try:
    from tiny_keccak import keccak256 as keccak
except ImportError:
    from Crypto.Hash import keccak as _keccak
    def keccak(data): return _keccak.new(digest_bits=256, data=data).digest()

LIMIT, MOST, UNKNOWN, LONGEST = 2047, 1 << 52, 100, 200_000
TABLE = "30a6387ecba06d51d2bd2e970ef92bfaca1d4fdd7d544a8ea636b0c5328ca62a"  # SHA-256 of static-256's, PoA-1 section 1
CJK = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
       (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F))
def need(holds, words):
    if not holds: raise ValueError(words)
def even(p, q): return round(Fraction(p, q))  # Python rounds halves to even
def leaf(payload): return keccak(keccak(payload))
def root(leaves):
    row = list(leaves)
    while len(row) > 1:
        pairs = [row[i:i + 2] for i in range(0, len(row), 2)]
        row = [keccak(min(pair) + max(pair)) if len(pair) == 2 else pair[0] for pair in pairs]
    return row[0].hex() if row else "00" * 32
def canonical(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
def unit(sums):
    q = math.isqrt(sum(v * v for v in sums))
    return [even(LIMIT * v, q) if q and v else 0 for v in sums]

class Pieces:
    """Texts to token ids (PoA-1, section 1)."""
    def __init__(self, vocabulary, assigned):
        self.ids, self.seen = {piece: i for i, piece in enumerate(vocabulary.split("\n")) if piece}, {}
        ranges = [[int(end, 16) for end in line.split("..")] for line in assigned.split()]
        self.assigned = {c for first, last in ranges if last < 0x40000 for c in range(first, last + 1)}
        self.far = [(first, last) for first, last in ranges if last >= 0x40000]
    def exists(self, c): return c in self.assigned or any(first <= c <= last for first, last in self.far)
    def cleaned(self, text):
        for one in text:
            c, kind = ord(one), unicodedata.category(one)
            if not self.exists(c): yield "\u16a0"
            elif any(first <= c <= last for first, last in CJK): yield f" {one} "
            elif one in "\t\n\r" or kind == "Zs": yield " "
            elif c != 0xFFFD and kind[0] != "C": yield one
    def words(self, text):
        for token in "".join(self.cleaned(text)).split():
            plain, run = unicodedata.normalize("NFD", token.lower()), ""
            for one in plain:
                if unicodedata.category(one) == "Mn": continue
                if unicodedata.category(one)[0] == "P" or ("!" <= one <= "~" and not one.isalnum()):
                    if run: yield run
                    yield one
                    run = ""
                else: run += one
            if run: yield run
    def pieces(self, word):
        found, start = [], 0
        while start < len(word) <= 100:
            ends = range(len(word), start, -1)
            keys = (("##" if start else "") + word[start:end] for end in ends)
            place, end = next(((self.ids[key], end) for key, end in zip(keys, ends) if key in self.ids), (None, 0))
            if place is None: return [UNKNOWN]
            found.append(place)
            start = end
        return found or [UNKNOWN]
    def __call__(self, text):
        need(len(text) <= LONGEST, "a text is too long")
        found = []
        for word in self.words(text):
            if word not in self.seen: self.seen[word] = self.pieces(word)
            found += self.seen[word]
        return found

def words(ids):
    held = [(2654435761 * one % 2 ** 32) >> 22 for one in ids if one >= 104]
    counts = [0] * 1024
    for place in held: counts[place] += 1
    return [math.isqrt(LIMIT ** 2 * count // len(held)) if count else 0 for count in counts]

def columns(constants, text):
    """A row's features without the bias (PoA-1, section 1)."""
    row, x, marks = json.loads(text), [], []
    for one in constants["numbers"]:
        spread, v = int(one["spread"]), int(one["centre"])
        if one["name"] in row: v = max(-MOST, min(MOST, even(Fraction(row[one["name"]]) * 10 ** one["places"], 1)))
        d = max(-4 * spread, min(4 * spread, v - int(one["centre"])))
        x.append(max(-LIMIT, min(LIMIT, (1024 * d + spread) // (2 * spread))))
        if one["missing"]: marks.append(one["name"] not in row)
    pairs = [(a, b) for a in range(len(x)) for b in range(a, len(x))]
    multiplied = constants["products"] and len(pairs) <= 512
    products = [max(-LIMIT, min(LIMIT, x[a] * x[b] // 1024)) for a, b in pairs] if multiplied else []
    for one in constants["categories"]:
        value, count = row.get(one["name"]), one["buckets"]
        if count: marks += [value is not None and int.from_bytes(keccak(value.encode())[:4], "big") % count == k
                            for k in range(count)]
        else: marks += [value == known and one["values"].index(known) == k for k, known in enumerate(one["values"])]
        if one["missing"]: marks.append(value is None)
    return x + products + [1024 * mark for mark in marks]

def fields(data):
    """(number, value) of a protobuf message: bytes of what has a length, integers of what is a varint."""
    at = 0
    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = data[at], at + 1
            value, shift = value | (byte & 127) << shift, shift + 7
            if byte < 128: return value
    while at < len(data):
        number, kind = divmod(varint(), 8)
        need(kind in (0, 1, 2, 5), "the graph is no ONNX file")
        value = varint() if kind == 0 else None
        if kind:
            size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
            value, at = data[at:at + size], at + size
        yield number, value

def table(graph):
    """The initializer `table`, int8, row by row."""
    for number, inner in fields(memoryview(graph)):
        for kind, tensor in fields(inner) if number == 7 else ():
            found = dict(fields(tensor)) if kind == 5 else {}
            if bytes(found.get(8, b"")) == b"table":
                raw = bytes(found[9])
                need(hashlib.sha256(raw).hexdigest() == TABLE, "its table of token vectors is not the one specified")
                return memoryview(raw).cast("b")
    raise ValueError("there is no table of token vectors in its graph")

class Again:
    """Each `check_` method is one check, its docstring what it says; later ones use what earlier ones computed."""
    def __init__(self, package, release, proof):
        self.package, self.lines, self.results = package, release, []
        self.chain, self.records, self.leaves = (proof["sections"][name] for name in ("chain", "records", "release"))
        for name in [name for name in vars(Again) if name.startswith("check_")]:
            try:
                detail, ok = getattr(self, name)() or "", True
            except Exception as error:  # a broken value may break anything, and then that check has failed
                detail, ok = str(error) if type(error) is ValueError else f"cannot be computed, {error!r}", False
            self.results.append({"check": getattr(self, name).__doc__, "ok": ok, "detail": detail[:200]})
    def check_package(self):
        """the package is the one whose hash the ledger names, and holds the files of its manifest"""
        self.files = {info.filename: self.package.read(info) for info in self.package.infolist()}
        raw = self.files.pop("manifest.json")
        need(keccak(raw).hex() == self.chain["package"], "it is another package")
        self.manifest, found = json.loads(raw), {k: hashlib.sha256(v).hexdigest() for k, v in self.files.items()}
        need(found == self.manifest["files"], "a file is another")
        self.name = self.manifest["encoder"]["name"]
        need(self.manifest["encoder"]["hash"] == self.chain["encoder"], "another encoder")
        return f"{self.manifest['name']!r}, features {self.name}"
    def check_release(self):
        """the release is the one whose root the ledger names"""
        self.release = json.loads(self.lines[0]["manifest"])
        self.entries, leaves = {}, []
        for one, line in zip(self.release["records"], self.lines[1:], strict=True):
            who = bytes.fromhex(self.release["contributors"][one["contributor"]][2:])
            number = b"".join(one[name].to_bytes(32, "big") for name in ("contribution", "index"))
            leaves.append(leaf(number + bytes.fromhex(one["leaf"]) + bytes(12) + who))
            self.entries[leaves[-1]] = (one, who, line)
        need(root(leaves) == self.chain["records_root"], "another root")
        need(b"".join(leaves) == base64.b64decode(self.leaves["leaves"]["data"]), "another leaf")
        return f"{len(leaves)} records"
    def check_texts(self):
        """each record of the release, with its text and its terms, is the one its owner committed to"""
        for at, (one, _, line) in enumerate(self.entries.values()):
            found = leaf(keccak(line["record"].encode()) + bytes.fromhex(line["salt"]))
            need(found.hex() == one["leaf"], f"record {at} is not what was committed")
    def check_records(self):
        """the model's records have the contributor and the label of the release, and their owners let them train"""
        one, (n, self.d) = self.records, self.records["X"]["shape"]
        ids, accounts, y, X = (base64.b64decode(one[name]["data"]) for name in ("ids", "accounts", "labels", "X"))
        self.ids = [ids[32 * i:32 * i + 32] for i in range(n)]
        numbers = memoryview(X).cast("h") if sys.byteorder == "little" else ()
        lengths = (len(ids), len(accounts), len(y), len(X), 2 * len(numbers))
        need(lengths == (32 * n, 20 * n, 4 * n, 2 * n * self.d, 2 * n * self.d), "an array has another length")
        self.X = [list(numbers[i * self.d:(i + 1) * self.d]) for i in range(n)]
        for i, name in enumerate(self.ids):
            need(name in self.entries, f"record {i} is not in the release")
            entry, who, line = self.entries[name]
            label = self.manifest["labels"][int.from_bytes(y[4 * i:4 * i + 4], "little")]
            need(who == accounts[20 * i:20 * i + 20], f"record {i} is another's")
            need(label == self.release["labels"][entry["label"]], f"record {i} has another label")
            need("train" in json.loads(line["record"])["uses"], f"record {i} may not train")
    def check_encoder(self):
        """the rule of the features, with the package's constants, is the one whose hash stands on the ledger"""
        width, b, named, rules = self.d - 1, self.manifest["head"]["b"], self.manifest["encoder"], {
            "static-256": "isum*2047/isqrt, half to even", "minilm-w4": "unit float32*2047, half to even",
            "words-1024": "isqrt of 2047^2*count/all, ids>=104 in bucket id*2654435761 mod 2^32 >> 22",
            "columns": "512 a spread, halves upward; products/1024 up to 512 of them; indicators 1024"}
        first, _, more = self.name.partition("+")
        if first not in rules: return "of a picture: not made again here"
        rule = rules[first] if not more else f"[{rules[first]}] [{rules['words-1024']}]"
        facts = {"format": "openledger-encoder/1", "name": self.name,
                 "features": {"bias": LIMIT, "dimensions": width, "norm": b, "rule": rule}}
        kept = {name: self.manifest["files"][name] for name in ("columns.json", "vocab.txt", "unicode-14.txt")
                if name in self.manifest["files"]}
        if first != "columns":
            facts["features"]["scale"] = LIMIT
            facts["tokens"] = {"kind": "bert-uncased", "limit": named["limit"], "specials": named["specials"]}
        if first in ("static-256", "minilm-w4"): kept["encoder.onnx"] = {
            "static-256": "bf03a7607858297f67e0079c8023fd94ddac31af50389083800bf4ffb085c064",
            "minilm-w4": "7c8849c634dda43175c6c12485b13e04ed210b73422c671e4404551aeb89b756"}[first]
        need(keccak(canonical(facts | {"files": kept})).hex() == self.chain["encoder"], "it is another rule")
    def check_features(self):
        """each record's features are those of its text or row"""
        first, _, more = self.name.partition("+")
        make = {"columns": self.rows, "static-256": self.tokens, "words-1024": self.tokens, "minilm-w4": self.tokens}
        if first not in make: return "of pictures, through floats: the committed integers count, none is made again"
        made, floats = make[first](first, more), first == "minilm-w4"
        for i, name in enumerate(self.ids):
            row = made(json.loads(self.entries[name][2]["record"])["text"]) + [LIMIT]
            need(len(row) == self.d or floats, "there are more or fewer")
            need(row == self.X[i][-len(row):], f"of record {i} they are not")
        if floats: return f"the {'words and the ' * bool(more)}bias alone: all else passes through floats"
        return f"{len(self.ids)} records made again, {self.d} features each"
    def rows(self, *_):
        constants = json.loads(self.files["columns.json"])
        return lambda text: columns(constants, text)
    def tokens(self, first, more):
        ids = Pieces(self.files["vocab.txt"].decode(), self.files["unicode-14.txt"].decode())
        vectors = table(self.files["model.onnx"]) if first == "static-256" else None
        limit = 254 if first == "minilm-w4" else 2048
        def made(text):
            found = ids(text)[:limit]
            sums = [sum(vectors[256 * one + k] for one in found) for k in range(256)] if vectors else []
            return unit(sums) + (words(found) if more or first == "words-1024" else [])
        return made

def main(arguments):
    names, status = [name for name in arguments if name != "--json"], 1
    if len(names) not in (1, 3): return print(__doc__.split("\n")[0], file=sys.stderr) or 2
    try:
        data = [sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes() for name in names]
        if len(data) == 1:
            with zipfile.ZipFile(io.BytesIO(data[0])) as whole:
                need(all(not one.compress_type for one in whole.infolist()), "it is packed")
                data = [whole.read(name) for name in ("package.zip", "release.jsonl", "weights.json")]
        with zipfile.ZipFile(io.BytesIO(data[0])) as package:
            lines = [json.loads(line) for line in data[1].splitlines()]
            results = Again(package, lines, json.loads(data[2])).results
    except (ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError,
            zipfile.BadZipFile) as error:
        results, status = [{"check": "the files can be read", "ok": False, "detail": str(error)}], 2
    ok = all(one["ok"] for one in results)
    said = [f"{'ok' if one['ok'] else 'FAILED':7} {one['check']}: {one['detail']}".rstrip(": ") for one in results]
    said += ["the features are those of the records" if ok else "this does not hold"]
    print(json.dumps({"ok": ok, "checks": results}, indent=1) if "--json" in arguments else "\n".join(said))
    return 0 if ok else status

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
