import Captions
import Glibc
import NeuralNetwork
import Tensor
import Testing

@testable import IntrinsicReward

/// Both learned rewards, end to end.
@Suite struct LearnedRewardTests {
  private let captions = LearnedParts.captions(80)

  /// A model that has learned the labels of all but the last ten captions.
  private func learned(_ method: LearnedRewardOptions.Method, arrivals: Int = 4, seed: UInt64 = 1) throws
    -> LearnedReward
  {
    let model = LearnedReward(LearnedParts.options(method, seed: seed), coreShare: nil)
    let size = (captions.count - 10) / arrivals
    for arrival in 0..<arrivals {
      let part = captions[arrival * size..<(arrival + 1) * size]
      try model.learn(RewardUpdate(captions: Array(part), labels: LearnedParts.labels(part)))
    }
    try model.learn(RewardUpdate(captions: Array(captions[(size * arrivals)...])))
    return model
  }

  private func scores(_ model: LearnedReward) -> [Float?] { (0...90).map { model.score($0) } }

  @Test(arguments: LearnedRewardOptions.Method.allCases)
  func labelsAreLearnedAndCarriedOver(method: LearnedRewardOptions.Method) throws {
    let models = try (1...5).map { try learned(method, seed: $0) }
    func median<Value: Comparable>(_ value: (LearnedReward) throws -> Value) rethrows -> Value {
      try LearnedParts.medianOfSeeds { try value(models[Int($0) - 1]) }
    }
    #expect(median { LearnedParts.correct($0, captions) } >= 72)
    // The last ten have no label: their scores come from the labels of the others.
    #expect(median { LearnedParts.correct($0, captions.suffix(10)) } >= 8)
    #expect(try median { try #require($0.statistics?.loss) } < 0.65)
    for model in models { #expect(model.version >= 4 && model.statistics?.skippedSteps == 0) }
  }

  @Test(arguments: LearnedRewardOptions.Method.allCases)
  func theSameUpdatesGiveTheSameBits(method: LearnedRewardOptions.Method) throws {
    let first = try scores(learned(method, arrivals: 1))
    #expect(try scores(learned(method, arrivals: 1)) == first)
    if method == .ranking { #expect(try scores(learned(method, arrivals: 1, seed: 2)) != first) }
  }

  @Test(arguments: LearnedRewardOptions.Method.allCases)
  func nothingIsKnownBeforeTheFirstLabels(method: LearnedRewardOptions.Method) throws {
    let model = LearnedReward(LearnedParts.options(method), coreShare: nil)
    try model.learn(RewardUpdate(captions: captions))
    #expect(model.version == 0 && model.state == nil && model.statistics?.loss == nil)
    #expect(scores(model).allSatisfy { $0 == nil })
    // One label is not a pair, so a ranking cannot learn from it.
    try model.learn(RewardUpdate(labels: LearnedParts.labels(captions.prefix(1))))
    #expect((model.version > 0) == (method == .classification))
  }

  @Test func everyCaptionIsScoredOnceForEachVersion() throws {
    let model = LearnedReward(LearnedParts.options(.ranking), coreShare: nil)
    try model.learn(RewardUpdate(captions: Array(captions[..<20]), labels: LearnedParts.labels(captions[..<20])))
    #expect(model.version == 1 && model.statistics?.scored == 20)
    #expect((1...20).allSatisfy { model.score($0) != nil } && model.score(21) == nil && model.score(0) == nil)
    let before = scores(model)
    try model.learn(RewardUpdate(captions: Array(captions[20..<30])))
    #expect(model.version == 1 && model.statistics?.scored == 30)
    #expect(scores(model)[1...20] == before[1...20] && model.score(30) != nil)
    try model.learn(RewardUpdate(labels: LearnedParts.labels(captions[20..<30])))
    #expect(model.version == 2 && model.statistics?.scored == 60)
    #expect(scores(model)[1...20] != before[1...20])
  }

  /// The score of a caption does not depend on its place in a batch.
  @Test func scoresDoNotDependOnWhenACaptionCame() throws {
    func model(_ order: [Range<Int>]) throws -> LearnedReward {
      let model = LearnedReward(LearnedParts.options(.ranking), coreShare: nil)
      try model.learn(RewardUpdate(captions: Array(captions[..<20]), labels: LearnedParts.labels(captions[..<20])))
      for range in order { try model.learn(RewardUpdate(captions: Array(captions[range]))) }
      return model
    }
    #expect(try scores(model([20..<80])) == scores(model([20..<21, 21..<79, 79..<80])))
  }

  @Test(arguments: LearnedRewardOptions.Method.allCases)
  func aRestoredModelGoesOnTheSame(method: LearnedRewardOptions.Method) throws {
    let first = try learned(method)
    let state = try #require(first.state)
    let restored = LearnedReward(LearnedParts.options(method, seed: 99), coreShare: nil)
    restored.restore(state)
    #expect(restored.version == first.version)
    try restored.learn(
      RewardUpdate(captions: captions, labels: LearnedParts.labels(captions.dropLast(10)), isEarlier: true))
    #expect(restored.statistics?.steps == first.statistics?.steps)
    #expect(scores(restored) == scores(first))
    // It continues to learn.
    try restored.learn(RewardUpdate(labels: LearnedParts.labels(captions.suffix(10))))
    #expect(restored.version == first.version + 1)
  }

  @Test func anotherMethodsStateIsLeftAside() throws {
    let state = try #require(try learned(.ranking, arrivals: 1).state)
    let model = LearnedReward(LearnedParts.options(.classification), coreShare: nil)
    model.restore(state)
    #expect(model.version == 0 && model.state == nil)
    // Without a saved model, labels of earlier sessions are learned like new ones.
    try model.learn(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions), isEarlier: true))
    #expect(model.version == 1)
  }

  /// Offline learning: all training happens before the run.
  @Test(arguments: LearnedRewardOptions.Method.allCases, [false, true])
  func aFrozenModelStaysAsItWasPretrained(method: LearnedRewardOptions.Method, hasThread: Bool) throws {
    var options = LearnedParts.options(method)
    // Twice the steps that most seeds need: the scores of helpful captions then lie well above the threshold.
    options.pretrainSteps = 120
    options.isFrozen = true
    let model = LearnedReward(options, coreShare: hasThread ? 1 : nil)
    let known = Array(captions[..<60])
    try model.learn(RewardUpdate(captions: known, labels: LearnedParts.labels(known), isEarlier: true))
    #expect(model.version == 1 && model.statistics?.steps == 120 && model.statistics?.scored == 60)
    let before = scores(model)
    try model.learn(RewardUpdate(captions: Array(captions[60...]), labels: LearnedParts.labels(captions[60...])))
    while model.score(80) == nil {
      usleep(1000)
      try model.learn(RewardUpdate())
    }
    #expect(model.version == 1 && model.statistics?.steps == 120)
    #expect(scores(model)[...60] == before[...60] && model.score(80) != nil)
    // A restored model neither learns nor is pretrained again.
    let restored = LearnedReward(options, coreShare: nil)
    restored.restore(try #require(model.state))
    try restored.learn(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions), isEarlier: true))
    #expect(restored.version == 1 && restored.statistics?.steps == 120 && scores(restored) == scores(model))
  }

  /// The caller can end pretraining between two steps; the model is then as untrained as before the first version.
  @Test func pretrainingCanBeInterrupted() throws {
    var options = LearnedParts.options(.ranking)
    options.pretrainSteps = 60
    let model = LearnedReward(options, coreShare: nil)
    var questions = 0
    try model.pretrain(
      RewardUpdate(captions: captions, labels: LearnedParts.labels(captions), isEarlier: true)
    ) {
      questions += 1
      return questions > 3
    }
    #expect(questions <= 6 && model.version == 0 && model.score(1) == nil)
  }

  /// A model that finds no caption helpful is right about 48 of the 60.
  @Test(arguments: LearnedRewardOptions.Method.allCases)
  func pretrainingLearnsTheLabels(method: LearnedRewardOptions.Method) throws {
    let known = Array(captions[..<60])
    let correct = try LearnedParts.medianOfSeeds { seed in
      var options = LearnedParts.options(method, seed: seed)
      options.pretrainSteps = 120
      options.isFrozen = true
      let model = LearnedReward(options, coreShare: nil)
      try model.learn(RewardUpdate(captions: known, labels: LearnedParts.labels(known), isEarlier: true))
      return LearnedParts.correct(model, known)
    }
    #expect(correct >= 54)
  }

  @Test func pretrainingNeedsSomethingToLearnFrom() throws {
    var options = LearnedParts.options(.ranking)
    options.pretrainSteps = 10
    let model = LearnedReward(options, coreShare: nil)
    try model.learn(RewardUpdate(captions: captions, isEarlier: true))
    #expect(model.version == 0 && model.score(1) == nil)
    // A model that is not frozen learns new labels.
    try model.learn(RewardUpdate(labels: LearnedParts.labels(captions)))
    #expect(model.version == 1)
  }

  @Test func softLabelsAreTargets() throws {
    var options = LearnedParts.options(.classification)
    options.paysProbability = true
    options.stepsPerArrival = 60
    let model = LearnedReward(options, coreShare: nil)
    let labels = captions.prefix(10).map { CaptionLabel(caption: $0.id, value: 0.3) }
    try model.learn(RewardUpdate(captions: Array(captions.prefix(10)), labels: labels))
    #expect((1...10).allSatisfy { abs((model.score($0) ?? 9) - 0.3) < 0.1 })
  }

  @Test func askedPreferencesAreLearnedWithoutLabels() throws {
    let model = LearnedReward(LearnedParts.options(.ranking), coreShare: nil)
    var update = RewardUpdate(captions: Array(captions.prefix(6)))
    update.preferences = [
      CaptionPreference(first: 1, second: 2, target: 1), CaptionPreference(first: 3, second: 1, target: 1),
    ]
    try model.learn(update)
    let rewards = (1...3).map { model.score($0) ?? .nan }
    #expect(rewards[2] > rewards[0] && rewards[0] > rewards[1])
  }

  /// The thread learns the same as inline learning; only the timing differs.
  @Test func aThreadLearnsBesideItsOwner() throws {
    var options = LearnedParts.options(.ranking)
    options.stepsPerArrival = 4
    let model = LearnedReward(options, coreShare: 1)
    try model.learn(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions)))
    while model.version == 0 || model.score(80) == nil {
      usleep(1000)
      try model.learn(RewardUpdate())
    }
    let inline = LearnedReward(options, coreShare: nil)
    try inline.learn(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions)))
    #expect(scores(model) == scores(inline))
  }

  /// The thread stops at once, even with the work of a thousand versions ahead of it.
  @Test func aBusyThreadEndsWithItsOwner() throws {
    var options = LearnedParts.options(.classification)
    options.stepsPerArrival = 10_000
    let model = LearnedReward(options, coreShare: 0.01)
    try model.learn(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions)))
    try model.learn(RewardUpdate())
    #expect(model.version == 0)
  }
}
