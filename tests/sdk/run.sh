#!/bin/sh
# Real clients against a stand-in API, straight and through the proxy: tests/sdk/run.sh [BINARY]
# Installs them under $SDK (default /tmp/unspool-sdk) on its first run, from PyPI and npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
unspool=${1:-$here/../../target/debug/unspool}
sdk=${SDK:-/tmp/unspool-sdk}
mkdir -p "$sdk/node"
if [ ! -x "$sdk/venv/bin/python" ]; then
    python3 -m venv "$sdk/venv"
    "$sdk/venv/bin/pip" install -q -r "$here/requirements.txt"
fi
if [ ! -d "$sdk/node/node_modules" ]; then
    cp "$here/package.json" "$sdk/node/"
    (cd "$sdk/node" && npm install --silent)
fi
cp "$here/clients.mjs" "$sdk/node/"

# Starts a proxy and waits for its first log line, which names its addresses.
pids=
trap 'for pid in $pids; do kill "$pid" 2>/dev/null || true; done' EXIT
start() {
    name=$1
    shift
    : >"$sdk/$name.log"
    "$unspool" serve --listen 127.0.0.1:0 "$@" 2>"$sdk/$name.log" &
    pids="$pids $!"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ -s "$sdk/$name.log" ] && break
        sleep 0.5
    done
    listen=$(sed -n '1s/.*"listen":"\([^"]*\)".*/\1/p' "$sdk/$name.log")
    admin=$(sed -n '1s/.*"admin":"\([^"]*\)".*/\1/p' "$sdk/$name.log")
}

# The API judges nothing: what it answers to a blocked request would hide what the proxy does.
start api --upstream echo: --mode monitor --admin 127.0.0.1:0
api=http://$listen
behind=http://$admin
status=0
echo "== routes"
"$sdk/venv/bin/python" "$here/routes.py" "$api" || status=1
for style in error refusal; do
    printf '[policy]\nrespond = "%s"\n' "$style" >"$sdk/$style.toml"
    start "$style" --upstream "$api" --admin 127.0.0.1:0 --config "$sdk/$style.toml"
    echo "== $style: python"
    "$sdk/venv/bin/python" "$here/clients.py" "$api" "http://$listen" "http://$admin" "$style" "$behind" "$unspool" || status=1
    echo "== $style: node"
    (cd "$sdk/node" && node clients.mjs "$api" "http://$listen" "http://$admin" "$style" "$behind") || status=1
done
exit $status
