from __future__ import annotations

import inspect

import pytest

from rootescrow import errors
from rootescrow.errors import EscrowError, WordError

EXCEPTIONS = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, BaseException)]
CLASSES = [value for value in EXCEPTIONS if issubclass(value, EscrowError)]
STATUS = {
    "EscrowError": 1,
    "UsageError": 2,
    "MalformedError": 3,
    "QuorumError": 4,
    "IntegrityError": 5,
    "PaperError": 6,
    "FileError": 7,
    "RuleError": 8,
}
"""The exit statuses that the manual promises, by the class that first has each."""


def make(kind: type[EscrowError], message: str, hint: str = "") -> EscrowError:
    return WordError(message, hint, position=12) if kind is WordError else kind(message, hint)


def test_every_class_is_below_the_root() -> None:
    assert EXCEPTIONS == CLASSES


def test_every_status_is_the_promised_one() -> None:
    own = {kind.__name__: kind.exit_status for kind in CLASSES if "exit_status" in vars(kind)}
    assert own == STATUS


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_says_what_happened_and_what_next(kind: type[EscrowError]) -> None:
    error = make(kind, "the file is empty", "Name another file.")
    assert (error.message, error.hint, str(error)) == ("the file is empty", "Name another file.", "the file is empty")
    assert make(kind, "the file is empty").hint == ""


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_a_docstring_of_its_own(kind: type[EscrowError]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != kind.__base__.__doc__


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("PolicyError", 2),
        ("WordError", 3),
        ("ShareError", 3),
        ("ChecksumError", 3),
        ("CodeError", 3),
        ("EnvelopeError", 3),
        ("KeyFormatError", 3),
        ("PassphraseError", 3),
        ("PlanError", 3),
        ("RecordError", 3),
        ("DigestError", 5),
        ("TagError", 5),
        ("WrongPassphraseError", 5),
        ("CertificateMismatchError", 5),
        ("JournalError", 5),
    ],
)
def test_status_of_the_classes_below(name: str, status: int) -> None:
    assert getattr(errors, name).exit_status == status


def test_no_class_is_left_out_of_these_tests() -> None:
    assert len(CLASSES) == len(STATUS) + 15


def test_a_word_error_tells_the_position() -> None:
    error = WordError("word 12 is not in the list", position=12)
    assert error.position == 12
