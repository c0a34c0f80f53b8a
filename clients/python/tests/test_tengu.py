"""Tests of the tengu module: python -m unittest discover -s clients/python/tests -p test_tengu.py"""
import hashlib
import json
import math
import os
import shutil
import sqlite3
import struct
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tengu import EvaluationError, FormatError, Policy, Run, evaluate, read_tensors  # noqa: E402
from tengu.layers import Layers, elu, picture, text_rows, trigram_rows  # noqa: E402

RANDOM = np.random.default_rng(7)


def numbers(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def safetensors(tensors, metadata=None):
    header, body = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(body), len(body) + values.nbytes]}
        body += values.tobytes()
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def column(table, name):
    return np.asarray(table[name])


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)


class Tensors(InFolder):
    def read(self, data):
        file = self.folder / "x.safetensors"
        file.write_bytes(data)
        return read_tensors(file)

    def test_reads_what_was_written(self):
        given = {"a": numbers(2, 3), "b": numbers()}
        read, metadata = self.read(safetensors(given, {"format": "x"}))
        self.assertEqual(metadata, {"format": "x"})
        for name, values in given.items():
            np.testing.assert_array_equal(read[name], values)

    def test_refuses_damage_and_names_the_file(self):
        whole = safetensors({"a": numbers(2, 3)})
        entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
        damaged = [b"", b"abc", whole[:-1], struct.pack("<Q", 1 << 60) + b"{}", struct.pack("<Q", 2) + b"[]",
                   struct.pack("<Q", 4) + b"{{{{"]
        for change in ({"shape": [-2]}, {"shape": [3]}, {"data_offsets": [8, 0]}, {"data_offsets": [0, 1 << 70]},
                       {"dtype": "X"}, {"shape": [True, 2]}, {"shape": [1 << 40, 1 << 40]}):
            text = json.dumps({"a": {**entry, **change}}).encode()
            damaged.append(struct.pack("<Q", len(text)) + text + bytes(8))
        for data in damaged:
            with self.subTest(data[:40]), self.assertRaisesRegex(FormatError, "x.safetensors"):
                self.read(data)


class LayersTest(unittest.TestCase):
    def test_convolution_is_the_sum_over_its_window(self):
        image, weight, bias = numbers(2, 7, 6, 3), numbers(27, 4), numbers(4)
        layers = Layers({"c.weight": weight, "c.bias": bias})
        for stride, padding in ((1, 0), (2, 1), (3, 2)):
            result = layers.convolution(image, "c", stride, padding)
            padded = np.pad(image, ((0, 0), (padding,) * 2, (padding,) * 2, (0, 0)))
            for n, y, x, o in np.ndindex(result.shape):
                total = float(bias[o])
                for dy, dx, channel in np.ndindex(3, 3, 3):
                    total += float(padded[n, y * stride + dy, x * stride + dx, channel]) * float(weight[(dy * 3 + dx) * 3 + channel, o])
                self.assertAlmostEqual(float(result[n, y, x, o]), total if total > 0 else math.expm1(total), places=4)

    def test_gru_and_lstm_follow_their_equations(self):
        size, inputs = 3, 2
        sigmoid = lambda value: 1 / (1 + math.exp(-value))
        p = {"g.input_weight": numbers(inputs, 9), "g.input_bias": numbers(9), "g.recurrent_weight": numbers(size, 9),
             "g.recurrent_bias": numbers(9), "l.input_weight": numbers(inputs, 12), "l.recurrent_weight": numbers(size, 12),
             "l.bias": numbers(12)}
        layers, x, state = Layers(p), numbers(1, inputs), numbers(1, 2 * size)
        h, c = state[0, :size], state[0, size:]
        dot = lambda row, name, column: sum(float(row[i]) * float(p[name][i, column]) for i in range(len(row)))
        after, _ = layers.gru(x, state[:, :size], "g")
        output, next_state = layers.lstm(x, state, "l")
        for unit in range(size):
            a = [dot(x[0], "g.input_weight", g * size + unit) + float(p["g.input_bias"][g * size + unit]) for g in range(3)]
            b = [dot(h, "g.recurrent_weight", g * size + unit) + float(p["g.recurrent_bias"][g * size + unit]) for g in range(3)]
            r, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
            self.assertAlmostEqual(float(after[0, unit]), (1 - z) * math.tanh(a[2] + r * b[2]) + z * float(h[unit]), places=5)
            i, f, g, o = (dot(x[0], "l.input_weight", k * size + unit) + dot(h, "l.recurrent_weight", k * size + unit)
                          + float(p["l.bias"][k * size + unit]) for k in range(4))
            cell = sigmoid(f) * float(c[unit]) + sigmoid(i) * math.tanh(g)
            self.assertAlmostEqual(float(next_state[0, size + unit]), cell, places=5)
            self.assertAlmostEqual(float(output[0, unit]), sigmoid(o) * math.tanh(cell), places=5)

    def test_a_minimal_unit_follows_its_equation(self):
        p = {"m.input_weight": numbers(2, 6), "m.bias": numbers(6)}
        x, state = numbers(1, 2), numbers(1, 3)
        after, next_state = Layers(p).min_gru(x, state, "m")
        for unit in range(3):
            z, n = (sum(float(x[0, i]) * float(p["m.input_weight"][i, k * 3 + unit]) for i in range(2))
                    + float(p["m.bias"][k * 3 + unit]) for k in range(2))
            z = 1 / (1 + math.exp(-z))
            self.assertAlmostEqual(float(after[0, unit]), (1 - z) * float(state[0, unit]) + z * n, places=5)
        self.assertTrue((after == next_state).all())

    def test_texts_hash_words_and_pairs(self):
        def row(text):
            value = 2166136261
            for byte in text.encode():
                value = (value ^ byte) * 16777619 % 2**32
            return (value ^ value >> 16) % 4096
        self.assertEqual(text_rows(b"You  SEE 2!\0 not read"), [row("you"), row("see"), row("you see"), row("2"), row("see 2")])
        self.assertEqual(text_rows(b" ,.\0a"), [])

    def test_pool_leaves_out_what_fills_no_window(self):
        image = numbers(1, 5, 7, 2)
        result = Layers.pool(image, 3)
        self.assertEqual(result.shape, (1, 1, 2, 2))
        self.assertEqual(float(result[0, 0, 1, 0]), float(image[0, :3, 3:6, 0].max()))

    def test_pictures_of_symbols(self):
        drawn = picture(np.array([[[0, 2]]]), 2, [0b0001], [(1, 0, 0), (0, 0.5, 1)])
        self.assertEqual(drawn.shape, (1, 2, 4, 3))
        self.assertEqual(float(drawn[:, :, :2].sum()), 0)
        np.testing.assert_array_equal(drawn[0, 0, 2], np.array([0, 0.5, 1], np.float32))
        self.assertEqual(float(drawn[0, :, 2:].sum()), 1.5)

    def test_trigrams_are_hashed_in_lower_case_up_to_the_first_zero(self):
        def row(text):
            return (int.from_bytes(text, "big") * 2654435761 % 2 ** 32) >> 20
        self.assertEqual(trigram_rows(list(b"Newt\0abc")), [row(b"new"), row(b"ewt")])
        self.assertEqual(trigram_rows(list(b"ab")), [])
        table = numbers(4096, 3)
        result = Layers({"t": table}).trigrams(np.array([list(b"+1 ab"), [0] * 5], np.uint8), "t")
        total = table[[row(b"+1 "), row(b"1 a"), row(b" ab")]].sum(0)
        np.testing.assert_allclose(result, elu(np.stack([total / 3 ** 0.5, np.zeros(3)]).astype(np.float32)), atol=1e-6)

    def test_a_set_is_the_sum_of_its_things(self):
        kinds, states = numbers(5, 3), numbers(4, 3)
        layers = Layers({"k": kinds, "s": states})
        result = layers.set([np.array([[2, 0, 9]]), np.array([[1, 2, 3]])], ["k", "s"])
        expected = 0.25 * (elu(kinds[2] + states[1]) + elu(kinds[4] + states[3]))
        np.testing.assert_allclose(result[0], expected, atol=1e-6)

    def test_elu_has_no_overflow(self):
        with np.errstate(all="raise"):
            np.testing.assert_allclose(elu(np.array([-80, -1, 0, 1e4], np.float32)), [-1, math.expm1(-1), 0, 1e4], atol=1e-6)


FACTS = {
    "format": "tengu-policy 1", "task": "T", "network": "mlp", "recurrent": "none", "normalise_observations": "false",
    "sizes": "{}", "actions": '{"discrete":3}', "value_heads": "1", "state_size": "0",
    "observation": json.dumps([{"name": "x", "type": "float32", "shape": [2], "encoding": "numeric", "scale": [0.5]},
                               {"name": "legal", "type": "uint8", "shape": [3], "encoding": "action_mask"}])}


def weights():
    return {f"policy.{name}": numbers(*shape) for name, shape in {
        "encoder.hidden.1.weight": (2, 4), "encoder.hidden.1.bias": (4,), "encoder.hidden.2.weight": (4, 4),
        "encoder.hidden.2.bias": (4,), "policy.weight": (4, 3), "policy.bias": (3,), "value.weight": (4, 1),
        "value.bias": (1,)}.items()}


class PolicyTest(unittest.TestCase):
    def test_mask_and_choice(self):
        policy = Policy(weights(), FACTS)
        x = np.array([2.0, -30.0], np.float32)
        outputs = policy.forward({"x": x[None], "legal": np.array([[0, 1, 1]])}, policy.initial_state(1))
        self.assertEqual(float(outputs.logits[0, 0]), -math.inf)
        p = policy._layers.parameters
        hidden = elu(np.clip(x * np.float32(0.5), -5, 5) @ p["encoder.hidden.1.weight"] + p["encoder.hidden.1.bias"])
        hidden = elu(hidden @ p["encoder.hidden.2.weight"] + p["encoder.hidden.2.bias"])
        np.testing.assert_allclose(outputs.logits[0, 1:], (hidden @ p["policy.weight"] + p["policy.bias"])[1:], atol=1e-5)
        np.testing.assert_allclose(np.exp(policy.log_probabilities(outputs.logits)).sum(), 1)
        action, state = policy.act({"x": x, "legal": np.array([0, 1, 1])}, policy.initial_state())
        self.assertEqual((action, state.shape), (int(outputs.logits[0].argmax()), (0,)))
        draws = {policy.act({"x": x, "legal": np.array([0, 1, 1])}, state, RANDOM)[0] for _ in range(50)}
        self.assertNotIn(0, draws)
        # Without a legal action all count as legal.
        free = policy.forward({"x": x[None], "legal": np.zeros((1, 3))}, policy.initial_state(1))
        self.assertTrue(np.isfinite(free.logits).all())

    def test_continuous_actions_stay_in_their_range(self):
        facts = {**FACTS, "actions": '{"continuous":[[-2,2],[null,null]]}',
                 "observation": json.dumps(json.loads(FACTS["observation"])[:1])}
        tensors = {**weights(), "policy.policy.weight": numbers(4, 4), "policy.policy.bias": np.array([9, 9, 0, 0], np.float32)}
        action, _ = Policy(tensors, facts).act({"x": np.zeros(2)}, np.zeros(0, np.float32))
        self.assertLessEqual(float(action[0]), 2)
        self.assertGreater(float(action[1]), 2)

    def structured(self, floor=0.0):
        """Two verbs of which the second points at one of three things."""
        facts = {**FACTS, "actions": '{"factored":[2,3],"sets":[null,"pack"],"uses":[[],[1]]}', "observation": json.dumps([
            {"name": "x", "type": "float32", "shape": [2], "encoding": "numeric", "scale": [0.5]},
            {"name": "kinds", "type": "int16", "shape": [3], "encoding": "member of pack", "cardinality": 4},
            {"name": "legal", "type": "uint8", "shape": [5], "encoding": "action_mask"}])}
        tensors = {**weights(), "policy.encoder.hidden.1.weight": numbers(6, 4), "policy.policy.weight": numbers(4, 18),
                   "policy.policy.bias": numbers(18), "policy.encoder.pack.kinds.table": numbers(4, 4),
                   "policy.policy.pack.kinds.table": numbers(4, 16), "policy.policy.floor": np.array([floor], np.float32)}
        return tensors, facts

    def test_a_verb_points_at_a_thing(self):
        tensors, facts = self.structured()
        policy = Policy(tensors, facts)
        given = {"x": np.array([1, -1], np.float32), "kinds": np.array([3, 0, 1]), "legal": np.array([1, 1, 1, 0, 1])}
        logits = policy.forward({name: values[None] for name, values in given.items()}, policy.initial_state(1)).logits[0]
        self.assertEqual((len(logits), float(logits[3])), (5, -math.inf))
        p = policy._layers.parameters
        things = np.concatenate([given["x"] * np.float32(0.5),
                                 0.25 * (elu(p["encoder.pack.kinds.table"][3]) + elu(p["encoder.pack.kinds.table"][1]))])
        hidden = elu(things @ p["encoder.hidden.1.weight"] + p["encoder.hidden.1.bias"])
        hidden = elu(hidden @ p["encoder.hidden.2.weight"] + p["encoder.hidden.2.bias"])
        outputs = hidden @ p["policy.weight"] + p["policy.bias"]
        np.testing.assert_allclose(logits[:2], outputs[:2], atol=1e-5)
        keys = p["policy.pack.kinds.table"]
        np.testing.assert_allclose(logits[[2, 4]], outputs[2:] @ keys[[3, 1]].T / 4, atol=1e-5)
        for verb in (0, 1):
            action, _ = policy.act({**given, "legal": np.array([verb == 0, verb == 1, 0, 0, 1])}, policy.initial_state())
            self.assertEqual(action.tolist(), [verb, 2 * verb])

    def test_a_floor_leaves_every_legal_verb_a_chance(self):
        tensors, facts = self.structured(floor=0.1)
        tensors["policy.policy.bias"][0] = 30
        policy = Policy(tensors, facts)
        for legal, expected in (([1, 1], [0.9, 0.1]), ([1, 0], [1, 0]), ([0, 1], [0, 1])):
            given = {"x": np.zeros((1, 2)), "kinds": np.array([[3, 0, 1]]), "legal": np.array([legal + [1, 1, 1]])}
            chances = np.exp(policy.log_probabilities(policy.forward(given, policy.initial_state(1)).logits)[0])
            np.testing.assert_allclose(chances[:2], expected, atol=1e-5)
        with self.assertRaisesRegex(FormatError, "point at things"):
            Policy(tensors, {**facts, "actions": '{"factored":[2,3]}'})

    def test_mistakes_are_named(self):
        with self.assertRaisesRegex(FormatError, "tengu-policy 2"):
            Policy(weights(), {**FACTS, "format": "tengu-policy 2"})
        with self.assertRaisesRegex(FormatError, "observation"):
            Policy(weights(), {name: value for name, value in FACTS.items() if name != "observation"})
        with self.assertRaisesRegex(ValueError, "no network is called 'other'"):
            Policy(weights(), {**FACTS, "network": "other"})
        policy = Policy(weights(), FACTS)
        with self.assertRaisesRegex(ValueError, "no field 'legal'"):
            policy.act({"x": np.zeros(2)}, policy.initial_state())
        with self.assertRaisesRegex(ValueError, r"x has shape \[3\], not \[2\]"):
            policy.act({"x": np.zeros(3), "legal": np.ones(3)}, policy.initial_state())


class RunTest(InFolder):
    def run_with(self, text):
        (self.folder / "metrics.jsonl").write_text(text)
        return Run(self.folder)

    def test_later_sessions_replace_earlier_records(self):
        rows = [{"step": step, "session": session, "a": value, "time": 1.5}
                for step, session, value in ((10, 1, 1), (20, 1, 2), (30, 1, 3), (20, 2, 4), (30, 2, None))]
        metrics = self.run_with("\n".join(map(json.dumps, rows)) + '\n{"step": 4').metrics
        self.assertEqual(column(metrics, "step").tolist(), [10, 20, 30])
        np.testing.assert_array_equal(column(metrics, "a"), [1, 4, math.nan])

    def test_a_broken_line_is_named(self):
        with self.assertRaisesRegex(FormatError, "line 1"):
            _ = self.run_with('{"time": 1}\n{"step": 4}\n').metrics

    def test_no_run(self):
        with self.assertRaisesRegex(FileNotFoundError, "is no run"):
            Run(self.folder / "x")

    def test_damaged_checkpoints_are_passed_over(self):
        run = self.run_with("")
        for step in (5, 10):
            place = self.folder / "checkpoints" / f"step-{step:012}"
            place.mkdir(parents=True)
            (place / "state.safetensors").write_bytes(safetensors(weights(), FACTS))
            digest = hashlib.sha256((place / "state.safetensors").read_bytes()).hexdigest()
            manifest = json.dumps({"files": [{"name": "state.safetensors", "sha256": digest}]}).encode()
            (place / "manifest.json").write_bytes(manifest)
            (place / "manifest.sha256").write_text(hashlib.sha256(manifest).hexdigest() + "  manifest.json\n")
        self.assertEqual(run.newest_checkpoint.step, 10)
        (place / "state.safetensors").write_bytes(b"broken")
        self.assertEqual(run.newest_checkpoint.step, 5)
        self.assertEqual(Policy.load(self.folder).task, "T")

    def test_rewards_and_episodes(self):
        run = self.run_with("")
        (self.folder / "rewards.tsv").write_text("paid\tsteps\tscore\tlabel\tcaption\n1.5\t2\t\t1.0\tA key.\n0\t3\t0\t\t\n")
        self.assertEqual(column(run.rewards, "caption").tolist(), ["A key.", ""])
        np.testing.assert_array_equal(column(run.rewards, "score"), [math.nan, 0])
        (self.folder / "episode-2.json").write_text(json.dumps(
            {"task": "T", "seed": 2**63, "actions": [0, [1, 2]], "rewards": [0, 2.5], "intrinsicRewards": []}))
        (episode,) = run.episodes()
        self.assertEqual((episode.episode_return, episode.seed), (2.5, 2**63))
        self.assertTrue(np.isnan(episode.intrinsic_rewards).all())

    def test_labels_must_be_a_label_store(self):
        run = self.run_with("")
        with self.assertRaises(FileNotFoundError):
            _ = run.labels
        sqlite3.connect(self.folder / "labels.sqlite").execute("CREATE TABLE label (sequence)").connection.close()
        with self.assertRaisesRegex(FormatError, "not a label store"):
            _ = run.labels


@unittest.skipUnless(os.environ.get("TENGU_BINARY"), "TENGU_BINARY names no program")
class WithProgram(unittest.TestCase):
    """On a run that TENGU_TEST_RUN names and that has played at least 2,048 steps with an annotator."""

    def test_a_real_run(self):
        run = Run(os.environ["TENGU_TEST_RUN"])
        self.assertGreaterEqual(int(column(run.metrics, "step")[-1]), 2048)
        labels = column(run.labels, "label")
        self.assertGreater(len(labels), 5)
        self.assertTrue(np.isin(labels, [0, 1]).all())
        self.assertEqual(len(column(run.rewards, "paid")), len(column(run.rewards, "caption")))
        with tempfile.TemporaryDirectory() as folder:
            report = evaluate(run.path, episodes=3, record=folder)
            self.assertEqual(len(report.episodes), 3)
            episodes = run.episodes(folder)
            self.assertEqual([len(episode.actions) for episode in episodes], [episode["length"] for episode in report.episodes])
            self.assertAlmostEqual(report.mean("return"), float(np.mean([episode.episode_return for episode in episodes])), places=5)

    def test_the_program_says_what_is_wrong(self):
        with self.assertRaisesRegex(EvaluationError, "nowhere"):
            evaluate("/nowhere")


if __name__ == "__main__":
    unittest.main()
