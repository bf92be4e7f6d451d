#!/usr/bin/env python3
"""Make the demonstration's data: the databases, logs and files of five
organisations, full of invented people, and what the policies must do to them.

Below FOLDER it writes
  data/...        all of them, in the places that policies/ names
  expected.json   per dataset the counts, per table the rows and per file the
                  content afterwards; worked out here, from the values as they
                  were made up
  personal.txt    personal details that must not occur in anything the product
                  writes, one a line
and with --policies a whole set-up: retentiond.conf, and policies.d with the
policies' absolute paths led into data/.
The same seed and reference time give the same people and expectations."""

import argparse
import json
import os
import random
import re
import sys
from datetime import datetime, timedelta, timezone

sys.dont_write_bytecode = True
from demodata import carers, records, sites, weblogs  # noqa: E402
from demodata.model import expect  # noqa: E402
from demodata.people import People  # noqa: E402

CONF = """# Made by demo-data.py: everything in one folder.
policies = "policies.d";
state = "state";
control = "control.sock";
origin = "demo.example.org";
metrics = "retentiond.prom";
admins = "";
auditors = "";
"""
PARTS = (sites.website, sites.portal, records.client_level, records.city,
         carers.charity)


def set_up(folder, policies):
    """retentiond.conf and policies.d, with paths below `folder`."""
    data = os.path.join(os.path.abspath(folder), "data")
    to = os.path.join(folder, "policies.d")
    os.makedirs(to, exist_ok=True)
    for name in sorted(os.listdir(policies)):
        if not name.endswith(".conf"):
            continue
        with open(os.path.join(policies, name)) as f:
            text = f.read()
        text = re.sub(r'"/(srv|var/lib|var/log)/',
                      lambda m: '"%s/%s/' % (data, m[1]), text)
        with open(os.path.join(to, name), "w") as f:
            f.write(text)
    with open(os.path.join(folder, "retentiond.conf"), "w") as f:
        f.write(CONF)


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    a.add_argument("folder", help="where to write; made when missing")
    a.add_argument("--reference", required=True,
                   help="the instant to work towards, 2026-01-31T12:00:00Z")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--edge", type=int, default=86400, metavar="SECONDS",
                   help="nearest rows fall due so long before and after")
    a.add_argument("--later", type=int, metavar="SECONDS",
                   help="say in expected.json what holds so much later, too")
    a.add_argument("--live", action="store_true",
                   help="the newest access log is one that is written to")
    a.add_argument("--policies", metavar="FOLDER",
                   help="make a set-up from the policies in there")
    a = a.parse_args()
    now = datetime.strptime(a.reference, "%Y-%m-%dT%H:%M:%SZ")
    now = now.replace(tzinfo=timezone.utc)
    rng = random.Random(a.seed)
    people = People(rng)
    dbs, datasets, hooks, trees = [], [], [], []
    for part in PARTS:
        d, s, h, *t = part(rng, people, now, a.edge)
        trees += t
        dbs += d
        datasets += s
        hooks += h
    os.makedirs(a.folder, exist_ok=True)
    trees += weblogs.logs(rng, people, now, a.edge, a.live)
    for db in dbs + trees:
        db.write(os.path.join(a.folder, "data"))
    if a.policies:
        set_up(a.folder, a.policies)
    out = {"reference": a.reference,
           "open": expect(dbs, datasets, now, (), hooks, trees),
           "closed": expect(dbs, datasets, now, ("portal-closed",), hooks,
                            trees),
           "before": expect(dbs, (), now, (), (), trees)}
    if a.later:
        out["later"] = expect(dbs, datasets, now + timedelta(seconds=a.later),
                              (), hooks, trees)
    with open(os.path.join(a.folder, "expected.json"), "w") as f:
        json.dump(out, f)
    with open(os.path.join(a.folder, "personal.txt"), "w") as f:
        f.write("\n".join(sorted(people.secrets)) + "\n")


if __name__ == "__main__":
    main()
