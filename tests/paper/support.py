"""What the tests of paper share: sheets with fixed contents, and what pdfium sees of a page."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pypdfium2
import zxingcpp
from pypdfium2.raw import FPDF_PAGEOBJ_PATH, FPDF_PAGEOBJ_TEXT

from rootescrow.codes import EscrowId
from rootescrow.paper.contents import EnvelopeDocument, PassphraseSheet, Sheet
from rootescrow.policy import Body, Group, Holder, Policy
from rootescrow.shamir.share import Share

MM = 25.4 / 72
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
RSA_8192, RSA_4096, ED25519 = 5060, 2640, 333
"""Bytes of an envelope, about."""
QUORUM = Policy(Group("Board", 3, 5, Body.BOARD), Group("Arbitration", 2, 3, Body.ARBITRATION))
COPIES = Policy(Group("Board", 3, 5, Body.BOARD), Group("Arbitration", 1, 3, Body.ARBITRATION))
KEEPERS = Policy(Group("Passphrase", 2, 3))
LONG = "Vorsitzende des Schiedsgerichts für Zertifizierungsangelegenheiten und Schlüsselverwahrung in Österreich "
WIDE = Policy(
    Group("Board of the Association Österre", 7, 12, Body.BOARD),
    Group("Arbitration Чрезвычайная комисси", 3, 12, Body.ARBITRATION),
    Group("Systems administration Åland Wes", 4, 12, Body.SYSTEMS),
    Group("Δικαστήριο Διαιτησίας Ελλάδος Αθ", 3, 12),
)


def noise(length: int, seed: str) -> bytes:
    """Bytes that look random and are the same each time."""
    return hashlib.shake_256(seed.encode()).digest(length)


ID = EscrowId(noise(5, "id"))


def share_of(policy: Policy, group_index: int, number: int, length: int = 32) -> Share:
    """A share as it would stand on that sheet; its value is noise."""
    group = policy.groups[group_index]
    return Share(
        identifier=ID.slip39_identifier,
        extendable=True,
        iteration_exponent=0,
        group_index=group_index,
        group_threshold=policy.group_threshold,
        group_count=len(policy.groups),
        member_index=0 if group.threshold == 1 else number - 1,
        member_threshold=group.threshold,
        value=noise(length, f"share {group_index} {0 if group.threshold == 1 else number}"),
    )


def sheet(
    policy: Policy = QUORUM, group_index: int = 0, number: int = 2, length: int = RSA_4096, **changes: object
) -> Sheet:
    """A sheet with an envelope of so many bytes (0: none), some fields changed."""
    fields: dict[str, object] = {
        "key_name": "Example Root CA",
        "organisation": "Example Community CA",
        "contact": "the secretary, +43 1 234 5678, board@ca.example",
        "escrow_id": ID,
        "created": date(2026, 3, 1),
        "record_check": "ABCD-EFGH-IJKL-MNOP",
        "policy": policy,
        "group_index": group_index,
        "number": number,
        "holder": Holder("Chair of the Board", "Ada Example", "Safe 12, Example Bank, Graz", "A 0012345"),
        "motion": "m20260214.3",
        "fingerprint": noise(32, "spki"),
        "envelope": noise(length, "envelope") if length else None,
    }
    if "share" not in changes:
        fields["share"] = share_of(policy, group_index, number)
    return Sheet(**{**fields, **changes})  # type: ignore[arg-type]  # the fields are named above, with their types


def passphrase_sheet(policy: Policy = KEEPERS, number: int = 2, **changes: object) -> PassphraseSheet:
    """A sheet of a passphrase, some fields changed."""
    like = sheet(policy, 0, number, 0)
    fields: dict[str, object] = {f.name: getattr(like, f.name) for f in dataclasses.fields(like)}
    fields |= {"key_escrow_id": EscrowId(noise(5, "id of the key")), **changes}
    return PassphraseSheet(**fields)  # type: ignore[arg-type]  # the fields of a sheet, with their types


def envelope_document(length: int = RSA_4096, *, rehearsal: bool = False) -> EnvelopeDocument:
    """The envelope alone."""
    return EnvelopeDocument(
        key_name="Example Root CA",
        escrow_id=ID,
        created=date(2026, 3, 1),
        record_check="ABCD-EFGH-IJKL-MNOP",
        fingerprint=noise(32, "spki"),
        envelope=noise(length, "envelope"),
        rehearsal=rehearsal,
    )


def all_kinds() -> dict[str, Sheet]:
    """Sheets that differ as much as sheets can."""
    one = Policy(Group("Board", 1, 1))
    alone = Policy(Group("Board", 1, 4))
    only = Policy(Group("Board", 3, 5, Body.BOARD), Group("Arbitration", 1, 1, Body.ARBITRATION))
    return {
        "usual": sheet(),
        "bare": sheet(
            length=0, holder=Holder(), contact="", organisation="", motion="", fingerprint=None, generation=2
        ),
        "copies": sheet(COPIES, 1, 3, ED25519, fingerprint_stated=True),
        "rehearsal": sheet(number=5, length=RSA_8192, rehearsal=True),
        "one": sheet(one, 0, 1, 0, share=share_of(one, 0, 1, 16)),
        "only": sheet(only, 1, 1, 64),
        "alone": sheet(alone, 0, 4, 65),
        "long": sheet(
            WIDE,
            0,
            12,
            12 * 1024,
            key_name=LONG[:100],
            organisation=LONG[:60],
            contact=LONG[:100],
            holder=Holder(LONG[:70], LONG[:60], LONG[:100], LONG[:20]),
            motion=LONG[:105],
            rehearsal=True,
        ),
        "passphrase": passphrase_sheet(),
        "passphrase rehearsal": passphrase_sheet(number=3, rehearsal=True),
        "passphrase bare": passphrase_sheet(
            holder=Holder(), contact="", organisation="", motion="", fingerprint=None, key_escrow_id=None
        ),
        "passphrase long": passphrase_sheet(
            Policy(*WIDE.groups[:2]),
            12,
            key_name=LONG[:100],
            organisation=LONG[:60],
            contact=LONG[:100],
            holder=Holder(LONG[:70], LONG[:60], LONG[:100], LONG[:20]),
            motion=LONG[:105],
            rehearsal=True,
        ),
    }


def handwritten_kinds() -> dict[str, Sheet]:
    """Sheets whose words are written by hand, as different as they can be."""
    kinds = all_kinds()
    return {
        f"handwritten {name}": dataclasses.replace(kinds[name], handwritten=True)
        for name in ("usual", "bare", "copies", "one", "long", "passphrase", "passphrase long")
    }


@dataclass(frozen=True)
class Box:
    """Something on a page: its text (empty for a shape), its edges in mm from the top left, the size of its letters."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    points: float = 0.0

    @property
    def is_code(self) -> bool:
        """A shape as large and as square as a QR code."""
        width, height = self.right - self.left, self.bottom - self.top
        return not self.text and width > 55 and abs(width - height) < 0.01

    def meets(self, other: Box, allowance: float = 0.0) -> bool:
        """Whether the two overlap by more than `allowance` mm both ways."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > allowance and down > allowance


def texts(pdf: bytes) -> list[str]:
    """The text of each page, as pdfium extracts it."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]
    document.close()
    return pages


def boxes(pdf: bytes) -> Iterator[tuple[tuple[float, float], list[Box]]]:
    """For each page its width and height in mm and what pdfium finds on it."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        width, height = (side * MM for side in page.get_size())
        textpage = page.get_textpage()
        found = []
        for item in page.get_objects(filter=(FPDF_PAGEOBJ_TEXT, FPDF_PAGEOBJ_PATH), textpage=textpage):
            left, low, right, high = (value * MM for value in item.get_bounds())
            is_text = item.type == FPDF_PAGEOBJ_TEXT
            found.append(
                Box(
                    item.extract() if is_text else "",
                    left,
                    height - high,
                    right,
                    height - low,
                    item.get_font_size() * item.get_matrix().a if is_text else 0.0,
                )
            )
        yield (width, height), found
    document.close()


def codes(pdf: bytes, dpi: float = 100) -> list[list[str]]:
    """The texts of the QR codes on each page, read by zxing-cpp from a rendering."""
    document = pypdfium2.PdfDocument(pdf)
    read = []
    for page in document:
        image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        read.append(sorted(r.text for r in zxingcpp.read_barcodes(image, formats=_QR)))
    document.close()
    return read


def assert_fits(pdf: bytes) -> None:
    """That all of a paper is inside the margins, no text over another, and no line through a text."""
    for page, ((width, height), found) in enumerate(boxes(pdf), 1):
        written = [box for box in found if box.text.strip()]
        assert written, page
        for box in found:
            # pdfium counts the width of a line on either side of it
            assert box.left > 11.4, (page, box)
            assert box.right <= width - 11.4, (page, box)
            assert box.top >= 11, (page, box)
            assert box.bottom <= height - 11, (page, box)
        for place, box in enumerate(written):
            for other in written[place + 1 :]:
                assert not box.meets(other, 0.15), (page, box, other)
        for shape in (box for box in found if not box.text):
            for box in written:
                inside = shape.left <= box.left and shape.right >= box.right and shape.bottom - shape.top > 4.5
                assert inside or not shape.meets(box, 0.25), (page, shape, box)
