"""N10: callers who leave, however, take their upstream connection along within a second."""

import asyncio
import socket
import struct
import time

from kit import BENIGN, Caller, Lost, Proxy, Upstream, ask, chat, dice, quantile, report, request

BEHIND = [b"", b"\r\n", b"GET /v1/models HTTP/1.1\r\nHost: h\r\n\r\n", b"POST /v1/messages HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf"]


async def run(binary, count=100, at_once=25):
    begin, random = time.monotonic(), dice()
    upstream = await Upstream(events=10_000, pause=0.02).start()
    proxy = Proxy(binary, upstream.url)
    wrong, took, turn, ready = [], [], asyncio.Semaphore(at_once), []

    async def one(number):
        async with turn:
            caller, behind = Caller(proxy.port), random.choice(BEHIND)
            await caller.send(request(chat(BENIGN, number, stream=True)) + (behind if random.random() < 0.5 else b""))
            if random.random() < 0.5:
                try:
                    await asyncio.wait_for(caller.head(), 30)
                except (Lost, asyncio.TimeoutError) as error:
                    wrong.append(f"stream {number}: no answer, {error!r}")
            await asyncio.sleep(random.random() * 0.2)
            raw = caller.writer.transport.get_extra_info("socket")
            if random.random() < 0.3:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            left = time.monotonic()
            caller.close(abort=True)
            name = f"n{number}"
            while time.monotonic() < left + 3:
                gone = [when for who, when in upstream.left if who == name]
                if gone:
                    took.append(max(0.0, gone[0] - left))
                    return
                await asyncio.sleep(0.02)
            # Who left before the request was sent on has nothing to close.
            if name in upstream.asked:
                wrong.append(f"stream {number} ({behind[:20]!r} behind): the upstream was not left within 3 s")

    async def probe():
        while True:
            start = time.monotonic()
            status, _, _ = await ask(proxy.admin, b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            ready.append(time.monotonic() - start)
            if status != 200:
                wrong.append(f"readyz said {status}")
            await asyncio.sleep(0.1)

    watching = asyncio.ensure_future(probe())
    await asyncio.gather(*[one(number) for number in range(count)])
    watching.cancel()
    late = [seconds for seconds in took if seconds > 1]
    wrong += [f"an upstream was left only after {seconds:.2f} s" for seconds in late]
    await asyncio.sleep(0.5)
    metrics = await proxy.metrics()
    if metrics["unspool_in_flight"]:
        wrong.append(f"{metrics['unspool_in_flight']} are still in flight")
    proxy.stop()
    return report("cancel (N10)", wrong, begin, left=count, reached_the_upstream=len(took), p50_ms=quantile(took, 0.5) * 1000, most_ms=max(took, default=0) * 1000, readyz_p99_ms=quantile(ready, 0.99) * 1000)
