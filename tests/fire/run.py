"""The proxy under fire: one line a run, and exit 1 if any failed.

usage: run.py BINARY [--long] [NAME…]    NAME: soak streams cancel drain reload second slow overload bad once secrets
"""

import asyncio
import gc
import sys

import bad
import canary
import cancel
import drain
import kit
import once
import slow
import soak
import streams

# Name, the run, and how much more of it the long form takes.
RUNS = {
    "second": (drain.second, {}),
    "secrets": (canary.run, {}),
    "cancel": (cancel.run, {"count": 1000, "at_once": 50}),
    "drain": (drain.drains, {"runs": 100}),
    "reload": (drain.reloads, {"count": 1000, "rate": 20}),
    "streams": (streams.run, {"rate": 60, "total": 10_000, "events": 12, "pause": 3.0}),
    "slow": (slow.slow, {"connections": 9000, "asked": 200}),
    "overload": (slow.overload, {"seconds": 20}),
    "bad": (bad.run, {"count": 100_000, "at_once": 32}),
    "once": (once.run, {"count": 100_000, "at_once": 32}),
    "soak": (soak.run, {"seconds": 900, "rate": 60}),
}

def main():
    binary, *names = [argument for argument in sys.argv[1:] if argument != "--long"] or sys.exit(__doc__)
    unknown = set(names) - set(RUNS)
    if unknown:
        sys.exit(f"{', '.join(sorted(unknown))}: no such run; there are {' '.join(RUNS)}")
    kit.room_for_files()
    sound = True
    for name in names or RUNS:
        run, long = RUNS[name]
        sound &= asyncio.run(run(binary, **(long if "--long" in sys.argv else {})))
        gc.collect()
    sys.exit(not sound)

main()
