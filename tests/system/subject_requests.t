#!/usr/bin/env python3
# Proves that what a person asked for is registered with the day by which it
# has to be answered, shown in status and metrics when that is near or past,
# answered by the command that does it, kept as history, and recorded in the
# trail; and that nothing kept names the person.

import json
import os
import sys
from datetime import timedelta

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

ANN = ["--email", " Ann.Example@EXAMPLE.org", "--nhs-number", "943 476 5919"]
s = rt.Setup()
for d in ("policies.d", "data"):
    os.makedirs(s.path(d))
with open(s.path("retentiond.conf"), "w") as f:
    f.write('policies = "policies.d"; state = "state"; control = '
            '"control.sock"; origin = "host1.example.org"; '
            'metrics = "metrics.prom";\n')
with open(s.path("policies.d", "r.conf"), "w") as f:
    f.write("""notice = { id = "r"; title = "Requests"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; } );
datasets = ( { name = "people"; promise = "a year"; mode = "report";
  store = "site"; table = "people"; action = "delete";
  keep = { period = "1 year"; from = "at"; clock = "unix"; };
  subject = { email = "email"; nhs_number = "nhs"; }; } );
""")
s.sql("site.db", "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, "
      "nhs TEXT, at INTEGER)")


def day(n):
    return (rt.now() + timedelta(days=n)).strftime("%Y-%m-%d")


def requests(*args):
    return s.ctl_json("subject", "requests", *args)["requests"]


def counts():
    r = s.ctl_json("status")["status"]["requests"]
    return r["open"], r["near"], r["overdue"]


def metric(name):
    with open(s.path("metrics.prom")) as f:
        return [int(line.split()[1]) for line in f
                if line.startswith("retentiond_%s " % name)]


rt.ok(s.start(), "the daemon starts")
rt.same((requests(), counts()), ([], (0, 0, 0)), "nobody asked for anything")
r = s.ctl_json("subject", "receive", "copy", *ANN, "--received", "2026-01-31")
rt.same(r.get("due"), "2026-02-28", "a month after 31 January")
late = r["id"]
r = s.ctl_json("subject", "receive", "erase", "--email", "bob@example.net",
               "--due", day(7))
far = s.ctl_json("subject", "receive", "find", "--email", "bob@example.net",
                 "--due", day(8))["id"]
near = s.ctl_json("subject", "receive", "restrict", *ANN[:2], "--due",
                  day(3))["id"]
rt.same([(q["kind"], q["near"], q["overdue"]) for q in requests()],
        [("copy", False, True), ("restrict", True, False),
         ("erase", False, False), ("find", False, False)],
        "the most pressing first; seven days are not yet near")
rt.same(counts(), (4, 1, 1), "status counts them")
st = s.ctl("status")
rt.ok(st.returncode == 1 and "1 overdue, 1 due within 7 days, the first on "
      "2026-02-28" in st.out, "and says that a person is needed", st.out)
s.ctl("run", "--wait")
rt.same((metric("requests_open"), metric("requests_near"),
         metric("requests_overdue")), ([4], [1], [1]), "so do the metrics")
rt.same(s.ctl("subject", "requests").returncode, 1, "one is past its day")

for what, want, args in (
        ("a kind that nobody declares", "no dataset declares", (
            "receive", "copy", "--shoe-size", "4")),
        ("a wrong check digit", "check digit", (
            "receive", "copy", "--nhs-number", "9434765918")),
        ("an unknown kind of request", "expected find", (
            "receive", "forget", "--email", "a@example.org")),
        ("received tomorrow", "still to come", (
            "receive", "copy", "--email", "a@example.org", "--received",
            day(1))),
        ("due before it came", "before the request", (
            "receive", "copy", "--email", "a@example.org", "--received",
            day(-3), "--due", day(-5))),
        ("answered for another person", "of another person", (
            "restrict", "--email", "bob@example.net", "--request", near)),
        ("answered by something else", "is for 'copy'", (
            "restrict", *ANN[:2], "--request", late)),
        ("an unknown one", "no request of that name", (
            "restrict", *ANN[:2], "--request", "000000000000"))):
    r = s.ctl("subject", *args)
    rt.ok(r.returncode == 1 and want in r.err, what + " is refused", r.err)
rt.same(len(requests()), 4, "and none of these was registered")
rt.same(s.ctl("hold", "list").out, "no hold or restriction is in force\n",
        "nor placed")
rt.same(s.ctl("subject", "close", late).returncode, 64, "no reason is wrong "
        "usage")

r = s.ctl("subject", "restrict", "--email", "ann.example@example.org",
          "--request", near)
rt.same(r.returncode, 0, "the registered restriction is carried out")
rt.same(s.ctl("subject", "unrestrict", "--email",
              "ann.example@example.org").returncode, 0, "and ended")
rt.same(s.ctl("subject", "close", late, "--refused", "--reason",
              "could not prove who she is").returncode, 0, "one is refused")
rt.same(s.ctl("subject", "close", late, "--reason", "x").returncode, 1,
        "it is closed once")
rt.same(counts(), (2, 0, 0), "two are open")
rt.same(s.ctl("subject", "requests").returncode, 0, "none past its day")
s.stop()
rt.ok(s.start(), "the daemon starts again")
rt.same(sorted((q["kind"], q["state"], q["overdue"])
               for q in requests("--all")),
        [("copy", "refused", True), ("erase", "open", False),
         ("find", "open", False), ("restrict", "done", False),
         ("unrestrict", "done", False)],
        "closed ones are history, after a restart, too")
s.stop()
records = [r for r in s.trail() if r["type"] == "request"]
rt.same([(r["kind"], r["state"]) for r in records],
        [("copy", "open"), ("erase", "open"), ("find", "open"),
         ("restrict", "open"), ("restrict", "done"), ("unrestrict", "open"),
         ("unrestrict", "done"), ("copy", "refused")],
        "each is in the trail when it comes and when it is closed")
rt.same([p["kind"] for p in records[0]["persons"]], ["email", "nhs_number"],
        "with the kinds of identifiers")
rt.same(len({p["subject"] for r in records for p in r["persons"]
             if p["kind"] == "email"}), 2, "one hash a person, in every "
        "spelling")
rt.same(s.verify().returncode, 0, "the trail is valid")
shown = s.ctl("audit", "show").out
rt.ok(late + ": copy, refused" in shown, "and its history can be read", shown)
text = b"".join(open(os.path.join(d, f), "rb").read()
                for d, _, fs in os.walk(s.path("state")) for f in fs)
with open(s.log, "rb") as f:
    text += f.read()
text += json.dumps(records).encode()
rt.none([p for p in (b"ann.", b"Ann.", b"bob@", b"9434765919", b"943 476",
                     b"who she is") if p in text],
        "no identifier is in state, trail or log")
os.unlink(s.path("state", "keys", "subject.key"))
rt.ok(s.start(), "without the key of the subjects")
r = s.ctl("subject", "receive", "copy", *ANN)
rt.ok(r.returncode == 1 and not os.path.exists(
    s.path("state", "keys", "subject.key")),
    "nobody can be registered, and no new key is made beside old hashes",
    r.err)
s.stop()
rt.done()
