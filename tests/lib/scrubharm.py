"""scrubharm - ways in which a database can be damaged, each a function of the
file's bytes and a source of chance.  They know the format, so that what they
leave is nearly right."""

import struct

from sqpage import u16, u32, varint


class Bytes:
    def __init__(self, data, r):
        self.d, self.r = bytearray(data), r
        self.size = 65536 if u16(data, 16) == 1 else u16(data, 16)
        self.usable, self.n = self.size - data[20], len(data) // self.size
        self.trees = [p for p in range(1, self.n + 1)
                      if self.d[self.head(p)] in (2, 5, 10, 13)
                      and not self.is_map(p)]

    def is_map(self, p):
        return u32(self.d, 52) != 0 and p >= 2 and \
            (p - 2) % (self.usable // 5 + 1) == 0

    def base(self, p):
        return (p - 1) * self.size

    def head(self, p):
        return self.base(p) + (100 if p == 1 else 0)

    def put16(self, at, v):
        struct.pack_into(">H", self.d, at, v & 0xffff)

    def put32(self, at, v):
        struct.pack_into(">I", self.d, at, v & 0xffffffff)

    def tree(self, *kinds):
        """A page of a tree with cells, of these kinds if there are any."""
        some = [p for p in self.trees if u16(self.d, self.head(p) + 3) > 1
                and p > 1]
        want = [p for p in some if self.d[self.head(p)] in kinds]
        return self.r.choice(want or some or [1])

    def pointer(self, p, i=None):
        """Where the page keeps its i-th cell pointer."""
        h = self.head(p)
        n = u16(self.d, h + 3) or 1
        i = self.r.randrange(n) if i is None else i % n
        return h + (12 if self.d[h] in (2, 5) else 8) + 2 * i

    def overflows(self):
        """(owner, where its first page's number is, that page, bytes)."""
        out = []
        for p in self.trees:
            h, d = self.head(p), self.d
            if d[h] == 5:
                continue
            for i in range(u16(d, h + 3)):
                at = self.base(p) + u16(d, self.pointer(p, i))
                try:
                    at += 4 if d[h] == 2 else 0
                    n, at = varint(d, at)
                    if d[h] == 13:
                        at = varint(d, at)[1]
                except IndexError:
                    continue
                u = self.usable
                most = u - 35 if d[h] == 13 else (u - 12) * 64 // 255 - 23
                least = (u - 12) * 32 // 255 - 23
                if n <= most:
                    continue
                local = least + (n - least) % (u - 4)
                at += local if local <= most else least
                if at + 4 <= len(d) and 2 <= u32(d, at) <= self.n:
                    out.append((p, at, u32(d, at), n))
        return out

    def any_page(self):
        return self.r.choice([0, 1, self.r.randint(1, self.n), self.n,
                              self.n + 1, 0x7fffffff, 0xffffffff])


def freeblock_into_cells(b):
    p = b.tree(13, 10)
    c = u16(b.d, b.pointer(p))
    if c + 4 <= b.usable:
        b.put16(b.base(p) + c + 2, b.r.choice([4, 8, 0, 65535, b.usable - c]))
        b.put16(b.base(p) + c, b.r.choice([0, c, c + 4]))
    b.put16(b.head(p) + 1, c)


def freeblock_cyclic(b):
    p = b.tree(13, 10, 2, 5)
    first = u16(b.d, b.head(p) + 1)
    if first and first + 4 <= b.usable:
        b.put16(b.base(p) + first, first)
    else:
        b.put16(b.head(p) + 1, u16(b.d, b.head(p) + 5))


def freeblock_long(b):
    p = next((q for q in b.trees if u16(b.d, b.head(q) + 1)), b.tree())
    at = u16(b.d, b.head(p) + 1)
    if at and at + 4 <= b.usable:
        b.put16(b.base(p) + at + 2, u16(b.d, b.base(p) + at + 2) +
                b.r.choice([1, 4, 40, 65000]))


def cell_pointer(b):
    p = b.tree()
    b.put16(b.pointer(p), b.r.choice([
        0, 4, b.usable - 1, b.usable - 4, 65535, u16(b.d, b.pointer(p)),
        u16(b.d, b.pointer(p)) + 1, u16(b.d, b.head(p) + 5)]))


def cell_count(b):
    p = b.tree()
    n = u16(b.d, b.head(p) + 3)
    b.put16(b.head(p) + 3, b.r.choice([0, n - 1, n + 1, n // 2, 65535]))


def content_start(b):
    p = b.tree()
    n = u16(b.d, b.head(p) + 5)
    b.put16(b.head(p) + 5, b.r.choice([0, 1, n - 4, n + 4, n + 40,
                                       b.usable, 65535]))


def fragments(b):
    b.d[b.head(b.tree()) + 7] = b.r.randrange(256)


def payload_length(b):
    p = b.tree(13, 10, 2)
    at = b.base(p) + u16(b.d, b.pointer(p)) + (
        4 if b.d[b.head(p)] == 2 else 0)
    for i in range(b.r.randint(1, 3)):
        if at + i < len(b.d):
            b.d[at + i] = b.r.choice([0x81, 0xff, 0x80, 0, 5, 0x7f])


def chain_start(b):
    o = b.overflows()
    if o:
        p, at, page, _ = b.r.choice(o)
        b.put32(at, b.r.choice([p, b.any_page(), page + 1,
                                b.r.choice(o)[2], b.r.choice(b.trees)]))


def chain_link(b):
    o = b.overflows()
    if o:
        p, _, page, _ = b.r.choice(o)
        b.put32(b.base(page), b.r.choice([page, p, b.any_page(),
                                          b.r.choice(o)[2]]))


def chain_short(b):
    """The owner says less than there is: by a byte, by pages."""
    o = [x for x in b.overflows() if x[3] > 200]
    if o:
        p, at, _, n = b.r.choice(o)
        old = encode(n)
        new = encode(max(130, n - b.r.choice([1, 50, b.usable - 4])))
        i = b.d.find(old, b.base(p), at)
        if i > 0 and len(old) == len(new):
            b.d[i:i + len(new)] = new


def encode(n):
    out = [n & 0x7f]
    while n > 0x7f:
        n >>= 7
        out.insert(0, n & 0x7f | 0x80)
    return bytes(out)


def child(b):
    p = b.tree(5, 2)
    if b.d[b.head(p)] in (2, 5):
        at = b.r.choice([b.head(p) + 8, b.base(p) +
                         u16(b.d, b.pointer(p))])
        if at + 4 <= len(b.d):
            b.put32(at, b.r.choice([p, 1, b.any_page(), b.tree()]))


def trunk(b):
    t = u32(b.d, 32)
    if t == 0 or t > b.n:
        b.put32(32, b.r.choice([b.tree(), b.n, 2]))
        b.put32(36, b.r.choice([1, 2]))
        return
    how, at = b.r.randrange(6), b.base(t)
    if how == 0:
        b.put32(at, t)
    elif how == 1:
        b.put32(at + 4, b.r.choice([b.usable, b.usable // 4 - 1, 0xffffffff]))
    elif how == 2 and u32(b.d, at + 4):
        b.put32(at + 8, b.r.choice([b.tree(), t, b.any_page()]))
    elif how == 3:
        b.put32(36, u32(b.d, 36) + b.r.choice([1, -1, 1000]))
    elif how == 4 and u32(b.d, at + 4) > 1:
        b.put32(at + 8, u32(b.d, at + 12))
    else:
        b.put32(at, b.any_page())


def trunk_is_overflow(b):
    """The freelist begins with the end of a chain, whose owner does not add
    up: who goes by pages alone does not know whose it is."""
    for p, _, page, n in b.overflows():
        at = b.base(page)
        if u32(b.d, at) == 0 and p > 1:
            b.put32(at + 4, 0)
            b.put32(32, page)
            b.put32(36, 1)
            b.d[b.head(p) + 7] ^= 1
            return


def leaf_is_overflow(b):
    t = u32(b.d, 32)
    o = [x for x in b.overflows() if x[0] > 1]
    if o and 2 <= t <= b.n and u32(b.d, b.base(t) + 4):
        b.put32(b.base(t) + 8, o[0][2])
        b.d[b.head(o[0][0]) + 7] ^= 1


def page_count(b):
    b.put32(28, b.r.choice([1, b.n - 1, b.n // 2, b.n + 1, b.n + 1000, 0]))
    if b.r.random() < .3:
        b.put32(92, 0)


def page_size(b):
    b.put16(16, b.r.choice([0, 1, 512, 1024, 2048, 8192, 65535, 1000]))


def maps(b):
    b.put32(52, 0 if u32(b.d, 52) else b.r.choice([1, 3, b.n]))


def kind(b):
    b.d[b.head(b.tree())] = b.r.choice([0, 1, 2, 5, 10, 13, 255])


def cut(b):
    del b.d[b.r.randint(len(b.d) // 2, len(b.d) - 1):]


def cut_pages(b):
    del b.d[b.base(b.r.randint(max(2, b.n // 2), b.n)):]


def blank(b):
    p = b.tree()
    b.d[b.base(p):b.base(p) + b.size] = bytes(b.size)


def copy(b):
    p, q = b.tree(), b.tree()
    b.d[b.base(p):b.base(p) + b.size] = b.d[b.base(q):b.base(q) + b.size]


def noise(b):
    for _ in range(b.r.choice([1, 5, 50, 500])):
        b.d[b.r.randrange(100, len(b.d))] = b.r.randrange(256)


def noise_in_heads(b):
    for _ in range(b.r.choice([1, 3])):
        b.d[b.head(b.tree()) + b.r.randrange(12)] = b.r.randrange(256)


def header(b):
    b.d[b.r.randrange(16, 100)] = b.r.randrange(256)


def map_entries(b):
    for p in range(2, b.n + 1):
        if b.is_map(p):
            for i in range(20):
                b.d[b.base(p) + i] = b.r.randrange(6)


def root(b):
    """A row of the schema names another page as root."""
    at = b.base(1) + u16(b.d, b.pointer(1))
    i = at + b.r.randrange(4, 40)
    b.d[i] = b.r.randrange(1, min(b.n, 255) + 1)


HARMS = [freeblock_into_cells, freeblock_cyclic, freeblock_long, cell_pointer,
         cell_count, content_start, fragments, payload_length, chain_start,
         chain_link, chain_short, child, trunk, trunk_is_overflow,
         leaf_is_overflow, page_count, page_size, maps, kind, cut, cut_pages,
         blank, copy, noise, noise_in_heads, header, map_entries, root]
