"""From a pile to the encrypted key: find a set of shares that is right, though wrong ones lie beside it.

What counts as right is decided by the envelope's tag alone. The digest of SLIP-39 only saves work: a quorum of forgers
can make one that is right. So a share is called wrong only by a record, or because it does not lie on the polynomials
of a set whose tag verified. Even a tag proves only that shares and envelope belong together: where the pile holds
envelopes of two escrows that the shares cannot tell apart, nobody is accused.
"""

from __future__ import annotations

import hmac
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from rootescrow import assembly
from rootescrow.assembly import on_other_keyboard
from rootescrow.codes import EscrowId
from rootescrow.envelope import Envelope
from rootescrow.errors import DigestError, EscrowError, IntegrityError, PassphraseError, QuorumError
from rootescrow.keys import EncryptedKey
from rootescrow.passphrase import Passphrase, from_escrow
from rootescrow.pile import ConfirmedBy, Pile
from rootescrow.secret import Secret
from rootescrow.shamir import Polynomial, SetHeader, Share, master_secret

MAX_SUBSETS = 30_000
"""Quorums tried in one set. All 8-of-16 of two groups would be 25,740; each takes a fifth of a millisecond."""
MAX_COMBINATIONS = 10_000
"""Combinations of the groups' candidates tried. More than one candidate in a group takes a whole quorum of forgers."""
MAX_MASTER_SECRETS = 200
"""Combinations with a right digest that are decrypted, 8 ms each: it bounds a policy that needs one group only."""


@dataclass(frozen=True)
class Recovery:
    """What a pile gave. `used` lie on the set whose tag verified; `wrong` claim to be of that set and do not.

    `strangers` are of other escrows; `unjudged` claim to be of that set and nothing shows whether they are: too few
    speak for a group that took no part, another envelope on the pile claims the same set, or a torn sheet was only
    proposed. `confirmed` are those of `used` that came from torn sheets, with what confirmed the words that were found.
    """

    id: EscrowId
    encrypted: EncryptedKey = field(repr=False)
    envelope: Envelope = field(repr=False)
    used: tuple[Share, ...] = field(repr=False)
    wrong: tuple[Share, ...] = field(repr=False)
    unjudged: tuple[Share, ...] = field(repr=False)
    strangers: tuple[Share, ...] = field(repr=False)
    confirmed: Mapping[Share, ConfirmedBy] = field(repr=False)


@dataclass(frozen=True)
class PassphraseRecovery:
    """The passphrase that a pile gave, and what became of the shares, as in `Recovery`; `wrong` only by a record."""

    id: EscrowId
    passphrase: Passphrase
    used: tuple[Share, ...] = field(repr=False)
    wrong: tuple[Share, ...] = field(repr=False)
    unjudged: tuple[Share, ...] = field(repr=False)
    strangers: tuple[Share, ...] = field(repr=False)
    confirmed: Mapping[Share, ConfirmedBy] = field(repr=False)


@dataclass(frozen=True)
class _Candidate:
    """Sheets of one group that fit together, and all that lie on the same polynomial: not yet believed."""

    secret: bytes = field(repr=False)
    bearers: frozenset[Share] = field(repr=False)


class _Bound:
    """So much work and no more; it is remembered whether that was too little."""

    def __init__(self, most: int) -> None:
        self._left = most

    def spend(self) -> bool:
        """Whether there was some left."""
        self._left -= 1
        return self._left >= 0

    @property
    def exceeded(self) -> bool:
        return self._left < 0


def recover(pile: Pile) -> EncryptedKey:
    """The encrypted key, byte for byte as it was split. Raises as `search`."""
    return search(pile).encrypted


def search(pile: Pile, *, max_subsets: int = MAX_SUBSETS) -> Recovery:
    """Try sets, groups and quorums until an envelope's tag verifies: in each set `max_subsets` quorums and no more.

    Raises QuorumError (what is missing) if there are too few sheets or no envelope. Raises IntegrityError, which
    accuses nobody, if there are enough sheets and none of their quorums opens the envelope; if the pile gives two
    different keys, for then somebody has to say which is meant; and if what comes out is not what the record lists.
    """

    def rivals(header: SetHeader) -> bool:
        return not pile.known and len(_claimants(pile, header)) > 1

    found = [
        _recovery(pile, opened, rivals=rivals(opened.header)) for opened in _search(pile, _open, rivals, max_subsets)
    ]
    if len({recovery.encrypted for recovery in found}) > 1:
        raise _ambiguous(found)
    return found[0]


def search_passphrase(pile: Pile, *, max_subsets: int = MAX_SUBSETS) -> PassphraseRecovery:
    """Try sets, groups and quorums until an escrowed passphrase comes out: 30 letters of the right form and escrow id.

    No tag decides here, so every quorum is tried, and without a record nobody is accused: only the key tells whether
    the passphrase is right. Raises QuorumError if there are too few sheets; IntegrityError if their quorums give no
    passphrase, as those of a key do, or two different ones.
    """
    found = _search(pile, _read_passphrase, lambda header: True, max_subsets)
    first = found[0]
    for other in found[1:]:
        if other.thing != first.thing:
            ids = " and ".join(sorted({str(opened.id) for opened in found}))
            raise IntegrityError(
                f"these sheets give different passphrases, of {ids}: some are forged, or of another escrow",
                "Give the sheets of one escrow only; or give its record (--escrow), which knows the right ones.",
            )
    judged = _judge(pile, first, rivals=not pile.known)
    return PassphraseRecovery(first.id, first.thing, *judged, _confirmed(pile, judged[0], ConfirmedBy.FORM))


_Thing = TypeVar("_Thing")
_Opening = Callable[[Pile, EscrowId, Secret], _Thing]
"""What an escrow secret gives with what else is on the pile. Raises EscrowError if it gives nothing."""


@dataclass(frozen=True)
class _Opened(Generic[_Thing]):
    """What came out of a set, and the shares by group that lie on the polynomials that gave it."""

    header: SetHeader
    id: EscrowId
    thing: _Thing = field(repr=False)
    right: Mapping[int, frozenset[Share]] = field(repr=False)


def _search(
    pile: Pile, opening: _Opening[_Thing], rivals: Callable[[SetHeader], bool], max_subsets: int
) -> list[_Opened[_Thing]]:
    """What comes out of every set on the pile: one thing at least, or an error."""
    found: list[_Opened[_Thing]] = []
    error: EscrowError | None = None
    for header, shares in pile.sets().items():
        groups = _complete_groups(pile, shares)
        try:
            if len(groups) >= header.group_threshold:
                found += _openings(pile, header, groups, max_subsets, opening, rivals=rivals(header))
            elif error is None:
                error = _too_few(pile)
        except EscrowError as closed:
            # The likeliest set is the first; strangers' sheets always lack something.
            error = error or closed
    if not found:
        raise error or _too_few(pile)
    return found


def _complete_groups(pile: Pile, shares: Sequence[Share]) -> dict[int, list[Share]]:
    """The groups of a set that may have enough shares: those first that the record knows, those proposed last."""
    groups: defaultdict[int, list[Share]] = defaultdict(list)

    def order(share: Share) -> tuple[bool, bool]:
        return share in pile.proposed, bool(pile.known and not pile.known.names(share))

    for share in sorted(shares, key=order):
        groups[share.group_index].append(share)
    return {index: members for index, members in groups.items() if _enough(members)}


def _enough(members: Sequence[Share]) -> bool:
    """Whether some threshold that shares of this group name is met by the shares that name it."""
    return any(len(copies) >= threshold for threshold, copies in _claims(members).items())


def _claims(members: Sequence[Share]) -> dict[int, dict[int, list[Share]]]:
    """The shares of a group by the threshold they name, then by their index."""
    claims: dict[int, dict[int, list[Share]]] = {}
    for share in members:
        claims.setdefault(share.member_threshold, {}).setdefault(share.member_index, []).append(share)
    return claims


def _openings(
    pile: Pile,
    header: SetHeader,
    groups: Mapping[int, Sequence[Share]],
    most: int,
    opening: _Opening[_Thing],
    *,
    rivals: bool,
) -> list[_Opened[_Thing]]:
    """What comes out of one set: one thing, unless `rivals` may claim this set, such as several envelopes."""
    quorums, combinations, secrets = bounds = _Bound(most), _Bound(MAX_COMBINATIONS), _Bound(MAX_MASTER_SECRETS)
    sources = {group: _candidates(members, quorums) for group, members in groups.items()}
    candidates: dict[int, list[_Candidate]] = {group: [] for group in groups}
    found: list[_Opened[_Thing]] = []
    error: EscrowError | None = None
    # Where all sheets are right the first quorum of each group will do; only where it does not are all others tried.
    for count in (None,) if rivals else (1, None):
        before = sum(map(len, candidates.values()))
        for group, source in sources.items():
            candidates[group] += itertools.islice(source, count)
        if sum(map(len, candidates.values())) == before:
            break
        for chosen in _combinations(header, candidates, combinations):
            if not secrets.spend():
                break
            with master_secret({group: one.secret for group, one in chosen.items()}, header) as secret:
                id_ = EscrowId.of(secret)
                if id_.slip39_identifier != header.identifier:
                    continue
                try:
                    thing = opening(pile, id_, secret)
                except EscrowError as closed:
                    error = error or closed
                    continue
            right = _right(header, chosen, groups, most)
            found.append(_Opened(header, id_, thing, right))
            if not rivals:
                return found
    if found:
        return found
    if error is None and any(bound.exceeded for bound in bounds):
        error = IntegrityError(
            f"the sheets of {_names(pile, groups)} contradict each other in more ways than are tried",
            "Take away the sheets that came by photo or phone, or that nobody knows, and try again.",
        )
    lacking = [group for group in groups if not candidates[group]]
    short = len(groups) - len(lacking) < header.group_threshold
    raise error or _do_not_fit(pile, lacking if short else list(groups))


def _claimants(pile: Pile, header: SetHeader) -> set[EscrowId]:
    """The escrows that envelopes on the pile are of, and that the shares of this set cannot tell apart."""
    pairs = [(id_, on_other_keyboard(id_)) for id_ in pile.envelope_ids()]
    return {min(pair) for pair in pairs if header.identifier in [id_.slip39_identifier for id_ in pair]}


def _read_passphrase(pile: Pile, id_: EscrowId, secret: Secret) -> Passphrase:
    """The passphrase that this is. It must be that of a record, if there is one."""
    try:
        passphrase = from_escrow(secret)
    except PassphraseError:
        raise IntegrityError(
            f"these are sheets of the key, not of its passphrase (escrow {id_})",
            "Give the sheets headed PASSPHRASE here; those of the key to: rootescrow recover",
        ) from None
    if pile.known and id_ != pile.known.id:
        raise _of_another(pile.known.id, id_)
    return passphrase


def _open(pile: Pile, id_: EscrowId, secret: Secret) -> tuple[Envelope, EncryptedKey]:
    """The envelope of the pile that this escrow secret opens, and what is in it. It must be what a record lists."""
    if _is_passphrase(secret):
        raise IntegrityError(
            f"these are sheets of a passphrase, not of a key (escrow {id_})",
            "Give the sheets headed SECRET here; those headed PASSPHRASE to: rootescrow passphrase recover",
        )
    if pile.known and id_ != pile.known.id:
        raise _of_another(pile.known.id, id_)
    error: EscrowError | None = None
    for envelope in pile.envelopes(id_):
        try:
            encrypted = EncryptedKey.parse(envelope.open(secret))
        except EscrowError as wrong:
            error = error or wrong
            continue
        if pile.known and encrypted.sha256 != pile.known.encrypted_key_sha256:
            raise IntegrityError(
                f"the envelope of escrow {id_} opens, and holds another encrypted key than the record lists",
                "Compare the record's check code with the paper: it was altered. Without it the key can be recovered.",
            )
        return envelope, encrypted
    raise error or _no_envelope(pile, id_)


def _is_passphrase(secret: Secret) -> bool:
    try:
        from_escrow(secret).wipe()
    except PassphraseError:
        return False
    return True


def _of_another(known: EscrowId, id_: EscrowId) -> IntegrityError:
    return IntegrityError(
        f"these are sheets of escrow {id_}; the record is of escrow {known}",
        "Give the sheets or the record that belong together, or try without the record. If only the ends of the "
        "two ids differ, sheets may be forged.",
    )


def _candidates(members: Sequence[Share], bound: _Bound) -> Iterator[_Candidate]:
    """Sheets of one group that fit together, under any threshold that they name: quickest thresholds first."""
    found: list[_Candidate] = []
    for threshold, copies in sorted(_claims(members).items(), key=lambda claim: _quorums(*claim)):
        for indexes in itertools.combinations(copies, threshold):
            for subset in itertools.product(*(copies[index] for index in indexes)):
                if not bound.spend():
                    return
                # A quorum all of whose sheets lie on what was found already would give the same again.
                if any(candidate.bearers.issuperset(subset) for candidate in found):
                    continue
                polynomial = Polynomial.through({share.member_index: share.value for share in subset}, threshold)
                try:
                    secret = polynomial.secret()
                except DigestError:
                    continue
                right = {index: polynomial.at(index) for index in copies}
                found.append(
                    _Candidate(
                        secret,
                        frozenset(
                            share
                            for index, shares in copies.items()
                            for share in shares
                            if hmac.compare_digest(share.value, right[index])
                        ),
                    )
                )
                yield found[-1]


def _quorums(threshold: int, copies: Mapping[int, Sequence[Share]]) -> int:
    """How many quorums there are, where several sheets may bear one number."""
    ways = [1] + [0] * threshold
    for shares in copies.values():
        ways = [ways[0], *(ways[size] + ways[size - 1] * len(shares) for size in range(1, threshold + 1))]
    return ways[threshold]


def _combinations(
    header: SetHeader, candidates: Mapping[int, Sequence[_Candidate]], bound: _Bound
) -> Iterator[dict[int, _Candidate]]:
    """One candidate each of as many groups as are needed, where the groups' own digest is right.

    Those come first on which most sheets lie.
    """
    likeliest = {
        group: sorted(found, key=lambda candidate: -len(candidate.bearers))
        for group, found in sorted(candidates.items())
        if found
    }
    for groups in itertools.combinations(likeliest, header.group_threshold):
        for choice in itertools.product(*(likeliest[group] for group in groups)):
            if not bound.spend():
                return
            chosen = dict(zip(groups, choice, strict=True))
            try:
                _top(chosen, header).secret()
            except DigestError:
                continue
            yield chosen


def _top(chosen: Mapping[int, _Candidate], header: SetHeader) -> Polynomial:
    return Polynomial.through({group: one.secret for group, one in chosen.items()}, header.group_threshold)


def _right(
    header: SetHeader, chosen: Mapping[int, _Candidate], groups: Mapping[int, Sequence[Share]], most: int
) -> dict[int, frozenset[Share]]:
    """The shares on a set whose tag verified, by group; of groups that took no part too, where enough are there."""
    top = _top(chosen, header)
    bound = _Bound(most)
    right = {group: candidate.bearers for group, candidate in chosen.items()}
    for group in groups.keys() - right.keys():
        for candidate in _candidates(groups[group], bound):
            if top.passes(group, candidate.secret):
                right[group] = candidate.bearers
    return right


def _recovery(pile: Pile, opened: _Opened[tuple[Envelope, EncryptedKey]], *, rivals: bool) -> Recovery:
    envelope, encrypted = opened.thing
    judged = _judge(pile, opened, rivals=rivals)
    return Recovery(opened.id, encrypted, envelope, *judged, _confirmed(pile, judged[0], ConfirmedBy.TAG))


def _confirmed(pile: Pile, used: Iterable[Share], by: ConfirmedBy) -> dict[Share, ConfirmedBy]:
    """Of torn sheets, what confirmed each: something before, or else the set that they are used in."""
    proposed = {share: by for share in used if share in pile.proposed}
    return proposed | {share: pile.restored[share] for share in used if share in pile.restored}


_Shares = tuple[Share, ...]


def _judge(pile: Pile, opened: _Opened[_Thing], *, rivals: bool) -> tuple[_Shares, _Shares, _Shares, _Shares]:
    """Every share of the pile against the set that gave the right thing: only here is a share found wrong.

    A torn sheet is not: one of its words may have been misread, and nobody forged anything.

    Those used, wrong, unjudged and of strangers, as `Recovery` has them.
    """
    header, right = opened.header, opened.right
    used: list[Share] = []
    wrong: list[Share] = []
    unjudged: list[Share] = []
    strangers: list[Share] = []
    for share in (*pile.shares, *pile.proposed):
        if share.identifier != header.identifier:
            strangers.append(share)
        elif share.header == header and share in right.get(share.group_index, ()):
            used.append(share)
        elif rivals or share in pile.proposed or (share.header == header and share.group_index not in right):
            unjudged.append(share)
        else:
            wrong.append(share)
    return tuple(used), tuple(wrong), tuple(unjudged), tuple(strangers)


def _too_few(pile: Pile) -> QuorumError:
    return QuorumError(f"this is not a quorum: {pile.status}", "Find the sheets that are missing, then try again.")


def _names(pile: Pile, groups: Iterable[int]) -> str:
    return " and ".join(pile.group_name(group) for group in sorted(groups))


def _do_not_fit(pile: Pile, groups: Iterable[int]) -> IntegrityError:
    hint = "Add more sheets of the same group: any quorum of right ones is found. Which one is wrong cannot be told yet"
    if not pile.known:
        hint += "; with the record (--escrow) it can"
    if pile.proposed:
        hint += ". A torn sheet was only proposed: read its words again, another of them may be wrong"
    return IntegrityError(
        f"the sheets of {_names(pile, groups)} do not fit together: at least one is wrong", hint + "."
    )


def _ambiguous(found: Sequence[Recovery]) -> IntegrityError:
    ids = " and ".join(sorted({str(recovery.id) for recovery in found}))
    return IntegrityError(
        f"these sheets and envelopes give {len({recovery.encrypted for recovery in found})} different keys, of {ids}",
        "Take away the sheets and the envelope of the escrow that is not meant; or give the record of the one that is "
        "(--escrow).",
    )


def _no_envelope(pile: Pile, id_: EscrowId) -> EscrowError:
    missing = pile.envelope_missing(id_)
    if not missing:
        return IntegrityError(
            f"the codes and lines of the envelope of escrow {id_} do not fit together: at least one is wrong",
            "Scan or type them again, from another sheet if there is one.",
        )
    ids = pile.envelope_ids()
    others = " and ".join(str(other) for other in ids if id_ not in (other, on_other_keyboard(other)))
    if others and missing == assembly.ALL_MISSING:
        return IntegrityError(
            f"these are sheets of escrow {id_}, and the envelope says that it is of {others}",
            f"Look for the envelope of escrow {id_}; of it is missing: {missing}.",
        )
    return QuorumError(
        f"the sheets of escrow {id_} are complete; of its envelope is missing: {missing}",
        f"Give the file envelope.cms of escrow {id_}, its codes or its lines.",
    )
