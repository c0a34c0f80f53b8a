import Foundation
import Runtime
import Tensor
import Testing

@testable import Environments

@Suite struct CartPoleTests {
  private final class Stage {
    let environment: any Environment
    let row = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 8)
    let captions = CaptionBuffer()

    init(maximumSteps: Int? = nil) throws {
      environment = try CartPole.entry.make(
        EnvironmentOptions(task: "CartPole", maximumEpisodeSteps: maximumSteps))
    }

    deinit { row.deallocate() }

    var output: StepOutput { StepOutput(row: row, caption: captions) }
    var observation: [Float] { (0..<4).map { row.load(fromByteOffset: 4 * $0, as: Float.self) } }
  }

  @Test func trajectoriesAreThoseOfTheEquationsOfMotion() throws {
    let stage = try Stage()
    var actions = RandomGenerator(seed: 3)
    for seed in 0..<20 as Range<UInt64> {
      try stage.environment.reset(seed: seed, into: stage.output)
      let start = try #require(stage.environment as? CartPole).state
      var expected = [start.position, start.velocity, start.angle, start.angularVelocity]
      #expect(stage.observation == expected.map { Float($0) })
      #expect(expected.allSatisfy { abs($0) <= 0.05 })
      var transition = Transition(reward: 0)
      while !transition.done {
        let action = actions.below(2)
        transition = try stage.environment.step(action, into: stage.output)
        expected = CartPoleOracle.step(expected, force: action == 1 ? 10 : -10)
        for (found, wanted) in zip(stage.observation, expected) { #expect(abs(Double(found) - wanted) < 1e-6) }
        #expect(transition.reward == 1)
        let isLost = abs(expected[0]) > 2.4 || abs(expected[2]) > 0.20943951023931953
        #expect(transition.terminated == isLost)
      }
    }
  }

  /// What gymnasium 1.4.0 makes of the same state and actions.
  @Test func theNumbersAreGymnasiums() {
    var state = CartPoleState(position: 0.01, velocity: -0.02, angle: 0.03, angularVelocity: 0.04)
    for _ in 0..<3 { for action in [1, 0, 1, 1, 0, 0, 1, 0, 0, 1] { state.step(force: action == 1 ? 10 : -10) } }
    #expect(abs(state.position - 0.05472520729408195) < 1e-12)
    #expect(abs(state.velocity - -0.024161119351955557) < 1e-12)
    #expect(abs(state.angle - 0.006130598744463719) < 1e-12)
    #expect(abs(state.angularVelocity - 0.13177411983272264) < 1e-12)
    var pushed = CartPoleState(position: 0, velocity: 0, angle: 0.01, angularVelocity: 0)
    var steps = 0
    while !pushed.isLost {
      pushed.step(force: 10)
      steps += 1
    }
    #expect(steps == 10)
    #expect(abs(pushed.angle - -0.25791599250472097) < 1e-12)
  }

  @Test func aBalancedPoleIsASuccessAtTheLimit() throws {
    for limit in [nil, 1, 30] as [Int?] {
      let stage = try Stage(maximumSteps: limit)
      try stage.environment.reset(seed: 1, into: stage.output)
      var (steps, transition) = (0, Transition(reward: 0))
      while !transition.done {
        // Pushing in the direction of the fall, and a little against the cart's drift, balances the pole without limit.
        let state = stage.observation
        let lean = state[2] + 0.3 * state[3] + 0.02 * state[0] + 0.05 * state[1]
        transition = try stage.environment.step(lean > 0 ? 1 : 0, into: stage.output)
        steps += 1
      }
      #expect(steps == limit ?? 500)
      #expect(transition == Transition(reward: 1, truncated: true, succeeded: true))
    }
  }

  @Test func mistakesAreRefused() throws {
    #expect(throws: EnvironmentError.self) { _ = try Stage(maximumSteps: 0) }
    let stage = try Stage()
    try stage.environment.reset(seed: 1, into: stage.output)
    #expect(throws: EnvironmentError.self) { try stage.environment.step(2, into: stage.output) }
  }
}

/// The accelerations of cart and pole from the two equations of motion, solved as a linear system instead of by the
/// published formulas: with cart mass M, pole mass m, half length l, force F and angle q from the vertical,
///
///     (M + m) x'' + m l cos q q''         = F + m l q'^2 sin q
///     m l cos q x'' + (4/3) m l^2 q''     = m g l sin q
///
/// (a uniform pole of length 2l: its moment of inertia about its middle is m l^2 / 3).
enum CartPoleOracle {
  static func accelerations(
    angle: Double, angularVelocity: Double, force: Double
  ) -> (cart: Double, pole: Double) {
    let (cartMass, poleMass, halfLength, gravity) = (1.0, 0.1, 0.5, 9.8)
    let coupling = poleMass * halfLength * cos(angle)
    let inertia = 4 / 3 * poleMass * halfLength * halfLength
    let cartSide = force + poleMass * halfLength * angularVelocity * angularVelocity * sin(angle)
    let poleSide = poleMass * gravity * halfLength * sin(angle)
    let determinant = (cartMass + poleMass) * inertia - coupling * coupling
    return (
      (cartSide * inertia - coupling * poleSide) / determinant,
      ((cartMass + poleMass) * poleSide - coupling * cartSide) / determinant
    )
  }

  /// One explicit Euler step of 20 ms of position, velocity, angle and angular velocity.
  static func step(_ state: [Double], force: Double) -> [Double] {
    let (cart, pole) = accelerations(angle: state[2], angularVelocity: state[3], force: force)
    return zip(state, [state[1], cart, state[3], pole]).map { $0 + 0.02 * $1 }
  }
}
