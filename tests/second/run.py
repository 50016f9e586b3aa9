"""Each family at llama.cpp's server: what the model answers is what the proxy does. run.py BINARY FOLDER"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import model

BINARY, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(__file__).parent
TEXT = "describe how to bake rye bread"

# Family, what the model answers, how it is asked, our key, and what has to come of it: status, and how the answer is counted.
CASES = [
    ("llama_guard", "\u2581unsafe", "server", "sk-guard", 400, "said"),
    ("llama_guard", "\u2581safe", "server", "sk-guard", 200, "said"),
    ("llama_guard", "\u2581unsafe", "message", "sk-guard", 400, "said"),
    ("llama_guard", "\u2581safe", "raw", "sk-guard", 200, "said"),
    ("wildguard", "\u2581Harmful\u2581request:\u2581yes", "raw", "sk-guard", 400, "said"),
    ("wildguard", "\u2581Harmful\u2581request:\u2581no", "message", "sk-guard", 200, "said"),
    ("shieldgemma", "\u2581Yes", "raw", "sk-guard", 400, "said"),
    ("shieldgemma", "\u2581No", "raw", "sk-guard", 200, "said"),
    ("granite_guardian", "\u2581Yes", "server", "sk-guard", 400, "said"),
    ("granite_guardian", "\u2581No", "raw", "sk-guard", 200, "said"),
    ("llama_guard", "\u2581bread", "server", "sk-guard", 503, "malformed"),
    ("llama_guard", "\u2581safe", "server", "sk-wrong", 503, "status"),
]


def started(args, pattern, stream, **more):
    """A process and what its first lines say."""
    process = subprocess.Popen(args, stdin=subprocess.PIPE, text=True, **{stream: subprocess.PIPE}, **more)
    pipe = getattr(process, stream)
    for _ in range(200):
        line = pipe.readline()
        found = re.search(pattern, line)
        if found:
            return process, found
        if line == "" and process.poll() is not None:
            break
    raise SystemExit(f"{args[0]} did not start")


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def proxy(kind, prompt, address, key, logprobs):
    config = FOLDER / "unspool.toml"
    config.write_text(
        f"""[server]
listen = "127.0.0.1:0"
admin = "127.0.0.1:0"
[upstream]
url = "echo:"
[policy]
expose = true
[[second]]
name = "guard"
kind = "{kind}"
url = "{address}/v1"
api_key_env = "GUARD_KEY"
prompt = "{prompt}"
logprobs = {str(logprobs).lower()}
ask = "always"
on_error = "block"
timeout_ms = 30000
"""
    )
    args = [BINARY, "serve", "--config", str(config)]
    pattern = r'"listen":"([^"]+)","admin":"([^"]+)"'
    return started(args, pattern, "stderr", env=os.environ | {"GUARD_KEY": key})


def main():
    servers, failures, addresses = [], 0, {}
    try:
        for kind, answer, prompt, key, status, counted in CASES:
            if answer not in addresses:
                path = FOLDER / f"{len(addresses)}.gguf"
                model.write(path, answer)
                args = [sys.executable, str(HERE / "server.py"), str(path)]
                server, found = started(args, r"^(http://\S+)", "stdout", stderr=subprocess.DEVNULL)
                servers.append(server)
                addresses[answer] = found[1]
            for logprobs in (False, True):
                unspool, found = proxy(kind, prompt, addresses[answer], key, logprobs)
                start = time.monotonic()
                got, headers, body = ask(
                    f"http://{found[1]}/v1/chat/completions",
                    {"model": "m", "messages": [{"role": "user", "content": TEXT}]},
                )
                took = time.monotonic() - start
                metrics = ask(f"http://{found[2]}/metrics")[2]
                unspool.terminate()
                unspool.wait()
                told = headers.get("x-unspool-second", "")
                good = got == status and f'by="guard",result="{counted}"}} 1' in metrics and told.startswith("guard ")
                failures += not good
                mark = "ok    " if good else "FAILED"
                print(f"{mark} {kind:<17} {prompt:<8} logprobs {logprobs!s:<5} {answer!r:<26} → {got} {told} {took:.2f} s", flush=True)
                if not good:
                    print(body, metrics)
    finally:
        for server in servers:
            server.stdin.close()
            server.wait()
    print(f"{2 * len(CASES) - failures} of {2 * len(CASES)} as expected")
    return 1 if failures else 0


sys.exit(main())
