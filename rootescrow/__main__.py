"""`python -m rootescrow`."""

from rootescrow.cli import main

main()
