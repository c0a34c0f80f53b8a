import Assembly
import Captions
import Configuration
import IntrinsicReward
import Tensor
import Testing

@testable import Learner

struct RewardChainTrainingTests {
  /// The bits of the policy after three updates.
  private func trained(_ chain: String, coefficient: Double, extrinsic: Double) throws -> [UInt32] {
    let configuration = TrajectorySource.configuration {
      $0.reward.chain = chain
      $0.reward.intrinsicCoefficient = coefficient
      $0.reward.extrinsicCoefficient = extrinsic
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

  /// `ppr` contains the episode's outcome, which the configuration allows to be paid only once.
  private static func extrinsicCoefficient(for chain: String) -> Double { chain.contains("ppr") ? 0 : 1 }

  /// Chains of every transform.
  private static let chains = [
    "standardise quantile par trust count anneal", "clip", "delta", "ppr", "potential", "information", "",
  ]

  @Test(arguments: chains)
  func withoutCoefficientNoChainChangesThePolicy(chain: String) throws {
    let extrinsic = Self.extrinsicCoefficient(for: chain)
    #expect(
      try trained(chain, coefficient: 0, extrinsic: extrinsic)
        == trained("count", coefficient: 0, extrinsic: extrinsic))
  }

  @Test(arguments: ["standardise count", "par(slope=3) count", "clip", "delta", "ppr", "potential", ""])
  func withOneTheyDo(chain: String) throws {
    let extrinsic = Self.extrinsicCoefficient(for: chain)
    #expect(
      try trained(chain, coefficient: 0.4, extrinsic: extrinsic)
        != trained("count", coefficient: 0.4, extrinsic: extrinsic))
  }
}

struct UncertaintyWatchTests {
  private struct Model: RewardModel {
    var version = 0
    var uncertainties: [Float] = []
    mutating func learn(_ update: RewardUpdate) {}
    func score(_ caption: UInt32) -> Float? { nil }
  }

  @Test func theNewestIsReadOnce() {
    var watch = UncertaintyWatch()
    #expect(watch.newest(of: Model()) == nil)
    #expect(watch.newest(of: Model(version: 1, uncertainties: [0.5])) == [0.5])
    #expect(watch.newest(of: Model(version: 2, uncertainties: [0.25])) == [0.25])
    #expect(watch.newest(of: Model(version: 2, uncertainties: [0.125])) == nil)
    watch.isEnabled = false
    #expect(watch.newest(of: Model(version: 3, uncertainties: [0.125])) == nil)
  }
}
