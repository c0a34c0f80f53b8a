import Captions
import Configuration
import Foundation
import LabelStore
import Runtime
import Telemetry
import TestSupport
import Testing

@testable import Dashboard

/// What the page gets, from run directories that the test writes.
struct DashboardAnswersTests {
  private let folder: TemporaryDirectory
  private let answers: DashboardAnswers
  private let runs: ShownRuns

  init() throws {
    folder = try TemporaryDirectory()
    for name in ["one", "two"] {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
      try "[run]\nsteps = 1\n".write(toFile: "\(folder.path)/\(name)/config.toml", atomically: true, encoding: .utf8)
    }
    runs = try ShownRuns([folder.path])
    answers = DashboardAnswers(
      runs: runs,
      program: DashboardServer.Program(
        netHackDirectory: nil,
        readConfiguration: { path in
          var configuration = RunConfiguration()
          if path.contains("/two/") { configuration.run.seed = 7 }
          return configuration
        }, askStatus: { throw FileError($0, "is silent") }))
  }

  private func id(_ name: String) throws -> String { try #require(runs.all().first { $0.name == name }).id }

  private func get(_ path: String) throws -> HTTPResponse {
    answers.answer(try #require(try HTTPRequest.read(Array("GET \(path) HTTP/1.1\r\n\r\n".utf8))))
  }

  private func object(_ path: String) throws -> [String: Any] {
    let response = try get(path)
    #expect(response.status == 200 && response.contentType == "application/json")
    return try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
  }

  private func writeMetrics(_ run: String, _ count: Int, value: (Int) -> Double) throws {
    let file = try MetricsFile(path: "\(folder.path)/\(run)/metrics.jsonl")
    for index in 1...count { _ = file.write(time: 1, step: index * 10, values: [.returnMean: value(index)]) }
  }

  @Test func everyFileOfThePageIsServedWithAPolicy() throws {
    for path in [
      "/", "/style.css", "/main.js", "/data.js", "/chart.js", "/curves.js", "/run.js", "/captions.js",
      "/episode.js", "/differences.js",
    ] {
      let response = try get(path)
      #expect(response.status == 200 && response.body.count > 500, "\(path)")
      #expect(response.fields.contains { $0.name == "Content-Security-Policy" && $0.value.contains("'none'") })
    }
    let page = String(decoding: try get("/").body, as: UTF8.self)
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script>"))
  }

  /// A request names runs by identifiers of the list; nothing else can be read.
  @Test(arguments: ["..", "/etc", "one", "", "%2e%2e%2fone", "../one"])
  func whatIsNoRunOfTheListIsNotFound(name: String) throws {
    for path in ["status", "captions", "episode"] { #expect(try get("/api/\(path)?run=\(name)").status == 404) }
    #expect(try get("/api/curves?metrics=episode/return_mean&runs=x\(name)").status == 404)
    #expect(try get("/../config.toml").status == 404)
  }

  @Test func runsHaveTheirNewestRecord() throws {
    try writeMetrics("one", 3) { Double($0) }
    let rows = try #require(try object("/api/runs")["runs"] as? [[String: Any]])
    #expect(rows.map { $0["name"] as? String } == ["one", "two"])
    #expect(rows[0]["steps"] as? Int == 30 && rows[0]["returnMean"] as? Double == 3 && rows[1]["steps"] == nil)
    #expect(try object("/api/metrics")["metrics"] as? [[String: Any]] != nil)
  }

  @Test func curvesAreThinnedAndKeepTheirEnd() throws {
    try writeMetrics("one", 1003) { Double($0) }
    func curve() throws -> (steps: [Int], values: [Double]) {
      let all = try object("/api/curves?metrics=episode/return_mean,no/metric&runs=\(try id("one"))")
      #expect(all.keys.sorted() == ["episode/return_mean"])
      let curve = try #require((all["episode/return_mean"] as? [[String: Any]])?.first)
      return (try #require(curve["steps"] as? [Int]), try #require(curve["values"] as? [Double]))
    }
    let first = try curve()
    #expect(first.steps.count <= CurveReader.maximumPoints && first.steps.count > 300)
    #expect(first.steps.first == 10 && first.steps.last == 10030 && first.values.last == 1003)
    let file = try MetricsFile(path: "\(folder.path)/one/metrics.jsonl")
    _ = file.write(time: 2, step: 20000, values: [.returnMean: 5])
    #expect(try curve().steps.last == 20000)
  }

  @Test func evaluationsHaveTheirIntervals() throws {
    let lines = """
      {"time":1,"step":100,"version":1,"episodes":5,"returnMean":2,"returnLow":1,"returnHigh":3,"seconds":1}
      {"time":1,"step":200,"version":2,"episodes":5,"returnMean":4,"seconds":1}

      """
    try lines.write(toFile: "\(folder.path)/one/evaluations.jsonl", atomically: true, encoding: .utf8)
    let all = try object("/api/curves?metrics=evaluation/return_mean&runs=\(try id("one"))")
    let curve = try #require((all["evaluation/return_mean"] as? [[String: Any]])?.first)
    #expect(curve["steps"] as? [Int] == [100, 200] && curve["low"] as? [Double] == [1, 4])
  }

  @Test func captionsAreSearchedAndSorted() throws {
    let store = try LabelStore(path: "\(folder.path)/one/labels.sqlite")
    func record(_ caption: String, _ verdict: Verdict, at time: Double) -> LabelRecord {
      LabelRecord(
        caption: Array(caption.utf8), judgement: Judgement(verdict, logOdds: 1.5),
        source: RecordSource(
          run: "one", annotator: "a", origin: LabelOrigin(kind: "rules", version: "3"), answeredAt: time))
    }
    try store.append([
      record("You find a Key.", .label(1), at: 10), record("The <b>door</b> opens.", .label(0.5), at: 20),
      record("Huh?", .abstain, at: 30),
    ])
    try store.close()
    let table = """
      paid\tpaid_steps\tsteps\tscore\tlabel\tflips\tcaption
      2.5\t5\t8\t0.5\t1\t0\tYou find a Key.
      0.5\t1\t9\t0.1\t\t0\tNo label yet.

      """
    try table.write(toFile: "\(folder.path)/one/rewards.tsv", atomically: true, encoding: .utf8)
    func captions(_ query: String) throws -> [[String: Any]] {
      try #require(try object("/api/captions?run=\(try id("one"))&\(query)")["rows"] as? [[String: Any]])
    }
    let rows = try captions("order=paid")
    #expect(rows.map { $0["caption"] as? String }.prefix(2) == ["You find a Key.", "No label yet."])
    #expect(rows[0]["by"] as? String == "rules 3" && rows[0]["why"] as? String == "log-odds 1.50")
    #expect(rows[0]["paidSteps"] as? Int == 5 && rows.count == 4)
    #expect(try captions("search=KEY").count == 1 && captions("search=rules+3").count == 3)
    #expect(try captions("order=newest").first?["isAbstained"] as? Bool == true)
    #expect(try captions("offset=3").count == 1 && captions("offset=-5&order=nonsense").count == 4)
    #expect(try object("/api/captions?run=\(try id("two"))")["total"] as? Int == 0)
  }

  @Test func aStoreThatIsBrokenIsNamed() throws {
    try Data("no database".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/one/labels.sqlite"))
    try "no table".write(toFile: "\(folder.path)/one/rewards.tsv", atomically: true, encoding: .utf8)
    let notice = try #require(try object("/api/captions?run=\(try id("one"))")["notice"] as? String)
    #expect(notice.contains("the labels cannot be read") && notice.contains("rewards.tsv"))
  }

  @Test func statusEpisodeAndDifferencesSayWhatIsMissing() throws {
    #expect((try object("/api/status?run=\(try id("one"))")["reason"] as? String)?.contains("No learner") == true)
    try "127.0.0.1:1\n".write(toFile: "\(folder.path)/one/endpoint", atomically: true, encoding: .utf8)
    #expect((try object("/api/status?run=\(try id("one"))")["reason"] as? String)?.contains("is silent") == true)
    #expect((try object("/api/episode?run=\(try id("one"))")["problem"] as? String)?.contains("every_steps") == true)
    let broken = "\(folder.path)/one/evaluations/step-000000000100"
    try FileManager.default.createDirectory(atPath: broken, withIntermediateDirectories: true)
    try "{}".write(toFile: "\(broken)/episode-0.json", atomically: true, encoding: .utf8)
    #expect((try object("/api/episode?run=\(try id("one"))")["problem"] as? String)?.contains("episode-0.json") == true)
    let rows = try object("/api/differences?first=\(try id("one"))&second=\(try id("two"))")["rows"]
    let fields = try #require(rows as? [[String: Any]])
    #expect(fields.count == 1 && fields[0]["field"] as? String == "run.seed" && fields[0]["second"] as? String == "7")
    #expect(try get("/api/differences?first=\(try id("one"))").status == 404)
  }

  @Test func aTargetThatIsNoFolderIsRefused() {
    #expect(throws: ConfigurationError.self) { try ShownRuns(["\(folder.path)/none"]) }
    #expect(throws: ConfigurationError.self) { try ShownRuns(["\(folder.path)/one/config.toml"]) }
  }
}
