"""Bring a certificate authority's root key back from its sheets of paper. This one file is enough:
    python3 -I recover.py [--out key.pem] [FILE ...]
It needs Python 3.6 or newer, on a computer without a network, wiped afterwards. Type the words of
enough sheets, in order, those headed PASSPHRASE first: four letters of each, ? for an unreadable
one (at most 3 a sheet). FILE: envelope.cms, the certificate (PEM), a text of words, envelope codes
or lines. If all is right, it writes key.pem: the root key, still encrypted under its passphrase.
The format (rootescrow v1): sheets are shares of SLIP-39, 33 words each (parts 1 to 3). Enough give
the escrow secret, 32 bytes; its HMAC-SHA256 over "rootescrow v1 id" begins with the escrow id, 40
bits, 15 of them in each sheet. The envelope is CMS (RFC 5083, 5084; part 4): AES-256-GCM under a
key wrapped with the secret (RFC 3394). In it is the key: PKCS#8, PBES2 (RFC 5958, 8018; part 5)."""
import argparse, base64, collections, getpass, hashlib, hmac, itertools, os, re, sys
class Wrong(Exception): pass  # the text says what is not as it must be, and what to do

# Part 1. The 1,024 words of SLIP-39. A word's place in the list, from 0, is a number of 10 bits.
WORDS = """academic acid acne acquire acrobat activity actress adapt adequate adjust admit adorn
adult advance advocate afraid again agency agree aide aircraft airline airport ajar alarm album
alcohol alien alive alpha already alto aluminum always amazing ambition amount amuse analysis
anatomy ancestor ancient angel angry animal answer antenna anxiety apart aquatic arcade arena argue
armed artist artwork aspect auction august aunt average aviation avoid award away axis axle beam
beard beaver become bedroom behavior being believe belong benefit best beyond bike biology birthday
bishop black blanket blessing blimp blind blue body bolt boring born both boundary bracelet branch
brave breathe briefing broken brother browser bucket budget building bulb bulge bumpy bundle burden
burning busy buyer cage calcium camera campus canyon capacity capital capture carbon cards careful
cargo carpet carve category cause ceiling center ceramic champion change charity check chemical
chest chew chubby cinema civil class clay cleanup client climate clinic clock clogs closet clothes
club cluster coal coastal coding column company corner costume counter course cover cowboy cradle
craft crazy credit cricket criminal crisis critical crowd crucial crunch crush crystal cubic
cultural curious curly custody cylinder daisy damage dance darkness database daughter deadline deal
debris debut decent decision declare decorate decrease deliver demand density deny depart depend
depict deploy describe desert desire desktop destroy detailed detect device devote diagnose dictate
diet dilemma diminish dining diploma disaster discuss disease dish dismiss display distance dive
divorce document domain domestic dominant dough downtown dragon dramatic dream dress drift drink
drove drug dryer duckling duke duration dwarf dynamic early earth easel easy echo eclipse ecology
edge editor educate either elbow elder election elegant element elephant elevator elite else email
emerald emission emperor emphasis employer empty ending endless endorse enemy energy enforce engage
enjoy enlarge entrance envelope envy epidemic episode equation equip eraser erode escape estate
estimate evaluate evening evidence evil evoke exact example exceed exchange exclude excuse execute
exercise exhaust exotic expand expect explain express extend extra eyebrow facility fact failure
faint fake false family famous fancy fangs fantasy fatal fatigue favorite fawn fiber fiction filter
finance findings finger firefly firm fiscal fishing fitness flame flash flavor flea flexible flip
float floral fluff focus forbid force forecast forget formal fortune forward founder fraction
fragment frequent freshman friar fridge friendly frost froth frozen fumes funding furl fused galaxy
game garbage garden garlic gasoline gather general genius genre genuine geology gesture glad glance
glasses glen glimpse goat golden graduate grant grasp gravity gray greatest grief grill grin grocery
gross group grownup grumpy guard guest guilt guitar gums hairy hamster hand hanger harvest have
havoc hawk hazard headset health hearing heat helpful herald herd hesitate hobo holiday holy home
hormone hospital hour huge human humidity hunting husband hush husky hybrid idea identify idle image
impact imply improve impulse include income increase index indicate industry infant inform inherit
injury inmate insect inside install intend intimate invasion involve iris island isolate item ivory
jacket jerky jewelry join judicial juice jump junction junior junk jury justice kernel keyboard
kidney kind kitchen knife knit laden ladle ladybug lair lamp language large laser laundry lawsuit
leader leaf learn leaves lecture legal legend legs lend length level liberty library license lift
likely lilac lily lips liquid listen literary living lizard loan lobe location losing loud loyalty
luck lunar lunch lungs luxury lying lyrics machine magazine maiden mailman main makeup making mama
manager mandate mansion manual marathon march market marvel mason material math maximum mayor
meaning medal medical member memory mental merchant merit method metric midst mild military mineral
minister miracle mixed mixture mobile modern modify moisture moment morning mortgage mother mountain
mouse move much mule multiple muscle museum music mustang nail national necklace negative nervous
network news nuclear numb numerous nylon oasis obesity object observe obtain ocean often olympic
omit oral orange orbit order ordinary organize ounce oven overall owner paces pacific package paid
painting pajamas pancake pants papa paper parcel parking party patent patrol payment payroll
peaceful peanut peasant pecan penalty pencil percent perfect permit petition phantom pharmacy photo
phrase physics pickup picture piece pile pink pipeline pistol pitch plains plan plastic platform
playoff pleasure plot plunge practice prayer preach predator pregnant premium prepare presence
prevent priest primary priority prisoner privacy prize problem process profile program promise
prospect provide prune public pulse pumps punish puny pupal purchase purple python quantity quarter
quick quiet race racism radar railroad rainbow raisin random ranked rapids raspy reaction realize
rebound rebuild recall receiver recover regret regular reject relate remember remind remove render
repair repeat replace require rescue research resident response result retailer retreat reunion
revenue review reward rhyme rhythm rich rival river robin rocky romantic romp roster round royal
ruin ruler rumor sack safari salary salon salt satisfy satoshi saver says scandal scared scatter
scene scholar science scout scramble screw script scroll seafood season secret security segment
senior shadow shaft shame shaped sharp shelter sheriff short should shrimp sidewalk silent silver
similar simple single sister skin skunk slap slavery sled slice slim slow slush smart smear smell
smirk smith smoking smug snake snapshot sniff society software soldier solution soul source space
spark speak species spelling spend spew spider spill spine spirit spit spray sprinkle square squeeze
stadium staff standard starting station stay steady step stick stilt story strategy strike style
subject submit sugar suitable sunlight superior surface surprise survive sweater swimming swing
switch symbolic sympathy syndrome system tackle tactics tadpole talent task taste taught taxi
teacher teammate teaspoon temple tenant tendency tension terminal testify texture thank that theater
theory therapy thorn threaten thumb thunder ticket tidy timber timely ting tofu together tolerate
total toxic tracks traffic training transfer trash traveler treat trend trial tricycle trip triumph
trouble true trust twice twin type typical ugly ultimate umbrella uncover undergo unfair unfold
unhappy union universe unkind unknown unusual unwrap upgrade upstairs username usher usual valid
valuable vampire vanish various vegan velvet venture verdict verify very veteran vexed victim video
view vintage violence viral visitor visual vitamins vocal voice volume voter voting walnut warmth
warn watch wavy wealthy weapon webcam welcome welfare western width wildlife window wine wireless
wisdom withdraw wits wolf woman work worthy wrap wrist writing wrote year yelp yield yoga
zero""".split()

# Part 2. The field of 256 numbers that SLIP-39 and AES use, and AES-256 itself.
EXP, LOG, power = [0] * 510, [0] * 256, 1  # powers of 3, logarithms; modulo x^8+x^4+x^3+x+1
for number in range(255):
    EXP[number], EXP[number + 255], LOG[power] = power, power, number
    power ^= power << 1 ^ (0x11B if power & 0x80 else 0)
INVERSE = [0] + [EXP[255 - LOG[number]] * 0x101 for number in range(1, 256)]  # as bytes, twice
SBOX = [(b ^ b >> 4 ^ b >> 5 ^ b >> 6 ^ b >> 7) & 255 ^ 0x63 for b in INVERSE]  # FIPS 197, 5.1.1
UNSBOX = [SBOX.index(number) for number in range(256)]
TIMES = [[EXP[LOG[a] + LOG[b]] if a and b else 0 for b in range(256)] for a in range(15)]
def xor(one, other): return bytes(a ^ b for a, b in zip(one, other))
def round_keys(key):  # the 15 round keys of AES-256 (FIPS 197, section 5.2)
    words = [key[start:start + 4] for start in range(0, 32, 4)]
    for i in range(8, 60):
        word = words[-1][1:] + words[-1][:1] if i % 8 == 0 else words[-1]
        word = [SBOX[byte] for byte in word] if i % 4 == 0 else word
        words.append(xor(xor(words[-8], word), [1 << i // 8 - 1 if i % 8 == 0 else 0, 0, 0, 0]))
    return [b"".join(words[start:start + 4]) for start in range(0, 60, 4)]
def aes(keys, block, inverse=False):  # one block (FIPS 197, sections 5.1 and 5.3)
    shift, box, row = (-4, UNSBOX, (14, 11, 13, 9)) if inverse else (4, SBOX, (2, 3, 1, 1))
    first, *others = keys[::-1] if inverse else keys
    block = xor(block, first)
    for key in others:
        block = [box[block[(i + shift * (i % 4)) % 16]] for i in range(16)]
        block = xor(block, key) if inverse else block
        if key is not others[-1]:  # each column times a matrix whose rows are turns of `row`
            block = [TIMES[row[-r % 4]][block[c]] ^ TIMES[row[(1 - r) % 4]][block[c + 1]]
                     ^ TIMES[row[(2 - r) % 4]][block[c + 2]] ^ TIMES[row[(3 - r) % 4]][block[c + 3]]
                     for c in (0, 4, 8, 12) for r in range(4)]
        block = bytes(block) if inverse else xor(block, key)
    return block
def unwrap(secret, wrapped):  # AES key unwrap (RFC 3394, section 2.2.2), or None if wrong
    keys, check = round_keys(secret), wrapped[:8]
    blocks = [wrapped[place:place + 8] for place in (8, 16, 24, 32)]
    for step in range(24, 0, -1):
        mixed = (int.from_bytes(check, "big") ^ step).to_bytes(8, "big")
        plain = aes(keys, mixed + blocks[(step - 1) % 4], inverse=True)
        check, blocks[(step - 1) % 4] = plain[:8], plain[8:]
    return b"".join(blocks) if hmac.compare_digest(check, b"\xa6" * 8) else None
def gcm_decrypt(key, nonce, sealed, tag):  # NIST SP 800-38D; None if the tag is wrong
    keys, total = round_keys(key), 0
    factor = int.from_bytes(aes(keys, bytes(16)), "big")
    blocks = [sealed[start:start + 16] for start in range(0, len(sealed), 16)]
    for block in blocks + [(8 * len(sealed)).to_bytes(16, "big")]:
        left, right, total = total ^ int.from_bytes(block.ljust(16, b"\0"), "big"), factor, 0
        for bit in range(127, -1, -1):  # left times right in the field of 2^128 numbers
            total ^= right if left >> bit & 1 else 0
            right = right >> 1 ^ (0xE1 << 120 if right & 1 else 0)
    stream = [aes(keys, nonce + n.to_bytes(4, "big")) for n in range(1, len(blocks) + 2)]
    wanted = xor(total.to_bytes(16, "big"), stream[0])
    return b"".join(map(xor, blocks, stream[1:])) if hmac.compare_digest(wanted, tag) else None

# Part 3. SLIP-39: from words to the secret. A set is (identifier, groups needed, groups).
Share = collections.namedtuple("Share", "set group threshold member value code")
def rs1024(words):  # the checksum of SLIP-39 over 33 words: 1 if they are right
    total = 1
    for word in list(b"shamir_extendable") + words:
        top, total = total >> 20, (total & 0xFFFFF) << 10 ^ word
        for bit, factor in enumerate((0xE0E040, 0x1C1C080, 0x3838100, 0x7070200, 0xE0E0009,
                                      0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x3F3F120)):
            total ^= factor if top >> bit & 1 else 0
    return total
def fill(words, holes):  # with the holes solved: the checksum is 30 equations, linear in the bits
    words, rows = [0 if place in holes else word for place, word in enumerate(words)], []
    for place, bit in [(place, 1 << bit) for place in holes for bit in range(10)] + [(0, 0)]:
        tried = words[:place] + [words[place] | bit] + words[place + 1:]
        change, chosen = rs1024(words) ^ (rs1024(tried) if bit else 1), {(place, bit)}
        for other, others in sorted(rows, key=lambda row: -row[0]):
            if change ^ other < change:
                change, chosen = change ^ other, chosen ^ others
        rows.append((change, chosen))
    for place, bit in chosen:  # of the last row: the bits that together make the checksum right
        words[place] |= bit
    return words if change == 0 else None
def read_share(words):  # numbers of 10 bits, None for a word that nobody can read
    holes = [place for place, word in enumerate(words) if word is None]
    solved = fill(words, holes) if len(holes) < 4 else None
    if solved is None or rs1024(solved) != 1:
        suspects = [place + 1 for place in range(33) if not holes and fill(words, [place])]
        raise Wrong("The checksum is wrong. Compare with the paper%s. Type all 33 words anew, with "
                    "at most three ?." % (", word %d first" % suspects[0] if suspects else ""))
    bits = int("".join("{:010b}".format(word) for word in solved), 2)
    identifier, flags, value = bits >> 315, bits >> 310 & 31, bits >> 30 & (1 << 260) - 1
    group, needed, groups, member, threshold = [bits >> at & 15 for at in (306, 302, 298, 294, 290)]
    if flags != 0b10000 or value >> 256 or needed > groups or group > groups:
        raise Wrong("These are not the words of a sheet of format v1.")
    digest = hashlib.sha256(" ".join(WORDS[word] for word in solved).encode()).digest()
    return Share((identifier, needed + 1, groups + 1), group, threshold + 1, member,
                 value.to_bytes(32, "big"), base32(digest[:10], 4))
def interpolate(points, x):  # the polynomial through points {x: bytes}, at x, by bytes (Lagrange)
    result = points.get(x, bytes(32))
    for i, value in points.items() if x not in points else ():
        log = sum(LOG[x ^ j] - LOG[i ^ j] for j in points if j != i) % 255
        result = xor(result, [EXP[LOG[byte] + log] if byte else 0 for byte in value])
    return result
def combine(points):  # what was shared is at 255, its digest at 254; None if that is wrong
    secret, digest = interpolate(points, 255), interpolate(points, 254)
    right = hmac.new(digest[4:], secret, "sha256").digest()[:4]
    return secret if len(points) == 1 or hmac.compare_digest(right, digest[:4]) else None
def group_values(shares, threshold):  # what quorums of a group give, and the sheets that fit it
    found = []  # a forged sheet may be among good ones, so every quorum is tried, within reason
    for quorum in itertools.islice(itertools.combinations(shares, threshold), 50000):
        points = {share.member: share.value for share in quorum}
        if len(points) == threshold and not any(fit.issuperset(quorum) for _, fit in found):
            value = combine(points)
            fit = {share for share in shares if interpolate(points, share.member) == share.value}
            found += [(value, fit)] if value is not None else []
    return found
def pbkdf2(name, passphrase, salt, rounds):  # RFC 8018, 5.2; hashlib's own needs OpenSSL
    block, total = salt + b"\0\0\0\1", 0
    for _ in range(rounds):
        block = hmac.new(passphrase, block, name).digest()
        total ^= int.from_bytes(block, "big")
    return total.to_bytes(len(block), "big")
def secrets(shares):  # escrow ids and secrets that sheets may give; their use tells if it is right
    for header in sorted({share.set for share in shares}):
        values = {}
        for group, threshold in sorted({s[1:3] for s in shares if s.set == header}):
            ours = [share for share in shares if share[:3] == (header, group, threshold)]
            values.setdefault(group, []).extend(group_values(ours, threshold))
        for groups in itertools.combinations(sorted(values), header[1]):
            for chosen in itertools.product(*[values[group] for group in groups]):
                master = combine({group: value for group, (value, _) in zip(groups, chosen)})
                left, right = (master or b"")[:16], (master or b"")[16:]
                for i in b"\3\2\1\0":  # four Feistel rounds; ext=1, exponent 0, empty passphrase
                    left, right = right, xor(left, pbkdf2("sha256", bytes([i]), right, 2500))
                escrow = hmac.new(right + left, b"rootescrow v1 id", "sha256").digest()[:5]
                if master and int.from_bytes(escrow[:2], "big") >> 1 == header[0]:
                    yield escrow, right + left, set().union(*[fit for _, fit in chosen])

# Part 4. The envelope: DER (X.690) and CMS.
def der(tag, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (size if len(body) < 128 else bytes([128 + len(size)]) + size) + body
def elements(data):  # the elements that DER consists of, as (tag, body)
    found = []
    while data:
        start = 2 + max(0, (data + b"\0")[1] - 128)
        size = int.from_bytes(data[2:start] or data[1:2], "big")
        found.append((data[0], data[start:start + size]))
        if der(*found[-1]) != data[:start + size]:
            raise Wrong("This is damaged, or a file of another kind.")
        data = data[start + size:]
    return found
def fields(data, *tags):  # the bodies of elements of exactly these tags; a list, or the only
    found = elements(data)
    if [tag for tag, _ in found] != list(tags):
        raise Wrong("This is damaged, or a file of another kind.")
    return [body for _, body in found] if len(tags) > 1 else found[0][1]
CMS = ["2a864886f70d0109100117", "00", "04", "60864801650304012d",  # authEnvelopedData; aes256-wrap
       "2a864886f70d010701", "60864801650304012e", "10"]  # data; aes256-GCM, a tag of 16 bytes
def read_envelope(data):  # id, wrapped key, nonce, ciphertext, tag of the one form that v1 allows
    kind, content = fields(fields(data, 0x30), 0x06, 0xA0)
    version, recipients, info, tag = fields(fields(content, 0x30), 0x02, 0x31, 0x30, 0x04)
    recipient, keyid, wrap, wrapped = fields(fields(recipients, 0xA2), 0x02, 0x30, 0x30, 0x04)
    inner, cipher, sealed = fields(info, 0x06, 0x30, 0x80)
    gcm, parameters = fields(cipher, 0x06, 0x30)
    nonce, size = fields(parameters, 0x04, 0x02)
    constants = [kind, version, recipient, fields(wrap, 0x06), inner, gcm, size]
    sizes = [len(part) for part in (fields(keyid, 0x04), wrapped, nonce, tag)]
    if [part.hex() for part in constants] != CMS or sizes != [5, 40, 12, 16] or not sealed:
        raise Wrong("This is no envelope of format v1.")
    return fields(keyid, 0x04), wrapped, nonce, sealed, tag

# Part 5. The encrypted key: does the passphrase open it, and which public key is its own?
def open_key(encrypted, passphrase):  # the private key (PKCS#8); Wrong if the passphrase is wrong
    algorithm, data = fields(fields(encrypted, 0x30), 0x30, 0x04)
    derivation, cipher = fields(fields(algorithm, 0x06, 0x30)[1], 0x30, 0x30)
    method, settings = fields(derivation, 0x06, 0x30)
    _, last = fields(cipher, 0x06, 0x04)  # of AES-256-CBC: the IV
    salt, *rest = [body for _, body in elements(settings)]
    costs, plain = [int.from_bytes(body, "big") for body in rest], b""
    if method.hex() == "2b06010401da47040b":
        n, r, p = costs[:3]
        key = hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=2**31 - 1, dklen=32)
    else:
        name = {9: "sha256", 11: "sha512"}[fields(rest[-1], 0x06, 0x05)[0][-1]]  # hmacWithSHA...
        key = pbkdf2(name, passphrase, salt, costs[0])[:32]
    for block in [data[start:start + 16] for start in range(0, len(data), 16)]:
        plain, last = plain + xor(aes(round_keys(key), block, inverse=True), last), block
    private, padding = plain[:-plain[-1]], plain[-1:] * plain[-1]
    if not plain.endswith(padding) or not fields(fields(private, 0x30)[:3], 0x02):  # the version
        raise Wrong("This is no private key.")
    return private
def public_key(private):  # the SubjectPublicKeyInfo of an RSA key; openssl computes that of others
    _, (_, algorithm), (_, key) = elements(fields(private, 0x30))[:3]
    if elements(algorithm)[0][1].hex() != "2a864886f70d010101": return None
    bodies = [body for _, body in elements(fields(key, 0x30))]
    n, e, d, p, q = [int.from_bytes(body, "big") for body in bodies[1:6]]
    if p * q != n or pow(2, e * d, n) != 2:
        raise Wrong("The numbers of this RSA key contradict each other.")
    public = der(0x30, der(0x02, bodies[1]), der(0x02, bodies[2]))
    return der(0x30, der(0x30, algorithm), der(0x03, b"\0" + public))
def certificate_key(pem):  # the SubjectPublicKeyInfo in an X.509 certificate (RFC 5280)
    parts = elements(elements(fields(base64.b64decode(pem.split(b"-")[0]), 0x30))[0][1])
    return der(*[part for part in parts if part[0] != 0xA0][5])

# Part 6. What people give: files, words, envelope codes and envelope lines.
NUMBERS = {word[:i]: n for n, word in [(None, "?")] + list(enumerate(WORDS)) for i in range(4, 9)}
CODE = re.compile(r"ROOTESCROW1 +([A-Z2-7]{8}) +([1-9]\d?)OF([1-9]\d?) +([A-Z2-7]+)$")
LINE = re.compile(r"[0-9OIB]{3}[ \t][A-Z0-8 \t]{5,}$")
LABEL = re.compile(r"#.*|[^\s/:][^/:]*/\d\d? *(:|$)|ESCROW( ID)?:|(CHECK.*:)? *\w{4}(-\w{4}){3}$")
SCANNER = str.maketrans("YZyz", "ZYzy")  # a hand-held one, as it types on another keyboard
def base32(data, group=9999):
    text = base64.b32encode(data).decode().rstrip("=")
    return "-".join(text[start:start + group] for start in range(0, len(text), group))
def line_check(escrow, number, text):
    return base32(hashlib.sha256("{} {:03} {}".format(escrow, number, text).encode()).digest())[:4]
class Table:  # all that was given so far
    def __init__(self):
        self.words, self.shares, self.envelopes, self.public_keys = [], [], [], {}
        self.ids, self.codes, self.lines, self.remark = set(), {}, {}, "There is no quorum yet."
    def take(self, given, is_file):  # the name of a file, or a line that is typed
        data = open(given, "rb").read(1 << 20) if is_file else given.encode(errors="ignore")
        _, found, certificate = data.partition(b"-----BEGIN CERTIFICATE-----")
        if found: self.public_keys[certificate_key(certificate)] = given
        elif data[:2] in (b"\x30\x81", b"\x30\x82"):
            self.ids.add(base32(read_envelope(data)[0]))
            self.envelopes.append(data)
        elif b"\0" in data: raise Wrong("This is no plain text. What a scan shows has to be typed.")
        else:
            for n, line in enumerate((data.decode("utf-8-sig", "replace") + "\n").split("\n"), 1):
                try:
                    self.take_line(line.strip().upper(), is_file)
                except Wrong as wrong:
                    print("%s, line %d: %s" % (given, n, wrong) if is_file else wrong)
    def take_line(self, line, is_file):  # words, an envelope's code or line, or an escrow id
        label = LABEL.match(line)
        if self.words and (label or (is_file and not line)):
            count, self.words = len(self.words), []
            raise Wrong("%d words stood together, and a sheet has 33. Begin it again." % count)
        line = line[label.end():].strip() if label else line
        letters = re.sub(r"[\s-]", "", line).translate(str.maketrans("018", "OIB"))
        typed = [NUMBERS.get(word, NUMBERS.get(word.translate(SCANNER), -1))
                 for word in re.findall(r"[^\W\d_]+|\?", line.lower())]
        if re.match("[A-Z0-8]{4}-[A-Z0-8]{4}$", line):
            self.ids.add(letters)
        elif CODE.match(line):
            escrow, number, count, text = CODE.match(line).groups()
            self.ids |= {escrow, escrow.translate(SCANNER)}
            self.codes[escrow, int(count), int(number)] = text
        elif LINE.match(line) and -1 in typed:
            number = int(line[:3].translate(str.maketrans("OIB", "018")))
            text, check = letters[3:-4], letters[-4:]
            self.lines[number, check] = text
            if self.ids and check not in [line_check(name, number, text) for name in self.ids]:
                raise Wrong("Line %03d is wrong, out of place or of another escrow." % number)
            print("Line %03d" % number, "is right." if self.ids else "needs the escrow id, too.")
        else:
            for number in typed:
                if number == -1:
                    raise Wrong("Word %d is not in the list. Go on there." % (len(self.words) + 1))
                self.words.append(number)
                if len(self.words) == 33:
                    state = "Not proven yet" if None in self.words else "Right"
                    share = read_share([self.words.pop(0) for _ in range(33)])
                    self.shares += [share] if share not in self.shares else []
                    print(state + ": group", share.group + 1, "- now compare the code", share.code)
    def possible(self, escrow, scanner):  # envelopes; codes and lines are parts of base32
        pieces = [(40 * n - 40, text) for (n, check), text in self.lines.items()
                  if check == line_check(escrow, n, text)]
        codes = [(n, of, text.translate(scanner)) for (name, of, n), text in self.codes.items()
                 if name.translate(scanner) == escrow]
        first = [text for at, text in pieces if at == 0] + [text for n, _, text in codes if n == 1]
        head = base64.b32decode((first + ["AAAAAAAA"])[0][:8].ljust(8, "A"))
        total = -(-8 * (4 + int.from_bytes(head[2:4], "big")) // 5)  # DER says how long it is
        pieces = [((n - 1) * (total // of) + min(n - 1, total % of), text) for n, of, text in codes
                  if len(text) == total // of + (n <= total % of)] + pieces  # these were checked
        chars = {place: char for at, text in pieces for place, char in enumerate(text, at)}
        lost = sorted({place // 40 + 1 for place in range(total) if place not in chars})
        if lost or len(chars) != total:
            self.remark = "Lines %s, or their codes, lack." % lost if pieces else self.remark
            return self.envelopes
        whole = "".join(chars[place] for place in range(total)) + "=" * (-total % 8)
        return self.envelopes + [base64.b32decode(whole)]
    def solve(self):  # encrypted keys and passphrases that come out, and the sheets that gave them
        found = {}
        for escrow, secret, sheets in secrets(self.shares):
            if re.match(rb"[bcdefghijklnoprstuvx]{30}\n\n", secret):
                found.setdefault(secret[:30], set()).update(sheets)
                self.remark = self.remark.replace("no quorum yet", "a passphrase; now the key")
                continue
            self.remark = "The sheets of escrow %s suffice; its envelope lacks." % base32(escrow, 4)
            for data in set().union(*[self.possible(base32(escrow), s) for s in (SCANNER, {})]):
                try:
                    name, wrapped, nonce, sealed, tag = read_envelope(data)
                    key = unwrap(secret, wrapped) if name == escrow else None
                    encrypted = gcm_decrypt(key, nonce, sealed, tag) if key else None
                    if fields(fields(encrypted or b"", 0x30), 0x30, 0x04):
                        found.setdefault(encrypted, set()).update(sheets)
                except Wrong:
                    self.remark += " One that is there is of another escrow, damaged or altered."
        return found

# Part 7. The conversation.
PEM = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}\n-----END ENCRYPTED PRIVATE KEY-----"
NEXT = """{0} is the root key, still encrypted under its passphrase. What you may need next:
  openssl pkey -in {0} -pubout -outform DER | sha256sum      as on every sheet: public key, and so
  openssl x509 -in {1} -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum
  openssl ca -gencrl -config ca.cnf -keyfile {0} -cert {1} -out root.crl"""
def prove(encrypted, public_keys, passphrase):  # that it opens the key of the certificate
    private, ask = None, getpass.getpass if sys.stdin.isatty() else input
    while private is None:
        try:
            passphrase = passphrase or ask("Passphrase of the key (Enter: unknown): ").encode()
            if not passphrase:
                return print("The passphrase is not proven. Its own sheets, typed alone, tell it.")
            private = print("It takes some seconds.", flush=True) or open_key(encrypted, passphrase)
        except (Wrong, ArithmeticError, AttributeError, LookupError, ValueError):
            passphrase = print("It does not open the key; or only openssl, not this Python, can.")
    public = public_key(private)
    if public and public_keys and public not in public_keys:
        if input("The certificate is of ANOTHER key. Write this one (yes or no)? ") != "yes":
            raise Wrong("The certificate is of another key.")
    print("It opens the key", "of the certificate;" if public in public_keys else "-", "SHA-256 of "
          "its public key:", hashlib.sha256(public).hexdigest() if public else "see below.")
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="key.pem", help="the file to write: key.pem")
    parser.add_argument("files", nargs="*", help="envelope.cms, texts, the key's certificate")
    options, table = parser.parse_args(arguments), Table()
    try:
        if os.path.lexists(options.out):
            raise Wrong("%s is there already. Name another file: --out" % options.out)
        for path in options.files:
            table.take(print("File", path) or path, True)
        found = table.solve()
        while not found or ((table.envelopes or table.codes or table.lines) and min(found) > b"1"):
            for part, count in sorted(collections.Counter(s[:3] for s in table.shares).items()):
                fit = group_values([s for s in table.shares if s[:3] == part], part[2])
                print("Group %d of %d: %d of %d sheets" % (part[1] + 1, part[0][2], count, part[2])
                      + (" that do not fit: add another" if count >= part[2] and not fit else ""))
            print(table.remark, "Type words, codes, lines, or the name of a file.")
            try:
                line = input("%d words> " % len(table.words))
                table.take(line, os.path.isfile(line))
                found = table.solve()
            except (Wrong, OSError, LookupError, ValueError) as wrong:
                print(wrong)
        keys, passphrases = [[t for t in found if (t < b"1") == is_der] for is_der in (True, False)]
        if max(len(keys), len(passphrases)) > 1:
            raise Wrong("Several come out. Give the sheets and the envelope of one escrow only.")
        for text in passphrases:
            print("The passphrase, to be typed without a space:", text.decode())
        for share in set(table.shares) - set().union(*found.values()):
            print("Forged, altered, of another escrow or not needed: sheet", share.code)
        if keys:
            prove(keys[0], table.public_keys, b"".join(passphrases))
            rows = re.findall(".{1,64}", base64.b64encode(keys[0]).decode())
            with open(options.out, "x") as file:
                try:
                    print(PEM.format("\n".join(rows)), file=file, flush=True)
                except OSError:
                    os.remove(options.out)
                    raise
            print(NEXT.format(options.out, *table.public_keys.values(), "certificate.pem"))
        return 0
    except (Wrong, OSError, LookupError, ValueError, EOFError, KeyboardInterrupt) as error:
        return print("NOT DONE, and nothing was written.", error) or 1
if __name__ == "__main__": sys.exit(main())
