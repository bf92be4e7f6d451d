#!/usr/bin/env python3
# Proves that the policies keep the promises of the five notices: the effect on
# data as the organisations hold it, to the second, and the evidence for it.

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from demodata import check  # noqa: E402

DSC, CB, CLD = "digitising-social-care/", "care-badges/", "client-level-data/"
CC, CIH = "care-city/", "carers-in-hertfordshire/"
SITE, PORTAL = "var/lib/dsc/site.db", "var/lib/care-badges/portal.db"
MAILING = "var/lib/care-badges/mailing-list.db"
QUARTERS = "srv/client-level-data/quarterly/"
AGREEMENTS = "srv/client-level-data/agreements/"
CITY, CHARITY = "var/lib/care-city/", "var/lib/carers-in-hertfordshire/"
CHANNELS = ("post", "email", "telephone", "text", "magazine-post",
            "magazine-email")
LOGS = "var/log/dsc/"
PICTURES = "srv/carers-in-hertfordshire/"
REVIEWED = ("carers", "dementia", "young-carers", "navigators", "advocacy")

# promise, what it says, its datasets, its tables and files ("path" or "path
# table"; how the path begins)
PROMISES = (
    ("1.1", "newsletter until the unsubscribe", [DSC + "newsletter"],
     [SITE + " subscriber"]),
    ("1.2", "feedback for 2 years, with its replies", [DSC + "feedback"],
     [SITE + " feedback", SITE + " feedback_reply", SITE + " reply_delivery",
      SITE + " page"]),
    ("1.3", "access logs for 120 days", [DSC + "access-logs"],
     [LOGS + "access.log"]),
    ("1.5", "analytics identify nobody", [DSC + "analytics"],
     [LOGS + "analytics.log"]),
    ("1.7", "nothing of children under 13", [DSC + "children-under-13"],
     [SITE + " feedback"]),
    ("2.1", "only while the portal is open", [CB + "courier-labels"],
     [PORTAL + " courier_label"]),
    ("2.2", "accounts disabled and anonymised", [CB + "accounts"],
     [PORTAL + " account"]),
    ("2.3", "e-mail databases destroyed", [CB + "mailing-list"], [MAILING]),
    ("2.5", "orders anonymised, figures stay", [CB + "orders"],
     [PORTAL + " badge_order"]),
    ("3.1, 3.3", "pseudonyms in all quarters", [CLD + "people",
                                                CLD + "services"], [QUARTERS]),
    ("3.2", "destroyed when the agreement expires",
     [CLD + "agreement-2021-014", CLD + "agreement-2029-003"], [AGREEMENTS]),
    ("4.1", "a year from the latest application", [CC + "recruitment"],
     [CITY + "people.db", "srv/recruitment/cv/"]),
    ("4.2", "statistics indefinitely", [CC + "statistics"],
     [CITY + "web.db page_count"]),
    ("4.3", "newsletter until the unsubscribe", [CC + "newsletter"],
     [CITY + "web.db newsletter"]),
    ("4.5", "research under another name",
     [CC + "research-participants", CC + "research-answers"],
     [CITY + "research.db"]),
    ("5.1", "consent per channel", [CIH + "consent-" + c for c in CHANNELS],
     [CHARITY + "main.db carer"]),
    ("5.2", "care records wait for a person", [CIH + r for r in REVIEWED],
     [CHARITY + r + ".db" for r in REVIEWED[1:]]
     + [CHARITY + "main.db contact_note"]),
    ("5.3", "photographs while consent lasts",
     [CIH + "photographs", CIH + "photograph-uploads"],
     [CHARITY + "main.db photograph", PICTURES]),
    ("5.4", "bank details by their own period", [CIH + "bank-details"],
     [CHARITY + "finance.db"]),
)


WAITING = [CIH + r for r in REVIEWED]


def faults(setup, expected, wanted):
    """What differs in those tables."""
    part = {}
    for path, tables in expected["databases"].items():
        for w in wanted:
            prefix, _, table = w.partition(" ")
            if not path.startswith(prefix):
                continue
            if tables is None or not table:
                part[path] = tables
            else:
                part.setdefault(path, {})[table] = tables[table]
    return check.databases(part, setup.data()) + check.files(
        expected, setup.data(), [w for w in wanted if " " not in w])


def everything(setup, phase):
    return check.databases(phase["databases"], setup.data()) + \
        check.files(phase, setup.data())


def due(expected, dataset):
    e = expected["datasets"][dataset]
    return e["due"] if e["mode"] == "enforce" else 0


def each_promise(setup, expected, already, since, when):
    """Effect and evidence of every promise."""
    erased = setup.erased(since)
    for number, words, datasets, tables in PROMISES:
        rt.none(faults(setup, expected, tables),
                "%s %s: the data, %s" % (number, words, when))
        want = {d: due(expected, d) - already.get(d, 0) for d in datasets}
        rt.same({d: erased.get(d, 0) for d in datasets}, want,
                "%s %s: the trail's counts, %s" % (number, words, when))


def evidence(setup, words):
    """What every operation's records must say."""
    records = setup.trail()
    by_type = {}
    for r in records:
        by_type.setdefault(r["type"], []).append(r)
    rt.same(len(by_type.get("fail", ())), 0, words + ": nothing failed")
    outcome = {r["op"]: r for r in by_type.get("done", ())}
    intents = by_type.get("intent", [])
    rt.ok(len(outcome) == len(intents) > 0,
          words + ": every intent has its outcome")
    wrong = [r["dataset"] for r in intents
             if outcome[r["op"]]["erased"] != r["n"]
             or outcome[r["op"]]["left"] or not outcome[r["op"]]["method"]
             or not r["croot"] or not r["policy"]]
    rt.none(wrong, words + ": all that was intended was erased, and says how")
    keyed = {r["dataset"] for r in intents
             if outcome[r["op"]].get("pseudonymous")}
    rt.same(keyed, {CLD + "people", CLD + "services",
                    CC + "research-participants", CC + "research-answers"},
            words + ": pseudonyms are called pseudonyms")
    rt.same({r["agreement"] for r in intents if r.get("agreement")},
            {"DSA-2021-014"}, words + ": the destruction names its agreement")
    quiet = {CC + "statistics", CLD + "agreement-2029-003"}
    quiet |= {CIH + r for r in REVIEWED}
    rt.none([r["dataset"] for r in intents if r["dataset"] in quiet],
            words + ": nothing was done where nothing may be done")
    r = setup.verify()
    rt.ok(r.returncode == 0 and "VALID" in r.out, words + ": the trail is valid",
          r.out, r.err)


def leaks(setup, words):
    with open(setup.path("personal.txt")) as f:
        secrets = f.read().splitlines()
    said = setup.path("said")
    with open(said, "wb") as f:
        f.write(b"\n".join(setup.said))
    where = [setup.state, setup.log, setup.path("retentiond.prom"), said]
    rt.none(check.leaks(secrets, *[w for w in where if os.path.exists(w)]),
            words + ": no personal detail in trail, ledger, log or answers")
    rt.ok(check.leaks(secrets, setup.data(SITE)),
          words + ": (the search finds details where there are some)")


def to_the_second():
    r = rt.instant("2027-06-30T09:15:00Z")
    s = rt.Setup()
    expected = s.demo(r, "--edge", "1", "--later", "1")

    p = s.ctl("check")
    rt.ok(p.returncode == 0, "check finds nothing that forbids a start",
          p.out, p.err)
    at = rt.rfc3339(r)
    rt.none(check.plan(expected["open"], s.ctl_json("plan", "--at", at)),
            "plan counts what was worked out independently")
    p = s.retentiond("--dry-run", at=r)
    rt.ok(p.returncode == 0, "a dry run succeeds", p.err)
    rt.none(everything(s, expected["before"]), "and has changed nothing")

    p = s.retentiond("--once", at=r)
    rt.ok(p.returncode == 0, "one pass succeeds", p.err)
    each_promise(s, expected["open"], {}, 0, "on the second")
    plan = s.ctl_json("plan", "--at", at)
    rt.none(["%s: %s" % (d["dataset"], d["due"]) for d in plan["datasets"]
             if d["mode"] == "enforce" and d["due"]],
            "nothing that is enforced is due afterwards")
    shown = {d["dataset"]: d["due"] for d in plan["datasets"]}
    rt.same({d: shown.get(d) for d in WAITING},
            {d: expected["open"]["datasets"][d]["due"] for d in WAITING},
            "5.2 what waits for a person is still shown")
    before = s.trail()[-1]["seq"] + 1
    s.retentiond("--once", at=r)
    rt.same(s.erased(before), {}, "a second pass finds nothing to do")
    rt.none(everything(s, expected["open"]), "and changes nothing")

    p = s.retentiond("--once", at=rt.later(r, 1))
    rt.ok(p.returncode == 0, "a pass one second later succeeds", p.err)
    first = {d: due(expected["open"], d) for d in expected["open"]["datasets"]}
    each_promise(s, expected["later"], first, before, "a second later")
    rt.ok(sum(s.erased(before).values()) >= 12,
          "the second made the difference for a dozen rows or more",
          s.erased(before))
    evidence(s, "to the second")
    leaks(s, "to the second")


def a_line():
    """Promises 1.3 and 1.5 on lines written down here, to the second."""
    r = rt.instant("2027-06-30T09:15:00Z")
    s = rt.Setup()
    s.demo(r)
    old = '192.0.2.77 - - [02/Mar/2027:%s +0000] "GET / HTTP/1.1" 200 1\n'
    said = '%s - %s [29/Jun/2027:10:15:%s +0100] "GET /t%s HTTP/1.1" 200 1\n'
    who = "jocasta.fenwickson@example.net"
    asked = "/for/%s?mail=%s" % (who, who)
    with open(s.data(LOGS, "access.log.9"), "w") as f:
        f.write(old % "09:15:00" + old % "09:15:01")
    before = [said % ("198.51.100.23", who, "00", asked),
              said % ("2001:db8:7:8::9", "-", "01", asked)]
    after = [said % ("198.51.100.0", "-", "00", "/for/(mail)"),
             said % ("2001:db8:7::", "-", "01", "/for/(mail)")]
    with open(s.data(LOGS, "analytics.log.9"), "w") as f:
        f.writelines(before)

    def read(name):
        with open(s.data(LOGS, name)) as f:
            return [line.rstrip(" \n") + "\n" for line in f]

    for late, access, analytics in (
            (-1, [old % "09:15:00", old % "09:15:01"], before),
            (0, [old % "09:15:01"], [after[0], before[1]])):
        s.retentiond("--once", at=rt.later(r, late))
        rt.same(read("access.log.9"), access,
                "1.3 %+d s: a line of the access log" % late)
        rt.same(read("analytics.log.9"), analytics,
                "1.5 %+d s: a line of the analytics log" % late)
    s.retentiond("--once", at=rt.later(r, 1))
    rt.ok(not os.path.exists(s.data(LOGS, "access.log.9")),
          "1.3 +1 s: the rotated file goes with its last line")
    rt.same(read("analytics.log.9"), after,
            "1.5 +1 s: the second line of the analytics log")
    of = {x["op"]: x["dataset"] for x in s.trail() if x["type"] == "intent"}
    how = {of[x["op"]]: x["method"] for x in s.trail() if x["type"] == "done"
           and of[x["op"]] == DSC + "access-logs"}
    rt.same(how, {DSC + "access-logs": "log-rewrite"}, "1.3 the trail says how")
    how = {x["method"] for x in s.trail() if x["type"] == "done"
           and of[x["op"]] == DSC + "analytics"}
    rt.same(how, {"log-mask-in-place", "log-rewrite"},
            "1.5 the trail says how: plain files in place, others anew")
    rt.same(s.verify().returncode, 0, "1.3, 1.5: the trail is valid")
    with open(s.path("personal.txt"), "a") as f:
        f.write("\n".join((who, "192.0.2.77", "198.51.100.23",
                           "2001:db8:7:8")) + "\n")
    leaks(s, "a line")


def calendar():
    """Leap days, ends of months and years, clocks going back: plans only."""
    for text in ("2028-02-29T00:00:00Z", "2027-02-28T23:59:59Z",
                 "2027-10-31T00:30:00Z", "2026-12-31T23:59:59Z",
                 "2028-03-31T00:00:00Z"):
        r = rt.instant(text)
        s = rt.Setup()
        expected = s.demo(r, "--edge", "1", "--later", "1")
        for t, phase in ((r, "open"), (rt.later(r, 1), "later")):
            got = s.ctl_json("plan", "--at", rt.rfc3339(t))
            rt.none(check.plan(expected[phase], got),
                    "plan counts at " + rt.rfc3339(t))
        s.close()


def left(s, db, table, column, value):
    return s.sql(db, "SELECT count(*) FROM %s WHERE %s = ?" % (table, column),
                 value)[0][0]


def live(s):
    """A wish takes effect within seconds of being written down."""
    stamp = "strftime('%Y-%m-%dT%H:%M:%SZ','now')"
    who = "live@example.org"
    s.sql(SITE, "INSERT INTO subscriber(email, subscribed_at)"
          " VALUES(?, %s)" % stamp, who)
    s.sql(CITY + "web.db", "INSERT INTO newsletter VALUES(?, 0, NULL)", who)
    s.sql(CHARITY + "main.db", "INSERT INTO carer(id, name, email, mobile)"
          " VALUES(99999, 'Live', ?, '07700 900000')", who)
    rt.await_(3, lambda: False)
    rt.same([left(s, SITE, "subscriber", "email", who),
             left(s, CITY + "web.db", "newsletter", "email", who),
             left(s, CHARITY + "main.db", "carer", "email", who)], [1, 1, 1],
            "1.1, 4.3, 5.1: who has not left is kept")
    s.sql(SITE, "UPDATE subscriber SET unsubscribed_at = %s"
          " WHERE email = ?" % stamp, who)
    rt.ok(rt.await_(10, lambda: not left(s, SITE, "subscriber", "email", who)),
          "1.1 an unsubscribe takes effect within ten seconds")
    s.sql(CITY + "web.db", "UPDATE newsletter SET left_at = julianday('now')"
          " WHERE email = ?", who)
    rt.ok(rt.await_(10, lambda: not left(s, CITY + "web.db", "newsletter",
                                         "email", who)),
          "4.3 an unsubscribe takes effect within ten seconds")
    s.sql(CHARITY + "main.db", "UPDATE carer SET email_withdrawn_at = %s"
          " WHERE email = ?" % stamp, who)
    rt.ok(rt.await_(10, lambda: not left(s, CHARITY + "main.db", "carer",
                                         "email", who)),
          "5.1 a withdrawal takes effect within ten seconds")
    rt.same(s.sql(CHARITY + "main.db", "SELECT name, email, mobile FROM carer"
                  " WHERE id = 99999"), [("Live", None, "07700 900000")],
            "5.1 the row and the other channels stay")
    s.sql(CHARITY + "main.db", "DELETE FROM carer WHERE id = 99999")


def closing():
    """The daemon at work, and the portal's end."""
    s = rt.Setup()
    expected = s.demo(rt.now(), "--live")
    web = open(s.data(LOGS, "access.log"), "a", buffering=1)    # 1.3
    figures = "SELECT region, ordered_on, sum(quantity), count(*)" \
              " FROM badge_order GROUP BY 1, 2 ORDER BY 1, 2"
    sums = s.sql(PORTAL, figures)
    if not rt.ok(s.start(), "the daemon starts", open(s.log).read()):
        return
    p = s.ctl("run", "--wait")
    rt.ok(p.returncode == 0 and "waiting for review" in p.err,
          "a pass on demand; what a person has to look at waits", p.out, p.err)
    rt.none(everything(s, expected["open"]),
            "2.1 while the portal is open its data stays")
    web.write("written meanwhile\n")
    before = s.trail()[-1]["seq"] + 1
    p = s.ctl("event", "declare", "portal-closed")
    rt.ok(p.returncode == 0, "2.1 the closing is declared", p.out, p.err)
    p = s.ctl("run", "--wait")
    rt.ok(p.returncode == 0 and "waiting for review" in p.err,
          "a pass afterwards; the same waits", p.out, p.err)
    rt.same([r["name"] for r in s.trail() if r["type"] == "event"],
            ["portal-closed"], "2.1 the declaration is on record")
    rt.ok(s.ctl("event", "declare", "portal-closed").returncode == 1,
          "2.1 and cannot be made twice")
    first = {d: due(expected["open"], d) for d in expected["open"]["datasets"]}
    each_promise(s, expected["closed"], first, before, "the portal closed")
    rt.same(s.sql(PORTAL, figures), sums,
            "2.5 quantities, dates and regions add up as before")
    rt.same(s.sql(PORTAL, "SELECT count(*), count(DISTINCT email),"
                  " sum(disabled), sum(email LIKE '%@example.%')"
                  " FROM account"), [(1500, 1500, 1500, 0)],
            "2.2 all accounts disabled, no e-mail address left, still UNIQUE")
    live(s)
    s.ctl("status")
    status = s.ctl_json("status")["status"]
    rt.same({d["state"] for d in status["datasets"]
             if d["dataset"].startswith(CB)}, {"up to date"},
            "2.1 status no longer says that the closing is awaited")
    rt.same(s.stop(), 0, "the daemon ends in order")
    web.close()
    with open(s.data(LOGS, "access.log"), "rb") as f:
        rt.ok(f.read().endswith(b"\nwritten meanwhile\n"),
              "1.3 the web server's file stayed its own")
    evidence(s, "with the daemon")
    leaks(s, "with the daemon")


for name in ("retentiond", "retentiond-worker", "retentionctl"):
    if not os.path.exists(rt.program(name)):
        rt.skip_all(rt.program(name) + " is not built")
to_the_second()
a_line()
calendar()
closing()
rt.done()
