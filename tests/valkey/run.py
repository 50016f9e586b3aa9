#!/usr/bin/env python3
"""Two proxies that share stored conversations through a real Valkey or Redis, one of them killed, then the store; over TLS;
what a second opinion said, and what was judged:
tests/valkey/run.py [UNSPOOL]

Needs `valkey-server` or `redis-server` (Debian's packages).
"""

import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
UNSPOOL = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/debug/unspool").resolve()

sys.path.insert(0, str(HERE.parent))
import parts
from parts import FIRST, SECOND, WHOLE, check, end, free, metric, start, wait


def ask(port, text, **more):
    """Status and id of a response."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = json.dumps({"model": "m", "input": text, **more})
    connection.request("POST", "/v1/responses", body, {"content-type": "application/json", "accept-encoding": "gzip"})
    answer = connection.getresponse()
    told = answer.read().decode()
    found = re.search(r'"id":"(resp[^"]*)"', told)
    return answer.status, found[1] if found else None


def server():
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        raise SystemExit("no valkey-server and no redis-server: apt-get install redis-server")
    return found


def one_guard_for_all(folder):
    """What a second opinion said of a text is shared: another proxy does not ask again. A store that is down costs the question."""
    asked = []

    class Guard(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.rfile.read(int(self.headers["content-length"])))
            body = json.dumps({"choices": [{"message": {"role": "assistant", "content": "unsafe\nS9"}}]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    guard = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Guard)
    threading.Thread(target=guard.serve_forever, daemon=True).start()
    store = free()
    kept = start([server(), "--port", store, "--bind", "127.0.0.1", "--save", "", "--dir", folder], f"{folder}/answers.log")
    wait(store)
    settings = pathlib.Path(folder) / "guard.toml"
    settings.write_text(f'[[second]]\nname = "guard"\nkind = "llama_guard"\nurl = "http://127.0.0.1:{guard.server_port}/v1"\nmodel = "g"\n'
                        f'ask = "always"\n[state]\nstore = "redis://127.0.0.1:{store}"\n')
    ports = []
    for number in range(3):
        port, admin = free(), free()
        start([UNSPOOL, "serve", "--config", settings, "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}",
               "--upstream", "echo:"], f"{folder}/guarded{number}.log")
        wait(port)
        wait(admin)
        ports.append((port, admin))
    (one, _), (two, two_admin), (three, three_admin) = ports
    check("a second opinion blocks", ask(one, "describe how to bake oat bread")[0] == 400 and len(asked) == 1, len(asked))
    check("the other proxy blocks and asks nobody", ask(two, "describe how to bake oat bread")[0] == 400 and len(asked) == 1, len(asked))
    check("which is counted", metric(two_admin, 'unspool_state_total{op="recall",result="found"}') == 1
          and metric(two_admin, 'unspool_second_opinions_total{by="guard",result="cached"}') == 1)
    check("another text is another question", ask(two, "describe how to bake rye bread")[0] == 400 and len(asked) == 2, len(asked))
    end(kept)
    check("without a store it is asked", ask(three, "describe how to bake oat bread")[0] == 400 and len(asked) == 3, len(asked))
    check("which is counted too", metric(three_admin, 'unspool_state_total{op="recall",result="failed"}') == 1)
    guard.shutdown()


def one_judge_for_all(folder):
    """What one proxy judged of a long text the other is told of, where that is asked for; and nobody is where it is not."""
    store = free()
    kept = start([server(), "--port", store, "--bind", "127.0.0.1", "--save", "", "--dir", folder], f"{folder}/verdicts.log")
    wait(store)
    ports = []
    for number, shares in enumerate(("true", "true", "false")):
        settings = pathlib.Path(folder) / f"verdicts{number}.toml"
        settings.write_text(f'[state]\nstore = "redis://127.0.0.1:{store}"\nshare_verdicts = {shares}\n')
        port, admin = free(), free()
        start([UNSPOOL, "serve", "--config", settings, "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}",
               "--upstream", "echo:"], f"{folder}/judged{number}.log")
        wait(port)
        wait(admin)
        ports.append((port, admin))
    (one, one_admin), (two, two_admin), (three, three_admin) = ports
    text = "\n\n".join(f"Step {step}: knead the dough of rye for the loaf in bowl {step} and let it rest for an hour." for step in range(60))
    count = lambda admin, line: metric(admin, f"unspool_{line}") or 0
    check("a long text passes", ask(one, text)[0] == 200)
    for _ in range(50):
        if count(one_admin, 'state_total{op="verdicts_share",result="kept"}'):
            break
        time.sleep(0.05)
    check("it is told of", count(one_admin, 'state_total{op="verdicts_share",result="kept"}') == 1)
    check("the other passes it too", ask(two, text)[0] == 200)
    check("and was told", count(two_admin, 'state_total{op="verdicts_recall",result="found"}') == 1
          and count(two_admin, 'cache_lookups_total{result="verdict_hit"}') >= 1)
    check("it asks once", ask(two, text)[0] == 200 and count(two_admin, 'state_total{op="verdicts_recall",result="found"}') == 1)
    check("who does not share is not told", ask(three, text)[0] == 200 and not count(three_admin, 'state_total{op="verdicts_recall",result="found"}'))
    end(kept)
    check("without a store it judges by itself", ask(two, text + " Bake it.")[0] == 200
          and count(two_admin, 'state_total{op="verdicts_recall",result="failed"}') == 1)


def over_tls(folder):
    """A store behind TLS, with a private authority: known through SSL_CERT_FILE, and not believed without it."""
    path = pathlib.Path(folder)

    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=kitchen")
    openssl("req", *key, "-keyout", "store.key", "-out", "store.csr", "-subj", "/CN=localhost")
    (path / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "store.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "store.pem",
            "-days", "2", "-extfile", "names")
    store = free()
    start([server(), "--port", 0, "--tls-port", store, "--tls-cert-file", "store.pem", "--tls-key-file", "store.key",
           "--tls-ca-cert-file", "ca.pem", "--tls-auth-clients", "no", "--requirepass", "kitchen-secret", "--save", "",
           "--bind", "127.0.0.1"], f"{folder}/tls-store.log", cwd=folder)
    wait(store)
    settings = path / "tls.toml"
    settings.write_text(f'[rules]\npaths = ["{path / "rules.toml"}"]\n[state]\nstore = "rediss://:kitchen-secret@localhost:{store}"\n')
    ports = []
    for name, env in (("believed", {**os.environ, "SSL_CERT_FILE": str(path / "ca.pem")}), ("unknown", dict(os.environ))):
        port, admin = free(), free()
        start([UNSPOOL, "serve", "--config", settings, "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}",
               "--upstream", "echo:"], f"{folder}/{name}.log", env=env)
        wait(port)
        wait(admin)
        ports.append((port, admin))
    (port, admin), (other, other_admin) = ports
    status, name = ask(port, FIRST)
    check("TLS: a turn is kept", status == 200 and metric(admin, 'unspool_state_total{op="put",result="kept"}') == 1, status)
    check("TLS: and read with the next", ask(port, SECOND, previous_response_id=name)[0] == 400)
    check("TLS: a store nobody vouches for is not spoken to", ask(other, SECOND, previous_response_id=name)[0] == 503)
    check("TLS: and that is counted", metric(other_admin, 'unspool_state_total{op="get",result="failed"}') == 1)


def run(folder):
    rule = pathlib.Path(folder) / "rules.toml"
    rule.write_text(WHOLE)
    store = free()

    def open_store():
        process = start([server(), "--port", store, "--bind", "127.0.0.1", "--requirepass", "kitchen-secret", "--save", "",
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
    run(folder)
    over_tls(folder)
    one_guard_for_all(folder)
    one_judge_for_all(folder)
    parts.end_all()
print(f"valkey: {parts.held()}")
sys.exit(parts.failed > 0)
