#!/usr/bin/env python3
# Proves that each way to change a finished trail gives the verdict, the exit
# status and the finding it must.  The trails are the daemon's own: several
# segments, three keys, an operation with an items file; what is changed in
# them is signed anew by openssl with the keys that the attacker has.

import base64
import gzip
import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import forge  # noqa: E402
import rt  # noqa: E402

ORIGIN = "host1.example.org"
TABLES = 20
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "%s"; metrics = ""; trail = { segment = "64 KiB"; };
brake = { rows = 1000000; share = 1.0; };
"""
POLICY = """notice = { id = "s"; title = "Sets"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; } );
datasets = ( %s );
"""
DATASET = """{ name = "d%02d"; promise = "kept for two years"; basis = "test";
  mode = "enforce"; store = "site"; table = "t%02d"; action = "delete";
  keep = { period = "2 years"; from = "at"; clock = "unix"; }; }"""

CODES = {"VALID": 0, "TAMPERED": 1, "INCOMPLETE": 2, "UNVERIFIABLE": 3}


def setup(origin=ORIGIN):
    s = rt.Setup()
    os.mkdir(s.path("policies.d"))
    os.mkdir(s.path("data"))
    with open(s.conf, "w") as f:
        f.write(MAIN % origin)
    with open(s.path("policies.d", "s.conf"), "w") as f:
        f.write(POLICY % ",\n".join(DATASET % (i, i) for i in range(TABLES)))
    c = sqlite3.connect(s.data("site.db"))
    for i in range(TABLES):
        c.execute("CREATE TABLE t%02d (id INTEGER PRIMARY KEY, at INT)" % i)
    c.close()
    return s


def fill(s, n, tables=range(TABLES)):
    c = sqlite3.connect(s.data("site.db"))
    for i in tables:
        c.executemany("INSERT INTO t%02d (at) VALUES (?)" % i,
                      [(1000000000,)] * n)
    c.commit()
    c.close()


def seed(s):
    with open(s.path("state", "keys", "current"), "rb") as f:
        return f.read()


def must(condition, what, *why):
    if not rt.ok(condition, what, *why):
        rt.done()


def make():
    """Three epochs, a pass in each, and the seeds that an attacker could have
    taken while they were in force."""
    s, seeds = setup(), []
    must(s.ctl("key", "init", "--recovery", s.path("recovery")).returncode
         == 0, "a key and a recovery key are made")
    for epoch, (rows, tables) in enumerate(
            [(60, range(TABLES)), (60, range(TABLES)), (100, [3])]):
        fill(s, rows, tables)
        seeds.append(seed(s))
        r = s.retentiond("--once")
        must(r.returncode == 0, "epoch %d: a pass" % epoch, r.err)
        if epoch == 2:
            break
        must(s.start(), "epoch %d: the daemon runs" % epoch)
        r = s.ctl("key", "rotate")
        must(r.returncode == 0, "epoch %d: the key is replaced" % epoch,
             r.err)
        s.stop()
    return s, {i: forge.Key(x, ORIGIN) for i, x in enumerate(seeds)}


HOST, KEYS = make()
TRAIL = HOST.path("state", "trail")
PIN = HOST.vkey()
rt.same(PIN, KEYS[0].vkey, "the key to pin is the first one")
OTHER = setup("host2.example.org")
OTHER.retentiond("--once")
AGAIN = setup()                 # the same name, another genesis
AGAIN.retentiond("--once")
NEWEST = {0: KEYS[2], 1: KEYS[2], 2: KEYS[2]}


# Each row: what is done, to a forge.Trail; it may return more arguments of
# `audit verify`.

def untouched(t):
    pass


def text_edited(t):
    t.replace(t.find("done"), '"erased":60', '"erased":61')


def record_deleted(t):
    t.remove(t.find("done"))


def deleted_chained(t):
    t.remove(t.find("done"))
    t.rechain()


def swapped(t):
    i = t.find("intent", 1)
    a, b = t.get(i), t.get(i + 1)
    t.put(i, b)
    t.put(i + 1, a)


def duplicated(t):
    i = t.find("done")
    t.insert(i, t.get(i))


def inserted_chained(t):
    i = t.find("start")
    t.insert(i, t.get(i))
    t.rechain()


def cp_removed(t):
    t.remove(t.find("cp", 1))
    t.rechain()


def cp_flipped(t):
    i = t.find("cp", 1)
    r = json.loads(t.get(i))
    raw = bytearray(base64.b64decode(r["note"].split()[-1]))
    raw[40] ^= 1
    r["note"] = r["note"].rsplit(" ", 1)[0] + " " + \
        base64.b64encode(bytes(raw)).decode() + "\n"
    t.put(i, forge.line_of(r))
    t.rechain()


def cp_stripped(t):
    i = t.find("cp", 1)
    r = json.loads(t.get(i))
    r["note"] = r["note"].split(forge.DASH)[0]
    t.put(i, forge.line_of(r))
    t.rechain()


def epoch0_newest_key(t):
    t.replace(t.find("start"), '"once"', '"onc3"')
    t.rechain(NEWEST)


def epoch0_later_finals(t):
    """Only the first epoch by the newest key; rotations as they should be,
    signed by the keys that the attacker has."""
    t.replace(t.find("start"), '"once"', '"onc3"')
    t.rechain({0: KEYS[2], 1: KEYS[1], 2: KEYS[2]})


def rotation_forked(t):
    stranger = forge.Key(b"\7" * 32, ORIGIN)
    i = t.find("rotate", 0)
    t.change(i, vkey=stranger.vkey)
    t.cut(i + 2)
    t.rechain({0: KEYS[2], 1: stranger}, i)
    stranger.close()


def own_epoch(t):
    """The last pass never happened."""
    i = t.find("intent", -1)
    t.replace(i, "period 2 years", "period 1 years")
    t.rechain(KEYS, i)


def own_epoch_anchor_inside(t):
    t.write("copy.note", t.read("checkpoint"))
    own_epoch(t)
    return ["--anchor", t.path("copy.note")]


def own_epoch_anchor_folder(t):
    size, note = t.checkpoint_at(len(t))
    t.write("anchor/%d.note" % size, note)
    own_epoch(t)


def anchored(t):
    out = []
    for n in (10, 60, len(t)):
        size, note = t.checkpoint_at(n)
        t.write("anchor/%d.note" % size, note)
        t.write("elsewhere/%d.note" % size, note)
        out += ["--anchor", t.path("elsewhere/%d.note" % size)]
    return out


def cut_at_record(t):
    t.cut(t.find("done", -1))
    os.unlink(t.path("checkpoint"))


def cut_to_cp(t):
    i = t.find("cp", -3)
    t.write("checkpoint", json.loads(t.get(i))["note"].encode())
    t.cut(i + 1)


def cut_to_cp_anchor(t):
    t.write("copy.note", t.read("checkpoint"))
    cut_to_cp(t)
    return ["--anchor", t.path("copy.note")]


def cut_in_rotation(t):
    i = t.find("rotate", -1)
    t.write("checkpoint", t.checkpoint_at(i)[1])
    t.cut(i + 1)


def torn(t):
    t.tail = b'{"v":1,"seq":'


def nul_tail(t):
    t.tail = b"\0" * 5000


def garbage(t):
    t.segments[-1].append(b"{}")


def open_intent(t):
    i = t.find("done", -1)
    t.remove(i)
    t.rechain(KEYS, i)


def no_intent(t):
    i = t.find("intent", -1)
    t.remove(i)
    t.rechain(KEYS, i)


def second_outcome(t):
    i = t.find("done", -1)
    t.insert(i, t.get(i))
    t.rechain(KEYS, i)


def op_again(t):
    i = t.find("intent", 30)
    t.insert(i + 2, t.get(i + 1))
    t.insert(i + 2, t.get(i))
    t.rechain(KEYS, i)


def wrong_sum(t):
    i = t.find("done", -1)
    t.replace(i, '"erased":', '"erased":1')
    t.rechain(KEYS, i)


def wrong_n(t):
    """One commitment fewer than is said."""
    i = t.find("intent", 21)
    r = json.loads(t.get(i))
    del r["c"][0]
    t.put(i, forge.line_of(r))
    t.rechain(KEYS, i)


def wrong_commitment(t):
    i = t.find("intent", 21)
    r = json.loads(t.get(i))
    r["c"][0] = base64.b64encode(b"\0" * 32).decode()
    t.put(i, forge.line_of(r))
    t.rechain(KEYS, i)


def time_back(t):
    i = t.find("done", -1)
    t.change(i, t="2025-01-01T00:00:00.000Z")
    t.rechain(KEYS, i)


def later_than_anchor(t):
    """A signed anchor, half a day older than the records under it."""
    i = t.find("cp", -1)
    r = json.loads(t.get(i))
    root = r["note"].split("\n")[2]
    t.write("anchor/%d.note" % i, r["note"].encode())
    anchor = {k: r[k] for k in ("v", "seq", "ep", "t", "prev")}
    anchor.update(type="anchor", size=i, root=root, kind="copy",
                  sha256=hashlib.sha256(r["note"].encode()).hexdigest(),
                  at=r["t"][:10] + "T00:00:00.000Z",
                  by="copies.example.net")
    if r["t"][11:13] == "00":           # the test runs after midnight
        anchor["at"] = "2026-01-01T00:00:00.000Z"
    t.segments[-1] += [forge.line_of(anchor), t.get(i)]
    t.rechain(KEYS, i + 1)


def fresh_anchor(t):
    later_than_anchor(t)
    i = t.find("anchor")
    t.change(i, at=json.loads(t.get(i))["t"])
    t.rechain(KEYS, i)


def anchor_gone(t):
    fresh_anchor(t)
    shutil.rmtree(t.path("anchor"))


def anchor_altered(t):
    fresh_anchor(t)
    name = "anchor/" + os.listdir(t.path("anchor"))[0]
    more = "%s example.net/other AAAAAAAA\n" % forge.DASH
    t.write(name, t.read(name) + more.encode())


def anchor_of_other_root(t):
    later_than_anchor(t)
    i = t.find("anchor")
    t.change(i, at=json.loads(t.get(i))["t"],
             root=base64.b64encode(b"\1" * 32).decode())
    t.rechain(KEYS, i)


def other_host(t):
    shutil.rmtree(t.dir)
    shutil.copytree(OTHER.path("state", "trail"), t.dir)


def wrong_pin(t):
    return ["--key", KEYS[1].vkey]


def grafted(t):
    shutil.copy(OTHER.path("state", "trail", "checkpoint"),
                t.path("checkpoint"))


def grafted_inside(t):
    other = forge.Trail(OTHER.path("state", "trail"), "host2.example.org")
    i = t.find("cp", 1)
    t.change(i, note=other.records()[other.find("cp")]["note"])
    other.close()
    t.rechain()


def crlf(t):
    t.end = b"\r\n"


def bom(t):
    t.segments[0][0] = b"\xef\xbb\xbf" + t.segments[0][0]


def reserialised(t):
    t.put(5, json.dumps(json.loads(t.get(5))).encode())


def key_order(t):
    r = json.loads(t.get(5))
    t.put(5, forge.line_of(dict(reversed(list(r.items())))))


def duplicate_key(t):
    i = t.find("done", -1)
    t.replace(i, '"left":0', '"left":0,"left":0')
    t.rechain(KEYS, i)


def not_integer(t):
    i = t.find("done", -1)
    t.replace(i, '"left":0', '"left":0.0')
    t.rechain(KEYS, i)


def segment_missing(t):
    t.names = [0, None] + [sum(map(len, t.segments[:i]))
                           for i in range(2, len(t.segments))]


def segments_reordered(t):
    at = [sum(map(len, t.segments[:i])) for i in range(len(t.segments))]
    t.names = [at[0], at[2], at[1]] + at[3:]


def first_segment_missing(t):
    t.names = [None] + [sum(map(len, t.segments[:i]))
                        for i in range(1, len(t.segments))]


def segment_renamed(t):
    at = [sum(map(len, t.segments[:i])) for i in range(len(t.segments))]
    t.names = at[:-1] + [at[-1] + 1]


def checkpoint_gone(t):
    os.unlink(t.path("checkpoint"))


def all_gone(t):
    t.names = [None] * len(t.segments)
    os.unlink(t.path("checkpoint"))


def unknown_version(t):
    t.replace(5, '"v":1', '"v":2')


def snapshot_continued(t):
    """Restored to the second epoch's end, and run on: both branches signed."""
    t.write("copy.note", t.read("checkpoint"))
    i = t.find("start", -1)
    t.change(i, boot="00000000-0000-4000-8000-000000000000")
    t.rechain(KEYS, i)
    return ["--anchor", t.path("copy.note")]


def fresh(t):
    shutil.rmtree(t.dir)
    shutil.copytree(AGAIN.path("state", "trail"), t.dir)


def unsealed_edited(t):
    """The last record before a seal that was cut off."""
    i = t.find("stop", -1)
    t.cut(i + 1)
    t.replace(i, '"done"', '"dome"')
    t.write("checkpoint", t.checkpoint_at(i)[1])


def items_file(t):
    return "items/" + os.listdir(t.path("items"))[0]


def items_altered(t):
    data = bytearray(t.read(items_file(t)))
    data[100] ^= 1
    t.write(items_file(t), bytes(data))


def items_short(t):
    t.write(items_file(t), t.read(items_file(t))[:-32])


def items_missing(t):
    os.unlink(t.path(items_file(t)))


def retired_key_alone(t):
    """The first epoch's key leaked later; the epochs after are not the
    attacker's, and he signs them by a key of his own."""
    stranger = forge.Key(b"\5" * 32, ORIGIN)
    t.replace(t.find("start"), '"once"', '"onc3"')
    t.rechain({0: KEYS[0], 1: stranger, 2: stranger})
    stranger.close()


def retired_key_whole(t):
    """... and ends there, with a rotation to a key of the attacker's: what the
    true later keys sealed is gone, and any copy of it shows that."""
    t.write("copy.note", t.read("checkpoint"))
    retired_key_alone(t)
    i = t.find("rotate", 0)
    t.cut(i + 2)
    return ["--anchor", t.path("copy.note")]


def bad_note(change):
    def attack(t):
        i = t.find("cp", -1)
        r = json.loads(t.get(i))
        text, sigs = r["note"].split("\n\n")
        r["note"] = change(text + "\n", sigs, KEYS[2])
        t.put(i, forge.line_of(r))
        t.rechain()
        os.unlink(t.path("checkpoint"))
    return attack


def resign(text, key):
    return text + "\n" + key.sign(text.encode())


def spare_bits(text, sigs, key):
    """The root in base 64 with a bit set that decodes to nothing."""
    lines = text.split("\n")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    c = lines[2][-2]
    lines[2] = lines[2][:-2] + last[last.index(c) + 1] + "="
    return resign("\n".join(lines), key)


def leading_zero(text, sigs, key):
    lines = text.split("\n")
    return resign("\n".join([lines[0], "0" + lines[1]] + lines[2:]), key)


def too_many(text, sigs, key):
    other = "%s example.net/other AAAAAAAA\n" % forge.DASH
    return text + "\n" + sigs + other * 100


def many(text, sigs, key):
    other = "%s example.net/other AAAAAAAA\n" % forge.DASH
    return text + "\n" + sigs + other * 99


def no_last_lf(text, sigs, key):
    return text + "\n" + sigs[:-1]


def extension_line(text, sigs, key):
    return resign(text + "more\n", key)


def other_tree(text, sigs, key):
    lines = text.split("\n")
    lines[2] = base64.b64encode(b"\1" * 32).decode()
    return resign("\n".join(lines), key)


def other_size(text, sigs, key):
    lines = text.split("\n")
    lines[1] = str(int(lines[1]) - 1)
    return resign("\n".join(lines), key)


def compressed(t):
    t.save()
    name = sorted(os.listdir(t.path("log")))[0]
    t.write("log/%s.gz" % name, gzip.compress(t.read("log/" + name)))
    os.unlink(t.path("log", name))
    t.save = lambda: None


def compressed_twice(t):
    """The plain one is still there: it counts."""
    compressed(t)
    gz = [n for n in os.listdir(t.path("log")) if n.endswith(".gz")][0]
    t.write("log/" + gz[:-3], gzip.decompress(t.read("log/" + gz)))
    t.write("log/" + gz, b"half of it")


def gz_changed(how):
    def attack(t):
        compressed(t)
        gz = "log/" + [n for n in os.listdir(t.path("log"))
                       if n.endswith(".gz")][0]
        t.write(gz, how(t.read(gz)))
    return attack


def bomb(data):
    return gzip.compress(gzip.decompress(data) + b"\0" * 50000000)


T, V, I, U = "TAMPERED", "VALID", "INCOMPLETE", "UNVERIFIABLE"
ROWS = [
    ("1 untouched and closed", untouched, V, ""),
    ("1 with copies beside it and elsewhere", anchored, V, ""),
    ("2 edited", text_edited, T, "changed"),
    ("3 deleted", record_deleted, T, "removed"),
    ("4 deleted, numbered and chained anew", deleted_chained, T,
     "does not match"),
    ("5 two swapped", swapped, T, "moved"),
    ("6 duplicated", duplicated, T, "added"),
    ("7 inserted, chained anew", inserted_chained, T, "does not match"),
    ("8 a checkpoint removed, chained anew", cp_removed, T, "does not match"),
    ("9 a signature's bit flipped", cp_flipped, T, "did not sign"),
    ("9 a checkpoint without signatures", cp_stripped, T, "did not sign"),
    ("10 epoch 0 signed with the newest key", epoch0_newest_key, T,
     "did not sign"),
    ("11 with plausible later finals", epoch0_later_finals, T,
     "did not sign"),
    ("12 a rotation forked to another key", rotation_forked, T,
     "did not sign"),
    ("13 the current epoch by the current key: the limit", own_epoch, V, ""),
    ("14 the same, a copy kept elsewhere", own_epoch_anchor_inside, T,
     "another root"),
    ("14 the same, a copy in the trail", own_epoch_anchor_folder, T,
     "another root"),
    ("15 cut at a record", cut_at_record, I, "without an outcome"),
    ("16 cut back to a checkpoint", cut_to_cp, I, "not closed"),
    ("17 the same, a copy kept elsewhere", cut_to_cp_anchor, T, "cut back"),
    ("18 cut between rotation and final checkpoint", cut_in_rotation, I,
     "without a checkpoint"),
    ("19 a torn last line", torn, I, "torn"),
    ("19 a tail of NULs", nul_tail, I, "torn"),
    ("20 a complete garbage line", garbage, T, "no version"),
    ("21 an intent without outcome", open_intent, I, "without an outcome"),
    ("22 an outcome without intent", no_intent, T, "without an open intent"),
    ("22 a second outcome", second_outcome, T, "without an open intent"),
    ("22 an operation used again", op_again, T, "second time"),
    ("22 sums that do not agree", wrong_sum, T, "add up"),
    ("22 a commitment too few", wrong_n, T, "is not n"),
    ("22 a commitment changed", wrong_commitment, T, "match their root"),
    ("23 time runs backwards", time_back, T, "backwards"),
    ("24 a record later than its anchor", later_than_anchor, T,
     "later than the anchor"),
    ("24 not later", fresh_anchor, I, "not closed"),
    ("24 an anchor whose evidence is gone", anchor_gone, U, "missing"),
    ("24 an anchor whose evidence was altered", anchor_altered, T,
     "altered"),
    ("24 an anchor over another root", anchor_of_other_root, T,
     "another root"),
    ("25 the trail of another host", other_host, U, "another key"),
    ("25 the wrong pin", wrong_pin, U, "another key"),
    ("26 another trail's checkpoint beside it", grafted, T, "another trail"),
    ("26 another trail's checkpoint inside", grafted_inside, T,
     "did not sign"),
    ("27 CRLF", crlf, T, "CR before LF"),
    ("27 a byte order mark", bom, T, "byte order mark"),
    ("27 JSON written anew", reserialised, T, "spaces"),
    ("27 JSON in another order", key_order, T, ""),
    ("27 a key twice, validly signed", duplicate_key, T, "each key once"),
    ("27 no integer, validly signed", not_integer, T, "integer"),
    ("28 a segment is missing", segment_missing, T, "removed"),
    ("28 segments reordered", segments_reordered, T, "removed"),
    ("28 the first segment is missing", first_segment_missing, T, "removed"),
    ("28 a segment under a wrong name", segment_renamed, T, "segment"),
    ("the checkpoint file is gone: it is a convenience", checkpoint_gone, V,
     ""),
    ("29 all files gone", all_gone, U, "no record"),
    ("30 an unknown version", unknown_version, U, "version 2"),
    ("31 a snapshot restored and continued", snapshot_continued, T,
     "another root"),
    ("33 a fresh trail with its own genesis", fresh, U, "another key"),
    ("34 the last unsealed record edited", unsealed_edited, I,
     "without a checkpoint"),
    ("36 items altered", items_altered, T, "items file"),
    ("36 items cut short", items_short, T, "items file"),
    ("36 items missing", items_missing, U, "items file"),
    ("42 a retired key leaked, its epoch rewritten", retired_key_alone, T,
     "did not sign"),
    ("42 the same, ending there", retired_key_whole, T, ""),
    ("45 spare bits in base 64", bad_note(spare_bits), T, "not match"),
    ("45 a leading zero", bad_note(leading_zero), T, "not match"),
    ("45 an extension line", bad_note(extension_line), T, "not match"),
    ("45 101 signatures", bad_note(too_many), T, "did not sign"),
    ("45 100 signatures are fine", bad_note(many), V, ""),
    ("45 no LF at the end", bad_note(no_last_lf), T, "did not sign"),
    ("46 signed over another root", bad_note(other_tree), T, "not match"),
    ("46 signed over another size", bad_note(other_size), T, "not match"),
    ("a compressed segment", compressed, V, ""),
    ("a compressed segment beside the plain one", compressed_twice, V, ""),
    ("a compressed segment, cut short",
     gz_changed(lambda d: d[:len(d) // 2]), T, "damaged"),
    ("a compressed segment, a bit flipped",
     gz_changed(lambda d: d[:-5] + bytes([d[-5] ^ 1]) + d[-4:]), T,
     "damaged"),
    ("a compressed segment, more behind it",
     gz_changed(lambda d: d + gzip.compress(b"{}\n")), T, "damaged"),
    ("a compressed segment that is a bomb", gz_changed(bomb), T,
     "longer than any record"),
]


def verify(folder, *args, pin=PIN):
    key = [] if "--key" in args or pin is None else ["--key", pin]
    r = HOST.ctl("audit", "verify", folder, "--json", *key, *args)
    try:
        return r.returncode, json.loads(r.out)
    except ValueError:
        return r.returncode, {"verdict": (r.out + r.err).strip(),
                              "findings": []}


def alike(text, folder, verdict, *args):
    """The verifier that was written from the formats alone says the same."""
    key = [] if "--key" in args else ["--key", PIN]
    r = subprocess.run([os.path.join(rt.CONTRIB, "verify-trail.py"), *key,
                        *args, folder], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    rt.ok(r.returncode == CODES[verdict], "%s: verify-trail.py, too" % text,
          r.returncode, r.stdout.decode())


def judge(text, code, said, verdict, why):
    findings = ["%s %s: %s" % (f["verdict"], f["from"], f["text"])
                for f in said["findings"]]
    rt.ok((said["verdict"], code) == (verdict, CODES[verdict])
          and any(why in f for f in findings + ([""] if not why else []))
          and all(0 <= f["from"] <= f["to"] for f in said["findings"]),
          "%s: %s" % (text, verdict), said["verdict"], findings)


judge("1 as the daemon left it", *verify(TRAIL), "VALID", "")
for text, attack, verdict, why in ROWS:
    t = forge.Trail(TRAIL, ORIGIN)
    more = attack(t) or []
    if os.path.isdir(t.path("log")) and attack not in (other_host, fresh):
        t.save()
    judge(text, *verify(t.dir, *more), verdict, why)
    alike(text, t.dir, verdict, *more)
    t.close()

for hours, verdict in ((25, "VALID"), (27, "INCOMPLETE")):
    prefix, env = rt.at_fake(rt.later(rt.now(), hours * 3600))
    r = HOST._run(prefix + [rt.program("retentionctl"), "-c", HOST.conf,
                            "audit", "verify", TRAIL, "--json", "--key", PIN,
                            "--max-age", "26 hours"], env=env)
    judge("35 a copy, %d hours later" % hours, r.returncode,
          json.loads(r.out), verdict, "" if verdict == "VALID" else
          "older than allowed")
judge("32 no pin", *verify(TRAIL, pin=None), "UNVERIFIABLE", "no key")



def copy():
    """The host once more, with its state: to run the daemon on."""
    s = rt.Setup()
    os.rmdir(s.dir)
    shutil.copytree(HOST.dir, s.dir, ignore=lambda d, names:
                    [n for n in names if n == "control.sock"])
    return s


def put_trail(s, attack):
    """The host's trail, changed, in place of the copy's own."""
    t = forge.Trail(s.path("state", "trail"), ORIGIN)
    attack(t)
    t.save()
    shutil.rmtree(s.path("state", "trail"))
    shutil.copytree(t.dir, s.path("state", "trail"))
    t.close()


# 37: the daemon's ledger is behind no trail, and the daemon says so.
s = copy()
put_trail(s, cut_to_cp)
code, said = verify(s.path("state", "trail"))
rt.same(said["verdict"], "INCOMPLETE", "37 cut back: alone, it may be old")
r = s.retentiond("--once")
rt.ok(r.returncode != 0 and "TAMPERED" in r.err and "the ledger knows of"
      in r.err, "37 the ledger's head is beyond its end: TAMPERED, and "
      "nothing is erased", r.err)


def commitment(intent, key):
    """From the documented format, with the epoch's key."""
    def framed(x):
        return len(x).to_bytes(2, "big") + x

    def mac(k, label, text):
        return hmac.new(k, label + b"\0" + text, hashlib.sha256).digest()

    with open(HOST.path("state", "keys", "commit",
                        "%d.key" % intent["ep"]), "rb") as f:
        k_op = mac(f.read(), b"retentiond/op/v1", bytes.fromhex(intent["op"]))
    ident = b"".join(framed(x.encode())
                     for x in (intent["store"], intent["object"], key))
    salt = mac(k_op, b"retentiond/salt/v1", ident)
    return base64.b64encode(hashlib.sha256(
        b"retentiond/commit/v1\0" + salt + ident).digest()).decode()


# 38: the trail cannot know, but who has the epoch's key can show it.
intent = [r for r in HOST.trail() if r["type"] == "intent"][0]
rt.ok(commitment(intent, "7") in intent["c"] and
      commitment(intent, "61") not in intent["c"],
      "38 a row that is still there can be shown to have been done")
# A row that a done record says has gone, put back: who has the store and the
# key of the epoch opens the record at that row.
s = copy()
c = sqlite3.connect(s.data("site.db"))
c.execute("INSERT INTO t00 (id, at) VALUES (7, 1000000000)")
c.commit()
c.close()
r = s.ctl("audit", "verify", "--key", PIN, "--stores", "--json")
said = json.loads(r.out)
there = [f for f in said["findings"] if "s/d00: 1 of" in f["text"]]
rt.ok((r.returncode, said["verdict"]) == (1, "TAMPERED") and there and
      said["stores"]["there"] == len(said["findings"]) == len(there),
      "38 done although the row is there: TAMPERED, by a look into the stores",
      r.out)
receipt = s.path("receipt")
r = s.ctl("audit", "receipt", "--dataset", "s/d00", "--key", "7", "--out",
          receipt)
rt.same(r.returncode, 0, "38 a receipt for a row that is there again")
r = s.ctl("audit", "verify-receipt", receipt, "--key", PIN)
rt.ok(r.returncode == 0 and s.sql("site.db", "SELECT id FROM t00") == [(7,)],
      "38 the receipt says it was erased, the store has it: contradicted",
      r.out + r.err)

# 43: the key is lost; the offline recovery key names another one.
s = copy()
put_trail(s, cut_to_cp)
os.unlink(s.path("state", "keys", "current"))
r = s.ctl("key", "rekey", "--recovery", s.path("recovery"), "--key", PIN)
rt.same(r.returncode, 0, "43 a trail that was cut back, and a key lost: the "
        "recovery key's holder cannot see the ledger")
r = s.retentiond("--once")
rt.ok(r.returncode != 0 and "TAMPERED" in r.err and "the ledger" in r.err,
      "43 the daemon can: a new key does not cover it up", r.err)
s = copy()
os.unlink(s.path("state", "keys", "current"))
r = s.ctl("key", "rekey", "--recovery", s.path("recovery"), "--key", PIN)
rt.ok(r.returncode == 0, "43 a lost key is replaced", r.err)
rt.same(s.retentiond("--once").returncode, 0, "43 and the daemon goes on")
folder = s.path("state", "trail")
judge("43 a rekey", *verify(folder), "INCOMPLETE", "recovery key")
judge("43 a rekey that is accepted", *verify(folder, "--accept-rekey"),
      "VALID", "")
alike("43 a rekey", folder, "INCOMPLETE")
alike("43 a rekey that is accepted", folder, "VALID", "--accept-rekey")


def rekey_other(t):
    """The note is good, the key that comes is another."""
    stranger = forge.Key(b"\3" * 32, ORIGIN)
    i = t.find("rekey")
    t.change(i, vkey=stranger.vkey)
    t.rechain({2: KEYS[2], 3: stranger, 4: stranger}, i + 1)
    stranger.close()


def rekey_unsigned(t):
    i = t.find("rekey")
    t.change(i, recovery=base64.b64encode(forge.note(
        ORIGIN + " rekey", i, b"\0" * 32, [KEYS[2]]).encode()).decode())
    t.rechain()


for name, attack in (("another key", rekey_other),
                     ("not by the recovery key", rekey_unsigned)):
    put_trail(s, attack)
    judge("43 a rekey: " + name, *verify(folder, "--accept-rekey"),
          "TAMPERED", "")
    alike("43 a rekey: " + name, folder, "TAMPERED", "--accept-rekey")

# 44: the daemon destroys the keys of two epochs, and says so; what was
# committed to with them are random bytes from then on.
s = copy()
old = {r["op"] for r in s.trail() if r["type"] == "intent" and r["ep"] == 0}
row = ("audit", "receipt", "--dataset", "s/d00", "--key", "7")
r = s.ctl("audit", "receipt", "--dataset", "s/d03", "--key", "90")
rt.same((json.loads(r.out)["item"]["op"] in old, r.returncode), (False, 0),
        "44 before: an item of the newest epoch can be opened")
rt.same(s.ctl(*row).returncode, 0, "44 before: and one of older ones")
must(s.start(), "44 the daemon runs")
r = s.ctl("key", "shred", "0", "1")
rt.ok(r.returncode == 0, "44 key shred", r.out + r.err)
s.stop()
rt.ok(not os.path.exists(s.path("state", "keys", "commit", "0.key")) and
      [r["epoch"] for r in s.trail() if r["type"] == "shred"] == [0, 1],
      "44 the keys are gone, and records say so")
judge("44 the trail still holds", *verify(s.path("state", "trail")),
      "VALID", "")
alike("44 the trail still holds", s.path("state", "trail"), "VALID")
r = s.ctl(*row)
rt.ok(old and r.returncode != 0 and "destroyed" in r.err,
      "44 and none of their items can be opened", r.out + r.err)
r = s.ctl("audit", "receipt", "--dataset", "s/d03", "--key", "90")
rt.same(r.returncode, 0, "44 those of the newest epoch can")
rt.same(s.retentiond("--once").returncode, 0, "44 the daemon goes on")

# A pruned trail: what was removed is proven by what is left.
PRUNED = copy()
must(PRUNED.start(), "pruning: the daemon runs")
r = PRUNED.ctl("audit", "prune", "--before", rt.rfc3339(rt.now()))
rt.ok(r.returncode == 0, "pruning: old segments go", r.out + r.err)
PRUNED.stop()
rt.same(PRUNED.vkey(), PIN, "pruning: the key to pin is the first one still")


def json_of(t, name, **to):
    r = json.loads(t.read(name))
    r.update(to)
    t.write(name, forge.line_of(r) + b"\n")


def no_pruned(t):
    os.unlink(t.path("pruned"))


def frontier_changed(t):
    f = json.loads(t.read("pruned"))["frontier"]
    json_of(t, "pruned", frontier=["0" * 64] + f[1:])


def frontier_short(t):
    json_of(t, "pruned", frontier=json.loads(t.read("pruned"))["frontier"][1:])


def told_otherwise(t):
    json_of(t, "pruned", t0="2026-01-01T00:00:00.000Z")


def prev_changed(t):
    json_of(t, "pruned", leaf="1" * 64)


def chain_missing(t):
    os.unlink(t.path("keys.chain"))


def chain_changed(t):
    t.write("keys.chain", t.read("keys.chain").replace(b"=", b"A", 1))


def chain_forked(t):
    """A key of the attacker's in it, and the file's hash as it must be."""
    stranger = forge.Key(b"\6" * 32, ORIGIN)
    lines = t.read("keys.chain").splitlines(keepends=True)
    r = json.loads(lines[-1])
    r["note"] = forge.note(ORIGIN, 30, b"\0" * 32, [stranger])
    lines[-1] = forge.line_of(r) + b"\n"
    t.write("keys.chain", b"".join(lines))
    json_of(t, "pruned",
            keys_sha256=hashlib.sha256(b"".join(lines)).hexdigest())
    stranger.close()


def one_more_segment(t):
    """... is removed, and trail/pruned still says the old place."""
    os.unlink(t.path("log", sorted(os.listdir(t.path("log")))[0]))


def older_copy(t):
    note = forge.Trail(TRAIL, ORIGIN)
    t.write("early.note", note.checkpoint_at(20)[1])
    note.close()
    return ["--anchor", t.path("early.note")]


for text, attack, verdict, why in [
        ("untouched", untouched, V, ""),
        ("trail/pruned is gone", no_pruned, T, "removed"),
        ("another frontier", frontier_changed, T, "not match"),
        ("a frontier cut short", frontier_short, T, "malformed"),
        ("another time", told_otherwise, T, "pruned like this"),
        ("another hash before", prev_changed, T, "chain is broken"),
        ("the chain of keys is gone", chain_missing, U, "missing"),
        ("the chain of keys changed", chain_changed, T, "chain of keys"),
        ("the chain of keys forked", chain_forked, T, "chain"),
        ("one more segment removed", one_more_segment, T, "missing"),
        ("the wrong pin", wrong_pin, U, "another key"),
        ("a copy older than what is left", older_copy, U,
         "cannot be compared")]:
    t = forge.Trail(PRUNED.path("state", "trail"), ORIGIN)
    more = attack(t) or []
    code, said = verify(t.dir, *more)
    judge("pruned: " + text, code, said, verdict, why)
    alike("pruned: " + text, t.dir, verdict, *more)
    if attack is untouched:
        rt.ok(said["pruned_below"] > 0 and said["records"] >
              said["pruned_below"], "pruned: and says from where", said)
    t.close()

# Taking up an earlier verification.
s = copy()
folder, state = s.path("state", "trail"), s.path("verified.json")


def again(text, verdict, why="", resumed=True, *args):
    code, said = verify(folder, "--state-file", state, *args)
    judge("state: " + text, code, said, verdict, why)
    rt.same(said.get("verified_earlier_below", 0) > 0, resumed,
            "state: %s, %s" % (text, "goes on from there" if resumed else
                               "reads all of it"))
    return said


first = again("the first time", "VALID", "", False)
rt.same(os.stat(state).st_mode & 0o777, 0o600, "state: a private file")
second = again("again", "VALID")
rt.same([second[k] for k in ("records", "root", "checkpoints", "done",
                             "first", "last", "key")],
        [first[k] for k in ("records", "root", "checkpoints", "done",
                            "first", "last", "key")],
        "state: the same is said about the whole")
fill(s, 5, [1])
s.retentiond("--once")
more = again("after another pass", "VALID")
rt.ok(more["records"] > first["records"] and
      more["done"] == first["done"] + 1, "state: and counts all of it", more)
judge("state: all of it, without", *verify(folder), "VALID", "")
t = forge.Trail(folder, ORIGIN)
note = t.checkpoint_at(20)[1]
t.close()
with open(s.path("early.note"), "wb") as f:
    f.write(note)
again("an older copy to compare with", "VALID", "", False,
      "--anchor", s.path("early.note"))
whole = s.path("whole")
shutil.copytree(folder, whole)


def back():
    shutil.rmtree(folder)
    shutil.copytree(whole, folder)


put_trail(s, text_edited)
again("edited below: the stated limit", "VALID")
back()
put_trail(s, cut_to_cp)
again("cut back", "TAMPERED", "cut back", False)
back()
put_trail(s, own_epoch)
again("written anew by the key's holder", "TAMPERED", "chain is broken")
back()
put_trail(s, lambda t: t.segments[-1].append(b"{}"))
again("changed above", "TAMPERED", "no version")
back()
again("another pin", "UNVERIFIABLE", "another key", False, "--key",
      KEYS[1].vkey)
os.chmod(state, 0o666)
rt.same(verify(folder, "--state-file", state)[0], 4,
        "state: a file that others can write to is refused")
os.chmod(state, 0o600)
with open(state, "w") as f:
    f.write("{}\n")
rt.same(verify(folder, "--state-file", state)[0], 4,
        "state: another file is refused")
for k in KEYS.values():
    k.close()
rt.done()
