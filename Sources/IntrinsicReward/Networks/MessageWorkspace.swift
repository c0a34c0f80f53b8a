import NeuralNetwork
import Tensor

/// The memory of a pass through a `MessageEncoder`. Used by one thread at a time.
final class MessageWorkspace {
  /// Of one stage; a column is `MessageEncoder.channels` floats.
  struct Activations {
    var columns = TextColumns()
    /// What the convolution gave, after its ReLU.
    let sums: FloatBuffer
    /// After the pool, with blank columns behind; the next stage's input.
    let outputs: FloatBuffer
    /// d loss / d outputs.
    let gradients: FloatBuffer
  }

  let maximumTexts: Int
  var stages: [Activations]
  /// d loss / d sums of the stage at hand.
  let sumGradients: FloatBuffer
  /// d loss / d windows of the stage at hand.
  let windowGradients: FloatBuffer
  /// Where the windows of the stage at hand begin.
  private(set) var windows: [UnsafePointer<Float>] = []
  /// What `ByteConvolution` collects.
  let tableGradients: FloatBuffer
  /// [maximumTexts, MessageEncoder.outputSize]
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

  /// Finds the columns of every stage for the texts of `batch`.
  func lay(_ batch: TextBatch) {
    precondition(batch.count <= maximumTexts, "\(batch.count) texts in memory for \(maximumTexts)")
    for (index, stage) in MessageEncoder.stages.enumerated() {
      let inputs = index == 0 ? batch.lengths : stages[index - 1].columns.kept
      stages[index].columns.lay(stage, inputs: inputs)
    }
  }

  /// Finds where the windows of stage `index` (not the first) begin in the outputs of the one before it.
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
