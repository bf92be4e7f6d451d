#!/usr/bin/env python3
# Proves promises 1.3 and 1.5 on log files, through the daemon: access logs are
# deleted after 120 days by the time in each line, to the second, and say less
# after 7; in rotated, compressed and live files; with evidence, and without
# personal data in it.

import gzip
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
"""
POLICY = """
notice = { id = "site"; title = "Site"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "weblogs"; logs = "../data/access.log*"; } );
datasets = (
  { name = "access"; promise = "120 days"; basis = "test"; mode = "enforce";
    store = "weblogs"; keep = { period = "120 days"; from = "line"; };
    time_format = "combined"; action = "delete"; },
  { name = "addresses"; promise = "7 days"; basis = "test"; mode = "enforce";
    store = "weblogs"; keep = { period = "7 days"; from = "line"; };
    time_format = "combined"; action = "anonymise";
    mask = { ip = "ip-prefix"; email = "redact"; query = "strip";
      user = "redact"; }; } );
"""
LINE = ('%s - %s [%s +0000] "GET /a?m=jo@example.org HTTP/1.1" 200 7 '
        '"https://example.net/?q=1" "Mozilla/5.0 Chrome/119.0.0.0"\n')
SAYS_LESS = ('%s - - [%s +0000] "GET /a HTTP/1.1" 200 7 '
             '"https://example.net/" "Mozilla/5.0 Chrome/119.0.0.0"\n')

NOON = rt.instant("2026-11-22T12:00:00Z")
BORDER = "25/Jul/2026:12:00:00"         # 120 days before, to the second
AFTER = "25/Jul/2026:12:00:01"
WEEK = "15/Nov/2026:12:00:00"
YOUNG = "15/Nov/2026:12:00:01"


def line(when, address="192.0.2.77", user="jo"):
    return LINE % (address, user, when)


def masked(when, address="192.0.2.0"):
    return SAYS_LESS % (address, when)


def read(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as f:
        return [text.rstrip(" \n") + "\n" for text in f]


s = rt.Setup()
os.makedirs(s.path("policies.d"))
os.makedirs(s.data())
with open(s.conf, "w") as f:
    f.write(MAIN)
with open(s.path("policies.d", "site.conf"), "w") as f:
    f.write(POLICY)
BODY = [line(BORDER), line(AFTER, "2001:db8:1:2::3"), "no time\n", line(WEEK),
        line(YOUNG)]
KEPT = [masked(AFTER, "2001:db8:1::"), "no time\n", masked(WEEK), line(YOUNG)]
with open(s.data("access.log.1"), "w") as f:
    f.writelines(BODY)
with gzip.open(s.data("access.log.2.gz"), "wt") as f:
    f.writelines(BODY)
with open(s.data("access.log.3"), "w") as f:
    f.writelines([line(BORDER)] * 3)
live = open(s.data("access.log"), "a")
live.writelines(BODY)
live.flush()

same(s.ctl("check").returncode, 0, "the policy is valid")
r = s.retentiond("-1", at=rt.later(NOON, -1))
ok(r.returncode == 0, "a pass a second before", r.err)
same(read(s.data("access.log.1"))[0][:9], "192.0.2.0",
     "a second before: masked, but there")
same(len(read(s.data("access.log.3"))), 3, "a second before: no file goes")
r = s.retentiond("-1", at=NOON)
ok(r.returncode == 0, "a pass on the second", r.err)
same(read(s.data("access.log.1")), KEPT, "rotated: due lines gone, others say "
     "less, young and undated ones as they were")
same(read(s.data("access.log.2.gz")), KEPT, "compressed: the same")
ok(not os.path.exists(s.data("access.log.3")), "all due: the file is gone")
same(read(s.data("access.log")), [masked(BORDER)] + KEPT,
     "live: masked, and its due line waits")
live.write(line(YOUNG))
live.flush()
same(len(read(s.data("access.log"))), 6, "its writer did not notice")
live.close()
r = s.retentiond("-1", at=NOON)
same(read(s.data("access.log")), KEPT + [line(YOUNG)], "closed: gone")
same(sorted(os.listdir(s.data())), ["access.log", "access.log.1",
                                    "access.log.2.gz"], "nothing lies beside")
same(s.erased(), {"site/access": 6, "site/addresses": 12},
     "the trail counts them")
r = s.verify()
same(r.returncode, 0, "the trail is valid")
s.said += [open(s.path("state", "trail", "log", n), "rb").read()
           for n in os.listdir(s.path("state", "trail", "log"))]
said = b"".join(s.said)
rt.none([w for w in ("192.0.2", "2001:db8", "jo@", "access.log")
         if w.encode() in said], "no personal data, no file name is told")
rt.done()
