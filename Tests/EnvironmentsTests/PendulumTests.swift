import EnvironmentChecks
import TestSupport
import Testing

@testable import Environments

@Suite struct PendulumTests {
  @Test func conforms() throws {
    #expect(try EnvironmentConformance(entry: Pendulum.entry).violations() == [])
  }

  /// Steps of Gymnasium 1.4.0's Pendulum-v1: torque, and then reward, angle and speed.
  private static let fromBelow = [
    (2.0, -4.029, 2.024098653505963, 0.4819730701192614),
    (-2.0, -4.124205163156669, 2.066910024392508, 0.8562274177308974),
    (0.5, -4.345679588021648, 2.1464503623770925, 1.5908067596916902),
    (0.0, -4.86031577281683, 2.257447066698723, 2.21993408643261),
    (-1.25, -5.590440493757207, 2.3880702815399806, 2.6124642968251526),
  ]
  private static let nearTheLimits = [
    (2.0, -13.991120454100328, 3.896845628961639, 7.936912579232786),
    (-2.0, -11.998075188875697, 4.252986024867333, 7.1228079181138755),
  ]

  @Test(arguments: [(2.0, -0.5, fromBelow), (3.5, 7.9, nearTheLimits)])
  func followsGymnasium(angle: Double, speed: Double, steps: [(Double, Double, Double, Double)]) throws {
    let pendulum = try Pendulum(options: EnvironmentOptions(task: "Pendulum"))
    pendulum.start(angle: angle, speed: speed)
    for (torque, reward, angle, speed) in steps {
      #expect(abs(-pendulum.play(torque: torque) - reward) < 1e-9)
      #expect(abs(pendulum.angle - angle) < 1e-9 && abs(pendulum.speed - speed) < 1e-9)
    }
  }
}
