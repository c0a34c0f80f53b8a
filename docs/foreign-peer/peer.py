#!/usr/bin/env python3
"""A worker and an annotator of Tengu in Python, written from proto/tengu.proto alone.

Usage: peer.py worker HOST:PORT [--trajectories N]    plays N unrolls of a corridor at random and sends them
       peer.py annotator HOST:PORT                    labels captions until the run ends or it receives SIGTERM

Needs pyzmq, protobuf, messages.py, and the compiled protocol next to this file (tengu.desc; README.md says how to make it). It speaks
to a learner on this machine without keys; for others, set curve_serverkey, curve_publickey and curve_secretkey of the
socket before it connects.
"""
import argparse, array, math, pathlib, random, signal, sys, time
import zmq
from messages import ELEMENT_BYTES, Messages, tensor_bytes

MESSAGES = Messages(pathlib.Path(__file__).with_name("tengu.desc"))
number = MESSAGES.number


class Session:
    """One connection: Hello, Welcome, heartbeats, and messages in both directions."""

    def __init__(self, address, role, threads=0):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 500
        self.socket.connect(f"tcp://{address}")
        self.session, self.sequence, self.steps = 0, 0, 0
        self.heartbeat_due, self.last_heard = math.inf, time.monotonic()
        self.send("hello", role=number("Role", role), name=f"foreign-{role.lower()}", host="python", threads=threads)
        self.welcome = self.wait("welcome")
        self.session = self.welcome.session
        self.heartbeat_due = time.monotonic()

    def send(self, body, tensors=(), **fields):
        """Sends a body with `tensors`, a list of (TensorSpec without bytes, content)."""
        self.sequence += 1
        self.socket.send_multipart(MESSAGES.frames(body, self.sequence, self.session, tensors, **fields))

    def receive(self, seconds):
        """The next (name, body, frame 1), or None after `seconds`. Sends the heartbeat when it is due."""
        deadline = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            if now >= self.heartbeat_due:
                self.send("heartbeat", steps=self.steps)
                self.heartbeat_due = now + self.welcome.heartbeat_seconds
            if self.heartbeat_due < math.inf and now - self.last_heard > (
                    self.welcome.heartbeat_seconds * self.welcome.heartbeat_tolerance):
                sys.exit("the learner is silent")
            if self.socket.poll(max(0, min(deadline, self.heartbeat_due) - now) * 1000):
                frames = self.socket.recv_multipart()
                self.last_heard = time.monotonic()
                name, body = MESSAGES.read(frames[0])
                if name == "refused":
                    sys.exit(f"refused: {body.text}")
                if name == "goodbye":
                    self.send("goodbye", reason=number("GoodbyeReason", "LEAVING"))
                    print(f"the learner ended the session: {body.text}")
                    sys.exit(0)
                return name, body, frames[1:]
            if time.monotonic() >= deadline:
                return None

    def wait(self, wanted):
        while True:
            received = self.receive(10)
            if received is None:
                sys.exit(f"no {wanted} came")
            if received[0] == wanted:
                return received[1]


class Corridor:
    """A small world in the run's observation rows: odd actions move right, even ones left; the exit pays 1."""
    LENGTH = 8

    def __init__(self, layout):
        self.layout, self.place, self.steps, self.counts = layout, 0, 0, {}

    def row(self):
        row = bytearray(self.layout.row_bytes)
        for field in self.layout.observation:
            if field.categories > self.LENGTH:  # a field of categories shows the place in its first element
                size = ELEMENT_BYTES[field.type]
                row[field.offset:field.offset + size] = self.place.to_bytes(size, "little")
                break
        return bytes(row)

    def step(self, action):
        self.place = max(0, self.place + (1 if action % 2 else -1))
        self.steps += 1
        done = self.place == self.LENGTH
        return float(done), done, b"You leave the corridor." if done else b"You walk on." if action % 2 else b""


def play(session, wanted):
    layout, sent, numbers = session.welcome.layout, 0, {}
    names = {MESSAGES.name("TensorName", spec.name): spec for spec in layout.tensors}
    session.send("snapshot_request")
    snapshot = session.wait("snapshot")
    assert snapshot.tensors[0].dims[0] == layout.parameter_count
    version, credits, arrived = snapshot.version, 0, 0
    random.seed(session.welcome.seed)
    worlds = [Corridor(layout) for _ in range(layout.environments)]
    rows = [world.row() for world in worlds]
    while arrived < wanted:
        while credits == 0 or sent == wanted:  # wait for an acknowledgement, which also brings the first credits
            received = session.receive(1)
            if received and received[0] == "acknowledgement":
                credits += received[1].credits
                arrived = received[1].sequence
                version = received[1].policy_version
                if arrived >= wanted:
                    break
        if sent == wanted:
            break
        data = {name: array.array(code) for name, code in (
            ("ACTIONS", "i"), ("REWARDS", "f"), ("FLAGS", "B"), ("CAPTIONS", "I"), ("CAPTION_COUNTS", "H"))}
        observations, new, episodes = b"".join(rows), [], []
        for _ in range(layout.unroll_length):
            for e, world in enumerate(worlds):
                action = random.randrange(layout.action_count)
                reward, done, caption = world.step(action)
                if caption and caption not in numbers:
                    numbers[caption] = len(numbers) + 1
                    new.append(caption)
                world.counts[caption] = world.counts.get(caption, 0) + 1
                data["ACTIONS"].append(action)
                data["REWARDS"].append(reward)
                data["FLAGS"].append(0b101 if done else 0)  # terminated and succeeded
                data["CAPTIONS"].append(numbers.get(caption, 0))
                data["CAPTION_COUNTS"].append(min(world.counts[caption], 65535) if caption else 0)
                if done:
                    episodes.append(world.steps)
                    world = worlds[e] = Corridor(layout)
                rows[e] = world.row()
            observations += b"".join(rows)
        count = layout.unroll_length * layout.environments
        content = {name: values.tobytes() for name, values in data.items()}
        content["OBSERVATIONS"] = observations
        content["LOG_PROBABILITIES"] = array.array("f", [-math.log(layout.action_count)] * count).tobytes()
        # Values, truncation values, the initial state and optional tensors may all be 0.
        tensors = [(spec, content.get(name, bytes(tensor_bytes(spec))))
                   for name, spec in names.items()]
        sent, credits, session.steps = sent + 1, credits - 1, session.steps + count
        session.send("trajectory", tensors, sequence=sent, group=0, policy_version=version,
                     last_policy_version=version,
                     unroll_length=layout.unroll_length, environments=layout.environments,
                     first_caption=len(numbers) - len(new) + 1, captions=new,
                     episode_returns=[1.0] * len(episodes), episode_lengths=episodes,
                     episode_successes=[True] * len(episodes))
    print(f"{arrived} of {sent} trajectories were acknowledged; the newest policy has version {version}")
    session.send("goodbye", reason=number("GoodbyeReason", "LEAVING"), text="the unrolls are sent")


def annotate(session):
    labelled = number("LabelOutcome", "LABELLED")
    session.send("ready", capacity=16)
    while True:
        received = session.receive(1)
        if received and received[0] == "annotation_task":
            task = received[1]
            session.send("labels", task=task.task, ids=list(task.ids), outcomes=[labelled] * len(task.ids),
                         values=[float(b"leave" in caption) for caption in task.captions],
                         annotator_kind="foreign", annotator_version="1")
            session.send("ready", capacity=16)
        elif received and received[0] == "labels_acknowledgement":
            print(f"the labels of task {received[1].task} are on disk", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["worker", "annotator"])
    parser.add_argument("address")
    parser.add_argument("--trajectories", type=int, default=20)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    peer = Session(arguments.address, arguments.role.upper(), threads=1)
    print(f"welcome to {peer.welcome.run_name}: T {peer.welcome.layout.unroll_length}, "
          f"E {peer.welcome.layout.environments}, {peer.welcome.layout.row_bytes} bytes a row", flush=True)
    if arguments.role == "worker":
        play(peer, arguments.trajectories)
    else:
        annotate(peer)


if __name__ == "__main__":
    main()
