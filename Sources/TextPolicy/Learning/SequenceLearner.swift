import NeuralNetwork
import Tensor

/// Trains a policy by any loss of its tokens' log-probabilities, with Adam. One thread at a time uses it.
public final class SequenceLearner {
  /// Adds d loss / d log pi of each token to the slopes, which are zero before.
  public typealias Loss = (_ group: TokenGroup, _ slopes: inout [Double]) -> Void

  public let policy: TextPolicy
  public var learningRate: Float
  /// Updates that the learning rate rises for, linearly, from the start on.
  public var warmUpUpdates = 0
  /// Gradients with a larger norm are scaled down to it.
  public var maximumGradientNorm: Float = 1
  public private(set) var adam: Adam
  private let gradients: FloatBuffer
  private var scorer: SequenceScorer

  public init(_ policy: TextPolicy, learningRate: Float = 3e-4) {
    self.policy = policy
    self.learningRate = learningRate
    let count = policy.parameters.count
    adam = Adam(parameterCount: count, options: AdamOptions(beta2: 0.99, epsilon: 1e-8))
    gradients = FloatBuffer(count: count)
    scorer = SequenceScorer(policy.transformer)
  }

  /// Forgets Adam's moments: an iterate of a preference method starts with none.
  public func resetMoments() { adam = Adam(parameterCount: adam.firstMoment.count, options: adam.options) }

  /// One update.
  /// - Parameters:
  ///   - groupSize: texts of a group; the batch is a whole number of groups.
  ///   - loss: called once for each group, in the batch's order.
  /// - Returns: norm of the gradient before clipping; not finite if nothing was updated.
  @discardableResult
  public func update(_ batch: SequenceBatch, groupSize: Int, loss: Loss) -> Float {
    gradients.fill(0)
    addGradients(batch, groupSize: groupSize, loss: loss)
    let warm = warmUpUpdates > 0 ? min(1, Float(adam.step + 1) / Float(warmUpUpdates)) : 1
    let norm = adam.update(
      policy.parameters, gradients: gradients, learningRate: learningRate * warm,
      maximumGradientNorm: maximumGradientNorm)
    policy.prepare(forTraining: true)
    return norm
  }

  private func addGradients(_ batch: SequenceBatch, groupSize: Int, loss: Loss) {
    precondition(groupSize > 0 && batch.sequences.count.isMultiple(of: groupSize), "groups of \(groupSize)")
    if groupSize > scorer.workspace.texts { scorer = SequenceScorer(policy.transformer, texts: groupSize) }
    let textsOfPass = scorer.workspace.texts / groupSize * groupSize
    for first in stride(from: 0, to: batch.sequences.count, by: textsOfPass) {
      let range = first..<min(first + textsOfPass, batch.sequences.count)
      let length = scorer.forward(batch.sequences[range], policy: policy)
      var slopes: [[Double]] = []
      for start in stride(from: range.lowerBound, to: range.upperBound, by: groupSize) {
        let group = group(batch, texts: start..<start + groupSize, pass: first, length: length)
        var values = [Double](repeating: 0, count: group.current.count)
        loss(group, &values)
        for text in 0..<groupSize { slopes.append(Array(values[group.range(text)])) }
      }
      writeLogitGradients(batch.sequences[range], slopes: slopes, length: length)
      scorer.backward(texts: range.count, length: length, policy: policy, gradients: gradients)
    }
  }

  /// The numbers that a loss reads, after a forward pass that began with text `pass`.
  private func group(_ batch: SequenceBatch, texts: Range<Int>, pass: Int, length: Int) -> TokenGroup {
    var group = TokenGroup(
      index: texts.lowerBound / texts.count, starts: [0], current: [], old: [], reference: [], isChosen: [])
    for index in texts {
      let text = batch.sequences[index]
      for position in 0..<text.count {
        let row = (index - pass) * length + position - 1
        group.current.append(position > 0 ? Double(scorer.logRow(row)[Int(text.tokens[position])]) : 0)
      }
      group.old.append(contentsOf: text.old.map(Double.init))
      if !batch.reference.isEmpty { group.reference.append(contentsOf: batch.reference[index].map(Double.init)) }
      group.isChosen.append(contentsOf: text.isChosen)
      group.starts.append(group.current.count)
    }
    return group
  }

  /// Replaces log-probabilities by d loss / d logits: slope (1[a] - p) at the position before each token.
  private func writeLogitGradients(_ texts: ArraySlice<TokenSequence>, slopes: [[Double]], length: Int) {
    let vocabulary = policy.transformer.options.vocabulary
    for (index, text) in texts.enumerated() {
      for position in 0..<length {
        let row = scorer.logRow(index * length + position)
        let next = position + 1
        let slope = next < text.count ? Float(slopes[index][next]) : 0
        if slope == 0 {
          row.update(repeating: 0, count: vocabulary)
        } else {
          Rows.writeLogitGradients(
            logProbabilities: row, count: vocabulary, index: Int(text.tokens[next]),
            logProbabilityGradient: slope, entropyGradient: 0, entropy: 0, into: row)
        }
      }
    }
  }
}
