import Captions
import Judging
import Runtime

/// How far a warming has come.
public struct WarmingProgress: Sendable, Hashable {
  /// Captions, or templates, that had no answer at the start.
  public internal(set) var total = 0
  public internal(set) var labelled = 0
  public internal(set) var abstained = 0
  /// Captions without an answer because of the servers; the next warming asks them.
  public internal(set) var failed = 0
  /// The latest failure; nil if there was none.
  public internal(set) var failure: String?
  /// The first answer that could not be read.
  public internal(set) var unreadable: UnreadableAnswer?
  public internal(set) var seconds = 0.0
  /// Failures since the last answer, and whether one of them says that all others would fail too.
  private var failuresInARow = 0
  private var isRefused = false

  init() {}

  public var answered: Int { labelled + abstained }
  /// Captions that are left.
  public var left: Int { total - answered }
  /// Answers per second; nil before the first.
  public var answersPerSecond: Double? { answered > 0 && seconds > 0 ? Double(answered) / seconds : nil }
  /// Seconds until all are answered at this rate.
  public var secondsLeft: Double? { answersPerSecond.map { Double(left) / $0 } }

  /// Whether asking more is no use now.
  var endsEarly: Bool { isRefused || failuresInARow >= StoreWarming.maximumFailures }

  mutating func count(_ judgement: Judgement) {
    if judgement.verdict == .abstain { abstained += 1 } else { labelled += 1 }
    unreadable = unreadable ?? judgement.unreadable
    failuresInARow = 0
  }

  mutating func count(_ failure: ModelFailure) {
    failed += 1
    failuresInARow += 1
    self.failure = "\(failure)"
    if case .refused = failure { isRefused = true }
  }

  /// A line for a terminal until the end.
  public var line: String {
    var line = "\(answered) of \(total) captions answered"
    if let answersPerSecond, let secondsLeft {
      line += ", \(rounded(answersPerSecond)) labels/s, \(WarmingProgress.duration(secondsLeft)) left"
    }
    return line
  }

  /// The result in a line.
  public var summary: String {
    let rate = answersPerSecond.map { ", \(rounded($0)) labels/s" } ?? ""
    return "asked \(total) captions: \(labelled) labels, \(abstained) abstentions, \(left) left; "
      + "\(WarmingProgress.duration(seconds))\(rate)"
  }

  private func rounded(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }

  private static func duration(_ seconds: Double) -> String {
    seconds < 120 ? "\(Int(saturating: seconds.rounded())) s" : "\(Int(saturating: (seconds / 60).rounded())) min"
  }
}
