#!/usr/bin/env python3
# Proves that the real workers are confined: what the kernel says of one at
# work, that a link leads it nowhere, and what happens where the kernel lacks a
# part (strace plays such a kernel), with sandbox = "preferred" and "required".

import glob
import os
import shutil
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
brake = { rows = 100000; share = 1.0; }; %s
"""
POLICY = """notice = { id = "c"; title = "Confined"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site/site.db"; },
  { name = "many"; sqlite = "../data/many/*.db"; } );
datasets = (
  { name = "visits"; promise = "a year"; mode = "enforce"; store = "site";
    table = "visit"; keep = { period = "1 year"; from = "at"; clock = "unix"; };
    action = "delete"; files = { column = "pdf"; root = "@/data/pdf"; }; },
  { name = "more"; promise = "a year"; mode = "enforce"; store = "many";
    table = "visit"; keep = { period = "1 year"; from = "at"; clock = "unix"; };
    action = "delete"; }
);
"""


def database(path, n=10, pdf=None):
    old = int(time.time()) - 800 * 86400
    c = sqlite3.connect(path, isolation_level=None)
    c.execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, at INT, pdf TEXT)")
    c.executemany("INSERT INTO visit (at, pdf) VALUES (?, ?)",
                  [(old, pdf)] * n)
    c.close()


def setup(sandbox=""):
    s = rt.Setup()
    for d in ("policies.d", "data/site", "data/many", "data/pdf/sub",
              "elsewhere"):
        os.makedirs(s.path(d))
    with open(s.conf, "w") as f:
        f.write(MAIN % sandbox)
    with open(s.path("policies.d", "c.conf"), "w") as f:
        f.write(POLICY.replace("@", s.dir))
    with open(s.data("pdf", "sub", "a.pdf"), "w") as f:
        f.write("secret")
    database(s.data("site", "site.db"), 1, "sub/a.pdf")
    database(s.data("many", "a.db"))
    return s


def rows(path):
    c = sqlite3.connect(path)
    n = c.execute("SELECT count(*) FROM visit").fetchone()[0]
    c.close()
    return n


def status_of(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f
                    if ":\t" in line)


def children(pid):
    out = []
    for p in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(p) as f:
                text = f.read()
        except OSError:
            continue
        fields = text.rsplit(")", 1)[1].split()
        if int(fields[1]) == pid and fields[0] != "Z":
            out.append(int(text.split()[0]))
    return out


def at_work():
    """A worker that waits for a lock, and its scout."""
    s = setup()
    c = sqlite3.connect(s.data("site", "site.db"), isolation_level=None)
    c.execute("BEGIN EXCLUSIVE")
    rt.ok(s.start(), "started")
    found = {}

    def look():
        for pid in children(s.daemon.pid):
            try:
                more = children(pid)
                if more:
                    found["worker"] = status_of(pid)
                    found["scout"] = status_of(more[0])
                    return True
            except OSError:
                pass
        return False
    rt.ok(rt.await_(20, look), "a worker at work, and its scout")
    own = status_of(os.getpid())
    for who in ("worker", "scout"):
        p = found.get(who, {})
        rt.same(p.get("Seccomp"), "2", who + ": calls are filtered")
        rt.same(p.get("NoNewPrivs"), "1", who + ": no new privileges")
        rt.same(int(p.get("Seccomp_filters", 0)),
                int(own["Seccomp_filters"]) + 2,
                who + ": by its own list on top of the daemon's")
        rt.same(p.get("CapPrm"), "0" * 16, who + ": no capability")
    p = status_of(s.daemon.pid)
    rt.same(p["Seccomp"], "2", "the daemon's calls are filtered, too")
    c.execute("ROLLBACK")
    c.close()
    rt.ok(rt.await_(30, lambda: rows(s.data("site", "site.db")) == 0),
          "and then it does its work")
    rt.ok(rt.await_(10, lambda: not children(s.daemon.pid)),
          "nobody is left over")
    rt.same(s.ctl_json("status")["status"]["sandbox"], None,
            "status: the sandbox is whole")
    rt.ok("no Landlock" not in open(s.log).read(), "no warning")
    rt.same(s.stop(), 0, "stopped")


def links():
    s = setup('sandbox = "required";')
    database(s.path("elsewhere", "x.db"))
    os.symlink(s.path("elsewhere", "x.db"), s.data("many", "b.db"))
    r = s.retentiond("--once")
    rt.same(rows(s.path("elsewhere", "x.db")), 10,
            "a link in a pattern's folder leads nowhere")
    rt.ok("ermission denied" in r.err, "and is an error", r.err)
    os.unlink(s.data("many", "b.db"))
    shutil.move(s.data("site", "site.db"), s.path("elsewhere", "s.db"))
    os.symlink(s.path("elsewhere", "s.db"), s.data("site", "site.db"))
    c = sqlite3.connect(s.path("elsewhere", "s.db"), isolation_level=None)
    c.execute("INSERT INTO visit (at) VALUES (1000000000)")
    c.close()
    r = s.retentiond("--once")
    rt.same(rows(s.path("elsewhere", "s.db")), 0,
            "a database that its policy names by a link is reached")


def lacking(sandbox, calls):
    """A pass with a kernel that does not know `calls`."""
    s = setup(sandbox)
    inject = ["strace", "-D", "-f", "-qq", "-o", "/dev/null",
              "-e", "trace=" + calls,
              "-e", "inject=" + calls + ":error=ENOSYS"]
    r = s._run(inject + [rt.program("retentiond"), "-c", s.conf, "--once"])
    return s, r, s._run(inject + [rt.program("retentionctl"), "-c", s.conf,
                                  "check"])


def kernels():
    if shutil.which("strace") is None:
        print("# strace is not installed: no kernel that lacks a part")
        return
    with open(rt.program("retentiond-worker"), "rb") as f:
        if b"__asan_init" in f.read():
            print("# the leak checker does not work under strace")
            return
    for calls, name in (("landlock_create_ruleset", "no Landlock"),
                        ("seccomp", "no seccomp"),
                        ("landlock_create_ruleset,seccomp",
                         "no Landlock and no seccomp")):
        s, r, c = lacking('sandbox = "preferred";', calls)
        rt.same((r.returncode, rows(s.data("site", "site.db"))), (0, 0),
                name + ", preferred: works")
        rt.same(r.err.count(name + " here"), 1, "with one warning")
        rt.ok(name in c.out and c.returncode == 0, "check warns", c.out)
        s, r, c = lacking('sandbox = "required";', calls)
        rt.same(rows(s.data("site", "site.db")), 1,
                name + ", required: nothing is erased")
        rt.same(rows(s.data("many", "a.db")), 10, "nowhere")
        rt.ok(os.path.exists(s.data("pdf", "sub", "a.pdf")),
              "and no file")
        rt.ok(r.returncode == 1 and 'sandbox = "required": ' + name in r.err,
              "which is an error", r.err)
        rt.ok(name in c.out and c.returncode == 1, "check: an error", c.out)


def whole():
    s = setup('sandbox = "required";')
    r = s.retentiond("--once")
    rt.same((r.returncode, rows(s.data("site", "site.db")),
             rows(s.data("many", "a.db"))), (0, 0, 0),
            "required, and all is there: works")
    rt.ok(not os.path.exists(s.data("pdf", "sub", "a.pdf")),
          "the row's file in a root of its own went with it", r.err)
    with open(s.conf, "a") as f:
        f.write('metrics = "m.prom"; sandbox = "always";\n')
    r = s.ctl("check")
    rt.ok(r.returncode != 0, "another word is refused", r.err)


def main():
    r = setup().ctl("check")
    if "no Landlock" in r.out or "no seccomp" in r.out:
        rt.skip_all("this kernel has no Landlock or no seccomp")
    at_work()
    links()
    whole()
    kernels()
    rt.done()


if __name__ == "__main__":
    main()
