/// Neighbouring floats that are loaded, added and stored together: a row of channels in as few registers as it needs.
protocol FloatBlock {
  static var width: Int { get }
  static func load(_ pointer: UnsafePointer<Float>) -> Self
  func store(to pointer: UnsafeMutablePointer<Float>)
  static func sum(_ a: Self, _ b: Self) -> Self
  /// gradients * elu'(x), from outputs = elu(x).
  static func throughELU(_ gradients: Self, outputs: Self) -> Self
}

// Concrete vectors, because operators on a generic SIMD type may be compiled to loops over its elements.

extension SIMD8<Float>: FloatBlock {
  static var width: Int { 8 }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> Self {
    UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
  }
  @inline(__always) func store(to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func throughELU(_ gradients: Self, outputs: Self) -> Self {
    gradients * (outputs + 1).replacing(with: 1, where: outputs .> 0)
  }
}

extension SIMD16<Float>: FloatBlock {
  static var width: Int { 16 }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> Self {
    UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
  }
  @inline(__always) func store(to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func throughELU(_ gradients: Self, outputs: Self) -> Self {
    gradients * (outputs + 1).replacing(with: 1, where: outputs .> 0)
  }
}

/// 32 floats. Not SIMD32<Float>, whose operators are compiled to loops over its elements.
struct Float32Block: FloatBlock {
  let low: SIMD16<Float>
  let high: SIMD16<Float>

  static var width: Int { 32 }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> Self {
    Self(low: .load(pointer), high: .load(pointer + 16))
  }
  @inline(__always) func store(to pointer: UnsafeMutablePointer<Float>) {
    low.store(to: pointer)
    high.store(to: pointer + 16)
  }
  @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self {
    Self(low: a.low + b.low, high: a.high + b.high)
  }
  @inline(__always) static func throughELU(_ gradients: Self, outputs: Self) -> Self {
    Self(
      low: .throughELU(gradients.low, outputs: outputs.low), high: .throughELU(gradients.high, outputs: outputs.high))
  }
}
