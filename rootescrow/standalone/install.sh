#!/bin/sh
# Installs rootescrow and a SLIP-39 tool from the folder wheels/ beside this file:
#   sh install.sh [FOLDER]
# FOLDER must not be there; without one it is ./rootescrow-installed. Needed is a Python for which the wheels were made.
# Not needed are a network, root, and Debian's packages python3-venv and python3-pip. Nothing is changed but FOLDER.
# What does not depend on wheels: python3 -I recover.py
set -eu
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
to=${1:-rootescrow-installed}

stop() {
    echo "NOT INSTALLED: $1" >&2
    exit 1
}

[ -d "$here/wheels" ] || stop "there is no folder wheels beside this file."
if [ -e "$to" ] || [ -L "$to" ]; then stop "$to is there already. Name another folder: sh install.sh FOLDER"; fi
if [ -f "$here/SHA256SUMS" ] && command -v sha256sum >/dev/null; then
    (cd "$here" && sha256sum --quiet -c SHA256SUMS) || stop "a file is not what was written. Take another medium."
fi
for pip in "$here"/wheels/pip-*.whl; do :; done
[ -f "$pip" ] || stop "there is no wheel of pip in $here/wheels."

mkdir -m 700 "$to"
to=$(cd "$to" && pwd)
trap 'rm -rf "$to"' EXIT
trap 'exit 1' HUP INT TERM
for python in python3 python3.11 python3.12 python3.13 python3.14 python3.15 python3.16; do
    command -v "$python" >/dev/null || continue
    python=$(command -v "$python")
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    echo "Trying $("$python" -c 'import platform; print(platform.python_implementation(), platform.python_version())')"
    if "$python" -I "$pip/pip" --isolated --quiet --no-input --no-cache-dir --disable-pip-version-check install \
        --no-index --find-links "$here/wheels" --only-binary :all: --no-compile --target "$to/lib" \
        rootescrow 'shamir-mnemonic[cli]' 2>"$to/problem"; then
        # -P: no module of the folder in which somebody stands takes the place of one of these.
        for name in rootescrow shamir; do
            {
                echo '#!/bin/sh'
                echo 'here=$(cd "$(dirname "$0")" && pwd)'
                echo "PYTHONPATH=\"\$here/lib\" exec \"$python\" -s -P \"\$here/lib/bin/$name\" \"\$@\""
            } >"$to/$name"
            chmod 700 "$to/$name"
        done
        rm "$to/problem"
        "$to/rootescrow" --version || stop "what was installed does not run."
        trap - EXIT
        echo "Installed. Use it so:  $to/rootescrow recover ...   or   $to/shamir recover"
        exit 0
    fi
    cat "$to/problem" >&2
    rm -rf "$to/lib"
done
stop "the wheels fit no Python here (3.11 or newer is wanted). recover.py needs any Python from 3.6 on and no wheels."
