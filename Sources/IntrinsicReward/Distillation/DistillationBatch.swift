import Tensor

/// The observations of an unroll as numbers, each with what the target network says of it.
final class DistillationBatch {
  private let reader: ObservationReader
  private let width: Int
  private let chunk: Int
  /// As many rows as the longest unroll had: [rows, numbers of an observation] and [rows, width].
  private var numbers = FloatBuffer(count: 0)
  private var outputs = FloatBuffer(count: 0)
  private(set) var count = 0

  /// - Parameters:
  ///   - width: outputs of the target network.
  ///   - chunk: rows computed together.
  init(reader: ObservationReader, width: Int, chunk: Int) {
    self.reader = reader
    self.width = width
    self.chunk = chunk
  }

  /// [count, numbers of an observation]
  var observations: MutableMatrix { MutableMatrix(numbers.pointer, rows: count, columns: reader.count) }
  /// [count, width]
  var targets: MutableMatrix { MutableMatrix(outputs.pointer, rows: count, columns: width) }
  /// The rows, some at a time.
  var chunks: [Range<Int>] { stride(from: 0, to: count, by: chunk).map { $0..<min($0 + chunk, count) } }

  /// Reads rows of bytes.
  func read(_ rows: [UnsafeRawPointer]) {
    count = rows.count
    if numbers.count < count * reader.count {
      numbers = FloatBuffer(count: count * reader.count)
      outputs = FloatBuffer(count: count * width)
    }
    for (place, row) in rows.enumerated() { reader.read(row, into: observations.row(place)) }
  }

  /// Keeps the rows that are drawn, with their targets, in their order.
  func keep(_ isDrawn: () -> Bool) {
    var kept = 0
    for row in 0..<count where isDrawn() {
      if row != kept {
        observations.row(kept).update(from: observations.row(row), count: reader.count)
        targets.row(kept).update(from: targets.row(row), count: width)
      }
      kept += 1
    }
    count = kept
  }
}
