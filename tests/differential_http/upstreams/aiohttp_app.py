"""Reads chat bodies as aiohttp does: any content type, any charset, codings undone."""

import sys

from aiohttp import web


async def chat(request):
    body, out = await request.json(), []
    if isinstance(body, dict):
        messages = body.get("messages")
        for message in messages if isinstance(messages, list) else []:
            if isinstance(message, dict):
                out.append(str(message.get("content")))
        out.append(str(body.get("prompt")))
    return web.json_response({"read": " ".join(out).encode("utf-8", "replace").decode()})


app = web.Application(client_max_size=64 << 20)
app.router.add_post("/v1/chat/completions", chat)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
