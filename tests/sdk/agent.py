"""A coding agent's traffic through the proxy: long histories of real code, tool calls, diffs and shell output.

usage: [KEEP=FOLDER] agent.py PROXY UPSTREAM_PORT [COUNT]   (a proxy in front of http://127.0.0.1:UPSTREAM_PORT, where this script listens)

Bodies of 100 to 500 KB in three APIs, every third in zstd or gzip, from the sources of crates in cargo's registry. Each must
reach the upstream byte for byte. Prints what was refused, blocked or changed; fails if anything was. With KEEP those bodies are
kept in that folder, under their number and API.
"""

import difflib
import glob
import gzip
import http.server
import json
import os
import random
import sys
import threading
import urllib.error
import urllib.request

proxy, port, count = sys.argv[1].rstrip("/"), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 300
random.seed(7)
kinds = ["rs", "py", "js", "ts", "c", "h", "cpp", "go", "sh", "toml", "md", "java", "yml"]
roots = [os.path.expanduser("~/.cargo/registry/src"), sys.prefix, "/usr/lib/python3", "/tmp/unspool-sdk"]
files = [path for root in roots for kind in kinds for path in glob.glob(f"{root}/**/*.{kind}", recursive=True)]
random.shuffle(files)
received = []


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        received.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def source():
    while True:
        path = random.choice(files)
        try:
            text = open(path, encoding="utf-8").read()
        except (OSError, UnicodeDecodeError):
            continue
        if 200 < len(text):
            return os.path.basename(path), text[: random.choice([4000, 12000, 30000])]


def tool(name, what, *fields):
    members = {field: {"type": "string", "description": f"The {field} to {what}"} for field in fields}
    return {"name": name, "description": f"Use this tool to {what}. Always prefer it over the shell.", "schema": {"type": "object", "properties": members, "required": list(fields), "additionalProperties": False}}


TOOLS = [
    tool("read_file", "read a file of the workspace", "path"), tool("write_file", "write a file", "path", "content"),
    tool("apply_patch", "change files by a diff", "patch"), tool("shell", "run a command", "command"),
    tool("search", "search the code for a pattern", "pattern", "glob"), tool("todo", "keep a list of what is left to do", "items"),
]


def step():
    """One step of an agent: what it says, the tool it calls, what the tool gives."""
    name, text = source()
    lines = text.splitlines()
    kind = random.randrange(4)
    if kind == 0:
        return f"Let me look at {name}.", "read_file", {"path": f"src/{name}"}, "\n".join(f"{n:6}\t{line}" for n, line in enumerate(lines, 1))
    if kind == 1:
        changed = lines[:]
        changed[len(lines) // 2] = changed[len(lines) // 2] + "  // checked"
        patch = "\n".join(difflib.unified_diff(lines, changed, name, name, lineterm=""))
        return f"Now I change {name}.", "apply_patch", {"patch": patch}, "Done. 1 file changed."
    if kind == 2:
        out = "\n".join(f"src/{name}:{n}: {line.strip()}" for n, line in enumerate(lines[:80], 1))
        return "I search for its uses.", "shell", {"command": f"grep -rn {name.split('.')[0]!r} src | head -80"}, out
    return f"I write {name} anew.", "write_file", {"path": f"src/{name}", "content": text}, "ok"


def body(api, size):
    steps, total = [], 0
    while total < size:
        steps.append(step())
        total += len(json.dumps(steps[-1]))
    ask = "Please fix the failing test, and keep the change small. Run the whole suite at the end."
    system = "You are a coding agent. Work in the repository, read before you write, and say briefly what you do."
    if api == "anthropic":
        messages = [{"role": "user", "content": ask}]
        for at, (said, name, given, got) in enumerate(steps):
            call = {"type": "tool_use", "id": f"toolu_{at}", "name": name, "input": given}
            messages.append({"role": "assistant", "content": [{"type": "text", "text": said}, call]})
            messages.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"toolu_{at}", "content": got}]})
        tools = [{"name": t["name"], "description": t["description"], "input_schema": t["schema"]} for t in TOOLS]
        return "/v1/messages", {"model": "claude", "max_tokens": 8000, "system": system, "tools": tools, "messages": messages, "stream": True}
    if api == "responses":
        items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": ask}]}]
        for at, (said, name, given, got) in enumerate(steps):
            items.append({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": said}]})
            items.append({"type": "function_call", "call_id": f"call_{at}", "name": name, "arguments": json.dumps(given)})
            items.append({"type": "function_call_output", "call_id": f"call_{at}", "output": got})
        tools = [{"type": "function", "name": t["name"], "description": t["description"], "parameters": t["schema"], "strict": True} for t in TOOLS]
        return "/v1/responses", {"model": "gpt", "instructions": system, "input": items, "tools": tools, "store": False, "stream": True, "prompt_cache_key": "k", "include": ["reasoning.encrypted_content"]}
    messages = [{"role": "system", "content": system}, {"role": "user", "content": ask}]
    for at, (said, name, given, got) in enumerate(steps):
        call = {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": json.dumps(given)}}
        messages.append({"role": "assistant", "content": said, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"call_{at}", "content": got})
    tools = [{"type": "function", "function": {"name": t["name"], "description": t["description"], "parameters": t["schema"]}} for t in TOOLS]
    return "/v1/chat/completions", {"model": "gpt", "messages": messages, "tools": tools, "stream": True, "stream_options": {"include_usage": True}}


def coded(text, at):
    if at % 3 == 1:
        return gzip.compress(text), "gzip"
    if at % 3 == 2:
        try:
            import zstandard

            return zstandard.compress(text), "zstd"
        except ImportError:
            return text, None
    return text, None


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wrong, total = [], 0
    for at in range(count):
        path, sent = body(["openai", "anthropic", "responses"][at % 3], random.randrange(100_000, 500_000))
        text = json.dumps(sent, ensure_ascii=at % 2 == 0).encode()
        total += len(text)
        data, coding = coded(text, at // 3)
        headers = {"content-type": "application/json", **({"content-encoding": coding} if coding else {})}
        received.clear()
        try:
            urllib.request.urlopen(urllib.request.Request(proxy + path, data, headers), timeout=120).read()
            if received != [text]:
                wrong.append(f"body {at} ({path}) was changed")
        except urllib.error.HTTPError as error:
            if keep := os.environ.get("KEEP"):
                os.makedirs(keep, exist_ok=True)
                with open(f"{keep}/{at}{path.replace('/', '-')}-{error.code}.json", "wb") as file:
                    file.write(text)
            wrong.append(f"body {at} ({path}, {len(text)} bytes): {error.code} {error.headers['x-unspool-action']} {error.headers['x-unspool-request-id']} {error.read()[:200]!r}")
    print("\n".join(wrong))
    print(f"{count} bodies, {total >> 20} MiB, {len(wrong)} refused, blocked or changed")
    sys.exit(bool(wrong))


main()
