import Foundation

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
