"""Databases, their rows, and what a policy must do to them.

A row is a dict of column values; times keep their Moment under "_column".
`expect` works out counts and what the tables must hold afterwards."""

import hashlib
import json
import os
import sqlite3

from .moment import verdict_period, verdict_until

COUNTS = ("due", "undated", "future", "kept")
MASKED = ("redact", "pseudonym")    # results that only the product can know


class Table:
    def __init__(self, name, ddl, key=None, live=False):
        self.name, self.ddl, self.key, self.live = name, ddl, key, live
        self.rows = []

    def add(self, **values):
        row = {}
        for k, v in values.items():
            if hasattr(v, "at"):
                row["_" + k], v = v, v.value
            row[k] = v
        self.rows.append(row)
        return row


class Database:
    def __init__(self, path, *tables, wal=False, page=4096, after=()):
        self.path, self.wal, self.page, self.after = path, wal, page, after
        self.tables = {t.name: t for t in tables}

    def __getitem__(self, name):
        return self.tables[name]

    def write(self, root):
        path = os.path.join(root, self.path)
        if os.path.exists(path):
            raise SystemExit("%s is there already: choose a new folder" % path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA page_size=%d" % self.page)
        if self.wal:
            db.execute("PRAGMA journal_mode=WAL")
        db.execute("BEGIN")
        for t in self.tables.values():
            db.execute(t.ddl)
            for row in t.rows:
                cols = [c for c in row if c[0] != "_"]
                db.execute('INSERT INTO "%s"(%s) VALUES(%s)' % (
                    t.name, ",".join(cols), ",".join("?" * len(cols))),
                    [row[c] for c in cols])
        for statement in self.after:
            db.execute(statement)
        db.execute("COMMIT")
        db.close()
        os.chmod(path, 0o640)


class Dataset:
    """One rule, said again in Python.  `time` is ("period", (n, unit), clock),
    ("until",), ("event", name), ("date", day) or ("never",); `children` are
    (table, column, key, children)."""

    def __init__(self, full, mode, action, dbs, table=None, column=None,
                 time=("never",), where=None, columns=None, values=None,
                 children=(), moment=None):
        self.full, self.mode, self.action = full, mode, action
        self.dbs, self.table, self.time = dbs, table, time
        self.where = where or (lambda row: True)
        self.columns, self.values = columns or {}, values or {}
        self.children = children
        self.moment = moment or (lambda row: row["_" + column])

    def _would_change(self, row):
        if self.action != "anonymise":
            return True
        new = self.applied(row)
        return any(new[c] != row[c] for c in new if c[0] != "_")

    def applied(self, row):
        new = dict(row)
        for c, how in self.columns.items():
            if how in MASKED:
                if row[c] is not None:
                    new[c] = (how, row[c]) if not isinstance(row[c], tuple) \
                        else row[c]
            else:
                new[c] = how(row[c])
        new.update(self.values)
        return new

    def verdict(self, row, now, events):
        kind = self.time[0]
        if kind == "period":
            v = verdict_period(self.moment(row), *self.time[1:], now)
        elif kind == "until":
            v = verdict_until(self.moment(row), now)
        elif kind == "event":
            v = "due" if self.time[1] in events else "kept"
        else:
            assert kind == "never"
            v = "kept"
        return "kept" if v == "due" and not self._would_change(row) else v

    def destroyed(self, now, events):
        if self.time[0] == "event":
            return self.time[1] in events
        return now.date().isoformat() > self.time[1]


def _cut(state, db, children, keys):
    for table, column, key, below in children:
        t = state[db.path][table]
        gone = [r for r in t if r[column] in keys]
        state[db.path][table] = [r for r in t if r[column] not in keys]
        if below:
            _cut(state, db, below, {r[key] for r in gone})


def _verdict(ds, row, now, events):
    return ds.verdict(row, now, events) if ds.where(row) else "kept"


def _act(state, db, ds, now, events):
    left, gone = [], set()
    for row in state[db.path][ds.table]:
        if _verdict(ds, row, now, events) != "due":
            left.append(row)
        elif ds.action == "anonymise":
            left.append(ds.applied(row))
        elif ds.children:
            gone.add(row[db[ds.table].key[0]])
    state[db.path][ds.table] = left
    if gone:
        _cut(state, db, ds.children, gone)


def expect(dbs, datasets, now, events, hooks=(), trees=()):
    """Counts per dataset, per database its tables and per file its content
    afterwards (None for what must be gone)."""
    state = {db.path: {t.name: list(t.rows) for t in db.tables.values()}
             for db in dbs}
    counts = {}
    for ds in datasets:
        c = dict.fromkeys(COUNTS, 0)
        for db in ds.dbs:
            if ds.action == "destroy":
                gone = ds.destroyed(now, events)
                c["due" if gone else "kept"] += 1
                if gone:
                    state[db.path] = None
                continue
            for row in db[ds.table].rows:   # as all were before any went
                c[_verdict(ds, row, now, events)] += 1
            if ds.mode == "enforce":
                _act(state, db, ds, now, events)
        c["total"] = sum(c.values())
        c["mode"], c["action"] = ds.mode, ds.action
        counts[ds.full] = c
    for hook in hooks:
        hook(state)
    files = {}
    for tree in trees:
        more, left = tree.expect(state, now, bool(datasets))
        counts.update(more if datasets else {})
        files.update(left)
    return {"datasets": counts, "files": files,
            "folders": sorted({t.folder for t in trees}),
            "databases": {p: _tables(t, db) for (p, t), db
                          in zip(state.items(), dbs)}}


def plain(v):
    return {"hex": v.hex()} if isinstance(v, bytes) else v


def digest(rows):
    """SHA-256 over the rows' JSON, in the order of that text."""
    h = hashlib.sha256()
    for line in sorted(json.dumps([plain(v) for v in r]) for r in rows):
        h.update(line.encode() + b"\n")
    return h.hexdigest()


def _tables(tables, db):
    """What to look for: a digest over all rows, with what only the product
    can know replaced by "*", and for those cells key, method and old value."""
    if tables is None:
        return None
    out = {}
    for name, rows in tables.items():
        t = db[name]
        if t.live:
            continue
        cols = sorted({c for r in t.rows for c in r if c[0] != "_"})
        shown, masked = [], []
        for r in rows:
            cells = [r.get(c) for c in cols]
            for i, v in enumerate(cells):
                if isinstance(v, tuple):
                    masked.append([[r[k] for k in t.key], cols[i], *v])
                    cells[i] = "*"
            shown.append(cells)
        out[name] = {"columns": cols, "key": t.key, "rows": len(rows),
                     "sha256": digest(shown), "masked": masked}
    return out


