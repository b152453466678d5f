"""Drill: sheets and envelopes are looked at one by one, each compared with the register's hashes alone (z.6).

Nothing is combined here, and nothing could be: the search for a quorum, `rootescrow.recovery`, is not even loaded.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

from pydantic import ValidationError

from rootescrow.ceremony.drill_envelope import Envelopes
from rootescrow.ceremony.drilled import ASIDE, BAD, KEEP_APART, Bag, Drilled, Result, Sight, unless_whole
from rootescrow.codes import EnvelopePart, UncheckedLine, check_code
from rootescrow.errors import EscrowError, FileError, PaperError, UsageError
from rootescrow.paper.fonts import check_printable
from rootescrow.paper.reading import ScannedPage, read_source
from rootescrow.pile import Known, Pile
from rootescrow.register import folder
from rootescrow.register.events import ENVELOPE, Drill, Found, Looked, Seal, refuse_words
from rootescrow.register.folder import Folder
from rootescrow.register.register import Register
from rootescrow.shamir import Share
from rootescrow.texts import Unreadable, recognise
from rootescrow.torn import Searches, Torn, numbers_of

_LOOK_FOR = "It is void from now on. Look for it, and tell the Board. Then replace it, or begin a new generation."
_DESTROY = (
    "It counts no more, and whoever has it can still use it. Destroy it before witnesses, and write that down: "
    "rootescrow destroyed"
)
_REPLACE = "It still is the sheet that it says. Replace it before more of it is lost: rootescrow replace"
_FOUND = {
    Result.RIGHT: Found.RIGHT,
    Result.SEEN: Found.UNOPENED,
    Result.WRONG: Found.WRONG,
    Result.GONE: Found.GONE,
}
"""How the journal tells it."""


class Person(Protocol):
    """Whoever sits there with the paper. None as an answer: it is not said."""

    def bag(self, item: str, old: str, check: Callable[[Bag], None]) -> Bag | None:
        """What the bag of an item was, and its new one; `check` raises EscrowError for one that cannot be."""

    def copy(self, names: Sequence[str]) -> str | None:
        """Which of these copies of one share lies there."""

    def medium(self, source: str, names: Sequence[str]) -> str | None:
        """Which of these media this folder is."""


class Sitting:
    """A sitting at which sheets, bags and envelopes are looked at. Nothing is written here.

    `bags` and `seen` are what was said before, by the names of items: of what is read, and of bags that are only looked
    at. `by` is who is in the room. `also` is given each text and envelope that is read.

    Raises UsageError for names that the register does not have, bags that cannot be, or a `by` that no journal takes.
    """

    def __init__(
        self,
        opened: Folder,
        register: Register,
        person: Person,
        *,
        bags: Mapping[str, Bag] | None = None,
        seen: Mapping[str, Bag] | None = None,
        by: str = "",
        also: Callable[[str | bytes, str], object] | None = None,
    ) -> None:
        self.register = register
        self.problems: list[ScannedPage] = []
        """The pages on which something could not be read; on a cover or a page of text there is nothing to read."""
        self.failures: list[EscrowError] = []
        """Why sources could not be read."""
        self.right: dict[Share, str] = {}
        """The sheets that were found to be right, by what they bear: of copies the last."""
        self._known = register.known
        self._searches = Searches(self._known.sha256s)
        self._person = person
        self._also = also or (lambda item, source: None)
        self.by = by.strip()
        """Who is in the room."""
        refuse_words(self._event([], next_drill=None))
        self.by = check_printable(self.by, "who was in the room")
        self._sights: list[Sight] = []
        self._misread: list[Sight] = []
        self._done: set[str] = set()
        """The items that were read."""
        self._shares: set[Share] = set()
        """Those that were judged; of copies, those of which nobody said which they are."""
        self._envelopes = Envelopes(register, self._also)
        self._old_bags = {ENVELOPE: ""}
        self._old_bags |= {medium.name: medium.bag for medium in register.media_now}
        self._old_bags |= {sheet.name: sheet.holder.bag for sheet in register.sheets}
        self._new_bags: dict[str, str] = {}
        self._said = self._checked(bags or {})
        self._seen = self._checked(seen or {})
        self.own = self._own(opened.envelope)
        """What the envelope of the escrow folder is."""

    # What was said before.

    def _checked(self, bags: Mapping[str, Bag]) -> dict[str, Bag]:
        for item, bag in bags.items():
            if item not in self._old_bags:
                items = [name for name in self._old_bags if name != ENVELOPE]
                raise UsageError(
                    "a bag is named of something that is not in the register",
                    f"There are: {', '.join(items)}, {ENVELOPE}.",
                )
            self._check_bag(item, bag)
        return dict(bags)

    def _check_bag(self, item: str, bag: Bag) -> None:
        """That a bag can be: a new one has a number of its own. Raises UsageError."""
        new = bag.new.casefold()
        if not new:
            return
        if new == self._old_bags[item].casefold():
            raise UsageError(
                f"the new bag of {item} has the number of the old one, {bag.new}",
                "A bag that was opened is no more use: take a new one. If it was not opened, name no new bag.",
            )
        counting = {sheet.name: sheet.holder.bag for sheet in self.register.sheets if sheet.counts}
        media = {medium.name: medium.bag for medium in self.register.media_now}
        for other, number in [*counting.items(), *media.items(), *self._new_bags.items()]:
            if other != item and number.casefold() == new:
                raise UsageError(f"bag {bag.new} is that of {other} already", "Look at the number once more.")
        refuse_words(self._event([Looked(item=item, found=Found.RIGHT, seal=bag.seal, bag=bag.new)], next_drill=None))
        self._new_bags[item] = bag.new

    def _bag(self, item: str) -> Bag | None:
        """What the bag of an item was found to be: as said before, or as the person says now."""
        if bag := self._said.get(item) or self._seen.get(item):
            return bag
        return self._person.bag(item, self._old_bags[item], lambda bag: self._check_bag(item, bag))

    def _event(self, items: Iterable[Looked], *, next_drill: datetime.date | None, wrong: Iterable[str] = ()) -> Drill:
        try:
            return Drill(items=tuple(items), by=self.by, next_drill=next_drill, wrong=tuple(wrong))
        except ValidationError:
            raise UsageError(
                "who was in the room is written on one line of up to 500 letters, without control characters",
                "For example --by 'Ada Example, Bo Example'.",
            ) from None

    # What is read.

    def read(self, stream: BinaryIO, source: str) -> Iterator[Sight]:
        """Everything in a file, page by page. What stops the reading is kept in `failures`."""
        try:
            for page in read_source(stream, source):
                yield from self._page(page)
        except EscrowError as error:
            self.failures.append(error)

    def _page(self, page: ScannedPage) -> Iterator[Sight]:
        if page.problem:
            self.problems.append(page)
        if page.drawn and page.texts:
            self.failures.append(
                PaperError(
                    f"{page.place} is as a program made it, not a scan: it shows nothing of a paper",
                    "Scan the paper, and name the scan.",
                )
            )
            return
        for text in page.texts:
            yield from self.take(text, page.place)
        if page.envelope is not None:
            self._also(page.envelope, page.place)
            yield self._kept(
                self._unless_destroyed(self._envelopes.file(page.envelope, "an envelope file", page.place))
            )

    def take(self, text: str, source: str = "") -> Iterator[Sight]:
        """Everything in a text. What is of the envelope is judged at the end, when all of it is there."""
        self._also(text, source)
        for item in recognise(text):
            match item:
                case Share():
                    if sight := self._share(item, source):
                        yield self._kept(sight)
                case Torn():
                    if sight := self._torn(item, source):
                        yield self._kept(sight)
                case EnvelopePart() | UncheckedLine():
                    self._envelopes.add(item, source)
                case Unreadable(foreign=foreign):
                    result = Result.STRANGE if foreign else Result.UNREADABLE
                    yield self._kept(Sight(item.name, result, source, message=item.error.message, hint=item.error.hint))
                case _:
                    pass  # an escrow id: there is nothing in it to look at

    def _kept(self, sight: Sight) -> Sight:
        (self._misread if sight.result in ASIDE else self._sights).append(sight)
        return sight

    # Sheets.

    def _share(self, share: Share, source: str) -> Sight | None:
        """What a sheet is, by its own hash alone. None if it was looked at before."""
        names = self._names(share)
        if not names:
            return self._wrong(share, source)
        name = names[0] if len(names) == 1 else self._which(names)
        if name is None:
            if share in self._shares:
                return None
            self._shares.add(share)
            return Sight(
                " = ".join(names),
                Result.NOT_COUNTED,
                source,
                message="nobody said which of these copies it is",
                hint=f"Name it: --bag '{names[0]}=whole:NEW BAG'",
            )
        if name in self._done:
            return None
        self._done.add(name)
        sheet = self.register.sheet(name)
        sight = Sight(name, Result.RIGHT, source, name, sheet.holder.bag, self._bag(name))
        if sheet.counts:
            self.right[share] = name
            return unless_whole(sight)
        return replace(sight, result=Result.VOID, message=sheet.why_void, hint=_DESTROY)

    def _torn(self, torn: Torn, source: str) -> Sight | None:
        """What a sheet is of which words cannot be read: the register's hash shows it, or nothing does."""
        restored = self._searches.find(torn)
        if restored is None:
            message, hint = self._searches.why_not(torn)
            return Sight("torn sheet", Result.UNREADABLE, source, message=message, hint=hint)
        sight = self._share(restored.share, source)
        if sight is None or sight.result is not Result.RIGHT:
            return sight
        message = "; ".join(filter(None, (f"{numbers_of(torn.unreadable)} cannot be read", sight.message)))
        return replace(sight, message=message, hint=f"{_REPLACE} {sight.hint}".strip())

    def _names(self, share: Share) -> tuple[str, ...]:
        """The sheets that bear it by the register, those of the passphrase among them; none if it is not one."""
        known: Known | None = self._known
        while known:
            if names := known.names(share):
                return names
            known = known.passphrase
        return ()

    def _which(self, names: Sequence[str]) -> str | None:
        """Copies share their words: which of them it is was said before, or only the person can tell."""
        said = next((name for name in names if name in self._said and name not in self._done), None)
        answer = said or self._person.copy(names)
        return answer if answer in names else None

    def _wrong(self, share: Share, source: str) -> Sight | None:
        if share in self._shares:
            return None
        self._shares.add(share)
        finding, *_ = Pile(self._known).add(share.text)
        item = self._claimed(share)
        return Sight(
            finding.name,
            Result.WRONG,
            source,
            item,
            self._old_bags.get(item, ""),
            self._bag(item) if item else None,
            check_code(share.text.encode()),
            finding.message,
            KEEP_APART,
        )

    def _claimed(self, share: Share) -> str:
        """The sheet that a wrong one says it is, if the register has such a one and it counts; else empty."""
        known: Known | None = self._known
        while known:
            groups = known.policy.groups
            if share.identifier == known.id.slip39_identifier and share.group_index < len(groups):
                name = f"{groups[share.group_index].name}/{share.member_index + 1}"
                return name if any(sheet.name == name and sheet.counts for sheet in self.register.sheets) else ""
            known = known.passphrase
        return ""

    # Envelopes.

    def _own(self, envelope: bytes | None) -> Sight:
        """What the envelope of the escrow folder is: what is printed is compared with that, if it is right."""
        name = "the file envelope.cms of the escrow folder"
        if envelope is None and self.register.envelopes_destroyed:
            return Sight(name, Result.RIGHT, message="not there: every envelope was destroyed")
        if envelope is None:
            return Sight(name, Result.GONE, hint="Copy it from a medium, and look for what happened.")
        return self._unless_destroyed(self._envelopes.file(envelope, name, ""))

    def _unless_destroyed(self, sight: Sight) -> Sight:
        """The sight, or if every envelope was listed as destroyed, that here is one: so the generation lives."""
        if not self.register.envelopes_destroyed or sight.result not in (Result.RIGHT, Result.SEEN):
            return sight
        message = "every envelope is listed as destroyed, and here is one"
        return replace(sight, result=Result.VOID, item=sight.item or ENVELOPE, message=message, hint=_DESTROY)

    def medium(self, path: Path, name: str = "") -> Iterator[Sight]:
        """Look at a medium, or a copy of the escrow folder: its envelope, its record, its journal.

        Raises UsageError for a name that the register does not have.
        """
        names = [medium.name for medium in self.register.media_now]
        if name and name not in names:
            raise UsageError("there is no such medium in the register", f"There are: {', '.join(names) or 'none'}.")
        name = name or (self._person.medium(str(path), names) if names else None) or ""
        if name in self._done:
            return
        sight = self._envelopes.medium(path, name)
        if sight is None:
            hint = "Name the folder that holds it."
            self.failures.append(FileError(f"there is no {folder.ENVELOPE_FILE} in {path}", hint))
            return
        if name:
            self._done.add(name)
            sight = replace(sight, old_bag=self._old_bags[name], bag=self._bag(name))
        yield self._kept(self._unless_destroyed(sight))

    def _printed(self) -> Iterator[Sight]:
        for sight in self._envelopes.printed():
            if sight.item and sight.result is Result.RIGHT:
                self._done.add(sight.item)
                yield self._unless_destroyed(replace(sight, bag=self._bag(sight.item)))
            else:
                yield sight

    # The end.

    def finish(self, next_drill: datetime.date) -> Drilled:
        """What was found, with the event that tells it.

        Raises UsageError if nothing was looked at, or if a bag was named of something that was not read; then the first
        failure of a source, if there was one, is the better explanation.
        """
        late = [*self._printed(), *(self._bag_alone(item) for item in self._seen if item not in self._done)]
        self._misread += [sight for sight in late if sight.result in ASIDE]
        late = [sight for sight in late if sight.result not in ASIDE]
        looked = [*self._sights, *late]
        if unread := [item for item in self._said if item not in {sight.item for sight in looked}]:
            raise UsageError(
                f"nothing was read of {', '.join(unread)}, whose bag is named",
                "Scan it, or type its words. If its bag was only looked at: --seen.",
            )
        if not looked:
            if self.failures:
                raise self.failures[0]
            raise UsageError("nothing was looked at", "Name scans or text files of sheets, media, or bags with --seen.")
        sights = (self.own, *looked)
        items, wrong = self._told(sights)
        return Drilled(self._event(items, next_drill=next_drill, wrong=wrong), sights, tuple(late))

    @property
    def read_things(self) -> int:
        """How much was read so far: more of it after a source that was of any use."""
        return len(self._sights) + len(self._misread) + len(self._envelopes) + len(self._shares)

    @property
    def notes(self) -> tuple[Sight, ...]:
        """What could not be understood, or is of no escrow."""
        return tuple(self._misread)

    def _bag_alone(self, item: str) -> Sight:
        bag = self._seen[item]
        sight = Sight(item, Result.SEEN, item=item, old_bag=self._old_bags[item], bag=bag)
        if bag.seal is Seal.MISSING:
            return replace(sight, result=Result.GONE, hint=_LOOK_FOR)
        if why := next((sheet.why_void for sheet in self.register.sheets if sheet.name == item), ""):
            return replace(sight, result=Result.VOID, message=why, hint=_DESTROY)
        is_sheet = any(sheet.name == item for sheet in self.register.sheets)
        return unless_whole(sight) if is_sheet else self._unless_destroyed(unless_whole(sight))

    def _told(self, sights: Iterable[Sight]) -> tuple[list[Looked], list[str]]:
        """The items as the journal tells them, each once, and what is wrong and none of them.

        A wrong paper says whose it is, and need not be. It is held against an item only where that was not seen.
        """
        items: dict[str, Looked] = {}
        wrong: list[Sight] = []
        for sight in sights:
            if sight.result is Result.WRONG or not sight.item:
                wrong += [sight] if sight.result in BAD else []
            else:
                items[sight.item] = self._looked(sight)
        strange: list[str] = []
        for sight in wrong:
            if sight.item and sight.item not in items:
                items[sight.item] = self._looked(sight)
            else:
                strange.append(sight.told)
        return list(items.values()), list(dict.fromkeys(strange))

    def _looked(self, sight: Sight) -> Looked:
        """That a sheet is void, the register knows: here it is what was seen of it."""
        unopened = sight.item in self._seen and sight.item not in self._done
        found = _FOUND.get(sight.result) or (Found.UNOPENED if unopened else Found.RIGHT)
        bag = sight.bag
        return Looked(item=sight.item, found=found, seal=bag.seal if bag else None, bag=bag.new if bag else "")
