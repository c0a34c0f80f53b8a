"""Faults from outside: a TCP proxy that delays, cuts, damages and holds bytes, and a language-model server that misbehaves."""

import asyncio
import http.server
import json
import random
import socket
import threading
import time


class FaultProxy:
    """Forwards TCP connections from a port of this machine to `target` (HOST:PORT), with faults that may change at any time.

    TCP repairs what a network drops, duplicates or reorders, so these arrive at an application as delay, as a cut or, where
    a machine in between is faulty, as damaged bytes.
    """

    CHUNK_BYTES = 64 << 10

    def __init__(self, target, seed=1):
        host, port = target.rsplit(":", 1)
        self.target = host, int(port)
        self.delay_seconds = 0.0
        # Mean number of bytes between two damaged ones; 0 = none.
        self.damage_bytes = 0
        # While it is true nothing is forwarded and no connection ends: a partition.
        self.holds = False
        self.connections = 0
        # Bytes forwarded to the target, and from it.
        self.bytes_up = self.bytes_down = 0
        self.damaged = 0
        self._random = random.Random(seed)
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.endpoint = "127.0.0.1:%d" % self._server.sockets[0].getsockname()[1]
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def cut(self):
        """Resets all connections."""
        def reset():
            for writer in list(self._writers):
                writer.transport.abort()
        self._loop.call_soon_threadsafe(reset)

    def close(self):
        self.cut()
        self._loop.call_soon_threadsafe(self._server.close)

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            peer_reader, peer_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, peer_writer}
        await asyncio.gather(self._forward(reader, peer_writer, True), self._forward(peer_reader, writer, False))
        self._writers -= {writer, peer_writer}

    async def _forward(self, reader, writer, is_up):
        waiting = asyncio.Queue(maxsize=256)

        async def read():
            try:
                while data := await reader.read(self.CHUNK_BYTES):
                    await waiting.put((time.monotonic(), data))
            except OSError:
                pass
            await waiting.put((0.0, b""))

        task = asyncio.create_task(read())
        try:
            while True:
                arrived, data = await waiting.get()
                if not data:
                    break
                await asyncio.sleep(max(0.0, arrived + self.delay_seconds - time.monotonic()))
                while self.holds:
                    await asyncio.sleep(0.05)
                if is_up:
                    self.bytes_up += len(data)
                else:
                    self.bytes_down += len(data)
                writer.write(self._damage(data))
                await writer.drain()
        except OSError:
            pass
        task.cancel()
        writer.transport.abort() if writer.transport.is_closing() else writer.close()

    def _damage(self, data):
        if not self.damage_bytes or self._random.random() > len(data) / self.damage_bytes:
            return data
        damaged = bytearray(data)
        damaged[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
        self.damaged += 1
        return bytes(damaged)


class FakeLanguageModel:
    """A server with OpenAI's HTTP interface. `mode` says how it misbehaves, and may change at any time."""

    MODES = ("answer", "refuse", "hang", "busy", "broken", "drip", "cut", "garbage", "both", "empty")

    def __init__(self):
        self.mode = "answer"
        self.questions = 0
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                fake.reply(self, {"object": "list", "data": [{"id": "fake", "object": "model"}]})

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.questions += 1
                texts = {"answer": "Yes", "garbage": "As a large banana, \x00\u202e I cannot.", "both": "Yes No Yes", "empty": ""}
                text = texts.get(fake.mode, "Yes")
                fake.reply(self, {
                    "id": "1", "object": "chat.completion", "model": "fake",
                    "choices": [{"index": 0, "finish_reason": "stop", "text": text,
                                 "message": {"role": "assistant", "content": text}}],
                    "usage": {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21}})

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):  # clients that leave early
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def reply(self, handler, value):
        body = json.dumps(value).encode()
        mode = self.mode
        if mode == "refuse":
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        if mode == "hang":
            while self.mode == "hang":
                time.sleep(0.1)
            handler.close_connection = True
            return
        handler.send_response({"busy": 429, "broken": 500}.get(mode, 200))
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if mode == "cut":
            handler.wfile.write(body[: len(body) // 2])
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
        elif mode == "drip":
            for byte in body:
                if self.mode != "drip":
                    break
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
                time.sleep(0.5)
            handler.close_connection = True
        else:
            handler.wfile.write(body)


class RawPeer:
    """A connection that speaks ZMTP 3 without a library, so that it can break its rules."""

    def __init__(self, endpoint, routing_id=b"", greet=True, socket_type=b"DEALER"):
        host, port = endpoint.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), 10)
        self.socket.settimeout(10)
        if not greet:
            return
        self.socket.sendall(b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" + bytes(31))
        self._read(64)
        metadata = b""
        for name, value in ((b"Socket-Type", socket_type), (b"Identity", routing_id)):
            metadata += bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value
        self._command(b"READY", metadata)
        self._read_frame()

    def _command(self, name, content):
        body = bytes([len(name)]) + name + content
        self.socket.sendall((b"\x04" + bytes([len(body)]) if len(body) < 256 else b"\x06" + len(body).to_bytes(8, "big")) + body)

    def frame(self, content, more=False):
        """Sends one frame of a message."""
        flags = (1 if more else 0) | (2 if len(content) > 255 else 0)
        size = len(content).to_bytes(8, "big") if len(content) > 255 else bytes([len(content)])
        self.socket.sendall(bytes([flags]) + size + content)

    def _read(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the learner closed the connection")
            data += part
        return data

    def _read_frame(self):
        flags = self._read(1)[0]
        size = int.from_bytes(self._read(8), "big") if flags & 2 else self._read(1)[0]
        return flags, self._read(size)

    def receive(self):
        """The frames of the next message; heartbeats of ZMTP are skipped."""
        frames = []
        while True:
            flags, content = self._read_frame()
            if flags & 4:
                continue
            frames.append(content)
            if not flags & 1:
                return frames

    @property
    def is_cut(self):
        """Whether the learner has closed the connection."""
        self.socket.setblocking(False)
        try:
            while True:
                if not self.socket.recv(1 << 16):
                    return True
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            try:
                self.socket.settimeout(10)
            except OSError:
                pass

    def close(self):
        self.socket.close()
