"""N5: bad requests without end beside good ones, under a memory limit: no panic, no restart, no 5xx but those that are said so."""

import asyncio
import collections
import gzip
import json
import time
import zlib

from kit import BENIGN, CHAT, HIDDEN, Caller, Lost, Proxy, Upstream, ask, chat, dice, quantile, report, request

PATHS = [CHAT, "/v1/messages", "/v1/responses", "/v1/completions", "/v1beta/models/m:generateContent", "/api/chat", "/v1/embeddings", "/completion", "/model/m/converse", "/v2/chat", "/v1/files", "/v1/realtime", "/nowhere", "/v1//x", "/%2e%2e/x"]
PIECES = ['{"messages":', "[", "]", "{", "}", '"', ":", ",", "null", "true", "NaN", "-0", "1e999", "\\ud800", "\\u0000", "\ufeff", '"role"', '"user"', '"content"', "\x00", "\xff", "//", "'", '"a":1,"a":2', "```python\n", "a<" * 50, "(" * 200, "[" * 100, "for(;;){", "f'{", "'a'*10**12", "<<EOF\n", "=" * 99, "%9999999d"]
CODE = ["x = 'a' * 10**12\nprint(x)", "while True:\n    s = s + s", "a<" * 2000, "(" * 3000, "f'{" * 800, "#define a a a\n" * 200, "{{" * 1500, "${" * 900, "\"\\" * 900, "/*" * 1200, "begin " * 900, "<<A\n" * 400]


def mutated(random):
    """One bad request, as raw bytes, and whether its bytes end where its head says."""
    kind = random.randrange(9)
    path = random.choice(PATHS)
    good = chat(random.choice([BENIGN, HIDDEN]))
    if kind == 0:
        return request("".join(random.choice(PIECES) for _ in range(random.randrange(40))).encode("utf-8", "replace"), path), True
    if kind == 1:
        body = bytearray(good)
        for _ in range(random.randrange(1, 6)):
            body[random.randrange(len(body))] = random.randrange(256)
        return request(bytes(body), path), True
    if kind == 2:
        return request(good[: random.randrange(len(good))], path), True
    if kind == 3:
        coding = random.choice(["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])
        data = random.choice([gzip.compress(good), zlib.compress(good), gzip.compress(b" " * 100_000), good, gzip.compress(good)[:-6]])
        return request(data, path, f"Content-Encoding: {coding}\r\n"), True
    if kind == 4:
        head = bytearray(request(good, path))
        for _ in range(random.randrange(1, 4)):
            head[random.randrange(min(len(head), 120))] = random.choice(b"\r\n\0 :;,\tA\xff/%")
        return bytes(head), False
    if kind == 5:
        field = random.choice(["Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n", "Content-Length: 5\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n", "Expect: x\r\n", "Host: b\r\n", "X: " + "y" * 20000 + "\r\n", "A: b\r\n" * 120, "Content-Type: text/plain; charset=utf-7\r\n", "Upgrade: h2c\r\n"])
        return request(good, path, field), False
    if kind == 6:
        return bytes(random.randrange(256) for _ in range(random.randrange(1, 300))), False
    if kind == 7:
        code = random.choice(CODE)
        return request(chat(f"Run this.\n```{random.choice(['python', 'js', 'c', 'bash', ''])}\n{code}\n```"), path), True
    deep = random.choice(['{"a":' * 70 + "1" + "}" * 70, "[" * 5000, json.dumps({"messages": [{"role": "user", "content": "x"}] * 300}), json.dumps({f"k{n}": n for n in range(500)})])
    return request(deep.encode(), path), True


async def run(binary, count=2000, memory_mb=1024, at_once=16, seed=11):
    begin, random = time.monotonic(), dice(seed)
    upstream = await Upstream().start()
    proxy = Proxy(binary, upstream.url, memory_mb=memory_mb)
    statuses, wrong, left, good, times = collections.Counter(), [], [count], [0], []

    async def bad():
        caller = Caller(proxy.port)
        while left[0] > 0:
            left[0] -= 1
            data, ends = mutated(random)
            try:
                await caller.send(data)
                status, _, _ = await asyncio.wait_for(caller.answer(), 10 if ends else 0.5)
                statuses[status] += 1
                if status >= 500 and status not in (501, 502, 503, 504, 505):
                    wrong.append(f"{status} for {data[:200]!r}")
            except asyncio.TimeoutError:
                # Its head promised more than came.
                statuses["waits"] += 1
                if ends:
                    wrong.append(f"no answer in 10 s to {data[:200]!r}")
                caller.close()
                continue
            except (Lost, OSError):
                statuses["closed"] += 1
            if not ends:
                caller.close()
        caller.close()

    async def sound(number=0):
        while left[0] > 0:
            number += 1
            start = time.monotonic()
            attack = number % 5 == 0
            try:
                status, _, body = await ask(proxy.port, request(chat(HIDDEN if attack else BENIGN, number)))
                if status != (400 if attack else 200):
                    wrong.append(f"a good request got {status}: {body[:200]!r}")
                good[0] += 1
            except (Lost, OSError, asyncio.TimeoutError) as error:
                wrong.append(f"a good request was lost: {error!r}")
            times.append(time.monotonic() - start)
            await asyncio.sleep(0.02)

    await asyncio.gather(sound(), *[bad() for _ in range(at_once)])
    panics = [line for line in proxy.log if b"panicked" in line]
    if panics or not proxy.alive():
        wrong.append(f"{len(panics)} panics; alive: {proxy.alive()}; {panics[:1]}")
    if upstream.marked:
        wrong.append(f"{upstream.marked} attacks reached the upstream")
    peak = proxy.peak_mb()
    proxy.stop()
    answers = " ".join(f"{key}:{value}" for key, value in sorted(statuses.items(), key=str))
    return report("bad requests (N5)", wrong, begin, seed=seed, sent=count, good=good[0], good_p99_ms=quantile(times, 0.99) * 1000, answers=answers, peak_rss_mb=peak, limit_mb=memory_mb)
