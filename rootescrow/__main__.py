"""`python -m rootescrow`."""

import sys

if not sys.flags.safe_path:
    # Python looks in the current folder first: a file `png.py` that lies there would be run in place of a library's.
    del sys.path[0]

from rootescrow.cli import main

main()
