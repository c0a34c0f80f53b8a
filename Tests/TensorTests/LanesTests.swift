import Foundation
import Tensor
import TestSupport
import Testing

@Suite struct LanesTests {
  /// Arguments from -80 to 80 in steps that are no multiples of anything, and tiny ones of both signs.
  static let arguments: [Float] =
    (-2000...2000).map { Float($0) * 0.0399 } + (1...30).flatMap { [powf(0.5, Float($0)), -powf(0.5, Float($0))] }

  private func apply(
    _ function: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void, to x: [Float]
  ) -> [Float] {
    let input = FloatBuffer(x)
    let output = FloatBuffer(count: x.count)
    function(input.pointer, output.pointer, x.count)
    return output.array
  }

  private func largestRelativeError(_ y: [Float], _ reference: (Double) -> Double) -> Double {
    zip(Self.arguments, y).map { x, value in
      let exact = reference(Double(x))
      return exact == 0 ? Double(abs(value)) : abs(Double(value) - exact) / abs(exact)
    }.max() ?? .infinity
  }

  private static func map(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, _ f: (Lanes.Vector) -> Lanes.Vector
  ) {
    Lanes.forEach(count) { i, remaining in
      Lanes.store(f(Lanes.load(x + i, remaining: remaining)), to: y + i, remaining: remaining)
    }
  }

  @Test func exponentialIsExactToAFewUnitsInTheLastPlace() {
    let y = apply({ Elementwise.exponential($0, into: $1, count: $2) }, to: Self.arguments)
    #expect(largestRelativeError(y, exp) < 2e-7)
  }

  @Test func logarithmIsExactToAUnitInTheLastPlace() {
    let x = (-2000...2000).map { powf(10, Float($0) * 0.0187) } + [1, Float(1).nextUp, Float(1).nextDown, 0.5, 2]
    let y = apply({ Self.map($0, into: $1, count: $2, Lanes.logarithm) }, to: x)
    for (argument, value) in zip(x, y) {
      let exact = log(Double(argument))
      #expect(abs(Double(value) - exact) <= abs(exact) * 1.3e-7, "log \(argument)")
    }
    let special = apply(
      { Self.map($0, into: $1, count: $2, Lanes.logarithm) },
      to: [0, -1, .infinity, .nan, -.infinity, .leastNonzeroMagnitude])
    #expect(special[0] == -.infinity && special[1].isNaN && special[2] == .infinity)
    #expect(special[3].isNaN && special[4].isNaN && special[5] == -.infinity)
  }

  @Test func sigmoidAndTanhAreExact() {
    let s = apply({ Self.map($0, into: $1, count: $2, Lanes.sigmoid) }, to: Self.arguments)
    #expect(largestRelativeError(s, ReferenceLayers.sigmoid) < 4e-7)
    let t = apply({ Self.map($0, into: $1, count: $2, Lanes.tanh) }, to: Self.arguments)
    #expect(largestRelativeError(t, tanh) < 4e-7)
  }

  @Test func eluKeepsItsPrecisionNearZero() {
    let y = apply(
      { x, y, count in
        y.update(from: x, count: count)
        Rows.elu(MutableMatrix(y, rows: 1, columns: count))
      }, to: Self.arguments)
    #expect(largestRelativeError(y) { $0 > 0 ? $0 : expm1($0) } < 4e-7)
  }

  @Test func extremesSaturateAndNaNStays() {
    let y = apply({ Elementwise.exponential($0, into: $1, count: $2) }, to: [1000, -1000, .infinity, .nan])
    #expect(y[0].isFinite && y[0] > 1e38)
    #expect(y[1] > 0 && y[1] < 1e-37)
    #expect(y[2].isFinite)
    #expect(y[3].isNaN)
    let t = apply({ Self.map($0, into: $1, count: $2, Lanes.tanh) }, to: [1000, -1000, .nan, 0])
    #expect(t[0] == 1 && t[1] == -1 && t[2].isNaN && t[3] == 0)
  }

  @Test func partialVectorsTouchNothingBeyondTheirEnd() {
    for count in 1...17 {
      let buffer = FloatBuffer([Float](repeating: 3, count: 20))
      Elementwise.exponential(buffer.pointer, into: buffer.pointer, count: count)
      #expect(buffer.array[count...].allSatisfy { $0 == 3 })
      #expect(buffer.array[..<count].allSatisfy { $0 == buffer.pointer[0] && abs($0 - 20.085537) < 1e-5 })
    }
  }
}
