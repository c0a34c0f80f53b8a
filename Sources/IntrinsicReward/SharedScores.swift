/// The scores of the run's reward model on a learner that does not have it: with several learners, one of them learns from
/// labels and the others receive its scores.
///
/// A learner numbers captions as its own workers meet them, and the one with the model as all workers meet them. Scores
/// arrive by the run's numbers; this model maps its own to them. A caption is unknown until its number and score are here.
public final class SharedScores: RewardModel {
  public private(set) var version = 0
  /// Texts of captions that the learner with the model does not have yet, in the order of their ids.
  private var fresh: [[UInt8]] = []
  /// The run's number by caption id minus 1; 0 for a caption that the run's table had no room for.
  private var numbers: [UInt32] = []
  /// Score by the run's number; NaN if unknown.
  private var scores: [Float] = []

  public init() {}

  /// Needs the texts to pass them on.
  public var readsTexts: Bool { true }

  public func learn(_ update: RewardUpdate) { fresh += update.captions.map(\.bytes) }

  public func score(_ caption: UInt32) -> Float? {
    guard let number = number(of: caption), number < scores.count, !scores[number].isNaN else { return nil }
    return scores[number]
  }

  /// The run's number of a caption; nil until it has arrived.
  public func number(of caption: UInt32) -> Int? {
    guard caption > 0, caption <= numbers.count, numbers[Int(caption) - 1] != 0 else { return nil }
    return Int(numbers[Int(caption) - 1])
  }

  /// Captions that are new since the last call.
  public func takeNewCaptions() -> [[UInt8]] {
    defer { fresh.removeAll() }
    return fresh
  }

  /// Receives the run's numbers of the next captions, in the order in which `takeNewCaptions` returned them.
  public func take(numbers: [UInt32]) { self.numbers += numbers }

  /// Receives scores that changed.
  /// - Parameter version: the version of the model that they come from.
  public func take(_ changes: [ScoreChange], version: Int) {
    self.version = version
    for change in changes where change.number < RetrievalReward.maximumCaptionCount {
      let index = Int(change.number)
      if index >= scores.count {
        scores.append(contentsOf: repeatElement(.nan, count: max(index + 1, 2 * scores.count) - scores.count))
      }
      scores[index] = change.score
    }
  }
}

/// The new score of a caption, by the run's number; NaN if it has none any more.
public struct ScoreChange: Sendable, Equatable {
  public let number: UInt32
  public let score: Float

  public init(number: UInt32, score: Float) {
    self.number = number
    self.score = score
  }
}

/// What the learner with the reward model has told the others: it tells each change once.
public struct SharedScoreLedger: Sendable {
  /// Captions that other learners know, in the order in which they learned of them.
  private var captions: [UInt32] = []
  private var known: Set<UInt32> = []
  /// The score that the others have; NaN for none.
  private var told: [UInt32: Float] = [:]
  private var unscored: Set<UInt32> = []
  private var version = 0

  public init() {}

  /// Another learner's workers have met these captions.
  public mutating func add(_ numbers: [UInt32]) {
    for number in numbers where number != 0 && known.insert(number).inserted {
      captions.append(number)
      unscored.insert(number)
    }
  }

  /// The scores that changed since the last call. Only captions without a score are looked at while the model's version is
  /// the same: a model scores new captions between versions.
  public mutating func changes(of model: any RewardModel) -> [ScoreChange] {
    var changes: [ScoreChange] = []
    let candidates = model.version == version ? captions.filter(unscored.contains) : captions
    if model.version == version, unscored.isEmpty { return [] }
    version = model.version
    for number in candidates {
      let score = model.score(number) ?? .nan
      let before = told[number] ?? .nan
      guard score != before, !(score.isNaN && before.isNaN) else { continue }
      told[number] = score
      if score.isNaN { unscored.insert(number) } else { unscored.remove(number) }
      changes.append(ScoreChange(number: number, score: score))
    }
    return changes
  }
}

/// The payments of captions since they were last taken, by caption id, for the learner that writes the run's table.
public struct PaymentTally: Sendable {
  public struct Entry: Sendable, Equatable {
    public var steps = 0
    public var paidSteps = 0
    public var paid = 0.0

    public init() {}
  }

  private var entries: [UInt32: Entry] = [:]

  public init() {}

  /// Adds an unroll.
  /// - Parameter paid: [T, E] intrinsic rewards.
  public mutating func note(_ inputs: RewardInputs, paid: UnsafePointer<Float>) {
    for index in 0..<inputs.count where inputs.captions[index] != 0 {
      entries[inputs.captions[index], default: Entry()].add(paid[index])
    }
  }

  /// Removes the payments of the captions that have a number in the run, which the result has instead of their id.
  public mutating func take(_ number: (UInt32) -> Int?) -> [(number: Int, entry: Entry)] {
    var taken: [(number: Int, entry: Entry)] = []
    for (caption, entry) in entries.sorted(by: { $0.key < $1.key }) {
      guard let number = number(caption) else { continue }
      entries[caption] = nil
      taken.append((number, entry))
    }
    return taken
  }
}

extension PaymentTally.Entry {
  fileprivate mutating func add(_ reward: Float) {
    steps += 1
    guard reward != 0 else { return }
    paidSteps += 1
    paid += Double(reward)
  }
}
