import Assembly
import Captions
import Configuration
import IntrinsicReward
import Tensor
import Testing

@testable import Learner

struct RewardChainTrainingTests {
  /// The bits of the policy after three updates.
  private func trained(_ chain: String, coefficient: Double) throws -> [UInt32] {
    let configuration = TrajectorySource.configuration {
      $0.reward.chain = chain
      $0.reward.intrinsicCoefficient = coefficient
      $0.reward.extrinsicCoefficient = 1
    }
    let trainer = try ActorCriticAlgorithm(plan: RunPlan(unchecked: configuration), trainingThreads: 1)
    let source = try TrajectorySource(configuration)
    try trainer.learn(
      RewardUpdate(
        captions: (101...140).map { NewCaption(id: $0, bytes: [UInt8($0)]) },
        labels: (101...140).map { CaptionLabel(caption: UInt32($0), value: Float($0 % 5) + 0.5) }))
    for version in 0..<3 as Range<UInt64> {
      let report = try trainer.train([
        try source.queued(version: version), try source.queued(version: version, group: 2),
      ])
      #expect(report.statistics.nonFiniteTensor == nil)
    }
    return (0..<trainer.parameters.count).map { trainer.parameters.pointer[$0].bitPattern }
  }

  /// Chains of every transform. `ppr` contains the episode's outcome; the unchecked plan pays it twice, on purpose.
  private static let chains = [
    "standardise quantile par trust count anneal", "clip", "delta", "ppr", "potential", "information", "",
  ]

  @Test(arguments: chains)
  func withoutCoefficientNoChainChangesThePolicy(chain: String) throws {
    #expect(try trained(chain, coefficient: 0) == trained("count", coefficient: 0))
  }

  @Test(arguments: ["standardise count", "par(slope=3) count", "clip", "delta", "ppr", "potential", ""])
  func withOneTheyDo(chain: String) throws {
    #expect(try trained(chain, coefficient: 0.4) != trained("count", coefficient: 0.4))
  }
}

struct UncertaintyWatchTests {
  private struct Model: RewardModel {
    var version = 0
    var uncertainties: [Float] = []
    func uncertainties(optimism: Float) -> [Float] { uncertainties.map { $0 + optimism } }
    mutating func learn(_ update: RewardUpdate) {}
    func score(_ caption: UInt32) -> Float? { nil }
  }

  @Test func theNewestIsReadOnce() {
    var watch = UncertaintyWatch()
    #expect(watch.newest(of: Model()) == nil)
    #expect(watch.newest(of: Model(version: 1, uncertainties: [0.5])) == [0.5])
    #expect(watch.newest(of: Model(version: 2, uncertainties: [0.25])) == [0.25])
    #expect(watch.newest(of: Model(version: 2, uncertainties: [0.125])) == nil)
    var optimist = UncertaintyWatch(optimism: 2)
    #expect(optimist.newest(of: Model(version: 3, uncertainties: [0.125])) == [2.125])
  }
}
