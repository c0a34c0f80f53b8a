import Testing

@testable import Annotator

struct JudgingStatisticsTests {
  /// The log is the only place that shows these counts. `Mirror` finds a new one that it does not show.
  @Test func theLogShowsEveryCount() {
    let changes: [String: (inout JudgingStatistics) -> Void] = [
      "asked": { $0.asked += 1 }, "labelled": { $0.labelled += 1 }, "abstained": { $0.abstained += 1 },
      "returned": { $0.returned += 1 }, "inFlight": { $0.inFlight += 1 }, "tokens": { $0.tokens += 1 },
    ]
    let statistics = JudgingStatistics()
    #expect(Set(Mirror(reflecting: statistics).children.compactMap(\.label)) == Set(changes.keys))
    for (name, change) in changes {
      var changed = statistics
      change(&changed)
      #expect(changed.description != statistics.description, "\(name)")
    }
  }
}
