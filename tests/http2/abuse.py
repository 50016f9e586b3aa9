"""HTTP/2 abuse (A15) and injection (A16) against a running proxy. See README.md."""

import http.client
import http.server
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import parts

parts.within(os.environ.get("HTTP2", "/tmp/unspool-http2"), "h2==4.4.1", "hyperframe==6.1.0", "hpack==4.2.0")

import hpack
from hyperframe.frame import (
    ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame, SettingsFrame,
    WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
BENIGN = json.dumps({"model": "m", "messages": [{"role": "user", "content": "describe how to bake rye bread"}]}).encode()
GROWTH_KB = 64 * 1024
seen = []


class Recorder(http.server.BaseHTTPRequestHandler):
    """An upstream that keeps the heads it gets."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        seen.append((self.requestline, self.headers.items(), body))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST

    def log_message(self, *_):
        pass


def start(binary):
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{upstream.server_address[1]}"
    process = subprocess.Popen([binary, "serve", "--listen", "127.0.0.1:0", "--upstream", url], stderr=subprocess.PIPE)
    for line in process.stderr:
        found = json.loads(line)
        if "is listening" in json.dumps(found):
            host, port = (found.get("listen") or found["fields"]["listen"]).rsplit(":", 1)
            break
    threading.Thread(target=lambda: [None for _ in process.stderr], daemon=True).start()
    return process, (host, int(port))


def rss_kb(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class Peer:
    """A connection that sends any frame it likes and keeps what comes back."""

    def __init__(self, address, settings=None):
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.sendall(PREFACE + SettingsFrame(0, settings=settings or {}).serialize())
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.frames, self.closed = [], False
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        held = b""
        try:
            while piece := self.socket.recv(65536):
                held += piece
                while len(held) >= 9:
                    frame, length = Frame.parse_frame_header(memoryview(held[:9]))
                    if len(held) < 9 + length:
                        break
                    frame.parse_body(memoryview(held[9:9 + length]))
                    held = held[9 + length:]
                    if isinstance(frame, HeadersFrame):
                        frame.fields = self.decoder.decode(frame.data)
                    self.frames.append(frame)
        except OSError:
            pass
        self.closed = True

    def send(self, data):
        """Whether the peer still takes it."""
        try:
            self.socket.sendall(data)
            return not self.closed
        except OSError:
            self.closed = True
            return False

    def head(self, stream, fields=None, flags=("END_HEADERS",)):
        fields = fields or [(":method", "POST"), (":scheme", "http"), (":authority", "h"),
                            (":path", "/v1/chat/completions"), ("content-type", "application/json")]
        frame = HeadersFrame(stream, data=self.encoder.encode(fields, huffman=False))
        for flag in flags:
            frame.flags.add(flag)
        return frame.serialize()

    def goaway(self):
        return any(isinstance(frame, GoAwayFrame) for frame in self.frames)

    def resets(self):
        return sum(isinstance(frame, RstStreamFrame) for frame in self.frames)

    def status(self, stream, patience=10):
        """The status of an answer, or "reset" or "closed"."""
        end = time.time() + patience
        while time.time() < end:
            for frame in self.frames:
                if isinstance(frame, HeadersFrame) and frame.stream_id == stream:
                    return dict(frame.fields)[":status"]
                if isinstance(frame, RstStreamFrame) and frame.stream_id == stream:
                    return "reset"
            if self.closed or self.goaway():
                return "closed"
            time.sleep(0.01)
        return "nothing"


def rapid_reset(peer):
    for stream in range(1, 20001, 2):
        if not peer.send(peer.head(stream) + RstStreamFrame(stream, error_code=8).serialize()):
            return


def made_you_reset(peer):
    for stream in range(1, 20001, 2):
        if not peer.send(peer.head(stream) + WindowUpdateFrame(stream, window_increment=1).serialize()[:-4] + bytes(4)):
            return


def continuation(peer):
    peer.send(peer.head(1, flags=()))
    block = ContinuationFrame(1, data=peer.encoder.encode([("x-a", "b" * 1000)], huffman=False)).serialize()
    for _ in range(20000):
        if not peer.send(block):
            return


def settings(peer):
    block = SettingsFrame(0, settings={4: 65535}).serialize() * 100
    for _ in range(1000):
        if not peer.send(block):
            return


def ping(peer):
    block = PingFrame(0, opaque_data=b"12345678").serialize() * 100
    for _ in range(1000):
        if not peer.send(block):
            return


def empty_data(peer):
    peer.send(peer.head(1))
    block = DataFrame(1, data=b"").serialize() * 100
    for _ in range(1000):
        if not peer.send(block):
            return


def many_streams(peer):
    for stream in range(1, 20001, 2):
        if not peer.send(peer.head(stream)):
            return


def zero_window(peer):
    for stream in range(1, 201, 2):
        frame = DataFrame(stream, data=BENIGN)
        frame.flags.add("END_STREAM")
        if not peer.send(peer.head(stream) + frame.serialize()):
            return


# Each flood, and what must be seen of it: it is cut, or every frame beyond a limit is answered by a reset, or it is
# merely absorbed (answered at the caller's own pace).
FLOODS = [
    (rapid_reset, "cut"), (made_you_reset, "cut"), (continuation, "cut"), (settings, "cut"), (ping, "cut"),
    (empty_data, "cut"), (many_streams, "limited"), (zero_window, "absorbed"),
]


def ask(address):
    start = time.time()
    connection = http.client.HTTPConnection(*address, timeout=20)
    connection.request("POST", "/v1/chat/completions", BENIGN, {"content-type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    assert status == 200, status
    return time.time() - start


def flood(process, address):
    idle = statistics.median(ask(address) for _ in range(20))
    before = rss_kb(process)
    for attack, want in FLOODS:
        peers = [Peer(address, {4: 0} if attack is zero_window else None) for _ in range(4)]
        threads = [threading.Thread(target=attack, args=(peer,)) for peer in peers]
        [thread.start() for thread in threads]
        took = [ask(address) for _ in range(20)]
        [thread.join(60) for thread in threads]
        time.sleep(0.3)
        cut = all(peer.closed or peer.goaway() for peer in peers)
        resets = [peer.resets() for peer in peers]
        growth = rss_kb(process) - before
        print(f"{attack.__name__:16} cut={cut} resets={max(resets)} rss+{growth} KB "
              f"latency {statistics.median(took) * 1000:.1f} ms (idle {idle * 1000:.1f} ms)")
        assert want != "cut" or cut, f"{attack.__name__} was not cut"
        assert want != "limited" or cut or min(resets) > 1000, f"{attack.__name__} has no limit"
        assert growth < GROWTH_KB, f"{attack.__name__} grew the process by {growth} KB"
        assert process.poll() is None, "the proxy is gone"
        [peer.socket.close() for peer in peers]
    return len(FLOODS)


def injection(address):
    base = [(":method", "POST"), (":scheme", "http"), (":authority", "h"), (":path", "/v1/chat/completions"),
            ("content-type", "application/json")]
    put = lambda name, value: [(name, value) if field[0] == name else field for field in base]
    without = lambda name: [field for field in base if field[0] != name]
    refused = [
        ("CR LF in a value", base + [("x-a", "b\r\nx-injected: 1")]), ("LF in a value", base + [("x-a", "b\nc")]),
        ("NUL in a value", base + [("x-a", "b\0c")]), ("no ASCII", base + [("x-a", b"caf\xe9")]),
        ("CR LF in a name", base + [("x-a\r\nx-injected", "1")]), ("upper case", base + [("X-Injected", "1")]),
        ("a colon in a name", base + [("x:injected", "1")]), ("transfer-encoding", base + [("transfer-encoding", "chunked")]),
        ("connection", base + [("connection", "x-a")]), ("TE", base + [("te", "gzip")]),
        ("upgrade", base + [("upgrade", "websocket")]), ("keep-alive", base + [("keep-alive", "5")]),
        ("a space in the path", put(":path", "/v1/chat/completions HTTP/1.1\r\nx-injected: 1")),
        ("a space", put(":path", "/v1/chat completions")), ("a star", put(":path", "*")), ("no path", without(":path")),
        ("an empty path", put(":path", "")), ("a full path", put(":path", "http://h/v1/chat/completions")),
        ("no authority", without(":authority")), ("another host", base + [("host", "elsewhere")]),
        ("a user", put(":authority", "me:pw@h")), ("ftp", put(":scheme", "ftp")), ("no scheme", without(":scheme")),
        ("two paths", base + [(":path", "/v1/models")]), ("an unknown pseudo field", base + [(":injected", "1")]),
        ("a late pseudo field", without(":path") + [("x-a", "b"), (":path", "/v1/chat/completions")]),
        ("a wrong length", base + [("content-length", "5")]), ("two lengths", base + [("content-length", "5"), ("content-length", "6")]),
        ("two types", base + [("content-type", "text/plain")]), ("CONNECT", put(":method", "CONNECT")),
        ("lower case method", put(":method", "post")), ("a method with a space", put(":method", "POST /x")),
        ("extended CONNECT", put(":method", "CONNECT") + [(":protocol", "websocket")]),
        ("a twin", base + [("content_type", "text/plain")]), ("101 fields", base + [("x-a", "b")] * 101),
    ]
    seen.clear()
    for name, fields in refused:
        peer = Peer(address)
        data = DataFrame(1, data=BENIGN)
        data.flags.add("END_STREAM")
        peer.send(peer.head(1, fields) + data.serialize())
        status = peer.status(1)
        assert status in ("reset", "closed") or str(status).startswith("4"), f"{name}: {status}"
        assert not seen, f"{name}: {seen}"
        peer.socket.close()
    peer = Peer(address)
    data = DataFrame(1, data=BENIGN)
    data.flags.add("END_STREAM")
    crumbs = [("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers"), ("x-kept", "1")]
    peer.send(peer.head(1, base + crumbs) + data.serialize())
    assert peer.status(1) == "200"
    line, fields, body = seen[0]
    fields = [(name.lower(), value) for name, value in fields]
    assert (line, body) == ("POST /v1/chat/completions HTTP/1.1", BENIGN), line
    assert ("cookie", "a=1; b=2") in fields and ("x-kept", "1") in fields, fields
    assert "te" not in dict(fields) and sum(name == "cookie" for name, _ in fields) == 1, fields
    return len(refused)


def main():
    process, address = start(sys.argv[1] if len(sys.argv) > 1 else parts.UNSPOOL)
    try:
        print(f"{injection(address)} injections refused, cookies joined")
        print(f"{flood(process, address)} floods withstood")
    finally:
        process.kill()


main()
