"""Damages sheets, reads them, and prints what came back; the exit status is 1 if the goals are not met.

The goals: where one of the two codes or 28 of the 33 words is whole, the share comes back; a code that is whole is
read; and in no cell do fewer sheets of ours come back than of a peer's.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

from benchmarks.damage import pages
from benchmarks.damage.bench import Draw, damaged, draw, prepare
from benchmarks.damage.damages import CELLS
from benchmarks.measure import BenchmarkError

EXPLANATION = """\
Of each damage the share of draws, in per cent. Ours: the share page, read as `rootescrow recover` reads
a scan; then the words that nothing covers, `?` for the others, and the register's hash. triss: two
pages, a fragment and its MAC, of the twelve of a share; read as ours or by zbarimg. slip39: the largest
card of which two fit a page, cut out; its codes are addresses, so that no scan gives the share, and all
its words are needed. All are of 3-of-5 and the same 32 bytes."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.damage", description=__doc__)
    parser.add_argument("--draws", type=_count_of_draws, default=20, help="draws a cell (20)")
    parser.add_argument("--cells", default="*", metavar="GLOB", help="only the cells of such names")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other damages (1)")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--show", nargs=3, metavar=("CELL", "DRAW", "OUT.png"), help="write the picture of one draw")
    options = parser.parse_args()
    if options.show:
        cell, number, out = options.show
        if cell not in CELLS or not number.isdecimal():
            parser.error(f"no such draw; the cells are {', '.join(CELLS)}")
        damaged(cell, int(number), options.seed, pages.ours().image).seen().save(Path(out), "PNG")
        return 0
    cells = [cell for cell in CELLS if fnmatchcase(cell, options.cells)]
    if not cells:
        parser.error(f"no cell is called {options.cells}; there are {', '.join(CELLS)}")
    try:
        draws = _draws(cells, options.draws, options.seed, peers=not options.alone)
    except BenchmarkError as error:
        sys.exit(f"NOT MEASURED: {error}")
    alone = " --alone" if options.alone else ""
    command = (
        f"python -m benchmarks.damage --draws {options.draws} --seed {options.seed} --cells '{options.cells}'{alone}"
    )
    print(f"`{command}`; Python {platform.python_version()}\n\n{EXPLANATION}\n")
    print(table(draws))
    print()
    print(*verdicts(draws), sep="\n")
    return 0 if met(draws) else 1


def _count_of_draws(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("at least one draw")
    return int(text)


def _draws(cells: Sequence[str], count: int, seed: int, *, peers: bool) -> list[Draw]:
    done: list[Draw] = []
    prepare(peers=peers)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        coming = [pool.submit(draw, cell, number, seed, peers=peers) for cell in cells for number in range(count)]
        try:
            for place, future in enumerate(coming, 1):
                done.append(future.result())
                if place % count == 0:
                    print(f"{done[-1].cell}: done, {place} of {len(coming)}", file=sys.stderr, flush=True)
        except BenchmarkError:
            pool.shutdown(cancel_futures=True)
            raise
    return done


_COLUMNS: tuple[tuple[str, Callable[[Draw], bool | None]], ...] = (
    ("a code is whole", lambda d: d.ours.code_whole),
    ("read by scan", lambda d: d.ours.read),
    ("a code or 28 words whole", lambda d: d.ours.enough),
    ("back by scan and words", lambda d: d.ours.back),
    ("triss: read by scan", lambda d: d.triss),
    ("slip39: by all its words", lambda d: d.slip39),
)


def table(draws: Sequence[Draw]) -> str:
    """A row a cell, and one for all: the share of draws, in per cent."""
    head = ["damage", *(name for name, _ in _COLUMNS)]
    rows = [[cell, *_shares([d for d in draws if d.cell == cell])] for cell in dict.fromkeys(d.cell for d in draws)]
    rows.append(["**all**", *_shares(draws)])
    lines = [head, ["---", *["--:"] * len(_COLUMNS)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def verdicts(draws: Sequence[Draw]) -> list[str]:
    """Ratios, cells in which a peer is ahead, and every draw of which something was whole and did not come back."""
    said = []
    read, back = _count(draws, lambda d: d.ours.read), _count(draws, lambda d: d.ours.back)
    for what, count, of in (
        (
            "read by scan where a code is whole",
            _count(draws, lambda d: d.ours.code_whole and d.ours.read),
            "code_whole",
        ),
        ("back where a code or 28 words are whole", _count(draws, lambda d: d.ours.enough and d.ours.back), "enough"),
    ):
        said.append(f"- {what}: {count} of {sum(getattr(d.ours, of) for d in draws)}")
    if any(d.triss is not None for d in draws):
        triss, slip39 = _count(draws, lambda d: d.triss), _count(draws, lambda d: d.slip39)
        said.append(f"- by scan alone: ours {read}, triss {triss} ({_ratio(read, triss)}), slip39 0")
        said.append(
            f"- by scan and words: ours {back}, triss {triss} ({_ratio(back, triss)}), "
            f"slip39 {slip39} ({_ratio(back, slip39)})"
        )
    said += [f"- BEHIND: {behind}" for behind in behind_a_peer(draws)]
    for d in draws:
        if d.ours.missed or (d.ours.enough and not d.ours.back):
            back_by = "back by its words" if d.ours.back else f"LOST, with {d.ours.words} words whole"
            codes = "; ".join(f"code {at}: {code}" for at, code in enumerate(d.ours.codes, 1) if code.whole)
            said.append(f"- missed: {d.cell}, draw {d.number}: {codes}; {back_by}")
    return said


def behind_a_peer(draws: Sequence[Draw]) -> list[str]:
    """Cells in which more sheets of a peer come back than of ours, by scan or altogether."""
    said = []
    for cell in dict.fromkeys(d.cell for d in draws):
        here = [d for d in draws if d.cell == cell]
        pairs = (
            ("triss by scan", _count(here, lambda d: d.triss), _count(here, lambda d: d.ours.read)),
            ("triss", _count(here, lambda d: d.triss), _count(here, lambda d: d.ours.back)),
            ("slip39", _count(here, lambda d: d.slip39), _count(here, lambda d: d.ours.back)),
        )
        said += [f"{cell}: {peer} {theirs}, ours {mine}" for peer, theirs, mine in pairs if theirs > mine]
    return said


def met(draws: Sequence[Draw]) -> bool:
    """Whether the goals are met."""
    return not behind_a_peer(draws) and all(not d.ours.missed and (d.ours.back or not d.ours.enough) for d in draws)


def _shares(draws: Sequence[Draw]) -> list[str]:
    return [
        "" if any(value(d) is None for d in draws) else f"{100 * _count(draws, value) / len(draws):.0f}"
        for _, value in _COLUMNS
    ]


def _count(draws: Sequence[Draw], value: Callable[[Draw], bool | None]) -> int:
    return sum(bool(value(d)) for d in draws)


def _ratio(ours: int, theirs: int) -> str:
    return f"{ours / theirs:.2f} times" if theirs else "none"


if __name__ == "__main__":
    sys.exit(main())
