"""A small OpenEnv server for tests, written from the public protocol: WebSocket /ws, one environment a connection.

The world: a number from 0 to 9 to be guessed. Actions are {"guess": N}; the answer says "higher" or "lower".
"""
import base64
import hashlib
import json
import socketserver
import struct
import threading

ENDS = 6  # guesses


class World:
    def __init__(self):
        self.secret, self.steps = 0, 0

    def reset(self, seed=None, episode_id=None):
        self.secret, self.steps = (seed or 0) % 10, 0
        return self.observation("guess a number", None, False)

    def step(self, guess):
        self.steps += 1
        if guess == self.secret:
            return self.observation("right", True, True)
        words = "higher" if guess < self.secret else "lower"
        return self.observation(words, -0.1, self.steps >= ENDS)

    def observation(self, text, reward, done):
        return {"observation": {"text": text, "left": ENDS - self.steps, "metadata": {}}, "reward": reward, "done": done}


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        key = ""
        while (line := self.rfile.readline().strip()):
            name, _, value = line.decode("latin-1").partition(":")
            key = value.strip() if name.lower() == "sec-websocket-key" else key
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        self.wfile.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        if self.server.full:
            self.send({"type": "error", "data": {"message": "no room", "code": "CAPACITY_REACHED"}})
            return self.frame(8, struct.pack("!H", 1000))
        world = World()
        self.frame(9, b"are you there")  # a client answers pings at any time
        while (request := self.receive()) is not None:
            if request == {"type": "close"}:
                return self.frame(8, struct.pack("!H", 1000))
            self.send(self.answer(world, request))

    @staticmethod
    def answer(world, request):
        kind, data = request.get("type"), request.get("data", {})
        try:
            if kind == "reset":
                return {"type": "observation", "data": world.reset(**data)}
            if kind == "step":
                return {"type": "observation", "data": world.step(**data)}
            if kind == "state":
                return {"type": "state", "data": {"episode_id": None, "step_count": world.steps}}
            return {"type": "error", "data": {"message": f"unknown {kind}", "code": "UNKNOWN_TYPE"}}
        except TypeError as error:
            return {"type": "error", "data": {"message": str(error), "code": "VALIDATION_ERROR"}}

    def receive(self):
        """The next request; None at the end."""
        while True:
            head = self.rfile.read(2)
            if len(head) < 2:
                return None
            size = head[1] & 127
            if size > 125:
                size = int.from_bytes(self.rfile.read(2 if size == 126 else 8), "big")
            mask, data = self.rfile.read(4), self.rfile.read(size)
            assert head[1] & 128, "a client's frames are masked"
            data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
            if head[0] & 15 == 10:
                assert data == b"are you there"
                continue
            return json.loads(data)

    def send(self, value):
        text = json.dumps(value).encode()
        middle = len(text) // 2
        self.frame(1, text[:middle], final=False)  # clients join fragments
        self.frame(0, text[middle:])

    def frame(self, kind, payload, final=True):
        size = len(payload)
        head = struct.pack("!BB", 128 * final | kind, size) if size < 126 else struct.pack("!BBH", 128 * final | kind, 126, size)
        self.wfile.write(head + payload)


class Server(socketserver.ThreadingTCPServer):
    """A server on a free port, in a thread."""

    allow_reuse_address, daemon_threads, full = True, True, False

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"ws://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


if __name__ == "__main__":
    with Server() as server:
        print(server.url, flush=True)
        threading.Event().wait()
