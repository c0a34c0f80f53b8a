import NeuralNetwork
import Runtime
import Tensor

/// The networks of the elliptical bonus: an encoder from observations to features and, if it is trained, an inverse model
/// from the features of two consecutive observations to the action between them (Pathak et al. 2017).
struct InverseDynamics: Sendable {
  let encoder: CaptionHead
  /// From [before, after] to a logit for each choice of each factor; nil if nothing is trained.
  let inverse: CaptionHead?
  /// Choices of each factor of an action.
  let choices: [Int]
  let layout: ParameterLayout

  /// - Parameters:
  ///   - inputs: number of floats of an observation.
  ///   - hidden: number of units of each hidden layer of the encoder.
  ///   - width: number of features, and of units of the inverse model's hidden layer.
  ///   - choices: empty for an encoder that is not trained.
  init(inputs: Int, hidden: [Int], width: Int, choices: [Int]) {
    var layout = ParameterLayout()
    encoder = CaptionHead("encoder", inputs: inputs, hidden: hidden, outputs: width, dropout: 0, in: &layout)
    inverse =
      choices.isEmpty
      ? nil
      : CaptionHead(
        "inverse", inputs: 2 * width, hidden: [width], outputs: choices.reduce(0, +), dropout: 0, in: &layout)
    self.choices = choices
    self.layout = layout
  }

  /// Writes the gradient of the rows' mean cross-entropy with respect to the logits.
  /// - Parameters:
  ///   - logits: [rows, choices of all factors].
  ///   - actions: [rows, factors], each in the range of its factor.
  /// - Returns: the mean cross-entropy, the sum over the factors, in nats.
  static func differentiate(
    _ logits: Matrix, actions: UnsafePointer<Int32>, choices: [Int], into gradients: MutableMatrix
  ) -> Double {
    var loss = 0.0
    for row in 0..<logits.rows {
      var first = 0
      for (factor, count) in choices.enumerated() {
        let (logs, action) = (gradients.row(row) + first, Int(actions[row * choices.count + factor]))
        Rows.logSoftmax(logits.row(row) + first, into: logs, count: count)
        loss -= Double(logs[action])
        Rows.writeLogitGradients(
          logProbabilities: logs, count: count, index: action, logProbabilityGradient: -1 / Float(logits.rows),
          entropyGradient: 0, entropy: 0, into: logs)
        first += count
      }
    }
    return loss / Double(max(1, logits.rows))
  }
}

/// Pairs of consecutive observations with the action between them, and all memory for the gradient of the inverse model.
final class InverseDynamicsBatch {
  /// Number of pairs.
  private(set) var count = 0
  private let networks: InverseDynamics
  private let maximumPairs: Int
  private let inputs: Int
  private let width: Int
  /// [pairs, 2, inputs]: the observations before and after each action. Features in this order are the inverse model's
  /// inputs, [pairs, 2 * width].
  private let observations: FloatBuffer
  private var actions: [Int32] = []
  private let encoderWorkspace: CaptionHeadWorkspace
  private let inverseWorkspace: CaptionHeadWorkspace

  /// - Parameter inverse: the inverse model of `networks`.
  init(_ networks: InverseDynamics, inverse: CaptionHead, maximumPairs: Int) {
    self.networks = networks
    self.maximumPairs = maximumPairs
    inputs = networks.encoder.layers.first?.inputs ?? 0
    width = networks.encoder.outputs
    observations = FloatBuffer(count: 2 * maximumPairs * inputs)
    actions.reserveCapacity(maximumPairs * networks.choices.count)
    encoderWorkspace = CaptionHeadWorkspace(networks.encoder, maximumRows: 2 * maximumPairs)
    inverseWorkspace = CaptionHeadWorkspace(inverse, maximumRows: maximumPairs)
  }

  var isFull: Bool { count == maximumPairs }

  func removeAll() {
    count = 0
    actions.removeAll(keepingCapacity: true)
  }

  /// Adds a pair, unless its action is not one of the space.
  /// - Parameters:
  ///   - before: [inputs], as `after`.
  ///   - action: [factors].
  func add(_ before: UnsafePointer<Float>, _ action: UnsafePointer<Int32>, _ after: UnsafePointer<Float>) {
    let isKnown = networks.choices.indices.allSatisfy { action[$0] >= 0 && action[$0] < networks.choices[$0] }
    guard !isFull, isKnown else { return }
    let place = observations.pointer + 2 * count * inputs
    place.update(from: before, count: inputs)
    (place + inputs).update(from: after, count: inputs)
    for factor in networks.choices.indices { actions.append(action[factor]) }
    count += 1
  }

  /// Adds the gradient of the pairs' mean cross-entropy to `gradients`.
  /// - Returns: the mean cross-entropy, in nats; nil if there is nothing to learn from.
  func differentiate(weights: Weights, gradients: UnsafeMutablePointer<Float>) -> Double? {
    guard let inverse = networks.inverse, count > 0 else { return nil }
    let rows = Matrix(observations.pointer, rows: 2 * count, columns: inputs)
    let features = networks.encoder.forward(rows, weights: weights, workspace: encoderWorkspace)
    let slopes = encoderWorkspace.gradients(
      of: networks.encoder.layers.count - 1, rows: 2 * count, columns: width)
    // The same memory, row by row.
    let pairs = Matrix(features.pointer, rows: count, columns: 2 * width)
    let pairSlopes = MutableMatrix(slopes.pointer, rows: count, columns: 2 * width)
    let logits = inverse.forward(pairs, weights: weights, workspace: inverseWorkspace)
    let logitSlopes = inverseWorkspace.gradients(
      of: inverse.layers.count - 1, rows: count, columns: inverse.outputs)
    let loss = InverseDynamics.differentiate(logits, actions: actions, choices: networks.choices, into: logitSlopes)
    inverse.backward(
      pairs, featureGradients: pairSlopes, weights: weights, gradients: gradients, workspace: inverseWorkspace)
    networks.encoder.backward(
      rows, featureGradients: nil, weights: weights, gradients: gradients, workspace: encoderWorkspace)
    return loss
  }
}
