import Runtime
import Tensor

extension RandomGenerator {
  /// `count` numbers uniform in [-scale, scale).
  public mutating func values(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in (2 * uniform() - 1) * scale }
  }
}

extension Array where Element == Float {
  /// The same numbers in Float64, for a reference computation.
  public var doubles: [Double] { map(Double.init) }
}

extension FloatBuffer {
  /// A buffer with these elements.
  public convenience init(_ values: [Float]) {
    self.init(count: values.count)
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  public var array: [Float] { Array(elements) }
}
