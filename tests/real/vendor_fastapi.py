"""A vendor's API as FastAPI would serve it: says what it read, streams, fails on demand. usage: vendor_fastapi.py PORT"""

import asyncio
import hashlib
import json
import sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse, StreamingResponse

app = FastAPI(docs_url=None, redoc_url=None)
app.add_middleware(GZipMiddleware, minimum_size=200)


async def told(request: Request):
    raw = await request.body()
    kept = {name: request.headers.get(name) for name in ("authorization", "x-api-key", "anthropic-version", "openai-organization", "content-type", "x-custom")}
    body = json.loads(raw) if raw else None
    return body, {"path": request.url.path, "query": str(request.url.query), "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw), "fields": kept, "body": body}


@app.post("/v1/chat/completions")
@app.post("/v1/messages")
@app.post("/v1/embeddings")
async def speak(request: Request):
    body, seen = await told(request)
    fail = request.headers.get("x-fail")
    if fail:
        return JSONResponse({"error": {"message": "as asked", "type": "vendor"}}, int(fail), {"retry-after": "7", "x-vendor": "yes"})
    if not body.get("stream"):
        return JSONResponse({"object": "chat.completion", "seen": seen, "choices": [{"message": {"role": "assistant", "content": "rye bread 🍞 " * 40}}]}, headers={"x-vendor": "yes", "set-cookie": "a=1"})

    async def events():
        for number in range(40):
            yield f"event: chunk\r\ndata: {json.dumps({'n': number, 'text': 'loaf 🍞' * (number % 5), 'seen': seen['sha256']}, ensure_ascii=number % 2 == 0)}\n\n: keep\n\n"
            await asyncio.sleep(0.002)
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream", headers={"x-vendor": "yes"})


@app.post("/api/chat")
async def lines(request: Request):
    _, seen = await told(request)

    async def documents():
        for number in range(20):
            yield json.dumps({"n": number, "seen": seen["sha256"], "done": number == 19}) + "\n"
            await asyncio.sleep(0.002)

    return StreamingResponse(documents(), media_type="application/x-ndjson")


@app.get("/v1/models")
async def models(request: Request):
    return (await told(request))[1]


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
