"""Runs one command and prints its wall time in seconds, its peak memory in bytes and its exit status.

    python -I launcher.py PROGRAM [ARGUMENT…]

It is a process of its own, and imports little, because Linux counts what a process held before it ran the command
as the command's: a large one would hide a small one. Its own start is not in the time. The output of the command is
thrown away but for its last lines, should it fail.
"""

import os
import subprocess
import sys
import tempfile
import time


def main() -> None:
    with tempfile.TemporaryFile() as output:
        begin = time.perf_counter()
        process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{sys.argv[1]} ended with {process.returncode}: {output.read()[-2000:].decode(errors='replace')}")
    print(seconds, usage.ru_maxrss * 1024)


if __name__ == "__main__":
    main()
