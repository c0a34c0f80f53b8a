import Foundation
import Runtime
import Tensor
import TestSupport
import Testing
import Trajectories

@testable import IntrinsicReward

@Suite struct EllipticalRewardTests {
  private static let columns = 2
  private static let numbers = 4
  private let reader = ObservationReader([ObservationReader.Field(offset: 0, count: 4, type: .float32)])

  /// An unroll of random observations [T + 1, 2, 4] and actions [T, 2].
  private struct Played {
    var observations: [Float]
    var actions: [Int32]
    var flags: [UInt8]
    var group: UInt64 = 0

    init(steps: Int, seed: UInt64) {
      var generator = RandomGenerator(seed: seed)
      observations = generator.values((steps + 1) * columns * numbers)
      actions = (0..<steps * columns).map { _ in Int32(generator.below(3)) }
      flags = [UInt8](repeating: 0, count: steps * columns)
    }
  }

  private func model(
    _ features: EllipticalOptions.Features = .inverse, seed: UInt64 = 1,
    change: (inout EllipticalOptions) -> Void = { _ in }
  ) -> EllipticalReward {
    var options = EllipticalOptions()
    options.features = features
    options.width = 6
    options.share = 0.5
    options.learningRate = 3e-3
    options.seed = seed
    change(&options)
    return EllipticalReward(options, reader: reader, choices: [3], policyFeatureCount: 5)
  }

  private func scores(
    _ model: EllipticalReward, _ played: Played, policyFeatures: Matrix? = nil, space: ActionSpace = .discrete(3),
    rowByteCount: Int = 4 * numbers
  ) -> [Float] {
    let count = played.flags.count
    var scores = [Float](repeating: 0, count: count)
    played.observations.withUnsafeBytes { bytes in
      model.score(
        RewardInputs(
          group: played.group, steps: count / Self.columns, columns: Self.columns,
          rewards: [Float](repeating: 0, count: count), flags: played.flags,
          captions: [UInt32](repeating: 0, count: count), captionCounts: [UInt16](repeating: 0, count: count),
          observations: bytes.baseAddress, rowByteCount: rowByteCount, actions: played.actions, space: space,
          policyFeatures: policyFeatures),
        into: &scores)
    }
    return scores
  }

  /// The bonuses of an unroll are those of its parts, and start again where an episode ends.
  @Test(arguments: EllipticalOptions.Features.allCases)
  func episodesContinueAcrossUnrolls(features: EllipticalOptions.Features) {
    let untrained: (inout EllipticalOptions) -> Void = { $0.learningRate = 0 }
    var whole = Played(steps: 12, seed: 5)
    whole.flags[2 * 4] = StepFlags.terminated.rawValue
    whole.flags[2 * 9 + 1] = StepFlags.truncated.rawValue
    let given = FloatBuffer(RandomGenerator(seed: 6).settled(13 * Self.columns * 5))
    func policy(_ steps: Range<Int>) -> Matrix {
      Matrix(
        given.pointer + steps.lowerBound * Self.columns * 5, rows: (steps.count + 1) * Self.columns, columns: 5)
    }
    func part(_ steps: Range<Int>) -> Played {
      var part = whole
      let frames = steps.lowerBound * Self.columns..<steps.upperBound * Self.columns
      part.observations = Array(
        whole.observations[frames.lowerBound * Self.numbers..<(frames.upperBound + Self.columns) * Self.numbers])
      (part.actions, part.flags) = (Array(whole.actions[frames]), Array(whole.flags[frames]))
      return part
    }
    // Moments of observations hardly change any more after so many unrolls.
    func settled() -> EllipticalReward {
      let model = model(features, change: untrained)
      var first = whole
      first.group = 99
      for _ in 0..<400 { _ = scores(model, first, policyFeatures: policy(0..<12)) }
      return model
    }
    let (one, two) = (settled(), settled())
    let expected = scores(one, whole, policyFeatures: policy(0..<12))
    for steps in [0..<3, 3..<7, 7..<12] {
      let found = scores(two, part(steps), policyFeatures: policy(steps))
      expectProportional(found, Array(expected[steps.lowerBound * 2..<steps.upperBound * 2]))
    }
    // What follows the end of an episode in an environment is what a new group has there.
    var rest = part(5..<12)
    rest.group = 7
    let fresh = scores(two, rest, policyFeatures: policy(5..<12))
    let places = stride(from: 0, to: fresh.count, by: 2)
    expectProportional(places.map { fresh[$0] }, places.map { expected[10 + $0] })
  }

  /// Bonuses of one unroll share a divisor, which differs between unrolls.
  private func expectProportional(
    _ found: [Float], _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let scales = [found, expected].map { values in values.reduce(Float(0)) { $1 > $0 ? $1 : $0 } }
    #expect(found.count == expected.count && scales[0] > 0 && scales[1] > 0, sourceLocation: sourceLocation)
    for (found, expected) in zip(found, expected) {
      let isClose = abs(found / scales[0] - expected / scales[1]) < 0.01
      #expect(isClose || found.isNaN && expected.isNaN, sourceLocation: sourceLocation)
    }
  }

  /// A step that ends an episode has no score; without observations, or without the policy's features, no step has one.
  @Test func whatCannotBeScoredIsUnknown() {
    var played = Played(steps: 2, seed: 3)
    played.flags = [1, 0, 4, 2]
    let scored = scores(model(), played)
    #expect(scored[0].isNaN && scored[1] > 0 && scored[2] > 0 && scored[3].isNaN)
    #expect(scores(model(), played, rowByteCount: 0).allSatisfy { $0.isNaN })
    #expect(scores(model(.policy), played).allSatisfy { $0.isNaN })
    let narrow = FloatBuffer(count: 100)
    for (rows, columns) in [(6, 4), (4, 5), (6, 6)] {
      let given = Matrix(narrow.pointer, rows: rows, columns: columns)
      #expect(scores(model(.policy), played, policyFeatures: given).allSatisfy { $0.isNaN })
    }
  }

  @Test func actionsOfAnotherSpaceTrainNothing() {
    let model = model { $0.share = 1 }
    var played = Played(steps: 5, seed: 4)
    #expect(scores(model, played, space: .factored([3, 1])).allSatisfy { $0 > 0 })
    played.actions = [Int32](repeating: 3, count: 10)
    _ = scores(model, played)
    #expect(model.version == 0)
    played.actions[4] = 2
    _ = scores(model, played)
    #expect(model.version == 1 && model.statistics?.loss != nil)
  }

  @Test func theInverseModelLearnsWhatActionsDo() throws {
    // The action is the number that changes; the others are noise.
    let model = model {
      $0.share = 1
      $0.width = 16
    }
    var generator = RandomGenerator(seed: 9)
    var losses: [Double] = []
    for round in 0..<400 {
      var played = Played(steps: 20, seed: UInt64(round))
      for index in 0..<40 {
        let action = generator.below(3)
        played.actions[index] = Int32(action)
        let (before, after) = (index * Self.numbers, (index + Self.columns) * Self.numbers)
        for i in 0..<3 {
          played.observations[after + i] = played.observations[before + i] * 0.5 + (i == action ? 1 : 0)
        }
      }
      _ = scores(model, played)
      losses.append(try #require(model.statistics?.loss))
    }
    #expect(losses[0] > 0.9 && losses.suffix(20).reduce(0, +) / 20 < 0.4)
  }

  @Test func onlyInverseFeaturesAreTrained() {
    let given = FloatBuffer(RandomGenerator(seed: 6).settled(8 * Self.columns * 5))
    for features in EllipticalOptions.Features.allCases {
      let model = model(features)
      let policy = Matrix(given.pointer, rows: 8 * Self.columns, columns: 5)
      #expect(scores(model, Played(steps: 7, seed: 1), policyFeatures: policy).allSatisfy { $0 >= 0 })
      #expect(model.version == (features == .inverse ? 1 : 0))
      #expect(model.readsPolicyFeatures == (features == .policy))
    }
  }

  @Test(arguments: EllipticalOptions.Features.allCases)
  func aRestoredModelGoesOnTheSame(features: EllipticalOptions.Features) throws {
    let given = FloatBuffer(RandomGenerator(seed: 6).settled(8 * Self.columns * 5))
    let policy = Matrix(given.pointer, rows: 8 * Self.columns, columns: 5)
    let first = model(features)
    for round in 0..<5 as Range<UInt64> { _ = scores(first, Played(steps: 7, seed: round), policyFeatures: policy) }
    let state = try #require(first.state as? EllipticalState)
    // What a checkpoint keeps: a text and arrays.
    let text = String(decoding: try JSONEncoder().encode(state.progress), as: UTF8.self)
    let restored = model(features, seed: 77)
    let room = try #require(try restored.makeState(savedAs: text))
    for (room, saved) in zip(room.parts, state.parts) { room.buffer.copy(from: saved.buffer) }
    restored.restore(room)
    for round in 5..<8 as Range<UInt64> {
      // Episodes of a new session are new, so they are new for both.
      var played = Played(steps: 7, seed: round)
      played.group = round
      #expect(
        scores(first, played, policyFeatures: policy).map(\.bitPattern)
          == scores(restored, played, policyFeatures: policy).map(\.bitPattern))
    }
    #expect(restored.version == first.version)
    // Models of another size or other features start from scratch.
    for other in [model(features) { $0.width = 8 }, model(features == .random ? .policy : .random)] {
      other.restore(state)
      #expect((other.state as? EllipticalState)?.progress.normaliser.moments.count == 0)
    }
  }

  @Test(arguments: [
    ("\"width\":6", "\"width\":0"), ("\"inputs\":4", "\"inputs\":2000000"), ("\"choices\":[3]", "\"choices\":[0]"),
    ("\"choices\":[3]", "\"choices\":[70000]"), ("\"adamSteps\":0", "\"adamSteps\":-1"),
  ])
  func aSavedStateIsChecked(good: String, bad: String) throws {
    let model = model()
    let encoder = JSONEncoder()
    let progress = try #require(model.state as? EllipticalState).progress
    let text = String(decoding: try encoder.encode(progress), as: UTF8.self)
    #expect(text.contains(good))
    #expect(throws: ForeignNumberError.self) {
      try model.makeState(savedAs: text.replacingOccurrences(of: good, with: bad))
    }
    #expect(throws: DecodingError.self) {
      try model.makeState(savedAs: text.replacingOccurrences(of: "\"inverse\"", with: "\"forward\""))
    }
  }
}

extension RandomGenerator {
  /// `count` numbers of a copy.
  fileprivate func settled(_ count: Int) -> [Float] {
    var copy = self
    return copy.values(count)
  }
}
