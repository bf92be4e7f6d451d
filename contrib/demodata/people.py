"""Invented people.  Domains, telephone numbers, addresses and NHS numbers are
from the ranges set aside for examples; nobody can be reached by them."""

FIRST = """Agatha Alban Amabel Barnaby Beatrix Benedict Briony Cassius Clement
Cordelia Crispin Delphine Dorothea Edmund Eleanora Ezra Felicity Florian Gideon
Ginevra Hartley Henrietta Ignatius Imogen Isadora Jasper Jocasta Kester Lavinia
Leopold Lucasta Magnus Marigold Mortimer Nerys Octavia Orlando Ottoline Peregrine
Perpetua Quentin Rosalind Rufus Sabine Septimus Sidony Tabitha Thaddeus Ursula
Valentine Verity Wilfrida Winifred Xanthe Yolande Zacharias""".split()
LAST = """Abbotsleigh Ashgrove Barrowclough Bexfield Birkenhurst Blythewood
Brackenbury Caldershaw Chattertoft Copperwheat Cranmoor Dallowfield Dunstanwick
Eastlakeby Elverstone Fairweatherby Fenwickson Garsdaleby Glossopdale Greenhalghe
Hawksmoorby Hepplewhite Holmfirthby Inglewood Jessamine Kettlewellby Kingsnorthby
Langstrothby Littlemoreby Lowthwaite Marchbanksby Merriweatherby Netherfieldby
Nightingaleby Oakenshawby Osmotherleyby Pemberleyby Pettigrewby Quillfeatherby
Ravensworthby Rosthwaiteby Saltmarshby Skelmersby Thistlethwaite Thornycroftby
Underwoodby Vanbrughby Wainscottby Westerdaleby Yarboroughby""".split()
STREETS = ("Lantern Row", "Quince Lane", "Mill Bank", "Foundry Rise",
           "Harbour View", "Chapel Fold", "Orchard Dene", "Weaver Street")
NETS4 = ("192.0.2", "198.51.100", "203.0.113")
DOMAINS = ("example.org", "example.net", "example.com")


class People:
    """Makes people one by one; remembers what must never leave a store."""

    def __init__(self, rng):
        self.rng = rng
        self.n = 0
        self.secrets = set()

    def secret(self, value):
        self.secrets.add(value)
        return value

    def uuid(self):
        h = "%032x" % self.rng.getrandbits(128)
        return self.secret("-".join((h[:8], h[8:12], "4" + h[13:16],
                                     "8" + h[17:20], h[20:])))

    def nhs(self):
        while True:             # 999... is for tests; the last digit checks
            d = [9, 9, 9] + [self.rng.randrange(10) for _ in range(6)]
            check = 11 - sum(x * (10 - i) for i, x in enumerate(d)) % 11
            if check == 10:
                continue
            return "".join(map(str, d + [check % 11]))

    def new(self):
        r = self.rng
        self.n += 1
        first, last = r.choice(FIRST), r.choice(LAST)
        ip = "%s.%d" % (r.choice(NETS4), r.randrange(1, 255))
        if r.random() < 0.2:
            ip = "2001:db8:%x:%x::%x" % (r.randrange(1, 65536),
                                         r.randrange(1, 65536),
                                         r.randrange(1, 65536))
        p = {
            "first": first, "last": last, "name": first + " " + last,
            "email": "%s.%s%d@%s" % (first.lower(), last.lower(), self.n,
                                     r.choice(DOMAINS)),
            "telephone": "01632 960%03d" % r.randrange(1000),
            "mobile": "07700 900%03d" % r.randrange(1000),
            "nhs": self.nhs(),
            "address": "%d %s" % (self.n, r.choice(STREETS)),
            "postcode": "ZZ99 %d%s%s" % (r.randrange(10), r.choice("ABDEFG"),
                                         r.choice("HJLNPQ")),
            "born": "%04d-%02d-%02d" % (r.randrange(1931, 2001),
                                        r.randrange(1, 13), r.randrange(1, 29)),
            "ip": ip,
        }
        for k in ("name", "email", "telephone", "mobile", "address"):
            self.secret(p[k])
        return p
