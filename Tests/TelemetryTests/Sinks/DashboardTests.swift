import Foundation
import TestSupport
import Testing

@testable import Telemetry

/// The dashboard that comes with Tengu asks only for metrics that there are.
@Suite struct DashboardTests {
  private func dashboard() throws -> (text: String, panels: [[String: Any]]) {
    let data = try Data(contentsOf: Repository.file("cluster/grafana/tengu.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return (String(decoding: data, as: UTF8.self), try #require(object["panels"] as? [[String: Any]]))
  }

  @Test func everyMetricOfTheDashboardExists() throws {
    let known = Set(MetricName.allCases.map(\.prometheusName)).union(["tengu_run_info"])
    let asked = Set(try dashboard().text.matches(of: /tengu_[a-z_]+/).map { String($0.output) })
    #expect(asked.count > 40 && asked.isSubset(of: known), "\(asked.subtracting(known).sorted())")
  }

  @Test func panelsHaveTheirOwnNumberAndPlace() throws {
    let panels = try dashboard().panels
    #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    var cells: Set<[Int]> = []
    for panel in panels {
      let place = try #require(panel["gridPos"] as? [String: Int])
      let (x, y, w, h) = (place["x"] ?? -1, place["y"] ?? -1, place["w"] ?? 0, place["h"] ?? 0)
      #expect(x >= 0 && x + w <= 24 && w > 0 && h > 0)
      for column in x..<x + w { for row in y..<y + h { #expect(cells.insert([column, row]).inserted) } }
    }
  }
}
