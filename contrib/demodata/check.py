"""Compare plans, databases and files with what was expected of them."""

import gzip
import hashlib
import json
import os
import sqlite3

from .model import digest, plain

COUNTS = ("total", "due", "undated", "future", "kept")


def load(folder):
    with open(os.path.join(folder, "expected.json")) as f:
        return json.load(f)


def _agrees(e, g, k):
    """Whoever writes to a log meanwhile adds lines that are kept."""
    if e.get("live") and k in ("total", "kept"):
        return g.get(k, 0) >= e[k] and g["total"] - g["kept"] == \
            e["total"] - e["kept"]
    return g.get(k) == e[k]


def plan(expected, got):
    """Differences between expected counts of a phase and a plan's JSON."""
    out = []
    found = {d["dataset"]: d for d in got["datasets"]}
    for name in sorted(set(found) ^ set(expected["datasets"])):
        out.append("%s: only in one of plan and expectation" % name)
    for name, e in expected["datasets"].items():
        g = found.get(name, {})
        out += ["%s: %s is %s, expected %d" % (name, k, g.get(k), e[k])
                for k in COUNTS if g and not _agrees(e, g, k)]
        out += ["%s: %s is %s, expected 0" % (name, k, g.get(k))
                for k in ("held", "restricted") if g and g.get(k) != 0]
    return out


class Tokens:
    """What the product put in place of a value: never the value, never twice
    the same for two values; the same for one value if it is a pseudonym."""

    def __init__(self):
        self.token, self.value = {}, {}

    def fault(self, area, method, old, new):
        if not isinstance(new, str) or not new or old in new:
            return "is not replaced"
        if self.value.setdefault((area, new), old) != old:
            return "has the token of another value"
        if method == "pseudonym" \
                and self.token.setdefault((area, old), new) != new:
            return "has two pseudonyms"
        return None


def _table(db, name, e, area, tokens):
    cols = e["columns"]
    rows = [list(r) for r in db.execute('SELECT %s FROM "%s"' % (
        ",".join('"%s"' % c for c in cols), name))]
    out = []
    if e["masked"]:
        where = [cols.index(k) for k in e["key"]]
        by_key = {json.dumps([plain(r[i]) for i in where]): r for r in rows}
        for key, column, method, old in e["masked"]:
            row = by_key.get(json.dumps(key))
            if row is None:
                out.append("a row is missing")
                continue
            i = cols.index(column)
            fault = tokens.fault((area, method), method, old, row[i])
            if fault:
                out.append("a cell of column %s %s" % (column, fault))
            row[i] = "*"
    if len(rows) != e["rows"]:
        out.append("has %d rows, expected %d" % (len(rows), e["rows"]))
    elif digest(rows) != e["sha256"]:
        out.append("differs from what was expected")
    return sorted(set(out))


def databases(expected, root):
    """Differences between databases below `root` and expectation; reads
    every table, row by row."""
    out, tokens = [], Tokens()
    for path, tables in expected.items():
        full = os.path.join(root, path)
        if tables is None:
            out += ["%s: %s is still there" % (path, full[len(root):] + s)
                    for s in ("", "-wal", "-shm", "-journal")
                    if os.path.exists(full + s)]
            continue
        if not os.path.exists(full):
            out.append("%s: is gone" % path)
            continue
        db = sqlite3.connect("file:%s?mode=rw" % full, uri=True, timeout=10)
        area = os.path.dirname(path)
        for name, e in tables.items():
            out += ["%s, %s: %s" % (path, name, f)
                    for f in _table(db, name, e, area, tokens)]
        ok = db.execute("PRAGMA integrity_check").fetchone()[0]
        if ok != "ok":
            out.append("%s: integrity_check says %s" % (path, ok))
        db.close()
    return out


def _file(full, e):
    with open(full, "rb") as f:
        raw = body = f.read()
    if e["gz"]:
        body = gzip.decompress(raw)
    if e["live"]:
        body = body[:e["bytes"]]
    if body.count(b"\n") != e["lines"]:
        return "has %d lines, expected %d" % (body.count(b"\n"), e["lines"])
    if hashlib.sha256(body).hexdigest() != e["sha256"]:
        return "is not what was expected, byte for byte"
    if e["raw"] and hashlib.sha256(raw).hexdigest() != e["raw"]:
        return "was written anew, with nothing due in it"
    return None


def files(expected, root, wanted=("",)):
    """Differences between the files of a phase and those below `root`; of
    those alone whose paths begin as wanted.  Nothing may lie beside them."""
    want = {p: e for p, e in expected["files"].items()
            if p.startswith(tuple(wanted))}
    found = set()
    for folder in expected["folders"]:
        for at, _, names in os.walk(os.path.join(root, folder)):
            at = os.path.relpath(at, root)
            found |= {os.path.join(at, n) for n in names}
    found = {p for p in found if p.startswith(tuple(wanted))}
    must = {p for p, e in want.items() if e is not None}
    out = ["%s: is still there" % p if p in want else "%s: lies there" % p
           for p in sorted(found - must)]
    out += ["%s: is gone" % p for p in sorted(must - found)]
    for p in sorted(must & found):
        fault = _file(os.path.join(root, p), want[p])
        out += ["%s: %s" % (p, fault)] if fault else []
    return out


def leaks(secrets, *paths):
    """Files that hold one of the secrets; folders are searched.  Says which
    file and how many, never what."""
    want = {s.encode() for s in secrets if len(s) >= 8}
    heads = {}
    for s in want:
        heads.setdefault(s[:8], []).append(s)
    out, files = [], []
    for p in paths:
        if os.path.isdir(p):
            files += [os.path.join(d, f) for d, _, fs in os.walk(p) for f in fs]
        else:
            files.append(p)
    for name in files:
        if not os.path.isfile(name):
            continue            # a socket
        with open(name, "rb") as f:
            text = f.read()
        n = sum(1 for i in range(len(text) - 7)
                for s in heads.get(text[i:i + 8], ()) if text.startswith(s, i))
        if n:
            out.append("%s: %d personal details" % (name, n))
    return out
