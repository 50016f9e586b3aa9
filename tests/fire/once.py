"""F10: an upstream that closes its connections after any answer, announced or not: nothing is delivered twice, little is lost."""

import asyncio
import contextlib
import re
import time

from kit import BENIGN, Caller, Lost, Proxy, chat, dice, report, request


async def run(binary, count=2000, at_once=16):
    begin, random = time.monotonic(), dice(3)
    seen, wrong, statuses, left = {}, [], {}, [count]

    async def upstream(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(re.search(rb"content-length: (\d+)", head, re.I)[1]))
                name = re.search(rb'"user": "(n\d+)"', body)[1]
                seen[name] = seen.get(name, 0) + 1
                fate = random.random()
                if fate < 0.1:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
                await writer.drain()
                if fate < 0.4:
                    # At once, or just when the next request is on its way.
                    await asyncio.sleep(random.random() * 0.01 * (fate < 0.3))
                    break
        writer.close()

    server = await asyncio.start_server(upstream, "127.0.0.1", 0, backlog=1024)
    proxy = Proxy(binary, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    async def one():
        caller = Caller(proxy.port)
        while left[0] > 0:
            left[0] -= 1
            try:
                await caller.send(request(chat(BENIGN, left[0])))
                status, _, _ = await asyncio.wait_for(caller.answer(), 20)
            except (Lost, OSError, asyncio.TimeoutError) as error:
                wrong.append(f"lost: {error!r}")
                caller.close()
                continue
            statuses[status] = statuses.get(status, 0) + 1
        caller.close()

    await asyncio.gather(*[one() for _ in range(at_once)])
    doubled = [name for name, times in seen.items() if times > 1]
    wrong += [f"{name} was delivered {seen[name]} times" for name in doubled]
    if set(statuses) - {200, 502}:
        wrong.append(f"answers: {statuses}")
    if len(seen) + statuses.get(502, 0) < count:
        wrong.append(f"{count} asked, {len(seen)} delivered, {statuses}")
    proxy.stop()
    return report("closing upstream (F10)", wrong, begin, asked=count, delivered=len(seen), doubled=len(doubled), **{f"answered_{key}": value for key, value in statuses.items()})
