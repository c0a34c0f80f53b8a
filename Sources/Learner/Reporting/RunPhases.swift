import Runtime
import Wire

/// Where the time of a run goes: the phases of learner and workers between the latest two log lines, as shares of their
/// time, and one sentence that names what limits the run and what to change.
public struct RunPhases: Codable, Sendable, Equatable {
  /// One phase.
  public struct Phase: Codable, Sendable, Equatable {
    public var name: String
    /// 0 ... 1 of the role's time.
    public var share: Double
  }

  /// Empty before the first update, and while no worker has reported.
  public var learner: [Phase]
  public var workers: [Phase]
  /// CPU time of the reward model's training and scoring, over the time that passed; nil for models that do not learn.
  public var rewardModel: Double?
  public var advice: String

  /// - Parameter workerCount: connected workers.
  init(learner times: UpdateTimes, workers rollout: RolloutTimes, rewardModel: Double?, workerCount: Int) {
    learner = times.phases
    workers = rollout.phases
    self.rewardModel = rewardModel
    advice = Bottleneck(learner: times, workers: rollout, workerCount: workerCount).sentence
  }

  /// Two columns of text, the roles one after the other.
  public var table: String {
    func lines(_ title: String, _ phases: [Phase]) -> [String] {
      guard !phases.isEmpty else { return ["\(title): nothing was measured yet"] }
      return ["\(title):"] + phases.map { "  \(Self.padded($0.name, 26))\(Self.bar($0.share))" }
    }
    var text = lines("learner (trainer's thread)", learner) + lines("workers (all threads)", workers)
    if let rewardModel {
      text += ["reward model:", "  \(Self.padded("training and scoring", 26))\(Self.bar(rewardModel))"]
    }
    return (text + [advice]).joined(separator: "\n")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  /// "  59% ############"
  private static func bar(_ share: Double) -> String {
    let percent = RunPhases.percent(min(max(share, 0), 1))
    let length = Int(saturating: (min(max(share, 0), 1) * 40).rounded())
    return String(repeating: " ", count: max(0, 4 - percent.count)) + percent + " "
      + String(repeating: "#", count: length)
  }

  /// A share of 1 as text; "-" for what no share can be.
  static func percent(_ share: Double) -> String {
    // NaN too fails this comparison.
    (0...1).contains(share) ? "\(Int(saturating: (100 * share).rounded()))%" : "-"
  }
}

extension UpdateTimes {
  /// The phases of the trainer's time; empty if there was none. They sum to 1.
  var phases: [RunPhases.Phase] {
    guard total > 0 else { return [] }
    return [
      ("wait for a batch", wait), ("labels and rewards", rewards), ("forward and V-trace", forward),
      ("backward", backward), ("optimiser", optimiser), ("rest of the train step", trainRest),
      ("publish", publish), ("checkpoint", checkpoint),
    ].map { RunPhases.Phase(name: $0, share: $1 / total) }
  }

  /// The part of the train steps that no other phase has.
  var trainRest: Double { max(0, train - forward - backward - optimiser) }
}

extension RolloutTimes {
  /// The phases of the workers' time; empty if there was none. They sum to 1.
  var phases: [RunPhases.Phase] {
    guard total > 0 else { return [] }
    return [
      ("environment", environment), ("inference", inference), ("pack and compress", pack), ("send", send),
      ("wait for credit", wait), ("rest of the unrolls", other),
    ].map { RunPhases.Phase(name: $0, share: $1 / total) }
  }
}

/// What limits a run, judged by who waits for whom.
struct Bottleneck {
  /// Shares of waiting above which a role counts as waiting.
  private static let waits = 0.3

  let learner: UpdateTimes
  let workers: RolloutTimes
  let workerCount: Int

  /// One sentence: who waits how much, and what to change.
  var sentence: String {
    guard workerCount > 0 else { return "No worker is connected: attach one with scripts/attach.sh." }
    guard learner.total > 0 else { return "The learner has made no update since the last line." }
    let idle = learner.wait / learner.total
    let creditless = workers.total > 0 ? workers.wait / workers.total : 0
    switch (idle > Self.waits, creditless > Self.waits) {
    case (true, true):
      return
        "The learner waits \(percent(idle)) of the time and the workers \(percent(creditless)): trajectories are on "
        + "their way too long; raise learner.queue_batches, or bring the workers nearer."
    case (true, false): return "The learner waits \(percent(idle)) of the time: attach workers\(workersPart)."
    case (false, true):
      return "The workers wait for credit \(percent(creditless)) of the time: the learner is full\(learnerPart)."
    case (false, false):
      return "Learner and workers are balanced: the learner waits \(percent(idle)) of the time, the workers wait "
        + "\(percent(creditless)); more speed needs more of both."
    }
  }

  /// Where the workers' time goes, if one phase dominates.
  private var workersPart: String {
    guard let largest = workers.phases.max(by: { $0.share < $1.share }), largest.share > 0.5 else { return "" }
    switch largest.name {
    case "environment": return ", or use faster environments (\(percent(largest.share)) of the workers' time)"
    case "inference":
      return ", use a smaller network, or larger groups of environments (inference is \(percent(largest.share)) of the "
        + "workers' time)"
    default: return " (\(largest.name) takes \(percent(largest.share)) of theirs)"
    }
  }

  /// What the learner's time goes into.
  private var learnerPart: String {
    guard let largest = learner.phases.dropFirst().max(by: { $0.share < $1.share }) else { return "" }
    return switch largest.name {
    case "checkpoint":
      "; its largest part is saving checkpoints (\(percent(largest.share))): raise checkpoint.interval_seconds"
    case "labels and rewards": "; its largest part is rewards (\(percent(largest.share))): use a smaller reward model"
    default:
      "; its largest part is \(largest.name) (\(percent(largest.share))): give it more cores (learner.threads), or a smaller "
        + "network"
    }
  }

  private func percent(_ share: Double) -> String { RunPhases.percent(min(max(share, 0), 1)) }
}
