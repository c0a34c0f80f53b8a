import Glibc
import Runtime
import Tensor
import Testing

@testable import ActorCritic

@Suite struct PPOLossTests {
  /// A random problem with ratios on both sides of every clip.
  private struct Problem {
    let steps = 6
    let columns = 4
    let actionCount = 5
    let heads = 2
    var logits: [Float]  // [T+1, B, A]
    var values: [Float]  // [T+1, B, V]
    var oldValues: [Float]
    var targets: [Float]
    var advantages: [Float]
    var actions: [Int32]
    var behaviour: [Float]
    var loss = PPOLoss(ratioClip: 0.1, valueClip: 1, valueCoefficient: 0.5, entropyCoefficient: 0.01)
    let advantageMean: Float = 0.3
    let advantageScale: Float = 1.7

    var frames: Int { steps * columns }

    init(seed: UInt64) {
      var generator = RandomGenerator(seed: seed)
      func random(_ count: Int, _ spread: Float) -> [Float] {
        (0..<count).map { _ in spread * (generator.uniform() - 0.5) }
      }
      let frames = steps * columns
      logits = random((frames + columns) * actionCount, 4)
      values = random((frames + columns) * heads, 6)
      oldValues = random(frames * heads, 6)
      targets = random(frames * heads, 6)
      advantages = random(frames, 4)
      actions = (0..<frames).map { _ in Int32(generator.below(5)) }
      behaviour = random(frames, 6).map { $0 - 3 }
    }

    var oracle: PPOLossOracle {
      PPOLossOracle(
        ratioClip: Double(loss.ratioClip), valueClip: Double(loss.valueClip),
        valueCoefficient: Double(loss.valueCoefficient), entropyCoefficient: Double(loss.entropyCoefficient),
        actionCount: actionCount, heads: heads, actions: actions.map(Int.init), behaviour: behaviour.map(Double.init),
        advantages: advantages.map { (Double($0) - Double(advantageMean)) * Double(advantageScale) },
        oldValues: oldValues.map(Double.init), targets: targets.map(Double.init))
    }

    /// - Parameter deviations: [V] units of the values' errors.
    func evaluate(
      clips: [RatioClip]? = nil, deviations: [Float] = [1, 1]
    ) -> (sums: PPOLossSums, logitGradients: [Float], valueGradients: [Float]) {
      var logProbabilities = [Float](repeating: .nan, count: frames * actionCount)
      ActionHead(.discrete(actionCount)).normalise(logits, rows: frames, into: &logProbabilities)
      var logitGradients = [Float](repeating: .nan, count: logits.count)
      var valueGradients = [Float](repeating: .nan, count: values.count)
      let clips = clips ?? Array(repeating: RatioClip(loss.ratioClip), count: columns)
      let sums = loss.evaluate(
        PPOLoss.Inputs(
          steps: steps, columns: columns, head: ActionHead(.discrete(actionCount)), valueHeads: heads,
          parameters: logProbabilities, actions: actions, behaviourLogProbabilities: behaviour,
          advantages: advantages, advantageMean: advantageMean, advantageScale: advantageScale, values: values,
          oldValues: oldValues, targets: targets, valueDeviations: deviations, ratioClips: clips, meanOver: frames),
        outputGradients: &logitGradients, valueGradients: &valueGradients)
      return (sums, logitGradients, valueGradients)
    }
  }

  @Test(arguments: 0..<5 as Range<UInt64>)
  func partsAgreeWithTheDefinition(seed: UInt64) {
    let problem = Problem(seed: seed)
    let sums = problem.evaluate().sums
    let parts = problem.oracle.parts(logits: problem.logits.map(Double.init), values: problem.values.map(Double.init))
    let frames = Double(problem.frames)
    #expect(sums.frames == problem.frames)
    #expect(abs(sums.policy / frames - parts.policy) < 1e-5)
    #expect(abs(sums.value / frames - parts.value) < 1e-5)
    #expect(abs(sums.entropy / frames - parts.entropy) < 1e-5)
  }

  /// In units of a deviation, values that are larger by it have the same loss, and the same gradient of what the heads compute.
  @Test func valuesCountInUnitsOfTheirDeviations() {
    let problem = Problem(seed: 3)
    var large = problem
    let deviations: [Float] = [8, 0.25]
    for index in large.values.indices { large.values[index] *= deviations[index % 2] }
    for index in large.targets.indices {
      large.targets[index] *= deviations[index % 2]
      large.oldValues[index] *= deviations[index % 2]
    }
    let (plain, scaled) = (problem.evaluate(), large.evaluate(deviations: deviations))
    #expect(plain.sums.value == scaled.sums.value && plain.valueGradients == scaled.valueGradients)
    #expect(large.evaluate().sums.value != plain.sums.value)
  }

  @Test(arguments: 0..<5 as Range<UInt64>)
  func gradientsAgreeWithCentralDifferences(seed: UInt64) {
    let problem = Problem(seed: seed)
    let (_, logitGradients, valueGradients) = problem.evaluate()
    let (oracle, logits, values) = (problem.oracle, problem.logits.map(Double.init), problem.values.map(Double.init))
    #expect(differenceFromNumerical({ oracle.loss(logits: $0, values: values) }, at: logits, logitGradients) < 1e-4)
    #expect(differenceFromNumerical({ oracle.loss(logits: logits, values: $0) }, at: values, valueGradients) < 1e-4)
  }

  /// A column's frames and gradients are those of a loss in which every column has its clip.
  @Test func aColumnHasItsOwnClip() {
    let problem = Problem(seed: 3)
    let clips = [RatioClip(0.1), RatioClip(below: 0.2, above: 0.4), RatioClip(below: 1, above: 2), RatioClip(0.1)]
    let (gradients, plain) = (problem.evaluate(clips: clips).logitGradients, problem.evaluate().logitGradients)
    var differing = 0
    for (column, clip) in clips.enumerated() {
      let expected = problem.evaluate(clips: Array(repeating: clip, count: clips.count)).logitGradients
      for step in 0..<problem.steps {
        let first = (step * problem.columns + column) * problem.actionCount
        let range = first..<first + problem.actionCount
        #expect(gradients[range] == expected[range])
        if gradients[range] != plain[range] { differing += 1 }
      }
    }
    #expect(differing > 0)
  }

  @Test(arguments: 0..<5 as Range<UInt64>)
  func bothSidesOfTheClipAgreeWithCentralDifferences(seed: UInt64) {
    let problem = Problem(seed: seed)
    let clips = Array(repeating: RatioClip(below: 0.2, above: 1.5), count: problem.columns)
    var oracle = problem.oracle
    (oracle.clipBelow, oracle.ratioClip) = (0.2, 1.5)
    let (logits, values) = (problem.logits.map(Double.init), problem.values.map(Double.init))
    let gradients = problem.evaluate(clips: clips).logitGradients
    #expect(differenceFromNumerical({ oracle.loss(logits: $0, values: values) }, at: logits, gradients) < 1e-4)
  }

  @Test func theClipGrowsWithTheLag() {
    let growth = LagClip(exponent: 0.5, maximum: 0.8)
    let clips = [0, 0.5, 1, 4, 16, 64, 1000].map { growth.clip(0.1, lag: $0) }
    #expect(zip(clips, [0.1, 0.1, 0.1, 0.2, 0.4, 0.8, 0.8]).allSatisfy { abs($0.above - $1) < 1e-6 })
    #expect(zip(clips, [0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.4]).allSatisfy { abs($0.below - $1) < 1e-6 })
    #expect(clips[2] == RatioClip(0.1), "lag 1 changes no bit")
    #expect(growth.clip(1, lag: 100) == RatioClip(1), "the maximum lowers no clip")
    #expect(LagClip(exponent: 0).clip(0.1, lag: 100) == RatioClip(0.1))
  }

  /// Every branch of the loss must occur in the problems above.
  @Test func theProblemsReachEveryBranch() {
    var (blocked, passed, clampedLow, valueClipped) = (0, 0, 0, 0)
    for seed in 0..<5 as Range<UInt64> {
      let problem = Problem(seed: seed)
      let oracle = problem.oracle
      for frame in 0..<problem.frames {
        let ratio = oracle.ratio(problem.logits.map(Double.init), frame)
        let advantage = oracle.advantages[frame]
        if (ratio > 1.1 && advantage > 0) || (ratio < 1 / 1.1 && advantage < 0) { blocked += 1 } else { passed += 1 }
        if ratio < 0.05 || ratio > 20 { clampedLow += 1 }
      }
      for index in problem.targets.indices {
        let (value, old, target) = (problem.values[index], problem.oldValues[index], problem.targets[index])
        let moved = old + min(max(value - old, -1), 1)
        if abs(moved - target) > abs(value - target) { valueClipped += 1 }
      }
    }
    #expect(blocked > 10 && passed > 10 && clampedLow > 2 && valueClipped > 10)
  }

  @Test func theBootstrapRowHasNoGradient() {
    let problem = Problem(seed: 1)
    let (_, logitGradients, valueGradients) = problem.evaluate()
    #expect(logitGradients[(problem.frames * problem.actionCount)...].allSatisfy { $0 == 0 })
    #expect(valueGradients[(problem.frames * problem.heads)...].allSatisfy { $0 == 0 })
  }

  @Test func onPolicyTheGradientIsThatOfThePolicyGradient() {
    var problem = Problem(seed: 2)
    problem.loss.entropyCoefficient = 0
    for frame in 0..<problem.frames {
      var row = Array(problem.logits[frame * 5..<frame * 5 + 5])
      let logits = row
      ActionHead(.discrete(5)).normalise(logits, rows: 1, into: &row)
      problem.behaviour[frame] = row[Int(problem.actions[frame])]
    }
    let (sums, gradients, _) = problem.evaluate()
    #expect(abs(sums.ratio / Double(problem.frames) - 1) < 1e-6)
    #expect(sums.clipped == 0)
    #expect(abs(sums.divergence) < 1e-5)
    for frame in 0..<problem.frames {
      let index = frame * 5 + Int(problem.actions[frame])
      let probability = expf(problem.behaviour[frame])
      let advantage = (problem.advantages[frame] - problem.advantageMean) * problem.advantageScale
      #expect(abs(gradients[index] + advantage * (1 - probability) / Float(problem.frames)) < 1e-6)
    }
  }

  @Test func divergenceIsNeverNegative() {
    for seed in 0..<20 as Range<UInt64> { #expect(Problem(seed: seed).evaluate().sums.divergence >= 0) }
  }

  @Test func valueClipZeroIsOff() {
    var (off, wide) = (Problem(seed: 3), Problem(seed: 3))
    off.loss.valueClip = 0
    wide.loss.valueClip = 1e9
    #expect(off.evaluate().valueGradients == wide.evaluate().valueGradients)
    #expect(off.evaluate().valueGradients != Problem(seed: 3).evaluate().valueGradients)
  }

  @Test func whatIsNotANumberReachesTheGradient() {
    var behaviour = Problem(seed: 4)
    behaviour.behaviour[3] = .nan
    #expect(behaviour.evaluate().logitGradients.contains { $0.isNaN })
    var advantage = Problem(seed: 4)
    advantage.advantages[3] = .nan
    #expect(advantage.evaluate().logitGradients.contains { $0.isNaN })
    var target = Problem(seed: 4)
    target.targets[3] = .nan
    #expect(target.evaluate().valueGradients.contains { $0.isNaN })
  }
}

/// The loss in Float64 from logits and values, by definition.
struct PPOLossOracle {
  var ratioClip = 0.1
  /// nil if it is `ratioClip`.
  var clipBelow: Double?
  var valueClip = 1.0
  var valueCoefficient = 0.5
  var entropyCoefficient = 0.003
  var actionCount: Int
  var heads: Int
  var actions: [Int]
  var behaviour: [Double]
  /// Normalised advantages.
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

  /// Means over the frames; `logits` and `values` may have further rows.
  func parts(logits: [Double], values: [Double]) -> Parts {
    var parts = Parts()
    let frames = Double(actions.count)
    for frame in actions.indices {
      let logProbabilities = logSoftmax(logits, frame)
      let ratio = min(max(ratio(logits, frame), 0.05), 20)
      let clipped = min(max(ratio, 1 / (1 + (clipBelow ?? ratioClip))), 1 + ratioClip)
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
