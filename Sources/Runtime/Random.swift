import Glibc

/// SplitMix64 (Steele, Lea, Flood 2014): a stream of well-mixed seeds from any 64-bit seed.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  /// The whole state; save it to continue the stream.
  public var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// xoshiro256++ (Blackman, Vigna 2019): the generator of rollouts and initial parameters.
public struct RandomGenerator: RandomNumberGenerator, Sendable, Equatable {
  /// The four state words; save and restore them to continue the stream.
  public var state: (UInt64, UInt64, UInt64, UInt64)

  /// Seeds the state by SplitMix64, as the authors recommend.
  public init(seed: UInt64) {
    var mixer = SplitMix64(seed: seed)
    state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
  }

  @inlinable public mutating func next() -> UInt64 {
    let sum = state.0 &+ state.3
    let result = ((sum << 23) | (sum >> 41)) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// Uniform in [0, 1) with 24 random bits.
  @inlinable public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in 0 ..< bound. Lemire's multiplication without the rejection step: the bias is below bound / 2^32.
  @inlinable public mutating func below(_ bound: Int) -> Int {
    Int(((next() >> 32) &* UInt64(truncatingIfNeeded: bound)) >> 32)
  }

  /// A standard Gaussian (Box and Muller 1958) from two uniform numbers.
  public mutating func gaussian() -> Float {
    // In (0, 1], so that the logarithm is finite.
    let radius = sqrtf(-2 * logf(1 - uniform()))
    return radius * cosf(2 * Float.pi * uniform())
  }

  public static func == (a: RandomGenerator, b: RandomGenerator) -> Bool { a.state == b.state }
}
