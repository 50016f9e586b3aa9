"""N11: SIGTERM under load loses nothing that was begun; reloads under load neither."""

import asyncio
import signal
import time

from kit import BENIGN, Caller, Lost, Proxy, Upstream, chat, dice, quantile, report, request


async def drains(binary, runs=5):
    begin, random = time.monotonic(), dice()
    wrong, took, finished, refused = [], [], 0, 0
    for number in range(runs):
        upstream = await Upstream(events=20, pause=0.02).start()
        proxy = Proxy(binary, upstream.url, "[server]\ndrain_seconds = 10\n")
        told = [None]

        async def one(at):
            nonlocal finished, refused
            caller = Caller(proxy.port)
            stream = at % 2 == 0
            begun = False
            try:
                while told[0] is None or begun:
                    await caller.send(request(chat(BENIGN, at, **({"stream": True} if stream else {}))))
                    begun = True
                    status, _, body = await asyncio.wait_for(caller.answer(), 30)
                    begun = False
                    if status != 200 or (stream and body != upstream.whole_stream()):
                        wrong.append(f"run {number}: {status}, {len(body)} bytes")
                    finished += 1
            except (Lost, OSError, asyncio.TimeoutError) as error:
                # A request that no one has begun to read may meet a closed door; it is safe to send again.
                if begun and told[0] is None:
                    wrong.append(f"run {number}: lost before the signal: {error!r}")
                elif begun and upstream.asked.get(f"n{at}", 0) and isinstance(error, Lost) and stream and "readexactly" in repr(error):
                    wrong.append(f"run {number}: a stream was cut: {error!r}")
                else:
                    refused += 1
            finally:
                caller.close()

        load = [asyncio.ensure_future(one(at)) for at in range(20)]
        await asyncio.sleep(0.3 + random.random() * 0.3)
        told[0] = time.monotonic()
        proxy.signal(signal.SIGTERM)
        code = await asyncio.get_running_loop().run_in_executor(None, proxy.process.wait, 15)
        took.append(time.monotonic() - told[0])
        await asyncio.gather(*load)
        if code != 0:
            wrong.append(f"run {number}: it ended with {code}")
        upstream.server.close()
    return report("drain (N11)", wrong, begin, runs=runs, finished=finished, met_a_closed_door=refused, exit_p50_s=quantile(took, 0.5), exit_most_s=max(took))


async def reloads(binary, count=50, rate=25):
    begin = time.monotonic()
    upstream = await Upstream().start()
    proxy = Proxy(binary, upstream.url)
    wrong, done, stop = [], [0], asyncio.Event()

    async def load(at):
        caller = Caller(proxy.port)
        while not stop.is_set():
            try:
                await caller.send(request(chat(BENIGN, at)))
                status, _, _ = await asyncio.wait_for(caller.answer(), 30)
                if status != 200:
                    wrong.append(f"{status} during a reload")
                done[0] += 1
            except (Lost, OSError, asyncio.TimeoutError) as error:
                wrong.append(f"lost during a reload: {error!r}")
                caller.close()
            await asyncio.sleep(0.02)
        caller.close()

    loads = [asyncio.ensure_future(load(at)) for at in range(4)]
    for number in range(count):
        # Every fourth finds a config that cannot be used, which must change nothing.
        with open(proxy.config, "w") as file:
            file.write(["", "[policy]\nexpose = true\n", "[policy]\nstrictness = 3\n", "[policy]\nstrictness = 9\n"][number % 4])
        proxy.signal(signal.SIGHUP)
        await asyncio.sleep(1 / rate)
    await asyncio.sleep(2)
    stop.set()
    await asyncio.gather(*loads)
    if not proxy.alive():
        return report("reload (N11)", [f"the proxy ended with {proxy.process.returncode}", *map(str, proxy.log[-3:]), *wrong[:3]], begin, asked=count)
    metrics = await proxy.metrics()
    kinds = {kind: int(metrics.get(f'unspool_reloads_total{{result="{kind}"}}', 0)) for kind in ("ok", "unchanged", "failed")}
    if not kinds["ok"] or not kinds["failed"]:
        wrong.append(f"reloads were not tried: {kinds}")
    proxy.stop()
    return report("reload (N11)", wrong, begin, asked=count, answered=done[0], **{f"reloads_{kind}": value for kind, value in kinds.items()})


async def second(binary):
    """A second SIGTERM ends at once, even with a stream that does not."""
    begin = time.monotonic()
    upstream = await Upstream(events=10_000, pause=0.05).start()
    proxy = Proxy(binary, upstream.url)
    caller = Caller(proxy.port)
    await caller.send(request(chat(BENIGN, 1, stream=True)))
    await caller.head()
    proxy.signal(signal.SIGTERM)
    await asyncio.sleep(0.5)
    waits = proxy.alive()
    sent = time.monotonic()
    proxy.signal(signal.SIGTERM)
    code = await asyncio.get_running_loop().run_in_executor(None, proxy.process.wait, 10)
    took = time.monotonic() - sent
    caller.close()
    wrong = [] if waits and took < 2 else [f"waited for the stream: {waits}; ended {took:.1f} s after the second"]
    return report("second SIGTERM", wrong, begin, ended_after_s=took, code=code)
