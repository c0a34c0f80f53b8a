"""Environment server: steps batches of Python environments for Tengu's rollout workers.

Tengu starts it by itself. On another machine, start it by hand (`python -m tengu_env_server --help`) and name its address
in `environment.addresses`. It needs numpy and the environments' own packages, and pyzmq to serve an address.
proto/environments.proto is the specification of the messages.
"""
import argparse, base64, datetime, glob, hashlib, importlib, json, math, mmap, os, platform, re, socket, struct, sys, traceback
import urllib.parse

try:
    import numpy as np
except ModuleNotFoundError as error:  # the worker knows this status and tells the user what to install
    print(f"{sys.executable} has no module {error.name}", file=sys.stderr)
    sys.exit(66)

VERSION = 1
DESCRIBE, OPEN, RESET, STEP, CLOSE = 1, 2, 3, 4, 5
TERMINATED, TRUNCATED, SUCCEEDED, FAILED, IDLE = 1, 2, 4, 8, 16
CATEGORICAL, NUMERIC, TEXT, IMAGE, ACTION_MASK = 1, 2, 3, 4, 5
# Numbers of ScalarType by numpy's names of the types; other types are converted to one of these.
SCALARS = {"uint8": 1, "int8": 2, "int16": 3, "int32": 4, "int64": 5, "float32": 6}
CONVERSIONS = {"bool": "uint8", "uint16": "int32", "uint32": "int64", "uint64": "int64", "float16": "float32",
               "float64": "float32"}
CAPTION_BYTES = 256
MISSION_BYTES = 128
MAXIMUM_CATEGORIES = 65_536
MAXIMUM_BATCH = 65_536
MINIGRID_CELLS = 32
SMALLEST_PICTURE, MOST_CHANNELS = 16, 16
MASK = "action_mask"  # the name of the mask of actions in infos, in observations and in rows
MAXIMUM_FACTS, FACT_BYTES, LARGEST_FACT = 64, 64, 1e15
# Scalars of an info that say what a step's flags say already.
FLAGS_OF_INFOS = {"is_success", "success", "TimeLimit.truncated"}


class Mistake(Exception):
    """What the user has to change; its text is one line."""


# ---- messages: the part of protobuf that the headers need


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def pack(*fields):
    """Protobuf from pairs of a field's number and its value: an integer, a text, bytes, or a list of floats."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            if value:
                out += varint(number << 3) + varint(value)
            continue
        if isinstance(value, str):
            value = value.encode("utf-8", "replace")
        elif isinstance(value, list):
            value = struct.pack(f"<{len(value)}f", *value)
        out += varint(number << 3 | 2) + varint(len(value)) + value
    return bytes(out)


def unpack(data):
    """The fields of a message without repetitions: {number: integer or bytes}."""
    fields, place, size = {}, 0, len(data)

    def number():
        nonlocal place
        value, shift = 0, 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number is longer than 64 bits")

    while place < size:
        key = number()
        if key & 7 == 0:
            fields[key >> 3] = number()
        elif key & 7 == 2:
            length = number()
            if place + length > size:
                raise ValueError("a field ends beyond the message")
            fields[key >> 3] = bytes(data[place:place + length])
            place += length
        else:
            raise ValueError("a field has an unknown type")
    return fields


def aligned(size):
    return (size + 7) & ~7


def fold(seed):
    """A seed of 64 bits as one that numpy and Gymnasium take."""
    return (seed ^ seed >> 32) & 0x7FFFFFFF


# ---- spaces: from an observation space to the fields of a row


class Field:
    """One array of a row: where its values are in an observation, and how they are stored."""

    def __init__(self, name, path, dtype, shape, encoding, categories=0, low=None, high=None, start=0, channel=None):
        self.name, self.path, self.dtype, self.shape = name, path, np.dtype(dtype), tuple(shape)
        self.encoding, self.categories, self.start, self.channel = encoding, categories, start, channel
        self.is_shifted = bool(np.any(start))
        self.low, self.high = bounds(low), bounds(high)
        self.bytes = self.dtype.itemsize * math.prod(self.shape)

    def packed(self):
        dims = b"".join(varint(size) for size in self.shape)
        return pack((1, self.name), (2, SCALARS[self.dtype.name]), (3, dims), (4, self.encoding), (5, self.categories),
                    (6, self.low), (7, self.high))

    def value(self, observation):
        for key in self.path:
            observation = observation[key]
        if self.channel is not None:
            return np.asarray(observation)[..., self.channel]
        return np.asarray(observation) - self.start if self.is_shifted else observation

    def put(self, array, row, observation):
        value = self.value(observation)
        if self.encoding != TEXT:
            array[row] = value
            return
        data = str(value).encode("utf-8", "ignore")[:self.shape[0] - 1].replace(b"\0", b" ")
        array[row] = 0
        array[row, :len(data)] = np.frombuffer(data, np.uint8)


def bounds(values):
    """One float for each element, or one for all if they are equal."""
    if values is None:
        return []
    with np.errstate(over="ignore"):
        values = np.asarray(values).astype(np.float32).ravel()
    return [float(values[0])] if values.size and (values == values[0]).all() else [float(value) for value in values]


def is_picture(space):
    """Whether the space holds pictures: bytes of any brightness, with a height, a width and a few channels."""
    return (space.dtype == np.uint8 and len(space.shape) == 3 and min(space.shape[:2]) >= SMALLEST_PICTURE
            and space.shape[2] <= MOST_CHANNELS and (space.high == 255).all())


def stored(dtype, name):
    kind = CONVERSIONS.get(np.dtype(dtype).name, np.dtype(dtype).name)
    if kind not in SCALARS:
        raise Mistake(f"observation \"{name}\" has elements of type {dtype}; numbers are supported")
    return kind


def categories_type(count):
    return "uint8" if count <= 256 else "int16" if count <= 32_768 else "int32"


def flatten(space, categories, largest, path=(), name="observation"):
    """The fields of an observation space, in the order of its keys."""
    kind = type(space).__name__
    name = name[:64]
    if kind == "Dict":
        return [field for key, part in space.spaces.items()
                for field in flatten(part, categories, largest, path + (key,), f"{name}.{key}" if path else str(key))]
    if kind == "Tuple":
        return [field for index, part in enumerate(space.spaces)
                for field in flatten(part, categories, largest, path + (index,), f"{name}.{index}" if path else str(index))]
    if kind == "Text" or kind == "MissionSpace":
        limit = min(getattr(space, "max_length", MISSION_BYTES), CAPTION_BYTES) + 1
        return [Field(name, path, "uint8", (aligned(limit),), TEXT)]
    if kind == "Box" and name in categories and max(space.shape, default=0) <= largest:
        counts = categories[name]
        if len(counts) == 1:
            return [Field(name, path, categories_type(counts[0]), space.shape, CATEGORICAL, counts[0])]
        if not space.shape or space.shape[-1] != len(counts):
            raise Mistake(f"environment.categories names {len(counts)} numbers for \"{name}\", whose shape is {space.shape}")
        return [Field(f"{name}.{channel}", path, categories_type(count), space.shape[:-1], CATEGORICAL, count, channel=channel)
                for channel, count in enumerate(counts)]
    if kind == "Box" and is_picture(space):
        return [Field(name, path, "uint8", space.shape, IMAGE)]
    if kind == "Box":
        return [Field(name, path, stored(space.dtype, name), space.shape, NUMERIC, low=space.low, high=space.high)]
    if kind == "Discrete" and space.n <= MAXIMUM_CATEGORIES:
        return [Field(name, path, categories_type(space.n), (), CATEGORICAL, int(space.n), start=int(space.start))]
    if kind == "Discrete":
        return [Field(name, path, "int64", (), NUMERIC, low=space.start, high=space.start + space.n)]
    if kind == "MultiDiscrete":
        start = getattr(space, "start", np.zeros_like(space.nvec))
        most = int(space.nvec.max())
        return [Field(name, path, categories_type(most), space.nvec.shape, CATEGORICAL, most,
                      start=start)]
    if kind == "MultiBinary":
        return [Field(name, path, "uint8", space.shape, NUMERIC, low=0, high=1)]
    raise Mistake(f"observation \"{name}\" is a {kind} space, which has no fixed size; supported are Box, Discrete, "
                  "MultiDiscrete, MultiBinary, Dict, Tuple and Text: wrap the environment (environment.wrappers)")


class Layout:
    """The fields of a row, each at a multiple of 8 bytes.

    A mask of actions that is no part of the observation has the last place.
    """

    def __init__(self, space, options, actions, has_mask):
        self.fields, self.offsets, self.row_bytes = flatten(space, options.categories, options.largest_grid), [], 0
        own = next((field for field in self.fields if field.path and field.path[-1] == MASK), None)
        if own and actions.choices and math.prod(own.shape) == sum(actions.choices):
            own.encoding, own.dtype, own.bytes = ACTION_MASK, np.dtype("uint8"), sum(actions.choices)
        elif has_mask:
            if not actions.choices:
                raise Mistake("the environment has a mask of actions, but its actions are numbers, which have none: remove the "
                              "mask with a wrapper (environment.wrappers)")
            if own:
                raise Mistake(f"the observation \"{MASK}\" has {math.prod(own.shape)} elements, the actions have "
                              f"{sum(actions.choices)}: rename it with a wrapper (environment.wrappers)")
        self.observed = len(self.fields)
        self.has_mask = has_mask and not own
        if self.has_mask:
            self.fields.append(Field(MASK, (), "uint8", (sum(actions.choices),), ACTION_MASK))
        for field in self.fields:
            self.offsets.append(self.row_bytes)
            self.row_bytes += aligned(field.bytes)

    def views(self, memory, start, rows):
        """For each field an array [rows, ...] over the rows in `memory` from `start` on."""
        return [np.ndarray((rows,) + field.shape, field.dtype, memory, start + offset,
                           (self.row_bytes,) + np.ndarray(field.shape, field.dtype).strides)
                for field, offset in zip(self.fields, self.offsets)]

    def write(self, views, row, observation):
        for field, view in zip(self.fields[:self.observed], views):
            field.put(view, row, observation)

    def write_mask(self, views, row, mask):
        """Writes the mask of actions of one row; None allows all of them."""
        if mask is None:
            views[-1][row] = 1
            return
        # A mask of several choices can have an array for each of them.
        mask = mask.ravel() if isinstance(mask, np.ndarray) and mask.dtype != object else np.hstack(mask).ravel()
        if mask.size != views[-1].shape[1]:
            raise Mistake(f"the mask of actions has {mask.size} elements; the actions have {views[-1].shape[1]}")
        views[-1][row] = mask != 0


# ---- OpenEnv: text environments behind a WebSocket


class Socket:
    """A client's WebSocket (RFC 6455) for JSON texts: one reply for each request, in their order."""

    MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
    MAXIMUM_BYTES = 1 << 24
    SECONDS = 60  # until a silent server counts as gone; the worker's own limit is usually shorter

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "ws" or not parts.hostname:
            raise Mistake(f"environment.task \"openenv:{url}\" is not openenv:ws://HOST:PORT")
        self.url, port = url, parts.port or 80
        try:
            self.socket = socket.create_connection((parts.hostname, port), self.SECONDS)
        except OSError as error:
            raise ConnectionError(f"the OpenEnv server {url} cannot be reached ({error}); start it first") from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16))
        path = (parts.path.rstrip("/") or "/ws") + (f"?{parts.query}" if parts.query else "")
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {parts.hostname}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline(4096)
        head = [self.file.readline(4096)]
        while head[-1] not in (b"\r\n", b"") and len(head) < 100:
            head.append(self.file.readline(4096))
        accepted = base64.b64encode(hashlib.sha1(key + self.MAGIC).digest())
        if b" 101 " not in status or not any(accepted in line for line in head):
            raise ConnectionError(f"{url} is no OpenEnv server: it answers {status.decode('latin-1').strip()!r}")

    def write(self, kind, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = struct.pack("!BB", 128 | kind, 128 | size) if size < 126 else struct.pack(
            "!BBH", 128 | kind, 254, size) if size < 65_536 else struct.pack("!BBQ", 128 | kind, 255, size)
        keys = np.resize(np.frombuffer(mask, np.uint8), size)
        self.socket.sendall(head + mask + (np.frombuffer(payload, np.uint8) ^ keys).tobytes())

    def read(self):
        """The next text."""
        text = b""
        while True:
            first, second = self.exactly(2)
            size = second & 127
            if size > 125:
                size = int.from_bytes(self.exactly(2 if size == 126 else 8), "big")
            if size + len(text) > self.MAXIMUM_BYTES or second & 128:
                raise ConnectionError(f"{self.url} sent a frame that breaks the protocol")
            payload = self.exactly(size)
            if first & 15 == self.CLOSE:
                raise ConnectionError(f"{self.url} has closed the connection {payload[2:].decode('utf-8', 'replace')}".rstrip())
            if first & 15 == self.PING:
                self.write(self.PONG, payload)
            elif first & 15 < 3:
                text += payload
                if first & 128:
                    return text

    def exactly(self, count):
        data = self.file.read(count)
        if len(data) < count:
            raise ConnectionError(f"{self.url} has closed the connection")
        return data

    def ask(self, request):
        """The data of the reply to a request."""
        self.write(self.TEXT, json.dumps(request).encode())
        reply = json.loads(self.read())
        data = reply.get("data") if isinstance(reply, dict) else None
        if not isinstance(data, dict):
            raise ValueError(f"{self.url} sent a reply without data")
        if reply.get("type") == "error":
            raise RuntimeError(f"{self.url} reports {data.get('code')}: {data.get('message')}")
        return data

    def close(self):
        self.write(self.TEXT, b'{"type":"close"}')
        self.socket.close()


class Space:
    """A space under the name that Gymnasium has for it, so that OpenEnv needs no Gymnasium."""

    def __init__(self, **parts):
        self.__dict__.update(parts)


def space(kind, **parts):
    return type(kind, (Space,), {})(**parts)


class OpenEnvironment:
    """An OpenEnv environment: every environment has its connection, because that holds the episode.

    Arguments: `actions`, the list of actions as the server takes them; `texts` and `numbers`, the names of the parts of its
    observation that the policy reads.
    """

    TEXT_BYTES = 248

    def __init__(self, url, actions=None, texts=(), numbers=()):
        if not isinstance(actions, list) or not actions or not all(isinstance(action, dict) for action in actions):
            raise Mistake('openenv: needs environment.arguments with "actions", a list of JSON objects, one for each action')
        if not texts and not numbers:
            raise Mistake('openenv: needs environment.arguments with "texts" or "numbers": the names of the parts of an observation')
        self.actions, self.texts, self.numbers, self.socket = actions, list(texts), list(numbers), Socket(url)
        parts = {name: space("Text", max_length=self.TEXT_BYTES) for name in self.texts}
        for name in self.numbers:
            parts[name] = space("Box", dtype=np.dtype("float32"), shape=(), low=np.float32(-np.inf), high=np.float32(np.inf))
        self.observation_space = space("Dict", spaces=parts)
        self.action_space = space("Discrete", n=len(actions), start=0)

    def read(self, data):
        observation = data.get("observation")
        if not isinstance(observation, dict):
            raise ValueError("the server sent no observation")
        missing = [name for name in self.texts + self.numbers if name not in observation]
        if missing:
            raise Mistake(f"the observation has no {missing[0]!r}; it has {', '.join(sorted(observation)) or 'nothing'}")
        values = {name: observation[name] if isinstance(observation[name], str) else json.dumps(observation[name])
                  for name in self.texts}
        values.update({name: np.float32(observation[name] or 0) for name in self.numbers})
        return values, observation

    def reset(self, seed=None):
        return self.read(self.socket.ask({"type": "reset", "data": {} if seed is None else {"seed": seed}}))

    def step(self, action):
        data = self.socket.ask({"type": "step", "data": self.actions[action]})
        values, info = self.read(data)
        # The protocol knows no limits of time: an end is an end.
        return values, float(data.get("reward") or 0), bool(data.get("done")), False, info

    def state(self):
        """What the server says about the episode."""
        return self.socket.ask({"type": "state"})

    def close(self):
        self.socket.close()


# ---- tasks: from a name to environments


def load(name, what):
    """The object that MODULE:NAME names."""
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise Mistake(f"{what} \"{name}\" is not MODULE:NAME")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise Mistake(f"{what} \"{name}\": Python has no module {error.name}; install the package that contains it for "
                      f"{sys.executable}, or start in its folder") from error
    if not hasattr(found, attribute):
        raise Mistake(f"{what} \"{name}\": the module {module} has no {attribute}")
    return getattr(found, attribute)


class Task:
    """Makes the environments that a task's name and its options describe."""

    def __init__(self, options):
        self.options = options
        self.family, _, self.name = options.task.partition(":")
        self.is_vector = self.family.endswith("-vector")
        self.is_minigrid = self.family == "minigrid" or "MiniGrid" in self.name or "BabyAI" in self.name
        if self.is_minigrid and not options.categories:
            # A cell is a kind of object, a colour and a state. Pictures made of cells are larger than this.
            options.categories = {name: [11, 6, 4] for name in ("image", "observation")}
            options.largest_grid = MINIGRID_CELLS
        if self.family in ("gymnasium", "gymnasium-vector", "minigrid"):
            self.gymnasium = self.package("gymnasium")
            if self.family == "minigrid":
                self.package("minigrid")
        elif self.family == "openenv":
            self.factory = lambda **arguments: OpenEnvironment(self.name, **arguments)
        elif self.family in ("python", "python-vector"):
            self.factory = load(self.name, "environment.task")
        else:
            raise Mistake(f"environment.task \"{options.task}\" begins with none of gymnasium:, gymnasium-vector:, minigrid:, "
                          "openenv:, python: and python-vector:")
        self.wrappers = [load(name.strip(), "environment.wrappers") for name in options.wrappers.split(",") if name.strip()]

    def package(self, name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise Mistake(f"Python has no module {error.name}; run: {sys.executable} -m pip install {name}") from error

    def make(self):
        if self.family in ("python", "openenv"):
            environment = self.factory(**self.options.arguments)
        else:
            environment = self.gymnasium.make(self.name, **self.options.arguments)
        for wrapper in self.wrappers:
            environment = wrapper(environment)
        return environment

    def make_vector(self, count):
        if self.family == "python-vector":
            environment = self.factory(count, **self.options.arguments)
        else:
            environment = self.gymnasium.make_vec(self.name, num_envs=count, vectorization_mode="vector_entry_point",
                                                  **self.options.arguments)
        for wrapper in self.wrappers:
            environment = wrapper(environment)
        return environment

    def versions(self):
        names = ["gymnasium", "minigrid", "nle", "numpy"]
        found = [(name, getattr(sys.modules.get(name), "__version__", None)) for name in names]
        return ", ".join([f"Python {platform.python_version()}"] + [f"{name} {text}" for name, text in found if text])


class Actions:
    """The space of actions: how an action is made of the elements that a request has for it."""

    def __init__(self, space):
        self.space, self.kind, self.choices, self.first = space, type(space).__name__, [], 0
        if self.kind == "Discrete":
            self.choices, self.first = [int(space.n)], int(space.start)
        elif self.kind == "MultiDiscrete":
            self.first = getattr(space, "start", np.zeros_like(space.nvec))
            self.choices = [int(count) for count in space.nvec.ravel()]
        elif self.kind == "MultiBinary":
            self.choices = [2] * math.prod(space.shape)
        elif self.kind != "Box" or space.dtype.kind != "f":
            raise Mistake(f"the action space {space} is not supported; Tengu plays Discrete, MultiDiscrete and MultiBinary spaces, "
                          "and Box spaces of floating-point numbers: wrap the environment (environment.wrappers)")
        self.elements = len(self.choices) or math.prod(space.shape)
        self.most = np.array(self.choices, np.int32)

    def packed(self):
        """The fields of the description."""
        if self.kind == "Discrete":
            return [(3, self.choices[0])]
        if self.choices:
            return [(7, pack((1, b"".join(varint(count) for count in self.choices))))]
        with np.errstate(over="ignore"):
            low, high = (bound.astype(np.float32).ravel().tolist() for bound in (self.space.low, self.space.high))
        return [(7, pack((2, low), (3, high)))]

    def read(self, data, count):
        """The actions of `count` environments: a sequence of numbers, or an array with the first dimension `count`."""
        if not self.choices:
            numbers = np.frombuffer(data, "<f4", count * self.elements).reshape((count,) + self.space.shape)
            if not np.isfinite(numbers).all():
                raise Mistake("the request has an action that is no number")
            # A range without one of its ends does not bound what the policy chooses.
            return np.clip(numbers, self.space.low, self.space.high).astype(self.space.dtype)
        if self.kind == "Discrete":
            numbers = struct.unpack_from(f"<{count}i", data)  # faster than arrays, for what follows
            if min(numbers) < 0 or max(numbers) >= self.choices[0]:
                raise Mistake(f"the request has an action that is not 0 to {self.choices[0] - 1}")
            return [number + self.first for number in numbers] if self.first else numbers
        numbers = np.frombuffer(data, "<i4", count * self.elements).reshape(count, self.elements)
        if numbers.min() < 0 or (numbers >= self.most).any():
            raise Mistake(f"the request has choices that are not below {self.choices}")
        return (numbers.reshape((count,) + self.space.shape) + self.first).astype(self.space.dtype)


def mask_reader(environment, is_vector):
    """The function (environment, info) -> mask of the actions; None if the environment has no masks.

    They are what its method `action_masks` returns, or `info["action_mask"]`."""
    if not is_vector and method(environment, "action_masks"):
        return lambda environment, _: method(environment, "action_masks")()
    try:
        info = environment.reset()[1]
    except Exception:  # a batch's reset says what is wrong
        return None
    return (lambda _, info: info.get(MASK)) if MASK in info else None


def method(environment, name):
    """A method of an environment or of one that it wraps; None if there is none."""
    while environment is not None:
        # Older wrappers find the names of what they wrap by themselves.
        if callable(getattr(environment, name, None)):
            return getattr(environment, name)
        inner = getattr(environment, "env", None)
        environment = None if inner is environment else inner
    return None


def caption_reader(text):
    """The function (environment, observation, info) -> text that environment.caption names; nil if it is empty."""
    if not text:
        return None
    if text.startswith("python:"):
        return load(text[len("python:"):], "environment.caption")
    if text == "events":
        return grid_events
    source, *keys = text.split(".")
    if source not in ("info", "obs") or not keys:
        raise Mistake(f"environment.caption \"{text}\" is none of info.KEY, obs.KEY, events and "
                      "python:MODULE:FUNCTION")

    def read(_, observation, info):
        value = info if source == "info" else observation
        for key in keys:
            # A key of infos can be missing in a step.
            value = value.get(key, "") if isinstance(value, dict) else ""
        return value

    return read


def grid_events(environment, observation, info):
    """What a step of MiniGrid changed, in words: things picked up or put down, doors opened or closed, the goal."""
    world = environment.unwrapped
    held = world.carrying.type if world.carrying else None
    doors = sum(1 for thing in world.grid.grid if thing is not None and thing.type == "door" and thing.is_open)
    here = world.grid.get(*world.agent_pos)
    # The first step of an episode has nothing to compare its doors with.
    old_held, old_doors = world.tengu_before if world.step_count > 1 else (None, doors)
    world.tengu_before = held, doors
    if here is not None and here.type == "goal":
        return "You reach the goal."
    if held != old_held:
        return f"You pick up a {held}." if held else f"You drop a {old_held}."
    if doors != old_doors:
        return "The door opens." if doors > old_doors else "The door closes."
    return ""


def caption_bytes(value):
    data = (value if isinstance(value, bytes) else str(value).encode("utf-8", "replace"))
    if len(data) > CAPTION_BYTES:
        data = data[:CAPTION_BYTES].decode("utf-8", "ignore").encode()
    return data


# ---- batches


class Batch:
    """What a step of K environments gives, in the memory that is sent."""

    def __init__(self, server, count):
        self.server, self.layout, self.count = server, server.layout, count
        rows = count * self.layout.row_bytes
        ends = aligned(rows + 4 * count)
        flags = aligned(ends + 4 * count)
        self.results_bytes = aligned(flags + count)
        self.memory = bytearray(self.results_bytes + rows + CAPTION_BYTES * count)
        self.view = memoryview(self.memory)
        self.rows = self.layout.views(self.memory, 0, count)
        self.finals = self.layout.views(self.memory, self.results_bytes, count)
        self.rewards = np.ndarray(count, np.float32, self.memory, rows)
        self.caption_ends = np.ndarray(count, np.int32, self.memory, ends)
        self.flags = np.ndarray(count, np.uint8, self.memory, flags)
        self.captions, self.failures, self.facts, self.ended = bytearray(), [], [], 0

    def results(self):
        """The data frame of the reply to STEP."""
        end = self.results_bytes + self.ended * self.layout.row_bytes
        if self.captions:
            self.view[end:end + len(self.captions)] = self.captions
        return self.view[:end + len(self.captions)]

    def begin_step(self):
        self.captions, self.failures, self.facts, self.ended = bytearray(), [], [], 0
        self.flags[:] = 0

    def report(self, i, info):
        """Keeps the scalars of the last info of environment i's episode: they are shown and not learnt from."""
        facts = facts_of(info)
        if facts:
            self.facts.append((i, facts))

    def read_rows(self, indices):
        size = self.layout.row_bytes
        return b"".join(self.memory[i * size:(i + 1) * size] for i in indices)


class PlainBatch(Batch):
    """K environments that are stepped in a loop, and reset in the step that ends an episode."""

    def __init__(self, server, count):
        super().__init__(server, count)
        self.task, self.caption, self.limit = server.task, server.caption, server.options.maximum_steps
        self.environments = []
        for i in range(count):
            server.progress[0] = i + 1
            self.environments.append(self.task.make())
        # The usual case, one array of numbers, needs no walk over the fields.
        field = self.layout.fields[0]
        self.is_plain = (len(self.layout.fields) == 1 and not field.path and field.encoding == NUMERIC
                         and field.channel is None)
        base = getattr(self.environments[0], "unwrapped", None)
        self.is_nle = type(base).__module__.split(".")[0] in ("nle", "minihack")
        # Steps of the batch, and how many there were when each environment's episode began.
        self.played, self.started = 0, [0] * count

    def start(self, i, seed):
        """Begins an episode and returns its first observation and info."""
        environment, self.started[i] = self.environments[i], self.played
        if self.is_nle:  # it ignores the seed of reset
            environment.unwrapped.seed(seed, seed >> 32, False)
            return environment.reset()
        return environment.reset(seed=fold(seed))

    def put(self, i, observation, info):
        """Writes the observation that environment i's next action sees."""
        self.layout.write(self.rows, i, observation)
        if self.layout.has_mask:
            self.layout.write_mask(self.rows, i, self.server.mask(self.environments[i], info))

    def reset(self, indices, seeds):
        for i, seed in zip(indices, seeds):
            self.server.progress[0] = i + 1
            self.put(i, *self.start(i, seed))
        return self.read_rows(indices)

    def step(self, actions, seeds):
        self.begin_step()
        self.played += 1
        progress, put, caption = self.server.progress, self.put, self.caption
        limit, played, started = self.limit, self.played, self.started
        is_plain, rows, rewards = self.is_plain, [], []
        for i, (environment, action) in enumerate(zip(self.environments, actions)):
            progress[0] = i + 1
            try:
                observation, reward, terminated, truncated, info = environment.step(action)
                if caption:
                    self.caption_step(i, observation, info)
                if terminated or truncated or limit and played - started[i] == limit:
                    self.finish(i, observation, reward, terminated, info)
                    observation, info = self.start(i, int(seeds[i]))
                if not is_plain:
                    put(i, observation, info)
            except Mistake:
                raise
            except Exception as error:
                reward = 0
                self.replace(i, action, int(seeds[i]), error)
                observation = self.rows[0][i].copy()
            rewards.append(reward)
            rows.append(observation)
            if caption:
                self.caption_ends[i] = len(self.captions)
        self.rewards[:] = rewards
        if is_plain:
            self.rows[0][:] = rows  # all at once, which is faster than one by one

    def caption_step(self, i, observation, info):
        try:
            self.captions += caption_bytes(self.caption(self.environments[i], observation, info))
        except Exception as error:
            raise Mistake(f"environment.caption \"{self.server.options.caption}\" failed: {one_line(error)}") from error

    def finish(self, i, observation, reward, terminated, info):
        # NLE reports its step limit as the end of the world.
        if self.is_nle and int(info.get("end_status", 0)) == -1:
            terminated = False
        succeeded = info.get("is_success", info.get("success", self.task.is_minigrid and terminated and reward > 0))
        self.flags[i] = (TERMINATED if terminated else TRUNCATED) | (SUCCEEDED if succeeded else 0)
        self.report(i, info)
        if self.is_plain:
            self.finals[0][self.ended] = observation
        else:
            self.layout.write(self.finals, self.ended, observation)
        self.ended += 1

    def replace(self, i, action, seed, error):
        """Makes another environment for one that raised an error."""
        text = f"action {action} after {self.played - self.started[i] - 1} steps: {trace(error)}"
        if self.flags[i]:  # the episode had ended, and the reset failed
            self.ended -= 1
            self.facts = [(e, facts) for e, facts in self.facts if e != i]
        try:
            self.environments[i] = self.task.make()
            self.put(i, *self.start(i, seed))
        except Exception as second:
            raise Mistake(f"an environment failed ({one_line(error)}), and a new one could not be started: "
                          f"{trace(second)}") from second
        self.flags[i] = FAILED
        self.failures.append((i, text))

    def close(self):
        for environment in self.environments:
            close_quietly(environment)


class VectorBatch(Batch):
    """K environments that one object of Gymnasium's vector interface steps. Its class draws the seeds of its episodes from
    the first one, and says by `autoreset_mode` when it resets."""

    def __init__(self, server, count):
        super().__init__(server, count)
        self.environment = server.task.make_vector(count)
        self.mode = autoreset_mode(self.environment)
        if server.options.caption.startswith("python:"):
            raise Mistake("environment.caption = \"python:...\" works with single environments, not with vectorised ones")
        self.was_done = np.zeros(count, bool)

    def write_all(self, observations):
        for field, view in zip(self.layout.fields[:self.layout.observed], self.rows):
            if field.encoding == TEXT:
                for i in range(self.count):
                    field.put(view, i, observations)
            else:
                view[...] = field.value(observations)

    def reset(self, indices, seeds):
        self.was_done[:] = False
        observations, infos = self.environment.reset(seed=fold(int(seeds[0])))
        self.write_all(observations)
        self.write_masks(infos)
        return self.read_rows(indices)

    def write_masks(self, *infos):
        """Writes the masks of actions that infos have; later infos win."""
        if not self.layout.has_mask:
            return
        self.rows[-1][...] = 1
        for info in infos:
            values, present = info.get(MASK), info.get(f"_{MASK}")
            for i in range(self.count if values is not None else 0):
                if present is None or present[i]:
                    self.layout.write_mask(self.rows, i, values[i])

    def step(self, actions, seeds):
        self.begin_step()
        self.server.progress[0], later = 1, {}
        observations, rewards, terminated, truncated, infos = self.environment.step(np.asarray(actions))
        self.rewards[:] = rewards
        done = terminated | truncated
        self.flags[:] = np.where(terminated, TERMINATED, np.where(truncated, TRUNCATED, 0))
        for i in np.flatnonzero(done):
            self.report(int(i), info_of(infos, i))
        if self.mode == "NextStep":
            self.flags[self.was_done] = IDLE
            self.was_done = done & ~self.was_done
        elif done.any():
            observations, later = self.finish(done, observations, infos)
        self.write_all(observations)
        self.write_masks(infos, later)
        if self.server.caption:
            self.read_captions(infos)

    def finish(self, done, observations, infos):
        """Keeps the terminal observations, and returns those that the next episodes begin with, and their infos."""
        observed = self.layout.fields[:self.layout.observed]
        if self.mode == "SameStep":
            final = infos.get("final_obs", infos.get("final_observation"))
            for i in np.flatnonzero(done):
                whole = final[i] if isinstance(final, np.ndarray) and final.dtype == object else None
                for field, view in zip(observed, self.finals):
                    view[self.ended] = field.value(final)[i] if whole is None else field.value(whole)
                self.ended += 1
            return observations, {}
        for i in np.flatnonzero(done):
            for field, view in zip(observed, self.finals):
                view[self.ended] = field.value(observations)[i]
            self.ended += 1
        return self.environment.reset(options={"reset_mask": done.copy()})

    def read_captions(self, infos):
        key = self.server.options.caption.partition(".")[2]
        values, mask = infos.get(key), infos.get(f"_{key}")
        for i in range(self.count):
            if values is not None and (mask is None or mask[i]):
                self.captions += caption_bytes(values[i])
            self.caption_ends[i] = len(self.captions)

    def close(self):
        close_quietly(self.environment)


def facts_of(info):
    """The scalars of an info by names that Tengu takes."""
    facts = {}
    for name, value in info.items():
        if not isinstance(name, str) or name in FLAGS_OF_INFOS or len(facts) == MAXIMUM_FACTS:
            continue
        if isinstance(value, np.ndarray) and value.shape == ():
            value = value.item()
        if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)) and abs(value) <= LARGEST_FACT:
            facts.setdefault(re.sub(r"[^A-Za-z0-9 _./%-]", "_", name)[:FACT_BYTES] or "_", float(value))
    return facts


def info_of(infos, i):
    """The info of environment i from those of a vectorised class: arrays by name, each with a mask of who has a value."""
    final = infos.get("final_info")
    if isinstance(final, dict):  # of Gymnasium 1: the infos of the episodes that ended
        infos = final
    elif final is not None and final[i] is not None:  # an array of dictionaries
        return final[i]
    return {name: values[i] for name, values in infos.items()
            if isinstance(values, np.ndarray) and len(values) > i and not name.startswith("_")
            and (f"_{name}" not in infos or infos[f"_{name}"][i])}


def autoreset_mode(environment):
    mode = environment.metadata.get("autoreset_mode", "NextStep")
    return getattr(mode, "value", mode)


def close_quietly(environment):
    try:
        environment.close()
    except Exception:  # whatever it is, nobody needs the environment any longer
        pass


def one_line(error):
    return " ".join(f"{type(error).__name__}: {error}".split())


def trace(error):
    """The error with the place of every call that led to it, on one line."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename != __file__]
    return one_line(error) + "".join(f" | {place}" for place in places)


# ---- the server


class Server:
    """The task, its description, and the batches of every connection."""

    def __init__(self, options):
        self.options = options
        self.progress = open_progress(options.progress)
        self.task = Task(options)
        self.caption = caption_reader(options.caption)
        self.batches = {}
        sample = self.task.make_vector(1) if self.task.is_vector else self.task.make()
        spaces = (("single_observation_space", "single_action_space") if self.task.is_vector
                  else ("observation_space", "action_space"))
        for name in spaces:
            if not hasattr(sample, name):
                raise Mistake(f"the environment of {options.task} has no {name}; it must follow Gymnasium's interface")
        self.actions = Actions(getattr(sample, spaces[1]))
        self.mask = mask_reader(sample, self.task.is_vector)
        self.layout = Layout(getattr(sample, spaces[0]), options, self.actions, self.mask is not None)
        self.idles = self.task.is_vector and autoreset_mode(sample) == "NextStep"
        close_quietly(sample)

    def description(self):
        fields = [(5, field.packed()) for field in self.layout.fields]
        return pack((1, self.options.task), (2, self.task.versions()), *self.actions.packed(),
                    (4, self.layout.row_bytes), *fields, (6, int(self.idles)))

    def answer(self, client, request, data):
        """The fields of the reply's header and its data."""
        kind, count = request.get(3, 0), request.get(5, 0)
        key = (client, request.get(4, 0))
        if kind == DESCRIBE:
            return [(4, self.description())], b""
        if kind == OPEN:
            self.close(key)
            if not 1 <= count <= MAXIMUM_BATCH:
                raise Mistake(f"a batch has 1 to {MAXIMUM_BATCH} environments, not {count}")
            self.batches[key] = (VectorBatch if self.task.is_vector else PlainBatch)(self, count)
            return [], b""
        if kind == CLOSE:
            self.close(key)
            return [], b""
        batch = self.batches.get(key)
        if batch is None:
            raise Mistake("the batch is not open")
        size = count if kind == RESET else batch.count
        numbers = size if kind == RESET else size * self.actions.elements
        if len(data) != aligned(4 * numbers) + 8 * size:
            raise Mistake("the request's data does not fit the batch")
        seeds = np.frombuffer(data, "<u8", size, aligned(4 * numbers))
        if kind == RESET:
            indices = np.frombuffer(data, "<i4", size).tolist()
            if not all(0 <= i < batch.count for i in indices):
                raise Mistake("the request names an environment that the batch does not have")
            return [], batch.reset(indices, seeds.tolist())
        if kind != STEP:
            raise Mistake(f"unknown kind of request: {kind}")
        batch.step(self.actions.read(data, size), seeds)
        failures = [(5, pack((1, i), (2, text))) for i, text in batch.failures]
        facts = [(6, pack((1, i), *((2, name) for name in facts), (3, list(facts.values())))) for i, facts in batch.facts]
        return failures + facts, batch.results()

    def close(self, key):
        batch = self.batches.pop(key, None)
        if batch:
            batch.close()


def open_progress(path):
    """The number, from 1 on, of the environment that is being stepped, for the worker to read; 0 between requests."""
    if not path:
        return [0]
    with open(path, "r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), 8)).cast("q")


class Stream:
    """A worker's connection to its own server, which ends with the worker."""

    CAPACITY = 65_536  # bytes

    def __init__(self):
        self.socket = socket.socket(fileno=os.dup(0))
        # The environments' own reads of the standard input find nothing.
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        # What has arrived: bytes `begin` to `end` of the buffer. A request is answered before the next one is read.
        self.buffer, self.begin, self.end = bytearray(self.CAPACITY), 0, 0

    def fill(self, size):
        """Waits until `size` bytes have arrived, and returns where they begin. One read usually finds a whole request."""
        if self.begin + size > len(self.buffer):
            rest = self.buffer[self.begin:self.end]
            self.buffer = rest + bytearray(max(self.CAPACITY, 2 * size) - len(rest))
            self.begin, self.end = 0, len(rest)
        while self.end - self.begin < size:
            count = self.socket.recv_into(memoryview(self.buffer)[self.end:])
            if count == 0:
                sys.exit(0)
            self.end += count
        return self.begin

    def receive(self):
        """The client and the frames of the next request."""
        header, data = struct.unpack_from("<II", self.buffer, self.fill(8))
        start = self.fill(8 + header + data) + 8
        self.begin = start + header + data
        view = memoryview(self.buffer)
        frames = [view[start:start + header], view[start + header:self.begin]]
        if self.begin == self.end:
            self.begin = self.end = 0
        return None, frames

    def send(self, client, header, data):
        parts = [memoryview(struct.pack("<II", len(header), len(data)) + header), memoryview(data)]
        try:
            sent = self.socket.sendmsg(parts)
            for part in parts:
                if sent < len(part):
                    self.socket.sendall(part[sent:])
                sent = max(0, sent - len(part))
        except OSError:  # the worker has ended
            sys.exit(0)


def key_lines(path, is_secret=False):
    """The values of a key file, as `tengu keys` writes it: {name: [value, ...]}."""
    try:
        with open(path, encoding="utf-8") as file:
            if is_secret and os.fstat(file.fileno()).st_mode & 0o077:
                raise Mistake(f"{path} can be read by others; run: chmod 600 {path}")
            lines = [re.match(r'\s*([\w-]+)\s*=\s*(?:"([^"]*)"|(\d+))', line) for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{path} cannot be read: {one_line(error)}") from None
    values = {}
    for match in filter(None, lines):  # other lines are comments; a key can contain any sign but quotes
        values.setdefault(match[1], []).append(match[2] or match[3])
    return values


def has_expired(text):
    """Whether the last day, or the moment, of a key file is over."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:  # a day counts to its end
        moment = moment.replace(tzinfo=datetime.timezone.utc) + datetime.timedelta(days=1)
    return datetime.datetime.now(datetime.timezone.utc) >= moment


class Allowed:
    """The workers' keys: a folder of *.public files, or one of them. It is read for each connection, so that a key that is
    added or removed counts at once."""

    def __init__(self, path):
        self.path = path
        if not self.files():
            raise Mistake(f"--allow {path}: there is no *.public file")

    def files(self):
        return sorted(glob.glob(os.path.join(glob.escape(self.path), "*.public"))) if os.path.isdir(self.path) else [self.path]

    def callback(self, _, key):
        """Whether the owner of a key may connect."""
        return any(self.admits(path, key.decode("ascii", "replace")) for path in self.files())

    @staticmethod
    def admits(path, key):
        try:
            values = key_lines(path)
            return (key in values.get("public-key", []) and "worker" in values.get("role", ["worker"])[0]
                    and not any(has_expired(text) for text in values.get("expires", [])))
        except (Mistake, ValueError) as error:
            print(f"tengu_env_server: {path} allows nobody: {one_line(error)}", file=sys.stderr, flush=True)
            return False


def is_loopback(address):
    """Whether only this machine reaches an address such as tcp://127.0.0.1:5570 or ipc:///tmp/socket."""
    transport, _, place = address.partition("://")
    host = place.rpartition(":")[0].strip("[]")
    return transport != "tcp" or host in ("localhost", "::1") or host.startswith("127.")


class Address:
    """A ROUTER socket for workers anywhere: of this machine without keys, of others with them."""

    DOMAIN = "tengu"

    def __init__(self, options):
        try:
            import zmq, zmq.auth.thread
        except ModuleNotFoundError:
            raise Mistake(f"an address needs pyzmq; run: {sys.executable} -m pip install pyzmq") from None
        if bool(options.key) != bool(options.allow):
            raise Mistake("--key, the server's secret key, and --allow, the workers' public keys, belong together")
        if not options.key and not is_loopback(options.bind):
            raise Mistake(f"--bind {options.bind} reaches beyond this machine, which needs keys: tengu keys new servers --role "
                          "learner, then --key keys/servers.secret --allow keys")
        context = zmq.Context()
        self.socket = context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.SNDHWM, 0)
        if options.key:
            own = key_lines(options.key, is_secret=True)
            allowed = Allowed(options.allow)
            self.authenticator = zmq.auth.thread.ThreadAuthenticator(context)
            self.authenticator.start()
            self.authenticator.configure_curve_callback(self.DOMAIN, allowed)
            try:
                self.socket.curve_publickey = own["public-key"][0].encode()
                self.socket.curve_secretkey = own["secret-key"][0].encode()
            except (KeyError, zmq.ZMQError):
                raise Mistake(f"{options.key} is no secret key file of tengu keys") from None
            self.socket.curve_server = True
            self.socket.zap_domain = self.DOMAIN.encode()
        try:
            self.socket.bind(options.bind)
        except zmq.ZMQError as error:
            raise Mistake(f"--bind {options.bind}: {error}") from None

    def receive(self):
        client, *frames = self.socket.recv_multipart()
        return client, (frames + [b"", b""])[:2]

    def send(self, client, header, data):
        self.socket.send_multipart([client, header, data] if data else [client, header])


def serve(channel, options):
    """Answers requests until the process ends. A server that could not be made answers every request with the reason."""
    server, problem = None, ""
    try:
        server = Server(checked(options))
    except Mistake as error:
        problem = str(error)
    except Exception as error:
        problem = f"{options.task} could not be made: {trace(error)}"
    while True:
        client, (header, request_data) = channel.receive()
        sequence, data = 0, b""
        try:
            request = unpack(header)
            sequence = request.get(2, 0)
            if request.get(1) != VERSION:
                raise Mistake(f"this server speaks version {VERSION} of the protocol, the worker {request.get(1)}: use the "
                              "tengu-client of the same release")
            if server is None:
                raise Mistake(problem)
            fields, data = server.answer(client, request, request_data)
        except Mistake as error:
            fields = [(3, str(error))]
        except Exception as error:
            fields = [(3, trace(error))]
        if server:
            server.progress[0] = 0
        channel.send(client, pack((1, VERSION), (2, sequence), *fields), data)


def numbers_by_name(text):
    """{"image": [11, 6, 3]} from "image:11,6,3 other:4"."""
    result = {}
    for part in text.split():
        name, _, counts = part.rpartition(":")
        try:
            result[name] = [int(count) for count in counts.split(",")]
        except ValueError:
            raise Mistake(f"environment.categories: \"{part}\" is not NAME:NUMBER,...") from None
        if not name or not all(2 <= count <= MAXIMUM_CATEGORIES for count in result[name]):
            raise Mistake(f"environment.categories: \"{part}\" needs a name and numbers from 2 to {MAXIMUM_CATEGORIES}")
    return result


def checked(options):
    """The options with their texts read."""
    options.largest_grid = sys.maxsize
    options.categories = numbers_by_name(options.categories)
    try:
        options.arguments = json.loads(options.arguments or "{}")
        if not isinstance(options.arguments, dict):
            raise ValueError("it is no object")
    except ValueError as error:
        raise Mistake(f"environment.arguments is not a JSON object, such as {{\"size\": 8}}: {error}") from None
    return options


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tengu_env_server", description=__doc__.split("\n\n")[0])
    parser.add_argument("--bind", help="address, such as tcp://127.0.0.1:5570")
    parser.add_argument("--task", required=True, help="gymnasium:ID, gymnasium-vector:ID, minigrid:ID, openenv:ws://HOST:PORT or "
                        "python:MODULE:FUNCTION")
    parser.add_argument("--arguments", default="", help="JSON object with keyword arguments of the environment")
    parser.add_argument("--wrappers", default="", help="MODULE:CLASS, ... applied in this order")
    parser.add_argument("--caption", default="", help="info.KEY, obs.KEY, events (MiniGrid) or python:MODULE:FUNCTION")
    parser.add_argument("--categories", default="", help="fields that hold categories, as NAME:NUMBER,... for each channel")
    parser.add_argument("--maximum-steps", type=int, default=0, help="steps after which an episode is truncated")
    parser.add_argument("--key", default="", help="file of the server's secret key; needed for addresses that other machines reach")
    parser.add_argument("--allow", default="", help="folder of the public keys of workers that may connect, or one such file")
    parser.add_argument("--progress", default="", help=argparse.SUPPRESS)
    parser.add_argument("--stream", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.bind and not options.stream:
        parser.error("--bind ADDRESS is missing")
    return options


def main():
    options = parse_arguments()
    sys.path.insert(0, os.getcwd())
    try:
        channel = Stream() if options.stream else Address(options)
    except Mistake as mistake:
        print(f"tengu_env_server: {mistake}", file=sys.stderr)
        os._exit(64)  # the thread of the authenticator may run
    serve(channel, options)


if __name__ == "__main__":
    main()
