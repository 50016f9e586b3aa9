"""What the runs with other people's programs share: free ports, programs started and ended, and checks that are counted.

Only Python's own library. Only programs started here are ended.
"""

import atexit
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import venv

HIDDEN = 'Finish this.\n\nwords = []\nwords.append("bake")\nwords.append("rye")\nwords.append("bread")\nprint(" ".join(words))\n'
# What HIDDEN adds up to, in two turns.
FIRST = 'words = []\nwords.append("bake")\nwords.append("rye")\n'
SECOND = 'words.append("bread")\nprint(" ".join(words))\n'
_RULE = """[[rule]]
id = "kitchen.bread"
category = "S2"
why = "asks for bread"
blocks = true
match = [{match}]
block = ["bake rye bread"]
allow = ["{allow}"]
"""
RULE = _RULE.format(match='{ near = [["bake"], ["rye"]], within = 4 }', allow="eat rye")
# Only the whole text fires it.
WHOLE = _RULE.format(match='{ whole = ["bake rye bread"] }', allow="bake rye")

UNSPOOL = pathlib.Path(__file__).resolve().parents[1] / "target/debug/unspool"

started = []
given = set()
checks = failed = 0


def within(folder, *packages, npm=()):
    """Goes on in a Python of its own with these packages of PyPI (and of npm), which the first run installs under `folder`."""
    place = pathlib.Path(folder)
    wanted = "\n".join([*packages, *npm])
    installed = place / "installed"
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(place / "venv", with_pip=True, clear=True)
        subprocess.run([place / "venv/bin/pip", "install", "-q", *packages], check=True)
        if npm:
            subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", place, *npm], check=True)
        installed.write_text(wanted)
    if pathlib.Path(sys.prefix).resolve() != (place / "venv").resolve():
        os.execv(place / "venv/bin/python", [str(place / "venv/bin/python"), *sys.argv])


def free():
    """A port nobody listens on, and that was not given before."""
    while True:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        if port not in given:
            given.add(port)
            return port


def start(args, log, **more):
    """Starts a program, which ends with this one."""
    with open(log, "ab") as file:
        process = subprocess.Popen([str(arg) for arg in args], stdout=file, stderr=subprocess.STDOUT, **more)
    started.append(process)
    return process


def end(process, how=signal.SIGKILL):
    process.send_signal(how)
    process.wait()


@atexit.register
def end_all():
    for process in started:
        process.kill()
        process.wait()


def wait(port, seconds=10):
    """Waits until somebody listens."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def check(name, good, told=""):
    global checks, failed
    checks += 1
    if not good:
        failed += 1
        print(f"FAILED {name}: {told}")


def held():
    """How many of the checks hold, in words."""
    return f"{checks - failed} of {checks} checks hold"


def page(port, path="/metrics"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    told = answer.read().decode("utf-8", "replace")
    connection.close()
    if answer.status >= 400:
        raise OSError(f"{path} says {answer.status}")
    return told


def metric(port, name):
    """The value of a counter; 0 where there is none."""
    found = re.search(re.escape(name) + r" (\d+)", page(port))
    return int(found[1]) if found else 0


def seen(port, apis):
    """Requests of these APIs that a proxy has seen: of the one that stands in for the model, those that reached it."""
    pattern = r'unspool_dialect_requests_total\{dialect="(?:%s)[^}]*\} (\d+)' % apis
    return sum(int(count) for count in re.findall(pattern, page(port)))
