import Tensor

/// y = f(x W + b), with W stored as [inputs, outputs].
public struct Linear: Layer {
  public let inputs: Int
  public let outputs: Int
  public let activation: Activation
  /// [inputs, outputs]
  public let weight: ParameterSlice
  /// [outputs]
  public let bias: ParameterSlice

  private let packed: PackedSlice

  public var inputSize: Int { inputs }
  public var outputSize: Int { outputs }
  public var multiplyAdds: Int { inputs * outputs }

  /// - Parameter initial: the weights that a run starts with. The bias starts at zero, or uniform if the weights do.
  public init(
    _ name: String, inputs: Int, outputs: Int, activation: Activation = .none,
    initial: InitialValues = .orthogonal(), in layout: inout ParameterLayout
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.activation = activation
    weight = layout.add("\(name).weight", [inputs, outputs], fanIn: inputs, initial: initial)
    bias = layout.add(
      "\(name).bias", [outputs], fanIn: inputs, initial: initial == .uniform ? .uniform : .zeros)
    packed = PackedSlice(weight, in: &layout)
  }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    packed.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  public func forward(_ x: Matrix, into y: MutableMatrix, weights: Weights, scratch: UnsafeMutablePointer<Float>) {
    forward(x, into: y, weights: weights)
  }

  /// y [rows, outputs] = f(x [rows, inputs] W + b).
  public func forward(_ x: Matrix, into y: MutableMatrix, weights: Weights) {
    PackedProduct.multiply(
      x, packed.weights(weights), bias: weights.parameters + bias.offset, into: y, elu: activation == .elu)
    if activation == .relu { Rows.relu(y) }
  }

  public func backward(
    _ x: Matrix, _ y: Matrix, outputGradients: MutableMatrix, inputGradients: MutableMatrix?, weights: Weights,
    gradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    switch activation {
    case .none: break
    case .elu: Rows.multiplyByELUDerivative(outputGradients, outputs: y)
    case .relu: Rows.multiplyByReLUDerivative(outputGradients, outputs: y)
    }
    backward(
      x, sumGradients: outputGradients.view, inputGradients: inputGradients, weights: weights, gradients: gradients)
  }

  /// Adds d loss / d W and d loss / d b to `gradients`; and writes d loss / d x if the caller wants it.
  /// - Parameters:
  ///   - x: input of the forward pass [rows, inputs].
  ///   - sumGradients: d loss / d (x W + b) [rows, outputs].
  ///   - inputGradients: [rows, inputs], overwritten, or added to if `accumulate`; nil if the caller does not need it.
  public func backward(
    _ x: Matrix, sumGradients: Matrix, inputGradients: MutableMatrix?, accumulate: Bool = false, weights: Weights,
    gradients: UnsafeMutablePointer<Float>
  ) {
    GradientProduct.add(x, outputGradients: sumGradients, to: weight.matrix(in: gradients))
    Rows.addColumnSums(of: sumGradients, to: gradients + bias.offset)
    guard let inputGradients else { return }
    PackedProduct.multiply(sumGradients, packed.transposed(weights), into: inputGradients, accumulate: accumulate)
  }
}
