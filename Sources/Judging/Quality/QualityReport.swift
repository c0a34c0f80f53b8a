import Captions

/// How good an annotator is, in numbers.
public struct QualityReport: Sendable, Hashable, Codable {
  /// A measure with its bootstrap interval of 95 %.
  public struct Estimate: Sendable, Hashable, Codable {
    public let value: Double
    public let low: Double
    public let high: Double
  }

  /// The messages of one category.
  public struct Category: Sendable, Hashable, Codable {
    public let name: String
    public let count: Int
    public let right: Int
    public let abstained: Int
  }

  /// The judge's kind and version.
  public let annotator: String
  public let version: String
  /// Messages the judge answered or abstained from, and those that are progress among them.
  public let messages: Int
  public let progress: Int
  /// Messages the judge said nothing of because its servers failed. They are in no other number.
  public let failed: Int
  /// What the first failure was.
  public let failure: String?
  public let confusion: Confusion
  public let abstention: Double?
  public let accuracy: Estimate?
  public let rightOfAll: Double?
  public let areaUnderCurve: Estimate?
  public let medianAccuracy: Double?
  public let calibration: Calibration?
  public let categories: [Category]
  /// nil where no pairs were asked.
  public var pairs: PositionBias?
  /// Labels (abstentions included) a second, all questions at once; nil without a measured time.
  public let labelsPerSecond: Double?
  /// Means over the labels that a model was asked for; nil where none was.
  public let promptTokens: Double?
  public let answerTokens: Double?

  /// - Parameters:
  ///   - results: of `AnnotatorEvaluation.run`, in the order of the messages.
  ///   - seconds: how long that took.
  ///   - generator: what intervals are drawn with.
  public init(
    of judge: any CaptionJudge, on messages: [LabelledMessage], _ results: [Result<Judgement, ModelFailure>],
    seconds: Double, using generator: inout some RandomNumberGenerator
  ) {
    precondition(messages.count == results.count, "a result for every message")
    var judged: [(message: LabelledMessage, judgement: Judgement)] = []
    var failures: [ModelFailure] = []
    for (message, result) in zip(messages, results) {
      switch result {
      case .success(let judgement): judged.append((message, judgement))
      case .failure(let failure): failures.append(failure)
      }
    }
    let samples = judged.map {
      QualitySample(
        isProgress: $0.message.isProgress, verdict: $0.judgement.verdict, logOdds: Double($0.judgement.logOdds))
    }
    annotator = judge.kind
    version = judge.version ?? ""
    self.messages = samples.count
    progress = samples.count { $0.isProgress }
    failed = failures.count
    failure = failures.first?.description
    confusion = Confusion(samples)
    abstention = confusion.abstention
    rightOfAll = confusion.rightOfAll
    medianAccuracy = Ranking.medianAccuracy(samples)
    calibration = Calibration(samples)
    accuracy = Self.estimate(samples, &generator) { Confusion($0).accuracy }
    areaUnderCurve = Self.estimate(samples, &generator) { Ranking.areaUnderCurve($0) }
    categories = Self.categories(judged.map(\.message), samples)
    let asked = judged.compactMap(\.judgement.evidence).filter { $0.samples > 0 }
    labelsPerSecond = seconds > 0 ? Double(samples.count) / seconds : nil
    promptTokens = ratio(asked.reduce(0) { $0 + $1.promptTokens }, asked.count)
    answerTokens = ratio(asked.reduce(0) { $0 + $1.answerTokens }, asked.count)
  }

  private static func estimate(
    _ samples: [QualitySample], _ generator: inout some RandomNumberGenerator,
    _ measure: ([QualitySample]) -> Double?
  ) -> Estimate? {
    guard let value = measure(samples),
      let interval = Bootstrap.interval(of: samples, using: &generator, measure: measure)
    else { return nil }
    return Estimate(value: value, low: interval.lowerBound, high: interval.upperBound)
  }

  /// In the order in which the categories first come.
  private static func categories(_ messages: [LabelledMessage], _ samples: [QualitySample]) -> [Category] {
    var order: [String] = []
    var members: [String: [QualitySample]] = [:]
    for (message, sample) in zip(messages, samples) where !message.category.isEmpty {
      if members[message.category] == nil { order.append(message.category) }
      members[message.category, default: []].append(sample)
    }
    return order.map { name in
      let confusion = Confusion(members[name] ?? [])
      return Category(
        name: name, count: confusion.answered + confusion.abstained, right: confusion.right,
        abstained: confusion.abstained)
    }
  }
}
