/// Texts that pass through a network together, each padded with zero bytes to the input size of the encoder.
///
/// The batch begins with a blank text. Every column of an activation that sees only padding has the same value in all
/// texts, so it is computed only for the blank text.
public struct TextBatch: Sendable {
  /// Maximum number of bytes of a text; the rest is cut off.
  public static let maximumBytes = 256

  /// Maximum number of texts, without the blank one.
  public let capacity: Int
  /// Whether all columns of every text are computed, as in a network without this optimisation. For comparisons.
  public let isComplete: Bool
  /// [count + 1, maximumBytes], the blank text first.
  private(set) var bytes: [UInt8]
  /// Number of leading input columns that each text can change; 1 for the blank text, whose first column equals all
  /// blank columns.
  private(set) var lengths: [Int] = [1]

  public init(capacity: Int, isComplete: Bool = false) {
    precondition(capacity > 0, "a batch of no texts")
    self.capacity = capacity
    self.isComplete = isComplete
    bytes = Array(repeating: 0, count: (capacity + 1) * Self.maximumBytes)
  }

  /// Number of texts, without the blank one.
  public var count: Int { lengths.count - 1 }
  var indices: Range<Int> { 0..<count }

  public mutating func removeAll() { lengths.removeSubrange(1...) }

  /// Adds a text. The batch must not be full.
  public mutating func append(_ text: some Collection<UInt8>) {
    precondition(count < capacity, "a batch has room for \(capacity) texts")
    let length = min(text.count, Self.maximumBytes)
    let start = lengths.count * Self.maximumBytes
    for index in 0..<Self.maximumBytes { bytes[start + index] = 0 }
    for (index, byte) in text.prefix(length).enumerated() { bytes[start + index] = byte }
    lengths.append(isComplete ? Self.maximumBytes : length)
  }
}

/// The sizes of one stage of the message encoder: a convolution, its ReLU, and a pool.
struct TextStage: Sendable {
  /// Number of columns of a window.
  let kernel: Int
  /// Number of columns of the convolution's output for a full text.
  let convolved: Int
  /// Number of columns of a pool; 1 = no pool. Left-over columns at the end belong to no pool.
  let pool: Int
  /// Number of blank columns appended to the columns a text can change, because windows of the next layer reach that
  /// far.
  let reach: Int

  /// Number of columns of the stage's output for a full text.
  var length: Int { convolved / pool }

  init(inputs: Int, kernel: Int, pool: Int, reach: Int) {
    self.kernel = kernel
    convolved = inputs - kernel + 1
    self.pool = pool
    self.reach = reach
  }
}

/// The columns of a stage that are computed for each text of a batch, and their places.
struct TextColumns: Sendable {
  /// Number of columns of the convolution's output that each text can change.
  private(set) var sums: [Int] = []
  /// Index of the first of these columns, with one more entry for the end.
  private(set) var sumStarts: [Int] = []
  /// Number of columns of the stage's output that each text can change.
  private(set) var kept: [Int] = []
  /// Index of the first column of each text's output, with one more entry for the end. Blank columns follow the kept
  /// ones.
  private(set) var starts: [Int] = []

  /// Computes the columns of a stage.
  /// - Parameter inputs: number of leading columns of the stage's input that each text can change.
  mutating func arrange(_ stage: TextStage, inputs: [Int]) {
    sums.removeAll(keepingCapacity: true)
    kept.removeAll(keepingCapacity: true)
    sumStarts.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    var (sumStart, start) = (0, 0)
    for input in inputs {
      // An output depends on its own column and the kernel - 1 columns after it: it can change only if its own can.
      let sum = min(input, stage.convolved)
      let changed = min((sum + stage.pool - 1) / stage.pool, stage.length)
      sums.append(sum)
      kept.append(changed)
      sumStarts.append(sumStart)
      starts.append(start)
      sumStart += sum
      start += min(changed + stage.reach, stage.length)
    }
    sumStarts.append(sumStart)
    starts.append(start)
  }
}
