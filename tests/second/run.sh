#!/bin/sh
# Second opinions against llama.cpp's own server, with models whose answer is known: tests/second/run.sh [BINARY]
# Installs the server under $GUARD (default /tmp/unspool-guard) on its first run, from PyPI.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
guard=${GUARD:-/tmp/unspool-guard}
mkdir -p "$guard"
if [ ! -x "$guard/venv/bin/python" ]; then
    python3 -m venv "$guard/venv"
    "$guard/venv/bin/pip" install -q -r "$here/requirements.txt"
fi
exec "$guard/venv/bin/python" "$here/run.py" "${1:-$here/../../target/debug/unspool}" "$guard"
