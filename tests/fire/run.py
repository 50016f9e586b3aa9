"""The proxy under fire: one line a run, and exit 1 if any failed.

usage: run.py BINARY [--long] [--WHAT=NUMBER…] [NAME…]    NAME: soak streams cancel drain reload second slow idle overload bad once secrets

--WHAT=NUMBER sets what one run may be told: `--count=50000 --seed=3 bad` is one part of a million bad requests, `--seconds=600
--rate=20 soak` a soak of ten minutes.
"""

import asyncio
import gc
import inspect
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
    "idle": (slow.idle, {"connections": 20_000}),
    "overload": (slow.overload, {"seconds": 20}),
    "bad": (bad.run, {"count": 100_000, "at_once": 32}),
    "once": (once.run, {"count": 100_000, "at_once": 32}),
    "soak": (soak.run, {"seconds": 900, "rate": 60}),
}

def main():
    told = dict(argument[2:].split("=", 1) for argument in sys.argv[1:] if argument.startswith("--") and "=" in argument)
    binary, *names = [argument for argument in sys.argv[1:] if not argument.startswith("--")] or sys.exit(__doc__)
    unknown = set(names) - set(RUNS)
    if unknown:
        sys.exit(f"{', '.join(sorted(unknown))}: no such run; there are {' '.join(RUNS)}")
    kit.room_for_files()
    sound = True
    for name in names or RUNS:
        run, long = RUNS[name]
        wanted = {**(long if "--long" in sys.argv else {}), **{key: int(value) for key, value in told.items()}}
        if odd := set(wanted) - set(inspect.signature(run).parameters):
            sys.exit(f"{name} cannot be told {', '.join(sorted(odd))}")
        sound &= asyncio.run(run(binary, **wanted))
        gc.collect()
    sys.exit(not sound)

main()
