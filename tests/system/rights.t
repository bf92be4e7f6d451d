#!/usr/bin/env python3
# Proves the rights that the five notices promise, on the data of the
# demonstration: a person is found, gets a copy, is corrected, restricted and
# released, takes back a consent, and is erased, in all stores at once and under
# every spelling, but for the store that a hold keeps; with due dates of one
# month, a valid trail, and no personal value in any of it.

import datetime
import gzip
import os
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIL, NAME = "wilhelmina.quill@example.org", "Wilhelmina Quill-Sorrel"
SPELT = " Wilhelmina.QUILL@Example.ORG"
OTHER, PHONE = "placeholder.bystander@example.net", "01632 960777"
BODY, NHS = "the wording of a private remark", "9434765919"
SITE, PORTAL = "var/lib/dsc/site.db", "var/lib/care-badges/portal.db"
PEOPLE, WEB = "var/lib/care-city/people.db", "var/lib/care-city/web.db"
MAIN = "var/lib/carers-in-hertfordshire/main.db"
QUARTERS = "srv/client-level-data/quarterly"
DSC, CIH = "digitising-social-care/", "carers-in-hertfordshire/"
EMAILED = [DSC + "newsletter", DSC + "feedback", "care-badges/accounts",
           "care-city/recruitment", "care-city/newsletter", CIH + "carers"]
SECRETS = [MAIL, SPELT.strip(), NAME, PHONE, BODY, NHS, OTHER]


def columns(s, db, table):
    return [r[1] for r in s.sql(db, "PRAGMA table_info(%s)" % table)]


def put(s, db, table, **values):
    """A row like the first one of that table, but for some values."""
    names = columns(s, db, table)
    row = dict(zip(names, s.sql(db, "SELECT * FROM %s LIMIT 1" % table)[0]))
    row.update(values)
    s.sql(db, "INSERT INTO %s(%s) VALUES (%s)" % (
        table, ",".join(names), ",".join("?" * len(names))), *row.values())


def quarter(s):
    return QUARTERS + "/" + sorted(
        f for f in os.listdir(s.data(QUARTERS)) if f.endswith(".db"))[-1]


def there(s, db, table, where, *values):
    return s.sql(db, "SELECT count(*) FROM %s WHERE %s" % (table, where),
                 *values)[0][0]


def requests(s):
    return s.ctl_json("subject", "requests", "--all")["requests"]


def fill(s):
    put(s, SITE, "subscriber", id=900001, email=MAIL, name=NAME)
    put(s, SITE, "feedback", id=900001, email=SPELT, body=BODY)
    put(s, SITE, "feedback", id=900002, email=OTHER, body="stays")
    put(s, PORTAL, "account", id="acc-quill", email=SPELT, name=NAME,
        cqc_email=None, disabled=0, created_at=1794210152)
    put(s, PORTAL, "badge_order", id=900001, account_id="acc-quill",
        deliver_to=NAME)
    put(s, PEOPLE, "application", id=900001, email=MAIL, name=NAME,
        cv_path="", applied_at=1794210152)
    put(s, WEB, "newsletter", email=MAIL, left_at=None)
    put(s, MAIN, "carer", id=900001, email=MAIL, name=NAME, telephone=PHONE,
        mobile="07700 900777", last_contact_on=rt.now().strftime("%Y-%m-%d"))
    put(s, quarter(s), "person", local_id=900001, nhs_number=NHS,
        family_name="Quill-Sorrel",
        received_at=int(rt.now().timestamp() * 1000))


def done(s, words, *args, status=0):
    r = s.ctl(*args)
    return rt.same(r.returncode, status, words + (r.out + r.err
                                                  if r.returncode != status
                                                  else ""))


def known_and_copied(s):
    """1.6: to be told what is held, and to have a copy of it."""
    r = s.ctl_json("subject", "find", "--email", MAIL)
    held = {d["dataset"] for d in r["datasets"] if d.get("rows")}
    rt.same(sorted(held & set(EMAILED)), sorted(EMAILED),
            "found in every store, under both spellings")
    out = s.path("copy.tar")
    done(s, "a copy is made", "subject", "copy", "--email", MAIL, "--out", out)
    with tarfile.open(out) as t:
        text = b"".join(t.extractfile(m).read() for m in t if m.isfile())
    rt.ok(BODY.encode() in text and PHONE.encode() in text,
          "the copy has what they hold")
    rt.ok(OTHER.encode() not in text, "and of nobody else")
    os.unlink(out)


def corrected(s):
    done(s, "1.6, 5.7: a correction", "subject", "correct", "--email", MAIL,
         "--dataset", CIH + "carers", "--set", "mobile=07700 900778", "--yes")
    rt.same(s.sql(MAIN, "SELECT mobile FROM carer WHERE id = 900001"),
            [("07700 900778",)], "it is what they say")


def consent(s):
    """5.1: one channel; 4.3 and 1.1: the newsletters."""
    at = rt.rfc3339(rt.now())
    s.sql(MAIN, "UPDATE carer SET text_withdrawn_at = ? WHERE id = 900001", at)
    rt.ok(rt.await_(30, lambda: s.sql(MAIN, "SELECT mobile FROM carer WHERE "
                                      "id = 900001") == [(None,)]),
          "5.1: consent for texts is taken back: the number goes")
    rt.same(s.sql(MAIN, "SELECT email, telephone FROM carer WHERE id = 900001"),
            [(MAIL, PHONE)], "5.1: the other channels stay")
    s.sql(SITE, "UPDATE subscriber SET unsubscribed_at = ? WHERE id = 900001",
          at)
    rt.ok(rt.await_(30, lambda: not there(s, SITE, "subscriber", "id=900001")),
          "1.1: unsubscribed, and gone")


def objected(s):
    """1.6: restriction and objection; what is restricted is not erased."""
    done(s, "restricted", "subject", "restrict", "--email", MAIL)
    done(s, "an erasure is refused meanwhile", "subject", "erase", "--email",
         MAIL, status=1)
    rt.same((there(s, SITE, "feedback", "id = 900001"),
             there(s, WEB, "newsletter", "email = ?", MAIL)), (1, 1),
            "and all of it is there")
    done(s, "released", "subject", "unrestrict", "--email", MAIL)


def erased(s):
    """1.6, 2.4, 5.5: everywhere at once, but where a hold keeps it."""
    sums = s.sql(PORTAL, "SELECT region, sum(quantity) FROM badge_order "
                 "GROUP BY region ORDER BY region")
    others = there(s, PORTAL, "account", "NOT disabled AND id <> 'acc-quill'")
    hold = s.ctl("hold", "add", "--store", "care-city/people", "--matter",
                 "tribunal 17")
    rt.same(hold.returncode, 0, "one store is under a hold")
    done(s, "erased, and told that something is left", "subject", "erase",
         "--email", MAIL, "--reason", "asked by post", status=1)
    rt.same((there(s, SITE, "feedback", "id = 900001"),
             there(s, WEB, "newsletter", "email = ?", MAIL),
             there(s, MAIN, "carer", "id = 900001")), (0, 0, 0),
            "gone from the site, the newsletter and the carers")
    rt.same(there(s, SITE, "feedback", "id = 900002"), 1, "a bystander stays")
    a = s.sql(PORTAL, "SELECT email, name, disabled FROM account WHERE "
              "id = 'acc-quill'")[0]
    rt.ok(a[2] == 1 and "quill" not in str(a[:2]).lower(),
          "2.4: the account is disabled and anonymised", a)
    rt.same(there(s, PORTAL, "account", "NOT disabled AND id <> 'acc-quill'"),
            others, "2.4: other accounts work on")
    rt.same(s.sql(PORTAL, "SELECT region, sum(quantity) FROM badge_order GROUP "
                  "BY region ORDER BY region"), sums, "2.5: the figures stay")
    rt.same(there(s, PEOPLE, "application", "id = 900001"), 1,
            "the store under a hold keeps the person")
    holds = s.ctl_json("hold", "list")["holds"]
    done(s, "the hold is over", "hold", "release", holds[0]["id"], "--reason",
         "over")
    done(s, "asked again", "subject", "erase", "--email", MAIL)
    rt.same(there(s, PEOPLE, "application", "id = 900001"), 0,
            "and gone there, too")
    rt.same(there(s, quarter(s), "person", "nhs_number = ?", NHS), 1,
            "3.1: delivered today")
    done(s, "client level data, by NHS number", "subject", "erase",
         "--nhs-number", "943 476 5919")
    rt.same(there(s, quarter(s), "person", "nhs_number = ?", NHS), 0,
            "3.1: no NHS number")


def answered_in_time(s):
    """4.4: every request has its day, a month after it came."""
    all_ = requests(s)
    kinds = {r["kind"] for r in all_}
    rt.ok({"copy", "correct", "erase", "restrict", "unrestrict"} <= kinds,
          "every request is in the register", kinds)
    wrong = []
    for r in all_:
        due, came = (datetime.date.fromisoformat(r[k][:10])
                     for k in ("due", "received"))
        days = (due - came).days
        wrong += [r] if not 28 <= days <= 31 else []
    rt.none(wrong, "4.4: due within a month")


def leaks(s):
    faults = []
    paths = [s.log, s.path("retentiond.prom")]
    for folder, _, files in os.walk(s.state):
        paths += [os.path.join(folder, name) for name in files]
    for path in paths:
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
            text = f.read().lower()
        faults += [path + ": " + x for x in SECRETS
                   if x.lower().encode() in text]
    rt.none(faults, "5.6: no personal value in trail, ledger, log, metrics")


def main():
    s = rt.Setup()
    s.demo(rt.now())
    fill(s)
    rt.ok(s.start(), "the daemon runs")
    known_and_copied(s)
    corrected(s)
    consent(s)
    objected(s)
    erased(s)
    answered_in_time(s)
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    asked = [r for r in s.trail() if r["type"] == "intent" and
             r.get("cause") == "request"]
    rt.ok({r["dataset"].split("/")[0] for r in asked} >=
          {"digitising-social-care", "care-badges", "client-level-data",
           "care-city", "carers-in-hertfordshire"},
          "operations for a request in all five notices",
          {r["dataset"] for r in asked})
    leaks(s)
    s.close()


main()
rt.done()
