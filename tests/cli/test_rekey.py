"""`rootescrow rekey`, as its users run it: a new generation of the same key, and what is left of the old one."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest

from rootescrow.ceremony import rekey as operation
from rootescrow.ceremony.passphrase import make_with_key
from rootescrow.ceremony.planned import Planned
from rootescrow.ceremony.rekey import Old, Why
from rootescrow.cli.rekey import finish
from rootescrow.errors import EscrowError, IntegrityError, RuleError, UsageError, WrongPassphraseError
from rootescrow.keys import EncryptedKey, PrivateKey, certificate_der
from rootescrow.paper.layout import Paper
from rootescrow.passphrase import Passphrase
from rootescrow.pile import Pile, Verdict
from rootescrow.recovery import recover, search, search_passphrase
from rootescrow.register import folder
from rootescrow.register.events import Handover, Note, Recovered, Seal, Superseded, Void, What
from rootescrow.register.journal import Journal
from rootescrow.register.record import sha256
from tests.ceremony.plans import ROOT, TYPED, Change, accepting, changed
from tests.ceremony.support import FLOOR
from tests.cli.conftest import Root
from tests.cli.support import PASSPHRASE, Done, inside, words

Find = Callable[[str], str]
SIMPLE_PROFILE: Change = ('profile = "root"', 'profile = "simple"')
ESCROWED = changed(SIMPLE_PROFILE)
"""As the example's root, where rules that are not met only warn: the passphrase is generated and escrowed."""
KNOWN = changed(SIMPLE_PROFILE, TYPED)
"""The same with a passphrase that two people type."""
QUORUM = ("Arbitration-3", "Board-4", "Board-1", "Arbitration-1", "Board-5")
NEW_PASSPHRASE = "kobold velvet 41 harpsichord ~ prune"  # noqa: S105 - of keys made by these tests
OTHER = "another"
CASE = ("--case", "a20310512.1", "--arbitrator", "Eve Example", "--reason", "the Board changed")


@dataclass(frozen=True)
class Generation:
    """An escrow on disk, and the words of each of its sheets in a text file."""

    out: Path

    @property
    def escrow(self) -> Path:
        return self.out / "escrow"

    def typed(self, *names: str) -> list[Path]:
        return [self.out.parent / f"{self.out.name}-typed" / f"{name}.txt" for name in names]

    def texts(self, *names: str) -> list[str]:
        return [path.read_text() for path in self.typed(*names)]

    @property
    def envelope(self) -> bytes:
        return (self.escrow / "envelope.cms").read_bytes()


def written(out: Path) -> Generation:
    """An escrow that was just made, with the words of its sheets typed."""
    typed = out.parent / f"{out.name}-typed"
    typed.mkdir()
    for secret in out.glob("secret*"):
        for sheet in secret.iterdir():
            (typed / ("-".join(sheet.stem.split("-")[-2:]) + ".txt")).write_text(words(sheet) + "\n")
    return Generation(out)


def plan_file(where: Path, text: str) -> Path:
    path = where / f"{sha256(text.encode())[:8]}.toml"
    path.write_text(text, "utf-8")
    return path


def split(where: Path, root: Root, plan: str) -> Generation:
    key, certificate = root
    arguments = ("split", key, "--certificate", certificate, "--plan", plan_file(where, plan), "--out", where / "old")
    done = inside(*arguments, "--passphrase-file", "{fd}", passphrase=PASSPHRASE)
    assert done.status == 0, done.err
    return written(where / "old")


@pytest.fixture(scope="module")
def made_known(tmp_path_factory: pytest.TempPathFactory, root: Root) -> Generation:
    """The root, whose passphrase people know."""
    return split(tmp_path_factory.mktemp("known"), root, KNOWN)


@pytest.fixture(scope="module")
def made_escrowed(tmp_path_factory: pytest.TempPathFactory, root: Root) -> Generation:
    """The root, whose passphrase is on sheets of its own: as `split` makes it, but that the key opens quickly."""
    where = tmp_path_factory.mktemp("escrowed")
    planned = Planned.read(ESCROWED.encode())
    certificate = certificate_der(root[1].read_bytes())
    order = planned.order(certificate, rehearsal=False)
    opened = PrivateKey.load(root[0].read_bytes(), PASSPHRASE, certificate=certificate)
    assert planned.keepers is not None
    made, kept = make_with_key(opened, order, planned.keepers, today=date.today(), cost=FLOOR)
    journal = Journal.begin(made.record, datetime.now(UTC))
    folder.create(where / "old", made.files | kept.files, made.record.dump(), journal.dump())
    return written(where / "old")


def copied(made: Generation, to: Path) -> Generation:
    shutil.copytree(made.out.parent, to, dirs_exist_ok=True)
    return Generation(to / made.out.name)


@pytest.fixture
def known(made_known: Generation, tmp_path: Path) -> Generation:
    return copied(made_known, tmp_path)


@pytest.fixture
def escrowed(made_escrowed: Generation, tmp_path: Path) -> Generation:
    return copied(made_escrowed, tmp_path)


def rekey(
    old: Generation,
    *more: str | Path,
    plan: str,
    sources: list[Path] | None = None,
    out: str = "new",
    case: tuple[str, ...] = CASE,
    passphrase: str | None = None,
) -> Done:
    where = old.out.parent
    arguments = ("--plan", plan_file(where, plan), "--out", where / out, *case, *more)
    given = old.typed(*QUORUM) if sources is None else sources
    return inside("rekey", old.escrow, *given, *arguments, passphrase=passphrase)


def encrypted_in(generation: Generation, texts: list[str]) -> EncryptedKey:
    """What a quorum finds in the envelope, with nothing else."""
    pile = Pile()
    pile.add(generation.envelope)
    for text in texts:
        pile.add(text)
    return recover(pile)


@pytest.fixture(scope="module")
def done(made_known: Generation, tmp_path_factory: pytest.TempPathFactory) -> tuple[Generation, Generation, Done]:
    """Old and new generation of the same encrypted key, and what the command said."""
    old = copied(made_known, tmp_path_factory.mktemp("rekey"))
    done = rekey(old, plan=KNOWN)
    assert done.status == 0, done.err
    return old, written(old.out.parent / "new"), done


# What it makes


def test_the_same_key_byte_for_byte_in_a_new_generation(done: tuple[Generation, Generation, Done], root: Root) -> None:
    old, new, _ = done
    before, after = folder.load(old.escrow).record, folder.load(new.escrow).record
    assert (after.generation, after.supersedes) == (2, before.escrow_id)
    assert after.escrow_id[:3] != before.escrow_id[:3], "their first 15 bits differ"
    assert {sheet.words_sha256 for sheet in after.sheets}.isdisjoint(sheet.words_sha256 for sheet in before.sheets)
    assert new.envelope != old.envelope
    assert after.key == before.key
    assert after.key.certificate_sha256 == sha256(certificate_der(root[1].read_bytes()))
    key = encrypted_in(new, new.texts(*QUORUM))
    assert key.der == encrypted_in(old, old.texts(*QUORUM)).der
    assert key.decrypt(PASSPHRASE).fingerprint is not None
    assert {path.name for path in new.out.iterdir()} == {"secret", "escrow", "destruction-list.pdf"}
    assert folder.load_register(new.escrow).journal.lines[0].event.kind == "made"
    assert len(folder.load_register(new.escrow).journal.lines) == 1


def test_the_old_quorum_with_the_old_envelope_opens_as_before_and_all_say_so(
    done: tuple[Generation, Generation, Done],
) -> None:
    old, new, said = done
    assert encrypted_in(old, old.texts(*QUORUM)).decrypt(PASSPHRASE).fingerprint is not None
    register, later = folder.load_register(old.escrow), folder.load(new.escrow).record
    assert register.live
    assert register.state == f"superseded by escrow {later.escrow_id}, and live until it is destroyed"
    assert register.superseded is not None
    assert str(register.journal.lines[-1].event) == (
        f"superseded by escrow {later.escrow_id}, generation 2, under case a20310512.1 of Eve Example, by "
        "Arbitration/1, Arbitration/3, Board/1, Board/4, Board/5: the Board changed"
    )
    assert register.superseded.record_sha256 == sha256(later.dump())
    assert f"Old:     escrow {register.record.escrow_id}: {register.state}" in said.out
    assert f"Journal head of the old escrow: {register.journal.head}" in said.out
    assert "opens the key as well as before" in said.err
    assert "this did not help: that takes --new-passphrase" in said.err
    for command in (("status", old.escrow), ("journal", "show", old.escrow), ("journal", "check", old.escrow)):
        told = inside(*command)
        assert "and live until it is destroyed" in told.out + told.err, command
    assert f"It supersedes escrow {register.record.escrow_id}" in inside("status", new.escrow).out


def test_neither_generation_opens_the_other(done: tuple[Generation, Generation, Done]) -> None:
    old, new, _ = done
    for sheets, envelope in ((old, new), (new, old)):
        with pytest.raises(EscrowError) as error:
            encrypted_in(Generation(envelope.out), sheets.texts(*QUORUM))
        assert folder.load(sheets.escrow).record.escrow_id in error.value.message


def test_a_mixed_pile_names_which(done: tuple[Generation, Generation, Done]) -> None:
    old, new, _ = done
    pile = Pile(folder.load_register(new.escrow).known)
    stranger = pile.add(old.texts("Board-1")[0])[0]
    assert stranger.verdict is Verdict.FOREIGN
    assert "escrow" in stranger.message
    pile.add(new.envelope)
    for text in new.texts("Board-1", "Board-2", "Arbitration-1", "Arbitration-2"):
        pile.add(text)
    with pytest.raises(EscrowError, match="Board: 2 of 3"):
        search(pile)


def test_the_new_sheets_say_which_generation_they_are(done: tuple[Generation, Generation, Done]) -> None:
    _, new, _ = done
    record = folder.load(new.escrow).record
    with pypdfium2.PdfDocument(next((new.out / "secret").iterdir())) as pdf:
        text = pdf[1].get_textpage().get_text_range()
    assert record.escrow_id in text
    assert record.check_code in text
    assert re.search(r"generation\s+2", text)


def test_stock_tools_recover_the_new_generation(
    done: tuple[Generation, Generation, Done], tmp_path: Path, program: Find, oracle: Callable[[str], Path]
) -> None:
    """openssl and a SLIP-39 tool, given the words of the new sheets and the new envelope."""
    old, new, _ = done
    shamir, openssl = oracle("shamir-mnemonic") / "shamir", program("openssl")
    given = "".join(new.texts("Arbitration-2", "Board-2", "Board-3", "Arbitration-3", "Board-1"))
    said = subprocess.run([shamir, "recover"], input=given, capture_output=True, check=True, text=True).stdout
    digits = said.split("Your master secret is:")[1].strip()
    subprocess.run(
        [
            *(openssl, "cms", "-decrypt", "-binary", "-inform", "DER", "-in", new.escrow / "envelope.cms"),
            *("-secretkey", digits, "-out", tmp_path / "key.p8"),
        ],
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "key.p8").read_bytes() == encrypted_in(old, old.texts(*QUORUM)).der


# What it refuses


BOARD_OF_2 = changed(SIMPLE_PROFILE, TYPED, ("threshold = 3", "threshold = 2"))


@pytest.mark.parametrize(
    ("plan", "case", "names", "more", "status", "says"),
    [
        (BOARD_OF_2, CASE, QUORUM, (), 8, "of the Board 3 sheets were needed at least, and 2 will do"),
        (KNOWN, (), QUORUM, (), 8, "none is named (SP-h)"),
        (KNOWN, ("--case", "  "), QUORUM, (), 8, "none is named (SP-h)"),
        (KNOWN, ("--case", "x" * 501), QUORUM, (), 2, "one line each of up to 500 letters"),
        (KNOWN, ("--case", "academic acid acrobat again"), QUORUM, (), 2, "reads like the words of a share"),
        (KNOWN, CASE, QUORUM[1:], (), 4, "this is not a quorum: Board: complete; Arbitration: 1 of 2"),
        (KNOWN, CASE, (), (), 2, "there is no terminal to type at"),
        (KNOWN, CASE, QUORUM, ("--new-passphrase", "--check-passphrase"), 2, "The old one is checked when"),
        (KNOWN, CASE, QUORUM, ("--accept", "swap=why"), 2, "--accept is for the plan of a root or a subroot"),
        (KNOWN, CASE, QUORUM, ("--use-void", "Board/1"), 2, "Board/1 is not void"),
        (ESCROWED, CASE, QUORUM, (), 2, "escrows a generated passphrase, and that of this key is not escrowed"),
        ("hello", CASE, QUORUM, (), 3, "the plan is no TOML"),
    ],
    ids=[
        *("weaker", "no case", "blank case", "long case", "words", "quorum", "no sheets", "both", "accept", "void"),
        *("generated", "no plan"),
    ],
)
def test_what_it_refuses_and_then_nothing_is_made(
    known: Generation,
    plan: str,
    case: tuple[str, ...],
    names: tuple[str, ...],
    more: tuple[str, ...],
    status: int,
    says: str,
) -> None:
    before = (known.escrow / "journal.jsonl").read_bytes()
    done = rekey(known, *more, plan=plan, case=case, sources=known.typed(*names))
    assert (done.status, done.out) == (status, ""), done.err
    assert says in done.err
    assert not (known.out.parent / "new").exists()
    assert (known.escrow / "journal.jsonl").read_bytes() == before


def test_a_plan_is_checked_against_what_it_supersedes_before_the_day(known: Generation) -> None:
    def check(text: str, *more: str | Path) -> Done:
        return inside("plan", "check", plan_file(known.out.parent, text), *more)

    of = ("--supersedes", known.escrow)
    assert check(KNOWN, *of).status == 0
    assert check(BOARD_OF_2).status == 0
    weaker = check(BOARD_OF_2, *of)
    assert weaker.status == 8
    assert re.search(r"z\.1 +fail +weaker than before: of the Board 3 sheets", weaker.out)
    accepted = check(accepting("z.1", BOARD_OF_2), *of)
    assert accepted.status == 0
    assert "accepted: so decided, motion m20261101.2" in accepted.out
    assert "is not escrowed with it" in check(ESCROWED, *of).err
    assert check(ESCROWED, *of, "--new-passphrase").status == 0
    assert check(KNOWN, "--new-passphrase").status == 2


def test_a_weaker_policy_that_the_plan_accepts(known: Generation) -> None:
    done = rekey(known, plan=accepting("z.1", BOARD_OF_2))
    assert done.status == 0, done.err
    record = folder.load(known.out.parent / "new" / "escrow").record
    assert [(one.rule, one.reason) for one in record.accepted] == [("z.1", "so decided, motion m20261101.2")]
    assert record.groups[0].threshold == 2


def test_what_is_superseded_is_not_rekeyed_again(done: tuple[Generation, Generation, Done]) -> None:
    old, new, _ = done
    again = rekey(old, plan=KNOWN, out="third")
    assert (again.status, again.out) == (2, "")
    assert f"was superseded before, by escrow {folder.load(new.escrow).record.escrow_id}" in again.err
    assert not (old.out.parent / "third").exists()


def test_a_certificate_of_another_key(known: Generation, tmp_path: Path, program: Find) -> None:
    other = tmp_path / "other.crt"
    request = ["req", "-new", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj"]
    subprocess.run(
        [program("openssl"), *request, "/CN=Other", "-keyout", tmp_path / "k", "-out", other],
        check=True,
        capture_output=True,
    )
    done = rekey(known, "--certificate", other, plan=KNOWN)
    assert (done.status, done.out) == (5, "")
    assert "the certificate is of another key" in done.err


def test_a_void_sheet_is_used_only_if_that_is_asked_for(known: Generation) -> None:
    folder.append(known.escrow, Void(sheet="Board/4", reason="found in the attic"), now=datetime.now(UTC))
    refused = rekey(known, plan=KNOWN)
    assert refused.status == 5
    assert "found in the attic" in refused.err
    assert "Then: Board: 2 of 3" in refused.err
    done = rekey(known, "--use-void", "Board/4", plan=KNOWN)
    assert done.status == 0, done.err


# What may end it in between


def test_an_old_journal_that_was_not_told_is_told_by_the_same_command_again(known: Generation) -> None:
    """A copy takes no line: so the new folder is whole, and the master does not know of it yet."""
    copy = Generation(known.out.parent / "copy")
    shutil.copytree(known.out, copy.out)
    (copy.escrow / "COPY").touch()
    sheets = known.typed(*QUORUM)
    first = rekey(copy, plan=KNOWN, sources=sheets)
    assert first.status == 7
    assert "is marked as a copy: the master's journal must be told" in first.err
    assert "the new generation is whole, but the old journal was not told of it" in first.err
    new = known.out.parent / "new" / "escrow"
    made = (new / "record.json").read_bytes()
    assert folder.load_register(known.escrow).superseded is None
    listed = known.out.parent / "new" / "destruction-list.pdf"
    assert listed.stat().st_size > 1000
    # The same command, with the master: no sheet is needed any more, and nothing is made.
    for _ in range(2):
        again = rekey(known, plan=KNOWN, sources=[])
        assert again.status == 0, again.err
        register = folder.load_register(known.escrow)
        assert register.superseded is not None
        assert register.superseded.escrow_id == folder.load(new).record.escrow_id
        assert len(register.journal.lines) == 2, "one line, however often"
        assert "and live until it is destroyed" in again.out
    assert (new / "record.json").read_bytes() == made


def test_a_kill_after_the_new_folder_leaves_both_whole(known: Generation) -> None:
    """The operation without its last step, which is the line in the old journal, and without the list."""
    old = Old.load(known.escrow, date.today())
    planned = operation.against(Planned.read(KNOWN.encode()), old, new_passphrase=False)
    order = operation.order(planned, old, None)
    pile = old.pile()
    for text in known.texts(*QUORUM):
        pile.add(text)
    new = operation.rekey(planned, old, search(pile).encrypted, order, today=date.today())
    out = known.out.parent / "new"
    event = operation.create(old, out, new, Why("a1"), now=datetime.now(UTC))
    assert folder.load_register(known.escrow).superseded is None
    assert folder.load_register(out / "escrow").record.supersedes == old.record.escrow_id
    assert operation.pending(Old.load(known.escrow, date.today()), out, Why("a1")) == event
    # A part of a list that a kill left is none.
    (out / "destruction-list.pdf.part").write_bytes(b"half")
    assert rekey(known, plan=KNOWN, sources=[], case=("--case", "a1")).status == 0
    assert folder.load_register(known.escrow).superseded == event
    assert [path.name for path in out.glob("destruction-list*")] == ["destruction-list.pdf"]
    # What lies in `out` may be the next generation of another escrow, or a second one of this.
    assert operation.pending(Old.load(out / "escrow", date.today()), out, Why("a1")) is None
    second = known.out.parent / "second"
    shutil.copytree(out, second)
    record = folder.load(out / "escrow").record.model_copy(update={"escrow_id": "CCCC-DDDD"})
    (second / "escrow" / "record.json").write_bytes(record.dump())
    with pytest.raises(UsageError, match="and not by CCCC-DDDD") as lost:
        operation.pending(Old.load(known.escrow, date.today()), second, Why("a1"))
    assert "Destroy what was printed of it and the whole folder" in lost.value.hint


def test_whoever_comes_second_is_told_to_destroy_what_he_made(known: Generation) -> None:
    """Two make a new generation at once, and only one of them can be the next."""
    before = Old.load(known.escrow, date.today())
    first, second = (
        Superseded(escrow_id=id_, generation=2, record_sha256="0" * 64, new_passphrase=False, case="a1", reason="")
        for id_ in ("AAAA-BBBB", "CCCC-DDDD")
    )
    folder.append(known.escrow, first, now=datetime.now(UTC))
    out = known.out.parent / "second"
    out.mkdir()
    with pytest.raises(UsageError, match=r"superseded by escrow AAAA-BBBB, and not by CCCC-DDDD"):
        finish(before, out, second, Paper.A4, "en")
    assert not list(out.iterdir()), "no list that says what is not so"


def test_what_the_old_journal_would_not_take_is_refused_before_anything_is_made(known: Generation) -> None:
    old = Old.load(known.escrow, date.today())
    planned = Planned.read(KNOWN.encode())
    pile = old.pile()
    for text in known.texts(*QUORUM):
        pile.add(text)
    order = operation.order(planned, old, None)
    new = operation.rekey(planned, old, search(pile).encrypted, order, today=date.today())
    with pytest.raises(UsageError, match="there is no sheet Board/9"):
        operation.create(old, known.out.parent / "new", new, Why(sheets=("Board/9",)), now=datetime.now(UTC))
    assert not (known.out.parent / "new").exists()


def test_an_unfinished_folder_is_no_new_generation(known: Generation) -> None:
    out = known.out.parent / "new"
    (out / "escrow").mkdir(parents=True)
    (out / "escrow" / "record.json.part").write_bytes(b"")
    done = rekey(known, plan=KNOWN)
    assert done.status == 7
    assert "left over from a split that was interrupted" in done.err


# The passphrase


def test_a_new_passphrase_that_is_typed(known: Generation, tmp_path: Path) -> None:
    new_file = tmp_path / "new-passphrase"
    new_file.write_text(NEW_PASSPHRASE + "\n")
    more = ("--new-passphrase", "--passphrase-file", "{fd}", "--new-passphrase-file", new_file)
    wrong = rekey(known, *more, plan=KNOWN, passphrase=OTHER)
    assert (wrong.status, wrong.out) == (5, "")
    assert not (known.out.parent / "new").exists()
    done = rekey(known, *more, plan=KNOWN, passphrase=PASSPHRASE)
    assert done.status == 0, done.err
    assert "this did not help" not in done.err
    new = written(known.out.parent / "new")
    register = folder.load_register(known.escrow)
    assert register.superseded is not None
    assert register.superseded.new_passphrase
    encrypted_in(new, new.texts(*QUORUM))
    before, after = folder.load(known.escrow).record.key, folder.load(new.escrow).record.key
    assert before.encrypted_key_sha256 != after.encrypted_key_sha256
    assert (before.spki_sha256, before.provenance) == (after.spki_sha256, after.provenance)
    assert PASSPHRASE not in done.out + done.err
    assert NEW_PASSPHRASE not in done.out + done.err


def test_the_old_passphrase_does_not_open_what_has_a_new_one(known: Generation) -> None:
    old = Old.load(known.escrow, date.today())
    planned = operation.against(Planned.read(KNOWN.encode()), old, new_passphrase=True)
    encrypted = encrypted_in(known, known.texts(*QUORUM))
    order = operation.order(planned, old, None)
    with operation.open_key(old, encrypted, Passphrase.from_text(PASSPHRASE), None).pkcs8 as pkcs8:
        new_one = Passphrase.from_text(NEW_PASSPHRASE)
        new = operation.rekey_anew(planned, old, PrivateKey(pkcs8), order, new_one, today=date.today(), cost=FLOOR)
        with pytest.raises(UsageError, match="by the plan the passphrase is typed"):
            operation.rekey_anew(planned, old, PrivateKey(pkcs8), order, None, today=date.today())
    key = new.made.escrow.encrypted
    assert (new.passphrase, new.new_passphrase) == (None, True)
    assert key.decrypt(NEW_PASSPHRASE).fingerprint == encrypted.decrypt(PASSPHRASE).fingerprint
    for wrong, under in ((key, PASSPHRASE), (encrypted, NEW_PASSPHRASE)):
        with pytest.raises(WrongPassphraseError):
            wrong.decrypt(under)


def test_the_old_passphrase_is_checked_where_that_is_asked_for(known: Generation) -> None:
    more = ("--check-passphrase", "--passphrase-file", "{fd}")
    assert rekey(known, *more, plan=KNOWN, passphrase=OTHER).status == 5
    assert rekey(known, *more, plan=KNOWN, passphrase=PASSPHRASE).status == 0
    before, after = (folder.load(known.out.parent / name / "escrow").record.key for name in ("old", "new"))
    assert before.encrypted_key_sha256 == after.encrypted_key_sha256


def test_an_escrowed_passphrase_stays_with_its_sheets(escrowed: Generation) -> None:
    moved = Handover(
        sheet="Passphrase/2", office="Auditor", person="Lea Example", place="Bank, Hamburg", bag="B7", seal=Seal.OPENED
    )
    folder.append(escrowed.escrow, moved, now=datetime.now(UTC))
    differs = rekey(escrowed, plan=ESCROWED)
    assert differs.status == 2
    assert "Passphrase/2 stays as it is, and the plan and the register differ in its office" in differs.err
    sheet = '{ office = "%s", person = "jo", place = "hamburg", bag = "%s" }'
    plan = changed(
        (sheet % ("Head of support", "A000110"), sheet % ("Auditor", "")),
        ('jo = { name = "Jo Example"', 'jo = { name = "Lea Example"'),
        plan=ESCROWED,
    )
    done = rekey(escrowed, plan=plan)
    assert done.status == 0, done.err
    assert "Passphrase/2 may be known to people who should not know them, or be found: one more is a quorum" in done.err
    new = folder.load_register(escrowed.out.parent / "new" / "escrow")
    old = folder.load_register(escrowed.escrow)
    assert new.record.passphrase == old.record.passphrase
    assert new.sheet("Passphrase/2") == old.sheet("Passphrase/2")
    assert new.sheet("Passphrase/2").former == ("Jo Example",)
    assert "KEEP" not in done.out
    assert not (escrowed.out.parent / "new" / "secret-passphrase").exists()
    assert not [name for name in old.to_destroy if name.startswith("Passphrase")]
    # The old sheets tell the passphrase by the new record too.
    pile = Pile(new.known.passphrase, of_passphrase=True)
    for text in escrowed.texts("Passphrase-1", "Passphrase-3"):
        pile.add(text)
    search_passphrase(pile).passphrase.wipe()
    assert new.record.key.encrypted_key_sha256 == old.record.key.encrypted_key_sha256


def test_a_generated_passphrase_from_its_sheets_and_a_new_one_on_new_sheets(escrowed: Generation) -> None:
    sources = escrowed.typed(*QUORUM, "Passphrase-1", "Passphrase-3")
    few = rekey(escrowed, "--new-passphrase", plan=ESCROWED, sources=sources[:-1])
    assert (few.status, few.out) == (2, "")
    assert "its sheets are not complete: Passphrase: 1 of 2" in few.err
    done = rekey(escrowed, "--new-passphrase", plan=ESCROWED, sources=sources)
    assert done.status == 0, done.err
    assert "passphrase recover" not in done.err, "nobody is sent away with the sheets that are wanted here"
    new = written(escrowed.out.parent / "new")
    before, after = folder.load_register(escrowed.escrow), folder.load_register(new.escrow)
    assert before.superseded is not None
    assert before.superseded.sheets[-2:] == ("Passphrase/1", "Passphrase/3")
    assert "Passphrase/2" in before.to_destroy
    assert after.record.passphrase is not None
    assert after.record.passphrase.escrow_id != before.record.passphrase.escrow_id  # type: ignore[union-attr]  # by its plan
    ids = [record.id for record in (before.record, after.record)]
    ids += [record.passphrase.id for record in (before.record, after.record) if record.passphrase]
    assert len({id_.slip39_identifier for id_ in ids}) == 4
    encrypted_in(new, new.texts(*QUORUM))
    passphrases = []
    for generation, register in ((escrowed, before), (new, after)):
        pile = Pile(register.known.passphrase, of_passphrase=True)
        for text in generation.texts("Passphrase-1", "Passphrase-2"):
            pile.add(text)
        passphrases.append(search_passphrase(pile).passphrase)
    with passphrases[0] as old_one, passphrases[1] as new_one:
        assert old_one != new_one


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (KNOWN, "by the plan the passphrase is typed, and that of this key is escrowed on sheets that stay"),
        (
            changed(
                ('source = "generated"\nthreshold = 2', 'source = "generated"\nthreshold = 3'),
                plan=ESCROWED,
            ),
            "by the plan any 3 of 3 sheets tell the passphrase",
        ),
    ],
)
def test_a_plan_that_says_of_a_passphrase_that_stays_what_is_not_so(escrowed: Generation, plan: str, says: str) -> None:
    planned = Planned.read(plan.encode())
    old = Old.load(escrowed.escrow, date.today())
    with pytest.raises(UsageError) as error:
        operation.check_passphrase(planned, old, new_passphrase=False)
    assert says in error.value.message
    operation.check_passphrase(planned, old, new_passphrase=True)


def test_a_passphrase_that_people_may_know_must_not_stay(escrowed: Generation) -> None:
    now = datetime.now(UTC)
    recovered = Recovered(what=What.PASSPHRASE, case="a1", arbitrator="", sheets=(), copies=())
    folder.append(escrowed.escrow, recovered, Void(sheet="Passphrase/1", reason="lost"), now=now)
    folder.append(escrowed.escrow, Void(sheet="Passphrase/2", reason="lost"), Note(text="twice"), now=now)
    old = Old.load(escrowed.escrow, date.today())
    planned = Planned.read(ESCROWED.encode())
    stays = operation.against(planned, old, new_passphrase=False)
    with pytest.raises(RuleError, match=r"z\.5 .*Passphrase/1, Passphrase/2 may be known .* only a new passphrase"):
        stays.refuse()
    (answer,) = (answer for answer in stays.answers if answer.rule == "SP-d")
    assert "it was recovered: whoever was there may know it" in answer.findings[0].text
    operation.against(planned, old, new_passphrase=True).refuse()


# Root and rehearsal


def test_a_root_is_refused_on_a_machine_that_is_not_fit_and_must_be_proved(known: Generation) -> None:
    """The old record has another profile; what is asked is by the new plan."""
    plan = Planned.read(changed(TYPED).encode())
    old = Old.load(known.escrow, date.today())
    accepted = Planned.read(accepting("AU-5", changed(TYPED)).encode())
    assert plan.strict
    with pytest.raises(RuleError, match="no certificate was given"):
        operation.order(accepted, old, None)
    certificate = old.folder.certificate
    assert certificate is not None
    order = operation.order(accepted, old, certificate_der(certificate))
    assert (order.generation, order.supersedes, order.rehearsal) == (2, old.record.id, False)
    assert operation.recorded_key(accepted, old, order).provenance == "checked"
    stated = old.record.model_copy(update={"key": old.record.key.model_copy(update={"provenance": "stated"})})
    unproved = replace(old, today=replace(old.today, register=replace(old.register, record=stated)))
    with pytest.raises(RuleError, match="does not prove that the key is that of its certificate") as error:
        operation.recorded_key(accepted, unproved, order)
    assert "--check-passphrase" in error.value.hint


def test_the_key_in_the_envelope_must_be_the_records(known: Generation) -> None:
    old = Old.load(known.escrow, date.today())
    other = old.record.model_copy(update={"key": old.record.key.model_copy(update={"spki_sha256": "0" * 64})})
    altered = replace(old, today=replace(old.today, register=replace(old.register, record=other)))
    key = encrypted_in(known, known.texts(*QUORUM))
    with pytest.raises(IntegrityError, match="not the one that the record states"):
        operation.open_key(altered, key, Passphrase.from_text(PASSPHRASE), None)


def test_the_next_generation_of_a_rehearsal_is_one_too(known: Generation) -> None:
    """By a root's plan too, without a certificate: nothing in it is worth anything."""
    old = Old.load(known.escrow, date.today())
    record = old.record.model_copy(update={"rehearsal": True})
    register = replace(old.register, record=record)
    rehearsed = replace(old, today=replace(old.today, register=register))
    order = operation.order(Planned.read(ROOT.encode()), rehearsed, None)
    assert (order.rehearsal, order.generation, order.profile) == (True, 2, "root")


def test_help_has_an_example_and_the_truth() -> None:
    done = inside("rekey", "--help")
    assert done.status == 0
    assert "Example:\n    rootescrow rekey escrow-1/escrow scans.pdf --plan" in done.out
    assert "IT TAKES NOTHING AWAY from the old generation" in done.out
