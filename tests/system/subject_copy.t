#!/usr/bin/env python3
# Proves that a copy holds everything about a person and of nobody else, from
# all stores, children and attached files included, whatever the values are;
# that it is one new private file with the promises, periods and due dates;
# that its making is registered and recorded; and that no value reaches the
# trail, the ledger, the daemon's log or the metrics.

import csv
import io
import json
import os
import stat
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIL = "odette.fairweather@example.org"
OTHER = "bystander@example.net"


def copy(s, out, *args):
    return s.ctl("subject", "copy", "--email", MAIL, "--out", out, *args)


def unpack(path):
    with tarfile.open(path) as t:
        return {m.name: t.extractfile(m).read() for m in t if m.isfile()}


s = rt.Setup()
s.demo(rt.now())
site, people = "var/lib/dsc/site.db", "var/lib/care-city/people.db"
hostile = ['=HYPERLINK("http://example.org/")', 'a "b",\r\nc', "</td><b>x",
           "\u202egnitirw", "-1+1", "nul\0l"]
for i, text in enumerate(hostile):
    s.sql(site, "INSERT INTO feedback(id, page, body, email, submitted_at) "
          "VALUES (?, '/', ?, ?, '2026-01-01T00:00:00Z')", 900001 + i, text,
          MAIL.upper() if i % 2 else " " + MAIL)
s.sql(site, "INSERT INTO feedback(id, page, body, email, submitted_at) VALUES "
      "(900050, '/', CAST(x'fffe' AS TEXT), ?, 'never')", MAIL)
s.sql(site, "INSERT INTO feedback(id, page, body, email, submitted_at) VALUES "
      "(900051, '/', x'000102', ?, NULL or '2026-01-31T00:00:00Z')", MAIL)
s.sql(site, "INSERT INTO feedback(id, page, body, email, submitted_at) VALUES "
      "(900060, '/', 'BYSTANDER', ?, '2026-01-01T00:00:00Z')", OTHER)
s.sql(site, "INSERT INTO feedback_reply(id, feedback_id, n, body) VALUES "
      "(900002, 900003, 1, 'thank you')")
pdf = os.urandom(200000)
with open(s.data("srv/recruitment/cv/3/odette.pdf"), "wb") as f:
    f.write(pdf)
s.sql(people, "INSERT INTO application(id, email, name, cv_path, applied_at) "
      "VALUES (900003, ?, 'Odette', '3/odette.pdf', 1760000000)", MAIL)
s.sql(people, "INSERT INTO application(id, email, name, cv_path, applied_at) "
      "VALUES (900004, ?, 'Odette', '../../etc/passwd', 1760000001)", MAIL)
s.sql(people, "INSERT INTO interview_note VALUES (900003, 1, 'well prepared')")
s.sql("var/lib/carers-in-hertfordshire/main.db", "INSERT INTO carer(id, name, "
      "email, last_contact_on) VALUES (900005, 'O', ?, '2026-11-01')", MAIL)
with open(s.data("var/log/dsc/access.log"), "a") as f:
    f.write('192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET /?m=%s HTTP/1.1" '
            '200 5 "-" "-"\n' % MAIL)

os.umask(0)
out = s.path("alone.tar")
r = copy(s, out)
rt.ok(r.returncode == 0 and "NOT REGISTERED" in r.err, "without the daemon it "
      "is made, and said that nobody records it", r.err)
rt.same(copy(s, s.path("x.tar"), "--request", "00").returncode, 69,
        "a registered one needs the daemon")
with open(s.path("there.tar"), "w") as f:
    f.write("mine")
for args, status in (([s.path("there.tar")], 1), ([s.path("a.zip")], 64)):
    rt.same(copy(s, *args).returncode, status, "refused: " + args[0][-9:])
with open(s.path("there.tar")) as f:
    rt.same(f.read(), "mine", "what is there stays")
rt.same(os.path.exists(s.path("x.tar")), False, "no half copy is left")

rt.ok(s.start(), "the daemon starts")
rid = s.ctl_json("subject", "receive", "copy", "--email", MAIL)["id"]
out = s.path("copy.tar")
r = copy(s, out, "--request", rid, "--log-lines")
rt.same((r.returncode, r.err), (0, ""), "the copy is made")
rt.same(stat.S_IMODE(os.stat(out).st_mode), 0o600, "for its owner alone, "
        "whatever the umask")
got = unpack(out)
with open(s.path("sums"), "wb") as f:
    f.write(got["MANIFEST"])
os.makedirs(s.path("unpacked"))
subprocess.run(["tar", "-xf", out, "-C", s.path("unpacked")], check=True)
rt.same(subprocess.run(["sha256sum", "-c", "--quiet", s.path("sums")],
                       cwd=s.path("unpacked")).returncode, 0,
        "its sums are right")
part = {os.path.basename(n).split("-", 1)[-1]: got[n] for n in got
        if n.startswith("data/")}
rows = json.loads(part["feedback.json"])
rt.same(sorted(x["row"]["body"] if isinstance(x["row"]["body"], str) else
               json.dumps(x["row"]["body"]) for x in rows),
        sorted(hostile + ['{"text_base64": "//4="}', '{"base64": "AAEC"}']),
        "every value is in the JSON exactly")
rt.same(sorted(x["row"]["id"] for x in rows), sorted(
    set(range(900001, 900001 + len(hostile))) | {900050, 900051}),
    "each row once")
due = {x["row"]["id"]: x.get("due") for x in rows}
rt.same((due[900001], due[900050]), ("2028-01-01T00:00:00Z", None),
        "with the day it falls due, where it can be told")
sheet = list(csv.reader(io.StringIO(part["feedback.csv"].decode(),
                                    newline="")))
body = sheet[0].index("body")
rt.same(sorted(x[body] for x in sheet[1:]), sorted(
    ["'" + hostile[0], hostile[1], hostile[2], hostile[3], "'" + hostile[4],
     "nul\ufffdl", "base64://4=", "base64:AAEC"]),
    "in the CSV nothing is a formula")
reply = json.loads(part["feedback_reply.json"])
rt.same([(x["row"]["body"], rows[x["of"] - 1]["row"]["id"]) for x in reply],
        [("thank you", 900003)], "a child says which row it belongs to")
rt.same(json.loads(part["interview_note.json"])[0]["row"]["body"],
        "well prepared", "a child without rowid")
rt.same(part["odette.pdf"], pdf, "the attached file, byte by byte")
rt.none([n for n in got if "passwd" in n or b"root:" in got[n]],
        "and none from outside its root")
rt.ok(MAIL.encode() in part["lines.txt"] and part["lines.txt"].count(b"\n")
      == 1, "the line of a log")
rt.none([n for n in got if b"BYSTANDER" in got[n] or OTHER.encode() in got[n]],
        "nothing of anybody else")
page = got["index.html"].decode()
rt.ok("&lt;/td&gt;&lt;b&gt;x" in page and "</td><b>" not in page,
      "the page shows values, and none acts in it")
readme = got["README.txt"].decode()
rt.none([t for t in ("Digitising Social Care", "feedback is kept for 2 years",
                     "2 years from submitted_at", "care-city/recruitment",
                     "1 files that rows name are not there",
                     "formula", "Request: " + rid) if t not in readme],
        "the cover says what, from where, by which promise, for how long")
manifest = json.loads(got["manifest.json"])
one = {d["dataset"]: d for d in manifest["datasets"]}
rt.same((one["digitising-social-care/feedback"]["rows"], one[
    "digitising-social-care/feedback"]["children"], one[
    "care-city/recruitment"]["attached"], one[
    "carers-in-hertfordshire/consent-post"]["rows_with"],
    manifest["complete"], manifest["request"], manifest["found_by"]),
    (8, 1, 1, "carers-in-hertfordshire/carers", True, rid, ["email"]),
    "so does the manifest, for programs")
rt.none([f["name"] for d in manifest["datasets"] for f in d["files"]
         if f["name"] not in got and f["name"] + ".json" not in got],
        "which names the files that are there")

q = s.ctl_json("subject", "requests", "--all")["requests"]
rt.same([(x["id"], x["kind"], x["state"]) for x in q], [(rid, "copy",
                                                         "done")],
        "the request is answered")
rt.same({o["dataset"]: (o["rows"], o["files"]) for o in q[0]["outcome"]
         if o["state"] == "found"}, {
    d: (x["rows"] + x["outside"], x["attached"]) for d, x in one.items()
    if x["rows"] + x["outside"] + x["lines"]}, "with counts store by store")
rt.same(copy(s, s.path("second.tar")).returncode, 0, "one that nobody "
        "registered registers itself")
people_db = s.data(people)
os.rename(people_db, people_db + ".away")
r = copy(s, s.path("part.tar"))
rt.ok(r.returncode == 1 and "NOT COMPLETE" in r.err and b"NOT COMPLETE" in
      unpack(s.path("part.tar"))["README.txt"], "a copy that is not whole says "
      "so, outside and inside", r.err)
os.rename(people_db + ".away", people_db)
rt.same([x["state"] for x in s.ctl_json("subject", "requests")["requests"]],
        ["open"], "and its request stays open")
s.ctl("run", "--wait")
s.stop()
rt.same([(x["kind"], x["state"]) for x in s.trail() if x["type"] ==
         "request"], [("copy", "open"), ("copy", "done")] * 2 +
        [("copy", "open")], "all is in the trail")
rt.same(s.verify().returncode, 0, "which is valid")
text = b""
for d, _, files in os.walk(s.path("state")):
    for n in files:
        with open(os.path.join(d, n), "rb") as f:
            text += f.read()
for n in [s.log] + [s.path(x) for x in os.listdir(s.dir)
                    if x.endswith(".prom")]:
    with open(n, "rb") as f:
        text += f.read()
rt.none([w for w in (b"odette", b"ODETTE", b"Odette", b"well prepared",
                     b"thank you", b"HYPERLINK") if w in text],
        "and no value is in state, trail, ledger, log or metrics")
rt.done()
