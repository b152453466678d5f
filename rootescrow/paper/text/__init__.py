"""Every sentence on paper, from files beside this one: `en.toml` for the sheets, `en-record.toml` for the record …

Words, codes and commands are not here: they stay as the standards have them, in every language.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources

from rootescrow.errors import PaperError

LANGUAGES = ("en", "de", "fr", "es")
"""The languages there are."""


class Part(StrEnum):
    """What the sentences of one file are for."""

    SHEETS = ""
    REPORT = "-report"
    RECORD = "-record"
    SCRIPT = "-script"
    TURNOVER = "-turnover"
    DESTRUCTION = "-destruction"
    DRILL = "-drill"
    RECOVERY = "-recovery"
    KIT = "-kit"
    CALL_LIST = "-call-list"
    AUDIT = "-audit"
    RULES = "-rules"
    BOOKLET = "-booklet"
    COMMON = "-common"
    SAID = "-said"


class Catalogue:
    """The sentences of one language: `say("cover.keep", group="Board")`."""

    def __init__(self, sentences: Mapping[str, str], language: str = LANGUAGES[0]) -> None:
        self._sentences = dict(sentences)
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence called `key`, its `{names}` replaced by values, which are taken as they are.

        Raises KeyError for a key that is not there or a name without a value: a fault of the catalogue or of its user,
        never of the input.
        """
        return self._sentences[key].format_map(values)

    def marked(self, key: str, /, **values: object) -> tuple[tuple[str, bool], ...]:
        """The sentence in pieces, each with whether it stands between `backquotes`: a name or command to be typed.

        Backquotes in values are taken as they are. Raises KeyError as calling does.
        """
        pieces = self._sentences[key].split("`")
        return tuple((piece.format_map(values), place % 2 == 1) for place, piece in enumerate(pieces) if piece)

    def over(self, prefix: str) -> Catalogue:
        """The same, where a sentence called `prefix` and the key, if there is one, takes the place of the key's own."""
        start = f"{prefix}."
        others = {key.removeprefix(start): text for key, text in self._sentences.items() if key.startswith(start)}
        return Catalogue({**self._sentences, **others}, self.language)

    @property
    def common(self) -> Catalogue:
        """What papers of every kind say alike, in the same language."""
        return catalogue(self.language, Part.COMMON)

    @property
    def said(self) -> Catalogue:
        """What the program says in English on the terminal too, in the same language."""
        return catalogue(self.language, Part.SAID)

    def names(self) -> Mapping[str, frozenset[str]]:
        """Each key with the `{names}` in its sentence."""
        return {key: frozenset(_names(sentence)) for key, sentence in self._sentences.items()}


@cache
def catalogue(language: str, part: Part = Part.SHEETS) -> Catalogue:
    """The catalogue of a language, for a kind of document. Raises PaperError if there is none."""
    check_language(language)
    text = resources.files(__package__).joinpath(f"{language}{part}.toml").read_text(encoding="utf-8")
    return Catalogue(dict(_flat(tomllib.loads(text), "")), language)


def check_language(language: str) -> None:
    """Raise PaperError unless there are papers in this language."""
    if language not in LANGUAGES:
        raise PaperError(f"there are no sheets in the language {language!r}", f"Languages: {', '.join(LANGUAGES)}.")


def _flat(table: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            yield prefix + name, value
        else:
            raise TypeError(f"{prefix}{name} is no sentence")


def _names(sentence: str) -> Iterator[str]:
    return (name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)
