import Glibc

/// The numbers of the learner's log line. A number that is not known yet is nil and shown as "-".
public struct StatusLine: Sendable, Equatable {
  /// The policy lag of the last batch, in policy versions.
  public struct PolicyLag: Sendable, Equatable {
    /// Mean number of versions published between acting and arrival.
    public var played: Double
    /// Mean number of versions from arrival to training.
    public var queued: Double
    public var maximum: Int

    public init(played: Double, queued: Double, maximum: Int) {
      self.played = played
      self.queued = queued
      self.maximum = maximum
    }
  }

  /// Trained environment steps, over all resumes.
  public var steps = 0
  /// Trained environment steps after which the run ends.
  public var totalSteps = 0
  /// Trained environment steps per second (SPS).
  public var stepsPerSecond: Double?
  public var episodes = 0
  public var returnMean: Double?
  public var policyLag: PolicyLag?
  /// Full batches that wait for the trainer.
  public var queueDepth = 0
  /// Environment steps received and never trained on.
  public var discardedSteps = 0
  public var workers = 0
  /// Distinct captions met, labelled, and at an annotator.
  public var captionsSeen = 0
  public var captionsLabelled = 0
  public var captionsInFlight = 0
  public var labelsPerSecond: Double?
  public var policyLoss: Double?
  public var valueLoss: Double?
  /// Entropy of the policy, in nats.
  public var entropy: Double?
  /// Euclidean norm of the gradient before clipping.
  public var gradientNorm: Double?
  /// Mean intrinsic reward of a step.
  public var intrinsicMean: Double?

  public init() {}

  /// The whole state in one line of fixed columns, 204 characters at most.
  public var text: String {
    let lag =
      policyLag.map {
        "\(CompactNumber.real($0.played, width: 6, decimals: 1))+"
          + "\(CompactNumber.real($0.queued, width: 6, decimals: 1))/\(count($0.maximum, 4))"
      } ?? "     -+     -/   -"
    return [
      "step \(count(steps, 6))/\(count(totalSteps, 6)) \(speed) SPS",
      "ep \(count(episodes, 5)) ret \(real(returnMean))",
      "lag \(lag)",
      "queue \(count(queueDepth, 4)) disc \(count(discardedSteps, 5))",
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

/// A line at the bottom of a terminal that is redrawn in place, and erased before an ordinary line. It returns the text
/// to write and writes nothing itself.
public struct ProgressLine: Sendable {
  /// Columns of a terminal that does not report its width.
  static let usualColumns = 80

  /// Columns the line may take. One column is left free, because some terminals wrap when the last is filled.
  private let width: Int
  private var isDrawn = false

  public init(columns: Int) { width = max(0, columns - 1) }

  /// A line for a descriptor, or nil if that is no terminal.
  public init?(terminal descriptor: Int32) {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    self.init(columns: known ? Int(size.ws_col) : Self.usualColumns)
  }

  /// The text to write so that the line shows `text`, cut to the terminal's width.
  public mutating func draw(_ text: String) -> String {
    isDrawn = true
    return "\r\u{1B}[2K" + text.prefix(width)
  }

  /// The text to write before an ordinary line; empty if nothing is drawn.
  public mutating func erase() -> String {
    defer { isDrawn = false }
    return isDrawn ? "\r\u{1B}[2K" : ""
  }
}

/// Numbers in few characters, right-aligned, so that consecutive lines line up.
public enum CompactNumber {
  private static let units = ["k", "M", "G", "T", "P", "E"]

  /// A count in exactly `width` (at least 4) characters: "   12", " 1234", "12.3k", "1.23M".
  public static func count(_ value: Int, width: Int) -> String {
    let digits = String(value)
    if digits.count < width { return padded(digits, width) }
    let sign = value < 0 ? "-" : ""
    var scaled = Double(value.magnitude)
    for unit in units {
      scaled /= 1000
      // 999.6k rounds to 1000k, which is too long: the next unit takes it.
      guard scaled.rounded() < 1000 else { continue }
      for decimals in stride(from: width - 3, through: 0, by: -1) {
        let text = sign + fixed(scaled, decimals)
        if text.count < width { return padded(text + unit, width) }
      }
    }
    return padded(sign + "?", width)
  }

  /// A real number in exactly `width` (at least 6) characters with at most `decimals` after the point; "-" if unknown.
  public static func real(_ value: Double?, width: Int, decimals: Int = 3) -> String {
    guard let value else { return padded("-", width) }
    guard value.isFinite else { return padded(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf", width) }
    guard abs(value) < 1e15 else { return padded(value < 0 ? "-huge" : "huge", width) }
    if value != 0, fixed(abs(value), decimals).allSatisfy({ $0 == "0" || $0 == "." }) {
      return padded(powerOfTen(value), width)
    }
    for decimals in stride(from: decimals, through: 0, by: -1) {
      let text = fixed(value, decimals)
      if text.count <= width { return padded(text, width) }
    }
    return count(Int(value), width: width)
  }

  /// With exactly `decimals` digits after the point. The magnitude is below 1e15.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    var power = 1
    for _ in 0..<decimals { power *= 10 }
    let scaled = Int((abs(value) * Double(power)).rounded(.toNearestOrEven))
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % power)
    return "\(sign)\(scaled / power)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  /// Days, hours, minutes and seconds: "0:01:05", "12:34:56", "3d 04h"; "--:--" if unknown.
  public static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, (0..<1e9).contains(seconds) else { return "--:--" }
    let whole = Int(seconds.rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    if whole >= 100 * 3600 { return "\(whole / 86_400)d \(two(whole % 86_400 / 3600))h" }
    return "\(whole / 3600):\(two(whole % 3600 / 60)):\(two(whole % 60))"
  }

  static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// One digit and its power of ten: "2e-05".
  private static func powerOfTen(_ value: Double) -> String {
    var mantissa = abs(value)
    var exponent = 0
    while mantissa < 0.95 && exponent < 99 {
      mantissa *= 10
      exponent += 1
    }
    return "\(value < 0 ? "-" : "")\(Int(mantissa.rounded()))e-\(exponent < 10 ? "0" : "")\(exponent)"
  }
}
