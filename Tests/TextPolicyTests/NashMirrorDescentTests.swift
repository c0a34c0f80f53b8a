import Testing

@testable import TextPolicy

@Suite struct NashMirrorDescentTests {
  /// A circle with unequal strengths, so that the equilibrium is not uniform.
  private let preferences = [[0.5, 0.1, 0.8], [0.9, 0.5, 0.3], [0.2, 0.7, 0.5]]
  private let reference = [0.6, 0.3, 0.1]

  /// The last iterate, not the mean, reaches the equilibrium of the game with a pull to the reference.
  @Test(arguments: [(0.1, 0.5), (0.2, 0.5), (0.05, 0.1)])
  func lastIterateReachesTheEquilibrium(tau: Double, eta: Double) {
    let rule = NashMirrorDescent(tau: tau, eta: eta)
    var policy = reference
    let before = rule.gap(policy, reference: reference, preferences: preferences)
    for _ in 0..<5000 { policy = rule.step(policy, reference: reference, preferences: preferences) }
    let after = rule.gap(policy, reference: reference, preferences: preferences)
    #expect(before > 0.01 && after < 1e-3 && after > -1e-12, "\(before), then \(after)")
  }

  /// Far below the step size, the pull cannot stop the policy from running in circles.
  @Test func aWeakPullDiverges() {
    let rule = NashMirrorDescent(tau: 0.001, eta: 1)
    var policy = reference
    for _ in 0..<5000 { policy = rule.step(policy, reference: reference, preferences: preferences) }
    #expect(rule.gap(policy, reference: reference, preferences: preferences) > 1e-3)
  }
}
