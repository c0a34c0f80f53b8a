import Environments
import NeuralNetwork
import Tensor

/// Observation rows to vectors: one branch for all categorical fields, one for all numeric fields, one for each text
/// field; side by side, then a linear layer and ELU. Hidden fields are not read.
struct ObservationEncoder: Sendable {
  private let categorical: CategoricalEncoder?
  private let numeric: NumericEncoder?
  private let texts: [TextEncoder]
  private let join: Linear

  var outputSize: Int { join.outputs }
  /// Floats of all branches side by side: categorical, numeric, texts.
  var featureSize: Int { join.inputs }

  init(
    _ observation: ObservationLayout, description: NetworkDescription, in layout: inout ParameterLayout
  ) throws {
    categorical = try CategoricalEncoder(observation, description: description, in: &layout)
    numeric = try NumericEncoder(observation, in: &layout)
    var texts: [TextEncoder] = []
    for (field, offset) in zip(observation.fields, observation.offsets) where field.encoding == .text {
      texts.append(try TextEncoder(field, byteOffset: offset, description: description, in: &layout))
    }
    self.texts = texts
    let features =
      (categorical?.outputSize ?? 0) + (numeric == nil ? 0 : NumericEncoder.outputSize)
      + texts.reduce(0) { $0 + $1.outputSize }
    guard features > 0 else {
      throw PolicyNetworkError("the observation has no field a network can read: \(observation.signature)")
    }
    join = Linear("encoder.join", inputs: features, outputs: description.hiddenSize, in: &layout)
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    categorical?.initialise(parameters, generator: &generator)
    numeric?.initialise(parameters, generator: &generator)
    for text in texts { text.initialise(parameters, generator: &generator) }
    join.initialise(parameters, gain: 1, generator: &generator)
  }

  func makeWorkspace(maximumRows: Int) -> EncoderWorkspace {
    EncoderWorkspace(
      maximumRows: maximumRows, embeddedSize: categorical?.embeddedSize ?? 0, numericSize: numeric?.inputSize ?? 0,
      featureSize: featureSize, outputSize: outputSize, texts: texts.map { $0.makeHashes(maximumRows: maximumRows) })
  }

  /// Leaves [count, outputSize] in the workspace.
  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, count: Int, parameters: UnsafePointer<Float>, workspace: EncoderWorkspace
  ) {
    let features = MutableMatrix(workspace.features.pointer, rows: count, columns: featureSize)
    var column = 0
    if let categorical {
      let embedded = MutableMatrix(workspace.embedded.pointer, rows: count, columns: categorical.embeddedSize)
      let part = features.columns(column..<column + categorical.outputSize)
      categorical.forward(rows, embedded: embedded, into: part, parameters: parameters)
      column += categorical.outputSize
    }
    if let numeric {
      let scaled = MutableMatrix(workspace.scaled.pointer, rows: count, columns: numeric.inputSize)
      let part = features.columns(column..<column + NumericEncoder.outputSize)
      numeric.forward(rows, scaled: scaled, into: part, parameters: parameters)
      column += NumericEncoder.outputSize
    }
    for (text, hashes) in zip(texts, workspace.texts) {
      let part = features.columns(column..<column + text.outputSize)
      text.forward(rows, hashes: hashes, into: part, parameters: parameters)
      column += text.outputSize
    }
    let output = MutableMatrix(workspace.outputs.pointer, rows: count, columns: outputSize)
    join.forwardELU(features.view, into: output, parameters: parameters)
  }

  /// Expects d loss / d outputs [count, outputSize] in `workspace.outputGradients`, which is used up.
  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, count: Int, parameters: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>, workspace: EncoderWorkspace
  ) {
    let outputs = Matrix(workspace.outputs.pointer, rows: count, columns: outputSize)
    let outputGradients = MutableMatrix(workspace.outputGradients.pointer, rows: count, columns: outputSize)
    let features = Matrix(workspace.features.pointer, rows: count, columns: featureSize)
    let featureGradients = MutableMatrix(workspace.featureGradients.pointer, rows: count, columns: featureSize)
    Rows.multiplyByELUDerivative(outputGradients, outputs: outputs)
    join.backward(
      features, outputGradients: outputGradients.view, inputGradients: featureGradients, parameters: parameters,
      gradients: gradients)
    // Every branch ends in an ELU.
    Rows.multiplyByELUDerivative(featureGradients, outputs: features)
    var column = 0
    if let categorical {
      let size = categorical.embeddedSize
      categorical.backward(
        rows, embedded: Matrix(workspace.embedded.pointer, rows: count, columns: size),
        outputGradients: featureGradients.view.columns(column..<column + categorical.outputSize),
        embeddedGradients: MutableMatrix(workspace.embeddedGradients.pointer, rows: count, columns: size),
        parameters: parameters, gradients: gradients)
      column += categorical.outputSize
    }
    if let numeric {
      numeric.backward(
        scaled: Matrix(workspace.scaled.pointer, rows: count, columns: numeric.inputSize),
        outputGradients: featureGradients.view.columns(column..<column + NumericEncoder.outputSize),
        parameters: parameters, gradients: gradients)
      column += NumericEncoder.outputSize
    }
    for (text, hashes) in zip(texts, workspace.texts) {
      let part = featureGradients.columns(column..<column + text.outputSize)
      text.backward(hashes: hashes, outputGradients: part, gradients: gradients)
      column += text.outputSize
    }
  }
}
