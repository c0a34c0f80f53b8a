import Testing
import TextPolicy
import TextTasks

@testable import TextTraining

@Suite struct TextUnitTests {
  private let transformer: Transformer
  private let policy: TextPolicy

  init() throws {
    transformer = try Transformer(TransformerOptions(width: 16, layers: 1, heads: 2))
    policy = TextPolicy(transformer, seed: 1)
  }

  private func sequences(_ unit: TextUnit, _ player: TextPlayer? = nil) throws -> [TokenSequence] {
    let player = player ?? TextPlayer(ChainTask(operations: 1...1), transformer)
    return try unit.rollouts(player, policy: policy, problems: 2, answers: 3).map(\.sequence)
  }

  private static let unit = TextUnit(runSeed: 3, policyVersion: 5, number: 7)

  /// The same for any player, whatever it wrote before.
  @Test func aUnitIsAPureFunction() throws {
    let player = TextPlayer(ChainTask(operations: 1...1), transformer)
    let first = try sequences(Self.unit, player)
    _ = try sequences(TextUnit(runSeed: 3, policyVersion: 5, number: 8), player)
    #expect(try sequences(Self.unit, player) == first)
    #expect(try sequences(Self.unit) == first)
    #expect(first.count == 6 && first[0].tokens.prefix(3) == first[2].tokens.prefix(3))
  }

  @Test func seedVersionAndNumberCount() throws {
    let first = try sequences(Self.unit)
    for change in [\TextUnit.runSeed, \.policyVersion, \.number] as [WritableKeyPath<TextUnit, UInt64>] {
      var other = Self.unit
      other[keyPath: change] += 1
      #expect(try sequences(other) != first)
    }
    // Exchanged numbers are another unit.
    #expect(try sequences(TextUnit(runSeed: 5, policyVersion: 3, number: 7)) != first)
  }

  @Test func aQuestionNeedsPlaceForItsAnswer() throws {
    let short = try Transformer(TransformerOptions(width: 16, layers: 1, heads: 2, context: 8))
    let player = TextPlayer(ChainTask(operations: 3...3), short)
    #expect(throws: TextPolicyError.self) {
      try Self.unit.rollouts(player, policy: TextPolicy(short, seed: 1), problems: 1, answers: 1)
    }
  }
}
