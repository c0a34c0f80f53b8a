import Testing

@testable import LanguageModelClient

struct LanguageModelStatisticsTests {
  /// The log is the only place that shows these counts. `Mirror` finds a new one that it does not show.
  @Test func theLogShowsEveryCount() {
    let server = LanguageModelStatistics.Server(address: "http://a", breaker: .open, inFlight: 3, model: "m")
    let changes: [String: (inout LanguageModelStatistics) -> Void] = [
      "asked": { $0.asked += 1 }, "answered": { $0.answered += 1 }, "unavailable": { $0.unavailable += 1 },
      "refused": { $0.refused += 1 }, "malformed": { $0.malformed += 1 }, "cancelled": { $0.cancelled += 1 },
      "inFlight": { $0.inFlight += 1 }, "retried": { $0.retried += 1 }, "promptTokens": { $0.promptTokens += 1 },
      "answerTokens": { $0.answerTokens += 1 }, "servers": { $0.servers = [server] },
    ]
    let statistics = LanguageModelStatistics()
    #expect(Set(Mirror(reflecting: statistics).children.compactMap(\.label)) == Set(changes.keys))
    for (name, change) in changes {
      var changed = statistics
      change(&changed)
      #expect(changed.description != statistics.description, "\(name)")
    }
    #expect(server.description == "http://a (m, breaker open, in flight 3)")
  }
}
