import Assembly
import Foundation
import Testing

@testable import Configuration

/// What a checkpoint says about its policy is enough to find every field in a row of an observation.
@Suite struct PolicyFactsTests {
  private func facts(_ task: String, _ kind: NetworkSection.Kind) throws -> (plan: RunPlan, facts: [String: String]) {
    var configuration = RunConfiguration()
    configuration.environment.task = task
    configuration.network.kind = kind
    let plan = try RunPlan(configuration)
    return (plan, plan.policyFacts)
  }

  /// Which factors count with each verb, and what they choose from.
  @Test func theStructureOfActionsIsDescribed() throws {
    let (plan, facts) = try facts("NetHackFull", .compact)
    let structure = try #require(plan.network.actions.structure)
    let text = try #require(facts["actions"])
    let actions = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(actions["factored"] as? [Int] == plan.network.actions.space.counts)
    #expect(actions["uses"] as? [[Int]] == structure.uses)
    #expect((actions["sets"] as? [Any])?.map { $0 as? String } == structure.sets)
    #expect(try self.facts("CartPole", .mlp).facts["actions"] == "{\"discrete\":2}")
  }

  @Test(arguments: [
    ("NetHackScoreExtended", NetworkSection.Kind.oni), ("NetHackScoreExtended", .compact), ("CaptionGrid", .mlp),
    ("CartPole", .mlp), ("NetHackFull", .compact),
  ])
  func everyFieldIsDescribed(task: String, kind: NetworkSection.Kind) throws {
    let (plan, facts) = try facts(task, kind)
    #expect(facts["format"] == "tengu-policy 1" && facts["network"] == kind.rawValue)
    #expect(facts["state_size"] == "\(plan.network.stateSize)")
    let text = try #require(facts["observation"])
    let fields = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    let layout = plan.specification.observation
    #expect(fields.compactMap { $0["name"] as? String } == layout.fields.map(\.name))
    #expect(fields.compactMap { $0["byte_offset"] as? Int } == layout.offsets)
    for (described, field) in zip(fields, layout.fields) {
      #expect(described["type"] as? String == "\(field.type)" && described["shape"] as? [Int] == field.shape)
      switch field.encoding {
      case .categorical(let count): #expect(described["cardinality"] as? Int == count)
      case .tiles(let tiles):
        #expect(described["masks"] as? [String] == tiles.masks.map { String($0, radix: 16) })
        #expect((described["colours"] as? [[Double]])?.count == tiles.colours.count)
      case .numeric(let scale): #expect((described["scale"] as? [Double])?.count == scale.count)
      case .text: #expect(described["encoding"] as? String == "text")
      case .image: #expect(described["encoding"] as? String == "image")
      case .actionMask, .structuredMask: #expect(described["encoding"] as? String == "action_mask")
      case .member(_, let set): #expect(described["encoding"] as? String == "member of \(set)")
      case .hidden: #expect(described["encoding"] as? String == "hidden")
      }
    }
  }
}
