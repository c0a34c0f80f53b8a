import Configuration
import Foundation
import IntrinsicReward
import TestSupport
import Testing

@testable import Assembly

private func problems(_ chain: String, _ change: (inout RunConfiguration) -> Void = { _ in }) -> [String] {
  var configuration = RunConfiguration()
  configuration.reward.chain = chain
  change(&configuration)
  do {
    try configuration.checkParts()
    return []
  } catch {
    return error.problems
  }
}

@Suite struct RewardChainTextTests {
  @Test func readsNamesAndParameters() throws {
    #expect(try RewardChainParser.parse("") == [])
    #expect(try RewardChainParser.parse("  ") == [])
    #expect(try RewardChainParser.parse(RewardSection().chain) == RewardOptions().chain)
    let text = " standardise ( decay = 0.999 )par(slope=2,references=1_0)  count() anneal(updates=1_000) "
    #expect(
      try RewardChainParser.parse(text) == [
        RewardStage("standardise", ["decay": 0.999]), RewardStage("par", ["slope": 2, "references": 10]),
        RewardStage("count"), RewardStage("anneal", ["updates": 1000]),
      ])
  }

  @Test(arguments: [
    ("cuont", "unknown transform \"cuont\"; did you mean \"count\"?; there are standardise, "),
    ("magic_wand", "unknown transform \"magic_wand\"; there are standardise, "),
    ("(a=1)", "unknown transform \"\""),
    ("par(slop=1)", "\"par\" has no parameter \"slop\"; did you mean \"slope\"?; it has slope, references"),
    ("count(beta=1)", "\"count\" has no parameters, found \"beta\""),
    ("par(slope)", "\"par\": expected parameter=value, found \"slope\""),
    ("par(slope=)", "\"par\": \"slope\": expected a number from 0.001 to 1000, found \"\""),
    ("par(slope=0)", "\"par\": \"slope\": expected a number from 0.001 to 1000, found \"0\""),
    ("par(slope=nan)", "\"par\": \"slope\": expected a number from 0.001 to 1000, found \"nan\""),
    ("par(references=1.5)", "\"par\": \"references\": expected an integer from 1 to 1000, found \"1.5\""),
    ("par(slope=1,slope=2)", "\"par\" has \"slope\" twice"),
    ("par(slope=1,)", "\"par\": expected parameter=value, found \"\""),
    ("par(slope=1", "the bracket after \"par\" is not closed"),
  ])
  func refusesWhatItCannotRead(chain: String, problem: String) throws {
    let found = try #require(problems(chain).first)
    #expect(found.hasPrefix("\"reward.chain\": " + problem), "\(found)")
  }

  @Test(arguments: [
    "", "count", "standardise count", "quantile(q=0.9) standardise clip count anneal", "trust count anneal", "delta",
    "quantile trust count", "potential", "standardise potential anneal", "information", "information anneal",
    "standardise(decay=0.999) par(slope=1) trust(weight=0.3) count anneal(updates=500)",
  ])
  func takesChainsInOrder(chain: String) { #expect(problems(chain).isEmpty) }

  @Test(arguments: [
    ("count count", "\"count\" appears twice"),
    ("standardise standardise", "\"standardise\" appears twice"),
    ("count par", "\"par\" (bounding) comes after \"count\" (novelty); the order is scaling, bounding, trust, "),
    ("trust par", "\"par\" (bounding) comes after \"trust\" (trust)"),
    ("anneal count", "\"count\" (novelty) comes after \"anneal\" (annealing)"),
    ("clip standardise", "\"standardise\" (scaling) comes after \"clip\" (bounding)"),
    ("delta clip", "\"delta\" and \"clip\" bound an episode's reward; keep one, or \"clip delta\" in this order"),
    ("par delta", "\"par\" and \"delta\" bound an episode's reward; keep one"),
    ("standardise trust", "\"trust\" needs rewards in 0 ... 1"),
    ("delta trust", "\"trust\" needs rewards in 0 ... 1"),
    ("count potential", "\"count\" would have no effect before \"potential\""),
    ("par information", "\"par\" would have no effect before \"information\""),
    ("standardise information", "\"standardise\" would have no effect before \"information\""),
    ("potential information", "\"potential\" and \"information\" exclude each other"),
    ("ppr", "\"ppr\" contains the episode's outcome; set \"reward.extrinsic_coefficient\" to 0, it is 0.1"),
  ])
  func refusesWhatDoesNotGoTogether(chain: String, problem: String) {
    let found = problems(chain)
    #expect(found.count == 1 && found[0].hasPrefix("\"reward.chain\": " + problem), "\(found)")
  }

  @Test func clipAndDeltaMayBeTogether() { #expect(problems("clip delta").isEmpty) }

  @Test func theOutcomeIsPaidOnce() {
    #expect(problems("ppr") { $0.reward.extrinsicCoefficient = 0 }.isEmpty)
    for chain in ["ppr count", "ppr anneal"] {
      let found = problems(chain) { $0.reward.extrinsicCoefficient = 0 }
      #expect(found.count == 1 && found[0].contains("contains the episode's outcome, which"))
    }
  }

  @Test func trustDependsOnTheModel() {
    #expect(problems("trust") { $0.reward.model = .classification }.isEmpty)
    #expect(problems("trust") { $0.reward.model = .ranking }.count == 1)
    #expect(problems("par trust") { $0.reward.model = .ranking }.isEmpty)
    #expect(problems("standardise par trust") { $0.reward.model = .ranking }.isEmpty)
  }

  @Test func withoutAModelThereIsNothingToTransform() {
    #expect(problems("count") { $0.reward.model = .none }.isEmpty)
    #expect(problems("delta") { $0.reward.model = .none }.count == 1)
  }

  @Test func potentialsAreDiscountedAsTheyAreLearned() {
    var configuration = RunConfiguration()
    configuration.learner.discount = 0.9
    #expect(configuration.rewardOptions.intrinsicDiscount == 0.9)
    configuration.learner.valueHeads = .separate
    configuration.learner.intrinsicDiscount = 0.8
    #expect(configuration.rewardOptions.intrinsicDiscount == 0.8)
  }

  @Test func thePageIsUpToDate() throws {
    let page = Repository.file("docs/reward-chain.md")
    if Repository.rewritesReference { try Data(RewardChainReference.markdown.utf8).write(to: page) }
    #expect(
      try String(contentsOf: page, encoding: .utf8) == RewardChainReference.markdown,
      "run: TENGU_WRITE_REFERENCE=1 swift test --filter AssemblyTests")
  }

  /// The example of the page can be used.
  @Test func theExampleIsAChain() throws {
    let lines = RewardChainReference.markdown.split(separator: "\n")
    let line = try #require(lines.first { $0.hasPrefix("chain = ") })
    let configuration = try RunConfiguration(toml: "[reward]\n\(line)\n", fileName: "page")
    #expect(configuration.rewardOptions.chain.count == 5)
  }
}
