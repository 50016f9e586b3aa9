"""Reads chat bodies as FastAPI servers (vLLM, llama-cpp-python, LiteLLM) do."""

import sys

import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()


def read(body):
    out = []
    if isinstance(body, dict):
        messages = body.get("messages")
        for message in messages if isinstance(messages, list) else []:
            if isinstance(message, dict):
                out.append(str(message.get("content")))
        out.append(str(body.get("prompt")))
    return " ".join(out)


@app.post("/v1/chat/completions")
async def chat(request: Request):
    return {"read": read(await request.json()).encode("utf-8", "replace").decode()}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
