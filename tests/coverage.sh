#!/bin/sh
# Which lines the tests run: tests/coverage.sh [TEST FILTER…]. Prints a line for each room and the whole; the full table is left in
# target/coverage/files.txt. Needs `rustup component add llvm-tools`. Only this crate is built anew: what it rests on stays as it is.
set -eu
cd "$(dirname "$0")/.."
out=$PWD/target/coverage
bin=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin
[ -x "$bin/llvm-cov" ] || { echo "no llvm-cov: rustup component add llvm-tools" >&2; exit 2; }
rm -rf "$out"
mkdir -p "$out"
cat >"$out/rustc" <<'END'
#!/bin/sh
exec "$@" -C instrument-coverage
END
chmod +x "$out/rustc"
export RUSTC_WORKSPACE_WRAPPER="$out/rustc"
# One file a binary and process pool, however many processes the tests start.
export LLVM_PROFILE_FILE="$out/%8m.profraw"
binaries=$(cargo test --no-run --message-format=json 2>/dev/null | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
# All of the tests are run, whatever fails: a machine that is slow and builds that are slower may miss a deadline.
cargo test --no-fail-fast -- "$@" >"$out/tests.txt" 2>&1 || grep -E "^test .*FAILED|could not compile" "$out/tests.txt" || true
"$bin/llvm-profdata" merge -sparse "$out"/*.profraw -o "$out/all.profdata"
objects=$(for binary in $binaries; do printf -- '--object %s ' "$binary"; done)
# shellcheck disable=SC2086
"$bin/llvm-cov" export -summary-only -instr-profile "$out/all.profdata" $objects -ignore-filename-regex '/\.cargo/|/rustc/|tests?\.rs|/tests/' >"$out/all.json"
python3 - "$out" <<'END'
import collections, json, os, sys
out = sys.argv[1]
files = json.load(open(f"{out}/all.json"))["data"][0]["files"]
rooms, whole = collections.defaultdict(lambda: [0, 0]), [0, 0]
with open(f"{out}/files.txt", "w") as table:
    for file in files:
        name, lines = os.path.relpath(file["filename"]), file["summary"]["lines"]
        print(f"{lines['percent']:6.1f} % of {lines['count']:5} {name}", file=table)
        room = "/".join(name.split("/")[1:3]).removesuffix(".rs")
        for held in rooms[room], whole:
            held[0] += lines["covered"]
            held[1] += lines["count"]
for room, (covered, count) in sorted(rooms.items()):
    print(f"{100 * covered / max(count, 1):6.1f} % of {count:6} {room}")
print(f"lines run by the tests: {100 * whole[0] / whole[1]:.1f} % of {whole[1]}")
END
