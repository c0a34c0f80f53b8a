"""Tests of the environment server over its real socket: python -m unittest discover -s clients/python/tests"""
import json
import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path
from subprocess import Popen, run

import gymnasium
import numpy as np
from client import Client, data, number, server

HERE = Path(__file__).resolve().parent


def scripted(*arguments, name="Scripted", family="python", **options):
    return Client("--task", f"{family}:scripted:{name}", "--arguments", json.dumps(options), *arguments, folder=HERE)


def floats(row):
    return np.frombuffer(row, np.float32).tolist()


class Messages(unittest.TestCase):
    def test_headers_survive_the_round_trip(self):
        for value in (0, 1, 127, 128, 300, 2**32 - 1, 2**63):
            self.assertEqual(number(server.varint(value), 0), (value, len(server.varint(value))))
            self.assertEqual(server.unpack(server.pack((3, value), (7, "text"))), {**({3: value} if value else {}), 7: b"text"})

    def test_broken_headers_are_refused(self):
        for data in (b"\x08", b"\x0a\x05ab", b"\x0b", b"\x08" + b"\xff" * 11):
            with self.assertRaises((ValueError, IndexError)):
                server.unpack(data)

    def test_seeds_fit_what_numpy_takes(self):
        self.assertEqual(server.fold(5), 5)
        self.assertNotEqual(server.fold(5 << 32), server.fold(6 << 32))
        self.assertLess(server.fold(2**64 - 1), 2**31)


class Plain(unittest.TestCase):
    def test_an_end_sends_the_terminal_row_and_begins_the_next_episode(self):
        with scripted("--caption", "info.message", length=3) as client:
            client.describe()
            self.assertEqual(floats(client.open(2, [11, 2**40 + 7])), [11, 0, 7 ^ 2**8, 0])
            first = client.step([1, 2], [21, 22])
            self.assertEqual([floats(row)[1] for row in first.rows], [1, 1])
            self.assertEqual(first.captions, ["step 1 action 1", "step 1 action 2"])
            second = client.step([0, 0], [21, 22])
            self.assertEqual(second.captions, ["", ""])  # infos may lack the key
            self.assertEqual(second.flags, [0, 0])
            third = client.step([3, 0], [21, 22])
            self.assertEqual(third.flags, [server.TERMINATED] * 2)
            self.assertEqual(third.rewards.tolist(), [3, 3])
            self.assertEqual([floats(row) for row in third.rows], [[21, 0], [22, 0]])
            self.assertEqual(floats(third.final_rows)[1::2], [3, 3])
            self.assertEqual(third.captions, ["step 3 action 3", "step 3 action 0"])

    def test_scalars_of_the_last_info_are_facts_of_the_episode(self):
        with scripted(name="Reporting", length=2) as client:
            client.describe()
            client.open(2, [1, 2])
            self.assertEqual(client.step([0, 0], [3, 4]).facts, {})
            results = client.step([0, 0], [3, 4])
            self.assertEqual(results.facts[1], {"gold": 2.5, "found the key": 1.0, "caf_": 7.0})
            self.assertEqual(sorted(results.facts), [0, 1])

    def test_terminated_wins_and_limits_truncate(self):
        with scripted(length=1, end="both") as client:
            client.describe()
            client.open(1, [1])
            self.assertEqual(client.step([0], [2]).flags, [server.TERMINATED | server.SUCCEEDED])
        with scripted("--maximum-steps", "2", length=9) as client:
            client.describe()
            client.open(1, [1])
            self.assertEqual([client.step([0], [2]).flags[0] for _ in range(4)], [0, server.TRUNCATED] * 2)

    def test_actions_begin_at_the_start_of_their_space(self):
        with scripted("--caption", "info.message", start=-1, n=3) as client:
            client.describe()
            client.open(2, [1, 2])
            self.assertEqual(client.step([0, 2], [1, 1]).captions, ["step 1 action -1", "step 1 action 1"])
            with self.assertRaisesRegex(RuntimeError, "not 0 to 2"):
                client.step([3, 0], [1, 1])

    def test_a_failing_environment_is_replaced_alone(self):
        with scripted(length=9, fail_at=2) as client:
            client.describe()
            client.open(2, [1, 2])
            client.step([0, 0], [5, 6])
            results = client.step([0, 3], [7, 8])
            self.assertEqual(results.flags, [server.FAILED] * 2)
            self.assertEqual([floats(row) for row in results.rows], [[7, 0], [8, 0]])
            self.assertEqual([i for i, _ in results.failures], [0, 1])
            self.assertRegex(results.failures[1][1], r"action 3 after 1 steps: ValueError: the script says so \| .*scripted.py:\d+ step")
            self.assertEqual(client.step([0, 0], [7, 8]).flags, [0, 0])

    def test_wrappers_and_caption_functions(self):
        with scripted("--wrappers", "scripted:clip_wrapper", "--caption", "python:scripted:caption") as client:
            client.describe()
            client.open(1, [1])
            results = [client.step([0], [1]) for _ in range(2)]
            self.assertEqual([float(result.rewards[0]) for result in results], [1, 1.5])
            self.assertEqual(results[1].captions, ["Scripted at 2"])

    def test_every_space_has_its_place_in_the_row(self):
        with scripted("--categories", "grid:3,11", name="Mixed") as client:
            client.describe()
            self.assertEqual(client.fields(), [
                ("word", 1, [24], server.TEXT, 0, [], []),
                ("box", 6, [3], server.NUMERIC, 0, [-2], [2]),
                ("which", 1, [], server.CATEGORICAL, 5, [], []),
                ("bits", 1, [3], server.NUMERIC, 0, [0], [1]),
                ("many", 3, [2], server.CATEGORICAL, 300, [], []),
                ("inner.a.0", 4, [], server.NUMERIC, 0, [0], [9]),
                ("inner.b", 1, [], server.CATEGORICAL, 2, [], []),
                ("grid.0", 1, [3, 4], server.CATEGORICAL, 3, [], []),
                ("grid.1", 1, [3, 4], server.CATEGORICAL, 11, [], [])])
            row = client.open(2, [1, 2])[client.row_bytes:]
            self.assertEqual(row[:24].rstrip(b"\0").decode(), "hé")
            self.assertEqual(floats(row[24:36]), [0, 1, -1])
            self.assertEqual(row[40], 1)  # Discrete(5, start=3) showed 4
            self.assertEqual(list(row[48:51]), [1, 0, 1])
            self.assertEqual(np.frombuffer(row[56:60], np.int16).tolist(), [1, 299])
            self.assertEqual(row[-32:-16][:12] + row[-16:][:12], bytes(12) + bytes([7] * 12))


    def test_pictures_are_pictures(self):
        with scripted(name="Picture") as client:
            client.describe()
            self.assertEqual(client.fields(), [("observation", 1, [20, 24, 3], server.IMAGE, 0, [], [])])
            self.assertEqual(client.open(2, [1, 2]), np.arange(1440, dtype=np.uint8).tobytes() * 2)


class ActionSpaces(unittest.TestCase):
    def play(self, actions, *elements, **options):
        """The description's space, and what the environment says about the action of `elements`."""
        with scripted("--caption", "info.message", name="Acting", actions=actions, **options) as client:
            client.describe()
            space = client.actions()
            client.open(2, [1, 2])
            return space, [client.step(np.array([of_one] * 2), [1, 2]).captions[1] for of_one in elements]

    def test_each_kind_arrives_as_its_space_wants_it(self):
        space, said = self.play("box", [0.25, 3.5], [-0.5, -7.5])
        self.assertEqual(space, ([], [-1, 0], [1, np.inf]))
        self.assertEqual(said, ["ndarray float64 [[0.25, 3.5]]", "ndarray float64 [[-0.5, 0.0]]"])
        space, said = self.play("choices", [1, 2])
        self.assertEqual((space, said), (([2, 3], [], []), ["ndarray int64 [[6, 2]]"]))
        space, said = self.play("bits", [1, 0, 1])
        self.assertEqual((space, said), (([2, 2, 2], [], []), ["ndarray int8 [[1, 0, 1]]"]))

    def test_wrong_elements_are_refused(self):
        for actions, elements in (("box", [np.nan, 0.0]), ("choices", [2, 0]), ("choices", [0, -1]), ("bits", [0, 0, 2])):
            with self.assertRaisesRegex(RuntimeError, "the request has"):
                self.play(actions, elements)
        with self.assertRaisesRegex(RuntimeError, "does not fit"):
            self.play("choices", [1])

    def masks(self, where, steps=5, actions="plain", size=3):
        with scripted(name="Acting", actions=actions, mask=where, size=size) as client:
            client.describe()
            place = [field[3] for field in client.fields()].index(server.ACTION_MASK)
            self.assertEqual(client.fields()[place][:3], ("action_mask", 1, [size]))
            start = 0 if where == "observation" else 8
            rows = [client.open(1, [1])]
            for _ in range(steps):
                rows += client.step([[0] * (1 if actions == "plain" else 3)], [1]).rows
            return [list(row[start:start + size]) for row in rows]

    def test_masks_come_from_a_method_infos_or_the_observation(self):
        first, second, third = [0, 1, 1], [1, 0, 1], [1, 1, 0]
        # An episode has four steps.
        self.assertEqual(self.masks("method"), [first, second, third, first, first, second])
        self.assertEqual(self.masks("observation"), [first, second, third, first, first, second])
        self.assertEqual(self.masks("info"), [first, second, [1, 1, 1], first, first, second])
        self.assertEqual(self.masks("parts", 1, "bits", 6), [[0, 1, 1, 1, 1, 1], [1, 0, 1, 1, 1, 1]])

    def test_vectorised_classes_have_masks_in_their_infos(self):
        for mode, expected in (("SameStep", [0, 1, 0, 1]), ("Disabled", [0, 1, 0, 1]), ("NextStep", [0, 1, 1, 0])):
            with scripted(name="Counting", family="python-vector", mode=mode, masked=True) as client:
                client.describe()
                rows = [client.open(2, [1, 2])[:16]] + [client.step([0, 0], [0, 0]).rows[0] for _ in range(3)]
                self.assertEqual([list(row[8:10]) for row in rows], [[1, legal] for legal in expected], mode)


class Gymnasium(unittest.TestCase):
    def test_cartpole_equals_gymnasium_itself(self):
        with Client("--task", "gymnasium:CartPole-v1") as client:
            client.describe()
            name, kind, dims, encoding, _, low, high = client.fields()[0]
            self.assertEqual((name, kind, dims, encoding), ("observation", 6, [4], server.NUMERIC))
            environment = gymnasium.make("CartPole-v1")
            np.testing.assert_array_equal(low, environment.observation_space.low)
            np.testing.assert_array_equal(high, environment.observation_space.high)
            seeds = iter(range(100, 200))
            expected = environment.reset(seed=100)[0]
            self.assertEqual(floats(client.open(1, [next(seeds)])), expected.tolist())
            seed = next(seeds)
            for t in range(200):
                observation, reward, terminated, truncated, _ = environment.step(t // 2 % 2)
                results = client.step([t // 2 % 2], [seed])
                self.assertEqual(results.rewards[0], reward)
                if terminated or truncated:
                    self.assertEqual(floats(results.final_rows), observation.tolist())
                    observation, _ = environment.reset(seed=seed)
                    seed = next(seeds)
                self.assertEqual(floats(results.rows[0]), observation.tolist())

    def test_two_batches_are_independent(self):
        with Client("--task", "gymnasium:CartPole-v1") as client:
            client.describe()
            self.assertEqual(client.open(2, [1, 2], batch=4), client.open(2, [1, 2], batch=9))
            client.send_step([0, 1], [3, 3], batch=4)
            client.send_step([0, 1], [3, 3], batch=9)
            (_, first), (_, second) = client.receive(), client.receive()
            self.assertEqual(first, second)

    def test_its_own_vector_class_idles_after_an_end(self):
        with Client("--task", "gymnasium-vector:CartPole-v1") as client:
            self.assertEqual(dict(client.describe())[6], 1)
            client.open(8, range(8))
            last = [0] * 8
            seen = 0
            for _ in range(200):
                results = client.step([1] * 8, [0] * 8)
                for i in range(8):
                    self.assertEqual(results.flags[i] == server.IDLE, last[i] == server.TERMINATED)
                    if results.flags[i] == server.IDLE:
                        self.assertEqual(results.rewards[i], 0)
                        self.assertLessEqual(max(map(abs, floats(results.rows[i]))), 0.05)
                        seen += 1
                self.assertEqual(results.final_rows, b"")
                last = results.flags
            self.assertGreater(seen, 50)


class Addresses(unittest.TestCase):
    def test_a_server_at_an_address_answers_several_workers(self):
        try:
            import zmq
        except ModuleNotFoundError:
            self.skipTest("pyzmq is not installed")
        context = zmq.Context.instance()
        with tempfile.TemporaryDirectory() as folder:
            address = f"ipc://{folder}/socket"
            process = Popen([sys.executable, server.__file__, "--bind", address, "--task", "gymnasium:CartPole-v1"])
            workers = [context.socket(zmq.DEALER) for _ in range(2)]
            for worker in workers:
                worker.connect(address)
                worker.send(server.pack((1, server.VERSION), (2, 1), (3, server.DESCRIBE)))
                worker.send(server.pack((1, server.VERSION), (2, 2), (3, server.OPEN), (5, 3)))
                worker.send_multipart([server.pack((1, server.VERSION), (2, 3), (3, server.RESET), (5, 3)),
                                       data([0, 1, 2], [7, 8, 9])])
            rows = []
            for worker in workers:
                self.assertIn(4, server.unpack(worker.recv()))
                self.assertEqual(server.unpack(worker.recv())[2], 2)
                rows.append(worker.recv_multipart()[1])
                worker.close(0)
            process.kill()
            process.wait()
            self.assertEqual(rows[0], rows[1])


class Keys(unittest.TestCase):
    """Servers at addresses with keys, in the files that `tengu keys` writes."""

    def setUp(self):
        import zmq
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.keys = {name: [key.decode() for key in zmq.curve_keypair()] for name in ("servers", "worker", "stranger")}
        for name, (public, secret) in self.keys.items():
            self.write(f"{name}.secret", f'public-key = "{public}"\nsecret-key = "{secret}"\n', 0o600)
        self.write("worker.public", f'public-key = "{self.keys["worker"][0]}"\nrole = "worker"\n')
        self.address = f"ipc://{self.path}/socket"

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, text, mode=0o644):
        (self.path / name).write_text(text)
        (self.path / name).chmod(mode)

    def describe(self, name, milliseconds, trusted="servers"):
        """Whether a client with the key `name` gets an answer."""
        import zmq
        with zmq.Context.instance().socket(zmq.DEALER) as client:
            client.linger = 0
            if name:
                client.curve_publickey, client.curve_secretkey = (key.encode() for key in self.keys[name])
                client.curve_serverkey = self.keys[trusted][0].encode()
            client.connect(self.address)
            client.send(server.pack((1, server.VERSION), (2, 9), (3, server.DESCRIBE)))
            return bool(client.poll(milliseconds))

    def test_only_allowed_keys_get_an_answer(self):
        process = Popen([sys.executable, server.__file__, "--bind", self.address, "--task", "gymnasium:CartPole-v1", "--key",
                         str(self.path / "servers.secret"), "--allow", str(self.path)])
        try:
            self.assertTrue(self.describe("worker", 30_000))
            # The server runs, so that these would be answered at once.
            self.assertFalse(self.describe("stranger", 500))
            self.assertFalse(self.describe("worker", 500, trusted="stranger"))
            self.assertFalse(self.describe(None, 500))
            self.write("stranger.public", f'public-key = "{self.keys["stranger"][0]}"\n')
            self.assertTrue(self.describe("stranger", 30_000))
        finally:
            process.kill()
            process.wait()

    def test_files_decide_who_is_allowed(self):
        key = self.keys["worker"][0]
        for lines, expected in [("", True), ('role = "worker, observer"\n', True), ('role = "annotator"\n', False),
                                ('expires = "2999-01-31"\n', True), ('expires = "2001-01-31T12:00:00Z"\n', False),
                                ('expires = "soon"\n', False)]:
            self.write("one.public", f'# a comment\npublic-key = "{key}"\n{lines}')
            self.assertEqual(server.Allowed.admits(str(self.path / "one.public"), key), expected, lines)
        self.assertFalse(server.Allowed.admits(str(self.path / "missing.public"), key))

    def test_addresses_beyond_this_machine_are_recognised(self):
        for address in ("tcp://127.0.0.1:5570", "tcp://localhost:5570", "tcp://[::1]:5570", "ipc:///tmp/socket"):
            self.assertTrue(server.is_loopback(address), address)
        for address in ("tcp://0.0.0.0:5570", "tcp://*:5570", "tcp://10.0.0.1:5570", "tcp://[::]:5570", "tcp://eth0:5570"):
            self.assertFalse(server.is_loopback(address), address)

    def test_mistakes_are_named(self):
        readable = self.path / "readable.secret"
        self.write("readable.secret", "secret-key = \"x\"\n", 0o644)
        for arguments, words in [(["tcp://0.0.0.0:0"], "needs keys"), ([self.address, "--key", "nowhere"], "belong together"),
                                 ([self.address, "--key", "nowhere", "--allow", str(self.path)], "nowhere cannot be read"),
                                 ([self.address, "--key", str(readable), "--allow", str(self.path)], "chmod 600"),
                                 ([self.address, "--key", "nowhere", "--allow", str(self.path / "x")], "cannot be read")]:
            done = run([sys.executable, server.__file__, "--task", "gymnasium:CartPole-v1", "--bind", *arguments],
                       capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, words in done.stderr), (64, True), done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


class MiniGrid(unittest.TestCase):
    def setUp(self):
        try:
            import minigrid
        except ModuleNotFoundError:
            self.skipTest("minigrid is not installed")

    def test_its_grid_is_read_as_categories_and_events_are_captions(self):
        with Client("--task", "minigrid:MiniGrid-DoorKey-5x5-v0", "--caption", "events") as client:
            client.describe()
            fields = {name: rest for name, *rest in client.fields()}
            self.assertEqual([fields[f"image.{channel}"][1:4] for channel in range(3)],
                             [[[7, 7], server.CATEGORICAL, count] for count in (11, 6, 4)])
            self.assertEqual(fields["direction"][2:4], [server.CATEGORICAL, 4])
            self.assertEqual(fields["mission"][2], server.TEXT)
            client.open(16, range(16))
            generator, captions = np.random.default_rng(0), set()
            for _ in range(300):
                captions |= set(client.step(generator.integers(0, 7, 16), [1] * 16).captions)
            self.assertLessEqual({"", "You pick up a key.", "You drop a key.", "The door opens."}, captions)
            self.assertLessEqual(captions, {"", "You pick up a key.", "You drop a key.", "The door opens.", "The door closes.",
                                            "You reach the goal."})


class Vectorised(unittest.TestCase):
    def episodes(self, mode):
        with scripted(name="Counting", family="python-vector", mode=mode) as client:
            client.describe()
            client.open(2, [1, 2])
            for _ in range(4):
                results = client.step([0, 0], [0, 0])
                yield [floats(row)[0] for row in results.rows], results.flags, floats(results.final_rows)[::2], results.rewards.tolist()

    def test_every_mode_of_reset(self):
        for mode in ("SameStep", "Disabled"):
            self.assertEqual(list(self.episodes(mode)), [
                ([1, 1], [0, 0], [], [1, 1]), ([0, 2], [1, 0], [2], [1, 1]), ([1, 0], [0, 1], [3], [1, 1]),
                ([0, 1], [1, 0], [2], [1, 1])], mode)
        self.assertEqual(list(self.episodes("NextStep")), [
            ([1, 1], [0, 0], [], [1, 1]), ([2, 2], [1, 0], [], [1, 1]), ([0, 3], [16, 1], [], [0, 1]),
            ([1, 0], [0, 16], [], [1, 0])])


    def test_facts_of_an_episode_come_from_its_last_infos(self):
        for mode in ("SameStep", "NextStep", "Disabled"):
            with scripted(name="Counting", family="python-vector", mode=mode, reports=True) as client:
                client.describe()
                client.open(2, [1, 2])
                facts = [client.step([0, 0], [0, 0]).facts for _ in range(3)]
                self.assertEqual(facts, [{}, {0: {"length": 2.0}}, {1: {"length": 3.0}}], mode)


class Mistakes(unittest.TestCase):
    def refusal(self, *arguments, name="Scripted", **options):
        with scripted(*arguments, name=name, **options) as client:
            with self.assertRaises(RuntimeError) as caught:
                client.describe()
                client.open(1, [1])
                client.step([0], [1])
        text = str(caught.exception)
        self.assertNotIn("\n", text)
        return text

    def task(self, task, *arguments):
        with Client("--task", task, *arguments, folder=HERE) as client:
            with self.assertRaises(RuntimeError) as caught:
                client.describe()
        return str(caught.exception)

    def test_each_is_one_line_that_says_what_to_do(self):
        self.assertRegex(self.task("python:no_such_module:make"), "has no module no_such_module; install")
        self.assertRegex(self.task("python:scripted:Missing"), "module scripted has no Missing")
        self.assertRegex(self.task("python:scripted"), "is not MODULE:NAME")
        self.assertRegex(self.task("atari:Pong"), "begins with none of gymnasium:")
        self.assertRegex(self.task("gymnasium:NoSuch-v0"), "NoSuch")
        self.assertRegex(self.task("gymnasium:CartPole-v1", "--arguments", "{size: 3}"), "environment.arguments is not a JSON object")
        self.assertRegex(self.task("gymnasium:CartPole-v1", "--arguments", '{"size": 3}'), "unexpected keyword argument 'size'")
        self.assertRegex(self.task("gymnasium:CartPole-v1", "--caption", "message"), "none of info.KEY")
        self.assertRegex(self.task("gymnasium:CartPole-v1", "--categories", "image"), "is not NAME:NUMBER")
        self.assertRegex(self.refusal(name="Sequences"), "\"observation\" is a Sequence space.*supported are Box")
        for actions in ("integers", "nested"):
            self.assertRegex(self.refusal(name="Acting", actions=actions), "action space .* is not supported; Tengu plays Discrete")
        self.assertRegex(self.refusal(name="Acting", actions="plain", mask="method", size=4), "mask of actions has 4 elements; .* 3")
        self.assertRegex(self.refusal(name="Acting", mask="info"), "its actions are numbers")
        self.assertRegex(self.refusal(reset_fails=True), r"RuntimeError: the world is full \| .*scripted.py")
        self.assertRegex(self.refusal("--caption", "python:scripted:broken_caption"), "environment.caption .*failed")

    def test_an_environment_that_cannot_be_replaced_ends_the_batch(self):
        self.assertRegex(self.refusal(fail_at=1, reset_fails=True), "the world is full")


class Processes(unittest.TestCase):
    def test_the_server_ends_with_its_parent(self):
        with scripted() as client:
            client.describe()
            client.socket.close()
            self.assertEqual(client.process.wait(10), 0)

    def test_progress_names_the_environment_that_hangs(self):
        path = HERE / f".progress-{os.getpid()}"
        path.write_bytes(bytes(8))
        try:
            with scripted("--progress", str(path), hang_at=1, length=9) as client:
                client.describe()
                client.open(3, [1, 2, 3])
                self.assertEqual(path.read_bytes(), bytes(8))
                client.send_step([0] * 3, [0] * 3)
                deadline = time.monotonic() + 20
                while path.read_bytes() != b"\1" + bytes(7) and time.monotonic() < deadline:
                    time.sleep(0.01)
                self.assertEqual(path.read_bytes(), b"\1" + bytes(7))
                client.process.send_signal(signal.SIGKILL)
        finally:
            path.unlink()

    def test_the_environment_is_not_asked_about_foreign_batches(self):
        with scripted() as client:
            client.describe()
            for kind, count in ((server.STEP, 0), (99, 0), (server.RESET, 1)):
                with self.assertRaises(RuntimeError):
                    client.ask(kind, 3, count, b"data")
            with self.assertRaisesRegex(RuntimeError, "1 to"):
                client.ask(server.OPEN, 0, 2**31)
            client.open(1, [1])
            with self.assertRaisesRegex(RuntimeError, "does not have"):
                client.reset([4], [1])
            self.assertEqual(client.step([0], [1]).flags, [0])


if __name__ == "__main__":
    unittest.main()
