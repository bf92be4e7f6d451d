"""Quarterly person-level deliveries, and a company's people and research."""

from datetime import timedelta

from .model import Database, Dataset, Table
from .moment import DAY, NULL, Source, add, write
from .trees import OfRows

DELIVERED = (1, "days")


def year(value):
    return value and value[:4]


def outward(value):
    return value and value.split(" ")[0]


def null(value):
    return None


def _quarter(name, rng, pool, times):
    person = Table("person", """CREATE TABLE person(council TEXT,
        local_id INTEGER, nhs_number TEXT UNIQUE, given_name TEXT,
        family_name TEXT NOT NULL, born_on TEXT, postcode TEXT, needs TEXT,
        received_at INTEGER, PRIMARY KEY(council, local_id)) WITHOUT ROWID""",
                   key=["council", "local_id"])
    event = Table("service_event", """CREATE TABLE service_event(
        council TEXT NOT NULL, event_no INTEGER NOT NULL, nhs_number TEXT,
        service TEXT, hours REAL, received_at INTEGER,
        PRIMARY KEY(council, event_no))""", key=["council", "event_no"])
    for i, p in enumerate(rng.sample(pool, 190), 1):
        council = "E0%d" % (i % 7)
        when = next(times)
        person.add(council=council, local_id=i,
                   nhs_number=p["nhs"] if i % 19 else None,
                   given_name=p["first"], family_name=p["last"],
                   born_on=p["born"] if i % 23 else None,
                   postcode=p["postcode"], needs=rng.choice("ABC"),
                   received_at=when)
        event.add(council=council, event_no=i,
                  nhs_number=p["nhs"] if i % 19 else None,
                  service=rng.choice(("home care", "day care", "respite")),
                  hours=rng.randrange(1, 80) / 4, received_at=when)
    return Database("srv/client-level-data/quarterly/%s.db" % name, person,
                    event, after=(
                        "CREATE INDEX event_person ON service_event(nhs_number)",
                        "CREATE INDEX event_at ON service_event(received_at)",
                        "CREATE INDEX person_at ON person(received_at)"))


def _times(rng, now, edge_s, quarters):
    """Delivered weeks ago, but for the last ones; each list is one quarter."""
    fresh = Source(rng, now, edge_s, ("unix-ms",)).for_period(
        DELIVERED, 190, due=150, undated=4, future=2)
    old = [[write(now - timedelta(days=90 * q + i % 20 + 3), "unix-ms")
            for i in range(190)] for q in range(1, quarters)]
    return old[::-1] + [fresh]


def client_level(rng, people, now, edge_s):
    pool = [people.new() for _ in range(300)]
    seen, unique = set(), []
    for p in pool:
        if p["nhs"] not in seen:
            seen.add(people.secret(p["nhs"]))
            unique.append(p)
    last = now.year * 4 + (now.month - 1) // 3 - 1
    names = ["%d-Q%d" % divmod(q, 4) for q in range(last - 3, last + 1)]
    names = [n[:-1] + str(int(n[-1]) + 1) for n in names]
    quarters = [_quarter(n, rng, unique, iter(t)) for n, t in
                zip(names, _times(rng, now, edge_s, 4))]
    extracts = {}
    for agreement, files in (("DSA-2021-014", 2), ("DSA-2029-003", 1)):
        extracts[agreement] = []
        for i in range(1, files + 1):
            t = Table("extract", """CREATE TABLE extract(nhs_number TEXT,
                name TEXT, need TEXT)""")
            for p in rng.sample(unique, 200):
                t.add(nhs_number=p["nhs"], name=p["name"], need=rng.choice("AB"))
            extracts[agreement].append(Database(
                "srv/client-level-data/agreements/%s/extract-%d.db"
                % (agreement, i), t, wal=i == 2))
    n, period = "client-level-data/", ("period", DELIVERED, "unix-ms")
    old, running = extracts["DSA-2021-014"], extracts["DSA-2029-003"]
    return quarters + old + running, [
        Dataset(n + "people", "enforce", "anonymise", quarters, "person",
                "received_at", period, columns={
                    "nhs_number": "pseudonym", "given_name": null,
                    "family_name": lambda v: "", "born_on": year,
                    "postcode": outward}),
        Dataset(n + "services", "enforce", "anonymise", quarters,
                "service_event", "received_at", period,
                columns={"nhs_number": "pseudonym"}),
        Dataset(n + "agreement-2021-014", "enforce", "destroy", old,
                time=("date", "2024-03-31")),
        Dataset(n + "agreement-2029-003", "enforce", "destroy", running,
                time=("date", "2034-03-31")),
    ], []


def _cv(people, cvs, p, i):
    """What the column says of a person's CV, which is handed in once."""
    if i % 10 == 0:
        return None if i % 20 else ""
    name = people.secret("%d/%s-%s-%d.pdf" % (i % 7, p["first"], p["last"], i))
    # some were removed by hand, their rows say so still
    return name if i % 25 == 0 else cvs.add(
        name, ("%%PDF of %s, %s\n" % (p["name"], p["email"])).encode() * 40)


def _applications(rng, people, now, edge_s):
    application = Table("application", """CREATE TABLE application(
        id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT, telephone TEXT,
        role TEXT, cv_path TEXT, applied_at INTEGER)""", key=["id"])
    note = Table("interview_note", """CREATE TABLE interview_note(
        application_id INTEGER REFERENCES application(id) ON DELETE RESTRICT,
        n INTEGER, body TEXT, PRIMARY KEY(application_id, n)) WITHOUT ROWID""")
    times = Source(rng, now, edge_s, ("unix",)).for_period(
        (1, "years"), 1500, due=230, undated=9, future=2)
    db = Database("var/lib/care-city/people.db", application, note, page=8192,
                  after=("CREATE INDEX application_email ON application(email,"
                         " applied_at)",
                         "CREATE INDEX application_cv ON application(cv_path)"))
    cvs = OfRows("srv/recruitment/cv", db, "application", "cv_path")
    cvs.add("templates/blank.pdf", b"%PDF of nobody")
    cvs.add("unclaimed.pdf", b"%PDF that no application names")
    group = {}
    for when in times:
        p = people.new()
        dates = [when]
        if when.at and when.at < now and rng.random() < 0.25:   # once before
            dates.append(write(add(when.at, (-8, "months")), "unix"))
        if when.at is None and when.value is not None:
            dates.append(write(now - 30 * DAY, "unix"))
        cv = _cv(people, cvs, p, len(group))
        for at in dates:
            i = len(application.rows) + 1
            row = application.add(
                id=i, email=p["email"], name=p["name"], role="role %d" % (i % 9),
                telephone=p["telephone"], cv_path=cv,
                applied_at=at)
            group.setdefault(p["email"], []).append(row["_applied_at"])
            for k in range(rng.choice((0, 0, 1, 3))):
                note.add(application_id=i, n=k, body="Asked %s." % p["name"])

    def latest(row):
        """The column is numeric; words compare greater than any number."""
        all_of = group[row["email"]]
        words = [m for m in all_of if m.at is None and not m.is_null
                 and isinstance(m.value, str)]
        numbers = [m for m in all_of if isinstance(m.value, int)]
        if words:
            return words[0]
        return max(numbers, key=lambda m: m.value, default=NULL)

    return db, latest, cvs


def _web(rng, people, now, edge_s):
    count = Table("page_count", """CREATE TABLE page_count(day TEXT, page TEXT,
        views INTEGER, PRIMARY KEY(day, page))""")
    for d in range(1500):
        day = write(now - d * DAY, "date").value
        for page in ("/", "/jobs"):
            count.add(day=day, page=page, views=rng.randrange(500))
    letter = Table("newsletter", """CREATE TABLE newsletter(
        email TEXT PRIMARY KEY, joined_at REAL, left_at REAL)""")
    for when in Source(rng, now, edge_s, ("julian",)).for_until(
            1200, due=140, undated=3, future=2):
        letter.add(email=people.new()["email"], joined_at=2458000.5,
                   left_at=when)
    return Database("var/lib/care-city/web.db", count, letter,
                    after=("CREATE INDEX letter_left ON newsletter(left_at)",))


def prefix(value):
    """The network of an address: /24 of IPv4, /48 of IPv6."""
    if ":" not in value:
        return value.rsplit(".", 1)[0] + ".0"
    return ":".join(value.split(":")[:3]) + "::"


def _research(rng, people, now, edge_s):
    who = Table("participant", """CREATE TABLE participant(
        id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT, telephone TEXT,
        date_of_birth TEXT, postcode TEXT, employer_ip TEXT,
        consent_signed TEXT, interviewed_on TEXT)""", key=["id"])
    answer = Table("answer", """CREATE TABLE answer(participant INTEGER,
        question INTEGER, email TEXT, contact_domain TEXT, callback TEXT,
        score INTEGER, interviewed_on TEXT,
        PRIMARY KEY(participant, question))""", key=["participant", "question"])
    times = Source(rng, now, edge_s, ("date",)).for_period(
        (6, "months"), 900, due=150, undated=7, future=1)
    for i, when in enumerate(times, 1):
        p = people.new()
        who.add(id=i, email=p["email"], name=p["name"],
                telephone=p["telephone"], date_of_birth=p["born"],
                postcode=p["postcode"], employer_ip=p["ip"],
                consent_signed=p["born"], interviewed_on=when)
        for q in range(3):
            answer.add(participant=i, question=q, email=p["email"],
                       contact_domain=p["email"], callback=p["mobile"],
                       score=rng.randrange(11), interviewed_on=when)
    return Database("var/lib/care-city/research.db", who, answer, after=(
        "CREATE INDEX participant_on ON participant(interviewed_on)",
        "CREATE INDEX answer_on ON answer(interviewed_on)"))


def city(rng, people, now, edge_s):
    hr, latest, cvs = _applications(rng, people, now, edge_s)
    web = _web(rng, people, now, edge_s)
    research = _research(rng, people, now, edge_s)
    n, half = "care-city/", ("period", (6, "months"), "date")
    return [hr, web, research], [
        Dataset(n + "recruitment", "enforce", "delete", [hr], "application",
                time=("period", (1, "years"), "unix"), moment=latest,
                children=(("interview_note", "application_id", None, ()),)),
        Dataset(n + "statistics", "report", "delete", [web], "page_count"),
        Dataset(n + "newsletter", "enforce", "delete", [web], "newsletter",
                "left_at", ("until",)),
        Dataset(n + "research-participants", "enforce", "anonymise",
                [research], "participant", "interviewed_on", half, columns={
                    "email": "pseudonym", "name": null, "telephone": null,
                    "date_of_birth": year, "postcode": outward,
                    "employer_ip": prefix,
                    "consent_signed": lambda v: v[:7]}),
        Dataset(n + "research-answers", "enforce", "anonymise", [research],
                "answer", "interviewed_on", half, columns={
                    "email": "pseudonym",
                    "contact_domain": lambda v: v[v.index("@"):],
                    "callback": lambda v: v[:5]}),
    ], [], cvs
