import NeuralNetwork
import Tensor

/// One block of the decoder: x += attention(norm(x)), then x += network(norm(x)), a network of one hidden ReLU layer.
struct TransformerBlock: Sendable {
  let width: Int
  let attention: CausalAttention
  let attentionNorm: RMSNorm
  /// To queries, keys and values.
  let projection: Linear
  let attentionOutput: Linear
  let hiddenNorm: RMSNorm
  let hidden: Linear
  let hiddenOutput: Linear

  init(_ name: String, _ options: TransformerOptions, in layout: inout ParameterLayout) {
    let width = options.width
    self.width = width
    attention = CausalAttention(heads: options.heads, headWidth: options.headWidth)
    attentionNorm = RMSNorm("\(name).attention.norm", width: width, in: &layout)
    projection = Linear("\(name).attention.projection", inputs: width, outputs: 3 * width, in: &layout)
    attentionOutput = Linear("\(name).attention.output", inputs: width, outputs: width, in: &layout)
    hiddenNorm = RMSNorm("\(name).hidden.norm", width: width, in: &layout)
    hidden = Linear(
      "\(name).hidden.input", inputs: width, outputs: options.hidden, activation: .relu, in: &layout)
    hiddenOutput = Linear("\(name).hidden.output", inputs: options.hidden, outputs: width, in: &layout)
  }

  /// The layers whose outputs are added to the block's input, and those that feed them.
  var addedLayers: [Linear] { [attentionOutput, hiddenOutput] }
  var innerLayers: [Linear] { [projection, hidden] }

  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    for layer in innerLayers + addedLayers {
      layer.prepare(parameters, into: prepared, forTraining: forTraining)
    }
  }

  /// - Parameters:
  ///   - x: [texts * length, width], read again by the backward pass.
  ///   - y: [texts * length, width]; not the memory of x.
  func forward(
    _ x: Matrix, length: Int, into y: MutableMatrix, memory: BlockMemory, scratch: TransformerScratch,
    weights: Weights
  ) {
    let rows = x.rows
    let normed = memory.matrix(memory.attentionNormed, rows, width)
    let projected = memory.matrix(memory.projected, rows, 3 * width)
    let attended = memory.matrix(memory.attended, rows, width)
    let middle = memory.matrix(memory.middle, rows, width)
    attentionNorm.forward(
      x, into: normed, scales: memory.attentionScales.pointer, parameters: weights.parameters)
    projection.forward(normed.view, into: projected, weights: weights)
    attention.forward(
      projected.view, length: length, into: attended, shares: memory.shares.pointer,
      scratch: scratch.attention.pointer)
    attentionOutput.forward(attended.view, into: middle, weights: weights)
    Elementwise.addScaled(1, x.pointer, to: middle.pointer, count: rows * width)

    let hiddenNormed = memory.matrix(memory.hiddenNormed, rows, width)
    let inner = memory.matrix(memory.inner, rows, hidden.outputs)
    hiddenNorm.forward(
      middle.view, into: hiddenNormed, scales: memory.hiddenScales.pointer, parameters: weights.parameters)
    hidden.forward(hiddenNormed.view, into: inner, weights: weights)
    hiddenOutput.forward(inner.view, into: y, weights: weights)
    Elementwise.addScaled(1, middle.pointer, to: y.pointer, count: rows * width)
  }

  /// Turns `slopes`, d loss / d y [texts * length, width], into d loss / d x, in place, and adds d loss / d parameters.
  func backward(
    _ x: Matrix, length: Int, slopes: MutableMatrix, memory: BlockMemory, scratch: TransformerScratch,
    weights: Weights, gradients: UnsafeMutablePointer<Float>
  ) {
    let rows = x.rows
    let inner = memory.matrix(memory.inner, rows, hidden.outputs).view
    let wide = scratch.matrix(scratch.wide, rows, hidden.outputs)
    let narrow = scratch.matrix(scratch.narrow, rows, width)
    hiddenOutput.backward(
      inner, sumGradients: slopes.view, inputGradients: wide, weights: weights, gradients: gradients)
    Rows.multiplyByReLUDerivative(wide, outputs: inner)
    hidden.backward(
      memory.matrix(memory.hiddenNormed, rows, width).view, sumGradients: wide.view, inputGradients: narrow,
      weights: weights, gradients: gradients)
    hiddenNorm.backward(
      memory.matrix(memory.middle, rows, width).view, scales: memory.hiddenScales.pointer,
      outputGradients: narrow.view, inputGradients: slopes, parameters: weights.parameters, gradients: gradients)

    attentionOutput.backward(
      memory.matrix(memory.attended, rows, width).view, sumGradients: slopes.view, inputGradients: narrow,
      weights: weights, gradients: gradients)
    let projected = scratch.matrix(scratch.wide, rows, 3 * width)
    attention.backward(
      memory.matrix(memory.projected, rows, 3 * width).view, length: length, shares: memory.shares.pointer,
      outputGradients: narrow.view, inputGradients: projected, scratch: scratch.attention.pointer)
    projection.backward(
      memory.matrix(memory.attentionNormed, rows, width).view, sumGradients: projected.view,
      inputGradients: narrow, weights: weights, gradients: gradients)
    attentionNorm.backward(
      x, scales: memory.attentionScales.pointer, outputGradients: narrow.view, inputGradients: slopes,
      parameters: weights.parameters, gradients: gradients)
  }
}
