import IntrinsicReward
import NeuralNetwork
import Runtime
import Tensor

/// A network with weights and memory, and passes of texts through it.
struct CaptionNetworkProblem {
  let network: CaptionNetwork
  let parameters: FloatBuffer
  let prepared: FloatBuffer
  let weights: Weights

  init(_ network: CaptionNetwork, _ parameters: FloatBuffer) {
    self.network = network
    self.parameters = parameters
    prepared = network.makePrepared()
    weights = network.prepare(parameters, into: prepared, forTraining: true)
  }

  init(_ network: CaptionNetwork, seed: UInt64) {
    let parameters = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: seed)
    network.initialise(parameters, generator: &generator)
    self.init(network, parameters)
  }

  func outputs(_ texts: [[UInt8]], complete: Bool = false, workspace: CaptionWorkspace? = nil) -> [Float] {
    var batch = TextBatch(capacity: texts.count, isComplete: complete)
    for text in texts { batch.append(text) }
    let workspace = workspace ?? CaptionWorkspace(network, maximumTexts: texts.count)
    let outputs = network.forward(batch, weights: weights, workspace: workspace)
    return Array(UnsafeBufferPointer(start: outputs.pointer, count: texts.count * network.outputs))
  }

  /// d loss / d parameters for given d loss / d outputs, in batches of at most `batchSize` texts.
  func gradients(
    _ texts: [[UInt8]], outputGradients: [Float], batchSize: Int? = nil, complete: Bool = false
  ) -> [Float] {
    let size = batchSize ?? texts.count
    let workspace = CaptionWorkspace(network, maximumTexts: size)
    let gradients = FloatBuffer(count: parameters.count)
    for first in stride(from: 0, to: texts.count, by: size) {
      let part = first..<min(first + size, texts.count)
      var batch = TextBatch(capacity: size, isComplete: complete)
      for text in texts[part] { batch.append(text) }
      network.forward(batch, weights: weights, workspace: workspace)
      let target = network.outputGradients(batch, workspace)
      for index in 0..<part.count * network.outputs {
        target.pointer[index] = outputGradients[first * network.outputs + index]
      }
      network.backward(batch, weights: weights, gradients: gradients, workspace: workspace)
    }
    network.finishBackward(weights: weights, gradients: gradients, workspace: workspace)
    return (0..<gradients.count).map { gradients.pointer[$0] }
  }
}
