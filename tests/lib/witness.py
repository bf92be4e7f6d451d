"""witness - a C2SP witness for tests: add-checkpoint over HTTP, keys and
signatures by the openssl program."""

import base64
import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

DASH = "\u2014"


def openssl(*args, **more):
    return subprocess.run(["openssl", *args], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          **more).stdout


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def consistent(old, old_root, new, new_root, proof):
    """RFC 9162, section 2.1.4.2."""
    if old == 0:
        return not proof
    if old == new:
        return not proof and old_root == new_root
    if old & (old - 1) == 0:
        proof = [old_root] + proof
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    if not proof:
        return False
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


class Witness:
    def __init__(self, name):
        self.name, self.size, self.root, self.server = name, 0, None, None
        self.dir = tempfile.mkdtemp(prefix="retention-witness.")
        self.key = os.path.join(self.dir, "key.pem")
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.key)
        pub = openssl("pkey", "-in", self.key, "-pubout", "-outform",
                      "DER")[-32:]
        raw = b"\x04" + pub
        self.id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        self.vkey = "%s+%s+%s" % (name, self.id.hex(),
                                  base64.b64encode(raw).decode())

    def cosign(self, text):
        now = int(time.time())
        path = os.path.join(self.dir, "text")
        with open(path, "wb") as f:
            f.write(b"cosignature/v1\ntime %d\n" % now + text)
        sig = openssl("pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in",
                      path)
        raw = self.id + struct.pack(">Q", now) + sig
        return "%s %s %s\n" % (DASH, self.name,
                               base64.b64encode(raw).decode())

    def add(self, body):
        """(status, reply) to an add-checkpoint request."""
        head, _, note = body.partition(b"\n\n")
        lines = head.decode().split("\n")
        old = int(lines[0].split(" ")[1])
        proof = [base64.b64decode(line) for line in lines[1:]]
        text = note.partition(b"\n\n")[0] + b"\n"
        _, size, root = text.decode().splitlines()
        size, root = int(size), base64.b64decode(root)
        if old != self.size:
            return 409, "%d\n" % self.size
        if size < old:
            return 400, ""
        if not consistent(old, self.root, size, root, proof):
            return 422, ""
        self.size, self.root = size, root
        return 200, self.cosign(text)

    def serve(self):
        witness = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                n = int(self.headers["Content-Length"])
                try:
                    status, reply = witness.add(self.rfile.read(n))
                except Exception as e:  # noqa: BLE001 - told to the client
                    status, reply = 400, "%r\n" % e
                self.send_response(status)
                self.end_headers()
                self.wfile.write(reply.encode())

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
        shutil.rmtree(self.dir, ignore_errors=True)
