"""Tests of the client for OpenEnv servers: python -m unittest discover -s clients/python/tests"""
import json
import unittest
from pathlib import Path

from client import Client, server
from openenv_server import ENDS, Server

ACTIONS = [{"guess": number} for number in range(10)]
TASK = {"actions": ACTIONS, "texts": ["text"], "numbers": ["left"]}


class OpenEnv(unittest.TestCase):
    def test_an_episode_is_played(self):
        with Server() as world:
            environment = server.OpenEnvironment(world.url, **TASK)
            observation, info = environment.reset(seed=13)
            self.assertEqual((observation["text"], float(observation["left"])), ("guess a number", ENDS))
            observation, reward, terminated, truncated, info = environment.step(1)
            self.assertEqual((observation["text"], reward, terminated, truncated), ("higher", -0.1, False, False))
            self.assertEqual(info["left"], ENDS - 1)
            self.assertEqual(environment.state()["step_count"], 1)
            observation, reward, terminated, _, _ = environment.step(3)
            self.assertEqual((observation["text"], reward, terminated), ("right", 1.0, True))
            environment.close()

    def test_the_server_steps_batches_with_captions(self):
        with Server() as world, Client("--task", f"openenv:{world.url}", "--arguments", json.dumps(TASK), "--caption", "obs.text",
                                       folder=Path(__file__).parent) as client:
            client.describe()
            client.open(3, [1, 2, 3])
            step = client.step([1, 1, 9], [4, 5, 6])
            self.assertEqual(step.captions, ["right", "higher", "lower"])
            self.assertEqual(step.flags, [server.TERMINATED, 0, 0])
            self.assertAlmostEqual(float(step.rewards[0]), 1)

    def test_errors_are_named(self):
        with Server() as world:
            environment = server.OpenEnvironment(world.url, actions=[{"guess": 1, "more": 2}], texts=["text"])
            environment.reset(seed=1)
            with self.assertRaisesRegex(RuntimeError, "VALIDATION_ERROR"):
                environment.step(0)
            environment.reset(seed=1)  # the connection lives on
            with self.assertRaisesRegex(server.Mistake, "no 'story'; it has left, metadata, text"):
                server.OpenEnvironment(world.url, actions=ACTIONS, texts=["story"]).reset()
            world.full = True
            with self.assertRaisesRegex(RuntimeError, "CAPACITY_REACHED: no room"):
                server.OpenEnvironment(world.url, **TASK).reset()

    def test_mistakes_are_named(self):
        for url, arguments, words in [("http://127.0.0.1", TASK, "is not openenv:ws://HOST:PORT"),
                                      ("ws://127.0.0.1:1", {}, 'needs environment.arguments with "actions"'),
                                      ("ws://127.0.0.1:1", {"actions": ACTIONS}, '"texts" or "numbers"')]:
            with self.assertRaises(server.Mistake) as caught:
                server.OpenEnvironment(url, **arguments)
            self.assertIn(words, str(caught.exception))
        with self.assertRaisesRegex(ConnectionError, "cannot be reached"):
            server.OpenEnvironment("ws://127.0.0.1:1", **TASK)


if __name__ == "__main__":
    unittest.main()
