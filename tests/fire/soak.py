"""N8: a long mix of everything, with reloads: nothing lost, nothing doubled, no wrong verdict, no growth."""

import asyncio
import collections
import json
import signal
import time

from kit import BENIGN, CHAT, HIDDEN, Caller, Lost, Proxy, Upstream, chat, dice, quantile, report, request, steadily


async def run(binary, seconds=20, rate=60):
    begin, random = time.monotonic(), dice()
    upstream = await Upstream(events=20, pause=0.01).start()
    proxy = Proxy(binary, upstream.url)
    idle, wrong, done, times = [], [], collections.Counter(), []

    async def one(number):
        kind = random.random()
        attack, leaves, stream = kind < 0.05, 0.05 <= kind < 0.07, kind < 0.35
        caller = idle.pop() if idle else Caller(proxy.port)
        start = time.monotonic()
        try:
            await caller.send(request(chat(HIDDEN if attack else BENIGN, number, **({"stream": True} if stream else {}))))
            if leaves:
                await asyncio.sleep(random.random() * 0.1)
                done["left"] += 1
                return caller.close(abort=True)
            status, fields, body = await asyncio.wait_for(caller.answer(), 60)
        except (Lost, OSError, asyncio.TimeoutError) as error:
            wrong.append(f"request {number} ({'attack' if attack else 'benign'}) was lost: {error!r}")
            return caller.close()
        times.append(time.monotonic() - start)
        want = 400 if attack else 200
        if status == 503 and b'"overloaded"' in body:
            # Where the machine is too slow for the rate, that is said and not hidden.
            done["shed"] += 1
            return
        sound = attack or body == (upstream.whole_stream() if stream else json.dumps({"said": f"n{number}"}, separators=(",", ":")).encode())
        if status != want or not sound:
            wrong.append(f"request {number}: {status} for {want}, {body[:120]!r}")
        done["blocked" if attack else "streamed" if stream else "answered"] += 1
        if caller.writer:
            idle.append(caller)

    marks = []

    async def watch():
        while True:
            # What is kept of texts that may come again fills up to `cache_bytes`, by design; the rest must not grow.
            kept = (await proxy.metrics()).get("unspool_cache_bytes", 0) / (1 << 20)
            marks.append((proxy.rss_mb(), proxy.rss_mb() - kept, proxy.files(), proxy.threads()))
            await asyncio.sleep(max(seconds / 60, 1))

    async def reload():
        while True:
            await asyncio.sleep(min(10, seconds / 5))
            proxy.signal(signal.SIGHUP)

    helpers = [asyncio.ensure_future(watch()), asyncio.ensure_future(reload())]
    count = await steadily(rate, seconds, one)
    await asyncio.sleep(1.5)
    for helper in helpers:
        helper.cancel()
    if done["shed"] > count / 100:
        wrong.append(f"{done['shed']} were shed: the rate is too high for this machine")
    doubled = upstream.doubled()
    wrong += [f"{name} was delivered {upstream.asked[name]} times" for name in doubled]
    if upstream.marked:
        wrong.append(f"{upstream.marked} attacks reached the upstream")
    metrics = await proxy.metrics()
    reloads = sum(value for name, value in metrics.items() if name.startswith("unspool_reloads_total"))
    if metrics.get("unspool_in_flight"):
        wrong.append(f"{metrics['unspool_in_flight']} requests are still in flight")
    for caller in idle:
        caller.close()
    # A reload holds two states for a moment, and what it took is given back within a second: what stays is the least of some marks.
    some = max(3, len(marks) // 12)
    early, end = (min(part, key=lambda mark: mark[1]) for part in (marks[some : 2 * some], marks[-some:]))
    if end[1] > early[1] * 1.05 + 4:
        wrong.append(f"memory beside what is kept grew from {early[1]:.0f} to {end[1]:.0f} MB")
    if (code := proxy.stop()) != 0:
        wrong.append(f"it ended with {code}")
    facts = dict(requests=count, **done, reloads=int(reloads), p50_ms=quantile(times, 0.5) * 1000, p99_ms=quantile(times, 0.99) * 1000)
    return report("soak (N8)", wrong, begin, **facts, rss_mb_early=early[0], rss_mb_end=end[0], beside_the_cache_early=early[1], beside_the_cache_end=end[1], files_end=end[2])
