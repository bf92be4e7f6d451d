#!/usr/bin/env python3
# Proves that one question finds one person in the stores of all five notices,
# in every spelling, with children, attached files and log lines, by an index
# wherever one holds every spelling and by reading all rows where none does
# (and says which); that nobody else is found; that no store is changed, the
# daemon is not needed, and no value is shown or kept that was not asked for.

import glob
import hashlib
import os
import sqlite3
import sys
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIL = "odette.fairweather@example.org"
NAME = "Odétte Fairweather"
NHS = "9991234578"
SPACED = "999 123 4578"


def find(s, *args):
    r = s.ctl_json("subject", "find", *args)
    return {d["dataset"]: d for d in r["datasets"]}, r


def hits(found):
    return {n: (d["rows"], d["children"], d["files"], d["lines"])
            for n, d in found.items()
            if d["rows"] + d["outside"] + d["lines"]}


def digests(s):
    out = {}
    for d, _, files in os.walk(s.path("data")):
        for f in files:
            with open(os.path.join(d, f), "rb") as b:
                out[os.path.join(d, f)] = hashlib.sha256(b.read()).digest()
    return out


def five_notices():
    s = rt.Setup()
    s.demo(rt.now())
    h = "var/lib/carers-in-hertfordshire/"
    s.sql("var/lib/dsc/site.db", "INSERT INTO subscriber(email, name, "
          "subscribed_at) VALUES (?, 'O. F.', '2026-01-01T00:00:00Z')",
          MAIL.upper())
    s.sql("var/lib/dsc/site.db", "INSERT INTO feedback(id, page, email, "
          "submitted_at) VALUES (900001, '/', ?, '2026-01-01T00:00:00Z')",
          " " + MAIL.title() + "\n")
    s.sql("var/lib/dsc/site.db", "INSERT INTO feedback_reply(id, feedback_id, "
          "n, body) VALUES (900002, 900001, 1, 'thanks')")
    s.sql("var/lib/dsc/site.db", "INSERT INTO reply_delivery(reply_id, "
          "mailbox) VALUES (900002, ?)", MAIL)
    with open(s.data("srv/recruitment/cv/3/odette.pdf"), "w") as f:
        f.write("cv")
    s.sql("var/lib/care-city/people.db", "INSERT INTO application(id, email, "
          "name, cv_path, applied_at) VALUES (900003, ?, ?, "
          "'3/odette.pdf', 1760000000)", MAIL,
          unicodedata.normalize("NFD", NAME).upper())
    s.sql("var/lib/care-city/people.db", "INSERT INTO interview_note "
          "VALUES (900003, 1, 'well prepared')")
    s.sql("var/lib/care-badges/portal.db", "INSERT INTO account(id, email, "
          "name, password_hash, created_at) VALUES ('u1', "
          "'work@example.net', ?, 'x', 1760000000)", "  Odétte\tFAIRWEATHER")
    s.sql(h + "main.db", "INSERT INTO carer(id, name, email) VALUES "
          "(900004, 'O', ?)", MAIL)
    s.sql(h + "finance.db", "INSERT INTO bank_detail(carer_id, email) "
          "VALUES (900005, ?)", MAIL.capitalize())
    quarter = sorted(glob.glob(s.data("srv/client-level-data/quarterly/*")))
    for i, spelled in enumerate((NHS, SPACED, SPACED.replace(" ", "-"))):
        c = sqlite3.connect(quarter[i])
        c.execute("INSERT INTO person VALUES ('X', 900006, ?, 'O', 'F', "
                  "'1980-01-01', 'AL1', '', 1760000000)", (spelled,))
        c.execute("INSERT INTO service_event VALUES ('X', 900007, ?, 's', "
                  "1.0, 1760000000)", (spelled,))
        c.commit()
        c.close()
    with open(s.data("var/log/dsc/access.log"), "a") as f:
        for who in (MAIL, MAIL.upper().replace("@", "%40"), "x" + MAIL):
            f.write('192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET /?m=%s '
                    'HTTP/1.1" 200 5 "-" "-"\n' % who)
    before = digests(s)
    found, whole = find(s, "--email", MAIL, "--name", NAME, "--nhs-number",
                        NHS, "--log-lines")
    carers = {"carers-in-hertfordshire/" + n: (1, 0, 0, 0) for n in (
        "consent-post", "consent-email", "consent-telephone", "consent-text",
        "consent-magazine-post", "consent-magazine-email", "carers",
        "bank-details")}
    rt.same(hits(found), dict(carers, **{
        "care-badges/accounts": (1, 0, 0, 0),
        "care-city/recruitment": (1, 1, 1, 0),
        "client-level-data/people": (3, 0, 0, 0),
        "client-level-data/services": (3, 0, 0, 0),
        "digitising-social-care/newsletter": (1, 0, 0, 0),
        "digitising-social-care/feedback": (1, 2, 0, 0),
        "digitising-social-care/children-under-13": (0, 2, 0, 0),
        "digitising-social-care/access-logs": (0, 0, 0, 2)}),
        "one person in the stores of five notices, in every spelling")
    rt.same(whole["complete"], True, "and all could be searched")
    rt.same(found["digitising-social-care/children-under-13"]["outside"], 1,
            "of another dataset's where it is told that it is outside")
    mail, _ = find(s, "--email", MAIL)
    rt.same(mail["digitising-social-care/newsletter"]["searched"], "index",
            "by one identifier through its index")
    by = {n: d["searched"] for n, d in found.items()}
    rt.same((by["digitising-social-care/newsletter"],
             by["client-level-data/services"],
             by["carers-in-hertfordshire/carers"],
             by["carers-in-hertfordshire/photograph-uploads"]),
            ("scan", "index", "scan", "none"), "several: by index if all have one")
    rt.ok("reading all rows" in
          found["carers-in-hertfordshire/carers"]["note"],
          "and where there is none it says so")
    again, _ = find(s, "--email", " ODETTE.fairweather@EXAMPLE.org", "--name",
                    unicodedata.normalize("NFD", NAME), "--nhs-number",
                    SPACED, "--log-lines")
    rt.same(hits(again), hits(found), "whichever spelling is asked for")
    fast, _ = find(s, "--email", MAIL, "--fast")
    rt.same((fast["carers-in-hertfordshire/carers"]["searched"],
             "not searched" in fast["carers-in-hertfordshire/carers"]["note"],
             fast["digitising-social-care/feedback"]["rows"]),
            ("skipped", True, 1), "--fast skips what has no index, and says it")
    r = s.ctl("subject", "find", "--email", MAIL)
    rt.none([w for w in ("odette", "Odette", "well prepared", "thanks",
                         "3/odette.pdf") if w in r.out + r.err],
            "no value is shown")
    r = s.ctl("subject", "find", "--email", MAIL, "--show")
    rt.none([w for w in ("well prepared", "thanks", "3/odette.pdf")
             if w not in r.out], "--show shows them")
    shown = s.ctl_json("subject", "find", "--email", MAIL, "--show")["held"]
    rt.same([(h["table"], h["rows"][0]["of"]) for h in shown
             if h.get("table") in ("feedback_reply", "reply_delivery")],
            [("feedback_reply", 1), ("reply_delivery", 1)],
            "children with the row they belong to")
    found, _ = find(s, "--email", "odette@example.org")
    rt.same(hits(found), {}, "nobody else is found")
    rt.same(digests(s), before, "no store was changed")
    rt.same(os.path.exists(s.path("state")), False, "nothing was written")
    for what, args in (("a kind that nobody declares", ["--shoe-size", "4"]),
                       ("a wrong check digit", ["--nhs-number",
                                                "9991234579"])):
        r = s.ctl("subject", "find", *args)
        rt.ok(r.returncode == 1 and "99912" not in r.err, what, r.err)
    rt.same(s.ctl("subject", "find").returncode, 64, "nobody is wrong usage")
    os.unlink(s.data("var/lib/care-city/people.db"))
    r = s.ctl("subject", "find", "--email", MAIL)
    rt.ok(r.returncode == 1 and "NOT COMPLETE" in r.out and
          "digitising-social-care/feedback" in r.out,
          "a store that is not there spoils its own dataset alone", r.out)
    s.close()


POLICY = """notice = { id = "p"; title = "People"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "a"; sqlite = "../data/a.db"; },
  { name = "b"; sqlite = "../data/b.db"; },
  { name = "c"; sqlite = "../data/c.db"; } );
datasets = ( %s
  { name = "c"; promise = "x"; mode = "report"; store = "c";
    keep = { until_date = "2020-01-01"; agreement = "A"; };
    action = "destroy"; subject = { email = "mail"; }; } );
"""
DATASET = """{ name = "%s"; promise = "x"; mode = "report"; store = "%s";
  table = "%s"; keep = { period = "1 year"; from = "at"; clock = "unix"; };
  action = "delete"; subject = { email = "mail"; nhs_number = "nhs"; }; },
"""
TABLES = {           # how its index has the column; does that serve?
    "plain": ("CREATE INDEX i1 ON plain(mail); CREATE INDEX n1 ON plain(nhs)",
              "TEXT", "index"),
    "nocase": ("CREATE INDEX i2 ON nocase(mail COLLATE NOCASE);"
               "CREATE INDEX n2 ON nocase(nhs)", "INTEGER", "index"),
    "lowered": ("CREATE INDEX i3 ON lowered(lower(mail));"
                "CREATE INDEX n3 ON lowered(nhs)", "", "index"),
    "trimmed": ("CREATE INDEX i4 ON trimmed(lower(trim(mail)));"
                "CREATE INDEX n4 ON trimmed(nhs)", "BLOB", "index"),
    "partial": ("CREATE INDEX i5 ON partial(mail) WHERE at > 5;"
                "CREATE INDEX n5 ON partial(nhs)", "TEXT", "scan"),
    "rtrimmed": ("CREATE INDEX i6 ON rtrimmed(mail COLLATE RTRIM);"
                 "CREATE INDEX n6 ON rtrimmed(nhs)", "TEXT", "scan"),
}
SPELLED = [MAIL, MAIL.upper(), "\t" + MAIL + " ", "\u00a0" + MAIL,
           "\u00ad" + MAIL, MAIL[:3] + "\u200d" + MAIL[3:], MAIL.encode()]
NUMBERS = [NHS, SPACED, " " + SPACED.replace(" ", "-"), "NHS " + NHS,
           int(NHS), NHS.encode()]
OTHERS = ["odette", MAIL + "x", "x" + MAIL, None, "", b"\xff\xfe", 17, 2.5,
          "odette.fairweather@example.orgé", MAIL.replace("e", "é")]


def indexes():
    s = rt.Setup()
    for d in ("policies.d", "data"):
        os.makedirs(s.path(d))
    with open(s.path("retentiond.conf"), "w") as f:
        f.write('policies = "policies.d"; state = "state"; control = '
                '"control.sock"; origin = "host1.example.org"; '
                'metrics = "";\n')
    sets = "".join(DATASET % (t, "a", t) for t in TABLES) + \
        DATASET % ("utf16", "b", "plain")
    with open(s.path("policies.d", "p.conf"), "w") as f:
        f.write(POLICY % sets)
    a = sqlite3.connect(s.data("a.db"))
    b = sqlite3.connect(s.data("b.db"))
    b.execute("PRAGMA encoding = 'UTF-16le'")
    for c, tables in ((a, TABLES), (b, {"plain": TABLES["plain"]})):
        for t, (index, kind, _) in tables.items():
            c.execute("CREATE TABLE %s (id INTEGER PRIMARY KEY, mail TEXT, "
                      "nhs %s, at INTEGER)" % (t, kind))
            c.executemany("INSERT INTO %s(mail) VALUES (?)" % t,
                          [(m,) for m in SPELLED + OTHERS])
            c.executemany("INSERT INTO %s(nhs) VALUES (?)" % t,
                          [(n,) for n in NUMBERS + [int(NHS) + 1, NHS[:4],
                                                    int(NHS) * 10]])
            c.execute("INSERT INTO %s(mail, nhs) VALUES (?, ?)" % t,
                      (MAIL, NHS))
            c.executescript(index)
        c.commit()
        c.close()
    c = sqlite3.connect(s.data("c.db"))
    c.executescript("CREATE TABLE x (mail TEXT UNIQUE); CREATE TABLE y (z)")
    c.execute("INSERT INTO x VALUES (?)", (MAIL,))
    c.commit()
    c.close()
    found, _ = find(s, "--email", MAIL, "--nhs-number", NHS)
    want = len(SPELLED) + len(NUMBERS) + 1
    rt.same({n: (d["rows"], d["searched"]) for n, d in found.items()},
            dict({"p/" + t: (want, TABLES[t][2]) for t in TABLES},
                 **{"p/utf16": (want, "scan"), "p/c": (1, "index")}),
            "every spelling, each row once, by every kind of index")
    found, _ = find(s, "--email", MAIL)
    rt.same({d["rows"] for n, d in found.items() if n != "p/c"},
            {len(SPELLED) + 1}, "by one identifier")
    s.sql("c.db", "CREATE TABLE w (mail TEXT, id TEXT PRIMARY KEY) "
          "WITHOUT ROWID")
    s.sql("c.db", "INSERT INTO w VALUES (?, 'k')", " " + MAIL)
    found, _ = find(s, "--email", MAIL)
    rt.same((found["p/c"]["rows"], found["p/c"]["searched"]), (2, "scan"),
            "a store that goes as a whole: every table with such a column")
    os.unlink(s.data("c.db"))
    found, whole = find(s, "--email", MAIL)
    rt.same((found["p/c"]["searched"], whole["complete"]), ("none", True),
            "and when it is gone nothing is held in it")
    s.close()


five_notices()
indexes()
rt.done()
