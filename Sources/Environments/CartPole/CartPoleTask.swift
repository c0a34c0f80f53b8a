/// The task "CartPole" as the registry lists it: its limits, its observation and how to make it.
public enum CartPoleTask {
  public static let defaultMaximumSteps = 500
  /// Each element of the state begins uniformly within ± this.
  static let startRange = 0.05
  /// The only field, so it lies at the start of the row.
  static let stateOffset = 0

  /// - `state` float32 [4]: position, velocity, angle, angular velocity. The scales make positions and angles shares of
  ///   their limits, and speeds about as large.
  static let specification = EnvironmentSpecification(
    name: "CartPole",
    observation: ObservationLayout([
      ObservationField("state", .float32, [4], .numeric(scale: [0.4, 0.5, 5, 0.5]))
    ]),
    actionCount: 2)

  public static let entry = EnvironmentEntry(
    name: "CartPole",
    summary: "a pole balanced on a cart, as in Gymnasium's CartPole-v1; measures what everything else costs",
    specification: { _ in specification },
    make: { try CartPole(options: $0) })
}
