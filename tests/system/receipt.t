#!/usr/bin/env python3
# Proves that an auditor gets what he needs without the daemon: a receipt for
# one row that nobody can alter, a record of disposal whose counts are those
# of the database, and a bundle that programs of another make verify.

import hashlib
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import attacks  # noqa: E402
import rt  # noqa: E402
import world  # noqa: E402

s = world.build(120)
before = world.View(s)
rt.same(s.retentiond("--once").returncode, 0, "a pass over everything")
after = world.View(s)
vkey = s.vkey()
gone = {d: sorted(world.gone(before, after, d)[0]) for d in world.DATASETS}
kept = {d: sorted(set(before.keyed(d)) - set(gone[d]))
        for d in world.DATASETS}


def receipt(dataset, key, *more):
    keys = [x for k in key for x in ("--key", str(k))]
    return s.ctl("audit", "receipt", "--dataset", "w/" + dataset, *keys,
                 *more)


def check(path, *more):
    return s.ctl("audit", "verify-receipt", path, *more)


# --- receipts --------------------------------------------------------------
for d in sorted(world.DATASETS) + ["box"]:
    key = gone[d][len(gone[d]) // 2] if d != "box" else ("box-1.db",)
    path = s.path("receipt-" + d)
    r = receipt(d, key, "--out", path)
    rt.ok(r.returncode == 0 and os.stat(path).st_mode & 0o777 == 0o600,
          d + ": a receipt for an erased one, 0600", r.err)
    r = check(path, "--key", vkey, "--json")
    said = json.loads(r.out)
    rt.same((r.returncode, said["verdict"], said["certain"], said["dataset"],
             said["n"]), (0, "VALID", True, "w/" + d,
                          len(gone[d]) if d != "box" else 3),
            d + ": VALID, and what it says")
for d in sorted(world.DATASETS):
    r = receipt(d, kept[d][0])
    rt.ok(r.returncode == 1 and r.out == "" and "not erased" in r.err,
          d + ": a bystander is not erased, and there is no receipt", r.err)
r = receipt("nobody", (1,))
rt.ok(r.returncode == 1 and "no operation of that dataset" in r.err,
      "a dataset that is not in the trail", r.err)
r = receipt("visit", gone["visit"][0][:1])
rt.same(r.returncode, 1, "half a key of two columns finds nothing")
rt.same(receipt("visit", gone["visit"][0], "--out",
                s.path("receipt-visit")).returncode, 1,
        "a receipt replaces no file")
rt.same(s.ctl("audit", "receipt", "--dataset", "w/visit").returncode, 64,
        "without a key: wrong usage")

path = s.path("receipt-person")
with open(path, "rb") as f:
    good = f.read()
rt.same(check(path).returncode, 3, "no pin: UNVERIFIABLE")
other = world.build(12)
other.retentiond("--once")
rt.same(check(path, "--key", other.vkey()).returncode, 3,
        "the key of another trail: UNVERIFIABLE")
rt.same(check(s.path("nothing"), "--key", vkey).returncode, 4,
        "no file: status 4")
wrong = []
bad = s.path("receipt-bad")
for i in range(0, len(good), 61):
    with open(bad, "wb") as f:
        f.write(good[:i] + bytes([good[i] ^ 1 << i % 7]) + good[i + 1:])
    r = check(bad, "--key", vkey)
    if r.returncode not in (1, 3):
        wrong.append("byte %d: status %d" % (i, r.returncode))
rt.none(wrong, "a changed byte is refused, wherever it is")
for name, data in (("cut", good[:-40]), ("empty", b""), ("more", good + b" "),
                   ("another spelling", json.dumps(json.loads(good)).encode()),
                   ("noise", os.urandom(400))):
    with open(bad, "wb") as f:
        f.write(data)
    rt.same(check(bad, "--key", vkey).returncode, 1, "refused: " + name)

# Another row's item in the same receipt, as a forger would try.
forged = json.loads(good)
forged["item"]["key"] = [str(kept["person"][0][0])]
with open(bad, "w") as f:
    f.write(json.dumps(forged, separators=(",", ":")) + "\n")
r = check(bad, "--key", vkey)
rt.ok(r.returncode == 1 and "not among those" in r.out,
      "the name of a row that stayed does not fit", r.out)
# The parts by themselves, with stock tools.
rt.ok(forged["intent"]["proof"].startswith("c2sp.org/tlog-proof@v1\nindex "),
      "the proofs are tlog-proofs")

# --- the record of disposal ------------------------------------------------
r = s.ctl("audit", "certificate", "--key", vkey, "--json")
c = json.loads(r.out)
rt.same((c["verdict"], c["pinned"], c["unfinished"]), ("VALID", True, 0),
        "a certificate on a VALID trail")
counts = {x["dataset"]: x["erased"] for x in c["classes"]}
rt.same(counts, dict({"w/" + d: len(gone[d]) for d in world.DATASETS},
                     **{"w/box": 3}), "its counts are the database's")
rt.ok(all(x["policy_in_force"] and x["promise"] == "kept for two years" and
          x["controller"] == "Example" and x["method"]
          for x in c["classes"]), "authority, promise, method", r.out)
r = s.ctl("audit", "certificate", "--key", vkey, "w/person", "w/box")
text = r.out.encode()
at = text.rindex(b"fingerprint SHA-256 ")
rt.same(text[at + 20:-1].decode(), hashlib.sha256(text[:at]).hexdigest(),
        "its fingerprint is that of its text")
rt.ok("w/person" in r.out and "w/letter" not in r.out and
      "nist clear" not in r.out.lower() and "claims nothing" in r.out and
      "assurance" in r.out, "only what was asked for, and what is not claimed",
      r.out)
r = s.ctl("audit", "certificate", "--agreement", "A-1", "--json")
rt.same([x["dataset"] for x in json.loads(r.out)["classes"]], ["w/box"],
        "by agreement")
rt.same(json.loads(r.out)["verdict"], "UNVERIFIABLE",
        "without a key it says so")
t = [x for x in s.trail() if x["type"] == "done"]
edge = t[len(t) // 2]["t"]
early = s.ctl_json("audit", "certificate", "--to", edge)["classes"]
late = s.ctl_json("audit", "certificate", "--from", edge)["classes"]
rt.ok(early and late and sum(x["erased"] for x in early + late) ==
      sum(counts.values()), "by time: nothing twice, nothing lost")
rt.same(s.ctl("audit", "certificate", "w/nobody").returncode, 1,
        "no operation, no certificate")

# --- the bundle ------------------------------------------------------------
bundle, tar = s.path("bundle"), s.path("bundle.tar")
for out in (bundle, tar):
    r = s.ctl("audit", "export", out, "--key", vkey)
    rt.same((r.returncode, r.err), (0, ""), "export to " +
            os.path.basename(out))
rt.same(s.ctl("audit", "export", bundle).returncode, 1,
        "an export replaces nothing")
os.mkdir(s.path("untar"))
subprocess.run(["tar", "-xf", tar, "-C", s.path("untar")], check=True)


def files(top):
    out = {}
    for d, _, names in os.walk(top):
        for n in names:
            with open(os.path.join(d, n), "rb") as f:
                out[os.path.relpath(os.path.join(d, n), top)] = f.read()
    return out


in_folder = files(bundle)
rt.same(sorted(in_folder), sorted(files(s.path("untar"))),
        "folder and tar file hold the same files")
for d in (bundle, s.path("untar")):
    r = subprocess.run(["sha256sum", "-c", "--quiet", "MANIFEST"], cwd=d,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    rt.same((r.returncode, r.stdout), (0, b""), "its sums are right")
rt.same({n for n in in_folder if n.startswith("trail/")},
        {"trail/" + n for n in files(s.path("state", "trail"))},
        "the whole trail is in it")
rt.none([n for n in in_folder if "key" in n and n != "trail/keys.chain"],
        "no key is in it")
with open(s.path("policies.d", "w.conf"), "rb") as f:
    digest = hashlib.sha256(f.read()).hexdigest()
rt.ok("policies/%s.conf" % digest in in_folder,
      "the policy by its digest", sorted(in_folder))

programs = {
    "retentionctl": [rt.program("retentionctl"), "audit", "verify"],
    "verify-trail.py": [os.path.join(rt.CONTRIB, "verify-trail.py")],
    "verify-trail.sh": [os.path.join(rt.CONTRIB, "verify-trail.sh")]}


def verdicts(folder, *options):
    out = {}
    for name, argv in programs.items():
        r = subprocess.run(argv + [folder, *options], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        out[name] = r.returncode
    return out


def all_say(verdict):
    return dict.fromkeys(programs, verdict)


rt.same(verdicts(bundle, "--key", vkey), all_say(0),
        "the bundle verifies with all three programs")
rt.same(verdicts(bundle), all_say(3), "without a key: UNVERIFIABLE")
rt.same(verdicts(bundle, "--key", other.vkey()), all_say(3),
        "with another key: UNVERIFIABLE")
rt.same(verdicts(bundle, "--key", "nonsense"), all_say(4), "not a key")
rt.same(verdicts(s.path("nothing"), "--key", vkey), all_say(4), "no folder")
with open(s.path("state", "keys", "current"), "rb") as f:
    seed = f.read()
small = s.path("attacked")
for attack, verdict in attacks.VERDICTS.items():
    shutil.rmtree(small, ignore_errors=True)
    shutil.copytree(os.path.join(other.state if attack.__name__[:5] != "items"
                                 else s.state, "trail"), small)
    if attack.__name__[:5] != "items":
        with open(other.path("state", "keys", "current"), "rb") as f:
            c = attacks.Copy(small, f.read())
        pin = other.vkey()
    else:
        c, pin = attacks.Copy(small, seed), vkey
    attack(c)
    c.put()
    rt.same(verdicts(small, "--key", pin), all_say(verdict),
            "attack: " + attack.__name__.replace("_", " "))
shutil.rmtree(small)
shutil.copytree(os.path.join(other.state, "trail"), small)
shutil.copy(s.path("state", "trail", "checkpoint"), small)
rt.same(verdicts(small, "--key", other.vkey()), all_say(1),
        "attack: the checkpoint of another trail")

# A tampered trail certifies nothing, and is still handed over.
c = attacks.Copy(other.path("state", "trail"))
attacks.edit(c)
c.put()
r = other.ctl("audit", "certificate")
rt.ok(r.returncode == 1 and r.out == "" and "TAMPERED" in r.err,
      "a TAMPERED trail: no certificate", r.err)
r = other.ctl("audit", "receipt", "--dataset", "w/person", "--key", "2")
rt.ok(r.returncode == 1 and r.out == "" and "TAMPERED" in r.err,
      "and no receipt", r.err)
r = other.ctl("audit", "export", other.path("bundle"))
rt.ok(r.returncode == 0 and "TAMPERED" in r.err and not os.path.exists(
    other.path("bundle", "certificate.txt")),
    "and an export without a certificate", r.err)

# --- nothing about a person ------------------------------------------------
values = set()
for (_, table), rows in before.rows.items():
    for row in rows:
        values |= {v.encode() for v in row if isinstance(v, str) and
                   (v.startswith("name-") or "@" in v or "192.0." in v)}
rt.ok(len(values) > 400, "there are personal values to look for")
places = dict(in_folder, **{"state/" + n: b for n, b in files(
    s.state).items() if not n.startswith("keys")})
places["said"] = b"".join(s.said)
places["receipt"] = good
with open(tar, "rb") as f:
    places["tar"] = f.read()
rt.none(["%s: %r" % (n, v) for n, b in places.items() for v in values
         if v in b], "none of them in bundle, state, output and receipt")

# --- a destroyed key -------------------------------------------------------
os.remove(s.path("state", "keys", "commit", "0.key"))
r = receipt("person", gone["person"][0])
rt.ok(r.returncode == 1 and "can no longer be opened" in r.err,
      "with the epoch's key gone nothing can be opened", r.err)
rt.same(check(path, "--key", vkey).returncode, 0,
        "a receipt that was given before stays VALID")
rt.ok(not os.path.exists(s.path("state", "keys", "commit", "0.key")),
      "and no new key was made")
rt.done()
