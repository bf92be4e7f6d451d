#!/usr/bin/env python3
# Proves that the daemon lets a hook take its checkpoints elsewhere, keeps and
# records only evidence that is right, says when none comes, and does not start
# on a trail that evidence kept elsewhere contradicts.

import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import witness  # noqa: E402

TSA = os.path.join(rt.TOP, "tests", "lib", "tsa.sh")
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "retentiond.prom";
trail = { anchor_hook = "hook"; anchor_every = "%s"; %s };
"""
POLICY = """notice = { id = "a"; title = "A"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../site.db"; } );
datasets = ( { name = "visit"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "site"; table = "visit";
    keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; } );
"""


def put(path, text, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


class Host(rt.Setup):
    def __init__(self, hook, more="", every="1 second"):
        super().__init__()
        os.makedirs(self.path("policies.d"))
        os.makedirs(self.path("data"))
        put(self.path("policies.d", "a.conf"), POLICY)
        self.sql("../site.db", "CREATE TABLE visit (id INTEGER PRIMARY KEY,"
                 " at INTEGER)")
        self.sql("../site.db", "INSERT INTO visit (at) VALUES (1000000000)")
        self.hook(hook)
        self.settings(more, every)

    def settings(self, more="", every="1 second"):
        put(self.conf, MAIN % (every, more))

    def hook(self, text):
        """A shell script's body, or the path of a program of contrib."""
        if text.startswith("anchor-"):
            shutil.copy(os.path.join(rt.CONTRIB, text), self.path("hook"))
        else:
            put(self.path("hook"), "#!/bin/sh\nset -eu\nsize=$1 note=$2 "
                "out=$3\n" + text, 0o755)

    def anchors(self):
        return [r for r in self.trail() if r["type"] == "anchor"]

    def files(self):
        try:
            return sorted(os.listdir(self.path("state", "trail", "anchor")))
        except FileNotFoundError:
            return []

    def status(self):
        return json.loads(self.ctl("status", "--json").out)["status"]

    def logged(self):
        with open(self.log) as f:
            return f.read()

    def verify(self, *more):
        return self.ctl("audit", "verify", self.path("state"), "--key",
                        self.vkey(), *more)


def script(s, *args):
    subprocess.run([TSA, *args], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def test_copy():
    elsewhere = "elsewhere"
    s = Host("anchor-copy", 'anchor_copies = "%s";' % elsewhere, "1 day")
    os.makedirs(s.path(elsewhere))
    put(s.path("anchor-copy.conf"), "to=%s\n" % s.path(elsewhere))
    rt.ok(s.start(), "copy: the daemon starts")
    rt.ok(rt.await_(10, s.anchors), "copy: an anchor is recorded", s.logged())
    a = s.anchors()[0]
    rt.same((a["kind"], s.files()), ("copy", ["%d.note" % a["size"]]),
            "copy: its file is kept")
    time.sleep(1.5)
    rt.same(len(s.anchors()), 1, "copy: no second within anchor_every")
    r = s.ctl("audit", "anchor")
    rt.ok(r.returncode == 0 and "copy" in r.out,
          "audit anchor: now, and says what came", r.out + r.err)
    rt.same(len(s.anchors()), 2, "audit anchor: recorded")
    rt.ok(s.ctl("key", "rotate").returncode == 0 and
          rt.await_(10, lambda: len(s.anchors()) == 3),
          "a rotation does not wait for anchor_every", s.logged()[-500:])
    st = s.status()["anchor"]
    rt.ok(st["age_seconds"] >= 0 and st["failures"] == 0
          and not s.status()["needs_person"], "copy: the status", st)
    shutil.copytree(s.path("state"), s.path("earlier"),
                    ignore=shutil.ignore_patterns("lock"))
    s.ctl("audit", "anchor")
    s.ctl("audit", "anchor")    # over the record of the one before
    s.stop()
    copies = sorted((os.path.join(s.path(elsewhere), n)
                     for n in os.listdir(s.path(elsewhere))),
                    key=lambda p: int(p.split(".")[-2]))
    rt.same(s.verify("--anchor", copies[-1]).returncode, 0,
            "copy: VALID with the newest copy")
    rt.ok(s.retentiond("--once").returncode == 0, "copy: and starts on it")

    # A snapshot of earlier, put in place of everything but the copies.
    newer = s.path("newer")
    os.rename(s.path("state"), newer)
    shutil.copytree(s.path("earlier"), s.path("state"))
    rt.same(s.verify("--anchor", copies[-1]).returncode, 1,
            "rolled back: TAMPERED with the copy")
    before = len(s.trail())
    r = s.retentiond("--once")
    rt.ok(r.returncode == 1 and "a copy kept elsewhere knows of" in r.err
          and "cut back" in r.err, "rolled back: refused at the start", r.err)
    rt.same(len(s.trail()), before, "rolled back: nothing was written")

    # Everything gone: a fresh trail does not slip in under the same name.
    shutil.rmtree(s.path("state"))
    r = s.retentiond("--once")
    rt.ok(r.returncode == 1 and "older one with its name" in r.err,
          "a fresh trail beside copies: refused", r.err)
    r = s.retentiond("--once")
    rt.ok(r.returncode == 1, "and again", r.err)
    shutil.rmtree(s.path("state"))
    os.rename(newer, s.path("state"))
    rt.same(s.retentiond("--once").returncode, 0, "restored: it starts")
    os.rename(s.path(elsewhere), s.path("away"))
    r = s.retentiond("--once")
    rt.ok(r.returncode == 1 and "folder of copies" in r.err,
          "the folder of copies is not there: refused", r.err)
    s.close()


def test_anchor_in_trail():
    """A rollback that forgets to remove the evidence."""
    s = Host('cp "$note" "$out/$size.note"\n')
    s.retentiond("--once")
    old = s.path("state", "trail", "log", "0" * 18 + ".jsonl")
    shutil.copytree(s.path("state"), s.path("earlier"),
                    ignore=shutil.ignore_patterns("lock"))
    time.sleep(1.1)
    rt.same(s.retentiond("--once").returncode, 0, "--once waits for its hook")
    rt.same(len(s.anchors()), 2, "--once: one anchor each")
    for name in ("trail/log/" + "0" * 18 + ".jsonl", "trail/checkpoint",
                 "ledger.db", "keys/current"):
        shutil.copy(s.path("earlier", name), s.path("state", name))
    for name in ("ledger.db-wal", "ledger.db-shm"):
        if os.path.exists(s.path("state", name)):
            os.unlink(s.path("state", name))
    r = s.retentiond("--once")
    rt.ok(r.returncode == 1 and "anchor folder" in r.err,
          "behind its own anchor: refused at the start", r.err)
    rt.ok(os.path.exists(old), "the log is left as it is")
    s.close()


def test_tsa():
    s = Host("anchor-rfc3161", 'tsa_ca = "tsa/ca.pem";')
    script(s, "make", s.path("tsa"), "ec")
    put(s.path("anchor-rfc3161.conf"), "post() { TSA=%s; \"$TSA\" answer %s"
        " \"$1\" \"$2\" 2>/dev/null; }\n" % (TSA, s.path("tsa")))
    rt.ok(s.start(), "time stamps: the daemon starts")
    rt.ok(rt.await_(10, s.anchors), "time stamps: recorded", s.logged())
    s.stop()
    a = s.anchors()[0]
    rt.same((a["kind"], a["by"]), ("rfc3161", "Test time stamps"),
            "time stamps: kind and authority")
    rt.ok("%d.tsr" % a["size"] in s.files(), "time stamps: kept", s.files())
    r = s.verify()
    rt.ok(r.returncode == 0 and "was not checked" in r.out,
          "time stamps: VALID, and says that nobody was named to believe",
          r.out)
    r = s.verify("--tsa-ca", s.path("tsa", "ca.pem"))
    rt.ok(r.returncode == 0 and "confirms" in r.out,
          "time stamps: VALID, confirmed", r.out)
    token = s.path("state", "trail", "anchor", "%d.tsr" % a["size"])
    r = subprocess.run(["openssl", "ts", "-verify", "-data",
                        token[:-3] + "note", "-in", token, "-CAfile",
                        s.path("tsa", "ca.pem")], capture_output=True)
    rt.same(r.returncode, 0, "time stamps: openssl says so too")

    # An authority that is not believed.
    script(s, "make", s.path("other"), "ec")
    s.settings('tsa_ca = "other/ca.pem";')
    n = len(s.anchors())
    s.start()
    rt.ok(rt.await_(10, lambda: "anchor: rfc3161" in s.logged()
                    and "refused" in s.logged()),
          "an unknown authority: refused, said", s.logged()[-500:])
    s.stop()
    rt.same(len(s.anchors()), n, "an unknown authority: not recorded")
    rt.same(s.verify("--tsa-ca", s.path("other", "ca.pem")).returncode, 3,
            "verified against another authority: UNVERIFIABLE")
    s.close()


def test_expired():
    then = rt.instant("2026-02-10T12:00:00Z")
    s = Host("anchor-rfc3161", 'tsa_ca = "tsa/ca.pem";')
    script(s, "make", s.path("tsa"), "ec", "2026-02-01 00:00:00")
    put(s.path("anchor-rfc3161.conf"), "post() { %s answer %s \"$1\" \"$2\""
        " '2026-02-10 12:00:01' 2>/dev/null; }\n" % (TSA, s.path("tsa")))
    r = s.retentiond("--once", at=then)
    rt.same(len(s.anchors()), 1, "a day in February: stamped")
    end = subprocess.run(["openssl", "x509", "-in", s.path("tsa", "tsa.pem"),
                          "-noout", "-checkend", "0"], capture_output=True)
    rt.same(end.returncode, 1, "the certificate has expired since")
    r = s.verify("--tsa-ca", s.path("tsa", "ca.pem"))
    rt.ok(r.returncode == 0 and "confirms" in r.out, "and still: VALID", r.out)
    s.close()


def test_bad_hooks():
    s = Host("echo \"some$(printf '\\033')thing went wrong\" >&2\nexit 3\n",
             'anchor_max_age = "2 seconds";')
    rt.ok(s.start(), "a failing hook: the daemon runs")
    rt.ok(rt.await_(10, lambda: s.status()["anchor"]["failures"] >= 2),
          "a failing hook: tried again")
    log = s.logged()
    rt.ok("anchor hook: some?thing went wrong" in log
          and "ended with status 3" in log and "tried again in 2 s" in log,
          "a failing hook: said, cleaned, with growing delay", log[-900:])
    rt.ok(rt.await_(5, lambda: s.ctl("status").returncode == 1)
          and "anchor" in " ".join(s.status()["reasons"]),
          "no anchor for longer than allowed: needs a person")
    rt.same(s.anchors(), [], "nothing recorded")
    s.hook('sed s/host1/host2/ "$note" >"$out/$size.note"\n')
    r = s.ctl("audit", "anchor")
    rt.ok(r.returncode == 1 and "not the checkpoint" in r.err,
          "a lying hook: refused", r.out + r.err)
    s.hook('cp "$note" "$out/$((size + 1)).note"\n')
    rt.ok("not handed out" in s.ctl("audit", "anchor").err,
          "another size: refused")
    s.hook('ln -s "$note" "$out/$size.note"\n')
    rt.same(s.ctl("audit", "anchor").returncode, 1, "a link: refused")
    s.hook('head -c 300000 /dev/zero >"$out/$size.tsr"\n')
    rt.same(s.ctl("audit", "anchor").returncode, 1, "too long: refused")
    s.hook('kill -9 $$\n')
    rt.ok("signal 9" in s.ctl("audit", "anchor").err, "killed: said")
    s.hook('env >&2; ls /proc/self/fd >&2; exit 1\n')
    s.ctl("audit", "anchor")
    env = [line.split("anchor hook: ")[1] for line in s.logged().splitlines()
           if "anchor hook: " in line and "=" in line]
    rt.ok(all(e.split("=")[0] in ("PATH", "TZ", "LANG", "PWD", "SHLVL", "_",
                                  "OLDPWD") for e in env) and env,
          "the environment is bare", env)
    s.hook('grep -E "^(Cap|NoNewPrivs)" /proc/self/status >&2; exit 1\n')
    s.ctl("audit", "anchor")
    kept = [x.split("anchor hook: ")[1].split("?") for x in
            s.logged().splitlines() if "anchor hook: Cap" in x
            or "anchor hook: NoNew" in x]
    rt.ok({k: int(v, 16) for k, v in kept if k != "CapBnd:"} == {
        "CapInh:": 0, "CapPrm:": 0, "CapEff:": 0, "CapAmb:": 0,
        "NoNewPrivs:": 1}, "no capability, and no new privileges", kept)
    os.unlink(s.path("hook"))
    rt.ok("cannot be run" in s.ctl("audit", "anchor").err,
          "no such program: said")
    rt.same((s.anchors(), s.files()), ([], []), "nothing recorded or kept")
    s.hook('exit 0\n')
    r = s.ctl("audit", "anchor")
    rt.ok(r.returncode == 0 and "no answer yet" in r.out,
          "no answer yet is no failure", r.out + r.err)
    s.hook('cp "$note" "$out/$size.note"\n')
    rt.ok(s.ctl("audit", "anchor").returncode == 0 and len(s.anchors()) == 1,
          "put right: recorded")
    rt.ok(rt.await_(3, lambda: s.ctl("status").returncode == 0),
          "and nothing needs a person", s.ctl("status").out)
    s.hook("sleep 1000\n")
    time.sleep(1.2)
    begin = time.monotonic()
    s.stop()
    rt.ok(time.monotonic() - begin < 5, "a hook at work does not hold a stop")
    rt.same(s.verify().returncode, 0, "the trail is VALID")
    s.settings('witnesses = [ "nonsense" ];')
    r = s.retentiond("--once")
    rt.ok(r.returncode == 1 and "trail.witnesses" in r.err,
          "a malformed key of a witness: not started", r.err)
    s.close()


def test_spool():
    s = Host("anchor-spool")
    spool = s.path("spool")
    os.makedirs(spool)
    put(s.path("anchor-spool.conf"), "spool=%s\n" % spool)
    s.start()
    rt.ok(rt.await_(10, lambda: os.listdir(spool) and os.listdir(
        os.path.join(spool, "waiting"))), "spool: handed over")
    rt.same(s.anchors(), [], "spool: no answer yet")
    put(s.path("deliver"), '#!/bin/sh\ncp "$2" "$3/$1.note"\n', 0o755)
    r = subprocess.run([s.path("hook"), "--deliver", s.path("deliver")],
                       capture_output=True)
    rt.same(r.returncode, 0, "spool: delivered")
    r = s.ctl("audit", "anchor")
    rt.ok(rt.await_(5, s.anchors), "spool: the next call picks up the answer",
          r.out + r.err + s.logged()[-400:])
    s.stop()
    rt.same(s.verify().returncode, 0, "spool: VALID")
    s.close()


def test_witness():
    w = witness.Witness("witness.example.org/w1")
    stranger = witness.Witness("witness.example.net/w2")
    s = Host("anchor-witness", 'witnesses = "%s";' % w.vkey)
    w.serve()
    put(s.path("anchor-witness.conf"), "url=%s\nstate=%s\nretentionctl='%s -c "
        "%s'\n" % (w.url, s.dir, rt.program("retentionctl"), s.conf))
    s.start()
    rt.ok(rt.await_(10, s.anchors), "witness: recorded", s.logged()[-800:])
    a = s.anchors()[0]
    rt.same((a["kind"], a["by"]), ("cosignature", w.name), "witness: by whom")
    r = s.ctl("audit", "anchor")
    rt.ok(r.returncode == 0 and w.size > a["size"],
          "witness: a later one, with a consistency proof", r.out + r.err)
    s.stop()
    rt.same(s.verify("--witness", w.vkey).returncode, 0, "witness: VALID")
    rt.same(s.verify("--witness", stranger.vkey).returncode, 3,
            "an unknown witness only: UNVERIFIABLE")
    w.close()
    stranger.close()
    s.close()


def test_pipe():
    """A hook of another mind leaves a pipe where a file was."""
    s = Host("true\n")
    s.start()
    s.stop()
    sent = s.path("state", "hook", "sent")
    for name in os.listdir(sent):
        os.unlink(os.path.join(sent, name))
    os.mkfifo(os.path.join(sent, "7.note"))
    rt.ok(s.start(), "a pipe among what was handed out: the daemon starts")
    rt.same(s.stop(), 0, "and stops")
    s.close()


test_copy()
test_pipe()
test_anchor_in_trail()
test_tsa()
test_expired()
test_bad_hooks()
test_spool()
if os.path.exists(os.path.join(rt.CONTRIB, "anchor-witness")):
    test_witness()
rt.done()
