import Tensor

/// y = x + f2(f1(x)) with two 3x3 convolutions that keep the image's shape.
///
/// Source: IMPALA's deep network (Espeholt et al. 2018, figure 3), which puts a ReLU before each convolution; here each
/// convolution ends with its ELU, as everywhere else. A backward pass computes f1(x) again instead of keeping it.
public struct ResidualBlock: Layer {
  public let first: Convolution
  public let second: Convolution

  public var inputSize: Int { first.inputSize }
  public var outputSize: Int { second.outputSize }
  public var multiplyAdds: Int { first.multiplyAdds + second.multiplyAdds }

  public init(_ name: String, height: Int, width: Int, channels: Int, in layout: inout ParameterLayout) {
    let geometry = ConvolutionGeometry(
      inputHeight: height, inputWidth: width, inputChannels: channels, outputChannels: channels, kernel: 3, stride: 1,
      padding: 1)
    first = Convolution("\(name).first", geometry, in: &layout)
    second = Convolution("\(name).second", geometry, in: &layout)
  }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    first.prepare(parameters, into: prepared, forTraining: forTraining)
    second.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  /// Four images for each row, and what the convolutions need.
  public func scratchCount(maximumRows: Int) -> Int {
    4 * maximumRows * inputSize
      + max(first.scratchCount(maximumRows: maximumRows), second.scratchCount(maximumRows: maximumRows))
  }

  /// x and y are contiguous.
  public func forward(_ x: Matrix, into y: MutableMatrix, weights: Weights, scratch: UnsafeMutablePointer<Float>) {
    let inner = images(0, x.rows, scratch)
    let rest = scratch + 4 * x.rows * inputSize
    first.forward(x, into: inner, weights: weights, scratch: rest)
    second.forward(inner.view, into: y, weights: weights, scratch: rest)
    Rows.add(x.pointer, to: y.pointer, count: x.rows * inputSize)
  }

  /// All matrices are contiguous.
  public func backward(
    _ x: Matrix, _ y: Matrix, outputGradients: MutableMatrix, inputGradients: MutableMatrix?, weights: Weights,
    gradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let count = x.rows * inputSize
    let (inner, outer) = (images(0, x.rows, scratch), images(1, x.rows, scratch))
    let (outerGradients, innerGradients) = (images(2, x.rows, scratch), images(3, x.rows, scratch))
    let rest = scratch + 4 * count
    first.forward(x, into: inner, weights: weights, scratch: rest)
    // f2(f1(x)), up to the rounding of the sum; its ELU's slope follows from it.
    for i in 0..<count { outer.pointer[i] = y.pointer[i] - x.pointer[i] }
    outerGradients.pointer.update(from: outputGradients.pointer, count: count)
    second.backward(
      inner.view, outer.view, outputGradients: outerGradients, inputGradients: innerGradients, weights: weights,
      gradients: gradients, scratch: rest)
    first.backward(
      x, inner.view, outputGradients: innerGradients, inputGradients: inputGradients, weights: weights,
      gradients: gradients, scratch: rest)
    if let inputGradients { Rows.add(outputGradients.pointer, to: inputGradients.pointer, count: count) }
  }

  /// One of the four parts of the scratch memory.
  private func images(_ part: Int, _ rows: Int, _ scratch: UnsafeMutablePointer<Float>) -> MutableMatrix {
    MutableMatrix(scratch + part * rows * inputSize, rows: rows, columns: inputSize)
  }
}
