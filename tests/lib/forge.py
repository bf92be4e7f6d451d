"""forge - takes a trail apart, changes it and puts it back: what an attacker
with or without some of its keys could do.  Hashes by hashlib, signatures by
openssl; no code of the project's own."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
ZEROS = "0" * 64
DASH = "\u2014"


def leaf_hash(line):
    return hashlib.sha256(b"\0" + line).digest()


def root_of(leaves):
    """RFC 6962, by its recursive definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:k]) +
                          root_of(leaves[k:])).digest()


class Tree:
    """The same, leaf by leaf."""

    def __init__(self):
        self.n, self.stack = 0, []

    def add(self, leaf):
        self.n += 1
        n = self.n
        while n % 2 == 0:
            leaf = hashlib.sha256(b"\1" + self.stack.pop() + leaf).digest()
            n //= 2
        self.stack.append(leaf)

    def root(self):
        if not self.stack:
            return hashlib.sha256(b"").digest()
        node = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            node = hashlib.sha256(b"\1" + left + node).digest()
        return node


class Key:
    """An Ed25519 key by its seed."""

    def __init__(self, seed, name):
        self.name = name
        self.dir = tempfile.mkdtemp(prefix="retention-key.")
        self.file = os.path.join(self.dir, "key")
        with open(self.file, "wb") as f:
            f.write(PKCS8 + seed)
        public = subprocess.run(
            ["openssl", "pkey", "-inform", "DER", "-in", self.file, "-pubout",
             "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout
        raw = b"\1" + public[-32:]
        self.id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        self.vkey = "%s+%s+%s" % (name, self.id.hex(),
                                  base64.b64encode(raw).decode())

    def sign(self, text):
        path = os.path.join(self.dir, "text")
        with open(path, "wb") as f:
            f.write(text)
        sig = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-in", path, "-inkey",
             self.file, "-keyform", "DER"], check=True,
            stdout=subprocess.PIPE).stdout
        return "%s %s %s\n" % (DASH, self.name,
                               base64.b64encode(self.id + sig).decode())

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def note(origin, size, root, keys):
    text = "%s\n%d\n%s\n" % (origin, size, base64.b64encode(root).decode())
    return text + "\n" + "".join(k.sign(text.encode()) for k in keys)


def line_of(record):
    return json.dumps(record, separators=(",", ":")).encode()


class Trail:
    """A copy of a trail's folder; segments are lists of lines without LF."""

    def __init__(self, folder, origin):
        self.dir = os.path.join(tempfile.mkdtemp(prefix="retention-trail."),
                                "trail")
        self.origin = origin
        shutil.copytree(folder, self.dir)
        self.segments = []
        for name in sorted(os.listdir(self.path("log"))):
            with open(self.path("log", name), "rb") as f:
                self.segments.append(f.read().split(b"\n")[:-1])
        self.tail = b""         # behind the last LF
        self.end = b"\n"        # of a line
        self.names = None       # of segments, when they shall be wrong

    def close(self):
        shutil.rmtree(os.path.dirname(self.dir), ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def lines(self):
        return [x for s in self.segments for x in s]

    def records(self):
        return [json.loads(x) for x in self.lines()]

    def __len__(self):
        return sum(len(s) for s in self.segments)

    def _place(self, i):
        for s in self.segments:
            if i < len(s):
                return s, i
            i -= len(s)
        return self.segments[-1], len(self.segments[-1])

    def find(self, kind, nth=0, **have):
        """The position of the nth record of this type; -1: the last one."""
        found = [i for i, r in enumerate(self.records()) if r["type"] == kind
                 and all(r.get(k) == v for k, v in have.items())]
        return found[nth]

    def get(self, i):
        s, i = self._place(i)
        return s[i]

    def put(self, i, line):
        s, i = self._place(i)
        s[i] = line

    def insert(self, i, line):
        s, i = self._place(i)
        s.insert(i, line)

    def remove(self, i):
        s, i = self._place(i)
        return s.pop(i)

    def cut(self, n):
        """Keep the first n records."""
        for s in self.segments:
            keep = min(n, len(s))
            del s[keep:]
            n -= keep
        self.segments = [s for i, s in enumerate(self.segments)
                         if s or i == 0]

    def replace(self, i, old, new):
        line = self.get(i)
        assert old.encode() in line, (old, line)
        self.put(i, line.replace(old.encode(), new.encode(), 1))

    def change(self, i, **to):
        r = json.loads(self.get(i))
        r.update(to)
        self.put(i, line_of(r))

    def rechain(self, keys=None, since=0):
        """Number and chain anew.  `keys` maps an epoch to its Key: from record
        `since` on checkpoints are signed anew, and the newest is put into the
        checkpoint file."""
        tree, prev, seq = Tree(), ZEROS, 0
        for s in self.segments:
            for i, line in enumerate(s):
                line = re.sub(rb'^\{"v":1,"seq":\d+,', b'{"v":1,"seq":%d,'
                              % seq, line)
                line = re.sub(rb'"prev":"[0-9a-f]{64}"', b'"prev":"%s"'
                              % prev.encode(), line, count=1)
                r = json.loads(line)
                if keys and seq >= since and r["type"] == "cp":
                    by = [keys[r["ep"]]]
                    if r.get("final"):
                        by.append(keys[r["ep"] + 1])
                    r["note"] = note(self.origin, seq, tree.root(), by)
                    line = line_of(r)
                    self.write("checkpoint", r["note"].encode())
                s[i] = line
                leaf = leaf_hash(line)
                tree.add(leaf)
                prev, seq = leaf.hex(), seq + 1

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as f:
            f.write(data)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def save(self):
        """Write the segments; each by the number of its first record."""
        for name in os.listdir(self.path("log")):
            os.unlink(self.path("log", name))
        seq = 0
        for i, s in enumerate(self.segments):
            name = self.names[i] if self.names else seq
            text = b"".join(x + self.end for x in s)
            if i == len(self.segments) - 1:
                text += self.tail
            if name is not None:
                self.write("log/%018d.jsonl" % name, text)
            seq += len(s)

    def checkpoint_at(self, n):
        """The note of the last checkpoint over at most n records: its size and
        text."""
        for r in reversed(self.records()):
            if r["type"] == "cp" and r["seq"] <= n:
                return r["seq"], r["note"].encode()
        raise ValueError("no checkpoint")
