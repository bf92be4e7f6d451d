"""Times: when something happened, how an application writes it down, and when
it falls due.  This is a second opinion on the calendar, made without any of
the product's code, so that the two can be compared."""

import calendar
from datetime import datetime, timedelta, timezone

UTC = timezone.utc
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def add(t, period):
    """t + (n, unit) on the calendar; a missing day is the month's last."""
    n, unit = period
    if unit in ("hours", "days", "weeks"):
        return t + timedelta(**{unit: n})
    months = n * (12 if unit == "years" else 1)
    y, m = divmod(t.year * 12 + t.month - 1 + months, 12)
    day = min(t.day, calendar.monthrange(y, m + 1)[1])
    return t.replace(year=y, month=m + 1, day=day)


def _last_sunday(year, month):
    d = datetime(year, month, calendar.monthrange(year, month)[1], 1,
                 tzinfo=UTC)
    return d - timedelta(days=(d.weekday() + 1) % 7)


def london(t):
    """British civil time of an instant, without its offset."""
    summer = _last_sunday(t.year, 3) <= t < _last_sunday(t.year, 10)
    return (t + timedelta(hours=1 if summer else 0)).replace(tzinfo=None)


def from_london(civil):
    """The instant of a British civil time; the later one where it is twofold
    (the hour is repeated) or none (it is skipped)."""
    as_gmt = civil.replace(tzinfo=UTC)
    if london(as_gmt) == civil:
        return as_gmt
    as_bst = as_gmt - timedelta(hours=1)
    return as_bst if london(as_bst) == civil else as_gmt


class Moment:
    """A value of a time column: `value` as stored, `at` the instant it means,
    None when it means none; `is_null` tells NULL from rubbish."""

    def __init__(self, value, at):
        self.value, self.at = value, at
        self.is_null = value is None


NULL = Moment(None, None)
RUBBISH_TEXT = ("", "unknown", "31/12/2018", "2019-02-30T10:00:00Z",
                "2019-13-01 00:00:00", "1969-07-20T20:17:00Z", "2018")
RUBBISH_NUMBER = ("n/a", -1, "12 May 2017")


def _ms(t):
    return (t - EPOCH) // timedelta(milliseconds=1)


def _iso(t, how):
    if how == "z":
        return Moment(t.strftime("%Y-%m-%dT%H:%M:%SZ"), t)
    if how == "fraction":
        t += timedelta(milliseconds=250)
        return Moment(t.strftime("%Y-%m-%d %H:%M:%S.250Z"), t)
    if how == "offset":
        civil = t + timedelta(hours=5, minutes=30)
        return Moment(civil.strftime("%Y-%m-%dT%H:%M:%S+05:30"), t)
    if how == "west":
        civil = t - timedelta(hours=8)
        return Moment(civil.strftime("%Y-%m-%d %H:%M:%S-08:00"), t)
    if how == "utc":
        return Moment(t.strftime("%Y-%m-%d %H:%M:%S"), t)
    assert how == "london"
    civil = london(t)
    return Moment(civil.strftime("%Y-%m-%d %H:%M:%S"), from_london(civil))


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
          "Nov", "Dec")


def _combined(t, offset):
    """As web servers write it, at a clock so far from UTC."""
    minutes = int(offset[1:3]) * 60 + int(offset[3:])
    civil = t + timedelta(minutes=-minutes if offset[0] == "-" else minutes)
    return Moment("%02d/%s/%s %s" % (civil.day, MONTHS[civil.month - 1],
                                     civil.strftime("%Y:%H:%M:%S"), offset), t)


def write(t, clock):
    """`t` (whole seconds) as an application of that taste writes it.  Clocks
    are those of a policy; "iso8601/z" etc. say which form of it."""
    if clock == "unix":
        return Moment(_ms(t) // 1000, t)
    if clock == "unix-ms":
        return Moment(_ms(t), t)
    if clock == "julian":
        return Moment((t - EPOCH) / DAY + 2440587.5, t)
    if clock.startswith("combined/"):
        return _combined(t, clock.split("/")[1])
    if clock == "date":
        day = t.replace(hour=0, minute=0, second=0, microsecond=0)
        return Moment(day.strftime("%Y-%m-%d"), day)
    return _iso(t, clock.split("/")[1])


def rubbish(rng, clock):
    if rng.random() < 0.4:
        return NULL
    numeric = clock.startswith("unix") or clock == "julian"
    v = rng.choice(RUBBISH_NUMBER if numeric else RUBBISH_TEXT)
    return Moment(float(v) if v == -1 and clock == "julian" else v, None)


def verdict_period(m, period, clock, now):
    if m.at is None:
        return "undated"
    if m.at > now + DAY:
        return "future"
    due = add(m.at, period)
    if clock == "date":
        due += DAY              # the corresponding day must have ended
    return "due" if due <= now else "kept"


def verdict_until(m, now):
    if m.is_null:
        return "kept"
    if m.at is None:
        return "undated"
    if m.at > now + DAY:
        return "future"
    return "due" if m.at <= now else "kept"


class Source:
    """Hands out moments around an instant `now` for one column."""

    def __init__(self, rng, now, edge_s, clocks):
        self.rng, self.now = rng, now
        self.edge = timedelta(seconds=edge_s)
        self.clocks = clocks

    def _write(self, t):
        return write(t, self.rng.choice(self.clocks))

    def _other(self, n, undated, future):
        out = [rubbish(self.rng, self.clocks[0]) for _ in range(undated)]
        out += [self._write(self.now + timedelta(
            days=self.rng.randrange(30, 4000))) for _ in range(future)]
        assert len(out) < n
        return out

    def back(self, target, period):
        """A time that falls due exactly at `target`, or as near as can be."""
        n, unit = period
        t = add(target, (-n, unit))
        while add(t, period) != target:     # e.g. 30 March less one month
            t -= DAY
            target = add(t, period)
        return t

    def for_period(self, period, n, due, undated=0, future=0):
        r, now = self.rng, self.now
        out = self._other(n, undated, future)
        steps = {self.edge, timedelta(0)} if self.edge < DAY else {self.edge}
        for s in steps:
            out += [write(self.back(now - s, period), c) for c in self.clocks]
            if s:
                out += [write(self.back(now + s, period), c)
                        for c in self.clocks if c != "date"]
        if "date" in self.clocks:   # ended yesterday, ends today, tomorrow
            out += [write(self.back(now + d * DAY, period), "date")
                    for d in ((-1, 0, 1) if self.edge < DAY else (-1, 1))]
        out += [self._write(now.replace(year=y, month=2, day=29))
                for y in (2016, 2020, 2024) if period[1] == "years"]
        for _ in range(due):
            late = timedelta(seconds=r.randrange(2 * 86400, 500 * 86400))
            out.append(self._write(self.back(now - late, period)))
        span = int((now - add(now, (-period[0], period[1]))).total_seconds())
        while len(out) < n:
            left = timedelta(seconds=r.randrange(span // 20 + 60,
                                                 span - span // 20))
            out.append(self._write(self.back(now + left, period)))
        r.shuffle(out)
        return out

    def for_until(self, n, due, undated=0, future=0):
        r, now = self.rng, self.now
        out = [m for m in self._other(n, undated, future) if not m.is_null]
        step = min(self.edge, timedelta(hours=20))
        out += [write(now - step, c) for c in self.clocks]
        out += [write(now + step, c) for c in self.clocks]
        if self.edge < DAY and "julian" not in self.clocks:
            out += [write(now, c) for c in self.clocks]
        for _ in range(due):
            late = timedelta(seconds=r.randrange(2 * 86400, 90 * 86400))
            out.append(self._write(now - late))
        out += [NULL] * (n - len(out))
        r.shuffle(out)
        return out
