"""sqpage - an SQLite file taken apart, from the published format alone: what
of it the trees reach, and what no tree reaches is dead.  For databases that
are sound; it shares nothing with the code under test and goes by the trees,
where that goes by the pages."""

import re
import struct

MARK = re.compile(rb"(?=([0-9a-f]{10}z))", re.I)
MARK16 = re.compile(rb"(?=((?:[0-9a-f]\0){10}z\0))", re.I)


def marks(data):
    """Tails of markers, 8-bit and UTF-16 of either order, as a set."""
    out = {m.group(1).lower() for m in MARK.finditer(data)}
    for m in MARK16.finditer(data):
        out.add(m.group(1)[::2].lower())
    for m in MARK16.finditer(data[1:]):         # the other order, even so
        out.add(m.group(1)[::2].lower())
    return out


def left(data, page, alive):
    """Tails that are nobody's; one that a page begins with may be another
    that is divided there, behind the number of the chain's next page."""
    out = marks(data) - alive
    for m in sorted(out):
        places = [x.start() for x in re.finditer(re.escape(m), data.lower())]
        if places and all(x % page < 4 for x in places):
            out.remove(m)
    return out


def u16(d, at):
    return struct.unpack_from(">H", d, at)[0]


def u32(d, at):
    return struct.unpack_from(">I", d, at)[0]


def varint(d, at):
    v = 0
    for i in range(8):
        b = d[at + i]
        v = v << 7 | b & 0x7f
        if b < 0x80:
            return v, at + i + 1
    return v << 8 | d[at + 8], at + 9


class File:
    """dead: (offset, bytes) in which no byte has a meaning; leave: bytes of
    structure inside of dead space."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.d = f.read()
        d = self.d
        self.size = 65536 if u16(d, 16) == 1 else u16(d, 16)
        self.usable = self.size - d[20]
        self.n = u32(d, 28) if u32(d, 24) == u32(d, 92) and u32(d, 28) \
            else len(d) // self.size
        self.lock = 0x40000000 // self.size + 1
        self.dead, self.seen = [(72, 20)], {1}
        self._free()
        self._tree(1)
        for root in self._roots():
            self._tree(root)
        for p in range(2, self.n + 1):
            if p not in self.seen and not self._map(p) and p != self.lock:
                self.dead.append(((p - 1) * self.size, self.usable))
        if len(d) > self.n * self.size:
            self.dead.append((self.n * self.size,
                              len(d) - self.n * self.size))

    def _map(self, p):
        every = self.usable // 5 + 1
        return u32(self.d, 52) != 0 and p >= 2 and (p - 2) % every == 0

    def _free(self):
        p = u32(self.d, 32)
        while p:
            at = (p - 1) * self.size
            k = u32(self.d, at + 4)
            self.seen.add(p)
            self.dead.append((at + 8 + 4 * k, self.usable - 8 - 4 * k))
            p = u32(self.d, at)

    def _roots(self):
        """Of the schema's rows, by their records."""
        return [r[3] for r in self.rows if isinstance(r[3], int) and r[3]]

    def _chain(self, p, n):
        while p:
            self.seen.add(p)
            at, here = (p - 1) * self.size, min(n, self.usable - 4)
            n -= here
            if here < self.usable - 4:
                self.dead.append((at + 4 + here, self.usable - 4 - here))
            p = u32(self.d, at)

    def _cell(self, base, c, kind):
        d, at, u = self.d, base + c, self.usable
        child = 0
        if kind in (2, 5):
            child, at = u32(d, at), at + 4
        if kind == 5:
            return child, varint(d, at)[1] - base - c, None
        n, at = varint(d, at)
        if kind == 13:
            at = varint(d, at)[1]
        most = u - 35 if kind == 13 else (u - 12) * 64 // 255 - 23
        least = (u - 12) * 32 // 255 - 23
        local = n
        if n > most:
            local = least + (n - least) % (u - 4)
            if local > most:
                local = least
        end = at + local
        if local < n:
            self._chain(u32(d, end), n - local)
            end += 4
        return child, max(4, end - base - c), d[at:at + local]

    def _tree(self, page):
        todo, first = [page], page == 1
        if first:
            self.rows = []
        while todo:
            p = todo.pop()
            self.seen.add(p)
            d, base = self.d, (p - 1) * self.size
            h = base + (100 if p == 1 else 0)
            kind, cells = d[h], u16(d, h + 3)
            ptr = h + (12 if kind in (2, 5) else 8)
            live = []
            if kind in (2, 5):
                todo.append(u32(d, h + 8))
            for i in range(cells):
                c = u16(d, ptr + 2 * i)
                child, n, record = self._cell(base, c, kind)
                live.append((c, n))
                if child:
                    todo.append(child)
                if first and kind == 13:
                    self.rows.append(values(record))
            free = u16(d, h + 1)
            while free:
                live.append((free, 4))          # its own header stays
                free = u16(d, base + free)
            at = ptr + 2 * cells - base
            for c, n in sorted(live):
                if c > at:
                    self.dead.append((base + at, c - at))
                at = max(at, c + n)
            if at < self.usable:
                self.dead.append((base + at, self.usable - at))

    def dirty(self):
        """Bytes of dead space that are not zero, as pieces."""
        out = []
        for at, n in self.dead:
            piece = self.d[at:at + n]
            if piece.strip(b"\0"):
                out.append((at, piece))
        return out


def values(record):
    """Of a record that is here as a whole, as far as it goes."""
    n, at = varint(record, 0)
    types, body, out = [], n, []
    while at < n:
        t, at = varint(record, at)
        types.append(t)
    for t in types:
        if t in (0, 8, 9):
            out.append(None if t == 0 else t - 8)
            continue
        size = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8}.get(
            t, (t - 12) // 2)
        piece = record[body:body + size]
        body += size
        out.append(int.from_bytes(piece, "big", signed=True)
                   if t <= 6 else piece)
    return out


# As a carver of deleted rows does it: a header of 2 to 20 bytes whose serial
# types add up to a body that is here, and a text or blob of 8 bytes in it.
def carve(piece, most=400):
    found, at, padded = 0, 0, piece + bytes(9)
    while at < len(piece) - 4 and found < most:
        n = piece[at]
        if 2 <= n <= 20 and at + n <= len(piece):
            pos, sizes, text = at + 1, [], False
            while pos < at + n:
                t, pos = varint(padded, pos)
                if t in (10, 11):
                    break
                size = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[t] if t < 12 \
                    else (t - 12) // 2
                text |= t >= 28
                sizes.append(size)
            else:
                end = at + n + sum(sizes)
                if pos == at + n and text and end <= len(piece) and \
                        piece[at + n:end].strip(b"\0"):
                    found += 1
                    at = end
                    continue
        at += 1
    return found
