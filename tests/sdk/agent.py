#!/usr/bin/env python3
"""A coding agent's traffic through the proxy: long histories of real code, tool calls, diffs and shell output.

usage: tests/sdk/agent.py [UNSPOOL] [--count 300] [--keep FOLDER] [--from FOLDER]

Bodies of 100 to 500 KB in three APIs, from the sources of crates in cargo's registry and what else the machine has, with an agent's own
tools and those that the SDKs document. Each is sent plain and in zstd, every third in gzip too, through a proxy started here in monitor
mode, which judges as ever and forwards: each must reach the upstream byte for byte (by hash), whatever it is judged to be. What is
refused or changed, what would be blocked, and what was not screened to its end is listed; any of it fails the run. `--keep` keeps all
bodies in that folder, under their number and API, where `unspool scan` takes them; `--from` sends what was kept.
"""

import argparse
import difflib
import glob
import gzip
import hashlib
import http.server
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import parts

parts.within(os.environ.get("AGENT", "/tmp/unspool-agent"), "zstandard==0.25.0")

import zstandard

random.seed(7)
kinds = ["rs", "py", "js", "ts", "c", "h", "cpp", "go", "sh", "toml", "md", "java", "yml"]
roots = [os.path.expanduser("~/.cargo/registry/src"), "/usr/lib/python3", "/usr/lib/python3.11", "/tmp/unspool-sdk"]
received = []


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        received.append((hashlib.sha256(body).hexdigest(), self.headers["content-encoding"]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def sources():
    found = sorted(path for root in roots for kind in kinds for path in glob.glob(f"{root}/**/*.{kind}", recursive=True))
    if len(found) < 1000:
        sys.exit(f"{len(found)} files of code in {', '.join(roots)}: build the proxy with cargo first, so that its registry is there")
    random.shuffle(found)
    return found


def source(files):
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


# As the SDKs document them.
CLAUDES = [
    {"type": "bash_20250124", "name": "bash"},
    {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool", "max_characters": 10000},
    {"type": "web_search_20250305", "name": "web_search", "max_uses": 5, "allowed_domains": ["docs.rs", "doc.rust-lang.org"]},
]
OPENAIS = [
    {"type": "shell", "environment": {"type": "local"}},
    {"type": "apply_patch"},
    {"type": "web_search", "search_context_size": "low", "filters": {"allowed_domains": ["docs.rs"]}},
    {"type": "mcp", "server_label": "issues", "server_description": "The issues of this repository", "server_url": "https://example.org/mcp", "require_approval": "never"},
    {"type": "custom", "name": "sum", "description": "Adds numbers up", "format": {"type": "grammar", "syntax": "lark", "definition": 'start: NUMBER (" + " NUMBER)*\\nNUMBER: /[0-9]+/'}},
]


def step(files):
    """One step of an agent: what it says, the tool it calls, what the tool gives."""
    name, text = source(files)
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


def body(files, api, size):
    steps, total = [], 0
    while total < size:
        steps.append(step(files))
        total += len(json.dumps(steps[-1]))
    ask = "Please fix the failing test, and keep the change small. Run the whole suite at the end."
    system = "You are a coding agent. Work in the repository, read before you write, and say briefly what you do."
    if api == "anthropic":
        messages = [{"role": "user", "content": ask}]
        for at, (said, name, given, got) in enumerate(steps):
            call = {"type": "tool_use", "id": f"toolu_{at}", "name": name, "input": given}
            messages.append({"role": "assistant", "content": [{"type": "text", "text": said}, call]})
            messages.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"toolu_{at}", "content": got}]})
        tools = [{"name": t["name"], "description": t["description"], "input_schema": t["schema"]} for t in TOOLS] + CLAUDES
        return "/v1/messages", {"model": "claude", "max_tokens": 8000, "system": system, "tools": tools, "messages": messages, "stream": True}
    if api == "responses":
        items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": ask}]}]
        for at, (said, name, given, got) in enumerate(steps):
            items.append({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": said}]})
            items.append({"type": "function_call", "call_id": f"call_{at}", "name": name, "arguments": json.dumps(given)})
            items.append({"type": "function_call_output", "call_id": f"call_{at}", "output": got})
        tools = [{"type": "function", "name": t["name"], "description": t["description"], "parameters": t["schema"], "strict": True} for t in TOOLS] + OPENAIS
        return "/v1/responses", {"model": "gpt", "instructions": system, "input": items, "tools": tools, "store": False, "stream": True, "prompt_cache_key": "k", "include": ["reasoning.encrypted_content"]}
    messages = [{"role": "system", "content": system}, {"role": "user", "content": ask}]
    for at, (said, name, given, got) in enumerate(steps):
        call = {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": json.dumps(given)}}
        messages.append({"role": "assistant", "content": said, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"call_{at}", "content": got})
    tools = [{"type": "function", "function": {"name": t["name"], "description": t["description"], "parameters": t["schema"]}} for t in TOOLS]
    return "/v1/chat/completions", {"model": "gpt", "messages": messages, "tools": tools, "stream": True, "stream_options": {"include_usage": True}}


def bodies(count, folder):
    """Number, path and bytes of each."""
    if folder:
        for path in sorted(folder.glob("*.json"), key=lambda path: int(path.name.split("-")[0])):
            at, kind = path.stem.split("-", 1)
            yield int(at), {"v1-chat-completions": "/v1/chat/completions"}.get(kind, "/" + kind.replace("-", "/")), path.read_bytes()
        return
    files = sources()
    for at in range(count):
        path, sent = body(files, ["openai", "anthropic", "responses"][at % 3], random.randrange(100_000, 500_000))
        yield at, path, json.dumps(sent, ensure_ascii=at % 2 == 0).encode()


def coded(text, at):
    yield None, text
    yield "zstd", zstandard.compress(text)
    if at % 3 == 1:
        yield "gzip", gzip.compress(text)


def ask(url, data, coding):
    """Status and action."""
    headers = {"content-type": "application/json", **({"content-encoding": coding} if coding else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=120) as answer:
            return answer.status, answer.headers["x-unspool-action"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["x-unspool-action"], error.read()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("unspool", nargs="?", default=parts.UNSPOOL)
    options.add_argument("--count", type=int, default=300)
    options.add_argument("--keep", type=pathlib.Path)
    options.add_argument("--from", dest="folder", type=pathlib.Path)
    options = options.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port, log = parts.free(), tempfile.NamedTemporaryFile(prefix="unspool-agent-", suffix=".log", delete=False).name
    upstream = f"http://127.0.0.1:{server.server_address[1]}"
    parts.start([options.unspool, "serve", "--listen", f"127.0.0.1:{port}", "--upstream", upstream, "--mode", "monitor"], log)
    parts.wait(port)
    wrong, counts, sent, total = [], dict.fromkeys(("changed", "refused", "blocked", "not screened to the end"), 0), 0, 0
    number = 0
    for number, (at, path, text) in enumerate(bodies(options.count, options.folder), 1):
        total += len(text)
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{at}{path.replace('/', '-')}.json").write_bytes(text)
        said = set()
        for coding, data in coded(text, at):
            sent += 1
            received.clear()
            status, action, answer = ask(f"http://127.0.0.1:{port}{path}", data, coding)
            if status != 200:
                said.add("refused")
                wrong.append(f"{status} {answer[:200]!r}")
            elif received != [(hashlib.sha256(text).hexdigest(), None)]:
                said.add("changed")
            if action != "forward":
                said.add("blocked" if action == "would_block" else "not screened to the end")
        for what in said:
            counts[what] += 1
            wrong.append(f"body {at} ({path}, {len(text)} bytes): {what}")
    print("\n".join(wrong))
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    print(f"{number} bodies, {total >> 20} MiB, sent {sent} times: {told}")
    sys.exit(bool(wrong or not number))


main()
