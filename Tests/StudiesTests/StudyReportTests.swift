import Foundation
import Runtime
import Search
import Statistics
import Testing

@testable import Studies

@Suite struct StudyReportTests {
  /// Measures 0.5 more than `measure` reaches, with a spread over seeds.
  private func study(control: Double = 1, bar: Double = 0.4) -> Study {
    Study(
      "planted", "a study",
      requirements: [
        StudyRequirement("7", "above", "a", minus: "b", .atLeast(bar)),
        StudyRequirement("7", "below", "a", minus: "b", .atMost(bar)),
        StudyRequirement("9", "missing", "nobody measures it", .atLeast(0)),
        StudyRequirement(StudyRequirement.control, "planted", .atLeast(0.5)) { _ in control },
      ]
    ) { seed in ["a": 1 + Double(seed % 3) / 100, "b": 0.5] }
  }

  @Test func theIntervalDecides() throws {
    let report = try StudyReport(study(), seeds: 5)
    #expect(report.lines.map(\.verdict) == ["passed", "failed", nil, "passed"])
    #expect(report.lines.map(\.bar) == ["at least 0.4", "at most 0.4", "at least 0.0", "at least 0.5"])
    #expect(abs((report.lines[0].mean ?? 0) - 0.512) < 1e-12)
    let interval = try #require(report.lines[0].interval)
    #expect(interval.lower >= 0.5 && interval.upper <= 0.52)
    #expect(report.controlsHold && report.seeds == 5)
    #expect(try StudyReport(study(bar: 0.512), seeds: 5).lines[0].verdict == "undecided")
  }

  @Test func aControlThatIsNotReachedFailsTheStudy() throws {
    #expect(try !StudyReport(study(control: 0.4), seeds: 5).controlsHold)
    #expect(try !StudyReport(study(control: .nan), seeds: 5).controlsHold)
    #expect(try !StudyReport(study(control: 0.4), seeds: 1).controlsHold)
    #expect(try StudyReport(study(), seeds: 1).controlsHold)
  }

  @Test func oneSeedDecidesNothing() throws {
    let report = try StudyReport(study(), seeds: 1)
    #expect(report.lines.allSatisfy { $0.verdict == nil && $0.interval == nil })
    #expect(report.lines[0].mean == 0.51)
  }

  @Test func reportsAreJSON() throws {
    let data = try JSONEncoder().encode(try StudyReport(study(), seeds: 3))
    let read = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let lines = try #require(read["lines"] as? [[String: Any]])
    #expect(read["study"] as? String == "planted" && lines.count == 4)
    #expect(lines[0]["verdict"] as? String == "passed" && (lines[0]["values"] as? [Double])?.count == 3)
  }

  @Test func everyStudyHasPlantedEffectsAndAName() {
    let studies = StudyCatalogue.all
    #expect(Set(studies.map(\.name)).count == studies.count)
    for study in studies {
      #expect(study.requirements.count(where: \.isControl) >= 2, "\(study.name)")
      #expect(!study.rows.isEmpty && study.seeds > 1, "\(study.name)")
      #expect(StudyCatalogue.study(study.name)?.abstract == study.abstract)
    }
    #expect(StudyCatalogue.study("unknown") == nil)
  }

  /// The planted effects of the searches: the true value wins where a coin does not, and a coin next to it adds nothing.
  @Test func searchesFindPlantedEffects() throws {
    var settings = SearchStudy.Settings()
    (settings.trainingTasks, settings.heldOutTasks, settings.trainingNodes) = (20, 40, 40)
    let report = try StudyReport(.search(settings), seeds: 3)
    #expect(report.controlsHold, "\(report.lines.filter(\.isControl))")
    let again = try StudyReport(.search(settings), seeds: 3)
    #expect(report.lines.map(\.values) == again.lines.map(\.values))
  }
}
