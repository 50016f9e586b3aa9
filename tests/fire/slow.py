"""N12: very many slow callers, and five times more work than there is room for."""

import asyncio
import itertools
import socket
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


async def idle(binary, connections=1000, asked=60):
    """F1: very many callers who are there and say nothing, and then leave."""
    begin = time.monotonic()
    upstream = await Upstream().start()
    proxy = Proxy(binary, upstream.url, f"[server]\nconnections = {connections + 500}\nkeep_alive_seconds = 3600\n")
    await measure(proxy.port, 10)
    alone, wrong = await measure(proxy.port, asked)
    files, empty = proxy.files(), proxy.rss_mb()
    kept = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(connections)]
    end = time.monotonic() + 30
    # A connection to the upstream may have been closed meanwhile.
    while proxy.files() < files + connections - 10 and time.monotonic() < end:
        await asyncio.sleep(0.1)
    if proxy.files() < files + connections - 10:
        wrong.append(f"{proxy.files() - files} of {connections} connections were taken")
    crowded, failed = await measure(proxy.port, asked)
    wrong += failed
    full = proxy.rss_mb()
    if (await ask(proxy.admin, b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"))[0] != 200:
        wrong.append("the admin listener does not answer")
    for one in kept:
        one.close()
    end = time.monotonic() + 30
    while proxy.files() > files + 10 and time.monotonic() < end:
        await asyncio.sleep(0.1)
    left = proxy.files() - files
    if left > 10:
        wrong.append(f"{left} files are still open")
    _, failed = await measure(proxy.port, asked)
    wrong += failed
    if (code := proxy.stop()) != 0:
        wrong.append(f"it ended with {code}")
    return report("idle callers (F1)", wrong, begin, connections=connections, alone_p50_ms=quantile(alone, 0.5) * 1000, crowded_p50_ms=quantile(crowded, 0.5) * 1000,
                  alone_p99_ms=quantile(alone, 0.99) * 1000, crowded_p99_ms=quantile(crowded, 0.99) * 1000, rss_mb=empty, rss_mb_crowded=full, kb_a_connection=(full - empty) * 1024 / connections)


def code(number):
    """A body that is like no other, so that it has to be read."""
    lines = "\n".join(f"def shelf_{number}_{n}(loaf):\n    return [crumb for crumb in loaf if crumb != {n}]\n" for n in range(240))
    return chat(f"Please explain this.\n```python\n{lines}\n```")


async def overload(binary, seconds=6, callers=4):
    """Capacity first, with as many callers as keep it busy; then five times as many and a short queue; small requests meanwhile.

    Goodput is counted in answers a second of the proxy's processor time too: what is left of that, others on the machine do not take.
    """
    begin = time.monotonic()
    upstream = await Upstream().start()
    proxy = Proxy(binary, upstream.url, "[limits]\nqueue = 8\nscreenings = 2\n")
    wrong = []

    async def press(count):
        good, refused, times, until = [0], [0], [], time.monotonic() + seconds
        spent = proxy.cpu_seconds()

        async def one():
            caller = Caller(proxy.port)
            while time.monotonic() < until:
                body = request(code(next(NUMBERS)))
                start = time.monotonic()
                try:
                    await caller.send(body)
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
                    await asyncio.sleep(0.2)
                else:
                    wrong.append(f"{status} {fields}")
            caller.close()

        async def small():
            """Ordinary requests beside the heavy ones."""
            took = []
            while time.monotonic() < until:
                found, failed = await measure(proxy.port, 1, 0.05)
                took += found
                wrong.extend(failed)
            return took

        small_times, *_ = await asyncio.gather(small(), *[one() for _ in range(count)])
        return good[0], good[0] / max(proxy.cpu_seconds() - spent, 0.01), refused[0], times, small_times

    capacity, capacity_cpu, _, _, quiet = await press(callers)
    goodput, goodput_cpu, refused, times, crowded = await press(callers * 5)
    if not refused:
        wrong.append("nothing was refused: that was no overload")
    share = goodput_cpu / max(capacity_cpu, 0.001)
    if share < 0.9:
        wrong.append(f"of the processor time only {share:.0%} as much went into answers as before")
    # Beside the same heavy bodies, only as many as there is room for.
    if quantile(crowded, 0.5) > 10 * quantile(quiet, 0.5):
        wrong.append("small requests were held up")
    proxy.stop()
    facts = dict(capacity_per_s=capacity / seconds, goodput_per_s=goodput / seconds, share=goodput / max(capacity, 0.001), share_of_processor_time=share)
    return report("overload (N12)", wrong, begin, **facts, refused=refused, refusal_p50_ms=quantile(times, 0.5) * 1000, refusal_p99_ms=quantile(times, 0.99) * 1000, small_p50_ms=quantile(quiet, 0.5) * 1000, small_p50_ms_under=quantile(crowded, 0.5) * 1000, small_p99_ms=quantile(quiet, 0.99) * 1000, small_p99_ms_under=quantile(crowded, 0.99) * 1000)
