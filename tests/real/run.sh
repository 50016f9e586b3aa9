#!/bin/sh
# Real upstreams behind the proxy: tests/real/run.sh [BINARY]. Installs them under $REAL (default /tmp/unspool-real) at first.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
binary=${1:-$here/../../target/debug/unspool}
export REAL="${REAL:-/tmp/unspool-real}"
mkdir -p "$REAL"
if ! cmp -s "$here/requirements.txt" "$REAL/installed"; then
    rm -rf "$REAL/venv"
    python3 -m venv "$REAL/venv"
    "$REAL/venv/bin/pip" install -q --only-binary :all: -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$REAL/installed"
fi
# llama-cpp-python's server: PyPI has it built for some Pythons only (elsewhere it is compiled for half an hour).
if ! cmp -s "$here/requirements-llama-cpp-python.txt" "$REAL/installed-older"; then
    rm -rf "$REAL/older"
    python3 -m venv "$REAL/older"
    "$REAL/older/bin/pip" install -q --only-binary :all: -r "$here/requirements-llama-cpp-python.txt" || rm -rf "$REAL/older"
    cp "$here/requirements-llama-cpp-python.txt" "$REAL/installed-older"
fi
[ -d "$REAL/node_modules/express" ] || (cd "$REAL" && npm install --silent --no-save express@5)
exec "$REAL/venv/bin/python" "$here/run.py" "$binary"
