#!/usr/bin/env python3
"""Reference masker for log lines: the rules of maskip.h and maskfield.h, said
once more with regular expressions and the ipaddress module, one line at a time.

  mask_ref.py generate N SEED     N lines with addresses, decoys and rubbish
  mask_ref.py mask WHAT           filter; WHAT is any, client or all
"""
import ipaddress
import random
import re
import sys

HEX = b'[0-9A-Fa-f]'
ESCAPE = re.compile(rb'(?:\\[nrtfbva]|\\x' + HEX + rb'{2}|\\u' + HEX +
                    rb'{4}|%' + HEX + rb'{2})\Z')
QUAD = re.compile(rb'(?=(\d{1,3})(\.\d{1,3}\.\d{1,3}\.)(\d{1,3})(?!\d))')
RUN = re.compile(rb'[0-9A-Fa-f:]*:[0-9A-Fa-f:]*')
PRODUCT = re.compile(rb'(?:\A|[\x00-\x1f\x7f "\'(\[{<;,|\\])'
                     rb'([A-Za-z0-9_+%\x80-\xff-]{1,64})/\Z')
TAIL = re.compile(rb'(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})'
                  rb'(?![0-9A-Za-z]|\.\d)')


def octets_fit(parts):
    return all(int(p) <= 255 for p in parts)


def v4_refused(line, start, end):
    """4a, 4c, 4d, 4e; the letters of 4b are seen to by the caller."""
    before, after = line[:start], line[end:]
    if re.match(rb'[A-Za-z]|\.\d', after):
        return True
    if re.match(rb'-\d{1,2}(?!\.?\d)', after) and \
            not re.match(rb'-[0-9A-Fa-f]+:', after):
        return True
    if re.search(rb'[A-Za-z0-9:]\.\Z', before):
        return True
    if re.search(rb'(?:\A|[^A-Za-z0-9])rv:\Z', before):
        return True
    name = PRODUCT.search(before[-70:]) if before[-1:] == b'/' else None
    if name and (len(before) <= 70 or name.start() > 0 or
                 before[-70:][name.start()] == name.group(0)[0]):
        return (re.search(rb'[A-Za-z]', name.group(1)) is not None and
                not re.match(rb':\d', after))
    return False


def find_v4(line):
    """(start, end, text) of every IPv4 address."""
    seen = set()
    for m in QUAD.finditer(line):
        dot = m.end(1)
        start = m.start()
        if dot in seen or not octets_fit([m.group(1)] +
                                         m.group(2).strip(b'.').split(b'.') +
                                         [m.group(3)]):
            continue
        if re.search(rb'[0-9A-Za-z]\Z', line[:start]) and \
                not ESCAPE.search(line[max(0, start - 6):start]):
            continue
        seen.add(dot)
        if not v4_refused(line, start, m.end(3)):
            yield start, m.end(3), m.group(1) + m.group(2) + b'0'


def pieces(text, start):
    """A run, cut after the second of three colons."""
    while True:
        at = text.find(b':::')
        if at == -1:
            yield start, text
            return
        yield start, text[:at + 2]
        start += at + 2
        text = text[at + 2:]


def cut_word(text):
    """Without its first group and colon; None if two colons follow."""
    head, colon, rest = text.partition(b':')
    return None if not colon or rest[:1] == b':' else rest


def cut_port(text):
    rest, colon, tail = text.rpartition(b':')
    return None if not colon or rest[-1:] == b':' else rest


def trim_head(text, before):
    """6a, 6b, 6d; None: no address."""
    if before[-1:] == b':' and text[:2] == b'::':
        return None
    first = text.split(b':', 1)[0]
    skip = 0
    if before[-2:] == b'\\x':
        skip = 2
    elif before[-2:] == b'\\u':
        skip = 4
    elif len(first) > 4:
        skip = {b'%': 2, b'\\': 1}.get(before[-1:], 0)
    if skip:
        if len(first) < skip:
            return None
        text = text[skip:]
    elif (re.search(rb'[A-Za-z_]\Z', before) and not ESCAPE.search(before)) or \
            re.search(rb'[0-9A-Fa-f:]\.\Z', before):
        text = cut_word(text)
        if text is None:
            return None
    if len(text.split(b':', 1)[0]) > 4:
        text = cut_word(text)
        if text is None:
            return None
    if text[:1] == b':' and text[1:2] != b':':
        text = text[1:]
    return text or None


def trim_tail(text, after):
    """6c, 6d; (text, IPv4 tail) or None."""
    at = text.rfind(b':') + 1
    if at > 0 and after[:1] == b'.':
        m = TAIL.match(text[at:] + after)
        if m and m.end() > len(text) - at and octets_fit(m.groups()):
            return text[:at], m.group(0)
    if re.match(rb'[A-Za-z_]', after):
        text = cut_port(text)
        if text is None:
            return None
    if len(text.rpartition(b':')[2]) > 4:
        text = cut_port(text)
        if text is None:
            return None
    if text[-1:] == b':' and text[-2:-1] not in (b':', b''):
        text = text[:-1]
    return (text, b'') if text else None


def masked_v6(text, tail, around):
    """The text that an address becomes; None if it is none."""
    glued, dotted, keep = around
    groups = [g for g in text.split(b':') if g]
    gap = b'::' in text
    n = len(groups) + (2 if tail else 0)
    if text.count(b'::') > 1 or any(len(g) > 4 for g in groups):
        return None
    if text[:1] == b':' and text[:2] != b'::':
        return None
    odd = n > (7 if gap else 8)
    if n > 9 or (not gap and n < 8) or (odd and tail):
        return None
    if not tail and n >= 8 and all(len(g) == 2 for g in groups):
        return None
    if not tail and not re.search(rb'\d', text) and \
            not any(len(g) == 4 for g in groups):
        return None
    if odd:
        left = text.split(b'::')[0]
        k = len([g for g in left.split(b':') if g]) if gap else 9
        groups = (groups[:k] + [b'0'] + groups[k:])[:3]
        value = int(ipaddress.IPv6Address(
            b':'.join(groups).decode() + ':0:0:0:0:0'))
    else:
        quad = '.'.join(str(int(p)) for p in tail.split(b'.')) if tail else ''
        value = int(ipaddress.IPv6Address(text.decode() + quad))
    if keep:
        rest = [value >> 96 & 0xffff, value >> 80 & 0xffff]
        while rest and rest[-1] == 0:
            rest.pop()
        return text.split(b':')[0] + b':' + b''.join(
            b'%x:' % g for g in rest) + b':'
    if not odd and value >> 32 == 0xffff and (tail or not dotted):
        if tail:
            out = b'::ffff:' + tail.rpartition(b'.')[0] + b'.0'
        else:
            out = b'::ffff:%x:%x' % (value >> 16 & 0xffff, value & 0xff00)
    else:
        out = str(ipaddress.IPv6Address(value >> 80 << 80)).encode()
    return b'0' + out if glued and out[:1] == b':' else out


def find_v6(line):
    for m in RUN.finditer(line):
        # what the masker looks at: two colons, or four not far from another
        for start, text in pieces(m.group(0), m.start()):
            before, after = line[max(0, start - 6):start], line[start + len(text):]
            trimmed = trim_head(text, before)
            if trimmed is None:
                continue
            begin = start + len(text) - len(trimmed)
            got = trim_tail(trimmed, after)
            if got is None:
                continue
            body, tail = got
            end = begin + len(body) + len(tail)
            glued = line[begin - 1:begin] == b':' and body[:1] != b':'
            keep = len(text.split(b':', 1)[0]) > 4 and \
                before[-1:] in (b'%', b'\\')
            out = masked_v6(body, tail, (glued, line[end:end + 1] == b'.',
                                         keep))
            if out is not None:
                yield begin, end, out


def splice(line, hits):
    out, at = [], 0
    for start, end, text in hits:
        out += [line[at:start], text]
        at = end
    return b''.join(out) + line[at:]


def mask_any(line):
    six = list(find_v6(line)) if b':' in line else []
    four = [h for h in find_v4(line)
            if not any(h[0] < e and h[1] > s for s, e, _ in six)]
    return splice(line, sorted(six + four))


def mask_client(line):
    start = 1 if line[:1] == b'[' else 0
    for find in (find_v4, find_v6):
        for hit in find(line):
            if hit[0] == start:
                return splice(line, [hit])
            break
    return line


SHAPE = re.compile(rb' \[\d\d/')
QUOTE = re.compile(rb'(?<!\\)"')
STRING = re.compile(rb'(?:[^"\\]|\\.)*', re.S)
MAIL = re.compile(rb'@|%40')
LOCAL = re.compile(rb"[A-Za-z0-9._%+~'\x80-\xff-]{0,256}\Z")
LABEL = re.compile(rb'[A-Za-z0-9\x80-\xff-]+')


def bracket(line):
    quote = QUOTE.search(line)
    at = -1
    for m in SHAPE.finditer(line, 0, quote.start() if quote else len(line)):
        at = m.start() + 1
    return at


def mask_user(line):
    m = re.match(rb'[^ ]* [^ ]* ', line)
    at = bracket(line)
    if not m or at == -1 or m.end() >= at - 1:
        return line
    return line[:m.end()] + b'-' + line[at - 1:]


def mask_query(line):
    at = bracket(line)
    if at == -1:
        return re.sub(rb'(?<=[^\x00-\x20\x7f"\\])\?'
                      rb'(?:\\(?=[/ux])|[^\x00-\x20\x7f"<>\\])+', b'', line)
    close = line.find(b']', at)
    quote = QUOTE.search(line, close) if close != -1 else None
    if not quote:
        return line
    end = STRING.match(line, quote.end()).end()
    if line[end:end + 1] != b'"':
        end = len(line)
    request = line[quote.end():end]
    m = re.match(rb'(?s)([^?]*)\?.*?( HTTP/[0-9.]*)?\Z', request)
    kept = m.group(1).rstrip(b'\\') + (m.group(2) or b'') if m else request
    rest = line[end:]
    second = rest.find(b'"', 1)
    if second != -1:
        ref = STRING.match(rest, second + 1).end()
        if rest[ref:ref + 1] != b'"':
            ref = len(rest)
        inner, mark, _ = rest[second + 1:ref].partition(b'?')
        inner = inner.rstrip(b'\\') if mark else inner
        rest = rest[:second + 1] + inner + rest[ref:]
    return line[:quote.end()] + kept + rest


def domain_end(line, at):
    start, end, first = at, -1, True
    while True:
        m = LABEL.match(line, at)
        if not m:
            return end
        label = m.group(0).rstrip(b'-')
        if not first and len(label) >= 2 and label[0] not in b'-0123456789':
            end = at + len(label)
        at, first = m.end(), False
        if line[at:at + 1] != b'.':
            return end
        at += 1


def mask_email(line):
    hits, floor = [], 0
    for m in MAIL.finditer(line):
        local = LOCAL.search(line, max(floor, m.start() - 256), m.start())
        start = local.start()
        if line[start - 1:start] == b'\\' and start < m.start():
            start += {b'u': 5, b'x': 3}.get(line[start:start + 1], 1)
        while line[start:start + 1] in (b"'", b'.', b'-') and start < m.start():
            start += 1
        end = domain_end(line, m.end())
        if start < m.start() and end != -1:
            hits.append((start, end, b'(mail)'))
            floor = end
    return splice(line, hits)


def mask_all(line):
    return mask_any(mask_email(mask_query(mask_user(line))))


BITS = ['1', '2', '25', '255', '256', '.', '.', '.', ':', ':', '::', 'a', 'f',
        'ffff', 'db8', '2001', 'x', 'v', '_', '-', '/', '%', '%20', '\\n',
        '\\x22', '\\u0022', ' ', '"', '?', '@', '%40', '[', ']', '192.0.2.1',
        '1.2.3.', '2001:db8::', '::ffff:', 'Chrome/', 'rv:', 'é', ' [22/',
        'org', 'x@y.zz', ' HTTP/', "'", '10:00:00', '\\', '0', '00', '+']
AGENTS = ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like '
          'Gecko) Chrome/119.0.0.0 Safari/537.36 Edg/119.0.2151.58',
          'Mozilla/5.0 (Windows; U; rv:1.9.0.19) Gecko/2010', 'curl/7.88.1',
          'libx-1.2.3.4-5 v1.2.3.4 (+http://bot.example/?q)', '-']


def address(r):
    four = '.'.join(str(r.randrange(256)) for _ in range(4))
    kind = r.randrange(8)
    if kind < 4:
        return four
    six = ipaddress.IPv6Address(r.getrandbits(128) if kind < 6 else
                                0x20010db8 << 96 | r.getrandbits(24))
    return (str(six), six.exploded, '::ffff:' + four, str(six) + '%eth0')[kind - 4]


def generate(n, seed):
    r = random.Random(seed)
    out = sys.stdout.buffer
    for i in range(n):
        if i % 4 == 3:
            line = ''.join(r.choice(BITS) for _ in range(r.randrange(30)))
        else:
            line = ('%s - %s [22/Nov/2026:10:%02d:00 +0100] "GET /%s?e=%s '
                    'HTTP/1.1" 200 %d "https://%s/x?y=%s" "%s" "%s, [%s]:443" '
                    '00:00:5e:00:53:%02x std::map %032x' % (
                        address(r), r.choice(['-', '-', 'jo', 'Jo B']), i % 60,
                        r.choice(['', 'ip/' + address(r), 'v1.2.3.4']),
                        r.choice(['jo@example.org', 'j%40example.net', '1']),
                        i, r.choice(['example.org', '[' + address(r) + ']']),
                        address(r), r.choice(AGENTS), address(r), address(r),
                        i % 256, r.getrandbits(128)))
        out.write(line.encode() + b'\n')


def main():
    if sys.argv[1:2] == ['generate']:
        generate(int(sys.argv[2]), int(sys.argv[3]))
        return
    mask = {'any': mask_any, 'client': mask_client, 'all': mask_all}[sys.argv[2]]
    for line in sys.stdin.buffer:
        body = line[:-1] if line[-1:] == b'\n' else line
        sys.stdout.buffer.write(mask(body) + line[len(body):])


if __name__ == '__main__':
    main()
