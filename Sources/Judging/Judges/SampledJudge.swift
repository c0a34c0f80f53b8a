import Captions
import Foundation

/// Number and diversity of the answers.
public struct SamplingOptions: Sendable, Hashable {
  /// Answers to each prompt, 1 ... 32.
  public var samples: Int
  /// Sampling temperature; above 0 so that the answers to one prompt differ.
  public var temperature: Double
  public var labels: JudgeOptions.Labels

  public init(samples: Int = 8, temperature: Double = 0.7, labels: JudgeOptions.Labels = .hard) {
    self.samples = samples
    self.temperature = temperature
    self.labels = labels
  }
}

/// Asks a language model several times about a caption, with one or more prompts, and combines the answers into one
/// label.
public struct SampledJudge: CaptionJudge {
  public static let maximumSamples = 32

  public let kind = "llm"
  public var version: String? { model.name.map { "\(settings) \($0)" } }
  /// Captions that the judge can judge concurrently, each with all its questions.
  public var concurrency: Int { max(1, model.concurrency / (options.samples * askers.count)) }

  private let model: any LanguageModel
  private let askers: [PromptAsker]
  private let aggregator: any LabelAggregator
  private let options: SamplingOptions
  /// The version without the model's name.
  private let settings: String

  /// - Parameters:
  ///   - prompts: prompts with the same goal; the second one is a paraphrase of the first.
  ///   - unreadable: receives the answers that cannot be read.
  /// - Throws: if a prompt is not a classification, if goals differ, or if there are no prompts or samples.
  public init(
    model: any LanguageModel, prompts: [Instruction], aggregator: any LabelAggregator,
    options: SamplingOptions = SamplingOptions(), unreadable: UnreadableAnswers? = nil
  ) throws(PromptError) {
    guard let goal = prompts.first?.goal, (1...Self.maximumSamples).contains(options.samples) else {
      throw PromptError(file: "(samples)", problem: "needs a prompt and 1 to \(Self.maximumSamples) samples of it")
    }
    var askers: [PromptAsker] = []
    for prompt in prompts {
      guard prompt.goal == goal else {
        throw PromptError(file: prompt.prompt.name, problem: "judges by \(prompt.goal), the others by \(goal)")
      }
      askers.append(try PromptAsker(model: model, prompt: prompt, unreadable: unreadable))
    }
    self.model = model
    self.askers = askers
    self.aggregator = aggregator
    self.options = options
    let identities = prompts.map(\.identity).joined(separator: " ")
    settings =
      "\(identities) \(goal) \(aggregator.name), \(options.samples) at \(options.temperature) \(options.labels.rawValue)"
  }

  public func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    let sanitised = SanitisedCaption(caption)
    if let settled = Judgement(settledBySanitiser: sanitised) { return settled }
    let identities = askers.map(\.prompt.identity).joined(separator: " ")
    var trail = EvidenceTrail(prompt: identities, goal: "\(askers[0].prompt.goal)", start: .now)
    var samples: [SampledLabel] = []
    var unreadable: UnreadableAnswer?
    for (index, result) in await answers(sanitised, until: .now + .seconds(deadlineSeconds)).enumerated() {
      let asked = try result.get()
      for (answer, time) in asked.answers { trail.add(answer, at: time) }
      unreadable = unreadable ?? asked.unreadable
      let last = asked.answers.last?.answer
      samples.append(
        SampledLabel(
          asked.reading, prompt: index / options.samples, certainty: SelfCertainty.measure(last?.tokens ?? []),
          length: last?.text.count ?? 0, wasReminded: asked.wasReminded))
    }
    let label = aggregator.aggregate(samples)
    return Judgement(
      verdict(label), logOdds: Self.logOdds(samples), asked: sanitised.bytesIfChanged(from: caption),
      evidence: trail.evidence, unreadable: unreadable)
  }

  private func verdict(_ label: AggregatedLabel) -> Verdict {
    guard let isProgress = label.isProgress else { return .abstain }
    return .label(options.labels == .soft ? Float(label.share) : isProgress ? 1 : 0)
  }

  /// The mean log-odds of the answers that have one; nil if none has.
  private static func logOdds(_ samples: [SampledLabel]) -> Float? {
    let known = samples.map(\.reading.logOdds).filter(\.isFinite)
    return known.isEmpty ? nil : Float(known.reduce(0, +) / Double(known.count))
  }

  /// All answers in the order of the prompts.
  private func answers(
    _ caption: SanitisedCaption, until deadline: ContinuousClock.Instant
  ) async -> [Result<PromptAsker.Reply, ModelFailure>] {
    typealias Asked = Result<PromptAsker.Reply, ModelFailure>
    return await withTaskGroup(of: (Int, Asked).self) { group in
      for (number, asker) in askers.enumerated() {
        for sample in 0..<options.samples {
          group.addTask {
            let answer = await Self.ask(asker, about: caption, options.temperature, until: deadline)
            return (number * options.samples + sample, answer)
          }
        }
      }
      var results = [Asked](repeating: .failure(.cancelled), count: askers.count * options.samples)
      for await (index, result) in group { results[index] = result }
      return results
    }
  }

  /// Asks one prompt once. The failure is a value, because a typed error that a child task catches inside a closure
  /// corrupts the closure's result in optimised builds (Swift 6.2).
  private static func ask(
    _ asker: PromptAsker, about caption: SanitisedCaption, _ temperature: Double,
    until deadline: ContinuousClock.Instant
  ) async -> Result<PromptAsker.Reply, ModelFailure> {
    do throws(ModelFailure) {
      return .success(try await asker.ask(caption, temperature: temperature, until: deadline))
    } catch {
      return .failure(error)
    }
  }
}
