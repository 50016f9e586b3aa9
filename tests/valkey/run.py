#!/usr/bin/env python3
"""Two proxies that share stored conversations through a real Valkey or Redis, one of them killed, then the store:
tests/valkey/run.py [UNSPOOL]

Needs `valkey-server` or `redis-server` (Debian's packages).
"""

import http.client
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
UNSPOOL = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/debug/unspool").resolve()
FIRST = 'words = []\nwords.append("bake")\nwords.append("rye")\n'
SECOND = 'words.append("bread")\nprint(" ".join(words))\n'
RULE = """[[rule]]
id = "kitchen.whole"
category = "S2"
why = "asks for bread"
blocks = true
match = [{ whole = ["bake rye bread"] }]
block = ["bake rye bread"]
allow = ["bake rye"]
"""
started = []
checks = failed = 0


def free():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(args, log):
    process = subprocess.Popen([str(arg) for arg in args], stdout=open(log, "ab"), stderr=subprocess.STDOUT)
    started.append(process)
    return process


def wait(port):
    for _ in range(200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def end(process, how=signal.SIGKILL):
    process.send_signal(how)
    process.wait()


def check(name, good, told=""):
    global checks, failed
    checks += 1
    if not good:
        failed += 1
        print(f"FAILED {name}: {told}")


def ask(port, text, **more):
    """Status and id of a response."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = json.dumps({"model": "m", "input": text, **more})
    connection.request("POST", "/v1/responses", body, {"content-type": "application/json", "accept-encoding": "gzip"})
    answer = connection.getresponse()
    told = answer.read().decode()
    found = re.search(r'"id":"(resp[^"]*)"', told)
    return answer.status, found[1] if found else None


def metric(port, name):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/metrics")
    found = re.search(re.escape(name) + r" (\d+)", connection.getresponse().read().decode())
    return int(found[1]) if found else 0


def run(folder):
    server = shutil.which("valkey-server") or shutil.which("redis-server")
    if not server:
        raise SystemExit("no valkey-server and no redis-server: apt-get install redis-server")
    rule = pathlib.Path(folder) / "rules.toml"
    rule.write_text(RULE)
    store = free()

    def open_store():
        process = start([server, "--port", store, "--bind", "127.0.0.1", "--requirepass", "kitchen-secret", "--save", "",
                         "--appendonly", "yes", "--dir", folder], f"{folder}/store.log")
        wait(store)
        return process

    kept = open_store()
    proxies = []
    for number in range(3):
        port, admin = free(), free()
        settings = pathlib.Path(folder) / f"{number}.toml"
        policy = '[policy]\non_failure = "forward"\n' if number == 2 else ""
        settings.write_text(f'[rules]\npaths = ["{rule}"]\n{policy}[state]\nstore = "redis://:kitchen-secret@127.0.0.1:{store}"\n')
        process = start([UNSPOOL, "serve", "--config", settings, "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}",
                         "--upstream", "echo:"], f"{folder}/{number}.log")
        wait(port)
        wait(admin)
        proxies.append((process, port, admin))
    (first, one, _), (_, two, two_admin), (_, lax, lax_admin) = proxies

    status, name = ask(one, FIRST)
    check("the first turn passes", status == 200 and name, status)
    check("the second by itself passes", ask(two, SECOND)[0] == 200)
    check("on the other proxy it is read with the first", ask(two, SECOND, previous_response_id=name)[0] == 400)
    check("streamed too", ask(two, SECOND, previous_response_id=name, stream=True)[0] == 400)
    status, later = ask(two, "thank you", previous_response_id=name, stream=True)
    check("a chain grows", status == 200 and ask(one, SECOND, previous_response_id=later)[0] == 400)
    check("a conversation by name", ask(one, FIRST, conversation="conv_1")[0] == 200
          and ask(two, SECOND, conversation={"id": "conv_1"})[0] == 400)

    # Many conversations, half of them split between the two; the first proxy is killed in the middle.
    wrong, names, lock = [], [], threading.Lock()

    def many(number):
        for turn in range(20):
            via = one if (number + turn) % 2 else two
            try:
                status, name = ask(via, FIRST)
            except (OSError, http.client.HTTPException):
                status, name = ask(two, FIRST)
            with lock:
                names.append(name)
                if len(names) == 60:
                    end(first)
            if ask(two, SECOND, previous_response_id=name)[0] != 400:
                wrong.append((number, turn, via == one, name))

    threads = [threading.Thread(target=many, args=(number,)) for number in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    check("160 conversations over two proxies, one of them killed", not wrong and len(names) == 160, wrong[:5])
    check("what the killed one kept is there", all(ask(two, SECOND, previous_response_id=name)[0] == 400 for name in names[:40]))

    # The store goes away: what cannot be known is decided by on_failure, the rest goes on.
    end(kept)
    begun = time.monotonic()
    check("no store, a named conversation: refused", ask(two, "bake", previous_response_id=names[0])[0] == 503)
    check("soon", time.monotonic() - begun < 2, time.monotonic() - begun)
    check("no store, on_failure = forward: passed and counted", ask(lax, "bake", previous_response_id=names[0])[0] == 200
          and metric(lax_admin, 'unspool_requests_total{outcome="forward_unscreened"}') == 1)
    check("no store, no name: as ever", ask(two, "bake oat bread")[0] == 200)
    check("counted", metric(two_admin, 'unspool_state_total{op="get",result="failed"}') == 1
          and metric(two_admin, 'unspool_limits_hit_total{limit="state"}') == 1)
    open_store()
    for _ in range(50):
        if ask(two, SECOND, previous_response_id=names[0])[0] == 400:
            break
        time.sleep(0.1)
    check("the store comes back with what it kept", ask(two, SECOND, previous_response_id=names[0])[0] == 400)
    for number in range(3):
        log = (pathlib.Path(folder) / f"{number}.log").read_text()
        check("no text and no password in the log", not any(word in log for word in ("bake", "append", "kitchen-secret")))


with tempfile.TemporaryDirectory() as folder:
    try:
        run(folder)
    finally:
        for process in started:
            process.kill()
            process.wait()
print(f"valkey: {checks - failed} of {checks} checks hold")
sys.exit(failed > 0)
