import NeuralNetwork
import Runtime
import Tensor

/// The dense layers on top of a message encoder: hidden layers with ReLU, dropout on the last of them, and a linear
/// layer.
struct CaptionHead: Sendable {
  let layers: [Linear]
  /// Probability that training drops a unit of the last hidden layer (Srivastava et al. 2014).
  let dropout: Float

  /// - Parameter initial: the weights that every layer starts with.
  init(
    _ name: String = "head", inputs: Int, hidden: [Int], outputs: Int, dropout: Float,
    initial: InitialValues = .orthogonal(), in layout: inout ParameterLayout
  ) {
    var layers: [Linear] = []
    let sizes = [inputs] + hidden + [outputs]
    for index in 1..<sizes.count {
      layers.append(
        Linear(
          "\(name).\(index)", inputs: sizes[index - 1], outputs: sizes[index],
          activation: index < sizes.count - 1 ? .relu : .none, initial: initial, in: &layout))
    }
    self.layers = layers
    self.dropout = dropout
  }

  var outputs: Int { layers.last?.outputs ?? 0 }

  func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool) {
    for layer in layers { layer.prepare(parameters, into: prepared, forTraining: forTraining) }
  }

  /// Computes the outputs [rows, outputs] of `features` into the workspace.
  /// - Parameter generator: draws the dropped units; nil drops none.
  func forward(
    _ features: Matrix, weights: Weights, workspace: CaptionHeadWorkspace, generator: inout RandomGenerator?
  ) {
    var input = features
    for (index, layer) in layers.enumerated() {
      if index == layers.count - 1 { dropUnits(of: input, workspace, &generator) }
      let output = workspace.activations(of: index, rows: features.rows, columns: layer.outputs)
      layer.forward(input, into: output, weights: weights)
      input = output.view
    }
  }

  /// Computes the outputs without dropout.
  /// - Returns: the outputs, valid until the next pass with this workspace.
  func forward(_ features: Matrix, weights: Weights, workspace: CaptionHeadWorkspace) -> Matrix {
    var none: RandomGenerator?
    forward(features, weights: weights, workspace: workspace, generator: &none)
    return workspace.activations(of: layers.count - 1, rows: features.rows, columns: outputs).view
  }

  /// Adds d loss / d parameters to `gradients` and writes `featureGradients` = d loss / d features unless it is nil.
  /// Reads d loss / d outputs from the workspace's gradients of the last layer.
  func backward(
    _ features: Matrix, featureGradients: MutableMatrix?, weights: Weights,
    gradients: UnsafeMutablePointer<Float>, workspace: CaptionHeadWorkspace
  ) {
    for (index, layer) in layers.enumerated().reversed() {
      let output = workspace.activations(of: index, rows: features.rows, columns: layer.outputs)
      let outputGradients = workspace.gradients(of: index, rows: features.rows, columns: layer.outputs)
      let isFirst = index == 0
      let input =
        isFirst ? features : workspace.activations(of: index - 1, rows: features.rows, columns: layer.inputs).view
      let inputGradients =
        isFirst ? featureGradients : workspace.gradients(of: index - 1, rows: features.rows, columns: layer.inputs)
      layer.backward(
        input, output.view, outputGradients: outputGradients, inputGradients: inputGradients, weights: weights,
        gradients: gradients, scratch: outputGradients.pointer)
      if index == layers.count - 1, workspace.hasDropped, let inputGradients {
        Self.multiply(inputGradients, by: workspace.dropout.pointer)
      }
    }
  }

  /// Drops units of the last hidden layer and scales the others up, so that the expected sum stays the same.
  private func dropUnits(of units: Matrix, _ workspace: CaptionHeadWorkspace, _ generator: inout RandomGenerator?) {
    workspace.hasDropped = dropout > 0 && generator != nil && layers.count > 1
    guard workspace.hasDropped else { return }
    let scale = 1 / (1 - dropout)
    for index in 0..<units.rows * units.columns {
      workspace.dropout.pointer[index] = (generator?.uniform() ?? 1) < dropout ? 0 : scale
    }
    let hidden = workspace.activations(of: layers.count - 2, rows: units.rows, columns: units.columns)
    Self.multiply(hidden, by: workspace.dropout.pointer)
  }

  private static func multiply(_ x: MutableMatrix, by factors: UnsafePointer<Float>) {
    for index in 0..<x.rows * x.columns { x.pointer[index] *= factors[index] }
  }
}

/// The memory of a pass through a `CaptionHead`. Used by one thread at a time.
final class CaptionHeadWorkspace {
  private let activations: [FloatBuffer]
  private let gradients: [FloatBuffer]
  /// Factors of the last hidden layer's units, if dropout is on.
  let dropout: FloatBuffer
  /// Whether the latest forward pass dropped units.
  var hasDropped = false

  init(_ head: CaptionHead, maximumRows: Int) {
    activations = head.layers.map { FloatBuffer(count: maximumRows * $0.outputs) }
    gradients = head.layers.map { FloatBuffer(count: maximumRows * $0.outputs) }
    dropout = FloatBuffer(count: maximumRows * (head.layers.last?.inputs ?? 0))
  }

  /// The outputs of a layer.
  func activations(of layer: Int, rows: Int, columns: Int) -> MutableMatrix {
    MutableMatrix(activations[layer].pointer, rows: rows, columns: columns)
  }

  /// d loss / d outputs of a layer.
  func gradients(of layer: Int, rows: Int, columns: Int) -> MutableMatrix {
    MutableMatrix(gradients[layer].pointer, rows: rows, columns: columns)
  }
}
