import Glibc

/// A pole hinged on a cart that is pushed left or right (Barto, Sutton and Anderson 1983), without friction.
///
/// The constants, the explicit Euler step and the limits are those of Gymnasium's CartPole-v1. Lengths are metres, times
/// seconds, angles radians from the vertical.
public struct CartPoleState: Sendable, Equatable {
  static let gravity = 9.8
  static let poleMass = 0.1
  static let totalMass = 1.1
  /// Half the pole's length.
  static let halfLength = 0.5
  static let force = 10.0
  static let secondsPerStep = 0.02
  /// The cart is lost beyond this distance, the pole beyond this angle (12 degrees).
  static let positionLimit = 2.4
  static let angleLimit = 12 * 2 * Double.pi / 360

  public internal(set) var position: Double
  public internal(set) var velocity: Double
  public internal(set) var angle: Double
  public internal(set) var angularVelocity: Double

  public init(position: Double, velocity: Double, angle: Double, angularVelocity: Double) {
    self.position = position
    self.velocity = velocity
    self.angle = angle
    self.angularVelocity = angularVelocity
  }

  /// The cart or the pole is beyond its limit.
  public var isLost: Bool { !(abs(position) <= Self.positionLimit && abs(angle) <= Self.angleLimit) }

  /// Advances by one step under `force`, in newtons.
  public mutating func step(force: Double) {
    let (sine, cosine) = (sin(angle), cos(angle))
    let poleMoment = Self.poleMass * Self.halfLength
    let push = (force + poleMoment * angularVelocity * angularVelocity * sine) / Self.totalMass
    let angularAcceleration =
      (Self.gravity * sine - cosine * push)
      / (Self.halfLength * (4.0 / 3.0 - Self.poleMass * cosine * cosine / Self.totalMass))
    let acceleration = push - poleMoment * angularAcceleration * cosine / Self.totalMass
    position += Self.secondsPerStep * velocity
    velocity += Self.secondsPerStep * acceleration
    angle += Self.secondsPerStep * angularVelocity
    angularVelocity += Self.secondsPerStep * angularAcceleration
  }
}
