/// Pauses between attempts to reach a peer: 1, 2, 4 ... 32 seconds, each shortened by a random part so that peers that
/// lost the same learner do not return in step.
public struct Backoff: Sendable, Hashable {
  public static let firstSeconds = 1.0
  public static let maximumSeconds = 32.0
  /// The largest part of a pause that chance takes away.
  public static let jitter = 0.25

  /// Attempts since the last success.
  public private(set) var attempts = 0

  public init() {}

  /// The next pause before jitter, in seconds.
  public var ceilingSeconds: Double {
    attempts >= 5 ? Self.maximumSeconds : Self.firstSeconds * Double(1 << attempts)
  }

  /// The pause to make now, in seconds, within (1 - `jitter`) and 1 times `ceilingSeconds`. The next one doubles.
  public mutating func next(using generator: inout some RandomNumberGenerator) -> Double {
    let unit = Double(generator.next() >> 11) * 0x1p-53
    defer { attempts += 1 }
    return ceilingSeconds * (1 - Self.jitter * unit)
  }

  /// The peer answered: the next pause is the first again.
  public mutating func reset() { attempts = 0 }
}
