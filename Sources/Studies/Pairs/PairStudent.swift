import Captions
import IntrinsicReward
import NeuralNetwork
import Runtime
import Tensor

/// The network of the classification reward with its two outputs used apart: a score for pairs, and the log-odds of being
/// helpful. Both share encoder and hidden layers.
final class PairStudent {
  /// Outputs of a caption.
  enum Output: Int {
    case pair, point
  }

  /// Texts of an update at most.
  static let capacity = 64

  private let network = CaptionNetwork.classifier
  private let parameters: FloatBuffer
  private let prepared: FloatBuffer
  private let gradients: FloatBuffer
  private let adam: Adam
  private let workspace: CaptionWorkspace
  private var batch = TextBatch(capacity: PairStudent.capacity)
  private let texts: [[UInt8]]
  private let learningRate: Float

  init(_ captions: [NewCaption], seed: UInt64, learningRate: Float = 1e-3) {
    texts = captions.map(\.bytes)
    parameters = FloatBuffer(count: network.parameters.count)
    gradients = FloatBuffer(count: network.parameters.count)
    prepared = network.makePrepared()
    adam = Adam(parameterCount: parameters.count, options: AdamOptions(epsilon: 1e-8))
    workspace = CaptionWorkspace(network, maximumTexts: Self.capacity)
    self.learningRate = learningRate
    var generator = RandomGenerator(seed: seed)
    network.initialise(parameters, generator: &generator)
  }

  /// One update by a loss of both outputs of some captions.
  /// - Parameters:
  ///   - places: places of at most `capacity` captions.
  ///   - loss: gets [places][2] outputs and returns d loss / d outputs in the same order.
  func update(_ places: [Int], loss: ([[Float]]) -> [[Float]]) {
    let weights = network.prepare(parameters, into: prepared, forTraining: true)
    gradients.fill(0)
    let slopes = loss(pass(places, weights))
    let target = network.outputGradients(batch, workspace)
    for (index, own) in slopes.enumerated() {
      for output in own.indices { target.pointer[index * network.outputs + output] = own[output] }
    }
    network.backward(batch, weights: weights, gradients: gradients, workspace: workspace)
    network.finishBackward(weights: weights, gradients: gradients, workspace: workspace)
    _ = adam.update(parameters, gradients: gradients, learningRate: learningRate, maximumGradientNorm: 10)
  }

  /// [captions][2] the outputs of all captions.
  func outputs() -> [[Float]] {
    let weights = network.prepare(parameters, into: prepared, forTraining: false)
    return stride(from: 0, to: texts.count, by: Self.capacity).flatMap { start in
      pass(Array(start..<min(start + Self.capacity, texts.count)), weights)
    }
  }

  private func pass(_ places: [Int], _ weights: Weights) -> [[Float]] {
    batch.removeAll()
    for place in places { batch.append(texts[place]) }
    let outputs = network.forward(batch, weights: weights, workspace: workspace)
    return places.indices.map { index in (0..<network.outputs).map { outputs.row(index)[$0] } }
  }
}
