"""The 1,024 words of SLIP-39, and how people type them.

The list is part of the standard (SLIP-39, "Wordlist"): 4 to 8 letters a word, in alphabetical order, and no two words
begin with the same four letters. So four letters are enough to name a word.

Finding a word's number is a look-up by secret data, and so is finding a number's word: a memory access whose place
depends on the secret cannot be avoided where the secret is written as words.
"""

from __future__ import annotations

import re

from rootescrow.errors import ShareError, WordError

WORDS: tuple[str, ...] = tuple(
    """
    academic acid acne acquire acrobat activity actress adapt adequate adjust admit adorn adult advance advocate afraid
    again agency agree aide aircraft airline airport ajar alarm album alcohol alien alive alpha already alto aluminum
    always amazing ambition amount amuse analysis anatomy ancestor ancient angel angry animal answer antenna anxiety
    apart aquatic arcade arena argue armed artist artwork aspect auction august aunt average aviation avoid award away
    axis axle beam beard beaver become bedroom behavior being believe belong benefit best beyond bike biology birthday
    bishop black blanket blessing blimp blind blue body bolt boring born both boundary bracelet branch brave breathe
    briefing broken brother browser bucket budget building bulb bulge bumpy bundle burden burning busy buyer cage
    calcium camera campus canyon capacity capital capture carbon cards careful cargo carpet carve category cause ceiling
    center ceramic champion change charity check chemical chest chew chubby cinema civil class clay cleanup client
    climate clinic clock clogs closet clothes club cluster coal coastal coding column company corner costume counter
    course cover cowboy cradle craft crazy credit cricket criminal crisis critical crowd crucial crunch crush crystal
    cubic cultural curious curly custody cylinder daisy damage dance darkness database daughter deadline deal debris
    debut decent decision declare decorate decrease deliver demand density deny depart depend depict deploy describe
    desert desire desktop destroy detailed detect device devote diagnose dictate diet dilemma diminish dining diploma
    disaster discuss disease dish dismiss display distance dive divorce document domain domestic dominant dough downtown
    dragon dramatic dream dress drift drink drove drug dryer duckling duke duration dwarf dynamic early earth easel easy
    echo eclipse ecology edge editor educate either elbow elder election elegant element elephant elevator elite else
    email emerald emission emperor emphasis employer empty ending endless endorse enemy energy enforce engage enjoy
    enlarge entrance envelope envy epidemic episode equation equip eraser erode escape estate estimate evaluate evening
    evidence evil evoke exact example exceed exchange exclude excuse execute exercise exhaust exotic expand expect
    explain express extend extra eyebrow facility fact failure faint fake false family famous fancy fangs fantasy fatal
    fatigue favorite fawn fiber fiction filter finance findings finger firefly firm fiscal fishing fitness flame flash
    flavor flea flexible flip float floral fluff focus forbid force forecast forget formal fortune forward founder
    fraction fragment frequent freshman friar fridge friendly frost froth frozen fumes funding furl fused galaxy game
    garbage garden garlic gasoline gather general genius genre genuine geology gesture glad glance glasses glen glimpse
    goat golden graduate grant grasp gravity gray greatest grief grill grin grocery gross group grownup grumpy guard
    guest guilt guitar gums hairy hamster hand hanger harvest have havoc hawk hazard headset health hearing heat helpful
    herald herd hesitate hobo holiday holy home hormone hospital hour huge human humidity hunting husband hush husky
    hybrid idea identify idle image impact imply improve impulse include income increase index indicate industry infant
    inform inherit injury inmate insect inside install intend intimate invasion involve iris island isolate item ivory
    jacket jerky jewelry join judicial juice jump junction junior junk jury justice kernel keyboard kidney kind kitchen
    knife knit laden ladle ladybug lair lamp language large laser laundry lawsuit leader leaf learn leaves lecture legal
    legend legs lend length level liberty library license lift likely lilac lily lips liquid listen literary living
    lizard loan lobe location losing loud loyalty luck lunar lunch lungs luxury lying lyrics machine magazine maiden
    mailman main makeup making mama manager mandate mansion manual marathon march market marvel mason material math
    maximum mayor meaning medal medical member memory mental merchant merit method metric midst mild military mineral
    minister miracle mixed mixture mobile modern modify moisture moment morning mortgage mother mountain mouse move much
    mule multiple muscle museum music mustang nail national necklace negative nervous network news nuclear numb numerous
    nylon oasis obesity object observe obtain ocean often olympic omit oral orange orbit order ordinary organize ounce
    oven overall owner paces pacific package paid painting pajamas pancake pants papa paper parcel parking party patent
    patrol payment payroll peaceful peanut peasant pecan penalty pencil percent perfect permit petition phantom pharmacy
    photo phrase physics pickup picture piece pile pink pipeline pistol pitch plains plan plastic platform playoff
    pleasure plot plunge practice prayer preach predator pregnant premium prepare presence prevent priest primary
    priority prisoner privacy prize problem process profile program promise prospect provide prune public pulse pumps
    punish puny pupal purchase purple python quantity quarter quick quiet race racism radar railroad rainbow raisin
    random ranked rapids raspy reaction realize rebound rebuild recall receiver recover regret regular reject relate
    remember remind remove render repair repeat replace require rescue research resident response result retailer
    retreat reunion revenue review reward rhyme rhythm rich rival river robin rocky romantic romp roster round royal
    ruin ruler rumor sack safari salary salon salt satisfy satoshi saver says scandal scared scatter scene scholar
    science scout scramble screw script scroll seafood season secret security segment senior shadow shaft shame shaped
    sharp shelter sheriff short should shrimp sidewalk silent silver similar simple single sister skin skunk slap
    slavery sled slice slim slow slush smart smear smell smirk smith smoking smug snake snapshot sniff society software
    soldier solution soul source space spark speak species spelling spend spew spider spill spine spirit spit spray
    sprinkle square squeeze stadium staff standard starting station stay steady step stick stilt story strategy strike
    style subject submit sugar suitable sunlight superior surface surprise survive sweater swimming swing switch
    symbolic sympathy syndrome system tackle tactics tadpole talent task taste taught taxi teacher teammate teaspoon
    temple tenant tendency tension terminal testify texture thank that theater theory therapy thorn threaten thumb
    thunder ticket tidy timber timely ting tofu together tolerate total toxic tracks traffic training transfer trash
    traveler treat trend trial tricycle trip triumph trouble true trust twice twin type typical ugly ultimate umbrella
    uncover undergo unfair unfold unhappy union universe unkind unknown unusual unwrap upgrade upstairs username usher
    usual valid valuable vampire vanish various vegan velvet venture verdict verify very veteran vexed victim video view
    vintage violence viral visitor visual vitamins vocal voice volume voter voting walnut warmth warn watch wavy wealthy
    weapon webcam welcome welfare western width wildlife window wine wireless wisdom withdraw wits wolf woman work
    worthy wrap wrist writing wrote year yelp yield yoga zero
    """.split()  # noqa: SIM905 - one block of text is what a person can compare with the standard
)
"""All words; a word's index is the ten bits that it stands for."""

MAX_WORDS = 1023
"""The longest share that is read. RS1024 is a Reed-Solomon code over 1,024 symbols: in longer texts two places look the
same to it, and it no longer finds every error in three words, as SLIP-39 promises."""
MAX_TEXT_CHARS = 32 * MAX_WORDS
"""The longest text that is read: for each word 8 letters, a number of 4 digits, punctuation, and 18 spaces."""

NEAREST = " The nearest words of the list are "
"""Begins the part of a hint that names words, one of which may be secret: see `wordless`."""

_BY_WORD = {word: index for index, word in enumerate(WORDS)}
_PREFIX_LETTERS = 4
_BY_PREFIX = {word[:_PREFIX_LETTERS]: index for index, word in enumerate(WORDS)}

_SEPARATORS = re.compile(r"[\s,;]+")
_TOKEN = re.compile(r"(?:([0-9]{1,4})[.):]?)?([^\W\d_]*)[.:]?")
"""A number, a word, or a number and a word: "12", "12.", "academic", "12)academic", "academic."."""


def index_of(word: str) -> int | None:
    """The index of a word of the list, or None. Any case; its first four letters are enough, more must be right."""
    typed = word.lower()
    index = _BY_PREFIX.get(typed[:_PREFIX_LETTERS])
    return index if index is not None and WORDS[index].startswith(typed) else None


def completions(prefix: str) -> tuple[str, ...]:
    """The words of the list that begin with these letters, in any case, in alphabetical order."""
    typed = prefix.lower()
    return tuple(word for word in WORDS if word.startswith(typed))


def nearest(word: str, n: int = 3) -> tuple[str, ...]:
    """The n words of the list nearest to what was typed: fewest letters wrong, missing, too many or swapped.

    Compared with the words' beginnings, too, since people type no more than four letters. Of a long text only the first
    letters count, so that the work is bounded.
    """
    typed = word.lower()[: 2 * max(map(len, WORDS))]

    def distance(candidate: str) -> int:
        edits = _edits(typed, candidate)
        return min(edits[max(len(typed), _PREFIX_LETTERS) :] or edits[-1:])

    return tuple(sorted(WORDS, key=lambda candidate: (distance(candidate), candidate))[:n])


def parse_words(text: str) -> tuple[int, ...]:
    """The indices of the words in a text as people type it: the mirror of `" ".join(words)`.

    Any case; any white space, commas and full stops between the words; four letters or more of each word; before a
    word its number, as in "12. academic". The numbers must count up from 1: a word left out is then found here. Time
    is linear in the length of the text.

    Raises WordError for a word that is not in the list. What was typed is not repeated, for it may be nearly right and
    secret; the nearest words of the list are in the hint, though they may be the secret ones, because whoever typed
    the word has the sheet before him and needs them. No other error of this package says as much.
    Raises ShareError if there is no word, if there are more than MAX_WORDS, if the text is longer than MAX_TEXT_CHARS,
    or if the numbers do not count the words.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise ShareError(
            f"a text of {len(text)} characters is too long for the words of a share",
            f"A share has at most {MAX_WORDS} words; give one share at a time.",
        )
    words = text.split()
    exact = _BY_WORD.keys() >= set(words)  # as printed or scanned, which is quicker
    indices = tuple([_BY_WORD[word] for word in words]) if exact else _as_typed(text)
    if not indices:
        raise ShareError("there are no words in this text", "Type the words of a share, as they stand on the sheet.")
    if len(indices) > MAX_WORDS:
        raise ShareError(f"more than {MAX_WORDS} words are no share", "Give one share at a time.")
    return indices


def wordless(hint: str) -> str:
    """A hint without the words nearest to one that is not in the list: one of them may be a word of the sheet."""
    return hint.partition(NEAREST)[0]


def _as_typed(text: str) -> tuple[int, ...]:
    indices: list[int] = []
    numbered = False
    for token in _SEPARATORS.split(text):
        if not token:
            continue
        position = len(indices) + 1
        index = index_of(token)
        if index is None:
            match = _TOKEN.fullmatch(token)
            number, word = match.groups() if match else (None, token)
            if number is not None:
                if numbered or int(number) != position:
                    raise _misnumbered(int(number), position)
                numbered = True
            if not word and number is not None:
                continue
            index = index_of(word)
            if index is None:
                raise _unknown(word, position)
        indices.append(index)
        numbered = False
    if numbered:
        raise ShareError(f"the last number, {len(indices) + 1}, has no word after it", "Type the word that is missing.")
    return tuple(indices)


def _misnumbered(number: int, position: int) -> ShareError:
    return ShareError(
        f"the number {number} stands where word {position} should",
        "Type the words in the order of their numbers, and each of them once; or leave the numbers out.",
    )


def _unknown(word: str, position: int) -> WordError:
    hint = "Compare it with the sheet, letter by letter."
    if word:
        *some, last = nearest(word)
        hint += f"{NEAREST}{', '.join(some)} and {last}."
    return WordError(f"word {position} is not in the word list", hint, position=position)


def _edits(a: str, b: str) -> list[int]:
    """How many letters to change, add, leave out or swap with a neighbour to make a into b[:0], b[:1], b[:2] … b."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a):
        row = [i + 1]
        for j, y in enumerate(b):
            cost = min(above[j] + (x != y), above[j + 1] + 1, row[j] + 1)
            if i and j and x == b[j - 1] and a[i - 1] == y:
                cost = min(cost, before[j - 1] + 1)
            row.append(cost)
        before, above = above, row
    return above
