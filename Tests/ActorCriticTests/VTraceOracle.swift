import ActorCritic
import Trajectories

/// V-trace of one column in Float64 as the paper writes it (Espeholt et al. 2018, equation 1): for every s its own sum over
/// t of products over i, O(T^2) and more, without recursion.
struct VTraceOracle {
  var discount = 0.99
  var rhoClip = 1.0
  var cClip = 1.0
  var rewards: [Double]
  var ratios: [Double]
  /// T + 1.
  var values: [Double]
  var truncationValues: [Double]
  var flags: [StepFlags]

  var steps: Int { rewards.count }

  /// The value that follows step t within its episode.
  private func next(_ step: Int, _ ordinary: Double) -> Double {
    if flags[step].contains(.terminated) { return 0 }
    return flags[step].contains(.truncated) ? truncationValues[step] : ordinary
  }

  private func delta(_ step: Int) -> Double {
    min(rhoClip, ratios[step]) * (rewards[step] + discount * next(step, values[step + 1]) - values[step])
  }

  private func c(_ step: Int) -> Double { flags[step].endsEpisode ? 0 : min(cClip, ratios[step]) }

  func target(_ start: Int) -> Double {
    guard start < steps else { return values[steps] }
    var sum = values[start]
    for step in start..<steps {
      var weight = 1.0
      for earlier in start..<step { weight *= discount * c(earlier) }
      sum += weight * delta(step)
    }
    return sum
  }

  func advantage(_ step: Int) -> Double {
    min(rhoClip, ratios[step]) * (rewards[step] + discount * next(step, target(step + 1)) - values[step])
  }
}
