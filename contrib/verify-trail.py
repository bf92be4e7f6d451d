#!/usr/bin/env python3
"""Verify an audit trail of retentiond with nothing but Python.

usage: verify-trail.py [--key VKEY|@FILE] [--max-age SECONDS]
                       [--accept-rekey] [--anchor NOTE]... DIR
NOTE is a copy of a checkpoint that was kept elsewhere.
DIR is a trail folder (with log/ and items/), or a folder that holds one as
trail/.  Exit status as of `retentionctl audit verify`: 0 VALID, 1 TAMPERED,
2 INCOMPLETE, 3 UNVERIFIABLE, 4 wrong usage or unreadable.

Written from the formats alone (RFC 6962, RFC 8032, C2SP signed-note and
tlog-checkpoint, and the record table in the documentation); it shares no code
with the program that writes trails.  RFC 3161 tokens and witnesses' signatures
beside the trail are not looked at."""

import base64
import binascii
import hashlib
import io
import json
import os
import re
import sys
import zlib
from datetime import datetime, timedelta, timezone

NAMES = {0: "VALID", 1: "TAMPERED", 2: "INCOMPLETE", 3: "UNVERIFIABLE"}
RANK = {0: 0, 2: 1, 3: 2, 1: 3}
VALID, TAMPERED, INCOMPLETE, UNVERIFIABLE = 0, 1, 2, 3
COPY, SKEW_MS = "a copy kept elsewhere", 60000
SUFFIX = {"copy": ".note", "rfc3161": ".tsr", "cosignature": ".cosig"}
MOST_LINE, IN_LINE, MOST_OPEN, MOST_SIGNATURES = 65535, 64, 1024, 100
TYPES = set("genesis start stop policy intent done fail plan approve reject"
            " hold release restrict unrestrict event request brake clock cp"
            " rotate rekey anchor shred recover prune defer".split())


class Wrong(Exception):
    """A finding about the thing in hand."""


# --- Ed25519, RFC 8032 section 5.1, verification only ---------------------
P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_M1 = pow(2, (P - 1) // 4, P)


def point_read(raw):
    """A point (X, Y, Z, T) from its 32 bytes; None: there is none."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * ROOT_M1 % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def point_add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_double(p):
    a, b = p[0] * p[0] % P, p[1] * p[1] % P
    c = 2 * p[2] * p[2] % P
    h = a + b
    e = h - (p[0] + p[1]) ** 2 % P
    g = a - b
    f = c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


BASE = point_read((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519(public, signature, message):
    a = point_read(public)
    s = int.from_bytes(signature[32:], "little")
    if a is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(
        signature[:32] + public + message).digest(), "little") % L
    minus = (P - a[0], a[1], 1, P - a[3])
    table = [None, BASE, minus, point_add(BASE, minus)]
    q = (0, 1, 1, 0)
    for bit in range(max(s.bit_length(), h.bit_length()) - 1, -1, -1):
        q = point_double(q)
        add = table[(s >> bit & 1) + 2 * (h >> bit & 1)]
        if add:
            q = point_add(q, add)
    z = pow(q[2], P - 2, P)
    y = q[1] * z % P | (q[0] * z % P & 1) << 255
    return y.to_bytes(32, "little") == signature[:32]


# --- notes and checkpoints -----------------------------------------------
def base64_strict(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("not base 64")
    if base64.b64encode(raw).decode() != text:
        raise Wrong("not canonical base 64")
    return raw


class Key:
    def __init__(self, vkey):
        parts = vkey.split("+", 2)
        if len(parts) != 3 or not re.fullmatch(r"[!-*,-~]{1,255}", parts[0]):
            raise Wrong("not a verifier key")
        raw = base64_strict(parts[2])
        self.name, self.public = parts[0], raw[1:]
        self.id = hashlib.sha256(
            self.name.encode() + b"\n" + raw).digest()[:4]
        if len(raw) != 33 or raw[0] != 1 or self.id.hex() != parts[1]:
            raise Wrong("not an Ed25519 verifier key")

    def same(self, other):
        return (self.name, self.public) == (other.name, other.public)


def note_open(note, keys):
    """The signed text, and which of the keys signed it."""
    if len(note.encode()) > 32768 or any(c < " " and c != "\n" for c in note):
        raise Wrong("a malformed note")
    at = note.rfind("\n\n")
    if at < 1:
        raise Wrong("a note without text")
    text, signed = note[:at + 1], set()
    lines = note[at + 2:].split("\n")
    if lines.pop() != "" or len(lines) > MOST_SIGNATURES:
        raise Wrong("malformed signature lines")
    for line in lines:
        m = re.fullmatch("\u2014 ([^ +]+) ([^ ]+)", line)
        raw = base64_strict(m.group(2)) if m else b""
        if len(raw) < 5:
            raise Wrong("a malformed signature line")
        for i, k in enumerate(keys):
            if k.name != m.group(1) or k.id != raw[:4]:
                continue
            if len(raw) != 68 or not ed25519(k.public, raw[4:],
                                             text.encode()):
                raise Wrong("a wrong signature")
            signed.add(i)
    if not signed:
        raise Wrong("not signed by a known key")
    return text, signed


def checkpoint(text):
    m = re.fullmatch("([!-*,-~]{1,255})\n(0|[1-9][0-9]{0,19})\n([^\n]+)\n",
                     text)
    root = base64_strict(m.group(3)) if m else b""
    if len(root) != 32:
        raise Wrong("a malformed checkpoint")
    return m.group(1), int(m.group(2)), root


# --- Merkle trees, RFC 6962 ----------------------------------------------
def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


class Tree:
    def __init__(self):
        self.n, self.stack = 0, []

    def add(self, leaf):
        n = self.n
        while n & 1:
            leaf = hashlib.sha256(b"\1" + self.stack.pop() + leaf).digest()
            n >>= 1
        self.stack.append(leaf)
        self.n += 1

    def root(self):
        if not self.stack:
            return hashlib.sha256(b"").digest()
        sum_ = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            sum_ = hashlib.sha256(b"\1" + left + sum_).digest()
        return sum_


def root_of(items):
    t = Tree()
    for c in items:
        t.add(leaf_hash(c))
    return t.root()


# --- records --------------------------------------------------------------
class Unpacked(io.RawIOBase):
    """What is in a compressed segment: one gzip member and nothing else."""

    def __init__(self, path):
        self.file, self.z = open(path, "rb"), zlib.decompressobj(31)

    def readable(self):
        return True

    def readinto(self, room):
        part = b""
        while not part and not self.z.eof:
            raw = self.z.unconsumed_tail or self.file.read(65536)
            if not raw:
                raise zlib.error("cut short")
            part = self.z.decompress(raw, len(room))
        if not part and (self.z.unused_data or self.file.read(1)):
            raise zlib.error("more behind its end")
        room[:len(part)] = part
        return len(part)

    def close(self):
        self.file.close()
        super().close()


def reader(path):
    return io.BufferedReader(Unpacked(path), 65536) \
        if path.endswith(".gz") else open(path, "rb")


MOST_DEPTH = 16
PRINTABLE = bytes(range(32, 127))
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"?')


def once(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key twice")
    return out


def number(text):
    v = int(text)
    if not -2 ** 63 <= v < 2 ** 63:
        raise ValueError("too large")
    return v


def refuse(text):
    raise ValueError(text)


def parse(line):
    """The record, or the finding that it gives."""
    if line.startswith(b"\xef\xbb\xbf"):
        raise Wrong("a byte order mark: an editor changed the file")
    if line.endswith(b"\r"):
        raise Wrong("CR before LF: the file was changed in transfer")
    if line.translate(None, PRINTABLE):
        raise Wrong("a byte that is not printable ASCII")
    text = line.decode()
    bare = STRINGS.sub('""', text)
    if " " in bare or re.search(r"[.+E]|[0-9]e", bare):
        raise Wrong("not the JSON that was written: a program wrote it anew")
    depth = 0
    for c in bare:
        depth += (c in "[{") - (c in "]}")
        if depth > MOST_DEPTH:
            raise Wrong("not a JSON object with each key once")
    try:
        r = json.loads(text, object_pairs_hook=once, parse_int=number,
                       parse_float=refuse, parse_constant=refuse)
        if "\\ud" in text.lower():     # half a pair of surrogates
            json.dumps(r, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Wrong("not a JSON object with each key once")
    if not isinstance(r, dict) or "\\u0000" in text:
        raise Wrong("not a JSON object with each key once")
    return r


def uint(r, key):
    v = r.get(key)
    if isinstance(v, bool) or not isinstance(v, int) or v < 0:
        raise Wrong("malformed: " + key)
    return v


def hexa(r, key, n):
    v = r.get(key)
    if not isinstance(v, str) or not re.fullmatch("[0-9a-f]{%d}" % (2 * n),
                                                  v):
        raise Wrong("malformed: " + key)
    return bytes.fromhex(v)


def raw32(v):
    raw = base64_strict(v) if isinstance(v, str) else b""
    if len(raw) != 32:
        raise Wrong("malformed base 64")
    return raw


def instant(text):
    """Milliseconds since 1970."""
    if not isinstance(text, str) or not re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text):
        raise Wrong("a malformed time")
    try:
        t = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        raise Wrong("a malformed time")
    return (t - datetime(1970, 1, 1)) // timedelta(milliseconds=1)


def head_of(r, line):
    try:
        raw = r.get("raw")
        if raw is not None:
            instant(raw)
        head = '{"v":1,"seq":%d,"ep":%d,"t":"%s",%s"prev":"%s","type":"%s"' % (
            uint(r, "seq"), uint(r, "ep"), r["t"],
            '"raw":"%s",' % raw if raw is not None else "",
            hexa(r, "prev", 32).hex(), r["type"])
        t = instant(r["t"])
    except (Wrong, KeyError):
        raise Wrong("the head of the record is malformed")
    if not line.startswith(head.encode()) or len(head) >= len(line):
        raise Wrong("the head of the record is not in its one order")
    return t


class Trail:
    def __init__(self, folder, pin, accept_rekey, copies=()):
        self.folder, self.pin, self.accept = folder, pin, accept_rekey
        self.verdict, self.findings = VALID, []
        self.n, self.epoch, self.tree = 0, 0, Tree()
        self.leaf, self.first, self.last = bytes(32), None, None
        self.key = self.next = self.recovery = None
        self.kind = ""                  # type of the record before
        self.closed = self.lost = False
        self.sealed = self.cps = 0
        self.ops, self.open = set(), {}
        self.pruned, self.prune = None, None
        self.claims, self.copies, self.past = [], copies, {}

    def find(self, verdict, text, first=None, last=None):
        first = self.n if first is None else first
        self.findings.append((verdict, first,
                              first if last is None else last, text))
        if RANK[verdict] > RANK[self.verdict]:
            self.verdict = verdict

    def lose(self, verdict, text):
        self.find(verdict, text)
        self.lost = True

    def read(self, *name):
        try:
            with open(os.path.join(self.folder, *name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None

    # --- what lies beside the records
    def load_claims(self):
        names = [("checkpoint", ("checkpoint",))]
        anchors = os.path.join(self.folder, "anchor")
        if os.path.isdir(anchors):
            names += [("a note in the anchor folder", ("anchor", f))
                      for f in sorted(os.listdir(anchors))
                      if f.endswith(".note") and not f.startswith(".")]
        for what, name in names:
            raw = self.read(*name)
            if raw is None:
                continue
            try:
                note = raw.decode()
                cp = checkpoint(note[:note.index("\n\n") + 1])
                if cp[1] == 0 or len(raw) > 32768:
                    raise Wrong("no size")
                self.claims.append((cp[1], what, note, cp))
            except (ValueError, Wrong):
                self.find(TAMPERED, "a note beside the trail is malformed")
        for note in self.copies:
            cp = checkpoint(note[:note.index("\n\n") + 1])
            self.claims.append((cp[1], COPY, note, cp))
        self.claims.sort(key=lambda c: c[0])

    def claim(self, claim, root):
        _, what, note, cp = claim
        try:
            if cp[0] != self.key.name:
                if what is COPY:
                    self.find(UNVERIFIABLE, what + ": is of another trail",
                              0, cp[1] - 1)
                    return False
                raise Wrong("is of another trail")
            note_open(note, [self.next if self.kind == "rekey"
                             else self.key])
            if root is not None and cp[2] != root:
                raise Wrong("gives another root for this size")
        except Wrong as e:
            self.find(TAMPERED, "%s: %s" % (what, e), 0, cp[1] - 1)
            return False
        return True

    def load_pruned(self):
        """A trail whose beginning was cut away, as it says itself."""
        raw = self.read("pruned")
        if raw is None:
            return
        try:
            p = parse(raw[:-1])
            first, front = uint(p, "first"), p["frontier"]
            if not first or len(front) != bin(first).count("1"):
                raise Wrong("pruned")
            self.tree.stack = [hexa({"h": h}, "h", 32) for h in front]
            self.tree.n = self.n = first
            self.leaf = hexa(p, "leaf", 32)
            self.epoch = uint(p, "epoch")
            self.last = instant(p["t0"])
            self.load_chain(p, first)
            self.pruned = p
        except (Wrong, KeyError, TypeError, ValueError) as e:
            self.lose(TAMPERED, "what stands for the records that were cut "
                      "away is malformed: %s" % e)

    def load_chain(self, p, first):
        raw = self.read("keys.chain")
        if raw is None:
            self.lose(UNVERIFIABLE, "the chain of keys of the records that "
                      "were cut away is missing")
            return
        # Later keys may follow: of a cut that is not yet carried out.
        lines = raw.split(b"\n")[:uint(p, "epoch") + 1]
        if hashlib.sha256(b"".join(x + b"\n" for x in lines)).hexdigest() \
                != p["keys_sha256"]:
            raise Wrong("keys.chain is another")
        size = 0
        for i, line in enumerate(lines):
            one = json.loads(line)
            key = Key(one["vkey"])
            if one["ep"] != i:
                raise Wrong("keys.chain is out of order")
            if i == 0:
                self.begin(key)
                self.recovery = Key(one["recovery"]) \
                    if "recovery" in one else None
            else:
                size = self.link(one, key, size)
            self.key = key
        if self.epoch != i or not self.key.same(Key(p["vkey"])) or \
                size > first:
            raise Wrong("keys.chain ends elsewhere")

    def link(self, one, key, size):
        keys = [key] if "recovery" in one else [self.key, key]
        text, signed = note_open(one["note"], keys)
        name, now, root = checkpoint(text)
        if len(signed) != len(keys) or name != self.key.name or now <= size:
            raise Wrong("a key that the one before did not sign for")
        if "recovery" in one:
            # The rekey record itself stands one before its checkpoint.
            self.replaced(one["recovery"], key, now - 1, None)
        return now

    def begin(self, key):
        self.key = key
        if self.pin and not self.pin.same(key):
            self.find(UNVERIFIABLE, "the trail begins with another key than "
                      "the one it is checked against")

    def replaced(self, recovery, key, size, root):
        if self.recovery is None:
            raise Wrong("a key was replaced, and no recovery key was named")
        text, _ = note_open(base64_strict(recovery).decode(),
                            [self.recovery])
        lines = text.split("\n")
        if len(lines) != 5 or lines[0] != self.key.name + " rekey" or \
                not Key(lines[3]).same(key) or lines[1] != str(size) or \
                len(raw32(lines[2])) != 32 or (
                root is not None and raw32(lines[2]) != root):
            raise Wrong("the recovery key signed for another replacement")
        if not self.accept:
            self.find(INCOMPLETE, "the key was replaced by the recovery key: "
                      "--accept-rekey takes that")

    # --- one record
    def record(self, line, expected):
        try:
            r = parse(line)
            version = uint(r, "v")
            if version != 1:
                return self.lose(UNVERIFIABLE, "an unknown version")
            t = head_of(r, line)
            if r["type"] not in TYPES:
                return self.lose(UNVERIFIABLE, "an unknown type of record")
            self.place(r, expected)
            if self.last is not None and t < self.last:
                self.find(TAMPERED, "time runs backwards")
            rule = getattr(self, "on_" + r["type"], None)
            if rule:
                rule(r)
        except Wrong as e:
            return self.lose(TAMPERED, str(e))
        if self.lost:
            return
        self.leaf = leaf_hash(line)
        self.tree.add(self.leaf)
        self.first = t if self.first is None else self.first
        self.last = t
        self.n += 1
        self.closed = self.kind == "stop" and r["type"] == "cp"
        self.kind = r["type"]
        while self.claims and self.claims[0][0] <= self.n:
            claim = self.claims.pop(0)
            if claim[0] == self.n:
                self.claim(claim, self.tree.root())

    def place(self, r, expected):
        if r["seq"] != self.n:
            raise Wrong("not the record that belongs here: records were "
                        "removed, added or moved")
        if expected is not None and expected != self.n:
            raise Wrong("a segment is missing or was renamed")
        if bytes.fromhex(r["prev"]) != self.leaf:
            raise Wrong("the chain is broken: the record before this one "
                        "was changed")
        if r["ep"] != self.epoch:
            raise Wrong("a record of another epoch")
        if (r["type"] == "genesis") != (self.n == 0):
            raise Wrong("the first record, and only the first, is genesis")
        if self.kind in ("rotate", "rekey") and \
                r["type"] not in ("cp", "rekey"):
            raise Wrong("a rotation without its final checkpoint")

    def on_genesis(self, r):
        try:
            key = Key(r["vkey"])
            self.recovery = Key(r["recovery"]) if "recovery" in r else None
            if r["origin"] != key.name:
                raise Wrong("origin")
        except (Wrong, KeyError, AttributeError):
            raise Wrong("a malformed genesis record")
        self.begin(key)

    def on_rotate(self, r):
        try:
            self.next = Key(r["vkey"])
            bad = uint(r, "next") != self.epoch + 1 or \
                self.next.name != self.key.name or \
                self.next.public == self.key.public
        except (Wrong, KeyError, AttributeError):
            bad = True
        if bad:
            raise Wrong("a malformed rotation")

    def on_rekey(self, r):
        self.on_rotate(r)
        try:
            self.replaced(r["recovery"], self.next, self.n, self.tree.root())
        except (KeyError, TypeError, ValueError):
            raise Wrong("a malformed rekey")

    def on_cp(self, r):
        final = r.get("final") is True
        turning = self.kind in ("rotate", "rekey")
        if final != turning:
            raise Wrong("a final checkpoint without a rotation, or the "
                        "reverse")
        keys = [self.next] if self.kind == "rekey" else \
            [self.key, self.next] if final else [self.key]
        try:
            text, signed = note_open(r["note"], keys)
            good = len(signed) == len(keys)
        except (Wrong, KeyError, AttributeError, TypeError):
            good = False
        if not good:
            raise Wrong("a checkpoint that the key of this position did not "
                        "sign")
        try:
            good = checkpoint(text) == (self.key.name, self.n,
                                        self.tree.root())
        except Wrong:
            good = False
        if not good:
            raise Wrong("a checkpoint that does not match the records "
                        "before it")
        self.cps += 1
        self.sealed = self.n
        self.past[self.n] = self.tree.root(), self.last
        if final:
            self.key = self.next
            self.epoch += 1

    def on_intent(self, r):
        try:
            op, n = hexa(r, "op", 16), uint(r, "n")
            croot = raw32(r.get("croot"))
            if "cutoff" in r:
                instant(r["cutoff"])
            self.commitments(r, n, croot)
            if op in self.ops:
                raise Wrong("an operation is announced for the second time")
        except Wrong as e:
            return self.find(TAMPERED, str(e))
        if len(self.open) == MOST_OPEN:
            return self.find(UNVERIFIABLE, "too many open operations")
        self.ops.add(op)
        self.open[op] = (self.n, n)
        if n > IN_LINE:
            self.items(op, n, croot)

    def commitments(self, r, n, croot):
        c = r.get("c")
        if n > IN_LINE:
            if c is not None:
                raise Wrong("more commitments than the format allows")
            return
        if not isinstance(c, list):
            c = []
        if len(c) != n:
            raise Wrong("the number of commitments is not n")
        c = [raw32(x) for x in c]
        if any(a >= b for a, b in zip(c, c[1:])):
            raise Wrong("the commitments are not in order")
        if root_of(c) != croot:
            raise Wrong("the commitments do not match their root")

    def items(self, op, n, croot):
        try:
            raw = self.read("items", op.hex() + ".bin")
        except OSError:
            raw = None
        if raw is None:
            return self.find(UNVERIFIABLE, "the items file of this operation "
                             "is missing")
        c = [raw[i:i + 32] for i in range(0, len(raw), 32)]
        if len(raw) != 32 * n or root_of(c) != croot or any(
                a >= b for a, b in zip(c, c[1:])):
            self.find(TAMPERED, "an items file that does not match its intent")

    def on_done(self, r):
        try:
            op, n = hexa(r, "op", 16), uint(r, "n")
        except Wrong:
            return self.find(TAMPERED, "a malformed outcome")
        if op not in self.open:
            return self.find(TAMPERED, "an operation has a second outcome"
                             if op in self.ops else
                             "an outcome without an intent before it")
        meant = self.open.pop(op)[1]
        try:
            skipped = r.get("skipped", {})
            total = uint(r, "erased") + uint(r, "left") + sum(
                uint(skipped, k) for k in skipped)
        except (Wrong, AttributeError, TypeError):
            total = None
        if n != meant or total != n:
            self.find(TAMPERED, "erased, left and skipped do not add up to n")

    on_fail = on_done

    def on_anchor(self, r):
        """Against the files that it names and the checkpoint that it is of."""
        try:
            size, root = uint(r, "size"), raw32(r.get("root"))
            at, suffix = instant(r.get("at")), SUFFIX[r.get("kind")]
            digest = hexa(r, "sha256", 32)
            if not 0 < size <= self.n or not isinstance(r.get("by"), str):
                raise Wrong("size")
        except (Wrong, KeyError, TypeError):
            return self.find(TAMPERED, "a malformed anchor")
        file, note = [self.evidence("%d%s" % (size, s))
                      for s in (suffix, ".note")]
        if not file or not note:
            self.find(UNVERIFIABLE, "the evidence of this anchor is missing")
        elif hashlib.sha256(file).digest() != digest:
            self.find(TAMPERED, "the evidence of this anchor was altered")
        elif self.tells(note) != (size, root):
            self.find(TAMPERED, "this anchor tells another root than its "
                      "checkpoint")
        then = self.past.get(size)
        if then and then[0] != root:
            self.find(TAMPERED, "an anchor over another root than these "
                      "records have")
        elif then and at + SKEW_MS < then[1]:
            self.find(TAMPERED, "a record that is later than the anchor over "
                      "it", size - 1)

    def evidence(self, name):
        try:
            return self.read("anchor", name)
        except OSError:
            return None

    @staticmethod
    def tells(note):
        try:
            text = note.decode()
            return checkpoint(text[:text.index("\n\n") + 1])[1:]
        except (ValueError, Wrong):
            return None

    def on_prune(self, r):
        self.prune = r

    # --- the whole
    def segments(self):
        log = os.path.join(self.folder, "log")
        if not os.path.isdir(log):
            return []
        found = {}
        for name in os.listdir(log):
            m = re.fullmatch(r"(\d{18})\.jsonl(\.gz)?", name)
            if m and not (m.group(2) and int(m.group(1)) in found):
                found[int(m.group(1))] = os.path.join(log, name)
        return sorted(found.items())

    def lines(self, segments):
        """(line, expected seq or None); what is torn comes last, as None."""
        for i, (seq, path) in enumerate(segments):
            with reader(path) as f:
                fresh = seq
                while True:
                    line = f.readline(MOST_LINE + 2)
                    if not line:
                        break
                    if not line.endswith(b"\n"):
                        yield None, (len(line) > MOST_LINE and
                                     f.read().find(b"\n") != -1) or \
                            i + 1 < len(segments)
                        return
                    if len(line) > MOST_LINE + 1:
                        yield None, True
                        return
                    yield line[:-1], fresh
                    fresh = None

    def run(self, now, max_age):
        torn = False
        self.load_claims()
        self.load_pruned()
        for claim in [c for c in self.claims if c[0] < self.n]:
            self.claims.remove(claim)
            if claim[1] is COPY:
                self.find(UNVERIFIABLE, "a copy kept elsewhere is of records "
                          "that were pruned", 0, claim[0] - 1)
        segments = self.segments()
        lines = self.lines(segments)
        while not self.lost:
            try:
                line, extra = next(lines, (None, None))
            except zlib.error:
                self.lose(TAMPERED, "a compressed segment is damaged, cut "
                          "short or goes on after its end")
                break
            if line is None and extra is None:
                break
            if line is None and extra:
                self.lose(TAMPERED, "a line longer than any record, or torn "
                          "before another segment")
            elif line is None:
                torn = True
            else:
                self.record(line, extra)
        self.end(torn, now, max_age)

    def end(self, torn, now, max_age):
        last = self.n - (self.n != 0)
        if self.n == 0 and not self.lost:
            self.find(UNVERIFIABLE, "no record at all")
        if self.pin is None:
            self.find(UNVERIFIABLE, "no key to check against", 0, last)
        if not self.lost:
            for claim in self.claims:
                if self.key is None or self.claim(claim, None):
                    self.find(TAMPERED, "%s knows of %d records, and the "
                              "trail has fewer: it was cut back"
                              % (claim[1], claim[0]), self.n, claim[0] - 1)
            for seq, _ in self.open.values():
                self.find(INCOMPLETE, "an intent without an outcome", seq)
            self.end_pruned()
        if torn:
            self.find(INCOMPLETE, "a torn record at the end")
        if self.n == 0 or self.lost:
            return
        if self.kind != "cp":
            self.find(INCOMPLETE, "records without a checkpoint",
                      self.sealed + 1 if self.cps else 0, last)
        elif not self.closed:
            self.find(INCOMPLETE, "not closed by stop and a checkpoint", last)
        if max_age and now - self.last > max_age:
            self.find(INCOMPLETE, "the last record is older than allowed",
                      last)

    def end_pruned(self):
        """The signed record says the same as the file that stands in."""
        if self.pruned is None:
            return
        r = self.prune or {}
        if any(r.get(k) != v for k, v in self.pruned.items()):
            self.find(TAMPERED, "no record says what was cut away in front",
                      0, self.n - 1)


def usage(text):
    print("verify-trail: " + text, file=sys.stderr)
    print(__doc__.split("\n\n")[1], file=sys.stderr)
    sys.exit(4)


def main(argv):
    pin, age, accept, folder, copies = None, 0, False, None, []
    helps = False
    args = iter(argv)
    try:
        for a in args:
            if a == "--key":
                v = next(args)
                if v.startswith("@"):
                    with open(v[1:]) as f:
                        v = f.readline().strip()
                pin = Key(v)
            elif a == "--max-age":
                age = int(float(next(args)) * 1000)
            elif a == "--accept-rekey":
                accept = True
            elif a in ("-h", "--help"):
                helps = True
                break
            elif a == "--anchor":
                with open(next(args), "rb") as f:
                    copies.append(f.read().decode())
                if not Trail.tells(copies[-1].encode()):
                    raise Wrong("not a checkpoint note")
            elif a.startswith("-") or folder is not None:
                usage("what is %r?" % a)
            else:
                folder = a
    except (StopIteration, Wrong, ValueError, OSError) as e:
        usage("%s" % (e or "a value is missing"))
    if helps:
        print(__doc__.split("\n\n")[1])
        return 0
    if folder is None or not os.path.isdir(folder):
        usage("a folder is needed (a tar file has to be unpacked first)")
    inner = os.path.join(folder, "trail")
    if not os.path.isdir(os.path.join(folder, "log")) and \
            os.path.isdir(inner):
        folder = inner
    t = Trail(folder, pin, accept, copies)
    now = datetime.now(timezone.utc).timestamp() * 1000
    try:
        t.run(now, age)
    except OSError as e:
        print("verify-trail: %s" % e, file=sys.stderr)
        return 4
    print("%s: %d records, %d of them sealed by %d checkpoints"
          % (NAMES[t.verdict], t.n, t.sealed, t.cps))
    for v, first, last, text in t.findings[:1000]:
        print("  %s records %d to %d: %s" % (NAMES[v], first, last, text))
    return t.verdict


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
        if sys.stdout is not None:      # it was closed from the start
            sys.stdout.flush()
    except OSError as e:                # nobody reads, or there is no room
        if not isinstance(e, BrokenPipeError):
            print("verify-trail: %s" % e, file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 4
    sys.exit(code)
