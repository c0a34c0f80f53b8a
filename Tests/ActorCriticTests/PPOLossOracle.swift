import Glibc

/// The loss in Float64 from logits and values, by definition.
struct PPOLossOracle {
  var ratioClip = 0.1
  var valueClip = 1.0
  var valueCoefficient = 0.5
  var entropyCoefficient = 0.003
  var actionCount: Int
  var heads: Int
  var actions: [Int]
  var behaviour: [Double]
  /// Normalised.
  var advantages: [Double]
  var oldValues: [Double]
  var targets: [Double]

  struct Parts {
    var policy = 0.0
    var value = 0.0
    var entropy = 0.0
  }

  private func logSoftmax(_ logits: [Double], _ frame: Int) -> [Double] {
    let row = logits[frame * actionCount..<(frame + 1) * actionCount]
    let normaliser = log(row.reduce(0) { $0 + exp($1) })
    return row.map { $0 - normaliser }
  }

  func ratio(_ logits: [Double], _ frame: Int) -> Double {
    exp(logSoftmax(logits, frame)[actions[frame]] - behaviour[frame])
  }

  /// Means over the frames; `logits` and `values` may have rows beyond them.
  func parts(logits: [Double], values: [Double]) -> Parts {
    var parts = Parts()
    let frames = Double(actions.count)
    for frame in actions.indices {
      let logProbabilities = logSoftmax(logits, frame)
      let ratio = min(max(ratio(logits, frame), 0.05), 20)
      let clipped = min(max(ratio, 1 / (1 + ratioClip)), 1 + ratioClip)
      parts.policy -= min(ratio * advantages[frame], clipped * advantages[frame]) / frames
      parts.entropy -= logProbabilities.reduce(0) { $0 + exp($1) * $1 } / frames
      for index in frame * heads..<(frame + 1) * heads {
        let move = min(max(values[index] - oldValues[index], -valueClip), valueClip)
        let error = values[index] - targets[index]
        let clippedError = oldValues[index] + move - targets[index]
        parts.value += max(error * error, clippedError * clippedError) / frames
      }
    }
    return parts
  }

  func loss(logits: [Double], values: [Double]) -> Double {
    let parts = parts(logits: logits, values: values)
    return parts.policy + valueCoefficient * parts.value - entropyCoefficient * parts.entropy
  }
}
