#!/usr/bin/env python3
# Proves that the retention report tells what the policies promise and what the
# trail says was done, counts only the period that it is about, and shows a
# hostile name as text: in a terminal, in JSON and in a page.

import html.parser
import json
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import world  # noqa: E402

EVIL = "</td><script>alert(1)</script>&amp; \x1b]0;x\x07\x1b[31m \u202e'\\\"\x9b"
SHOWN = "</td><script>alert(1)</script>&amp; "

s = world.build(120)
with open(s.path("policies.d", "w.conf"), "r+") as f:
    text = f.read().replace('"World"', '"World %s"' % EVIL, 1)
    text = text.replace('"Head of Examples"', '"Head %s"' % EVIL, 1)
    text = text.replace("kept for two years", "kept %s" % EVIL, 1)
    f.seek(0)
    f.write(text)
    f.truncate()
before = world.View(s)
r = s.retentiond("--once")
rt.same(r.returncode, 0, "a pass under a policy with a hostile title")
after = world.View(s)
vkey = s.vkey()
gone = {"w/" + d: len(world.gone(before, after, d)[0])
        for d in world.DATASETS}


def report(*more):
    return s.ctl("report", *more)


# --- what it says ----------------------------------------------------------
r = report("--key", vkey, "--json")
said = json.loads(r.out)
rt.same((r.returncode, said["trail"]["verdict"], said["trail"]["pinned"]),
        (0, "VALID", True), "a report over a VALID trail")
of = {d["dataset"]: d for d in said["datasets"]}
rt.same({d: of[d]["erased"] for d in gone}, gone,
        "what was done is what is gone from the databases")
rt.ok(all(d["in_policies"] and d["promise"] and d["rule"] and d["controller"]
          for d in said["datasets"]), "every promise is told", r.out)
rt.same({d: of[d]["now"]["due"] for d in gone}, {d: 0 for d in gone},
        "nothing is overdue after the pass")
rt.same((said["holds"], said["restrictions"], said["holds_unknown"]),
        (0, 0, None), "nothing is under hold")
rt.same(said["events"]["start"], 1, "one start")
rt.same(report().returncode, 0, "without a key there is a report")
rt.ok(all(32 <= ord(c) < 127 or c == "\n" for c in r.out),
      "the JSON is plain ASCII")
rt.ok("UNVERIFIABLE" in report().out and "no key was pinned" in report().out,
      "and it says so")

# --- what is overdue -------------------------------------------------------
c = sqlite3.connect(s.data("wal.db"))
c.execute("INSERT INTO other VALUES (90001, ?, 'x')", (world.OLD,))
c.execute("INSERT INTO person VALUES (90001, ?, 'x')", (world.OLD,))
c.commit()
c.close()
r = report("--json")
p = {d["dataset"]: d for d in json.loads(r.out)["datasets"]}["w/person"]
rt.ok(p["now"]["due"] == 1 and p["now"]["overdue_seconds"] > 86400,
      "a row that is over its time is overdue", p["now"])
rt.ok("OVERDUE" in report().out, "also as text")
os.rename(s.data("roll.db"), s.data("roll.away"))
r = report("--json")
p = {d["dataset"]: d for d in json.loads(r.out)["datasets"]}["w/letter"]
rt.ok(r.returncode == 0 and p["now"] is None and p["error"]
      and p["erased"] == gone["w/letter"],
      "a store that is away: what was done, and why nothing is counted", p)
os.rename(s.data("roll.away"), s.data("roll.db"))

# --- the period ------------------------------------------------------------
first = said["trail"]["first"]
last = said["trail"]["last"]
day = rt.rfc3339(rt.instant(last) + rt.timedelta(seconds=1))
r = report("--from", day, "--json")
late = json.loads(r.out)
rt.same((sum(d["erased"] for d in late["datasets"]),
         late["events"]["start"]), (0, 0), "after the last record: nothing")
r = report("--to", first, "--json")
rt.same(sum(d["erased"] for d in json.loads(r.out)["datasets"]), 0,
        "before the first record: nothing")
r = report("--from", first, "--to", day, "--json")
rt.same({d["dataset"]: d["erased"] for d in json.loads(r.out)["datasets"]},
        {d: of[d]["erased"] for d in of}, "around all of them: everything")
rt.same(report("--from", day, "--to", first).returncode, 64,
        "a period that ends before it begins")
rt.same(report("--from", "yesterday").returncode, 64, "no time")

# --- hostile names ---------------------------------------------------------
out = report("--key", vkey).out
rt.ok(SHOWN in out and not [c for c in out if ord(c) < 32 and c != "\n"
                            or 0x7f <= ord(c) < 0xa0 or c == "\u202e"],
      "no escape sequence and no turned text reaches a terminal")
certificate = s.ctl("audit", "certificate", "--key", vkey).out
rt.ok(SHOWN in certificate and not [
    c for c in certificate if ord(c) < 32 and c != "\n"
    or 0x7f <= ord(c) < 0xa0 or c == "\u202e"],
      "nor from a certificate")
page = s.path("page.html")
r = report("--key", vkey, "--html", page)
rt.ok(r.returncode == 0 and r.out == "" and
      os.stat(page).st_mode & 0o777 == 0o600, "a page, 0600", r.err)
with open(page, encoding="utf-8") as f:
    source = f.read()


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attrs, self.texts, self.open = set(), [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attrs += [(tag, k, v) for k, v in attrs]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        rt.ok(self.open and self.open[-1] == tag, "closes " + tag) \
            if not self.open or self.open[-1] != tag else None
        self.open.pop()

    def handle_data(self, data):
        self.texts.append(data)


reader = Reader()
reader.feed(source)
rt.same(reader.open, [], "every element is closed")
rt.ok(reader.tags <= {"html", "head", "meta", "title", "style", "body", "h1",
                      "h2", "table", "tr", "th", "td", "pre"},
      "no other elements", reader.tags)
rt.same([a for a in reader.attrs if a[1] in ("src", "href", "action", "style")
         or a[1].startswith("on")], [], "nothing is loaded, nothing is run")
rt.ok(any(SHOWN in t for t in reader.texts),
      "the hostile title is a text in the page")
rt.ok("default-src 'none'" in source, "and the page itself forbids more")
rt.ok("VALID" in reader.texts and "w/person" in reader.texts,
      "verdict and datasets are in it")
rt.same(report("--html", page).returncode, 1, "a page replaces no file")

# --- what is no more in the policies, and a trail that is no good ----------
world.restrict(s, "person")
r = report("--json")
of = {d["dataset"]: d for d in json.loads(r.out)["datasets"]}
rt.ok(not of["w/visit"]["in_policies"] and
      of["w/visit"]["erased"] == gone["w/visit"],
      "a dataset that went from the policies is still accounted for")
with open(s.path("policies.d", "w.conf"), "a") as f:
    f.write("nonsense")
r = report("--json")
bad = json.loads(r.out)
rt.ok(r.returncode == 0 and "w.conf" in bad["policies_error"] and
      len(bad["datasets"]) == len(gone) + 1,
      "wrong policies do not keep the past from being told", r.out)
log = s.path("state", "trail", "log", "0" * 18 + ".jsonl")
with open(log, "r+b") as f:
    data = f.read()
    at = data.index(b'"erased":') + 9
    f.seek(at)
    f.write(b"7" if data[at:at + 1] != b"7" else b"8")
r = report("--key", vkey)
rt.ok(r.returncode == 1 and "TAMPERED" in r.out and "TAMPERED" in r.err,
      "a report over a TAMPERED trail says so first", r.err)
os.rename(s.path("state", "trail"), s.path("state", "elsewhere"))
rt.same(report().returncode, 1, "no trail: no report")
rt.done()
