import Foundation
import Statistics
import Testing

@testable import Judging

/// The acceptance tests of the ways to better labels, each on a model that errs in a known way, over five seeds.
struct BetterLabelsTests {
  private static let seeds: [UInt64] = [1, 2, 3, 4, 5]
  private let captions = plainCaptions(1_000)

  /// A number for each seed, and what becomes of them.
  private struct OverSeeds: CustomStringConvertible {
    let values: [Double]

    init(_ measure: (_ seed: UInt64) throws -> Double) rethrows { values = try seeds.map(measure) }
    init(_ values: [Double]) { self.values = values }

    var mean: Double { values.reduce(0, +) / Double(values.count) }
    var standardError: Double {
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
    }
    var description: String { "\(mean) ± \(standardError)" }
  }

  // MARK: Several answers, weighed (GRM, 2504.02495)

  @Test func eightWeighedAnswersBeatOneAndAPlainVote() {
    var gains: [String: [Double]] = [:]
    for seed in Self.seeds {
      let stub = StubSamples(flipRate: 0.3, seed: 10 * seed)
      let (training, test) = (captions.prefix(200), Array(captions.dropFirst(200)))
      let rows = training.flatMap { caption in
        let samples = (0..<8).map { stub.sample(caption.text, truth: caption.label, number: $0) }
        return zip(samples, MetaModel.features(of: samples)).compactMap { sample, features in
          features.map { ($0, sample.reading.isProgress == caption.label) }
        }
      }
      let one = stub.accuracy(of: MajorityVote(), samples: 1, captions: test)
      let plain = stub.accuracy(of: MajorityVote(), samples: 8, captions: test)
      let standard = stub.accuracy(of: MetaModelVote(kept: 6), samples: 8, captions: test)
      let fitted = stub.accuracy(of: MetaModelVote(model: .fitted(rows), kept: 6), samples: 8, captions: test)
      gains["one", default: []].append(one)
      gains["standard over one", default: []].append(standard - one)
      gains["fitted over one", default: []].append(fitted - one)
      gains["standard over plain", default: []].append(standard - plain)
      gains["fitted over plain", default: []].append(fitted - plain)
    }
    let results = gains.mapValues { OverSeeds($0) }
    #expect(abs((results["one"]?.mean ?? 0) - 0.7) < 0.05)
    for name in ["standard", "fitted"] {
      #expect((results["\(name) over one"]?.mean ?? 0) > 0.05, "\(results)")
      #expect((results["\(name) over plain"]?.mean ?? -1) >= 0, "\(results)")
    }
  }

  // MARK: Answers ranked by certainty (Self-Certainty, 2502.18581)

  @Test func certaintyTellsRightFromWrongAndItsVoteLosesToNoMajority() {
    let areas = OverSeeds { seed in
      let stub = StubSamples(flipRate: 0.3, seed: 10 * seed)
      return Ranking.areaUnderCurve(
        captions.map { caption in
          let sample = stub.sample(caption.text, truth: caption.label, number: 0)
          return (score: sample.certainty, isPositive: sample.reading.isProgress == caption.label)
        }) ?? .nan
    }
    #expect(areas.mean > 0.6, "\(areas)")
    for exponent in [0.5, 1, 2] {
      let gain = OverSeeds { seed in
        let stub = StubSamples(flipRate: 0.3, seed: 10 * seed)
        return stub.accuracy(of: SelfCertaintyVote(exponent: exponent), samples: 8, captions: captions)
          - stub.accuracy(of: MajorityVote(), samples: 8, captions: captions)
      }
      #expect(gain.mean >= 0, "exponent \(exponent): \(gain)")
    }
  }

  // MARK: Two wordings (Co-Reward, 2508.00410)

  @Test func agreementTakesOutWhatOneWordingBringsAbout() async throws {
    var (gains, coverages): ([Double], [Double]) = ([], [])
    let prompts = try ["default", "paraphrase"].map { try Instruction(try PromptLibrary.prompt($0)) }
    for seed in Self.seeds {
      // Says yes to 30 % of all it is asked in the first wording, whatever it is; errs on 3 % in either.
      let model = ScriptedModel { question in
        let isParaphrase = question.instructions.contains("Good or Bad")
        let message = question.message
        let errs = Draw.uniform(message, seed: 10 * seed + (isParaphrase ? 5 : 6)) < 0.03
        let isGood = message.contains(" good ") != errs
        let isBiased = !isParaphrase && Draw.uniform(message, seed: 10 * seed + 7) < 0.3
        return .oneToken(logOdds: isGood || isBiased ? 2 : -2, words: isParaphrase ? ["Good", "Bad"] : ["Yes", "No"])
      }
      let alone = try SampledJudge(
        model: model, prompts: [prompts[0]], aggregator: MajorityVote(), options: .init(samples: 1))
      let both = try SampledJudge(
        model: model, prompts: prompts, aggregator: AgreementVote(), options: .init(samples: 1))
      let captions = plainCaptions(300)
      let (accuracy, _) = try await Self.accuracy(alone, captions)
      let (agreed, coverage) = try await Self.accuracy(both, captions)
      gains.append(agreed - accuracy)
      coverages.append(coverage)
    }
    #expect(OverSeeds(gains).mean >= 0.1, "\(OverSeeds(gains))")
    #expect(OverSeeds(coverages).mean >= 0.6, "\(OverSeeds(coverages))")
  }

  // MARK: A principle at run time (RewardAnything, 2506.03637)

  /// Judges by the principle, with errors on 5 % of the messages.
  private static func obedient(_ seed: UInt64 = 1) -> ScriptedModel {
    ScriptedModel { answer($0, seed) }
  }

  private static func answer(_ question: ModelQuestion, _ seed: UInt64) -> ModelAnswer {
    let told = question.instructions.lowercased()
    let things = ["gold", "ladder", "drown"].filter { told.contains("only \($0)") }
    let isIt = things.contains { question.message.lowercased().contains($0) }
    let errs = Draw.uniform(question.message, seed: 10 * seed + 2) < 0.05
    return .oneToken(logOdds: isIt != errs ? 3 : -3)
  }

  @Test(arguments: ["gold", "ladder", "drown"])
  func aPrincipleIsFollowedFromTheNextQuestionOn(thing: String) async throws {
    let prompt = try PromptLibrary.prompt("default")
    let principle = try Instruction.Principle("Answer Yes when the message is about only \(thing), else No.")
    let bound = try Instruction(prompt, goal: .principle(principle))
    let captions = (0..<300).map { number in
      let subject = ["gold", "ladder", "drown", "rock"][number % 4]
      return (text: "There is a \(subject) thing number \(number) here.", label: subject == thing)
    }
    var accuracies: [Double] = []
    for seed in Self.seeds {
      let judge = try PromptedJudge(model: Self.obedient(seed), prompt: bound)
      let (accuracy, coverage) = try await Self.accuracy(judge, captions)
      accuracies.append(accuracy)
      #expect(coverage == 1 && judge.version?.contains("principle-") == true)
    }
    #expect(OverSeeds(accuracies).mean >= 0.9, "\(OverSeeds(accuracies))")
  }

  @Test func principlesStandSideBySide() async throws {
    let prompt = try PromptLibrary.prompt("default")
    let judges = try ["gold", "ladder"].map { thing in
      try PromptedJudge(
        model: Self.obedient(),
        prompt: try Instruction(
          prompt, goal: .principle(.init("Answer Yes when the message is about only \(thing), else No."))))
    }
    #expect(judges[0].version != judges[1].version)
    let caption = bytes("You see some gold in the corner.")
    let judgements = [
      try await judges[0].judge(caption, deadlineSeconds: 5), try await judges[1].judge(caption, deadlineSeconds: 5),
    ]
    #expect(judgements.map(\.verdict) == [.label(1), .label(0)])
    #expect(judgements[0].evidence?.goal != judgements[1].evidence?.goal)
  }

  // MARK: Confidence as label (Confidence as a Reward, 2025)

  @Test func softLabelsAreCalibratedAndBeatHardOnes() async throws {
    var (errors, gains): ([Double], [Double]) = ([], [])
    for seed in Self.seeds {
      let (soft, hard) = try await Self.labels(bySurely: 10 * seed)
      #expect(soft.count == 600 && hard.count == 600)
      errors.append(Calibration(soft)?.expectedError ?? .nan)
      gains.append(Self.negativeLogLikelihood(hard) - Self.negativeLogLikelihood(soft))
    }
    #expect(OverSeeds(errors).mean < 0.1, "\(OverSeeds(errors))")
    #expect(OverSeeds(gains).mean > 0, "\(OverSeeds(gains))")
  }

  /// The mean of -ln P(truth) in nats, with probabilities kept 0.001 away from 0 and 1.
  private static func negativeLogLikelihood(_ labels: Graded) -> Double {
    labels.reduce(0) { sum, label in
      let probability = min(max(label.probability, 1e-3), 1 - 1e-3)
      return sum - log(label.isPositive ? probability : 1 - probability)
    } / Double(labels.count)
  }

  private typealias Graded = [(probability: Double, isPositive: Bool)]

  /// Soft and hard labels of a model whose confidence is right: the truth is drawn with the probability that it gives.
  private static func labels(bySurely seed: UInt64) async throws -> (soft: Graded, hard: Graded) {
    let logOdds = { @Sendable (message: String) in 2 * Draw.normal(message, seed: seed) }
    let model = ScriptedModel { .oneToken(logOdds: logOdds($0.message)) }
    let prompt = try Instruction(try PromptLibrary.prompt("default"))
    var labels: [JudgeOptions.Labels: Graded] = [:]
    for kind in JudgeOptions.Labels.allCases {
      let judge = try PromptedJudge(
        model: model, prompt: prompt, options: JudgeOptions(threshold: .fixed(0), labels: kind))
      for (text, _) in plainCaptions(600) {
        guard case .label(let label) = try await judge.judge(bytes(text), deadlineSeconds: 5).verdict else { continue }
        let truth = Draw.uniform(text, seed: seed + 5) < 1 / (1 + exp(-logOdds(text)))
        labels[kind, default: []].append((Double(label), truth))
      }
    }
    return (labels[.soft] ?? [], labels[.hard] ?? [])
  }

  /// The share of labels that are right, and of captions that are labelled.
  private static func accuracy(
    _ judge: any CaptionJudge, _ captions: [(text: String, label: Bool)]
  ) async throws -> (accuracy: Double, coverage: Double) {
    var (right, labelled) = (0, 0)
    for caption in captions {
      guard case .label(let label) = try await judge.judge(bytes(caption.text), deadlineSeconds: 60).verdict else {
        continue
      }
      labelled += 1
      if (label > 0.5) == caption.label { right += 1 }
    }
    return (Double(right) / Double(labelled), Double(labelled) / Double(captions.count))
  }
}
