import ActorCritic
import Assembly
import Testing

@testable import Configuration

/// The networks that configurations choose, on the observations that they choose with them.
struct NetworkSizeTests {
  private func network(_ task: String, _ kind: NetworkSection.Kind) throws -> PolicyNetwork {
    var configuration = RunConfiguration()
    configuration.environment.task = task
    configuration.network.kind = kind
    return try RunPlan(configuration).network
  }

  /// 772,704 for the encoders, 2,010,624 for the GRU, 513 for the value, 14,364 for the policy.
  @Test func oniHasItsPublishedNumberOfParameters() throws {
    let network = try network("NetHackScoreExtended", .oni)
    #expect(network.actions.parameterCount == 28)
    #expect(network.parameters.count == 2_798_205)
  }

  @Test(arguments: [
    ("NetHackScoreExtended", NetworkSection.Kind.compact, 397_645), ("NetHackScoreExtended", .mlp, 344_493),
    ("NetHackScoreExtended", .wide, 1_040_381),
    ("CaptionGrid", .compact, 163_512), ("CartPole", .mlp, 29_635),
  ])
  func parameterCounts(task: String, kind: NetworkSection.Kind, count: Int) throws {
    let found = try network(task, kind).parameters.count
    #expect(found == count, "\(found)")
  }

  /// A mean and a variance for each number.
  @Test(arguments: [
    ("NetHackScoreExtended", NetworkSection.Kind.compact, 397_645), ("CartPole", .mlp, 29_635),
    ("NetHackScoreExtended", .oni, 2_798_205),
  ])
  func normalisedObservationsAddTwoParametersForEachNumber(task: String, kind: NetworkSection.Kind, count: Int) throws {
    var configuration = RunConfiguration()
    configuration.environment.task = task
    configuration.network.kind = kind
    configuration.network.normaliseObservations = true
    let plan = try RunPlan(configuration)
    let numbers = plan.specification.observation.fields.reduce(0) { sum, field in
      if case .numeric = field.encoding { sum + field.elementCount } else { sum }
    }
    #expect(numbers > 0 && plan.network.parameters.count == count + 2 * numbers)
  }

  /// Between 0.2 and 1 MFLOP: what learns most for a core second.
  @Test func compactIsCheapOnNetHack() throws {
    let operations = 2 * (try network("NetHackScoreExtended", .compact).multiplyAdds)
    #expect((200_000...1_000_000).contains(operations), "\(operations)")
  }

  @Test func aMissingFieldIsNamed() {
    #expect {
      _ = try network("CaptionGrid", .oni)
    } throws: { "\($0)".contains("tile_crop") }
  }
}
