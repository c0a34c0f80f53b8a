import ActorCritic
import Glibc
import Runtime
import Tensor
import Testing
import Trajectories

@Suite struct VTraceTests {
  /// A random problem of `steps` by `columns`, time-major.
  private struct Problem {
    var steps: Int
    var columns: Int
    var rewards: [Float]
    var ratios: [Float]
    var values: [Float]
    var truncationValues: [Float]
    var flags: [UInt8]

    init(steps: Int, columns: Int, endEvery: Int, seed: UInt64) {
      var generator = RandomGenerator(seed: seed)
      let count = steps * columns
      func normalish(_ count: Int) -> [Float] { (0..<count).map { _ in 4 * (generator.uniform() - 0.5) } }
      self.steps = steps
      self.columns = columns
      rewards = normalish(count)
      ratios = normalish(count).map { expf($0) }
      values = normalish(count + columns)
      truncationValues = normalish(count)
      flags = (0..<count).map { _ in UInt8(generator.below(endEvery) == 0 ? 1 + generator.below(3) : 4) }
    }

    func oracle(column: Int, _ trace: VTrace) -> VTraceOracle {
      func pick<Element>(_ all: [Element]) -> [Element] {
        stride(from: column, to: all.count, by: columns).map { all[$0] }
      }
      return VTraceOracle(
        discount: Double(trace.discount), rhoClip: Double(trace.rhoClip), cClip: Double(trace.cClip),
        lambda: Double(trace.lambda),
        rewards: pick(rewards).map(Double.init), ratios: pick(ratios).map(Double.init),
        values: pick(values).map(Double.init), truncationValues: pick(truncationValues).map(Double.init),
        flags: pick(flags).map(StepFlags.init(rawValue:)))
    }
  }

  private func estimate(_ problem: Problem, _ trace: VTrace) -> (targets: [Float], advantages: [Float]) {
    var targets = [Float](repeating: .nan, count: problem.rewards.count)
    var advantages = [Float](repeating: 0, count: problem.rewards.count)
    trace.estimate(
      VTrace.Inputs(
        steps: problem.steps, columns: problem.columns, valueStride: 1, rewards: problem.rewards, flags: problem.flags,
        ratios: problem.ratios, values: problem.values, truncationValues: problem.truncationValues),
      targets: &targets, advantages: &advantages)
    return (targets, advantages)
  }

  private func isClose(_ a: Float, _ b: Double) -> Bool { abs(Double(a) - b) <= 1e-4 * max(1, abs(b)) }

  @Test(arguments: [
    VTrace(discount: 0.99), VTrace(discount: 0.9, rhoClip: 0.5, cClip: 2),
    VTrace(discount: 0.5, rhoClip: 3, cClip: 0.1), VTrace(discount: 0.99, rhoClip: 1, cClip: 1, lambda: 0.9),
    VTrace(discount: 0, rhoClip: 1, cClip: 1), VTrace(discount: 1, rhoClip: 1, cClip: 1),
  ])
  func agreesWithThePaper(trace: VTrace) {
    for (seed, endEvery) in [3, 10, 1000].enumerated() {
      let problem = Problem(steps: 17, columns: 5, endEvery: endEvery, seed: UInt64(seed))
      let (targets, advantages) = estimate(problem, trace)
      for column in 0..<problem.columns {
        let oracle = problem.oracle(column: column, trace)
        for step in 0..<problem.steps {
          let index = step * problem.columns + column
          #expect(isClose(targets[index], oracle.target(step)))
          #expect(isClose(advantages[index], oracle.advantage(step)))
        }
      }
    }
  }

  @Test(arguments: [1, .infinity] as [Float])
  func onPolicyTargetsAreNStepReturns(clip: Float) {
    var problem = Problem(steps: 12, columns: 3, endEvery: 6, seed: 7)
    problem.ratios = problem.ratios.map { _ in 1 }
    let trace = VTrace(discount: 0.9, rhoClip: clip, cClip: clip)
    let (targets, advantages) = estimate(problem, trace)
    for column in 0..<problem.columns {
      var futureReturn = Double(problem.values[problem.steps * problem.columns + column])
      for step in (0..<problem.steps).reversed() {
        let index = step * problem.columns + column
        let flags = StepFlags(rawValue: problem.flags[index])
        if flags.contains(.truncated) { futureReturn = Double(problem.truncationValues[index]) }
        if flags.contains(.terminated) { futureReturn = 0 }
        futureReturn = Double(problem.rewards[index]) + Double(trace.discount) * futureReturn
        #expect(isClose(targets[index], futureReturn))
        #expect(isClose(advantages[index], futureReturn - Double(problem.values[index])))
      }
    }
  }

  @Test func withoutClipsTargetsAreImportanceSampledReturns() {
    // G_t = V_t + rho_t (r_t + gamma G_(t+1) - V_t), Precup's per-decision correction with the value as control
    // variate.
    var problem = Problem(steps: 10, columns: 2, endEvery: 1000, seed: 8)
    problem.ratios = problem.ratios.map { 0.5 + 0.1 * $0 }
    let trace = VTrace(discount: 0.9, rhoClip: .infinity, cClip: .infinity)
    let (targets, _) = estimate(problem, trace)
    for column in 0..<problem.columns {
      var future = Double(problem.values[problem.steps * problem.columns + column])
      for step in (0..<problem.steps).reversed() {
        let index = step * problem.columns + column
        let value = Double(problem.values[index])
        let reward = Double(problem.rewards[index])
        if StepFlags(rawValue: problem.flags[index]).contains(.truncated) {
          future = Double(problem.truncationValues[index])
        }
        if StepFlags(rawValue: problem.flags[index]).contains(.terminated) { future = 0 }
        future = value + Double(problem.ratios[index]) * (reward + Double(trace.discount) * future - value)
        #expect(isClose(targets[index], future))
      }
    }
  }

  @Test func withoutTracesTargetsLookOneStepAhead() {
    var problem = Problem(steps: 8, columns: 2, endEvery: 1000, seed: 9)
    problem.flags = problem.flags.map { _ in 0 }
    problem.ratios = problem.ratios.map { _ in 1 }
    let (targets, _) = estimate(problem, VTrace(discount: 0.9, cClip: 0))
    for index in problem.rewards.indices {
      let expected = problem.rewards[index] + 0.9 * problem.values[index + problem.columns]
      #expect(isClose(targets[index], Double(expected)))
    }
  }

  @Test func nothingOfTheNextEpisodeReachesBack() {
    for end in [StepFlags.terminated, .truncated, [.terminated, .truncated]] {
      var problem = Problem(steps: 10, columns: 1, endEvery: 1000, seed: 10)
      problem.flags = problem.flags.map { _ in 0 }
      problem.flags[4] = end.rawValue
      let before = estimate(problem, VTrace(discount: 0.9))
      for step in 5...10 { problem.values[step] = 1e6 }
      for step in 5..<10 { problem.rewards[step] = -1e6 }
      let after = estimate(problem, VTrace(discount: 0.9))
      #expect(before.targets[0...4] == after.targets[0...4])
      #expect(before.advantages[0...4] == after.advantages[0...4])
      #expect(before.targets[5] != after.targets[5])
    }
  }

  @Test func onlyTruncationReadsItsValue() {
    var problem = Problem(steps: 6, columns: 1, endEvery: 1000, seed: 11)
    problem.flags = [0, 2, 0, 1, 3, 0]
    let before = estimate(problem, VTrace(discount: 0.9))
    for step in [0, 2, 3, 4, 5] { problem.truncationValues[step] = .nan }
    let same = estimate(problem, VTrace(discount: 0.9))
    #expect(before.targets == same.targets)
    problem.truncationValues[1] += 1
    let moved = estimate(problem, VTrace(discount: 0.9))
    #expect(before.targets[1] != moved.targets[1])
    #expect(before.targets[2...] == moved.targets[2...])
  }

  @Test func headsLieSideBySideAndTheirAdvantagesSum() {
    let first = Problem(steps: 9, columns: 4, endEvery: 5, seed: 12)
    var second = Problem(steps: 9, columns: 4, endEvery: 5, seed: 13)
    second.flags = first.flags
    second.ratios = first.ratios
    let (one, two) = (VTrace(discount: 0.9), VTrace(discount: 0.8))
    let (alone, other) = (estimate(first, one), estimate(second, two))
    func interleave(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).flatMap { [$0, $1] } }
    let values = interleave(first.values, second.values)
    let truncationValues = interleave(first.truncationValues, second.truncationValues)
    var targets = [Float](repeating: .nan, count: 2 * first.rewards.count)
    var advantages = [Float](repeating: 0, count: first.rewards.count)
    for (head, (problem, trace)) in [(first, one), (second, two)].enumerated() {
      values.withUnsafeBufferPointer { values in
        truncationValues.withUnsafeBufferPointer { truncationValues in
          targets.withUnsafeMutableBufferPointer { targets in
            guard let values = values.baseAddress, let truncation = truncationValues.baseAddress,
              let targets = targets.baseAddress
            else { return }
            trace.estimate(
              VTrace.Inputs(
                steps: 9, columns: 4, valueStride: 2, rewards: problem.rewards, flags: problem.flags,
                ratios: problem.ratios, values: values + head, truncationValues: truncation + head),
              targets: targets + head, advantages: &advantages)
          }
        }
      }
    }
    #expect(targets == interleave(alone.targets, other.targets))
    #expect(advantages == zip(alone.advantages, other.advantages).map { $0 + $1 })
  }

  @Test func aRatioThatIsNotANumberIsNotHidden() {
    var problem = Problem(steps: 3, columns: 1, endEvery: 1000, seed: 14)
    problem.flags = [0, 0, 0]
    problem.ratios[1] = .nan
    let (targets, advantages) = estimate(problem, VTrace(discount: 0.9))
    #expect(targets[1].isNaN)
    #expect(advantages[1].isNaN)
  }
}

/// V-trace of one column in Float64 as in the paper (Espeholt et al. 2018, equation 1): for every s a separate sum over
/// t of products over i, in O(T^2) or more, without recursion.
struct VTraceOracle {
  var discount = 0.99
  var rhoClip = 1.0
  var cClip = 1.0
  var lambda = 1.0
  var rewards: [Double]
  var ratios: [Double]
  /// [T + 1] values.
  var values: [Double]
  var truncationValues: [Double]
  var flags: [StepFlags]

  var steps: Int { rewards.count }

  /// The value after step t within its episode.
  private func next(_ step: Int, _ ordinary: Double) -> Double {
    if flags[step].contains(.terminated) { return 0 }
    return flags[step].contains(.truncated) ? truncationValues[step] : ordinary
  }

  private func delta(_ step: Int) -> Double {
    min(rhoClip, ratios[step]) * (rewards[step] + discount * next(step, values[step + 1]) - values[step])
  }

  private func c(_ step: Int) -> Double { flags[step].endsEpisode ? 0 : lambda * min(cClip, ratios[step]) }

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
