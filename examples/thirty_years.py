"""The life of an escrow in one run: thirty years of people, bags, a forger, a fire, and one day a signed CRL.

    python examples/thirty_years.py FOLDER

makes the new folder FOLDER, with a throw-away root. It uses the library, and so shows how a CA's own tool may: the
clock is an argument everywhere, and so are the source of randomness and the cost of the key derivation, which here is
the lowest that is kept. openssl 3 makes the root and its certificate, and signs at the end.

What takes hands is played: pictures of the pages are the scans where it matters (every confirmation, every
replacement, the forged sheet, the drills of some years, and the last day); in the other drills what somebody types is
taken from the text of the page, to save time. A machine for a ceremony is looked at by `rootescrow preflight`; here
nothing is. Remove FOLDER afterwards.
"""

import datetime
import io
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pypdfium2
from PIL import Image

from rootescrow import shamir
from rootescrow.ceremony import destruction, drilled, handover, kit, recover, rekey, signing
from rootescrow.ceremony import passphrase as passphrases
from rootescrow.ceremony import replace as replacement
from rootescrow.ceremony.account import account
from rootescrow.ceremony.basis import load_basis
from rootescrow.ceremony.change import weigh
from rootescrow.ceremony.confirm import Confirmation, Result
from rootescrow.ceremony.drill import Sitting
from rootescrow.ceremony.drilled import Bag
from rootescrow.ceremony.openssl import derive_public_key
from rootescrow.ceremony.papers.destruction import FILE as DESTRUCTION_FILE
from rootescrow.ceremony.papers.destruction import draw_destruction
from rootescrow.ceremony.papers.drill import DrillPaper, draw_drill
from rootescrow.ceremony.papers.recovery import draw_recovery
from rootescrow.ceremony.planned import Planned
from rootescrow.ceremony.read_back import read_back
from rootescrow.ceremony.rules import Outcome
from rootescrow.ceremony.session import Arrivals, Session
from rootescrow.ceremony.today import Today, look
from rootescrow.errors import EscrowError, IntegrityError
from rootescrow.keys import EncryptedKey, PrivateKey, Scrypt, certificate_der
from rootescrow.keys.kdf import FLOOR_SCRYPT
from rootescrow.paper.layout import Paper
from rootescrow.paper.reading import read_source
from rootescrow.paper.sheets import Sheet, draw_sheet
from rootescrow.passphrase import Passphrase
from rootescrow.pile import Pile
from rootescrow.policy import Holder
from rootescrow.recovery import search
from rootescrow.register import folder, pending
from rootescrow.register.events import ENVELOPE, EVERY_ENVELOPE, AnyEvent, Note, Seal
from rootescrow.register.journal import Journal
from rootescrow.register.record import sha256
from rootescrow.register.register import Register
from rootescrow.secret import Random, Secret
from rootescrow.shamir import Share

PLAN = Path(__file__).parent / "plans" / "root.toml"
BEGIN = 2026
COST = Scrypt(*FLOOR_SCRYPT)
"""OWASP's floor. A real root is encrypted at the default cost, which is sixteen times that."""
YEARS = 30
OPENED_IN, FORGED_IN, LOST_IN, BURNT_IN, WET_IN = 9, 12, 14, 17, 22
SCANNED = (1, 29)
"""Years whose drill reads pictures of pages, beside those above."""
PRESENT = "Olga Example, Otto Example, Wanda Example"
WITNESSES = ("Olga Example", "Wanda Example")
ARBITRATOR = "Eve Example"
SCAN_DPI = 200
SEATS = ("Ada", "Bo", "Cy", "Di", "Eva")
CA_CONFIG = """[ca]
default_ca = example
[example]
database = index.txt
crlnumber = crlnumber
default_md = sha384
"""
REVOKED = "R\t660101000000Z\t470814090000Z\t2A\tunknown\t/CN=Example Sub CA 7\n"
"""The database of certificates since 2047. A revocation after 2049 no openssl can list yet (its issue 27064)."""
Thing = TypeVar("Thing")
_WORD = re.compile(r"^(\d{1,2})\s+([a-z]{4,8})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Printed:
    """A sheet on paper: what was printed, and its document as a printer got it."""

    sheet: Sheet
    pdf: bytes

    @property
    def words(self) -> dict[int, str]:
        """The words by their numbers, as they stand on the page: not what its code says."""
        document = pypdfium2.PdfDocument(self.pdf)
        text = document[1].get_textpage().get_text_bounded()
        document.close()
        return {int(number): word for number, word in _WORD.findall(text)}

    @property
    def typed(self) -> str:
        """What somebody types who reads the page aloud."""
        return " ".join(word for _, word in sorted(self.words.items()))


class Life:
    """One escrow from its ceremony to the day for which it was made. `now` is the only clock there is."""

    def __init__(self, out: Path, *, rng: Random = secrets.token_bytes, cost: Scrypt = COST) -> None:
        out.mkdir(mode=0o700)
        (out / "papers").mkdir()
        self.out = out
        self.rng = rng
        self.cost = cost
        self.now = datetime.datetime(BEGIN, 11, 23, 10, tzinfo=datetime.UTC)
        self.paper: dict[str, Printed] = {}
        """What lies in the bags, by name."""
        self.seats = [f"Board/{number}" for number in range(1, 6)]
        """The sheet that goes with each seat of the Board."""
        self.media: dict[str, Path] = {}
        """The media by name, and where each is plugged in."""
        self.escrow = out / "escrow-1" / folder.ESCROW
        self.heads: dict[Path, list[str]] = {}
        """Of each master folder, the heads that its reports bear."""
        self.bags = 0

    def run(self) -> None:
        """All of it, in its order."""
        self.ceremony()
        for year in range(1, YEARS):
            self.year(year)
        tell(f"{BEGIN + YEARS} (year {YEARS})")
        self.new_board(YEARS)
        self.worst_day()
        self.check_journals()

    # What a year is.

    def year(self, year: int) -> None:
        """In May the whole Board changes, in November there is the drill; in between is what befalls a CA."""
        tell(f"{BEGIN + year} (year {year})")
        if year == OPENED_IN:
            self.new_board_with_opened_bags(year)
            self.rekey(year)
        else:
            self.new_board(year, missing={3} if year == LOST_IN else set())
        if year == BURNT_IN:
            self.fire()
        if year == WET_IN:
            self.water()
        if year == FORGED_IN:
            self.forged_drill(year)
        else:
            self.drill(year)
        self.update_medium(year)

    def on(self, year: int, month: int, day: int) -> None:
        """The clock goes on to ten o'clock of a day."""
        self.now = datetime.datetime(BEGIN + year, month, day, 10, tzinfo=datetime.UTC)

    # The ceremony.

    def ceremony(self) -> None:
        """A root by openssl, split 3 of 5 and 2 of 3; its passphrase generated, 2 of 3; every sheet confirmed."""
        tell(f"{BEGIN}: the ceremony")
        self.openssl("genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "root.key")
        subject = ("-subj", "/CN=Example Root CA (throw-away)", "-days", str(40 * 365))
        self.openssl("req", "-new", "-x509", "-key", "root.key", *subject, "-out", "root.crt")
        certificate = certificate_der((self.out / "root.crt").read_bytes())
        planned = Planned.read(self.plan())
        order = planned.order(certificate, rehearsal=False)

        def check(encrypted: EncryptedKey) -> None:
            planned.check_key(encrypted, certified=True)

        key = PrivateKey.load(
            (self.out / "root.key").read_bytes(), certificate=certificate, public_key=derive_public_key
        )
        with key.pkcs8:
            made, kept = passphrases.make_with_key(
                key, order, there(planned.keepers), today=self.now.date(), check=check, cost=self.cost, rng=self.rng
            )
        with kept.passphrase:
            planned.check_made(made.record)
            read_back(made)
            passphrases.read_back(kept, there(made.record.passphrase).known)
        journal = Journal.begin(made.record, self.now)
        folder.create(self.out / "escrow-1", made.files | kept.files, made.record.dump(), journal.dump())
        self.print_all((*made.sheets, *kept.sheets), (*made.pdfs, *kept.pdfs), self.out / "escrow-1")
        (self.out / "root.key").unlink()
        self.confirm(*self.paper, envelope=True)
        self.append(Note(text=f"The record was signed by {PRESENT}."))
        self.write_media({"USB stick 1": "Archive of the CA, Zug", "USB stick 2": "Data centre, Frankfurt"})
        self.report("Every sheet was read back from its paper, and two media were written.")

    def plan(self, board: Sequence[str] = (), generation: int = 1) -> bytes:
        """The plan of a generation. Arbitration/1 lies in the data centre: a place with a sheet and an envelope."""
        text = PLAN.read_text("utf-8").replace(
            'person = "fay", place = "basel"', 'person = "fay", place = "datacentre"'
        )
        if generation == 2:
            for seat, name in zip(SEATS, board, strict=True):
                text = text.replace(f"{seat} Example", name)
            text = text.replace("A0001", "B0001").replace("A0002", "B0002").replace("m20261101.1", "m20350520.1")
            for number, sheet in enumerate(self.counting("Passphrase")):
                # The passphrase stays, and the bags of its sheets are what the drills made them.
                bag = self.register.sheet(sheet).holder.bag
                text = text.replace(f'bag = "B{109 + number:06}"', f'bag = "{bag}"')
            for before, after in (("2026-11-01", "2035-05-20"), ("2026-11-23", "2035-06-15"), ("2027-", "2035-")):
                text = text.replace(before, after)
        return text.encode()

    # The Board.

    def members(self, year: int) -> list[str]:
        """Who is elected: called by the year, for there are 150 of them."""
        return [f"{seat} of {BEGIN + year}" for seat in SEATS]

    def new_board(self, year: int, missing: Iterable[int] = ()) -> None:
        """The whole Board hands its bags to the next: a look at each, and a receipt. A missing one is made anew."""
        self.on(year, 5, 10)
        members, before = self.members(year), self.register.exposures
        for seat, person in enumerate(members):
            self.hand_over(seat, person, Seal.MISSING if seat in missing else Seal.WHOLE)
        if not missing:
            same = self.register.exposures == before
            tell(f"  Handed over, all bags whole: {', '.join(members)}. Nobody more may know a word: {same}.")
        for seat in missing:
            sheet = self.register.sheet(self.seats[seat])
            tell(f"  {sheet.name} is not there: {sheet.state}.")
            place = sheet.holder.place
            self.seats[seat] = self.replace(sheet.name, "not there", Holder("", members[seat], place, self.new_bag()))

    def hand_over(self, seat: int, person: str, seal: Seal = Seal.WHOLE) -> None:
        """One bag."""
        bag = self.new_bag() if seal is Seal.OPENED else ""
        order = handover.Order(self.seats[seat], Holder(person=person, bag=bag), seal)
        handover.hand_over(self.escrow, order, self.papers, self.now)

    def new_board_with_opened_bags(self, year: int) -> None:
        """Three of the five bags were opened: whoever had them may know the words, and three are a quorum."""
        self.on(year, 5, 10)
        seals = (Seal.OPENED, Seal.WHOLE, Seal.OPENED, Seal.WHOLE, Seal.OPENED)
        for seat, (person, seal) in enumerate(zip(self.members(year), seals, strict=True)):
            self.hand_over(seat, person, seal)
            tell(f"  {self.seats[seat]}, its bag {seal}: {self.z_5()}")
        self.report("Three bags were found opened.")

    def z_5(self) -> str:
        """What the rule z.5 finds of the Board, and what is due."""
        today = self.today()
        (answer,) = (answer for answer in today.answers if answer.rule == "z.5")
        due = [text.partition(":")[0] for text in today.due if text.startswith("a new generation")]
        return f"z.5 {answer.outcome}" + (f", due: {', '.join(due)}" if due else "")

    # The next generation.

    def rekey(self, year: int) -> None:
        """Another secret, another id, other sheets for the same key; and the old generation lives till it is dead."""
        self.on(year, 6, 15)
        old_escrow, old_paper, old_media = self.escrow, dict(self.paper), dict(self.media)
        old = rekey.Old.load(old_escrow, self.now.date())
        planned = rekey.against(Planned.read(self.plan(self.members(year), 2)), old, new_passphrase=False)
        rekey.check_passphrase(planned, old, new_passphrase=False)
        certificate = certificate_der((self.out / "root.crt").read_bytes())
        order = rekey.order(planned, old, certificate)
        pile = old.pile()
        quorum = ("Board/1", "Board/2", "Board/4", "Arbitration/1", "Arbitration/3")
        for _ in recover.read_onto(pile, self.scan(*quorum), "scan.tif"):
            pass
        case = "a20350601.1"
        recovery = recover.recover(pile, case)
        made = rekey.rekey(planned, old, recovery.encrypted, order, today=self.now.date(), rng=self.rng)
        why = rekey.Why(case, ARBITRATOR, "three bags were found opened", quorum)
        out = self.out / "escrow-2"
        event = rekey.create(old, out, made, why, now=self.now)
        self.append(event)
        listed = draw_destruction(self.today(), Paper.A4, head=str(self.register.journal.head))
        rekey.write_list(out / DESTRUCTION_FILE, listed)
        tell(f"  Generation 2 is escrow {made.made.record.escrow_id}. Generation 1 is {self.register.state}.")
        self.escrow = out / folder.ESCROW
        self.seats = [f"Board/{number}" for number in range(1, 6)]
        self.print_all(made.made.sheets, made.made.pdfs, out)
        self.confirm(*(sheet.name for sheet in made.made.sheets), envelope=True)
        self.write_media({"USB stick 1": "Archive of the CA, Zug", "USB stick 2": "Data centre, Frankfurt"}, "-2")
        self.report("Every sheet of generation 2 was read back from its paper, and two media were written.")
        self.old_still_opens(old_media, old_paper, case)
        self.destroy_old(old_escrow, old_media, [name for name in old_paper if not name.startswith("Passphrase")])

    def old_still_opens(self, media: Mapping[str, Path], paper: Mapping[str, Printed], case: str) -> None:
        """An old quorum with an old envelope is as good as before: only what is destroyed is gone."""
        pile = Pile()
        for name in ("Board/1", "Board/3", "Board/5", "Arbitration/2", "Arbitration/3"):
            pile.add(paper[name].typed, name)
        pile.add((media["USB stick 1"] / folder.ESCROW / folder.ENVELOPE_FILE).read_bytes(), "USB stick 1")
        same = recover.recover(pile, case).encrypted.sha256.hex() == self.register.record.key.encrypted_key_sha256
        tell(f"  An old quorum with an old envelope opens the same key: {same}.")

    def destroy_old(self, escrow: Path, media: Mapping[str, Path], sheets: Iterable[str]) -> None:
        """Before witnesses, first the Board's sheets, then all the rest; and what the register makes of it."""
        parts = {
            "its Board sheets": [name for name in sheets if name.startswith("Board")],
            "its Arbitration sheets": [name for name in sheets if name.startswith("Arbitration")],
            "its media and envelopes": [*media, "printed envelope 1", "printed envelope 2", EVERY_ENVELOPE],
        }
        for what, names in parts.items():
            event = destruction.parse(look(escrow, self.now.date()), tuple(names), WITNESSES)
            register = folder.append(escrow, event, now=self.now)
            tell(f"  Of generation 1, {what} are destroyed: live {register.live}.")
        for path in media.values():
            shutil.rmtree(path)
        self.heads.setdefault(escrow, []).append(str(register.journal.head))
        tell(f"  Generation 1 is {register.state}. Its journal ends at {register.journal.head}.")

    # Every November.

    def drill(self, year: int) -> None:
        """One sheet of each group is read, in turn; of all others the bag is looked at. Nothing is combined."""
        self.on(year, 11, 20)
        names = [self.in_turn(group, year) for group in ("Board", "Arbitration", "Passphrase")]
        sitting = self.sitting(names)
        if year in (*SCANNED, BURNT_IN):
            list(sitting.read(self.scan(*names), "scan.tif"))
        else:
            for name in names:
                list(sitting.take(self.paper[name].typed, name))
        found = self.finish_drill(sitting)
        bad = ", ".join(sight.name for sight in found.bad) or "nothing"
        tell(f"  Drill: read {', '.join(names)}; {len(found.sights)} things looked at; wrong: {bad}.")
        self.report(f"The next drill is on {found.event.next_drill}.")

    def sitting(self, read: Sequence[str]) -> Sitting:
        """A drill in which these sheets are read, and the bags of the others looked at; and every medium."""
        bags = {name: Bag(Seal.WHOLE, self.new_bag()) for name in read}
        sheets = (sheet.name for sheet in self.register.sheets if sheet.counts and sheet.name not in bags)
        seen = {name: Bag(Seal.WHOLE) for name in (*sheets, ENVELOPE)}
        opened = folder.load(self.escrow)
        sitting = Sitting(opened, self.register, Nobody(), bags=bags, seen=seen, by=PRESENT)
        for name, path in self.media.items():
            list(sitting.medium(path, name))
        return sitting

    def finish_drill(self, sitting: Sitting) -> drilled.Drilled:
        """The next one is on the same day a year later (z.6); the report, and the journal's line."""
        today = self.now.date()
        found = sitting.finish(drilled.next_day(today, today.replace(year=today.year + 1)))

        def papers(after: Register) -> dict[str, bytes]:
            told = DrillPaper(register=after, head=after.journal.head, drilled=found, today=today)
            return {drilled.paper_name(after, today): draw_drill(told, Paper.A4)}

        folder.append(self.escrow, found.event, now=self.now, out=self.papers, papers=papers)
        return found

    def in_turn(self, group: str, year: int) -> str:
        """The sheet of a group whose turn it is."""
        names = self.counting(group)
        return names[year % len(names)]

    def counting(self, group: str) -> list[str]:
        """The sheets of a group that count."""
        return [sheet.name for sheet in self.register.sheets if sheet.group.name == group and sheet.counts]

    def forged_drill(self, year: int) -> None:
        """All sheets of the Board are read, and somebody brings one more that says it is Board/2."""
        self.on(year, 11, 20)
        forged = self.forge()
        page = replace(self.paper["Board/2"].sheet, share=forged[1])
        sitting = self.sitting(self.seats)
        brought = [*(self.paper[name] for name in self.seats), Printed(page, draw_sheet(page, Paper.A4))]
        for sight in sitting.read(scan(brought), "scan.tif"):
            tell(f"  {sight}")
        found = self.finish_drill(sitting)
        self.report(f"The next drill is on {found.event.next_drill}.")
        self.had_nobody_looked(forged)

    def forge(self) -> tuple[Share, ...]:
        """The Board's part of a set that forgers make who know the first words: checksums and digest are right."""
        record = self.register.record
        groups = [(group.threshold, group.count) for group in record.policy.groups]
        identifier = record.id.slip39_identifier
        with Secret(self.rng(32)) as secret:
            board, _ = shamir.split(secret, groups, group_threshold=2, identifier=identifier, rng=self.rng)
        return board

    def had_nobody_looked(self, forged: Sequence[Share]) -> None:
        """What a recovery makes of the forged sheet, with neither record nor register: only the envelope's tag."""
        envelope = (self.media["USB stick 1"] / folder.ESCROW / folder.ENVELOPE_FILE).read_bytes()
        honest = {name: self.paper[name].sheet.share for name in (*self.seats, *self.counting("Arbitration"))}

        def pile(*shares: Share) -> Pile:
            made = Pile()
            for share in shares:
                made.add(share.text)
            made.add(envelope)
            return made

        arbitration = [honest["Arbitration/1"], honest["Arbitration/2"]]
        board = [honest[name] for name in ("Board/1", "Board/3", "Board/4")]
        recovery = search(pile(forged[1], *board, *arbitration))
        named = recovery.wrong == (forged[1],) and {*board, *arbitration} == {*recovery.used}
        tell(f"  Had nobody looked: without a record the envelope's tag names the forged one, and no other: {named}.")
        try:
            search(pile(*forged[:3], honest["Board/4"], honest["Board/5"], *arbitration))
        except IntegrityError as error:
            tell(f"  Against three forgers who agree there is no quorum, and nobody is accused: {error.message}.")

    # What befalls a CA.

    def replace(self, old: str, reason: str, holder: Holder) -> str:
        """A quorum of one group makes a new sheet; its name. It is printed, and read back from its paper."""
        sitting = replacement.Sitting.begin(self.escrow, replacement.Order(old, reason, holder), self.now)
        quorum = [sheet.name for sheet in sitting.missing][: sitting.group.threshold]
        for _ in recover.read_onto(sitting.pile, self.scan(*quorum), "scan.tif"):
            pass
        made = sitting.make()
        out = self.out / f"replaced-{sitting.name.replace('/', '-')}"
        sitting.write(made, out, self.now)
        bags = ", ".join(f"{name} in {self.new_bag()}" for name in made.quorum)
        self.append(Note(text=f"After that {bags}"))
        self.print_all([made.sheet], [made.pdf], out)
        self.confirm(sitting.name)
        tell(f"  {', '.join(made.quorum)} made {sitting.name} in the place of {old}, for {holder.person}; confirmed.")
        return sitting.name

    def fire(self) -> None:
        """A place burns with all that lay in it: that is listed, and made anew elsewhere; the rules are asked again."""
        self.on(BURNT_IN, 8, 1)
        place = "Data centre, Frankfurt"
        before = self.today()
        sheets = [sheet.name for sheet in before.register.sheets if sheet.counts and sheet.holder.place == place]
        envelopes = [carrier.name for carrier in before.situation.envelopes if carrier.place == place]
        event = destruction.parse(before, (*sheets, *envelopes), WITNESSES)
        worse = weigh(before, event, now=self.now).worse
        self.append(event)
        for name in sheets:
            del self.paper[name]
        for name in self.media.keys() & set(envelopes):
            shutil.rmtree(self.media.pop(name))
        tell(f"  {place} burns: {', '.join((*sheets, *envelopes))}.")
        tell(f"  The rules that are worse for it: {', '.join(answer.rule for answer in worse)}.")
        for name in sheets:
            holder = before.register.sheet(name).holder
            at = "Office of Fay Example, Basel"
            self.replace(name, "burnt", Holder("", holder.person, at, self.new_bag()))
        self.write_media({"USB stick 3": "Bank, Genève"}, "-3")
        failed = [answer.rule for answer in self.today().answers if answer.outcome is Outcome.FAIL]
        self.report(f"Made anew in other places. Rules that fail: {', '.join(failed) or 'none'}.")

    def water(self) -> None:
        """A sheet of the passphrase got wet. It is destroyed before witnesses, so nothing of it is left to be found."""
        self.on(WET_IN, 8, 1)
        name = "Passphrase/2"
        holder = self.register.sheet(name).holder
        self.append(destruction.parse(self.today(), (name,), WITNESSES))
        del self.paper[name]
        self.replace(name, "wet, and not legible", Holder("", holder.person, holder.place, self.new_bag()))

    # The day for which it was made.

    def worst_day(self) -> None:
        """The machine that signs is lost, and the CRL runs out (z.7): a borrowed laptop, a medium, and who can come."""
        self.on(YEARS, 8, 14)
        case = "a20560814.1"
        tell(f"  A recovery under case {case}.")
        day = self.out / "laptop"
        shutil.copytree(self.media["USB stick 3"], day)
        escrow = day / folder.ESCROW
        session = Session(load_basis(escrow), Arrivals.parse(["bag", "Arbitration/2=photo"]))
        brought = ("Board/4", "Board/6", "Board/1", "Arbitration/4", "Arbitration/2")
        begun = self.now
        self.bring(session, brought)
        tell(f"  {session.pile.status}")
        for line in session.missing[1:3]:
            tell(f"  {line}")
        self.now += datetime.timedelta(hours=3)
        self.bring(session, ["Board/5"])
        recovery = recover.recover(session.pile, case)
        with self.passphrase(escrow, case) as passphrase:
            kept = there(session.basis.folder)
            fingerprint = bytes.fromhex(there(kept.record.key.spki_sha256))
            proof = recover.check_passphrase(
                recovery.encrypted, passphrase, certificate=there(kept.certificate), fingerprint=fingerprint
            )
            key = day / "key.pem"
            copies = (recover.name_of(key),)
            events = session.events(recovery, case, ARBITRATOR, copies)
            # First the journal, then the key; and a copy takes no line, so that is for the master.
            journalled = there(recover.journal(session.basis, events, now=self.now))
            recover.write_key(key, recovery.encrypted)
            self.sign(day, passphrase)
        told = account(
            session,
            recovery,
            journalled,
            begun=begun,
            ended=self.now,
            case=case,
            arbitrator=ARBITRATOR,
            proof=proof,
            copies=copies,
            command="",
            checks=(),
        )
        folder.write_paper(self.papers, f"{told.name}.pdf", draw_recovery(told, Paper.A4))
        tell(f"  {proof}")
        self.tell_master(journalled)
        self.report("The master's journal was told.")
        (day / "root.crl").rename(self.out / "root.crl")
        shutil.rmtree(day)
        self.append(destruction.parse(self.today(), copies, WITNESSES))
        self.report("The copy of the key is destroyed, and the CRL is what is left.")

    def bring(self, session: Session, names: Sequence[str]) -> None:
        """People bring sheets; what is not as it should be is said."""
        for page in read_source(self.scan(*names), "scan.tif"):
            for text in page.texts:
                for finding in session.add(text, page.place):
                    if finding.message:
                        tell(f"  {finding}")

    def passphrase(self, escrow: Path, case: str) -> Passphrase:
        """From two sheets of its own, one of which was made when another got wet."""
        session = Session(load_basis(escrow, of_passphrase=True), Arrivals.parse(["bag"]))
        self.bring(session, ("Passphrase/4", "Passphrase/1"))
        recovery = passphrases.recover(session.pile, case)
        events = session.events(recovery, case, ARBITRATOR, ())
        self.tell_master(there(recover.journal(session.basis, events, now=self.now)))
        return recovery.passphrase

    def tell_master(self, journalled: recover.Journalled) -> None:
        """Carry the lines that a copy could not take to the master: `rootescrow journal add`."""
        lines = pending.parse(journalled.lines.encode())
        pending.add(self.escrow, lines, now=self.now)

    def sign(self, day: Path, passphrase: Passphrase) -> None:
        """The commands of RECOVER.txt. The times of the CRL are those of the story."""
        times = [f"{self.now + datetime.timedelta(days=days):%Y%m%d%H%M%SZ}" for days in (0, 30)]
        key = ("-keyfile", "../key.pem", "-passin", "stdin", "-cert", f"../{folder.ESCROW}/{folder.CERTIFICATE_FILE}")
        when = ("-crl_lastupdate", times[0], "-crl_nextupdate", times[1])
        signs = ("ca", "-gencrl", "-config", "ca.cnf", *key, *when, "-out", "../root.crl")
        self.openssl(*signs, cwd=day / kit.SIGNING, typed=bytes(passphrase.reveal()) + b"\n")
        shows = ("-noout", "-CAfile", f"{folder.ESCROW}/{folder.CERTIFICATE_FILE}", "-lastupdate", "-nextupdate")
        for line in self.openssl("crl", "-in", "root.crl", *shows, cwd=day):
            tell(f"  {line}")

    # The end.

    def check_journals(self) -> None:
        """Of each generation the journal is whole, continues that on each medium, and has every head on paper."""
        tell("The journals")
        for escrow, heads in self.heads.items():
            record, data = folder.read_journal(escrow)
            journal = Journal.parse(data, sha256(record.dump()))
            found = [journal.find(head) for head in heads]
            tell(
                f"  Generation {record.generation}: {len(journal.lines)} lines, whole; {len(found)} heads found in it."
            )
        for name, path in self.media.items():
            theirs = folder.load_register(path / folder.ESCROW).journal
            tell(f"  It continues that on {name}, of {len(theirs.lines)} lines: {journal.continues(theirs)}.")
        last = journal.lines[-1]
        tell(f"  Its last line, {journal.head}:\n  {last.number}  {last.stamp}  {last.event.kind}  {last.event}")

    # What is used by all.

    @property
    def register(self) -> Register:
        """What holds now."""
        return folder.load_register(self.escrow)

    def today(self) -> Today:
        """What holds today, and what the rules say of it."""
        return look(self.escrow, self.now.date())

    @property
    def papers(self) -> Path:
        """Where the papers of a day go."""
        return self.out / "papers" / f"{self.now:%Y-%m-%d}"

    def append(self, *events: AnyEvent) -> Register:
        """Write into the journal."""
        return folder.append(self.escrow, *events, now=self.now)

    def report(self, what: str) -> None:
        """What holds, in a line; and the head, as it stands on every report."""
        today = self.today()
        head = str(today.register.journal.head)
        self.heads.setdefault(self.escrow, []).append(head)
        due = "; ".join(today.due) or "nothing"
        tell(f"  {what} State: {today.register.state}. Due: {due}. Head {head}.")

    def new_bag(self) -> str:
        """The number of a bag that was never used."""
        self.bags += 1
        return f"N{self.bags:06}"

    def print_all(self, sheets: Sequence[Sheet], pdfs: Sequence[bytes], out: Path) -> None:
        """On paper each goes into its bag, and the files are destroyed."""
        for sheet, pdf in zip(sheets, pdfs, strict=True):
            self.paper[sheet.name] = Printed(sheet, pdf)
        for name in (folder.SECRET, folder.SECRET_PASSPHRASE):
            shutil.rmtree(out / name, ignore_errors=True)

    def scan(self, *names: str) -> io.BytesIO:
        """Scan sheets."""
        return scan([self.paper[name] for name in names])

    def confirm(self, *names: str, envelope: bool = False) -> None:
        """Every sheet is read back from a picture of its paper, and three words of each from the page itself."""
        reader = Reader(self.paper)
        opened, register = folder.load(self.escrow), self.register

        sitting = Confirmation(opened, register, reader, self.append, by=PRESENT, rng=self.rng)
        outcomes = list(sitting.read(self.scan(*names), "scan.tif"))
        if envelope:
            pdf = (self.escrow / folder.ENVELOPE_PDF_FILE).read_bytes()
            outcomes += sitting.read(pictures([(pdf, None)]), "envelope.tif")
        confirmed = sum(outcome.result is Result.CONFIRMED for outcome in outcomes)
        if confirmed != len(names) + envelope or sitting.failures:
            raise SystemExit(f"confirmed {confirmed} of {len(names) + envelope}: {sitting.wrong or sitting.failures}")

    def write_media(self, places: Mapping[str, str], suffix: str = "") -> None:
        """New media, with what signing a CRL needs."""
        for name, place in places.items():
            path = self.out / (name.replace(" ", "-") + suffix)
            path.mkdir()
            order = kit.Order(name, place, self.new_bag(), self.signing)
            kit.write(self.escrow, path, order, now=self.now)
            self.media[name] = path

    def update_medium(self, year: int) -> None:
        """One medium is brought up to date, the other next year: never are both away from their places."""
        name = sorted(self.media)[year % len(self.media)]
        kit.update(self.escrow, self.media[name], kit.Order(name, include=self.signing), now=self.now)

    @property
    def signing(self) -> dict[str, bytes]:
        """What whoever runs the CA brings: a configuration of openssl ca, its database, the next CRL's number."""
        crls = self.now.year - BEGIN + 1
        database = REVOKED.encode() if self.now.year >= 2047 else b""
        files = {"ca.cnf": CA_CONFIG.encode(), "index.txt": database, "crlnumber": f"{crls:02X}\n".encode()}
        for name, data in files.items():
            signing.refuse_secret(name, data)
        return files

    def openssl(self, *words: str, cwd: Path | None = None, typed: bytes = b"") -> list[str]:
        """Run openssl; the lines that it shows. Ends everything if it fails."""
        command = [there(shutil.which("openssl")), *words]
        done = subprocess.run(command, cwd=cwd or self.out, input=typed, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"openssl {words[0]}: {done.stderr.decode()}")
        return (done.stderr + done.stdout).decode().splitlines()


class Reader:
    """Whoever sits at a confirmation, and reads from the page the word that is asked for."""

    def __init__(self, paper: Mapping[str, Printed]) -> None:
        self.paper = paper

    def word(self, sheet: str, number: int, *, again: bool) -> str | None:
        """As it is printed."""
        return self.paper[sheet].words[number]

    def copy(self, names: Sequence[str]) -> str | None:
        """There are no copies of a share here."""
        return None


class Nobody:
    """Nobody is asked at a drill: what the bags were was said before."""

    def bag(self, item: str, old: str, check: object) -> Bag | None:
        """Of a medium, or of a sheet that somebody brought: nothing is known of its bag."""
        return None

    def copy(self, names: Sequence[str]) -> str | None:
        """There are no copies of a share here."""
        return None

    def medium(self, source: str, names: Sequence[str]) -> str | None:
        """Each medium is named."""
        return None


def scan(sheets: Iterable[Printed]) -> io.BytesIO:
    """Lay pages on a scanner: a picture of the page with the words of each. Its cover has no code."""
    return pictures((sheet.pdf, 1) for sheet in sheets)


def pictures(pages: Iterable[tuple[bytes, int | None]]) -> io.BytesIO:
    """A picture of a page of each document, or of all its pages, as one TIFF."""
    images: list[Image.Image] = []
    for pdf, number in pages:
        document = pypdfium2.PdfDocument(pdf)
        chosen = range(len(document)) if number is None else [number]
        images += [document[page].render(scale=SCAN_DPI / 72, grayscale=True).to_pil() for page in chosen]
        document.close()
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:])
    out.seek(0)
    return out


def there(thing: Thing | None) -> Thing:
    """What must be there, and is."""
    if thing is None:
        raise SystemExit("something is missing that this example needs; is openssl 3 installed?")
    return thing


def tell(text: str) -> None:
    """Say what happens."""
    print(text, flush=True)


if __name__ == "__main__":
    try:
        Life(Path(sys.argv[1])).run()
    except EscrowError as error:
        sys.exit(f"{error.message}\n{error.hint}")
