"""Log files and folders of files, and what must be left of them.

A store of these writes itself below a root and says by `expect` what its
datasets must count and what every file must hold afterwards: None when it must
be gone, otherwise size, lines and digest of its (uncompressed) bytes."""

import gzip
import hashlib
import os
import re

from .model import COUNTS
from .moment import verdict_period


def _place(root, path):
    full = os.path.join(root, path)
    if os.path.exists(full):
        raise SystemExit("%s is there already: choose a new folder" % full)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def content(body, gz=False, live=False, raw=None):
    """What a file must hold; `raw`: its bytes as they must lie on the disk."""
    return {"bytes": len(body), "lines": body.count(b"\n"), "gz": gz,
            "live": live, "sha256": hashlib.sha256(body).hexdigest(),
            "raw": raw and hashlib.sha256(raw).hexdigest()}


class Line:
    """A line, the Moment it bears, and what it may say later on."""

    def __init__(self, when, text, masked=None):
        self.when, self.text = when, text
        self.masked = text if masked is None else masked


class LogFile:
    def __init__(self, path, lines, live=False):
        self.path, self.lines, self.live = path, lines, live
        self.gz = path.endswith(".gz")
        # whoever rotated it does not miss it
        self.rotated = self.gz or bool(re.search(r"[.-]\d[^.-]*$", path))

    def raw(self):
        body = b"".join(x.text for x in self.lines)
        return gzip.compress(body, mtime=0) if self.gz else body


class Logs:
    """The files of one log store and the dataset over them."""

    def __init__(self, full, action, period, *files):
        self.full, self.action, self.period = full, action, period
        self.files = files
        self.folder = os.path.dirname(files[0].path)

    def write(self, root):
        for f in self.files:
            with open(_place(root, f.path), "wb") as out:
                out.write(f.raw())

    def _verdict(self, x, now):
        v = verdict_period(x.when, self.period, "combined", now)
        if v == "due" and self.action == "anonymise" and x.masked == x.text:
            return "kept"
        return v

    def _left(self, f, x, verdict):
        if verdict != "due":
            return x.text
        if self.action == "delete":
            return b""
        if f.gz:
            return x.masked
        # in place: the line keeps its length
        return x.masked[:-1].ljust(len(x.text) - 1) + b"\n"

    def _file(self, f, now, acts, counts):
        left, touched = b"", False
        for x in f.lines:
            v = self._verdict(x, now)
            counts[v] += 1
            touched |= v == "due"
            left += self._left(f, x, v if acts else "kept")
        if not (touched and acts):
            return content(left, f.gz, f.live, None if f.live else f.raw())
        return content(left, f.gz, f.live) if left or not f.rotated else None

    def expect(self, state, now, acts):
        c = dict.fromkeys(COUNTS, 0)
        left = {f.path: self._file(f, now, acts, c) for f in self.files}
        c["total"] = sum(c.values())
        c.update(mode="enforce", action=self.action,
                 live=any(f.live for f in self.files))
        return {self.full: c}, left


class OfRows:
    """Files below a folder that rows name; they go with their rows."""

    def __init__(self, folder, db, table, column):
        self.folder, self.db = folder, db
        self.table, self.column = table, column
        self.names = {}

    def add(self, name, body):
        self.names[name] = body
        return name

    def write(self, root):
        for name, body in self.names.items():
            with open(_place(root, "%s/%s" % (self.folder, name)), "wb") as f:
                f.write(body)

    def expect(self, state, now, acts):
        """Who was named and is named no more must be gone; nobody else."""
        rows = self.db[self.table].rows
        named = {r[self.column] for r in rows}
        still = {r[self.column] for r in state[self.db.path][self.table]}
        return {}, {"%s/%s" % (self.folder, n):
                    None if n in named - still else content(b, raw=b)
                    for n, b in self.names.items()}


class ByAge:
    """A file store: a folder whose files go by their time of change."""

    def __init__(self, full, folder, period, match):
        self.full, self.folder, self.period = full, folder, period
        self.match = match      # the end of a name
        self.names = {}

    def add(self, name, body, when):
        self.names[name] = (body, when)

    def write(self, root):
        for name, (body, when) in self.names.items():
            full = _place(root, "%s/%s" % (self.folder, name))
            with open(full, "wb") as f:
                f.write(body)
            os.utime(full, (when.value, when.value))

    def expect(self, state, now, acts):
        c, left = dict.fromkeys(COUNTS, 0), {}
        for name, (body, when) in self.names.items():
            v = None
            if name.endswith(self.match):
                v = verdict_period(when, self.period, "unix", now)
                c[v] += 1
            gone = acts and v == "due"
            left["%s/%s" % (self.folder, name)] = \
                None if gone else content(body, raw=body)
        c["total"] = sum(c.values())
        c.update(mode="enforce", action="delete")
        return {self.full: c}, left
