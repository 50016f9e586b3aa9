#!/usr/bin/env bash
# Counts the instructions that screening a body takes (valgrind's callgrind), one line a body: NAME COUNT.
#
#   benches/instructions.sh                    # prints them
#   benches/instructions.sh --save FILE        # and keeps them
#   benches/instructions.sh --against FILE     # fails when a body takes 5 % more than in FILE
#
# Counts hardly depend on what else the machine does, so that two commits can be compared anywhere with one toolchain.
# PROFILE names the cargo profile (bench); BODIES the names (all that `cost --names` prints).
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-bench} save="" against=""
while [ $# -gt 0 ]; do
  case $1 in
    --save) save=$2; shift 2 ;;
    --against) against=$2; shift 2 ;;
    *) sed -n '2,9p' "$0"; exit 2 ;;
  esac
done
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind >/dev/null; }

binary=$(cargo bench --bench cost --no-run --profile "$profile" --message-format json |
  python3 -c 'import json, sys
found = [row["executable"] for row in map(json.loads, sys.stdin) if row.get("executable")]
print(found[-1])')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for name in ${BODIES:-$("$binary" --names)}; do
  valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --collect-atstart=no \
    --toggle-collect='cost::measured*' "$binary" --once "$name" >/dev/null 2>"$scratch/log" || { cat "$scratch/log"; exit 1; }
  count=$(awk '/^summary:|^totals:/ { print $2; exit }' "$scratch/out")
  echo "$name $count"
done | tee "$scratch/counts"
if [ -n "$save" ]; then cp "$scratch/counts" "$save"; fi
if [ -n "$against" ]; then
  python3 - "$against" "$scratch/counts" <<'PY'
import sys
before, now = (dict(line.split() for line in open(path)) for path in sys.argv[1:])
worse = [(n, int(now[n]) / int(c)) for n, c in before.items() if n in now and int(now[n]) > 1.05 * int(c)]
for name, ratio in worse:
    print(f"{name}: {ratio:.2f} times the instructions")
sys.exit(bool(worse))
PY
fi
