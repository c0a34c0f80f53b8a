"""V-trace (Espeholt et al. 2018) and the clipped PPO loss as ONI trains with, written for autograd. All [T, B]."""
import torch

TERMINATED, TRUNCATED = 1, 2
DISCOUNT, RATIO_CLIP, VALUE_CLIP, VALUE_COEFFICIENT, ENTROPY_COEFFICIENT = 0.99, 0.1, 1.0, 0.5, 0.003


def vtrace(values, batch, ratio):
    """values [T + 1, B]. Returns targets and advantages."""
    rho = ratio.clamp(max=1)
    rewards, flags, cut = batch["rewards"], batch["flags"], batch["truncationValues"]
    next_value, next_target = values[-1], values[-1]
    targets, advantages = torch.zeros_like(rewards), torch.zeros_like(rewards)
    for t in reversed(range(len(rewards))):
        ends = (flags[t] & (TERMINATED | TRUNCATED)) != 0
        after_end = torch.where((flags[t] & TERMINATED) != 0, torch.zeros_like(cut[t]), cut[t])
        following_value = torch.where(ends, after_end, next_value)
        following_target = torch.where(ends, after_end, next_target)
        trace = torch.where(ends, torch.zeros_like(rho[t]), rho[t] * (next_target - next_value))
        targets[t] = values[t] + rho[t] * (rewards[t] + DISCOUNT * following_value - values[t]) + DISCOUNT * trace
        advantages[t] = rho[t] * (rewards[t] + DISCOUNT * following_target - values[t])
        next_value, next_target = values[t], targets[t]
    return targets, advantages


def loss(logits, values, batch):
    """logits [T + 1, B, A], values [T + 1, B]. Returns the loss and its parts."""
    log_probabilities = torch.log_softmax(logits[:-1], -1)
    chosen = log_probabilities.gather(-1, batch["actions"][..., None]).squeeze(-1)
    ratio = (chosen - batch["behaviourLogProbabilities"]).exp().clamp(0.05, 20)
    with torch.no_grad():
        targets, advantages = vtrace(values, batch, ratio)
        deviation = advantages.std(unbiased=False).clamp(min=1e-3)
        normalised = (advantages - advantages.mean()) / deviation
    clipped_ratio = ratio.clamp(1 / (1 + RATIO_CLIP), 1 + RATIO_CLIP)
    policy = -torch.min(ratio * normalised, clipped_ratio * normalised).mean()
    old = batch["behaviourValues"]
    clipped = old + (values[:-1] - old).clamp(-VALUE_CLIP, VALUE_CLIP)
    value = torch.max((values[:-1] - targets) ** 2, (clipped - targets) ** 2).mean()
    entropy = -(log_probabilities.exp() * log_probabilities).sum(-1).mean()
    parts = dict(
        policyLoss=policy, valueLoss=value, entropy=entropy, advantageMean=advantages.mean(),
        advantageDeviation=advantages.std(unbiased=False))
    return policy + VALUE_COEFFICIENT * value - ENTROPY_COEFFICIENT * entropy, parts
