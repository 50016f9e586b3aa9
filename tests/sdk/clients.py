"""The real OpenAI and Anthropic clients against a running proxy.

usage: clients.py http://127.0.0.1:PORT   (a proxy started with --upstream echo:)
"""

import sys

import anthropic
import openai

base = sys.argv[1].rstrip("/")
said = [{"role": "user", "content": "describe how to bake bread"}]
want = "You said: describe how to bake bread"
checks = 0


def check(name, got, expected):
    global checks
    checks += 1
    assert got == expected, f"{name}: {got!r} is not {expected!r}"
    print("ok", name)


client = openai.OpenAI(api_key="none", base_url=base + "/v1")
whole = client.chat.completions.create(model="m", messages=said)
check("openai", whole.choices[0].message.content, want)
check("openai usage", whole.usage.total_tokens > 0, True)
events = client.chat.completions.create(model="m", messages=said, stream=True, stream_options={"include_usage": True})
events = list(events)
check("openai streamed", "".join(e.choices[0].delta.content or "" for e in events if e.choices), want)
check("openai streamed usage", events[-1].usage.total_tokens > 0, True)
check("openai models", [m.id for m in client.models.list()], ["echo"])
try:
    client.embeddings.create(model="m", input="bread", encoding_format="float")
    check("openai unknown route", "answered", "refused")
except openai.NotFoundError as error:
    check("openai unknown route", bool(error.response.headers["x-unspool-request-id"]), True)

claude = anthropic.Anthropic(api_key="none", base_url=base)
whole = claude.messages.create(model="m", max_tokens=9, messages=said)
check("anthropic", whole.content[0].text, want)
with claude.messages.stream(model="m", max_tokens=9, messages=said) as stream:
    check("anthropic streamed", "".join(stream.text_stream), want)
    check("anthropic stop", stream.get_final_message().stop_reason, "end_turn")
assert checks == 9, checks
