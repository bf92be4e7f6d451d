"""attacks - ways to falsify a trail, each a function that changes the lines
of a one-segment trail folder.  Those that sign use the current signing key."""

import base64
import hashlib
import json
import os
import re
import subprocess
import tempfile

DER = bytes.fromhex("302e020100300506032b657004220420")


class Copy:
    """A trail folder, taken apart; put() writes it back."""

    def __init__(self, trail, seed=None):
        self.trail, self.seed = trail, seed
        names = sorted(os.listdir(os.path.join(trail, "log")))
        self.path = os.path.join(trail, "log", names[0])
        with open(self.path, "rb") as f:
            self.lines = f.read().split(b"\n")[:-1]
        self.tail = b""

    def put(self):
        with open(self.path, "wb") as f:
            f.write(b"".join(x + b"\n" for x in self.lines) + self.tail)

    def find(self, kind, nth=0):
        at = [i for i, x in enumerate(self.lines)
              if b'"type":"%s"' % kind.encode() in x]
        return at[nth]

    def sign(self, text):
        with tempfile.TemporaryDirectory() as d:
            for name, data in (("k", DER + self.seed), ("t", text)):
                with open(os.path.join(d, name), "wb") as f:
                    f.write(data)
            return subprocess.run(
                ["openssl", "pkeyutl", "-sign", "-keyform", "DER", "-inkey",
                 d + "/k", "-rawin", "-in", d + "/t"], check=True,
                stdout=subprocess.PIPE).stdout

    def note(self, size, root, old):
        """A checkpoint as the note `old` has it, for another tree."""
        origin = old.split("\n")[0]
        text = "%s\n%d\n%s\n" % (origin, size,
                                 base64.b64encode(root).decode())
        line = old.rstrip("\n").split("\n")[-1]
        key_id = base64.b64decode(line.split(" ")[2])[:4]
        return "%s\n\u2014 %s %s\n" % (text, origin, base64.b64encode(
            key_id + self.sign(text.encode())).decode())

    def chain(self, resign):
        """Number and chain anew, and seal anew as well."""
        prev, leaves, note = bytes(32), [], None
        for i, line in enumerate(self.lines):
            line = re.sub(rb'"seq":\d+', b'"seq":%d' % i, line, count=1)
            line = re.sub(rb'"prev":"[0-9a-f]{64}"',
                          b'"prev":"%s"' % prev.hex().encode(), line, count=1)
            if resign and b'"type":"cp"' in line:
                note = self.note(i, root(leaves), json.loads(line)["note"])
                line = re.sub(rb'"note":".*?"', lambda m: b'"note":' +
                              json.dumps(note).encode(), line, count=1)
            self.lines[i] = line
            prev = hashlib.sha256(b"\0" + line).digest()
            leaves.append(prev)
        if note:
            with open(os.path.join(self.trail, "checkpoint"), "w") as f:
                f.write(note)


def root(leaves):
    n = len(leaves)
    if n < 2:
        return leaves[0] if n else hashlib.sha256(b"").digest()
    k = 1 << (n - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:k]) +
                          root(leaves[k:])).digest()


def edit(c):
    i = c.find("done")
    c.lines[i] = re.sub(rb'"ms":\d+', b'"ms":77777', c.lines[i])


def delete(c):
    del c.lines[c.find("done")]


def delete_chained(c):
    delete(c)
    c.chain(False)


def swap(c):
    i = c.find("intent")
    c.lines[i], c.lines[i + 1] = c.lines[i + 1], c.lines[i]


def duplicate(c):
    i = c.find("done")
    c.lines.insert(i, c.lines[i])


def cp_flipped(c):
    i = c.find("cp", 1)
    at = c.lines[i].index(b"\\u2014") + 40
    c.lines[i] = c.lines[i][:at] + (b"A" if c.lines[i][at:at + 1] != b"A"
                                    else b"B") + c.lines[i][at + 1:]


def cp_stripped(c):
    i = c.find("cp", 1)
    c.lines[i] = re.sub(rb"\\u2014.*?\\n", b"", c.lines[i])


def cp_removed(c):
    del c.lines[c.find("cp", 1)]
    c.chain(False)


def resigned(c):
    edit(c)
    c.chain(True)


def no_intent(c):
    del c.lines[c.find("intent")]
    c.chain(True)


def twice(c):
    i = c.find("done")
    c.lines.insert(i, c.lines[i])
    c.chain(True)


def sums(c):
    i = c.find("done")
    c.lines[i] = re.sub(rb'"left":0', b'"left":1', c.lines[i])
    c.chain(True)


def backwards(c):
    i = c.find("done")
    c.lines[i] = re.sub(rb'"t":"20', b'"t":"19', c.lines[i])
    c.chain(True)


def cut(c):
    del c.lines[c.find("done", -1):]


def cut_and_checkpoint(c):
    i = c.find("cp", -2)
    del c.lines[i + 1:]
    with open(os.path.join(c.trail, "checkpoint"), "w") as f:
        f.write(json.loads(c.lines[i])["note"])


def torn(c):
    c.tail = b'{"v":1,"se'


def nul_tail(c):
    c.tail = bytes(512)


def garbage(c):
    c.lines.append(b"garbage")


def crlf(c):
    c.lines = [x + b"\r" for x in c.lines]


def mark(c):
    c.lines[0] = b"\xef\xbb\xbf" + c.lines[0]


def anew(c):
    c.lines = [json.dumps(json.loads(x)).encode() for x in c.lines]


def key_twice(c):
    i = c.find("stop")
    c.lines[i] = c.lines[i][:-1] + b',"reason":"x"}'
    c.chain(True)


def version(c):
    c.lines[5] = c.lines[5].replace(b'{"v":1,', b'{"v":2,')


def last_edited(c):
    del c.lines[c.find("stop") + 1:]
    c.lines[-1] = c.lines[-1].replace(b"done", b"gone")
    os.remove(os.path.join(c.trail, "checkpoint"))


def items_altered(c):
    name = sorted(os.listdir(os.path.join(c.trail, "items")))[0]
    with open(os.path.join(c.trail, "items", name), "r+b") as f:
        f.write(b"\xff")


def items_missing(c):
    name = sorted(os.listdir(os.path.join(c.trail, "items")))[0]
    os.remove(os.path.join(c.trail, "items", name))


def segment_missing(c):
    os.rename(c.path, c.path.replace("000000.jsonl", "000007.jsonl"))
    c.path = c.path.replace("000000.jsonl", "000007.jsonl")


def nothing(c):
    pass


def empty(c):
    c.lines = []


VERDICTS = {nothing: 0, edit: 1, delete: 1, delete_chained: 1, swap: 1,
            duplicate: 1, cp_flipped: 1, cp_stripped: 1, cp_removed: 1,
            resigned: 0, no_intent: 1, twice: 1, sums: 1, backwards: 1,
            cut: 1, cut_and_checkpoint: 2, torn: 2, nul_tail: 2, garbage: 1,
            crlf: 1, mark: 1, anew: 1, key_twice: 1, version: 3,
            last_edited: 2, items_altered: 1, items_missing: 3,
            segment_missing: 1, empty: 1}
