"""Sends bodies that parsers read differently through the proxy to real servers. See README.md."""

import argparse
import collections
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import parts

PLACE = pathlib.Path(os.environ.get("DIFFERENTIAL", "/tmp/unspool-differential"))
MARKER = "zebra quartz lighthouse"
# As words: what a variant has made one with its neighbours is another text, which the rule does not name.
WHOLE = re.compile(rb"(?<![0-9A-Za-z])" + MARKER.encode() + rb"(?![0-9A-Za-z])")
HARMFUL = f"please say {MARKER} aloud"
BENIGN = "describe how to bake rye bread"
PATH = "/v1/chat/completions"


def document(content=HARMFUL, key="messages", **more):
    return {"model": "m", key: [{"role": "user", "content": content}], **more}


def escaped(text):
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def documents():
    """(name, bytes) of the documents of RELIABILITY 2.1 and their relatives."""
    plain = json.dumps(document())
    harmless = json.dumps(document(BENIGN))
    message = lambda text: json.dumps([{"role": "user", "content": text}])
    yield "plain", plain.encode()
    for first, second in ((HARMFUL, BENIGN), (BENIGN, HARMFUL)):
        for key in ("messages", escaped("messages"), "m\\u0065ssages", "Messages", "MESSAGES", "me\u017f\u017fages",
                    "messages\\u0000", "messages ", "\\u006dessages"):
            text = f'{{"model":"m","messages":{message(first)},"{key}":{message(second)}}}'
            yield f"two keys {key!r}", text.encode()
            yield f"two keys {key!r}, the other first", f'{{"{key}":{message(first)},"messages":{message(second)}}}'.encode()
        yield "two contents", f'{{"messages":[{{"role":"user","content":"{first}","content":"{second}"}}]}}'.encode()
        yield "two contents, escaped", f'{{"messages":[{{"content":"{first}","{escaped("content")}":"{second}"}}]}}'.encode()
        yield "Content", f'{{"messages":[{{"role":"user","content":"{first}","Content":"{second}"}}]}}'.encode()
        yield "two documents", (json.dumps(document(first)) + json.dumps(document(second))).encode()
        for between in ("\n", "\0", "\x1e", " ", ",", "]", "//"):
            yield f"two documents with {between!r}", (json.dumps(document(first)) + between + json.dumps(document(second))).encode()
    for key in ("Messages", "MESSAGES", "me\u017f\u017fages", escaped("messages")):
        yield f"only {key!r}", f'{{"model":"m","{key}":{message(HARMFUL)}}}'.encode()
    for name in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7", "cp037", "cp500"):
        yield name, plain.encode(name)
    for bad in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x80"):
        yield f"invalid {bad!r}", plain.encode().replace(b"aloud", b"aloud" + bad)
        yield f"invalid key {bad!r}", plain.encode().replace(b'"model"', b'"model' + bad + b'"')
    for bad in ("\\ud800", "\\udc00\\ud800", "\\ud83c", "\\u0000", "\\ud83c\\udf5e"):
        yield f"escape {bad}", plain.replace("aloud", "aloud" + bad).encode()
        yield f"escaped key {bad}", plain.replace('"model"', f'"{bad}"').encode()
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, "01", "+1", "-0", "0x10", ".5", "1.", "1E+2", "1_0"):
        yield f"number {number[:12]}", plain.replace('"m"', f'"m","seed":{number}').encode()
    for depth in (10, 63, 64, 65, 100, 127, 500, 900, 2000, 9000, 100000):
        yield f"{depth} deep", plain.replace('"m"', '"m","x":' + "[" * depth + "]" * depth).encode()
    for text in ("/* */", "//\n", "#\n"):
        yield f"comment {text!r}", (text + plain).encode()
        yield f"comment after {text!r}", (plain + text).encode()
        yield f"comment in hiding {text!r}", plain.replace('"m",', f'"m",{text}').encode()
    yield "comma at the end", plain.replace("]}", "],}").encode()
    yield "single quotes", plain.replace('"', "'").encode()
    yield "bare keys", plain.replace('"messages"', "messages").encode()
    yield "a raw newline in a string", plain.replace("aloud", "aloud\n").encode()
    yield "a raw tab in a string", plain.replace("aloud", "aloud\t").encode()
    yield "escaped text", f'{{"messages":[{{"role":"user","content":"{escaped(HARMFUL)}"}}]}}'.encode()
    yield "escaped slash", plain.replace("aloud", "\\/aloud").encode()
    for space in ("\u00a0", "\u2028", "\ufeff", "\x0b", "\x0c", "\x85", "\0"):
        yield f"leading {space!r}", (space + plain).encode()
        yield f"trailing {space!r}", (plain + space).encode()
    for prefix in (")]}'\n", "\x1e", "for(;;);", "data: "):
        yield f"prefix {prefix!r}", prefix.encode() + plain.encode()
    yield "a list", f"[{plain}]".encode()
    yield "a string", json.dumps(plain).encode()
    yield "prompt beside messages", json.dumps({**document(BENIGN), "prompt": HARMFUL}).encode()
    yield "prompt and no messages", json.dumps({"prompt": HARMFUL, "messages": []}).encode()
    yield "harmless", harmless.encode()


TYPES = ["application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "application/json; charset=utf-16le",
         "application/json; charset=utf-7", "application/json; charset=ibm037", "application/json; charset=latin1",
         "application/json; charset=utf-8; charset=utf-16", "text/plain", "text/plain; charset=utf-16", "application/vnd.api+json",
         "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json, text/plain", "*/*", None]


def deflated(body, bits=15):
    packer = zlib.compressobj(wbits=bits)
    return packer.compress(body) + packer.flush()


def coded(body):
    """(content-encoding, bytes)"""
    empty = json.dumps(document(BENIGN)).encode()
    yield "gzip", gzip.compress(body)
    yield "GZip", gzip.compress(body)
    yield "x-gzip", gzip.compress(body)
    yield "deflate", deflated(body)
    yield "deflate", deflated(body, -15)
    yield "gzip, gzip", gzip.compress(gzip.compress(body))
    yield "identity", body
    yield "identity, gzip", gzip.compress(body)
    yield "gzip", gzip.compress(empty) + gzip.compress(body)
    yield "gzip", gzip.compress(body[:20]) + gzip.compress(body[20:])
    yield "gzip", gzip.compress(body)[:-4]
    yield "gzip", gzip.compress(empty) + body
    yield "deflate", deflated(empty) + deflated(body)
    yield "gzip", body
    yield "unknown", body
    yield "", body


TARGETS = [PATH, "/v1%2Fchat/completions", "/v1/%63hat/completions", "//v1/chat/completions", "/v1//chat/completions", PATH + "/",
           "/V1/Chat/Completions", "/v1/chat/../chat/completions", "/v1/./chat/completions", "/v1/chat/completions;x", PATH + "?x=y",
           PATH + "%00", "/v1/chat\\completions", "/x/%2e%2e" + PATH, "http://127.0.0.1" + PATH, PATH + "#x"]


def request(body, kind="application/json", coding=None, target=PATH, method="POST", extra="", framing=None):
    head = f"{method} {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{extra}"
    head += f"Content-Type: {kind}\r\n" if kind is not None else ""
    head += f"Content-Encoding: {coding}\r\n" if coding is not None else ""
    head += framing if framing is not None else f"Content-Length: {len(body)}\r\n"
    return head.encode("latin-1") + b"\r\n" + body


def requests(dice, variants):
    """(name, bytes) of everything that is sent."""
    known = list(documents())
    plain = dict(known)["plain"]
    for name, body in known:
        yield name, request(body)
    for name, body in known:
        for kind in TYPES if name in ("plain", "utf-16", "utf-16-le", "utf-7", "cp037") else ():
            yield f"{name} as {kind}", request(body, kind)
        for coding, packed in coded(body) if name in ("plain", "utf-8-sig", "utf-16") else ():
            yield f"{name} in {coding!r}", request(packed, coding=coding)
    for target in TARGETS:
        yield f"to {target}", request(plain, target=target)
    for method in ("PUT", "post", "PATCH", "QUERY"):
        yield f"by {method}", request(plain, method=method)
    chunks = f"{len(plain):x}\r\n".encode() + plain + b"\r\n0\r\n\r\n"
    harmless = dict(known)["harmless"]
    for framing, body in (
        ("Transfer-Encoding: chunked\r\n", chunks), ("Transfer-Encoding: gzip, chunked\r\n", chunks),
        (f"Content-Length: {len(plain)}\r\nTransfer-Encoding: chunked\r\n", chunks), ("Transfer-Encoding : chunked\r\n", chunks),
        ("Transfer-Encoding: xchunked\r\n", chunks), ("Transfer-Encoding:\tchunked\r\n", chunks), ("Transfer_Encoding: chunked\r\n", chunks),
        (f"Content-Length: {len(harmless)}\r\n", harmless + request(plain)), (f"Content-Length: +{len(plain)}\r\n", plain),
        (f"Content-Length: {len(plain)}\nX: y\r\n", plain), (f"Content-Length: {len(plain)}, {len(plain)}\r\n", plain),
    ):
        yield f"framed {framing!r}", request(body, framing=framing)
    for number in range(variants):
        yield f"variant {number}", variant(dice, known)


def variant(dice, known):
    """A document, changed in one to three places, sent one way or another."""
    name, body = dice.choice(known)
    body = bytearray(body[:20000])
    for _ in range(dice.randrange(3)):
        at = dice.randrange(len(body) + 1)
        piece = dice.choice([b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\0", b"\xef\xbb\xbf", b"\xff", b" ", b"\n", b"NaN",
                             b"\\u0000", b"\\ud800", b"//", b"/*", b"*/", b"e9", b"-", b'"messages":[],', b'"Messages":[],'])
        if dice.random() < 0.5:
            body[at:at] = piece
        else:
            body[at:at + dice.randrange(1, 4)] = b""
    body = bytes(body)
    kind = dice.choice(TYPES) if dice.random() < 0.2 else "application/json"
    if dice.random() < 0.2:
        coding, packed = dice.choice(list(coded(body)))
        return request(packed, kind, coding)
    return request(body, kind, target=dice.choice(TARGETS) if dice.random() < 0.1 else PATH)


def send(port, data, patience=20):
    """Everything that comes back until the peer closes."""
    out = b""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as peer:
        try:
            peer.sendall(data)
            while piece := peer.recv(65536):
                out += piece
        except (ConnectionError, socket.timeout):
            pass
    return out


def read_marker(answer):
    """Whether a 200 of the upstream says that it has read the marker."""
    return WHOLE.search(answer) is not None and b'"read"' in answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def commands(folder):
    """Name and command of each server whose runtime is here."""
    here = HERE / "upstreams"
    yield "fastapi", [sys.executable, str(here / "fastapi_app.py")], {}
    yield "aiohttp", [sys.executable, str(here / "aiohttp_app.py")], {}
    express = shutil.which("node") and (PLACE / "node_modules/express").exists()
    yield "express", ["node", str(here / "express.js")] if express else None, {"NODE_PATH": str(PLACE / "node_modules")}
    if shutil.which("g++"):
        built = subprocess.run(["g++", "-O1", "-pthread", "-o", f"{folder}/nlohmann", str(here / "nlohmann.cpp")], capture_output=True)
        yield "nlohmann", [f"{folder}/nlohmann"] if built.returncode == 0 else None, {}
    if shutil.which("go"):
        built = subprocess.run(["go", "build", "-o", f"{folder}/gohttp", str(here / "server.go")], capture_output=True)
        yield "go", [f"{folder}/gohttp"] if built.returncode == 0 else None, {}


def wait_for(port):
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def compare(name, port, proxied, wanted):
    """Sends everything to one upstream, straight and through the proxy; returns the ways around."""
    around, counts = [], collections.Counter()
    for what, data in wanted:
        through = send(proxied, data)
        status = through[9:12].decode("latin-1")
        counts[f"through {status or 'nothing'}"] += 1
        if read_marker(through):
            around.append((what, data[:400]))
        if read_marker(send(port, data, 5)):
            counts["read the marker when sent straight"] += 1
    print(f"{name:9} {len(wanted)} requests: {dict(sorted(counts.items()))}, {len(around)} ways around", flush=True)
    if not counts["read the marker when sent straight"] or not counts["through 200"]:
        raise SystemExit(f"{name} read nothing: the run proves nothing")
    return around


def main():
    options = argparse.ArgumentParser()
    options.add_argument("binary", nargs="?", default=parts.UNSPOOL)
    options.add_argument("--variants", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    parts.within(PLACE, "fastapi==0.163.2", "uvicorn==0.54.0", "aiohttp==3.14.5", npm=("express@4",) if shutil.which("npm") else ())
    children, around, ran = [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "unspool.toml"
        config.write_text(f'[rules]\npaths = ["{HERE / "marker.toml"}"]\n')
        try:
            for name, command, env in commands(folder):
                if command is None:
                    print(f"{name:9} left out: its runtime is not installed")
                    continue
                port, proxied = free_port(), free_port()
                children.append(subprocess.Popen([*command, str(port)], env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
                children.append(subprocess.Popen([options.binary, "serve", "--config", config, "--listen", f"127.0.0.1:{proxied}",
                                                  "--upstream", f"http://127.0.0.1:{port}"], stderr=subprocess.DEVNULL))
                wait_for(port)
                wait_for(proxied)
                around += [(name, *one) for one in compare(name, port, proxied, list(requests(random.Random(options.seed), options.variants)))]
                ran += 1
        finally:
            for child in children:
                child.kill()
                child.wait()
    for name, what, data in around:
        print(f"WAY AROUND to {name}: {what}: {data!r}")
    raise SystemExit(0 if ran and not around else 1)


main()
