import NeuralNetwork
import Runtime
import Tensor

/// The text encoder of ONI's and Motif's reward models (Zheng et al. 2024; Klissarov et al. 2023): bytes to 128
/// features.
///
///     bytes 256 -> embedding 32 -> conv 7 -> 250 -> pool 3 -> 83 -> conv 7 -> 77 -> pool 3 -> 25
///               -> conv 3, four times -> 23, 21, 19, 17 -> pool 3 -> 5 -> dense 128
///
/// 64 channels, a ReLU after every layer, 141,824 parameters. Convolutions do not pad; a pool drops columns that do not
/// fill it.
///
/// Captions are short, and columns that see only padding are the same for all texts. They are computed once, for a
/// blank text in the batch: a text of 40 bytes needs 40 columns of 250 and 14 of 77. The result is equal bit for bit,
/// because the rows of a product do not depend on each other. Gradients of shared columns are summed for the blank
/// text, so they are exact too.
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
  /// The convolutions from the second stage on.
  let convolutions: [Convolution1D]
  let dense: Linear

  /// - Parameter dense: the weights that the dense layer starts with. The convolutions start as PyTorch's do.
  init(dense initial: InitialValues, in layout: inout ParameterLayout) {
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
      activation: .relu, initial: initial, in: &layout)
  }

  func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool) {
    bytes.prepare(parameters, into: prepared)
    for convolution in convolutions { convolution.prepare(parameters, into: prepared, forTraining: forTraining) }
    dense.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  /// Computes the features of a batch's texts, [batch.count, outputSize], into `workspace.features`.
  func forward(_ batch: TextBatch, weights: Weights, workspace: MessageWorkspace) {
    workspace.arrange(batch)
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

  /// Applies ReLU and pool, and appends blank columns to the computed columns of each text.
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
          // All blank columns equal the blank text's only column.
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

  /// The first `count` columns of a stage's memory as a matrix with one column in each row.
  static func sums(_ buffer: FloatBuffer, _ count: Int) -> MutableMatrix {
    MutableMatrix(buffer.pointer, rows: count, columns: channels)
  }

  /// The input of the dense layer: all columns of each text, without the blank text.
  func flat(_ workspace: MessageWorkspace, _ count: Int, gradients: Bool = false) -> MutableMatrix {
    let last = workspace.stages[Self.stages.count - 1]
    let buffer = gradients ? last.gradients : last.outputs
    return MutableMatrix(buffer.pointer + dense.inputs, rows: count, columns: dense.inputs)
  }

  func features(_ buffer: FloatBuffer, _ count: Int) -> MutableMatrix {
    MutableMatrix(buffer.pointer, rows: count, columns: Self.outputSize)
  }
}

extension MessageEncoder {
  /// Adds d loss / d parameters for the batch of the latest forward pass to `gradients`. Reads and overwrites
  /// `workspace.featureGradients`. Gradients of the byte convolution are complete after `finishBackward`.
  func backward(
    _ batch: TextBatch, weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: MessageWorkspace
  ) {
    let last = Self.stages.count - 1
    clearGradients(of: last, workspace)
    dense.backward(
      flat(workspace, batch.count).view, features(workspace.features, batch.count).view,
      outputGradients: features(workspace.featureGradients, batch.count),
      inputGradients: flat(workspace, batch.count, gradients: true), weights: weights, gradients: gradients,
      scratch: workspace.sumGradients.pointer)
    for index in stride(from: last, to: 0, by: -1) {
      unfinish(index, workspace)
      workspace.findWindows(of: index)
      let convolution = convolutions[index - 1]
      let count = workspace.windows.count
      convolution.backward(
        workspace.windows, outputGradients: Self.sums(workspace.sumGradients, count).view,
        windowGradients: MutableMatrix(
          workspace.windowGradients.pointer, rows: count, columns: convolution.windowSize),
        weights: weights, gradients: gradients)
      addWindows(of: index, windowSize: convolution.windowSize, workspace)
    }
    unfinish(0, workspace)
    unembed(batch, workspace, gradients: gradients)
  }

  /// Adds the gradients of the byte convolution for all batches since the last call.
  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: MessageWorkspace) {
    bytes.finishBackward(weights: weights, tableGradients: workspace.tableGradients.pointer, gradients: gradients)
  }

  private func clearGradients(of index: Int, _ workspace: MessageWorkspace) {
    let stage = workspace.stages[index]
    stage.gradients.pointer.update(repeating: 0, count: (stage.columns.starts.last ?? 0) * Self.channels)
  }

  /// Backward pass through blank columns, pool and ReLU: writes `workspace.sumGradients`.
  ///
  /// Blank columns are copies of the blank text's first column, which gets the sum of their gradients.
  private func unfinish(_ index: Int, _ workspace: MessageWorkspace) {
    let (stage, pool) = (workspace.stages[index], Self.stages[index].pool)
    let (columns, width) = (stage.columns, Self.channels)
    let gradients = stage.gradients.pointer
    for text in columns.kept.indices {
      for column in columns.starts[text] + columns.kept[text]..<columns.starts[text + 1] {
        Rows.add(gradients + column * width, to: gradients, count: width)
      }
    }
    let sumGradients = workspace.sumGradients.pointer
    sumGradients.update(repeating: 0, count: (columns.sumStarts.last ?? 0) * width)
    for text in columns.kept.indices {
      let start = columns.sumStarts[text]
      for column in 0..<columns.kept[text] {
        let output = (columns.starts[text] + column) * width
        let members = (column * pool..<column * pool + pool).lazy.map {
          $0 < columns.sums[text] ? (start + $0) * width : 0
        }
        Self.divide(
          gradients + output, largest: stage.outputs.pointer + output, of: stage.sums.pointer, at: members,
          into: sumGradients)
      }
    }
  }

  /// Adds a gradient to the first member of a pool with the largest value, if the ReLU passed it.
  private static func divide(
    _ gradient: UnsafePointer<Float>, largest: UnsafePointer<Float>, of sums: UnsafePointer<Float>,
    at members: some Sequence<Int>, into sumGradients: UnsafeMutablePointer<Float>
  ) {
    Lanes.forEach(channels) { i, remaining in
      let value = Lanes.load(largest + i, remaining: remaining)
      let whole = Lanes.load(gradient + i, remaining: remaining)
      var left = whole.replacing(with: 0, where: value .<= 0)
      for member in members {
        let isLargest = Lanes.load(sums + member + i, remaining: remaining) .== value
        let sum =
          Lanes.load(sumGradients + member + i, remaining: remaining) + left.replacing(with: 0, where: .!isLargest)
        Lanes.store(sum, to: sumGradients + member + i, remaining: remaining)
        left.replace(with: 0, where: isLargest)
      }
    }
  }

  /// Sums the gradients of the overlapping windows of stage `index` into the gradients of the previous stage's outputs.
  private func addWindows(of index: Int, windowSize: Int, _ workspace: MessageWorkspace) {
    clearGradients(of: index - 1, workspace)
    let before = workspace.stages[index - 1]
    let columns = workspace.stages[index].columns
    var window = UnsafePointer(workspace.windowGradients.pointer)
    for text in columns.sums.indices {
      let first = before.gradients.pointer + before.columns.starts[text] * Self.channels
      for column in 0..<columns.sums[text] {
        Rows.add(window, to: first + column * Self.channels, count: windowSize)
        window += windowSize
      }
    }
  }

  private func unembed(_ batch: TextBatch, _ workspace: MessageWorkspace, gradients: UnsafeMutablePointer<Float>) {
    let columns = workspace.stages[0].columns
    batch.bytes.withUnsafeBufferPointer { texts in
      guard let first = texts.baseAddress else { return }
      for text in 0...batch.count {
        bytes.backward(
          first + text * TextBatch.maximumBytes, count: columns.sums[text],
          outputGradients: workspace.sumGradients.pointer + columns.sumStarts[text] * Self.channels,
          gradients: gradients, tableGradients: workspace.tableGradients.pointer)
      }
    }
  }
}

/// The memory of a `MessageEncoder`'s passes. Used by one thread at a time.
final class MessageWorkspace {
  /// The activations of one stage; a column has `MessageEncoder.channels` floats.
  struct Activations {
    var columns = TextColumns()
    /// Outputs of the convolution, after its ReLU.
    let sums: FloatBuffer
    /// Outputs of the pool, followed by blank columns; the input of the next stage.
    let outputs: FloatBuffer
    /// d loss / d outputs.
    let gradients: FloatBuffer
  }

  let maximumTexts: Int
  var stages: [Activations]
  /// d loss / d sums of the current stage.
  let sumGradients: FloatBuffer
  /// d loss / d windows of the current stage.
  let windowGradients: FloatBuffer
  /// First float of each window of the current stage.
  private(set) var windows: [UnsafePointer<Float>] = []
  /// Gradients that `ByteConvolution` collects until `finishBackward`.
  let tableGradients: FloatBuffer
  /// [maximumTexts, MessageEncoder.outputSize] features, and d loss / d features.
  let features: FloatBuffer
  let featureGradients: FloatBuffer

  init(_ encoder: MessageEncoder, maximumTexts: Int) {
    self.maximumTexts = maximumTexts
    let texts = maximumTexts + 1
    let channels = MessageEncoder.channels
    stages = MessageEncoder.stages.map { stage in
      Activations(
        sums: FloatBuffer(count: texts * stage.convolved * channels),
        outputs: FloatBuffer(count: texts * stage.length * channels),
        gradients: FloatBuffer(count: texts * stage.length * channels))
    }
    sumGradients = FloatBuffer(count: stages.map(\.sums.count).max() ?? 0)
    let windowFloats = MessageEncoder.stages.dropFirst().map { $0.convolved * $0.kernel }.max() ?? 0
    windowGradients = FloatBuffer(count: texts * windowFloats * channels)
    tableGradients = FloatBuffer(count: encoder.bytes.tableGradientCount)
    features = FloatBuffer(count: maximumTexts * MessageEncoder.outputSize)
    featureGradients = FloatBuffer(count: maximumTexts * MessageEncoder.outputSize)
  }

  /// Computes the columns of every stage for the texts of `batch`.
  func arrange(_ batch: TextBatch) {
    precondition(batch.count <= maximumTexts, "\(batch.count) texts in memory for \(maximumTexts)")
    for (index, stage) in MessageEncoder.stages.enumerated() {
      let inputs = index == 0 ? batch.lengths : stages[index - 1].columns.kept
      stages[index].columns.arrange(stage, inputs: inputs)
    }
  }

  /// Finds the windows of stage `index` (not the first) in the outputs of the previous stage.
  func findWindows(of index: Int) {
    let before = stages[index - 1]
    let columns = stages[index].columns
    windows.removeAll(keepingCapacity: true)
    for text in columns.sums.indices {
      let first = UnsafePointer(before.outputs.pointer) + before.columns.starts[text] * MessageEncoder.channels
      for column in 0..<columns.sums[text] { windows.append(first + column * MessageEncoder.channels) }
    }
  }
}
