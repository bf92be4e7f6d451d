#!/usr/bin/env python3
# Proves, by the policy that is shipped, that consent which is withdrawn for
# one channel clears that channel's column alone, of that person alone: the
# magazine by e-mail and by post are two things; and that a request of the
# person afterwards still finds the rest.

import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

CHANNELS = (("post", "post_address"), ("email", "email"),
            ("telephone", "telephone"), ("text", "mobile"),
            ("magazine_post", "magazine_address"),
            ("magazine_email", "magazine_email"))
COLUMNS = [c for _, c in CHANNELS]
SHIPPED = os.path.join(rt.TOP, "policies", "carers-in-hertfordshire.conf")
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
"""


def setup():
    s = rt.Setup()
    for d in ("policies.d", "data", "data/photographs", "data/uploads"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(SHIPPED) as f:
        text = f.read()
    for old in ("/var/lib/", "/srv/"):
        text = text.replace(old + "carers-in-hertfordshire", s.data())
    with open(s.path("policies.d", "c.conf"), "w") as f:
        f.write(text)
    c = sqlite3.connect(s.data("main.db"))
    c.execute("CREATE TABLE carer (id INTEGER PRIMARY KEY, name TEXT, %s, %s, "
              "last_contact_on TEXT)" % (
                  ", ".join(x + " TEXT" for x in COLUMNS),
                  ", ".join(x + "_withdrawn_at TEXT" for x, _ in CHANNELS)))
    c.execute("CREATE TABLE contact_note (id INTEGER PRIMARY KEY, carer_id "
              "INTEGER, body TEXT)")
    c.execute("CREATE TABLE photograph (id INTEGER PRIMARY KEY, shows TEXT, "
              "path TEXT, withdrawn_at TEXT)")
    today = rt.rfc3339(rt.now())[:10]
    for i in range(1, 9):
        c.execute("INSERT INTO carer(id, name, last_contact_on, %s) VALUES "
                  "(?,?,?,?,?,?,?,?,?)" % ", ".join(COLUMNS),
                  [i, "Carer %d" % i, today] +
                  ["%s%d@example.org" % (x, i) for x in COLUMNS])
        c.execute("INSERT INTO contact_note VALUES (?,?,'spoke')", (i, i))
    c.commit()
    c.close()
    s.ctl("key", "init")
    return s


def rows(s):
    return {r[0]: dict(zip(COLUMNS, r[1:])) for r in s.sql(
        "main.db", "SELECT id, %s FROM carer" % ", ".join(COLUMNS))}


s = setup()
rt.ok(s.start(), "the daemon runs")
names = ["carers-in-hertfordshire/consent-" + c.replace("_", "-")
         for c, _ in CHANNELS]
for i, (channel, column) in enumerate(CHANNELS, 1):
    want = rows(s)
    want[i][column] = None
    s.sql("main.db", "UPDATE carer SET %s_withdrawn_at = ? WHERE id = ?" %
          channel, rt.rfc3339(rt.now()), i)
    s.ctl("run", "--wait", *names)
    rt.same(rows(s), want, channel + ": its column of that person, nothing "
            "else of anybody")
s.sql("main.db", "UPDATE carer SET magazine_email_withdrawn_at = "
      "'2999-01-01T00:00:00Z' WHERE id = 7")
want = rows(s)
s.ctl("run", "--wait", *names)
rt.same(rows(s), want, "what is withdrawn at a later time waits for it")
# Carer 2's e-mail address is gone by consent: the telephone still finds her.
s.ctl("subject", "erase", "--telephone", "TELEPHONE2@example.org")
rt.same((sorted(rows(s)), [r[0] for r in s.sql("main.db", "SELECT carer_id FROM "
                                              "contact_note ORDER BY 1")]),
        ([1, 3, 4, 5, 6, 7, 8], [1, 3, 4, 5, 6, 7, 8]),
        "a request then takes the whole record, and its notes")
s.stop()
rt.same(s.verify().returncode, 0, "the trail is valid")
s.close()
rt.done()
