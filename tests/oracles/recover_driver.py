"""Speaks for recover.py, in whatever Python runs this: a line of JSON in, a line of JSON out.

    python recover_driver.py RECOVER.PY

{"envelope": hex or null, "texts": [text, …]}, each text a file that a person gives, one after the other,
    gives {"said": text}, and with it {"key": hex of the encrypted key's DER} unless it refuses.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]


def come(main: Callable[[list[str]], int], request: Answer) -> Answer:
    folder = tempfile.mkdtemp()
    try:
        files = [bytes.fromhex(request["envelope"])] if request["envelope"] else []
        names = []
        for number, data in enumerate(files + [text.encode() for text in request["texts"]]):
            names.append(os.path.join(folder, str(number)))
            with open(names[-1], "wb") as file:
                file.write(data)
        key, said = os.path.join(folder, "key.pem"), io.StringIO()
        with contextlib.redirect_stdout(said):
            # nothing is typed but Enter, where it asks for the passphrase
            sys.stdin = io.StringIO("\n")
            status = main(["--out", key, *names])
        answer = {"said": said.getvalue()}
        if os.path.exists(key):
            assert status == 0, "it refused, and wrote a key"
            with open(key) as file:
                answer["key"] = base64.b64decode("".join(file.read().split("\n")[1:-2])).hex()
        return answer
    finally:
        shutil.rmtree(folder)


def serve() -> None:
    main, lines = runpy.run_path(sys.argv[1])["main"], sys.stdin
    for line in lines:
        sys.stdout.write(json.dumps(come(main, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
