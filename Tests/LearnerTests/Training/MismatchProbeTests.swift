import Configuration
import Testing

@testable import Learner

struct MismatchProbeTests {
  private let source: TrajectorySource
  private let algorithm: ActorCriticAlgorithm

  init() throws { try self.init(publishUpdates: 1) }

  private init(publishUpdates: Int) throws {
    source = try TrajectorySource(TrajectorySource.configuration { $0.learner.publishUpdates = publishUpdates })
    algorithm = try ActorCriticAlgorithm(plan: source.plan, trainingThreads: 2)
    source.parameters.copy(from: algorithm.parameters)
  }

  private func train(version: UInt64) throws -> Double? {
    try algorithm.train([source.queued(version: version), source.queued(version: version)]).mismatch
  }

  private func disturb(_ source: TrajectorySource) {
    for index in 0..<source.parameters.count { source.parameters.pointer[index] *= 1.5 }
  }

  @Test func actorAndLearnerComputeTheSameBits() throws { #expect(try train(version: 0) == 0) }

  /// The unrolls claim another version than they were played with.
  @Test func anotherPolicyIsNoticed() throws {
    disturb(source)
    #expect(try #require(try train(version: 0)) > 0)
  }

  @Test func onlyAnUnrollOfTheKeptVersionIsCompared() throws {
    let (first, second) = (try train(version: 1), try train(version: 0))
    #expect(first == nil)
    #expect(second == 0)
  }

  /// The versions 2, 4 and so on are published; after a comparison the next one follows 100 updates later.
  @Test func aLaterComparisonTakesAPublishedVersion() throws {
    let test = try Self(publishUpdates: 2)
    #expect(try test.train(version: 0) == 0)
    for _ in 1..<100 { _ = try test.train(version: 1) }
    #expect(test.algorithm.policyVersion == 100)
    test.source.parameters.copy(from: test.algorithm.parameters)
    // Unrolls that do not fit their version show that this comparison is a new one.
    disturb(test.source)
    #expect(try #require(try test.train(version: 100)) > 0)
  }
}
