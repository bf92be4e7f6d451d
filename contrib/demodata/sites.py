"""The website with newsletter and feedback, and the badge portal."""

from .model import Database, Dataset, Table
from .moment import DAY, NULL, Source, write

ISO = ("iso8601/z", "iso8601/offset", "iso8601/london", "iso8601/fraction")


def _feedback(rng, people, now, edge_s, feedback, reply, delivery):
    n_reply = n_delivery = 0
    times = Source(rng, now, edge_s, ISO).for_period(
        (2, "years"), 6000, due=640, undated=23, future=4)
    for i, when in enumerate(times, 1):
        p = people.new()
        born, known = None, NULL
        if i % 150 == 0:        # a child's; not all of them known as yet
            born = "%d-05-0%d" % (now.year - 9, i % 9 + 1)
            if i % 600:
                known = write(now - (1 + i % 40) * DAY, "iso8601/z")
        elif i % 50 == 0:
            born = p["born"]
        feedback.add(id=i, page="/topic/%d" % (i % 40), body="Text %d." % i,
                     email=p["email"] if i % 3 else None, ip=p["ip"],
                     submitted_at=when, date_of_birth=born,
                     known_under_13_at=known)
        for k in range(rng.choice((0, 0, 0, 1, 2))):
            n_reply += 1
            reply.add(id=n_reply, feedback_id=i, n=k + 1,
                      body="Thank you, %s." % people.secret(p["name"]))
            if rng.random() < 0.5:
                n_delivery += 1
                delivery.add(reply_id=n_reply, mailbox=p["email"],
                             status=rng.choice(("sent", "bounced")))


def website(rng, people, now, edge_s):
    subscriber = Table("subscriber", """CREATE TABLE subscriber(
        id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE COLLATE NOCASE,
        name TEXT, subscribed_at TEXT NOT NULL, unsubscribed_at TEXT)""")
    feedback = Table("feedback", """CREATE TABLE feedback(
        id INTEGER PRIMARY KEY AUTOINCREMENT, page TEXT NOT NULL, body TEXT,
        email TEXT, ip TEXT, submitted_at TEXT, date_of_birth TEXT,
        known_under_13_at TEXT)""", key=["id"])
    reply = Table("feedback_reply", """CREATE TABLE feedback_reply(
        id INTEGER PRIMARY KEY, feedback_id INTEGER NOT NULL
        REFERENCES feedback(id), n INTEGER NOT NULL, body TEXT,
        UNIQUE(feedback_id, n))""", key=["id"])
    delivery = Table("reply_delivery", """CREATE TABLE reply_delivery(
        reply_id INTEGER NOT NULL REFERENCES feedback_reply(id)
        ON DELETE CASCADE, mailbox TEXT, status TEXT)""")
    page = Table("page", """CREATE TABLE page(path TEXT PRIMARY KEY,
        feedback_count INTEGER NOT NULL) WITHOUT ROWID""")
    visit = Table("visit", """CREATE TABLE visit(id INTEGER PRIMARY KEY,
        page TEXT, at INTEGER, note BLOB)""", live=True)
    for i, when in enumerate(Source(rng, now, edge_s, (
            "iso8601/z", "iso8601/west", "iso8601/utc")).for_until(
                4000, due=280, undated=6, future=3), 1):
        p = people.new()
        subscriber.add(id=i, email=p["email"], name=p["name"] if i % 4 else None,
                       subscribed_at="2022-03-01T08:00:00Z",
                       unsubscribed_at=when)
    _feedback(rng, people, now, edge_s, feedback, reply, delivery)
    for n in range(40):
        path = "/topic/%d" % n
        page.add(path=path, feedback_count=sum(
            r["page"] == path for r in feedback.rows))
    db = Database(
        "var/lib/dsc/site.db", subscriber, feedback, reply, delivery, page,
        visit, wal=True, after=(
            "CREATE INDEX feedback_submitted ON feedback(submitted_at)",
            "CREATE INDEX feedback_email ON feedback(email)",
            "CREATE INDEX delivery_reply ON reply_delivery(reply_id)",
            "CREATE INDEX subscriber_left ON subscriber(unsubscribed_at)",
            "CREATE INDEX feedback_child ON feedback(known_under_13_at)",
            """CREATE VIEW answered AS SELECT f.id, count(*) AS replies
               FROM feedback f JOIN feedback_reply r ON r.feedback_id = f.id
               GROUP BY f.id""",
            """CREATE TRIGGER feedback_gone AFTER DELETE ON feedback BEGIN
               UPDATE page SET feedback_count = feedback_count - 1
               WHERE path = old.page; END"""))
    below = (("feedback_reply", "feedback_id", "id",
              (("reply_delivery", "reply_id", None, ()),)),)

    def child(row):
        return bool(row["date_of_birth"] and row["known_under_13_at"])

    def recount(state):
        left = state[db.path]
        left["page"] = [{"path": r["path"], "feedback_count": sum(
            f["page"] == r["path"] for f in left["feedback"])}
            for r in left["page"]]

    n = "digitising-social-care/"
    return [db], [
        Dataset(n + "newsletter", "enforce", "delete", [db], "subscriber",
                "unsubscribed_at", ("until",)),
        Dataset(n + "feedback", "enforce", "delete", [db], "feedback",
                "submitted_at", ("period", (2, "years"), "iso8601"),
                where=lambda row: not child(row), children=below),
        Dataset(n + "children-under-13", "enforce", "delete", [db], "feedback",
                "known_under_13_at", ("until",), where=child, children=below),
    ], [recount]


def portal(rng, people, now, edge_s):
    account = Table("account", """CREATE TABLE account(
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT,
        telephone TEXT, cqc_email TEXT UNIQUE, ods_code TEXT,
        password_hash TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL) WITHOUT ROWID""", key=["id"])
    order = Table("badge_order", """CREATE TABLE badge_order(
        id INTEGER PRIMARY KEY, account_id TEXT NOT NULL REFERENCES account(id),
        quantity INTEGER NOT NULL CHECK(quantity > 0), ordered_on TEXT NOT NULL,
        region TEXT NOT NULL, deliver_to TEXT, address TEXT, postcode TEXT,
        checked_by TEXT)""", key=["id"])
    label = Table("courier_label", """CREATE TABLE courier_label(
        order_id INTEGER, deliver_to TEXT, address TEXT, printed_at INTEGER)""")
    regions = ("North West", "Midlands", "South East", "East of England")
    for i in range(1, 1501):
        p = people.new()
        uid = people.uuid()
        done = i % 60 == 0      # disabled long ago, e-mail still there
        account.add(id=uid, email=p["email"], name=p["name"],
                    telephone=p["telephone"] if i % 2 else None,
                    cqc_email=people.secret("cqc%d@example.org" % i)
                    if i % 5 == 0 else None,
                    ods_code="V%05d" % i if i % 5 == 0 else None,
                    password_hash="scrypt$%032x" % rng.getrandbits(128),
                    disabled=1 if done else 0,
                    created_at=int(now.timestamp()) - 1000 * i)
        for _ in range(rng.choice((1, 2, 3))):
            k = len(order.rows) + 1
            quantity = rng.randrange(1, 60)
            order.add(id=k, account_id=uid, quantity=quantity,
                      ordered_on=write(now - rng.randrange(1, 900) * DAY,
                                       "date").value,
                      region=rng.choice(regions), deliver_to=p["name"],
                      address=p["address"], postcode=p["postcode"],
                      checked_by=people.new()["name"]
                      if quantity > 25 and i % 5 else None)
            if k % 4 == 0:
                label.add(order_id=k, deliver_to=p["name"],
                          address=p["address"], printed_at=k)
    db = Database("var/lib/care-badges/portal.db", account, order, label,
                  after=("CREATE INDEX order_account ON badge_order(account_id)",
                         """CREATE VIEW figures AS SELECT region,
                            sum(quantity) AS badges, count(*) AS orders
                            FROM badge_order GROUP BY region"""))
    recipient = Table("recipient", """CREATE TABLE recipient(
        email TEXT PRIMARY KEY, added_at INTEGER)""")
    for i in range(1, 3001):
        recipient.add(email=people.new()["email"], added_at=i)
    mail = Database("var/lib/care-badges/mailing-list.db", recipient, wal=True)
    n, closed = "care-badges/", ("event", "portal-closed")

    def null(value):
        return None

    return [db, mail], [
        Dataset(n + "accounts", "enforce", "anonymise", [db], "account",
                time=closed, columns={
                    "email": "redact", "name": null, "telephone": null,
                    "cqc_email": null, "ods_code": null,
                    "password_hash": lambda v: ""}, values={"disabled": 1}),
        Dataset(n + "orders", "enforce", "anonymise", [db], "badge_order",
                time=closed, columns=dict.fromkeys(
                    ("deliver_to", "address", "postcode", "checked_by"), null)),
        Dataset(n + "courier-labels", "enforce", "delete", [db],
                "courier_label", time=closed),
        Dataset(n + "mailing-list", "enforce", "destroy", [mail], time=closed),
    ], []
