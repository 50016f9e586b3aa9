#!/bin/sh
# Every run with other people's programs that concerns the gateway, one after the other: tests/all.sh [BINARY] [NAME …]
# Each run's output is kept under $RUNS (default /tmp/unspool-runs); its last lines and how it ended are printed. Use a release build:
# a coding agent's bodies are held to the deadline of a screening, which is wall time.
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=${1:-$here/../target/release/unspool}
[ $# -gt 0 ] && shift
names=${*:-sdk agent real differential_http http2 gateways fire}
runs=${RUNS:-/tmp/unspool-runs}
mkdir -p "$runs"
status=0
for name in $names; do
    case $name in
    sdk) set -- "$here/sdk/run.sh" "$binary" ;;
    agent) set -- python3 "$here/sdk/agent.py" "$binary" ;;
    real) set -- "$here/real/run.sh" "$binary" ;;
    differential_http) set -- python3 "$here/differential_http/run.py" "$binary" --variants 4000 ;;
    http2) set -- python3 "$here/http2/abuse.py" "$binary" ;;
    gateways) set -- python3 "$here/gateways/run.py" "$binary" ;;
    fire) set -- python3 "$here/fire/run.py" "$binary" streams cancel drain second reload once slow idle bad secrets overload ;;
    *)
        echo "no run is called $name" >&2
        exit 2
        ;;
    esac
    start=$(date +%s)
    "$@" >"$runs/$name.log" 2>&1
    ended=$?
    [ $ended = 0 ] || status=1
    # Lines that say what was found, without what programs warn of.
    grep -E "^(ok|FAIL|==|[a-z-]+ +[0-9]+ requests)|checks|bodies,|floods|injections|routes" "$runs/$name.log" | cut -c1-300
    echo "== $name: exit $ended after $(($(date +%s) - start)) s, all of it in $runs/$name.log"
done
exit $status
