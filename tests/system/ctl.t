#!/usr/bin/env python3
"""retentionctl alone: exit statuses, errors, plans and JSON that need no
daemon; and how it shows what a daemon (here a stand-in) answers."""
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading

top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
build = os.environ.get("RETENTION_BUILD", os.path.join(top, "build/release"))
program = os.path.join(os.path.abspath(build), "retentionctl")
count = failed = 0


def ok(passed, what, *more):
    global count, failed
    count += 1
    print("%sok %d - %s" % ("" if passed else "not ", count, what))
    if not passed:
        failed += 1
        for line in more:
            print("# " + str(line).replace("\n", "\n# "))
    sys.stdout.flush()


def ctl(*args, conf=True):
    words = [program] + (["-c", conf_path] if conf else []) + list(args)
    return subprocess.run(words, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


def expect(code, what, *args, out=None, err=None, conf=True):
    r = ctl(*args, conf=conf)
    good = r.returncode == code
    good = good and (out is None or out in r.stdout)
    good = good and (err is None or err in r.stderr)
    ok(good, "%s: exit %d" % (what, code), "exit %d" % r.returncode,
       "out: " + r.stdout, "err: " + r.stderr)
    return r


def as_json(r, what):
    """The output is one JSON value, by another parser than ours as well."""
    tool = subprocess.run([sys.executable, "-m", "json.tool"], input=r.stdout,
                          capture_output=True, text=True)
    ok(tool.returncode == 0, what + ": json.tool reads it", r.stdout, r.stderr)
    return json.loads(r.stdout) if tool.returncode == 0 else {}


def write(name, text, mode=0o644):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


CONF = """policies = "policies.d";
state = "state";
control = "c.sock";
origin = "host1.example.org";
brake = { rows = 2; share = 0.20; };
"""

POLICY = """notice = { id = "site"; title = "Site"; controller = "Example Trust";
  owner = "Head of Digital"; review_by = "%s"; };
stores = ( { name = "db"; sqlite = "../site.db"; } );
datasets = (
  { name = "feedback"; promise = "2 years"; mode = "enforce"; store = "db";
    table = "feedback"; action = "delete";
    keep = { period = "2 years"; from = "at"; clock = "iso8601"; }; },
  { name = "visits"; promise = "1 day"; mode = "report"; store = "db";
    table = "visit"; action = "delete";
    keep = { period = "1 day"; from = "at"; clock = "unix"; }; },
  { name = "orders"; promise = "until the portal closes"; mode = "enforce";
    store = "db"; table = "orders"; action = "anonymise";
    columns = { email = "null"; };
    keep = { until_event = "portal-closed"; }; },
  { name = "numbers"; promise = "for ever"; mode = "enforce"; store = "db";
    table = "numbers"; keep = { indefinitely = "they name nobody"; }; }
);
"""

LOST = """notice = { id = "lost"; title = "Lost"; controller = "Example Trust";
  owner = "Nobody"; review_by = "2099-01-01"; };
stores = ( { name = "db"; sqlite = "../missing.db"; } );
datasets = (
  { name = "a"; promise = "p"; mode = "enforce"; store = "db";
    table = "t"; action = "delete";
    keep = { period = "1 day"; from = "at"; clock = "unix"; }; }
);
"""


def make_database():
    path = os.path.join(folder, "site.db")
    db = sqlite3.connect(path)
    db.executescript("""
        CREATE TABLE feedback (id INTEGER PRIMARY KEY, at TEXT, text TEXT);
        INSERT INTO feedback (at) VALUES ('2024-03-01T10:00:00Z'),
            ('2024-03-01T10:00:01Z'), ('2025-01-01'), (NULL), ('soon'),
            ('2090-01-01');
        CREATE INDEX feedback_at ON feedback (at);
        CREATE TABLE visit (id INTEGER PRIMARY KEY, at INTEGER);
        INSERT INTO visit (at) VALUES (1), (86400), (2 * 86400), (3 * 86400);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, n INTEGER);
        INSERT INTO orders (email, n) VALUES ('a@example.org', 2),
            ('b@example.org', 3), (NULL, 4);
        CREATE TABLE numbers (id INTEGER PRIMARY KEY, n INTEGER);
        INSERT INTO numbers (n) VALUES (1), (2);
    """)
    db.close()
    return path


def rows(plan):
    return {d["dataset"]: d for d in plan.get("datasets", [])}


def test_usage():
    r = expect(0, "help", "help", conf=False, out="usage: retentionctl")
    names = [c["command"] for c in as_json(
        ctl("help", "--json", conf=False), "help --json").get("commands", [])]
    ok(len(names) > 10 and all("  %s " % n in r.stdout for n in names),
       "help lists every command", names)
    for n in names:
        expect(0, n + " --help", *n.split(), "--help", conf=False,
               out="usage: retentionctl " + n)
        expect(0, "help " + n, "help", *n.split(), conf=False,
               out="usage: retentionctl " + n)
        verdict = n in ("audit verify", "audit verify-receipt")
        expect(4 if verdict else 64, n + " --bogus", *n.split(),
               "--bogus", conf=False, err="--bogus needs a value"
               if n.startswith("subject ") and n.split()[1] not in (
                   "requests", "close") else "unknown option '--bogus'")
    expect(0, "version", "version", conf=False, out="retentionctl 0.")
    expect(0, "--version after a command", "plan", "--version", conf=False,
           out="retentionctl 0.")
    as_json(ctl("--version", "--json", conf=False), "--version --json")
    expect(64, "no command", conf=False, err="no command given")
    expect(64, "a mistyped command", "chekc", conf=False,
           err="did you mean 'check'?")
    expect(64, "help for nothing", "help", "zzz", conf=False, err="zzz")
    expect(0, "help for the commands of a word", "help", "hold", conf=False,
           out="retentionctl hold release")
    expect(64, "a word too many", "status", "x", conf=False,
           err="usage: retentionctl status")
    expect(64, "a bad time", "plan", "--at", "soon", err="--at")
    expect(64, "a bad number", "audit", "show", "--last", "0", err="--last")
    expect(64, "a bad type", "audit", "show", "--type", "intnet",
           err="did you mean 'intent'?")
    for what in ("retentiond.conf", "policy"):
        expect(0, "manual " + what, "manual", what, conf=False, out=".It")
    expect(64, "manual of nothing", "manual", "x", conf=False)
    if os.path.exists("/dev/full"):
        with open("/dev/full", "w") as full:
            r = subprocess.run([program, "help"], stdout=full,
                               stderr=subprocess.PIPE, text=True)
        ok(r.returncode == 1 and "standard output" in r.stderr,
           "a full disk is a failure", r.returncode, r.stderr)


def test_documents():
    names = [c for c in json.loads(ctl("help", "--json", conf=False).stdout)
             ["commands"]]
    with open(os.path.join(top, "daemon/ctl/retentionctl.1")) as f:
        page = f.read()
    with open(os.path.join(top, "contrib/retentionctl.bash")) as f:
        bash = f.read()
    for c in names:
        entry = re.search(r"^(\.It |\.)(Xo )?Cm %s( |$)" % c["command"],
                          page, re.M)
        ok(entry is not None, "the manual has " + c["command"])
        ok(all(re.search(r"\b%s\b" % w, bash)
               for w in c["command"].split()), "completion has " + c["command"])
        ok(all("Fl -%s" % o.lstrip("-") in page for o in c["options"]) and
           all(o in bash for o in c["options"]),
           "its options as well", c["options"])


def test_configuration():
    global conf_path
    good = conf_path
    expect(1, "no configuration", "-c", "/nonexistent/x.conf", "check",
           conf=False, out="/nonexistent/x.conf")
    conf_path = write("bad/retentiond.conf",
                      'policies = "p";\nstaet = "x";\ncheck_every = 5;\n')
    r = expect(1, "a wrong configuration", "check",
               out="retentiond.conf:2:")
    ok("retentiond.conf:3:" in r.stdout, "all mistakes at once", r.stdout)
    j = as_json(ctl("check", "--json"), "check --json of it")
    ok(j.get("ok") is False and j.get("errors", 0) >= 2 and
       j.get("policy", 1) is None, "as JSON", j)
    expect(1, "plan with it", "plan", err="retentiond.conf:2:")
    expect(1, "status with it", "status", err="retentiond.conf:2:")
    expect(4, "audit verify with it", "audit", "verify",
           err="retentiond.conf:2:")
    conf_path = write("half/retentiond.conf", CONF)
    write("half/policies.d/x.conf", "notice = 1;")
    expect(1, "a wrong policy", "plan", err="x.conf:1:")
    expect(69, "stops nobody from asking the daemon", "status",
           err="not reachable")
    expect(0, "or from making keys", "key", "init")
    r = ctl("audit", "verify")
    ok(r.returncode != 0 and "x.conf" not in r.stderr,
       "or from reading the trail", r.stdout, r.stderr)
    conf_path = good


def test_check():
    r = expect(0, "check", "check", out="checked 1 store and 4 datasets: 0 errors")
    j = as_json(ctl("check", "--json"), "check --json")
    ok(j.get("ok") is True and j.get("errors") == 0, "ok", j)
    ok(any(f["code"] == "no-state" and f["severity"] == "note"
           for f in j.get("findings", [])), "no state folder yet: a note", j)
    write("policies.d/site.conf", POLICY % "2020-01-01", 0o646)
    r = expect(0, "an old policy that anybody may write", "check",
               out="review-overdue")
    ok("writable" in r.stdout and "chmod o-w" in r.stdout,
       "both are warnings", r.stdout)
    write("policies.d/site.conf", (POLICY % "2099-01-01").replace(
        'table = "visit"', 'table = "vists"'))
    r = expect(1, "a table that is not there", "check", out="site/visits")
    ok("error" in r.stdout and "1 error" in r.stdout, "is an error", r.stdout)
    write("policies.d/site.conf", POLICY % "2099-01-01")
    write("policies.d/lost.conf", LOST)
    expect(1, "a store that is not there", "check", out="lost/db")
    os.unlink(os.path.join(folder, "policies.d/lost.conf"))
    os.mkdir(os.path.join(folder, "state"), 0o755)
    expect(0, "an open state folder", "check", out="state-open")
    os.rmdir(os.path.join(folder, "state"))


def check_sums(j):
    for d in j.get("datasets", []):
        parts = ["due", "held", "restricted", "undated", "future", "kept"]
        ok(sum(d[p] for p in parts) == d["total"],
           d["dataset"] + ": the parts are the total", d)


def test_plan():
    j = as_json(ctl("plan", "--json", "--at", "2026-03-01T10:00:00Z"),
                "plan --json")
    ok(list(j)[:4] == ["at", "policy", "plan", "datasets"], "keys in order")
    ok(j.get("at") == "2026-03-01T10:00:00Z" and
       re.fullmatch("[0-9a-f]{64}", j.get("policy", "")) is not None and
       re.fullmatch("[0-9a-f]{32}", j.get("plan", "")) is not None,
       "time, policy and name of the plan", j)
    first = j["datasets"][0]
    ok(list(first)[:15] == ["dataset", "store", "mode", "action", "total",
                            "due", "held", "restricted", "undated", "future",
                            "kept", "braked", "oldest_due", "next_due",
                            "clause"], "keys of a dataset in order", first)
    check_sums(j)
    d = rows(j)
    f = d["site/feedback"]
    ok((f["total"], f["due"], f["undated"], f["future"], f["kept"]) ==
       (6, 1, 2, 1, 2), "feedback: due on the second", f)
    ok(f["oldest_due"] == "2026-03-01T10:00:00Z" and
       f["next_due"] == "2026-03-01T10:00:01Z", "since when, and next", f)
    before = rows(json.loads(ctl("plan", "--json", "--at",
                                 "2026-03-01T09:59:59Z").stdout))
    ok(before["site/feedback"]["due"] == 0, "not a second before", before)
    v = d["site/visits"]
    ok(v["due"] == 4 and v["braked"] is True and v["mode"] == "report",
       "more than the brake allows", v)
    small = rows(json.loads(ctl("plan", "--json", "--at",
                                "1970-01-03T00:00:01Z").stdout))
    ok(small["site/visits"]["due"] == 2 and
       small["site/visits"]["braked"] is False, "not more than it", small)
    n = d["site/numbers"]
    ok(n["due"] == 0 and n["keep"] == "indefinitely" and
       n["reason"] == "they name nobody", "indefinitely, with its reason", n)
    again = json.loads(ctl("plan", "--json", "--at",
                           "2026-03-01T10:00:00Z").stdout)
    ok(again["plan"] == j["plan"], "the same plan has the same name")
    still = [json.loads(ctl("plan", "--json", "site/numbers", "--at",
                            "2026-03-02T00:00:0%dZ" % i).stdout)
             for i in (1, 2)]
    ok(still[0]["datasets"] == still[1]["datasets"] and
       still[0]["plan"] != still[1]["plan"], "another instant, another name",
       still)
    r = expect(0, "plan as text", "plan", "--at", "2026-03-01",
               out="site/feedback")
    ok("indefinitely: they name nobody" in r.stdout and "braked" in r.stdout
       and "waits for event portal-closed" in r.stdout, "with notes", r.stdout)
    r = expect(0, "plan of one", "plan", "site/visits", out="site/visits")
    ok("site/feedback" not in r.stdout, "and only of it", r.stdout)
    expect(1, "a mistyped dataset", "plan", "site/vists",
           err="did you mean 'site/visits'?")
    expect(1, "half a name", "plan", "visits", err="did you mean 'site/visits'?")


def test_events():
    def orders(*more):
        return rows(json.loads(ctl("plan", "--json", *more).stdout))["site/orders"]

    d = orders()
    ok(d["due"] == 0 and d["declared"] is False and "note" not in d,
       "a daemon never ran: nothing was declared", d)
    write("state/ledger.db", "", 0o600)
    d = orders()
    ok(d["due"] == 0 and "events unknown" in d.get("note", ""),
       "a ledger and no list: unknown", d)
    write("state/events.json",
          '{"events":[{"name":"portal-closed",'
          '"at":"2026-01-01T00:00:00Z"}]}')
    d = orders("--at", "2026-01-01T00:00:00Z")
    ok(d["due"] == 2 and d["declared"] is True and d["braked"] is False,
       "declared: due, and not braked", d)
    d = orders("--at", "2025-12-31T23:59:59Z")
    ok(d["due"] == 0, "not before its time", d)
    write("state/events.json", "[{]")
    d = orders()
    ok(d["due"] == 0 and "events unknown" in d.get("note", ""),
       "a broken list: unknown", d)
    shutil.rmtree(os.path.join(folder, "state"))


def tree(path):
    found = {}
    for base, _, names in os.walk(path):
        for n in names:
            full = os.path.join(base, n)
            with open(full, "rb") as f:
                found[full] = (f.read(), os.stat(full).st_mtime_ns)
    return found


def test_harmless():
    """I9: a plan and a check change no byte and leave no file."""
    before = tree(folder)
    ctl("plan")
    ctl("check")
    ok(tree(folder) == before, "plan and check leave everything as it was")


def test_failing_store():
    write("policies.d/a-lost.conf", LOST)
    r = expect(1, "one store fails", "plan", out="site/feedback",
               err="lost/a: ")
    j = as_json(ctl("plan", "--json"), "and as JSON")
    d = rows(j)
    ok(d["lost/a"].get("error") and d["lost/a"]["due"] is None,
       "its dataset has the error and no counts", d.get("lost/a"))
    ok(d["site/feedback"]["total"] == 6, "I7: the others are planned", r.stdout)
    ok(ctl("plan", "site/feedback").returncode == 0,
       "a plan of the others succeeds")
    os.unlink(os.path.join(folder, "policies.d/a-lost.conf"))


def test_audit():
    golden = os.path.join(top, "tests/golden/trail.jsonl")
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    with open(golden) as f:
        lines = f.read().splitlines(True)
    vkey = json.loads(lines[0])["vkey"]
    r = expect(3, "no pin", "audit", "verify", golden)
    ok(r.stdout.startswith("UNVERIFIABLE: ") and vkey in r.stdout,
       "says what to do", r.stdout)
    r = ctl("audit", "verify", "--key", vkey, golden)
    ok(r.returncode == {"VALID": 0, "INCOMPLETE": 2}.get(
        r.stdout.split(":")[0]), "pinned: the verdict is the exit status",
        r.returncode, r.stdout, r.stderr)
    pin = write("pin.vkey", vkey + "\n")
    s = ctl("audit", "verify", "--key", "@" + pin, golden)
    ok((s.returncode, s.stdout) == (r.returncode, r.stdout), "@FILE is the same",
       s.stdout, s.stderr)
    j = as_json(ctl("audit", "verify", "--json", "--key", vkey, golden),
                "audit verify --json")
    ok(j.get("records") == len(lines) and j.get("pinned") is True and
       j.get("key") == vkey, "report", j)
    bad = write("bad.jsonl", "".join(lines).replace('"n":2', '"n":3', 1))
    r = expect(1, "an edited record", "audit", "verify", "--key", vkey, bad)
    ok(r.stdout.startswith("TAMPERED: "), "is tampered with", r.stdout)
    packed = os.path.join(os.path.dirname(bad), "evidence.tar")
    with open(packed, "wb") as f:
        f.write(b"README.txt" + bytes(502))
    expect(4, "a tar file is no forged trail", "audit", "verify", "--key",
           vkey, packed, err="unpack")
    expect(4, "a bad key", "audit", "verify", "--key", "x", golden, err="--key")
    expect(4, "a missing key file", "audit", "verify", "--key", "@/nonexistent",
           golden, err="/nonexistent")
    expect(4, "a bad age", "audit", "verify", "--max-age", "soon", golden,
           err="--max-age")
    r = expect(2, "too old", "audit", "verify", "--max-age", "1 hour", "--key",
               vkey, golden)
    r = ctl("audit", "verify", empty)
    ok(r.returncode in (3, 4), "an empty folder is never valid", r.returncode)
    r = expect(0, "audit show", "audit", "show", golden, out="intent")
    ok(len(r.stdout.splitlines()) == len(lines), "a line for each record",
       r.stdout)
    j = as_json(ctl("audit", "show", "--json", golden), "audit show --json")
    ok(j == [json.loads(x) for x in lines], "the records themselves")
    j = as_json(ctl("audit", "show", "--json", "--type", "intent", "--last",
                    "1", golden), "the last intent")
    ok(len(j) == 1 and j[0]["type"] == "intent", "one", j)
    r = ctl("audit", "show", "--dataset", "crm/inactive-customers", golden)
    ok(r.returncode == 0 and "done" in r.stdout and "genesis" not in r.stdout,
       "of one dataset, with outcomes", r.stdout, r.stderr)
    as_json(ctl("audit", "show", "--json", "--dataset", "no/such", golden),
            "nothing to show")
    expect(1, "show what was tampered with", "audit", "show", bad,
           err="TAMPERED")


def test_key():
    expect(1, "no key yet", "key", "show")
    r = expect(0, "key init", "key", "init", err="made the signing key")
    vkey = r.stdout.strip()
    ok(re.fullmatch(r"host1\.example\.org\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}",
                    vkey) is not None, "prints the public key alone", vkey)
    state = os.path.join(folder, "state")
    ok(os.stat(state).st_mode & 0o777 == 0o700, "the state folder is private")
    seeds = {n: os.stat(os.path.join(state, "keys", n)).st_mode & 0o777
             for n in os.listdir(os.path.join(state, "keys"))
             if os.path.isfile(os.path.join(state, "keys", n))
             and not n.endswith(".pub")}
    ok(seeds and all(m == 0o600 for m in seeds.values()), "the keys too", seeds)
    r = expect(0, "key init again", "key", "init", err="it stays")
    ok(r.stdout.strip() == vkey, "keeps the key", r.stdout)
    r = expect(0, "key show", "key", "show")
    ok(r.stdout.strip() == vkey, "shows it", r.stdout)
    j = as_json(ctl("key", "show", "--json"), "key show --json")
    ok(j == {"made": False, "current": vkey, "first": None}, "as JSON", j)
    shutil.rmtree(state)


class Daemon:
    """Answers one request with the given lines."""

    def __init__(self, *lines):
        self.path = os.path.join(folder, "c.sock")
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(1)
        self.lines = lines
        self.request = None
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        self.socket.settimeout(20)
        peer, _ = self.socket.accept()
        text = b""
        while not text.endswith(b"\n"):
            more = peer.recv(65536)
            if not more:
                break
            text += more
        self.request = json.loads(text)
        for line in self.lines:
            peer.sendall((line if isinstance(line, str) else
                          json.dumps(line) + "\n").encode())
        peer.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.join()
        self.socket.close()
        os.unlink(self.path)


STATUS = {"ok": True, "status": {
    "version": "0.1", "pid": 7, "since": "2026-01-01T00:00:00Z",
    "policy": "00", "trail": {"size": 5, "root": "aa", "epoch": 0,
                              "unsealed": 1, "broken": False},
    "needs_person": True, "reasons": ["odd\x1b[2J"], "datasets": [
        {"dataset": "n/d", "store": "n/s", "mode": "enforce",
         "action": "delete", "last_pass": "2026-01-01T00:00:00Z", "due": 3,
         "undated": 1, "future": 0, "total": 9,
         "oldest_due": "2025-12-01T00:00:00Z", "overdue_seconds": 90061,
         "next_due": None, "braked": True, "state": "idle", "error": None,
         "erased_total": 12}]}}


def test_daemon():
    for words in (["status"], ["run"], ["reload"], ["event", "list"],
                  ["event", "declare", "x"]):
        expect(69, " ".join(words) + " without a daemon", *words,
               err="not reachable")
    with Daemon(STATUS):
        r = expect(1, "status that needs a person", "status", out="n/d")
    ok("1 d 1 h" in r.stdout and "braked" in r.stdout and "odd?[2J" in r.stdout
       and "\x1b" not in r.stdout, "shown, and harmless", r.stdout)
    calm = json.loads(json.dumps(STATUS))
    calm["status"]["needs_person"] = False
    with Daemon(calm):
        expect(0, "status that needs nobody", "status",
               out="nothing needs a person")
    with Daemon(calm):
        j = as_json(ctl("status", "--json"), "status --json")
    ok(j == calm, "the reply itself", j)
    with Daemon({"ok": True}) as d:
        expect(0, "run", "run", "site/visits", out="started")
    ok(d.request == {"do": "run", "datasets": ["site/visits"]}, "asked",
       d.request)
    done = {"ok": True, "datasets": [{"dataset": "n/d", "due": 3, "erased": 3,
                                      "skipped": 0, "left": 0, "error": None}]}
    progress = {"progress": {"dataset": "n/d", "erased": 1, "of": 3}}
    with Daemon(progress, progress, done) as d:
        r = expect(0, "run --wait", "run", "--wait", out="n/d")
    ok(d.request == {"do": "run", "wait": True} and r.stderr == "",
       "no progress but to a terminal", d.request, r.stderr)
    done["datasets"][0]["error"] = "busy"
    with Daemon(done):
        expect(1, "a run that failed", "run", "--wait", out="busy")
    with Daemon(done):
        expect(1, "and as JSON", "run", "--wait", "--json", out='"busy"')
    with Daemon({"ok": False, "code": "store", "errors": ["n/d: busy"],
                 "datasets": done["datasets"]}):
        r = expect(1, "a failed run", "run", "--wait", err="n/d: busy")
    ok("outcome" in r.stdout and "n/d" in r.stdout,
       "shows the outcome all the same", r.stdout)
    with Daemon({"ok": False, "code": "config", "errors": ["a:1: x", "b:2: y"]}):
        r = expect(1, "a reload that is refused", "reload", err="a:1: x")
    ok("b:2: y" in r.stderr, "all errors", r.stderr)
    with Daemon({"ok": True, "changes": [
            {"dataset": "n/d", "change": "shortened"}]}):
        expect(0, "a reload that is taken", "reload", out="n/d: shortened")
    with Daemon({"ok": True, "changes": ["n/d: ad\x1bded"]}):
        expect(0, "changes as text", "reload", out="  n/d: ad?ded\n")
    with Daemon({"ok": True, "changes": []}):
        expect(0, "a reload without changes", "reload", out="no dataset")
    with Daemon({"ok": True}) as d:
        expect(0, "event declare", "event", "declare", "x", "--at",
               "1970-01-01T00:00:01Z", out="declared: x")
    ok(d.request == {"do": "event declare", "name": "x", "at": 1000}, "asked",
       d.request)
    with Daemon({"ok": True, "events": [{"name": "x", "at": 1000, "declared":
                 "2026-01-01T00:00:00Z", "user": "root"}]}):
        expect(0, "event list", "event", "list", out="1970-01-01T00:00:01Z")
    for what, line in (("half an answer", '{"ok":true'), ("nothing", ""),
                       ("no JSON", "hello\n"), ("no object", "[]\n"),
                       ("no status", '{"ok":true}\n')):
        with Daemon(line):
            expect(1, "status is answered by " + what, "status")
    with Daemon({"ok": True, "events": [
            {"name": "portal-closed", "at": "2026-01-01T00:00:00Z"}]}):
        d = rows(json.loads(ctl("plan", "--json").stdout))["site/orders"]
    ok(d["due"] == 2 and d["declared"] is True,
       "a plan asks the daemon for events", d)


folder = tempfile.mkdtemp(prefix="retention-ctl.")
try:
    conf_path = write("retentiond.conf", CONF)
    write("policies.d/site.conf", POLICY % "2099-01-01")
    make_database()
    test_usage()
    test_documents()
    test_configuration()
    test_check()
    test_plan()
    test_events()
    test_harmless()
    test_failing_store()
    test_audit()
    test_key()
    test_daemon()
finally:
    shutil.rmtree(folder)
print("1..%d" % count)
sys.exit(failed != 0)
