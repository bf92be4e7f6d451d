"""The website's access logs and its analytics log.

Every line is put together from parts, and what it may say later is put together
from the same parts; nothing here takes a line apart."""

from .moment import DAY, NULL, Source, write
from .records import prefix
from .trees import Line, LogFile, Logs

FOLDER = "var/log/dsc/"
CLOCKS = ("combined/+0000", "combined/+0100", "combined/-0730")
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/119.0.0.0 Safari/537.36"
NOISE = (b"\n", b"-- MARK --\n", b"\x16\x03\x01\x00\xee\xff\xfe line noise\n")


def _join(when, ip, user, request, referrer, title=None):
    stamp = "" if when.is_null else "[%s] " % when.value
    more = "" if title is None else ' "%s"' % title
    return ('%s - %s %s"GET %s HTTP/1.1" 200 512 "%s" "%s"%s\n' % (
        ip, user, stamp, request, referrer, AGENT, more)).encode()


def _visit(rng, people, when):
    """A line of the access log."""
    p = people.new()
    people.secret(p["ip"])
    return Line(when, _join(
        when, p["ip"], "-", "/topic/%d" % rng.randrange(40),
        "https://dsc.example.org/?from=%s" % p["email"]))


def _measured(rng, people, when, i):
    """A line of the analytics log, and the same without the person.  Every
    twentieth has nobody in it from the start."""
    page = "/topic/%d" % rng.randrange(40)
    site = "https://dsc.example.org"
    if i % 20 == 0:
        return Line(when, _join(when, "192.0.2.0", "-", page, site, "Topic"))
    p = people.new()
    people.secret(p["ip"])
    user = people.secret("%s-%s-%d" % (p["first"], p["last"], i))
    at = "%40" if i % 3 else "@"
    text = _join(
        when, p["ip"], user if i % 4 else "-",
        "%s/for/%s?token=%d&mail=%s" % (page, p["email"].replace("@", at), i,
                                        p["email"]),
        site + "/search?name=" + p["last"],
        "Answer to %s, from %s" % (p["email"], p["ip"]))
    masked = _join(
        when, prefix(p["ip"]), "-", page + "/for/(mail)", site + "/search",
        "Answer to (mail), from " + prefix(p["ip"]))
    return Line(when, text, masked)


def _mixed(rng, now, edge_s, period, due):
    return Source(rng, now, edge_s, CLOCKS).for_period(
        period, 260, due=due, undated=7, future=2)


def _ages(rng, now, n, least, most):
    """n times between `least` and `most` days ago, in order."""
    ages = sorted((rng.randrange(least * 24, most * 24) for _ in range(n)),
                  reverse=True)
    return [write(now - h * DAY / 24, rng.choice(CLOCKS)) for h in ages]


def _access(rng, people, now, edge_s, live):
    period = (120, "days")

    def lines(times):
        return [_visit(rng, people, t) for t in times]

    def mixed(due):
        out = lines(_mixed(rng, now, edge_s, period, due))
        for noise in NOISE:
            out.insert(rng.randrange(len(out)), Line(NULL, noise))
        return out

    at = FOLDER + "access.log"
    # with `live` an application has it open: nothing in it is due
    newest = lines(_ages(rng, now, 150, 1, 9)) if live else mixed(40)
    torn = mixed(60)            # its last line has no end
    torn.append(Line(write(now - 11 * DAY, CLOCKS[0]), _visit(
        rng, people, write(now - 11 * DAY, CLOCKS[0])).text[:-1]))
    return Logs("digitising-social-care/access-logs", "delete", period,
                LogFile(at, newest, live), LogFile(at + ".1", torn),
                LogFile(at + ".2.gz", mixed(60)),
                LogFile(at + ".3.gz", lines(_ages(rng, now, 120, 20, 110))),
                LogFile(at + ".4.gz", lines(_ages(rng, now, 200, 122, 300))),
                LogFile(at + ".5", lines(_ages(rng, now, 100, 300, 400))))


def _analytics(rng, people, now, edge_s):
    period = (1, "days")

    def lines(times):
        return [_measured(rng, people, t, i) for i, t in enumerate(times)]

    at = FOLDER + "analytics.log"
    return Logs("digitising-social-care/analytics", "anonymise", period,
                LogFile(at, lines(_mixed(rng, now, edge_s, period, 60))),
                LogFile(at + ".1", lines(_ages(rng, now, 200, 5, 20))),
                LogFile(at + ".2.gz", lines(_ages(rng, now, 200, 20, 60))))


def logs(rng, people, now, edge_s, live):
    return [_access(rng, people, now, edge_s, live),
            _analytics(rng, people, now, edge_s)]
