"""N12: very many slow callers, and five times more work than there is room for."""

import asyncio
import itertools
import time

from kit import BENIGN, Caller, Lost, Proxy, Upstream, ask, chat, quantile, report, request

HALF = [b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nX-Slow: ", b"", request(chat(BENIGN), fields="X-Body: slow\r\n")[:-20]]


NUMBERS = itertools.count()


async def measure(port, count, pause=0.02):
    """How long ordinary requests take, one after the other, each on a connection of its own."""
    times, failed = [], []
    for number in itertools.islice(NUMBERS, count):
        start = time.monotonic()
        try:
            status, _, _ = await ask(port, request(chat(BENIGN, number)))
            if status != 200:
                failed.append(f"an ordinary request got {status}")
        except (Lost, OSError, asyncio.TimeoutError) as error:
            failed.append(f"an ordinary request was lost: {error!r}")
        times.append(time.monotonic() - start)
        await asyncio.sleep(pause)
    return times, failed


async def slow(binary, connections=500, asked=60):
    begin = time.monotonic()
    upstream = await Upstream().start()
    proxy = Proxy(binary, upstream.url, f"[server]\nconnections = {connections + 500}\nheader_seconds = 8\nbody_idle_seconds = 8\nkeep_alive_seconds = 16\n")
    await measure(proxy.port, 10)
    idle, wrong = await measure(proxy.port, asked)
    kept = []
    for number in range(connections):
        caller = Caller(proxy.port)
        await caller.open()
        caller.writer.write(HALF[number % 3])
        kept.append(caller)
        if number % 200 == 199:
            await asyncio.sleep(0.01)
    crowded, failed = await measure(proxy.port, asked)
    wrong += failed
    rss = proxy.rss_mb()
    answers = {}

    async def end(caller):
        data = await asyncio.wait_for(caller.reader.read(), 40)
        status = data.split(b" ")[1].decode() if data.startswith(b"HTTP/1.1 ") else "closed"
        answers[status] = answers.get(status, 0) + 1
        caller.close()

    ends = await asyncio.gather(*[end(caller) for caller in kept], return_exceptions=True)
    open_still = sum(isinstance(found, Exception) for found in ends)
    if open_still:
        wrong.append(f"{open_still} slow connections were still open after 40 s")
    if set(answers) - {"408", "closed"}:
        wrong.append(f"slow callers were answered {answers}")
    if upstream.doubled():
        wrong.append("a request was delivered twice")
    proxy.stop()
    before, under = quantile(idle, 0.99) * 1000, quantile(crowded, 0.99) * 1000
    return report("slow callers (N12)", wrong, begin, connections=connections, idle_p50_ms=quantile(idle, 0.5) * 1000, crowded_p50_ms=quantile(crowded, 0.5) * 1000, idle_p99_ms=before, crowded_p99_ms=under, rss_mb=rss, **{f"answered_{key}": value for key, value in answers.items()})


async def overload(binary, seconds=6, callers=4):
    """Capacity first, with as many callers as keep it busy; then five times as many and a short queue."""
    begin = time.monotonic()
    upstream = await Upstream().start()
    code = "\n".join(f"def shelf_{n}(loaf):\n    return [crumb for crumb in loaf if crumb != {n}]\n" for n in range(120))
    body = chat(f"Please explain this.\n```python\n{code}\n```")
    proxy = Proxy(binary, upstream.url, "[limits]\nqueue = 4\nscreenings = 2\n")
    wrong = []

    async def press(count):
        good, refused, times, until = [0], [0], [], time.monotonic() + seconds

        async def one():
            caller = Caller(proxy.port)
            while time.monotonic() < until:
                start = time.monotonic()
                try:
                    await caller.send(request(body))
                    status, fields, _ = await asyncio.wait_for(caller.answer(), 30)
                except (Lost, OSError, asyncio.TimeoutError) as error:
                    wrong.append(f"lost: {error!r}")
                    return caller.close()
                if status == 200:
                    good[0] += 1
                elif status == 503 and fields.get("x-should-retry") == "false" and "retry-after" in fields:
                    refused[0] += 1
                    times.append(time.monotonic() - start)
                    # As a client that heeds it would: not at once.
                    await asyncio.sleep(0.05)
                else:
                    wrong.append(f"{status} {fields}")
            caller.close()

        await asyncio.gather(*[one() for _ in range(count)])
        return good[0] / seconds, refused[0], times

    capacity, _, _ = await press(callers)
    goodput, refused, times = await press(callers * 5)
    if not refused:
        wrong.append("nothing was refused: that was no overload")
    proxy.stop()
    return report("overload (N12)", wrong, begin, capacity_per_s=capacity, goodput_per_s=goodput, share=goodput / max(capacity, 0.001), refused=refused, refusal_p50_ms=quantile(times, 0.5) * 1000, refusal_p99_ms=quantile(times, 0.99) * 1000)
