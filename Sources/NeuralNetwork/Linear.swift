import Tensor

/// y = x W + b, with W stored as [inputs, outputs].
public struct Linear: Sendable {
  public let inputs: Int
  public let outputs: Int
  /// [inputs, outputs]
  public let weight: ParameterSlice
  /// [outputs]
  public let bias: ParameterSlice

  public init(_ name: String, inputs: Int, outputs: Int, in layout: inout ParameterLayout) {
    self.inputs = inputs
    self.outputs = outputs
    weight = layout.add("\(name).weight", [inputs, outputs])
    bias = layout.add("\(name).bias", [outputs])
  }

  /// Orthogonal weights times `gain`, zero bias.
  public func initialise(
    _ parameters: UnsafeMutablePointer<Float>, gain: Float, generator: inout RandomGenerator
  ) {
    Initialisation.orthogonal(weight.matrix(in: parameters), gain: gain, generator: &generator)
    (parameters + bias.offset).update(repeating: 0, count: outputs)
  }

  /// y [rows, outputs] = x [rows, inputs] W + b.
  public func forward(_ x: Matrix, into y: MutableMatrix, parameters: UnsafePointer<Float>) {
    BLAS.multiply(x, weight.matrix(in: parameters), into: y)
    Rows.add(parameters + bias.offset, to: y)
  }

  /// y [rows, outputs] = elu(x [rows, inputs] W + b).
  public func forwardELU(_ x: Matrix, into y: MutableMatrix, parameters: UnsafePointer<Float>) {
    BLAS.multiply(x, weight.matrix(in: parameters), into: y)
    Rows.addBiasAndELU(parameters + bias.offset, to: y)
  }

  /// Adds d loss / d W and d loss / d b to `gradients`; writes d loss / d x where asked for.
  /// - Parameters:
  ///   - x: the forward's input [rows, inputs].
  ///   - outputGradients: d loss / d y [rows, outputs].
  ///   - inputGradients: [rows, inputs], overwritten, or added to when `accumulate`; nil if nobody needs it.
  public func backward(
    _ x: Matrix, outputGradients: Matrix, inputGradients: MutableMatrix?, accumulate: Bool = false,
    parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    BLAS.multiply(x.transposed, outputGradients, into: weight.matrix(in: gradients), accumulate: true)
    Rows.addColumnSums(of: outputGradients, to: gradients + bias.offset)
    guard let inputGradients else { return }
    BLAS.multiply(
      outputGradients, weight.matrix(in: parameters).transposed, into: inputGradients, accumulate: accumulate)
  }
}
