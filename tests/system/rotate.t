#!/usr/bin/env python3
# Proves that nginx's access log may be rotated by logrotate, by renaming and by
# copying and truncating, while pass after pass deletes and masks its lines:
# every line that is not due is there exactly once, whole; no due line stays.
#
# ROTATE_SECONDS=N: how long each of the four ways goes on (3).

import collections
import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import none, ok, same  # noqa: E402

SECONDS = float(os.environ.get("ROTATE_SECONDS", "3"))
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
brake = { rows = 100000000; share = 1.0; };
"""
POLICY = """
notice = { id = "site"; title = "Site"; controller = "Example";
  owner = "Head of Examples"; review_by = "2040-03-31"; };
stores = ( { name = "weblogs"; logs = "../data/access.log*"; } );
datasets = ( { name = "access"; promise = "7 days"; basis = "test";
  mode = "enforce"; store = "weblogs"; keep = { period = "7 days";
  from = "line"; }; time_format = "combined"; %s } );
"""
MASK = """action = "anonymise"; mask = { ip = "ip-prefix"; email = "redact";
  query = "strip"; user = "redact"; };"""
NGINX = """daemon off; master_process off; pid %(d)s/nginx.pid;
error_log %(d)s/error.log; events { worker_connections 64; }
http { log_format own '$http_x_from - $http_x_user [$http_x_time] "$request" '
    '$status $body_bytes_sent "-" "Mozilla/5.0"';
  access_log %(d)s/data/access.log own; keepalive_requests 100000000;
  client_body_temp_path %(d)s; proxy_temp_path %(d)s; fastcgi_temp_path %(d)s;
  uwsgi_temp_path %(d)s; scgi_temp_path %(d)s;
  server { listen unix:%(d)s/web.sock; location / { return 204; } } }
"""
ROTATE = """%(d)s/data/access.log { size 1
  rotate 200
  nocompress
  missingok
  %(how)s
}
"""
CREATE = """create
  postrotate
    kill -USR1 $(cat %s/nginx.pid)
  endscript"""
LINE = '%s - %s [%s] "GET /%d HTTP/1.1" 204 0 "-" "Mozilla/5.0"\n'
OLD = "01/Jan/2020:10:00:00 +0000"


class Load(threading.Thread):
    """Sends numbered requests, 100 at a time; may be told to wait."""

    def __init__(self, s, due_of_ten):
        super().__init__()
        self.free, self.end = threading.Lock(), False
        self.sent, self.due_of_ten, self.error = [], due_of_ten, None
        self.now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        self.link = socket.socket(socket.AF_UNIX)
        self.link.connect(s.path("web.sock"))
        self.link.settimeout(30)

    def some(self):
        due = len(self.sent) // 100 % 10 < self.due_of_ten
        what = ("192.0.2.%d" % (len(self.sent) % 250 + 1), "jo", OLD) \
            if due else ("198.51.100.77", "-", self.now)
        text = ""
        for _ in range(100):
            text += ("GET /%d HTTP/1.1\r\nHost: x\r\nX-From: %s\r\nX-User: "
                     "%s\r\nX-Time: %s\r\n\r\n" % ((len(self.sent),) + what))
            self.sent.append(what)
        self.link.sendall(text.encode())
        got = b""
        while got.count(b"HTTP/1.1 204") < 100 or not got.endswith(b"\r\n\r\n"):
            part = self.link.recv(65536)
            if not part:
                raise OSError("nginx closed the connection")
            got += part

    def run(self):
        try:
            while not self.end:
                with self.free:
                    self.some()
                time.sleep(0.005)
        except OSError as e:
            self.error = e


def rotate(s, load, truncates):
    """One rotation.  Between copying and truncating logrotate loses lines of
    its own: nothing is written then."""
    if truncates:
        load.free.acquire()
        time.sleep(0.01)
    try:
        return subprocess.run(["logrotate", "-f", "-s", s.path("rotated"),
                               s.path("rotate.conf")], stderr=subprocess.PIPE)
    finally:
        if truncates:
            load.free.release()


def passes(s, end, out):
    while not end.is_set():
        out.append(s.retentiond("-1"))


def read_all(s):
    lines = []
    for name in glob.glob(s.data("access.log*")):
        with open(name, "rb") as f:
            lines += [x.rstrip(b" \n").decode("latin1") + "\n" for x in f]
    return [x for x in lines if x != "\n"]


def faults_of(load, lines, masks):
    """What is not as it should be."""
    want, bad = collections.Counter(), []
    for i, (address, user, when) in enumerate(load.sent):
        if when != OLD:
            want[LINE % (address, user, when, i)] += 1
        elif masks:
            want[LINE % ("192.0.2.0", "-", when, i)] += 1
    got = collections.Counter(lines)
    bad += ["%d for %d: %s" % (got[x], n, x) for x, n in want.items()
            if got[x] != n]
    bad += ["%d unexpected: %s" % (n, x) for x, n in got.items()
            if x not in want]
    return bad


def scene(name, rule, truncates, collapses=False):
    s = rt.Setup()
    for folder in ("policies.d", "data"):
        os.makedirs(s.path(folder))
    os.chmod(s.dir, 0o755)
    how = "copytruncate" if truncates else CREATE % s.dir
    for path, text in ((s.conf, MAIN),
                       (s.path("policies.d", "site.conf"), POLICY % rule),
                       (s.path("nginx.conf"), NGINX % {"d": s.dir}),
                       (s.path("rotate.conf"),
                        ROTATE % {"d": s.dir, "how": how})):
        with open(path, "w") as f:
            f.write(text)
    os.chmod(s.path("rotate.conf"), 0o644)
    web = subprocess.Popen(["nginx", "-c", s.path("nginx.conf"), "-p", s.dir],
                           stderr=subprocess.PIPE)
    if not ok(rt.await_(10, lambda: os.path.exists(s.path("web.sock")) and
                        os.path.exists(s.path("nginx.pid"))),
              name + ": nginx runs"):
        web.kill()
        return
    load, end, ran, turned = Load(s, 8 if collapses else 5), \
        threading.Event(), [], []
    runner = threading.Thread(target=passes, args=(s, end, ran))
    load.start()
    runner.start()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and load.error is None:
        turned.append(rotate(s, load, truncates))
        time.sleep(0.5 if collapses else 0.02)
    load.end = True
    load.join()
    end.set()
    runner.join()
    web.terminate()
    web.wait()
    same(load.error, None, name + ": nginx went on serving")
    none([r.stderr for r in turned if r.returncode != 0],
         "%s: %d rotations" % (name, len(turned)))
    before = s.erased()
    last = s.retentiond("-1")
    same(last.returncode, 0, name + ": the last pass")
    none([r.err for r in ran if r.returncode not in (0, 1)],
         "%s: %d passes under it" % (name, len(ran)))
    none(faults_of(load, read_all(s), "anonymise" in rule),
         "%s: of %d lines each is there once, and none that is due"
         % (name, len(load.sent)))
    ok(before.get("site/access", 0) > 0,
       "%s: %d lines went while it was written" % (name,
                                                   before["site/access"]
                                                   if before else 0))
    if collapses:
        n = sum(int(r.get("erased", 0)) for r in s.trail()
                if r.get("method") == "log-collapse")
        ok(n > 0, "%s: %d of them from the open file itself" % (name, n))
    none([n for n in os.listdir(s.data()) if n.startswith(".")],
         name + ": nothing lies beside")


def alone():
    """Who has a file open can be asked where all processes can be seen: in a
    namespace of our own."""
    if os.environ.get("ROTATE_ALONE") or os.geteuid() != 0:
        return bool(os.environ.get("ROTATE_ALONE"))
    argv = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child"]
    if subprocess.run(argv + ["true"], stderr=subprocess.DEVNULL).returncode:
        return False
    os.environ["ROTATE_ALONE"] = "1"
    os.execvp(argv[0], argv + [sys.executable, os.path.abspath(__file__)])


os.environ["PATH"] += ":/usr/sbin:/sbin"
for tool in ("nginx", "logrotate"):
    if shutil.which(tool) is None:
        rt.skip_all("%s is not there" % tool)
DELETE = 'action = "delete";'
if alone():
    scene("create, delete, collapse", DELETE + ' live = "collapse";', False,
          True)
else:
    ok(True, "collapse # SKIP needs root and namespaces to see who has a file"
       " open")
scene("create, delete", DELETE, False)
scene("create, anonymise", MASK, False)
scene("copytruncate, delete", DELETE, True)
scene("copytruncate, anonymise", MASK, True)
rt.done()
