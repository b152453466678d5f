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
case $to in /*) ;; *) to=./$to ;; esac
if [ -e "$to" ] || [ -L "$to" ]; then stop "$to is there already. Name another folder: sh install.sh FOLDER"; fi
if [ -f "$here/SHA256SUMS" ]; then
    # What is not in the list was put there later, and pip would take it if its version is a newer one.
    for wheel in "$here"/wheels/* "$here"/wheels/.[!.]*; do
        [ -e "$wheel" ] || continue
        cut -c67- "$here/SHA256SUMS" | grep -qxF "wheels/${wheel##*/}" ||
            stop "wheels/${wheel##*/} was not written with the others. Take another medium."
    done
fi
if [ -f "$here/SHA256SUMS" ] && command -v sha256sum >/dev/null; then
    sums=$(cd "$here" && sha256sum -c SHA256SUMS 2>&1) || {
        echo "$sums" | grep -v ': OK$' >&2 || :
        stop "a file is not what was written. Take another medium."
    }
else
    echo "NOT COMPARED with SHA256SUMS: that file, or the program sha256sum, is not there." >&2
fi
for pip in "$here"/wheels/pip-*.whl; do :; done
[ -f "$pip" ] || stop "there is no wheel of pip in $here/wheels."

mkdir -m 700 "$to" || stop "the folder $to cannot be made. Name one that can: sh install.sh FOLDER"
made=$to
trap 'rm -rf "$made"' EXIT
trap 'exit 1' HUP INT TERM
to=$(cd "$to" && pwd)
case $to in *:*) stop "there is a colon in $to, which Python takes for the end of a path. Name another folder." ;; esac
for python in python3 python3.11 python3.12 python3.13 python3.14 python3.15 python3.16; do
    # -I: nothing of the folder in which somebody stands is run.
    python=$("$python" -I -c 'import sys; print(sys.executable); sys.exit(sys.version_info < (3, 11))' 2>/dev/null) ||
        continue
    [ -x "$python" ] || continue
    echo "Trying $("$python" -I -c 'import platform; print(platform.python_implementation(), platform.python_version())')"
    if PIP_CONFIG_FILE=/dev/null "$python" -I "$pip/pip" --isolated --quiet --no-input --no-cache-dir \
        --disable-pip-version-check install --no-index --find-links "$here/wheels" --only-binary :all: \
        --no-compile --target "$to/lib" rootescrow 'shamir-mnemonic[cli]' 2>"$to/problem"; then
        quoted=$(printf %s "$python" | sed "s/'/'\\\\''/g")
        # -P: no module of the folder in which somebody stands takes the place of one of these.
        for name in rootescrow shamir; do
            {
                echo '#!/bin/sh'
                echo 'here=$(cd "$(dirname "$0")" && pwd)'
                echo "PYTHONPATH=\"\$here/lib\" exec '$quoted' -s -P \"\$here/lib/bin/$name\" \"\$@\""
            } >"$to/$name"
            chmod 700 "$to/$name"
        done
        rm "$to/problem"
        "$to/rootescrow" --version && "$to/rootescrow" recover --help >/dev/null && "$to/shamir" --help >/dev/null ||
            stop "what was installed does not run."
        trap - EXIT
        echo "Installed. Use it so:  $to/rootescrow recover ...   or   $to/shamir recover"
        exit 0
    fi
    cat "$to/problem" >&2
    rm -rf "$to/lib"
done
stop "the wheels fit no Python here (3.11 or newer is wanted). recover.py needs any Python from 3.6 on and no wheels."
