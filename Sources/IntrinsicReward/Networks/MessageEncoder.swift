import NeuralNetwork
import Runtime
import Tensor

/// The text encoder of ONI's and Motif's reward models (Zheng et al. 2024; Klissarov et al. 2023): bytes to 128 features.
///
///     bytes 256 -> embedding 32 -> conv 7 -> 250 -> pool 3 -> 83 -> conv 7 -> 77 -> pool 3 -> 25
///               -> conv 3, four times -> 23, 21, 19, 17 -> pool 3 -> 5 -> dense 128
///
/// 64 channels, a ReLU after every layer, 141,824 parameters. Convolutions do not pad, and a pool leaves out what does
/// not fill it.
///
/// Captions are short: of a text of 40 bytes 40 columns of 250 and 14 of 77 are computed, which are those it can change.
/// All others equal those of the blank text of the batch, bit for bit, because a product's rows do not depend on each
/// other; and what the loss says of them is added up for the blank text, which makes the gradients exact too.
public struct MessageEncoder: Sendable {
  public static let outputSize = 128
  static let channels = 64
  static let embeddingSize = 32
  static let stages = [
    TextStage(inputs: TextBatch.maximumBytes, kernel: 7, pool: 3, reach: 6),
    TextStage(inputs: 83, kernel: 7, pool: 3, reach: 2),
    TextStage(inputs: 25, kernel: 3, pool: 1, reach: 2),
    TextStage(inputs: 23, kernel: 3, pool: 1, reach: 2),
    TextStage(inputs: 21, kernel: 3, pool: 1, reach: 2),
    // The dense layer reads every column.
    TextStage(inputs: 19, kernel: 3, pool: 3, reach: 5),
  ]

  let bytes: ByteConvolution
  /// Those of the second stage on.
  let convolutions: [Convolution1D]
  let dense: Linear

  init(in layout: inout ParameterLayout) {
    bytes = ByteConvolution(
      "encoder.1", embeddingSize: Self.embeddingSize, kernel: Self.stages[0].kernel, outputChannels: Self.channels,
      in: &layout)
    var convolutions: [Convolution1D] = []
    for (index, stage) in Self.stages.enumerated().dropFirst() {
      convolutions.append(
        Convolution1D(
          "encoder.\(index + 1)", kernel: stage.kernel, inputChannels: Self.channels, outputChannels: Self.channels,
          in: &layout))
    }
    self.convolutions = convolutions
    dense = Linear(
      "encoder.dense", inputs: (Self.stages.last?.length ?? 0) * Self.channels, outputs: Self.outputSize,
      activation: .relu, in: &layout)
  }

  /// Convolutions begin as PyTorch's; so does the dense layer, unless it is to be orthogonal with zero bias.
  func initialise(
    _ parameters: UnsafeMutablePointer<Float>, orthogonalDense: Bool, generator: inout RandomGenerator
  ) {
    bytes.initialise(parameters, generator: &generator)
    for convolution in convolutions { convolution.initialise(parameters, generator: &generator) }
    if orthogonalDense {
      dense.initialise(parameters, generator: &generator)
    } else {
      dense.initialiseUniformly(parameters, generator: &generator)
    }
  }

  func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool) {
    bytes.prepare(parameters, into: prepared)
    for convolution in convolutions { convolution.prepare(parameters, into: prepared, forTraining: forTraining) }
    dense.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  /// The features of a batch's texts [batch.count, outputSize], in `workspace.features`.
  func forward(_ batch: TextBatch, weights: Weights, workspace: MessageWorkspace) {
    workspace.lay(batch)
    embed(batch, into: workspace.stages[0], weights: weights)
    finish(0, workspace)
    for index in 1..<Self.stages.count {
      workspace.findWindows(of: index)
      convolutions[index - 1].forward(
        workspace.windows, into: Self.sums(workspace.stages[index].sums, workspace.windows.count), weights: weights)
      finish(index, workspace)
    }
    dense.forward(
      flat(workspace, batch.count).view, into: features(workspace.features, batch.count), weights: weights)
  }

  private func embed(_ batch: TextBatch, into stage: MessageWorkspace.Activations, weights: Weights) {
    batch.bytes.withUnsafeBufferPointer { texts in
      guard let first = texts.baseAddress else { return }
      for text in 0...batch.count {
        bytes.forward(
          first + text * TextBatch.maximumBytes, count: stage.columns.sums[text],
          into: stage.sums.pointer + stage.columns.sumStarts[text] * Self.channels, weights: weights)
      }
    }
  }

  /// ReLU, pool, and the blank columns behind what is kept of each text.
  private func finish(_ index: Int, _ workspace: MessageWorkspace) {
    let (stage, pool) = (workspace.stages[index], Self.stages[index].pool)
    let (columns, width) = (stage.columns, Self.channels)
    Rows.relu(Self.sums(stage.sums, columns.sumStarts.last ?? 0))
    for text in columns.kept.indices {
      let sums = stage.sums.pointer + columns.sumStarts[text] * width
      var output = stage.outputs.pointer + columns.starts[text] * width
      for column in 0..<columns.kept[text] {
        Rows.copy(sums + column * pool * width, to: output, count: width)
        for member in column * pool + 1..<column * pool + pool {
          // The blank text's only column stands for all blank ones.
          let value = member < columns.sums[text] ? sums + member * width : stage.sums.pointer
          Self.takeLarger(value, into: output)
        }
        output += width
      }
      let blanks = columns.starts[text + 1] - columns.starts[text] - columns.kept[text]
      for blank in 0..<blanks { Rows.copy(stage.outputs.pointer, to: output + blank * width, count: width) }
    }
  }

  private static func takeLarger(_ value: UnsafePointer<Float>, into largest: UnsafeMutablePointer<Float>) {
    Lanes.forEach(channels) { i, remaining in
      let (a, b) = (Lanes.load(largest + i, remaining: remaining), Lanes.load(value + i, remaining: remaining))
      Lanes.store(a.replacing(with: b, where: b .> a), to: largest + i, remaining: remaining)
    }
  }

  /// The first `count` columns of a stage's memory, one a row.
  static func sums(_ buffer: FloatBuffer, _ count: Int) -> MutableMatrix {
    MutableMatrix(buffer.pointer, rows: count, columns: channels)
  }

  /// What the dense layer reads: all columns of each text, without the blank text.
  func flat(_ workspace: MessageWorkspace, _ count: Int, gradients: Bool = false) -> MutableMatrix {
    let last = workspace.stages[Self.stages.count - 1]
    let buffer = gradients ? last.gradients : last.outputs
    return MutableMatrix(buffer.pointer + dense.inputs, rows: count, columns: dense.inputs)
  }

  func features(_ buffer: FloatBuffer, _ count: Int) -> MutableMatrix {
    MutableMatrix(buffer.pointer, rows: count, columns: Self.outputSize)
  }
}
