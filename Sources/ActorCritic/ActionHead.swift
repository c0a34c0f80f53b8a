import Glibc
import Runtime
import Tensor
import Trajectories

/// The distribution of actions that the outputs of a policy network describe.
///
/// A row of outputs has P numbers (`ActionSpace.parameterCount`): logits of each factor, or means and logarithms of standard
/// deviations. `normalise` turns it into a row of parameters, which all other functions read: log-probabilities of each
/// factor, or means and bounded logarithms. Factors and numbers are independent given the observation, so log-probabilities
/// and entropies are sums over them; with an `ActionStructure`, over those factors that the first one's choice uses. An action has A elements of four bytes each (`ActionChoice`).
public struct ActionHead: Sendable, Hashable {
  /// Bounds of the logarithm of a standard deviation: wide enough for any range, narrow enough for finite ratios.
  public static let logDeviations: ClosedRange<Float> = -5...2

  /// Bytes of an element of an action.
  static let elementBytes = 4

  public let space: ActionSpace
  /// Actions of each factor; empty if the space is continuous.
  let counts: [Int]
  /// P.
  public let parameterCount: Int
  /// A.
  public let elementCount: Int
  /// Which factors count with each choice of the first; nil if every factor counts in every action.
  public let structure: ActionStructure?
  private var gates: ActionGates?

  /// - Parameter structure: fits the space (`ActionStructure.problem`); nil if all factors always count.
  public init(_ space: ActionSpace, _ structure: ActionStructure? = nil) {
    self.space = space
    self.structure = structure
    gates = structure.map(ActionGates.init)
    counts = space.counts
    parameterCount = space.parameterCount
    elementCount = space.elementCount
  }

  /// The same distribution, whose entropy's gradient has a share for each kind of factor. Without a structure there are no kinds.
  func sharing(_ shares: EntropyShares) -> ActionHead {
    guard let structure else { return self }
    var head = self
    head.gates?.shares = structure.sets.enumerated().map { index, set in
      index == 0 ? shares.choice : set == nil ? shares.other : shares.thing
    }
    return head
  }

  /// Turns outputs [rows, P] into parameters [rows, P]; both may be the same memory.
  public func normalise(_ outputs: UnsafePointer<Float>, rows: Int, into result: UnsafeMutablePointer<Float>) {
    for row in 0..<rows {
      normaliseRow(outputs + row * parameterCount, into: result + row * parameterCount)
    }
  }

  private func normaliseRow(_ outputs: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    var start = 0
    for count in counts {
      Rows.logSoftmax(outputs + start, into: result + start, count: count)
      start += count
    }
    guard space.isContinuous else { return }
    for i in 0..<elementCount {
      result[i] = outputs[i]
      result[elementCount + i] = Self.bounded(outputs[elementCount + i])
    }
  }

  /// Draws an action from one row of outputs [P] and writes it to `action` [A].
  /// - Returns: its log-probability, bit for bit that of `logProbability` for the same outputs.
  public func sample(
    _ outputs: UnsafePointer<Float>, _ generator: inout RandomGenerator, into action: UnsafeMutableRawPointer
  ) -> Float {
    if space.isContinuous { return sampleNumbers(outputs, &generator, into: action) }
    let choices = action.assumingMemoryBound(to: Int32.self)
    var (start, sum) = (0, Float(0))
    for factor in counts.indices {
      if !isUsed(factor, choices) {
        choices[factor] = 0
        start += counts[factor]
        continue
      }
      let sample = Rows.sample(outputs + start, count: counts[factor], uniform: generator.uniform())
      choices[factor] = Int32(truncatingIfNeeded: sample.index)
      sum += sample.logProbability
      start += counts[factor]
    }
    return sum
  }

  /// Whether a factor counts in an action whose first choice is known.
  @inline(__always)
  private func isUsed(_ factor: Int, _ choices: UnsafePointer<Int32>) -> Bool {
    guard factor > 0, let gates else { return true }
    return gates.counts(factor, with: Int(choices[0]))
  }

  private func sampleNumbers(
    _ outputs: UnsafePointer<Float>, _ generator: inout RandomGenerator, into action: UnsafeMutableRawPointer
  ) -> Float {
    let numbers = action.assumingMemoryBound(to: Float.self)
    var sum: Float = 0
    for i in 0..<elementCount {
      let logDeviation = Self.bounded(outputs[elementCount + i])
      numbers[i] = outputs[i] + expf(logDeviation) * generator.gaussian()
      sum += Self.logDensity(numbers[i], mean: outputs[i], logDeviation: logDeviation)
    }
    return sum
  }

  /// Writes the most probable action of one row of outputs [P] to `action` [A]; the first one of several.
  public func mode(_ outputs: UnsafePointer<Float>, into action: UnsafeMutableRawPointer) {
    if space.isContinuous {
      action.assumingMemoryBound(to: Float.self).update(from: outputs, count: elementCount)
      return
    }
    let choices = action.assumingMemoryBound(to: Int32.self)
    var start = 0
    for factor in counts.indices {
      var best = 0
      for choice in 1..<max(1, counts[factor]) where outputs[start + choice] > outputs[start + best] { best = choice }
      choices[factor] = isUsed(factor, choices) ? Int32(truncatingIfNeeded: best) : 0
      start += counts[factor]
    }
  }

  /// The log-probability of an action under one row of parameters [P].
  /// - Parameter action: [A], each choice below the number of its factor's actions.
  public func logProbability(_ parameters: UnsafePointer<Float>, of action: UnsafeRawPointer) -> Float {
    var sum: Float = 0
    if space.isContinuous {
      let numbers = action.assumingMemoryBound(to: Float.self)
      for i in 0..<elementCount {
        sum += Self.logDensity(numbers[i], mean: parameters[i], logDeviation: parameters[elementCount + i])
      }
      return sum
    }
    let choices = action.assumingMemoryBound(to: Int32.self)
    var start = 0
    for factor in counts.indices {
      if isUsed(factor, choices) { sum += parameters[start + Int(choices[factor])] }
      start += counts[factor]
    }
    return sum
  }

  /// The entropy of one row of parameters [P], in nats. In a bounded range it is that of the Gaussian before it is squashed,
  /// because the squashed one has no closed form.
  public func entropy(_ parameters: UnsafePointer<Float>) -> Float {
    if let gates { return gates.entropy(parameters, counts) }
    var (start, sum) = (0, Float(0))
    for count in counts {
      sum += Rows.entropy(logProbabilities: parameters + start, count: count)
      start += count
    }
    guard space.isContinuous else { return sum }
    for i in 0..<elementCount { sum += parameters[elementCount + i] + Self.entropyOfUnitGaussian }
    return sum
  }

  /// Writes the gradient with respect to one row of outputs of a loss that depends on it through the log-probability of one
  /// action and the entropy.
  /// - Parameters:
  ///   - parameters: [P] of the row.
  ///   - action: [A].
  ///   - logProbabilityGradient: d loss / d log-probability.
  ///   - entropyGradient: d loss / d entropy.
  ///   - gradient: [P], overwritten.
  public func writeGradient(
    _ parameters: UnsafePointer<Float>, action: UnsafeRawPointer, logProbabilityGradient: Float,
    entropyGradient: Float, into gradient: UnsafeMutablePointer<Float>
  ) {
    if space.isContinuous {
      return writeNumberGradient(
        parameters, action.assumingMemoryBound(to: Float.self), logProbabilityGradient, entropyGradient, into: gradient)
    }
    let choices = action.assumingMemoryBound(to: Int32.self)
    if let gates {
      return gates.writeGradient(
        parameters, counts, choices: choices, logProbabilityGradient: logProbabilityGradient,
        entropyGradient: entropyGradient, into: gradient)
    }
    var start = 0
    for factor in counts.indices {
      let (logs, count) = (parameters + start, counts[factor])
      Rows.writeLogitGradients(
        logProbabilities: logs, count: count, index: Int(choices[factor]),
        logProbabilityGradient: logProbabilityGradient, entropyGradient: entropyGradient,
        entropy: Rows.entropy(logProbabilities: logs, count: count), into: gradient + start)
      start += count
    }
  }

  /// With z = (x - m) / s: d log p / d m = z / s, d log p / d log s = z^2 - 1, d H / d log s = 1.
  private func writeNumberGradient(
    _ parameters: UnsafePointer<Float>, _ numbers: UnsafePointer<Float>, _ logProbabilityGradient: Float,
    _ entropyGradient: Float, into gradient: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<elementCount {
      let (mean, logDeviation) = (parameters[i], parameters[elementCount + i])
      let z = (numbers[i] - mean) * expf(-logDeviation)
      gradient[i] = logProbabilityGradient * z * expf(-logDeviation)
      let slope = logProbabilityGradient * (z * z - 1) + entropyGradient
      // At a bound only a gradient that leads back inside counts: descent moves against it.
      let isBlocked =
        logDeviation <= Self.logDeviations.lowerBound && slope > 0
        || logDeviation >= Self.logDeviations.upperBound && slope < 0
      gradient[elementCount + i] = isBlocked ? 0 : slope
    }
  }

  // MARK: The Gaussian

  private static let entropyOfUnitGaussian = Float(0.5 * log(2 * Double.pi * M_E))
  private static let logOfRootOfTwoPi = Float(0.5 * log(2 * Double.pi))

  /// NaN stays NaN.
  private static func bounded(_ logDeviation: Float) -> Float {
    logDeviation < logDeviations.lowerBound
      ? logDeviations.lowerBound : logDeviation > logDeviations.upperBound ? logDeviations.upperBound : logDeviation
  }

  private static func logDensity(_ x: Float, mean: Float, logDeviation: Float) -> Float {
    let z = (x - mean) * expf(-logDeviation)
    return -0.5 * z * z - logDeviation - logOfRootOfTwoPi
  }
}
