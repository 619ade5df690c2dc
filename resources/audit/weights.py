#!/usr/bin/env python3
"""Works out a model's admission weights again:  python weights.py FILE [--json]

FILE, or - for standard input, is a weights file of OpenLedger Contributor: a model's package, the release it was made
of with every text, and the weights with their reasons. From texts, labels, accounts, features and who is trusted this
recomputes novelty, thresholds, the model of the trusted core, quality and weight of every record, in exact integers,
and says in words which checks hold. Exit status: 0 all hold, 1 one fails, 2 the file cannot be read. Written from
section 7 of PoA-1; beside it stand audit.py, whose roots and certified rounding it uses, and reencode.py, which makes
the features from the texts of the same file. Needs numpy and tiny_keccak or pycryptodome.
"""
import hashlib, io, itertools, json, math, re, sys, unicodedata, zipfile
from collections import Counter
from importlib import util
from pathlib import Path
import numpy as np

_spec = util.spec_from_file_location("audit", Path(__file__).with_name("audit.py"))
audit = util.module_from_spec(_spec)
_spec.loader.exec_module(audit)
array, canonical, keccak, leaf, need, root, rows, u, u256 = (
    getattr(audit, name) for name in "array canonical keccak leaf need root rows u u256".split())

BROKEN = (ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError,
          zipfile.BadZipFile)  # what reading a broken file may raise
ONE, FULL, LIMIT, REACH, FOLDS = 1 << 16, 8, 2047, 1024, 5
HASH, ACCOUNT, NUMBER = audit.HASH, audit.ACCOUNT, audit.NUMBER
FORM = {
    "chain": {"chain_id": NUMBER, "datanets": ACCOUNT, "models": ACCOUNT,
              "trust": "local|proven|quorum|unverified|stale"}
    | dict.fromkeys("block datanet release model".split(), int)
    | dict.fromkeys("block_hash package encoder records_root manifest_hash meta_hash".split(), HASH),
    "release": {"leaves": "|u1 records 32"},
    "records": {"ids": "|u1 n 32", "accounts": "|u1 n 20", "labels": "<i4 n", "weights": "<i4 n", "X": "<i2 n d",
                "secret": HASH},
    "before": {"manifests": ["(?s).*"], "gone": "|u1 n"}, "reasons": {"text": "(?s).*"}}

def words(text):
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple("".join(run) for kept, run in itertools.groupby(folded, str.isalnum) if kept)
def cells(text, columns):
    """A row's values as words: one each."""
    row = json.loads(text)
    return tuple(keccak(f"{name}\0{row[name]}".encode()).hex()[:16] for name in columns if name in row)

def runs(sequences):
    """Of each record: its shingles, how many of them older records have, which of these had most of them first."""
    first, found = {}, []
    for i, one in enumerate(sequences):
        own = {one[k:k + 3] for k in range(max(1, len(one) - 2))} if one else set()
        whose = Counter(first[run] for run in own if run in first)
        found.append((len(own), sum(whose.values()), min(whose, key=lambda o: (-whose[o], o), default=None)))
        for run in own: first.setdefault(run, i)
    return found

def larger(best, new):
    """The larger of two fractions (common, mass, record), where it is more than a half; the first on a tie."""
    return new if 2 * new[0] > new[1] and new[0] * best[1] > best[0] * new[1] else best
def likeness(sequences, trusted):
    """Of each record: how like an older one it is, how far an older one covers it."""
    sets, N = [frozenset(one) for one in sequences], sum(trusted)
    held = Counter(word for one, sure in zip(sets, trusted) if sure for word in one)
    rarity = {word: N.bit_length() - held[word].bit_length() for word in frozenset().union(*sets)}
    mass, rest, reached, found = [sum(rarity[word] for word in one) for one in sets], [], {}, []
    for i, own in enumerate(sets):
        leading, left = [], mass[i]
        for word in sorted(own, key=lambda word: (-rarity[word], word)):
            if 8 * left <= mass[i]: break
            leading.append(word)
            left -= rarity[word]
        rest.append(left)
        counted, full = {}, 0
        for word in leading:
            older = reached.setdefault(word, [])
            some = rarity[word] if len(older) < REACH else 0
            full += rarity[word] - some
            for o in older: counted[o] = counted.get(o, 0) + some
            if len(older) < REACH: older.append(i)
        like = cover = (0, 1, None)
        for o in sorted(counted):
            light, heavy = sorted((mass[i], mass[o]))
            near, most = 4 * light >= heavy, counted[o] + full + left + rest[o]  # what is shared is at most that
            if 4 * most <= light + heavy and not (near and 2 * most > light): continue
            both = sum(rarity[word] for word in own & sets[o])
            like = larger(like, (2 * both, light + heavy, o))
            if near: cover = larger(cover, (both, light, o))
        found.append((like, cover))
    return found
def fading(one, t):
    common, mass, _ = one
    return FULL if 64 * common <= t * mass else max(0, 8 * ((64 + t) * mass - 128 * common) // ((64 - t) * mass))
def limits(L): return L, min(64, L + 12)

class Often:
    """How many of each contributor's records are covered as far: `levels` of those counted, and whose each is."""
    def __init__(self, levels, owners, trusted):
        self.n, self.at = len(levels), {}
        for v, c in zip(levels, owners): self.at.setdefault(c, [0] * 65)[v] += 1
        for row in self.at.values():
            for v in range(63, -1, -1): row[v] += row[v + 1]
        self.core = self.added(row for c, row in self.at.items() if c in trusted)
        self.new = self.added(row for c, row in self.at.items() if c not in trusted and row[0] < 100)
    @staticmethod
    def added(found): return [sum(column) for column in zip([0] * 65, *found)]
    def weight(self, c, v, kappa):
        if not v or kappa >= 32: return FULL
        R = self.core[0]
        e = min(ONE, ONE * kappa * max(32 * self.core[v], R) // (32 * R))
        p = (ONE * self.new[v] + 20 * e) // (self.new[0] + 20)
        s = (ONE * self.at[c][v] + 30 * p) // (self.at[c][0] + 30)
        return FULL if s <= e else max(0, 8 * (3 * e - 2 * s) // e)

class Novelty:
    """T, L, kappa, and of each record its weight with the reason; `owners` numbered, `trusted` a set of them."""
    def __init__(self, sequences, owners, trusted):
        first, self.each = {}, []
        found = zip(sequences, runs(sequences), likeness(sequences, [c in trusted for c in owners]))
        self.found = [(m, l, best, first.setdefault(one, i) if one else i, like, cover)
                      for i, (one, (l, m, best), (like, cover)) in enumerate(found)]
        counted = [i for i, one in enumerate(self.found) if one[1] and one[3] == i]
        self.level = [64 * one[5][0] // one[5][1] for one in self.found]
        self.owners, self.often = owners, Often([self.level[i] for i in counted], [owners[i] for i in counted], trusted)
        self.T = self.L = 64
        self.kappa = 32
        honest = [i for i in counted if owners[i] in trusted]
        if honest: self.calibrate(honest)
        self.each = [self.judged(i) for i in range(len(sequences))]
    def resembles(self, i, L): return any(64 * f[0] > t * f[1] for f, t in zip(self.found[i][4:], limits(L)))
    def repeats(self, i, T): return 64 * self.found[i][0] > T * self.found[i][1]
    def calibrate(self, honest):
        def least(first, last, loses):
            return next((t for t in range(first, last) if 100 * sum(loses(i, t) for i in honest) <= len(honest)), last)
        self.L = least(32, 64, self.resembles)
        lost = {i: self.resembles(i, self.L) for i in honest}
        self.T = least(32, 64, lambda i, t: lost[i] or self.repeats(i, t))
        lost = {i: lost[i] or self.repeats(i, self.T) for i in honest}
        self.kappa = least(min(32, max(3, math.isqrt(4 * self.often.n // len(honest)))), 32, lambda i, t:
                           lost[i] or self.often.weight(self.owners[i], self.level[i], t) < FULL)
    def judged(self, i):
        m, l, best, copied, like, cover = self.found[i]
        def entry(weight, reason, source, one):
            return {"weight": weight, "reason": reason, "shared": m, "shingles": l, "source": source,
                    "common": one[0], "mass": one[1]}
        if not l: return entry(0, "empty", None, (0, 1))
        if copied < i: return entry(0, "copy", copied, like)
        by_runs = 8 * 64 * (l - m) // (l * (64 - self.T)) if self.repeats(i, self.T) else FULL
        each = [fading(one, t) for one, t in zip((like, cover), limits(self.L))]
        often = self.often.weight(self.owners[i], self.level[i], self.kappa)
        weight, closest = min(by_runs, *each, often), cover if each[1] < each[0] else like
        if weight == FULL: return entry(weight, "new", best, closest)
        if by_runs == weight: return entry(weight, "near", best, closest)
        if min(each) == weight: return entry(weight, "alike", closest[2], closest)
        return entry(weight, "often", cover[2], cover)

def solved(X, y, K):
    """G and B over records of weight 1: float64 products whose sums stay below 2^52 are exact in any order."""
    x = X.astype(float)
    return (x.T @ x).astype(np.int64), (x.T @ (y[:, None] == np.arange(K))).astype(np.int64)
def errors(G, B, X, y, K):
    """The squared leave-one-out error for each j in 0..16, in floats."""
    values, Q = np.linalg.eigh(G.astype(float))
    Z, target, QB, found = X.astype(float) @ Q, y[:, None] == np.arange(K), Q.T @ B, []
    for j in range(17):
        shrunk = 1 / (np.maximum(values, 0) + float(LIMIT ** 2 << j))
        miss = (target - Z @ (QB * shrunk[:, None])) / (1 - (Z * Z) @ shrunk)[:, None]
        found.append(float((miss * miss).sum()))
    return found
def answers(G, B, j, X):
    """The labels that the certified head of these sums gives."""
    W = audit.nearest(G + np.eye(len(G), dtype=np.int64) * (LIMIT ** 2 << j), LIMIT ** 2 << j, B, 52)
    need(LIMIT * max(np.abs(W).sum(axis=0)) < 1 << 62, "a score of the core's model passes 64 bits")
    return (X.astype(np.int64) @ W.astype(np.int64)).argmax(axis=1)

def cut(v): return min(ONE, max(0, v))
def grade(num, den): return min(FULL, max(0, 8999 * (10 * num - 3 * den) // (7000 * den)))
def qualities(given, agreeing, N, P, F, C, trusted):
    """By (contributor, label), from how many records each has (`given`) and how many agree; N, P, F by label, of C."""
    K = range(len(N))
    beyond = [P[l] * C - F[l] * N[l] for l in K]
    known = [N[l] >= 30 and 8 * beyond[l] >= N[l] * C > 0 for l in K]
    def points(l, a, m): return (N[l] * (a * C - m * F[l]) << 16) // beyond[l]
    M, A = Counter(), Counter()
    for (c, l), m in given.items():
        if known[l]:
            M[c] += m
            A[c] += points(l, agreeing[c, l], m)
    pool = [ONE // 2] * len(N)
    for l in filter(known.__getitem__, K):
        new = [pair for pair in given if pair[1] == l and pair[0] not in trusted and M[pair[0]] < 100]
        a, m = sum(agreeing[pair] for pair in new), sum(given[pair] for pair in new)
        pool[l] = cut((points(l, a, m) + 10 * ONE) // (m + 20))
    found = []
    for (c, l), m in sorted(given.items()):
        a, standing = agreeing[c, l], cut((A[c] + 20 * pool[l]) // (M[c] + 20))
        own, reason = FULL // 2, "unknown"
        if known[l]: own, reason = grade(points(l, a, m) + 10 * standing, (m + 10) * ONE), "measured"
        most = grade(2 * standing, ONE)
        if most < own: own, reason = most, "chance"
        if own < 2 and M[c] >= 100 and 4 * standing >= 3 * ONE: own, reason = 2, "differs"
        found.append({"contributor": c, "label": l, "weight": own, "reason": reason, "agree": a, "count": m,
                      "core_agree": P[l], "core_count": N[l], "chance": F[l], "core": C, "standing": standing,
                      "pool": pool[l]})
    return found

class Weights:
    """Each `check_` method is one check, its docstring what it says; later ones use what earlier ones computed."""
    def __init__(self, package, lines, document):
        self.package, self.lines, self.results = package, lines, []
        self.chain, self.leaves, self.records, self.before, self.reasons = (
            document["sections"][name] for name in ("chain", "release", "records", "before", "reasons"))
        for name in [name for name in vars(Weights) if name.startswith("check_")]:
            try:
                detail, ok = getattr(self, name)() or "", True
            except BROKEN as error:
                detail, ok = str(error) if type(error) is ValueError else f"cannot be computed, {error!r}", False
            self.results.append({"check": getattr(self, name).__doc__, "ok": ok, "detail": detail[:200]})
    def check_package(self):
        """the package is the one that the ledger names, and pins figures of admission"""
        raw = self.package.read("manifest.json")
        need(keccak(raw).hex() == self.chain["package"], "it is another package")
        self.used = self.first = json.loads(raw)
        for text in self.before["manifests"]:
            need(keccak(text.encode()).hex() == self.first["lineage"]["package"], "it does not come of the one before")
            self.first = json.loads(text)
            same = [(one["admission"], one["labels"], {**one["release"], "features": 0, "records": 0})
                    for one in (self.used, self.first)]
            need(same[0] == same[1], "the package before pins other figures, labels or another release")
        self.labels, self.pins = self.first["labels"], self.first["admission"]
        need(self.first["encoder"]["hash"] == self.chain["encoder"], "another rule of the features")
        need(self.pins is not None, "it pins none")
        return f"{self.used['name']!r}" + ("" if self.chain["model"] else ", which stands on no ledger yet")
    def check_release(self):
        """the release, its rules and who is trusted in it are those on the ledger"""
        head = self.lines[0]
        need(keccak(head["meta"].encode()).hex() == self.chain["meta_hash"], "the Datanet has other rules")
        need(keccak(head["manifest"].encode()).hex() == self.chain["manifest_hash"], "another list of records")
        self.release, schema, leaves = json.loads(head["manifest"]), json.loads(head["meta"])["schema"], []
        self.kind, self.columns = schema["task"].split()[0], [one["name"] for one in schema.get("columns", ())]
        place, on, self.entries = self.release["datanet"], self.chain, {}
        need((str(place["chain"]), place["contract"].lower(), place["number"]) == (on["chain_id"], on["datanets"],
             on["datanet"]), "it is another Datanet's")
        people = [bytes.fromhex(account[2:]) for account in self.release["contributors"]]
        for at, one in enumerate(self.release["records"]):
            number = b"".join(u256(one[name]) for name in ("contribution", "index"))
            leaves.append(leaf(number + bytes.fromhex(one["leaf"]) + bytes(12) + people[one["contributor"]]))
            self.entries[leaves[-1]] = (at, people[one["contributor"]], one)
        need(rows(array(self.leaves["leaves"], "|u1", None, 32)) == leaves, "a leaf in the file is another")
        need(root(leaves) == on["records_root"] == self.first["release"]["root"], "another root of the records")
        place = (self.first["release"]["datanet"], self.first["release"]["version"])
        need(place == (on["datanet"], on["release"]), "the package was made of another release")
        self.trusted = {who for _, who, one in self.entries.values() if one["trusted"]}
        return f"{len(leaves)} records of {len(people)} contributors, {len(self.trusted)} of them trusted"
    def check_texts(self):
        """each record of the release, with its text and its terms, is the one its owner committed to"""
        need(len(self.lines) == len(self.entries) + 1, "there are more or fewer of them")
        for (at, _, one), line in zip(self.entries.values(), self.lines[1:]):
            found = leaf(keccak(line["record"].encode()) + bytes.fromhex(line["salt"]))
            need(found.hex() == one["leaf"], f"record {at} is not what was committed")
            said, terms = json.loads(line["record"]), self.release["terms"][one["terms"]]
            need((said["licence"], sorted(said["uses"])) == (terms["licence"], sorted(terms["uses"])),
                 f"record {at} was given under other terms")
    def check_records(self):
        """the model's records are those of the release, in its order, with their contributors, labels and features"""
        one, self.X = self.records, array(self.records["X"], "<i2", None, None)
        n, wide = len(self.X), np.abs(self.X.astype(np.int64))
        self.y, self.w = (array(one[name], "<i4", n).astype(np.int64) for name in ("labels", "weights"))
        ids, owners = rows(array(one["ids"], "|u1", n, 32)), rows(array(one["accounts"], "|u1", n, 20))
        need(set(ids) <= set(self.entries), "a record is not in the release")
        found = [self.entries[name] for name in ids]
        self.places = [at for at, _, _ in found]
        need(all(a < b for a, b in zip(self.places, self.places[1:])), "they stand in another order")
        need([who for _, who, _ in found] == owners, "a record is another's")
        need(self.release["labels"] == self.labels, "the model has other labels")
        need([entry["label"] for _, _, entry in found] == self.y.tolist(), "a record has another label")
        allowed = ["train" in terms["uses"] for terms in self.release["terms"]]
        need(all(allowed[entry["terms"]] for _, _, entry in found), "a record may not train")
        need(n and wide.max() <= LIMIT and (self.X[:, -1] == LIMIT).all(), "a feature is out of range")
        need((wide ** 2).sum(axis=1).max() <= LIMIT ** 2 << self.first["head"]["b"], "a vector is too long")
        self.bodies = [i + a + u(y, 4) + u(w, 4) + x
                       for i, a, y, w, x in zip(ids, owners, self.y, self.w, rows(self.X.astype("<i2")))]
        need(self.rooted(self.bodies) == self.first["release"]["features"], "another root of the features")
        people = list(dict.fromkeys(owners))  # oldest first
        place = {who: place for place, who in enumerate(people)}
        self.owners, self.core = [place[who] for who in owners], {place[who] for who in people if who in self.trusted}
        kept_out = sum(not allowed[entry["terms"]] for _, _, entry in self.entries.values())
        rest = len(self.entries) - n - kept_out
        return f"{n} records; {kept_out} may not train, {rest} were set apart for measuring or taken back"
    def rooted(self, bodies): return audit.salted(bytes.fromhex(self.records["secret"]), "PoA1.feature", bodies)
    def check_later(self):
        """the package in use has the same weights, less the records that were taken back"""
        gone = array(self.before["gone"], "|u1", len(self.bodies))
        need(bool(gone.any()) == bool(self.before["manifests"]) and gone.max() <= 1, "the marks do not fit")
        left = [body for body, away in zip(self.bodies, gone) if not away]
        need(self.rooted(left) == self.used["release"]["features"], "another root of the features")
        return f"{int(gone.sum())} taken back" if gone.any() else "none was"
    def check_reasons(self):
        """the reasons in the file are those whose hash the package pins"""
        raw = self.reasons["text"].encode()
        need(hashlib.sha256(raw).hexdigest() == self.pins["reasons"], "they have another hash")
        self.said = json.loads(raw)
    def check_thresholds(self):
        """the thresholds are the least at which at most one in a hundred trusted records loses weight"""
        texts = [json.loads(self.lines[1 + at]["record"])["text"] for at in self.places]
        if self.kind == "image":
            found = self.said["prints"]
            need(all(re.fullmatch(HASH, one) for one in found), "a print has another form")
            sequences = [(one,) for one in found]
        else: sequences = [cells(text, self.columns) if self.kind == "table" else words(text) for text in texts]
        need(len(sequences) == len(texts), "there are more or fewer prints than records")
        self.novelty = one = Novelty(sequences, self.owners, self.core)
        need((one.T, one.L, one.kappa) == tuple(self.pins[name] for name in ("threshold", "likeness", "often")),
             f"runs {one.T}, likeness {one.L}, how often {one.kappa}")
        return f"runs {one.T}/64, likeness {one.L}/64, how often {one.kappa}"
    def check_novelty(self):
        """each record's novelty, and the reason for it, follows from the texts of all older records"""
        for i, (found, said) in enumerate(itertools.zip_longest(self.novelty.each, self.said["novelty"])):
            need(found == said, f"of record {i}: {found} here, {said} in the file")
        return ", ".join(f"{n} {name}" for name, n in Counter(one["reason"] for one in self.novelty.each).most_common())
    def check_core(self):
        """the model of the trusted core has the strength of smoothing that its own leave-one-out error chooses"""
        K, self.novel = len(self.labels), np.array([one["weight"] > 0 for one in self.novelty.each])
        self.inside = np.array([i for i, c in enumerate(self.owners) if c in self.core and self.novel[i]], np.int64)
        folds = [self.inside[p::FOLDS] for p in range(FOLDS)]
        left = [np.setdiff1d(self.inside, fold) for fold in folds]
        j, self.predicted = self.pins["core_j"], np.full(len(self.X), -1)
        if any(len(set(self.y[rest].tolist())) < 2 for rest in left):
            need(j is None, "there is none: its records without a fifth have fewer than two labels")
            return "there is none: no label can be measured"
        need(type(j) is int and 0 <= j <= 16, "it is out of range")
        G, B = solved(self.X[self.inside], self.y[self.inside], K)
        found = errors(G, B, self.X[self.inside], self.y[self.inside], K)
        need(found[j] <= (1 + 2 ** -19) * min(found), f"{found.index(min(found))} errs less than {j}")
        self.predicted[:] = answers(G, B, j, self.X)
        for fold in folds:
            g, b = solved(self.X[fold], self.y[fold], K)
            self.predicted[fold] = answers(G - g, B - b, j, self.X[fold])
        return f"j = {j}, over {len(self.inside)} records of {len(self.core)} trusted contributors"
    def check_quality(self):
        """each contributor's labels count for how far they agree with the core's model beyond chance"""
        agrees, core, K = self.predicted == self.y, self.inside, len(self.labels)
        def counts(labels): return np.bincount(labels, minlength=K).tolist()
        guessed = self.predicted[core]
        N, P, F = counts(self.y[core]), counts(self.y[core][agrees[core]]), counts(guessed[guessed >= 0])
        pairs = [(self.owners[i], int(self.y[i])) for i in np.flatnonzero(self.novel)]
        agreeing = Counter(pair for pair, i in zip(pairs, np.flatnonzero(self.novel)) if agrees[i])
        self.quality = qualities(Counter(pairs), agreeing, N, P, F, len(core), self.core)
        for found, said in itertools.zip_longest(self.quality, self.said["quality"]):
            need(found == said, f"{found} here, {said} in the file")
        reasons = Counter(one["reason"] for one in self.quality)
        return ", ".join(f"{n} {name}" for name, n in reasons.most_common())
    def check_weights(self):
        """each record's weight in the model is its novelty times the quality of its contributor under its label"""
        graded = {(one["contributor"], one["label"]): one["weight"] for one in self.quality}
        for i, (one, c, y) in enumerate(zip(self.novelty.each, self.owners, self.y.tolist())):
            weight = one["weight"] * graded[c, y] if one["weight"] else 0
            need(weight == self.w[i], f"of record {i}: {weight} here, {self.w[i]} in the model")
        return f"{int(self.w.sum())} of at most {64 * len(self.w)} in all"
    def check_whole(self):
        """the reasons written out again, of what was recomputed alone, have the pinned hash"""
        one = self.novelty
        found = {"threshold": one.T, "likeness": one.L, "often": one.kappa, "core_j": self.pins["core_j"],
                 "novelty": one.each, "quality": self.quality}
        if self.kind == "image": found["prints"] = self.said["prints"]
        need(hashlib.sha256(canonical(found)).hexdigest() == self.pins["reasons"], "they have another hash")

def read(data):
    """The package (a zip), the lines of the release's file, and weights.json, each in its form."""
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        need(all(not one.compress_type for one in whole.infolist()), "it is packed: the files in it must be stored")
        names = sorted(one.filename for one in whole.infolist())
        need(names == ["package.zip", "release.jsonl", "weights.json"], "it holds other files")
        package, release, raw = (whole.read(name) for name in names)
    document = json.loads(raw)
    named = (document.get("format"), document.get("version"))
    need(named == ("openledger-weights", 1), "not a weights file of version 1")
    need(set(document) == {"format", "version", "sections"} and canonical(document) + b"\n" == raw, "another form")
    audit.fits(document["sections"], FORM, {}, "weights.json")
    return zipfile.ZipFile(io.BytesIO(package)), [json.loads(line) for line in release.splitlines()], document

def main(arguments):
    names = [name for name in arguments if name != "--json"]
    if len(names) != 1: return print(__doc__.split("\n")[0], file=sys.stderr) or 2
    try:
        data, status = sys.stdin.buffer.read() if names[0] == "-" else Path(names[0]).read_bytes(), 1
        results = Weights(*read(data)).results
    except BROKEN as error:
        results, status = [{"check": "the file can be read", "ok": False, "detail": str(error)}], 2
    ok = all(one["ok"] for one in results)
    said = [f"{'ok' if one['ok'] else 'FAILED':7} {one['check']}: {one['detail']}".rstrip(": ") for one in results]
    said += ["the weights follow from the records; compare section chain with any node at its block" if ok else
             "the weights do not hold"]
    print(json.dumps({"ok": ok, "checks": results}, indent=1) if "--json" in arguments else "\n".join(said))
    return 0 if ok else status

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
