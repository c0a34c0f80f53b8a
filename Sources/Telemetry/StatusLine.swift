/// What the learner's log line says. A number that is not known yet is nil and shown as "-".
public struct StatusLine: Sendable, Equatable {
  /// Smallest, mean and largest policy lag of the last batch, in policy versions.
  public struct PolicyLag: Sendable, Equatable {
    public var minimum: Int
    public var mean: Double
    public var maximum: Int

    public init(minimum: Int, mean: Double, maximum: Int) {
      self.minimum = minimum
      self.mean = mean
      self.maximum = maximum
    }
  }

  /// Environment steps, over all resumes.
  public var steps = 0
  /// Environment steps after which the run ends.
  public var totalSteps = 0
  /// SPS.
  public var stepsPerSecond: Double?
  public var episodes = 0
  public var returnMean: Double?
  public var policyLag: PolicyLag?
  /// Full batches that wait for the trainer.
  public var queueDepth = 0
  /// Unrolls discarded.
  public var discarded = 0
  public var workers = 0
  /// Distinct captions met, labelled, and at an annotator.
  public var captionsSeen = 0
  public var captionsLabelled = 0
  public var captionsInFlight = 0
  public var labelsPerSecond: Double?
  public var policyLoss: Double?
  public var valueLoss: Double?
  /// Nats.
  public var entropy: Double?
  /// Before clipping.
  public var gradientNorm: Double?
  /// Mean intrinsic reward of a step.
  public var intrinsicMean: Double?

  public init() {}

  /// The whole state in one line of fixed columns, 200 characters at most.
  public var text: String {
    let lag =
      policyLag.map {
        "\(count($0.minimum, 4))/\(CompactNumber.real($0.mean, width: 6, decimals: 1))/\(count($0.maximum, 4))"
      } ?? "   -/     -/   -"
    return [
      "step \(count(steps, 6))/\(count(totalSteps, 6)) \(speed) SPS",
      "ep \(count(episodes, 5)) ret \(real(returnMean))",
      "lag \(lag)",
      "queue \(count(queueDepth, 4)) disc \(count(discarded, 4))",
      "workers \(count(workers, 4))",
      "cap \(count(captionsSeen, 5))/\(count(captionsLabelled, 5))/\(count(captionsInFlight, 4)) \(labels)/s",
      "loss \(real(policyLoss))/\(real(valueLoss)) ent \(real(entropy)) grad \(real(gradientNorm)) "
        + "int \(real(intrinsicMean))",
    ].joined(separator: " | ")
  }

  /// The short line a terminal redraws: steps, share done, speed and time left.
  public var progressText: String {
    let share = totalSteps > 0 ? 100 * Double(steps) / Double(totalSteps) : nil
    return "step \(count(steps, 6))/\(count(totalSteps, 6)) \(CompactNumber.real(share, width: 6, decimals: 1))% "
      + "\(speed) SPS  ETA \(CompactNumber.duration(secondsLeft))"
  }

  /// Time to the last step at the present speed, in seconds.
  public var secondsLeft: Double? {
    guard let stepsPerSecond, stepsPerSecond > 0 else { return nil }
    return Double(max(0, totalSteps - steps)) / stepsPerSecond
  }

  private var speed: String {
    guard let stepsPerSecond, stepsPerSecond.isFinite, abs(stepsPerSecond) < 1e15 else {
      return CompactNumber.padded("-", 5)
    }
    return count(Int(stepsPerSecond.rounded()), 5)
  }

  private var labels: String { CompactNumber.real(labelsPerSecond, width: 6, decimals: 1) }

  private func count(_ value: Int, _ width: Int) -> String { CompactNumber.count(value, width: width) }

  private func real(_ value: Double?) -> String { CompactNumber.real(value, width: 6) }
}
