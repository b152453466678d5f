"""What is found, as the key of a sentence with its values: the terminal says it in English, a paper in its language.

The sentences are in the catalogues of `paper.text`, most of them in those called `rules`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Self, TypeAlias, Union

from rootescrow.paper.text import LANGUAGES, Catalogue, Part, catalogue
from rootescrow.paper.wording import decimal, listed

Value: TypeAlias = Union[str, int, float, datetime.date, "Phrase", tuple[Union[str, "Phrase"], ...]]
"""What a sentence may name. A tuple is a list of names, said as one: "Ada, Bo and Cy"."""


@dataclass(frozen=True)
class Phrase:
    """A sentence, or a part of one: its key in the catalogues, and the values of its {names}. `str()` is English."""

    key: str
    values: tuple[tuple[str, Value], ...] = ()
    part: Part = Part.RULES

    @classmethod
    def of(cls, key: str, /, **values: Value) -> Self:
        """The sentence called `key`, with a value for each of its names."""
        return cls(key, tuple(values.items()))

    def said(self, say: Catalogue) -> str:
        """In the language of a catalogue, whatever that is for. Raises KeyError as a catalogue does."""
        sentences = catalogue(say.language, self.part)
        return sentences(self.key, **{name: _said(value, say) for name, value in self.values})

    def __str__(self) -> str:
        return self.said(catalogue(LANGUAGES[0]))


def lacking(name: str) -> str | Phrase:
    """What a medium lacks, for which the journal has the English words; what it calls otherwise stays as it is."""
    english = catalogue(LANGUAGES[0], Part.COMMON)
    keys = {english(key): key for key in english.names() if key.startswith("lacking.")}
    return Phrase(keys[name], part=Part.COMMON) if name in keys else name


def _said(value: Value, say: Catalogue) -> str:
    match value:
        case Phrase():
            return value.said(say)
        case tuple():
            return listed([_said(name, say) for name in value], say)
        case float():
            return decimal(value, say)
        case datetime.date():
            return value.isoformat()
        case _:
            return str(value)
