import Configuration
import Foundation
import Learner
import Testing

/// The whole system learns: captions lead to a goal that its own sparse reward does not lead to.
struct LearningTests {
  /// The configuration that users run.
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "cluster/configs/captiongrid.toml")

  @Test(arguments: [1, 2, 3])
  func captionsLeadWhereTheSparseRewardAloneDoesNot(seed: Int) throws {
    let guided = try RunConfiguration.load(
      file: Self.file.path, overrides: ["run.seed=\(seed)", "telemetry.episodes=200"])
    var sparse = guided
    sparse.reward.model = .none
    sparse.reward.extrinsicCoefficient = 1
    sparse.annotator.kind = .none

    let guidedEpisodes = try SmallRun.play(guided).recentEpisodes
    #expect(guidedEpisodes.count >= 100)
    let won = try #require(guidedEpisodes.successRate)
    #expect(won > 0.9)
    let sparseEpisodes = try SmallRun.play(sparse).recentEpisodes
    #expect(sparseEpisodes.count >= 100)
    let wonSparse = try #require(sparseEpisodes.successRate)
    #expect(wonSparse < won / 2)
  }
}
