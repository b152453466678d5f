"""From a pile to the encrypted key: find a set of shares that is right, though wrong ones lie beside it.

What counts as right is decided by the envelope's tag alone. The digest of SLIP-39 only saves work: a quorum of forgers
can make one that is right. So a share is called wrong only by a record, or because it does not lie on the polynomials
of a set whose tag verified.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rootescrow.codes import EscrowId
from rootescrow.envelope import Envelope
from rootescrow.errors import DigestError, EscrowError, IntegrityError, QuorumError
from rootescrow.keys import EncryptedKey
from rootescrow.pile import Pile
from rootescrow.secret import Secret
from rootescrow.shamir import Polynomial, SetHeader, Share, master_secret

MAX_SUBSETS = 20_000
"""Quorums tried in one group. All 8-of-16 there are would be 12,870; each takes a tenth of a millisecond."""
MAX_COMBINATIONS = 2_000
"""Combinations of the groups' candidates tried. More than one candidate in a group takes a whole quorum of forgers."""
MAX_MASTER_SECRETS = 200
"""Combinations with a right digest that are decrypted, 6 ms each: it bounds a policy that needs one group only."""

_SEARCH_BOUND = "Take away the sheets that came by photo or phone, or that nobody knows, and try again."


@dataclass(frozen=True)
class Recovery:
    """What a pile gave. `used` lie on the set whose tag verified; `wrong` claim to be of that set and do not.

    `strangers` are of other escrows; `unjudged` are of a group that took no part and that too few sheets speak for.
    """

    id: EscrowId
    encrypted: EncryptedKey
    envelope: Envelope
    used: tuple[Share, ...] = field(repr=False)
    wrong: tuple[Share, ...] = field(repr=False)
    unjudged: tuple[Share, ...] = field(repr=False)
    strangers: tuple[Share, ...] = field(repr=False)


@dataclass(frozen=True)
class _Candidate:
    """Sheets of one group that fit together, and all that lie on the same polynomial: not yet believed."""

    polynomial: Polynomial = field(repr=False)
    secret: bytes = field(repr=False)
    bearers: frozenset[Share] = field(repr=False)


def recover(pile: Pile) -> EncryptedKey:
    """The encrypted key, byte for byte as it was split. Raises as `search`."""
    return search(pile).encrypted


def search(pile: Pile) -> Recovery:
    """Try sets, groups and quorums until an envelope's tag verifies.

    Raises QuorumError (what is missing) if there are too few sheets or no envelope; IntegrityError if there are enough
    and none of their quorums opens the envelope, which accuses nobody.
    """
    first: EscrowError | None = None
    for header, shares in pile.sets().items():
        try:
            return _search_set(pile, header, shares)
        except (QuorumError, IntegrityError) as error:
            # The likeliest set is the first; strangers' sheets always lack something.
            first = first or error
    raise first or QuorumError(f"no sheet was read: {pile.status}", "Scan or type the sheets of a quorum.")


def _search_set(pile: Pile, header: SetHeader, shares: Sequence[Share]) -> Recovery:
    by_group: defaultdict[int, list[Share]] = defaultdict(list)
    for share in sorted(shares, key=lambda share: bool(pile.known and not pile.known.names(share))):
        by_group[share.group_index].append(share)
    complete = [group for group, members in by_group.items() if _enough(members)]
    if len(complete) < header.group_threshold:
        raise _too_few(pile)
    error: EscrowError | None = None
    # Where all sheets are right the first quorum of each group will do; only where it does not are all others tried.
    for most in (1, MAX_SUBSETS):
        candidates = {group: found for group in complete if (found := _candidates(by_group[group], most))}
        if len(candidates) < header.group_threshold:
            error = _do_not_fit(pile, [group for group in complete if group not in candidates])
            continue
        for chosen in _combinations(header, candidates):
            with _master_secret(chosen, header) as secret:
                id_ = EscrowId.of(secret)
                if id_.slip39_identifier != header.identifier:
                    continue
                try:
                    envelope, encrypted = _open(pile, id_, secret)
                except (QuorumError, IntegrityError) as closed:
                    error = closed
                    continue
            return _judge(pile, header, chosen, id_, envelope, encrypted)
    raise error or _do_not_fit(pile, complete)


def _open(pile: Pile, id_: EscrowId, secret: Secret) -> tuple[Envelope, EncryptedKey]:
    """The envelope of the pile that this escrow secret opens, and what is in it."""
    error: IntegrityError | None = None
    for envelope in pile.envelopes(id_):
        try:
            return envelope, EncryptedKey.parse(envelope.open(secret))
        except IntegrityError as wrong:
            error = wrong
    raise error or _no_envelope(pile, id_)


def _enough(members: Sequence[Share]) -> bool:
    """Whether some threshold that shares of this group name is met by the shares that name it."""
    return any(
        len({share.member_index for share in members if share.member_threshold == threshold}) >= threshold
        for threshold in {share.member_threshold for share in members}
    )


def _candidates(members: Sequence[Share], most: int) -> list[_Candidate]:
    """Up to `most` sets of sheets of one group that fit together, under any threshold that they name."""
    found: list[_Candidate] = []
    tried = 0
    for threshold in sorted({share.member_threshold for share in members}, reverse=True):
        claimants = [share for share in members if share.member_threshold == threshold]
        for subset in itertools.combinations(claimants, threshold):
            points = {share.member_index: share.value for share in subset}
            # A quorum all of whose sheets lie on what was found already would give the same again.
            if len(points) < threshold or any(candidate.bearers.issuperset(subset) for candidate in found):
                continue
            tried += 1
            if tried > MAX_SUBSETS or len(found) >= most:
                return found
            polynomial = Polynomial.through(points, threshold)
            try:
                secret = polynomial.secret()
            except DigestError:
                continue
            bearers = frozenset(share for share in claimants if polynomial.passes(share.member_index, share.value))
            found.append(_Candidate(polynomial, secret, bearers))
    return found


def _combinations(header: SetHeader, candidates: Mapping[int, Sequence[_Candidate]]) -> Iterator[dict[int, _Candidate]]:
    """One candidate each of as many groups as are needed, where the groups' own digest is right."""
    tried = given = 0
    for groups in itertools.combinations(sorted(candidates), header.group_threshold):
        for choice in itertools.product(*(candidates[group] for group in groups)):
            tried += 1
            if tried > MAX_COMBINATIONS or given >= MAX_MASTER_SECRETS:
                raise IntegrityError("there are too many sheets that contradict each other", _SEARCH_BOUND)
            chosen = dict(zip(groups, choice, strict=True))
            try:
                _top(chosen, header).secret()
            except DigestError:
                continue
            given += 1
            yield chosen


def _top(chosen: Mapping[int, _Candidate], header: SetHeader) -> Polynomial:
    return Polynomial.through({group: one.secret for group, one in chosen.items()}, header.group_threshold)


def _master_secret(chosen: Mapping[int, _Candidate], header: SetHeader) -> Secret:
    return master_secret({group: one.secret for group, one in chosen.items()}, header)


def _judge(
    pile: Pile,
    header: SetHeader,
    chosen: Mapping[int, _Candidate],
    id_: EscrowId,
    envelope: Envelope,
    encrypted: EncryptedKey,
) -> Recovery:
    """Every share of the pile against the set whose tag verified: only here is a share found wrong."""
    top = _top(chosen, header)
    used, wrong, unjudged, strangers = [], [], [], []
    right = {group: candidate.bearers for group, candidate in chosen.items()}
    for group in {share.group_index for share in pile.shares if share.header == header} - right.keys():
        members = [share for share in pile.shares if share.header == header and share.group_index == group]
        for candidate in _candidates(members, MAX_SUBSETS):
            if top.passes(group, candidate.secret):
                right[group] = candidate.bearers
    for share in pile.shares:
        if share.identifier != header.identifier:
            strangers.append(share)
        elif share.header == header and share.group_index not in right:
            unjudged.append(share)
        elif share.header == header and share in right[share.group_index]:
            used.append(share)
        else:
            wrong.append(share)
    return Recovery(id_, encrypted, envelope, tuple(used), tuple(wrong), tuple(unjudged), tuple(strangers))


def _too_few(pile: Pile) -> QuorumError:
    return QuorumError(f"this is not a quorum: {pile.status}", "Find the sheets that are missing, then try again.")


def _do_not_fit(pile: Pile, groups: Sequence[int]) -> IntegrityError:
    names = " and ".join(pile.group_name(group) for group in groups)
    hint = "Add more sheets of the same group: any quorum of right ones is found. Which one is wrong cannot be told yet"
    if not pile.known:
        hint += "; with the record (--escrow) it can"
    return IntegrityError(f"the sheets of {names} do not fit together: at least one is wrong", hint + ".")


def _no_envelope(pile: Pile, id_: EscrowId) -> EscrowError:
    missing = pile.envelope_missing(id_)
    others = [str(other) for other in pile.envelope_ids() if other != id_]
    if not missing:
        return IntegrityError(
            f"the codes and lines of the envelope of escrow {id_} do not fit together: at least one is wrong",
            "Scan or type them again, from another sheet if there is one.",
        )
    if others:
        return IntegrityError(
            f"these are sheets of escrow {id_}, and the envelope says that it is of {' and '.join(others)}",
            f"Look for the envelope of escrow {id_}; of it is missing: {missing}.",
        )
    return QuorumError(
        f"the sheets of escrow {id_} are complete; of its envelope is missing: {missing}",
        f"Give the file envelope.cms of escrow {id_}, its codes or its lines.",
    )
