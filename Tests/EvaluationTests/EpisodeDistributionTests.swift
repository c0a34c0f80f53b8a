import Configuration
import Foundation
import Testing

@testable import Evaluation

@Suite struct EpisodeDistributionTests {
  /// A report as a file has it: four episodes of two roles.
  private func report() throws -> EvaluationReport {
    let summary = #"{"count":4,"interquartileMean":0,"mean":0}"#
    let episodes = [("arc", 1.0), ("arc", 3.0), ("wiz", 10.0), ("wiz", 30.0)].enumerated().map { index, episode in
      """
      {"end":"death","episode":\(index),"measures":[{"name":"return","value":\(episode.1)},
      {"name":"deepest level","value":\(index % 2)},{"name":"share of move","value":1}],
      "categories":{"role":"\(episode.0)"}}
      """
    }
    let lines = ["return", "deepest level", "share of move"].map { #"{"measure":"\#($0)","summary":\#(summary)}"# }
    let text = """
      {"task":"T","checkpoint":"c","step":1,"version":1,"seed":1,"isGreedy":false,"ends":[],
      "lines":[\(lines.joined(separator: ","))],"episodes":[\(episodes.joined(separator: ","))]}
      """
    return try JSONDecoder().decode(EvaluationReport.self, from: Data(text.utf8))
  }

  @Test func quantilesAndGroupsAreThoseOfTheEpisodes() throws {
    let table = try EpisodeDistributions(report(), by: "role").table
    let rows = table.split(separator: "\n").map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    // Mean 11, standard error sqrt(sum of squares 526 / 3 / 4).
    #expect(rows.contains(["return", "11.0", "6.62", "1.00", "1.30", "2.50", "6.50", "15.0", "27.0", "30.0"]))
    #expect(rows.contains(["arc", "2", "2.00 (2.00)", "0.500 (0.500)"]))
    #expect(rows.contains(["wiz", "2", "20.0 (20.0)", "0.500 (0.500)"]))
    let levels = try EpisodeDistributions(report(), measures: ["return"], by: "deepest level").table
    #expect(levels.contains("| 0 ") && levels.contains("| 1 "))
    #expect(!table.contains("share of"))
  }

  @Test func unknownMeasuresAreNamed() throws {
    let report = try report()
    #expect(throws: ConfigurationError.self) { try EpisodeDistributions(report, by: "rolle") }
    #expect(throws: ConfigurationError.self) { try EpisodeDistributions(report, measures: ["x"], by: nil) }
    #expect(try EpisodeDistributions(report, measures: ["share of move"], by: nil).table.contains("share of move"))
  }
}
