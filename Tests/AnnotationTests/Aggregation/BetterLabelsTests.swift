import Foundation
import Testing

@testable import Annotation

/// The acceptance tests of the ways to better labels, each on a model that errs in a known way.
struct BetterLabelsTests {
  private let captions = plainCaptions(1_000)

  // MARK: Several answers, weighed (GRM, 2504.02495)

  @Test func eightWeighedAnswersBeatOneAndAPlainVote() {
    let stub = StubSamples(flipRate: 0.3)
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
    #expect(abs(one - 0.7) < 0.05)
    #expect(plain > one + 0.05 && standard > one + 0.05 && fitted > one + 0.05)
    #expect(standard >= plain && fitted >= plain, "\(one) \(plain) \(standard) \(fitted)")
  }

  // MARK: Answers ranked by certainty (Self-Certainty, 2502.18581)

  @Test func certaintyTellsRightFromWrongAndItsVoteLosesToNoMajority() {
    let stub = StubSamples(flipRate: 0.3, seed: 9)
    let scores = captions.map { caption in
      let sample = stub.sample(caption.text, truth: caption.label, number: 0)
      return (score: sample.certainty, isPositive: sample.reading.isProgress == caption.label)
    }
    #expect(LabelQuality.areaUnderCurve(scores) > 0.6)
    let majority = stub.accuracy(of: MajorityVote(), samples: 8, captions: captions)
    for exponent in [0.5, 1, 2] {
      let vote = stub.accuracy(of: SelfCertaintyVote(exponent: exponent), samples: 8, captions: captions)
      #expect(vote >= majority, "exponent \(exponent): \(vote) against \(majority)")
    }
  }

  // MARK: Two wordings (Co-Reward, 2508.00410)

  @Test func agreementTakesOutWhatOneWordingBringsAbout() async throws {
    // Says yes to 30 % of all it is asked in the first wording, whatever it is; errs on 3 % in either.
    let model = ScriptedModel { question in
      let isParaphrase = question.instructions.contains("Good or Bad")
      let message = question.message
      let isGood = message.contains(" good ") != (Draw.uniform(message, seed: isParaphrase ? 5 : 6) < 0.03)
      let isBiased = !isParaphrase && Draw.uniform(message, seed: 7) < 0.3
      return .oneToken(logOdds: isGood || isBiased ? 2 : -2, words: isParaphrase ? ["Good", "Bad"] : ["Yes", "No"])
    }
    let prompts = try ["default", "paraphrase"].map { try BoundPrompt(try PromptLibrary.prompt($0)) }
    let alone = try SampledJudge(
      model: model, modelName: "m", prompts: [prompts[0]], aggregator: MajorityVote(), options: .init(samples: 1))
    let both = try SampledJudge(
      model: model, modelName: "m", prompts: prompts, aggregator: AgreementVote(), options: .init(samples: 1))
    let captions = plainCaptions(300)
    let (accuracy, _) = try await Self.accuracy(alone, captions)
    let (agreed, coverage) = try await Self.accuracy(both, captions)
    #expect(agreed >= accuracy + 0.1 && coverage >= 0.6, "\(accuracy), \(agreed) of \(coverage)")
  }

  // MARK: A principle at run time (RewardAnything, 2506.03637)

  /// Does what it is told, and errs on 5 % of messages.
  private static let obedient = ScriptedModel { question in
    let told = question.instructions.lowercased()
    let things = ["gold", "ladder", "drown"].filter { told.contains("only \($0)") }
    let isIt = things.contains { question.message.lowercased().contains($0) }
    let errs = Draw.uniform(question.message, seed: 12) < 0.05
    return .oneToken(logOdds: isIt != errs ? 3 : -3)
  }

  @Test(arguments: ["gold", "ladder", "drown"])
  func aPrincipleIsFollowedFromTheNextQuestionOn(thing: String) async throws {
    let prompt = try PromptLibrary.prompt("default")
    let principle = try JudgingGoal.Principle("Answer Yes when the message is about only \(thing), else No.")
    let judge = try PromptedJudge(
      model: Self.obedient, modelName: "m", prompt: try BoundPrompt(prompt, goal: .principle(principle)))
    let captions = (0..<300).map { number in
      let subject = ["gold", "ladder", "drown", "rock"][number % 4]
      return (text: "There is a \(subject) thing number \(number) here.", label: subject == thing)
    }
    let (accuracy, coverage) = try await Self.accuracy(judge, captions)
    #expect(accuracy >= 0.9 && coverage == 1)
    #expect(judge.version.contains("principle-"))
  }

  @Test func principlesStandSideBySide() async throws {
    let prompt = try PromptLibrary.prompt("default")
    let judges = try ["gold", "ladder"].map { thing in
      try PromptedJudge(
        model: Self.obedient, modelName: "m",
        prompt: try BoundPrompt(
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
    // A model whose confidence is right: the truth is drawn with the probability that it gives.
    let logOdds = { @Sendable (message: String) in 2 * Draw.normal(message, seed: 21) }
    let model = ScriptedModel { .oneToken(logOdds: logOdds($0.message)) }
    let prompt = try BoundPrompt(try PromptLibrary.prompt("default"))
    let captions = plainCaptions(600).map { caption in
      (text: caption.text, label: Draw.uniform(caption.text, seed: 22) < 1 / (1 + exp(-logOdds(caption.text))))
    }
    var labels: [JudgeOptions.Labels: [(probability: Double, isPositive: Bool)]] = [:]
    for kind in JudgeOptions.Labels.allCases {
      let judge = try PromptedJudge(
        model: model, modelName: "m", prompt: prompt, options: JudgeOptions(threshold: .fixed(0), labels: kind))
      for caption in captions {
        guard case .label(let label) = try await judge.judge(bytes(caption.text), deadlineSeconds: 5).verdict else {
          continue
        }
        labels[kind, default: []].append((Double(label), caption.label))
      }
    }
    let (soft, hard) = (labels[.soft] ?? [], labels[.hard] ?? [])
    #expect(soft.count == captions.count && hard.count == captions.count)
    #expect(LabelQuality.calibrationError(soft) < 0.1)
    #expect(LabelQuality.negativeLogLikelihood(soft) < LabelQuality.negativeLogLikelihood(hard))
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
