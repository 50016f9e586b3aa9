"""N9: very many streams at once, each identical, none late."""

import asyncio
import hashlib
import time

from kit import BENIGN, Caller, Lost, Proxy, Upstream, chat, quantile, report, request, steadily


async def run(binary, rate=20, total=200, events=10, pause=0.3):
    """`rate` streams begin a second, each of so many events: events * pause * rate are open at once."""
    begin = time.monotonic()
    upstream = await Upstream(events=events, pause=pause).start()
    proxy = Proxy(binary, upstream.url, "[server]\nconnections = 9000\n")
    want, wrong, peak = hashlib.sha256(upstream.whole_stream()).digest(), [], [0]
    first = {upstream.port: [], proxy.port: []}

    async def one(number):
        # Every tenth goes straight to the upstream: it tells what of a delay is the machine's.
        port, digest = upstream.port if number % 10 == 9 else proxy.port, hashlib.sha256()
        caller, waits = Caller(port), True
        try:
            await caller.send(request(chat(BENIGN, number, stream=True)))
            status, fields = await caller.head()
            peak[0] = max(peak[0], upstream.open)
            async for piece in caller.pieces(fields):
                if waits:
                    # From the moment the upstream has the request: what screening takes is not the stream's.
                    first[port].append(time.monotonic() - upstream.began[f"n{number}"])
                    waits = False
                digest.update(piece)
            if status != 200 or digest.digest() != want:
                wrong.append(f"stream {number}: {status}, other bytes")
        except (Lost, OSError) as error:
            wrong.append(f"stream {number}: {error!r}")
        finally:
            caller.close()

    count = await steadily(rate, total / rate, one)
    wrong += [f"{name} was delivered twice" for name in upstream.doubled()]
    direct, proxied = (first[port] for port in (upstream.port, proxy.port))
    if len(proxied) + len(direct) != count:
        wrong.append(f"only {len(proxied) + len(direct)} streams of {count} had a first event")
    peak_rss = proxy.peak_mb()
    proxy.stop()
    times = {f"{name}_{share}": quantile(values, share / 100) * 1000 for name, values in (("direct_ms", direct), ("proxied_ms", proxied)) for share in (50, 99)}
    return report("streams (N9)", wrong, begin, streams=count, at_once=peak[0], **times, peak_rss_mb=peak_rss)
