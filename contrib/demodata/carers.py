"""A charity's main database and those of its services."""

from .model import Database, Dataset, Table
from .moment import Source
from .trees import ByAge, OfRows

CHANNELS = (("post", "post_address", "address"),
            ("email", "email", "email"),
            ("telephone", "telephone", "telephone"),
            ("text", "mobile", "mobile"),
            ("magazine_post", "magazine_address", "address"),
            ("magazine_email", "magazine_email", "email"))
# name, table, key's DDL, other DDL, time column, clocks, period, names of the
# e-mail and name columns
SERVICES = (
    ("dementia", "client", "ref TEXT PRIMARY KEY", "diagnosis TEXT",
     "last_seen_at TEXT", ("iso8601/z", "iso8601/west", "iso8601/utc"),
     (8, "years"), "carer_email", "carer_name"),
    ("young-carers", "young_carer", "ref TEXT PRIMARY KEY", "school TEXT",
     "last_contact INTEGER", ("unix",), (3, "years"), "email", "name"),
    ("navigators", "referral", "ref TEXT PRIMARY KEY", "hospital TEXT",
     "closed_at INTEGER", ("unix-ms",), (3, "years"), "email", "name"),
    ("advocacy", "advocacy_case", "ref TEXT PRIMARY KEY", "issue TEXT",
     "closed_jd REAL", ("julian",), (6, "years"), "client_email",
     "client_name"),
)


FOLDER = "srv/carers-in-hertfordshire/"


def _photographs(rng, persons, now, edge_s):
    """The consent for each picture, and where it lies."""
    t = Table("photograph", """CREATE TABLE photograph(id INTEGER PRIMARY KEY,
        shows TEXT, taken_on TEXT, path TEXT, withdrawn_at TEXT)""")
    for i, when in enumerate(Source(rng, now, edge_s, (
            "iso8601/z", "iso8601/offset")).for_until(
                300, due=45, undated=4, future=1), 1):
        p = rng.choice(persons)
        path = "20%02d/%s-%s-%d.%s" % (15 + i % 9, p["first"], p["last"], i,
                                       "mp4" if i % 8 == 0 else "jpg")
        t.add(id=i, shows=p["name"], taken_on="20%02d-06-01" % (15 + i % 9),
              path=path if i % 12 else None, withdrawn_at=when)
    return t


def _pictures(people, db):
    files = OfRows(FOLDER + "photographs", db, "photograph", "path")
    files.add("logo.png", b"PNG of nobody")
    for row in db["photograph"].rows:
        if row["path"] and row["id"] % 31:      # others were moved by hand
            files.add(people.secret(row["path"]), b"JFIF %d " % row["id"] * 900)
    return files


def _uploads(rng, people, now, edge_s):
    """Pictures sent in, that nobody has looked at."""
    files = ByAge("carers-in-hertfordshire/photograph-uploads",
                  FOLDER + "uploads", (30, "days"), ".jpg")
    for i, when in enumerate(m for m in Source(
            rng, now, edge_s, ("unix",)).for_period((30, "days"), 120, due=35)):
        p = people.new()
        files.add(people.secret("%d/%s-%s.%d.jpg" % (
            i % 4, p["first"], p["last"], i)), b"JFIF %d " % i * 300, when)
    old = min((w for _, w in files.names.values()), key=lambda w: w.value)
    files.add("README.txt", b"Put pictures here.\n", old)
    return files


def _main(rng, people, now, edge_s):
    carer = Table("carer", """CREATE TABLE carer(id INTEGER PRIMARY KEY,
        name TEXT NOT NULL, post_address TEXT, email TEXT, telephone TEXT,
        mobile TEXT, magazine_address TEXT, magazine_email TEXT,
        post_withdrawn_at TEXT, email_withdrawn_at TEXT,
        telephone_withdrawn_at TEXT, text_withdrawn_at TEXT,
        magazine_post_withdrawn_at TEXT, magazine_email_withdrawn_at TEXT,
        last_contact_on TEXT)""", key=["id"])
    note = Table("contact_note", """CREATE TABLE contact_note(
        id INTEGER PRIMARY KEY, carer_id INTEGER NOT NULL REFERENCES carer(id)
        ON DELETE CASCADE, body TEXT)""")
    n = 2400
    until = {c: iter(Source(rng, now, edge_s, (
        "iso8601/z", "iso8601/offset", "iso8601/utc")).for_until(
            n, due=110 + 10 * i, undated=2, future=1))
        for i, (c, _, _) in enumerate(CHANNELS)}
    contact = Source(rng, now, edge_s, ("date",)).for_period(
        (3, "years"), n, due=170, undated=12, future=1)
    persons = []
    for i, last in enumerate(contact, 1):
        p = people.new()
        persons.append(p)
        values = {"id": i, "name": p["name"], "last_contact_on": last}
        for c, column, detail in CHANNELS:
            # some gave no detail at all; theirs needs no clearing
            values[column] = p[detail] if rng.random() < 0.9 else None
            values[c + "_withdrawn_at"] = next(until[c])
        carer.add(**values)
        for _ in range(rng.choice((0, 1, 2))):
            note.add(id=len(note.rows) + 1, carer_id=i,
                     body="Spoke to " + p["name"])
    photograph = _photographs(rng, persons, now, edge_s)
    db = Database("var/lib/carers-in-hertfordshire/main.db", carer, note,
                  photograph, wal=True, after=[
                      "CREATE INDEX photograph_withdrawn"
                      " ON photograph(withdrawn_at)",
                      "CREATE INDEX photograph_path ON photograph(path)",
                      "CREATE INDEX note_carer ON contact_note(carer_id)",
                      "CREATE INDEX carer_contact ON carer(last_contact_on)"]
                  + ["CREATE INDEX carer_%s ON carer(%s_withdrawn_at)" % (c, c)
                     for c, _, _ in CHANNELS if c != "text"])
    sets = [Dataset("carers-in-hertfordshire/consent-" + c.replace("_", "-"),
                    "enforce", "anonymise", [db], "carer",
                    c + "_withdrawn_at", ("until",),
                    columns={column: lambda v: None})
            for c, column, _ in CHANNELS]
    sets.append(Dataset(
        "carers-in-hertfordshire/carers", "review", "delete", [db], "carer",
        "last_contact_on", ("period", (3, "years"), "date"),
        children=(("contact_note", "carer_id", None, ()),)))
    sets.append(Dataset("carers-in-hertfordshire/photographs", "enforce",
                        "delete", [db], "photograph", "withdrawn_at",
                        ("until",)))
    return db, sets, persons


def _bank(rng, persons, now, edge_s):
    bank = Table("bank_detail", """CREATE TABLE bank_detail(
        carer_id INTEGER PRIMARY KEY, account_name TEXT, email TEXT,
        sort_code TEXT, account TEXT, last_payment_on TEXT)""")
    for i, when in enumerate(Source(rng, now, edge_s, ("date",)).for_period(
            (6, "years"), 1300, due=120, undated=5, future=1), 1):
        p = persons[i]
        bank.add(carer_id=i, account_name=p["name"], email=p["email"],
                 sort_code="00-00-%02d" % (i % 100), account="%08d" % i,
                 last_payment_on=when)
    db = Database("var/lib/carers-in-hertfordshire/finance.db", bank, after=(
        "CREATE INDEX bank_payment ON bank_detail(last_payment_on)",))
    return db, Dataset("carers-in-hertfordshire/bank-details", "enforce",
                       "delete", [db], "bank_detail", "last_payment_on",
                       ("period", (6, "years"), "date"))


def _service(rng, people, persons, now, edge_s, s):
    name, table, key, other, time, clocks, period, email, who = s
    t = Table(table, "CREATE TABLE %s(%s, %s TEXT, %s TEXT, %s, %s)" % (
        table, key, email, who, other, time), key=["ref"])
    visits = Table("school_visit", """CREATE TABLE school_visit(
        id INTEGER PRIMARY KEY, young_carer_ref TEXT, body TEXT)""")
    n = 600
    for p, when in zip(rng.sample(persons, n), Source(
            rng, now, edge_s, clocks).for_period(
                period, n, due=60, undated=4, future=1)):
        ref = people.uuid()
        t.add(ref=ref, **{email: p["email"], who: p["name"],
                          other.split()[0]: "x%d" % rng.randrange(9),
                          time.split()[0]: when})
        if name == "young-carers":
            visits.add(id=len(visits.rows) + 1, young_carer_ref=ref, body="-")
    tables = [t, visits] if name == "young-carers" else [t]
    db = Database("var/lib/carers-in-hertfordshire/%s.db" % name, *tables,
                  after=("CREATE INDEX last_time ON %s(%s)" % (
                      table, time.split()[0]),))
    return db, Dataset(
        "carers-in-hertfordshire/" + name, "review", "delete", [db], table,
        time.split()[0], ("period", period, clocks[0].split("/")[0]))


def charity(rng, people, now, edge_s):
    db, sets, persons = _main(rng, people, now, edge_s)
    dbs = [db]
    finance, ds = _bank(rng, persons, now, edge_s)
    dbs.append(finance)
    sets.append(ds)
    for s in SERVICES:
        db, ds = _service(rng, people, persons, now, edge_s, s)
        dbs.append(db)
        sets.append(ds)
    return (dbs, sets, [], _pictures(people, dbs[0]),
            _uploads(rng, people, now, edge_s))
