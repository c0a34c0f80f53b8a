"""Reads the runs of Tengu and plays its policies; needs numpy alone.

    from tengu import Policy, Run

    run = Run("runs/captiongrid")
    run.metrics["episode/return_mean"]
    policy = Policy.load(run.newest_checkpoint)
    action, state = policy.act(observation, policy.initial_state())
"""
from .evaluation import Evaluation, EvaluationError, evaluate
from .policy import Outputs, Policy
from .run import Checkpoint, Episode, Run
from .tensors import FormatError, read_tensors

__all__ = [
    "Checkpoint", "Episode", "Evaluation", "EvaluationError", "FormatError", "Outputs", "Policy", "Run", "evaluate",
    "read_tensors",
]
__version__ = "0.1.0"
