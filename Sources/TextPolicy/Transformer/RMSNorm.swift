import Glibc
import NeuralNetwork
import Tensor

/// y = g x / sqrt(mean(x^2) + 1e-5), row by row (Zhang and Sennrich 2019).
struct RMSNorm: Sendable {
  private static let epsilon: Float = 1e-5

  let width: Int
  /// g [width], which starts at one.
  let gain: ParameterSlice

  init(_ name: String, width: Int, in layout: inout ParameterLayout) {
    self.width = width
    gain = layout.add("\(name).gain", [width], initial: .constants([1]))
  }

  /// - Parameters:
  ///   - x: [rows, width]
  ///   - y: [rows, width]
  ///   - scales: [rows], 1 / sqrt(mean(x^2) + 1e-5), which the backward pass reads.
  func forward(
    _ x: Matrix, into y: MutableMatrix, scales: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>
  ) {
    let gain = parameters + gain.offset
    for row in 0..<x.rows {
      let (values, target) = (x.row(row), y.row(row))
      let square = Elementwise.dot(values, values, count: width)
      let scale = 1 / sqrtf(square / Float(width) + Self.epsilon)
      scales[row] = scale
      Lanes.forEach(width) { i, left in
        let scaled = Lanes.load(values + i, remaining: left) * scale * Lanes.load(gain + i, remaining: left)
        Lanes.store(scaled, to: target + i, remaining: left)
      }
    }
  }

  /// Adds d loss / d x to `inputGradients` and d loss / d g to `gradients`.
  /// - Parameters:
  ///   - outputGradients: d loss / d y [rows, width].
  ///   - inputGradients: [rows, width], added to, because a block adds its output to its input.
  func backward(
    _ x: Matrix, scales: UnsafePointer<Float>, outputGradients: Matrix, inputGradients: MutableMatrix,
    parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    let gain = parameters + gain.offset
    let gainGradients = gradients + self.gain.offset
    for row in 0..<x.rows {
      let (values, slopes, target) = (x.row(row), outputGradients.row(row), inputGradients.row(row))
      let scale = scales[row]
      // d loss / d x = s (g dy - x s^2 mean(x g dy)), with s the row's scale.
      var products = Lanes.Vector.zero
      Lanes.forEach(width) { i, left in
        let scaled = Lanes.load(slopes + i, remaining: left) * Lanes.load(values + i, remaining: left)
        products = Lanes.fused(scaled, Lanes.load(gain + i, remaining: left), products)
        let sum = Lanes.load(gainGradients + i, remaining: left) + scaled * scale
        Lanes.store(sum, to: gainGradients + i, remaining: left)
      }
      let shared = -scale * scale * Lanes.sum(products) / Float(width)
      Lanes.forEach(width) { i, left in
        let direct = Lanes.load(slopes + i, remaining: left) * Lanes.load(gain + i, remaining: left)
        let slope = Lanes.fused(Lanes.load(values + i, remaining: left), Lanes.Vector(repeating: shared), direct)
        let sum = Lanes.fused(slope, Lanes.Vector(repeating: scale), Lanes.load(target + i, remaining: left))
        Lanes.store(sum, to: target + i, remaining: left)
      }
    }
  }
}
