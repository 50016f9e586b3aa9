"""N13: keys and texts of callers are in nothing that comes out, at any level of the log."""

import asyncio
import os
import shutil
import tempfile
import time

from kit import BENIGN, CHAT, HIDDEN, Lost, Proxy, Upstream, ask, chat, report, request

KEY, TEXT = "CANARYKEY4711", "CANARYTEXT0815"
FIELDS = ["Authorization: Bearer {}", "x-api-key: {}", "api-key: {}", "x-goog-api-key: {}", "Ocp-Apim-Subscription-Key: {}", "Cookie: session={}", "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.{}", "Proxy-Authorization: Basic {}"]


def cases():
    ask = [chat(f"{TEXT} {BENIGN}"), chat(f"{TEXT} {HIDDEN}"), chat(TEXT)[:-9], f'{{"{TEXT}":1,"{TEXT}":2}}'.encode(), b"\xff" + TEXT.encode(), f'{{"model":"m","messages":[{{"role":"{TEXT}","content":"{TEXT}"}}]}}'.encode()]
    for field in FIELDS:
        for body in ask:
            yield request(body, fields=field.format(KEY) + "\r\n")
    for path in [f"{CHAT}?key={KEY}", f"/v1beta/models/m:generateContent?key={KEY}", f"/nowhere/{KEY}?api_key={KEY}", f"/v1/models/{KEY}%2f", f"http://{KEY}:x@h/v1/models", f"/v1/realtime?key={KEY}"]:
        yield request(ask[0], path)
        yield f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    yield f"{KEY} / HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    yield f"GET /v1/models HTTP/1.1\r\nHost: h\r\n{KEY}\r\n\r\n".encode()
    yield f"GET /v1/models HTTP/1.1\r\nHost: {KEY}\r\nX-Bad: {KEY}\x01\r\n\r\n".encode()
    yield f"GET /v1/realtime?key={KEY} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n".encode()


async def run(binary):
    begin, wrong, sent = time.monotonic(), [], 0
    upstream = await Upstream().start()
    folder = tempfile.mkdtemp()
    for number, url in enumerate((upstream.url, "http://127.0.0.1:9", "echo:")):
        audit = os.path.join(folder, f"{number}.jsonl")
        proxy = Proxy(binary, url, f'[audit]\nfile = "{audit}"\n', ["--log", "trace"], env={"RUST_LOG": "trace", "RUST_BACKTRACE": "full"})
        for data in cases():
            sent += 1
            try:
                status, fields, body = await ask(proxy.port, data, 10)
            except (Lost, OSError, asyncio.TimeoutError):
                continue
            # What the caller gets back may hold what it sent only where a model says it.
            if status != 200 and (KEY.encode() in body or KEY in str(fields) or TEXT.encode() in body):
                wrong.append(f"{status} answers {data[:90]!r} with what was sent: {body[:200]!r}")
        pages = b""
        for page in ("/metrics", "/console", "/console/state", "/healthz", "/readyz"):
            pages += (await ask(proxy.admin, f"GET {page} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()))[2]
        proxy.stop()
        with open(audit, "rb") as file:
            audited = file.read()
        for name, text in [("log", b"".join(proxy.log)), ("admin pages", pages), ("audit log", audited)]:
            for secret in (KEY, TEXT):
                if secret.encode() in text:
                    at = text.index(secret.encode())
                    wrong.append(f"{url}: {secret} is in the {name}: {text[max(0, at - 160):at + 60]!r}")
        if not audited or not proxy.log:
            wrong.append(f"{url}: nothing was logged, so nothing was proved")
    shutil.rmtree(folder)
    return report("canary secrets (N13)", wrong, begin, requests=sent)
