/// One convolution of the message encoder, its ReLU, and the pooling after it, as numbers of columns.
struct TextStage: Sendable {
  /// Columns of a window.
  let kernel: Int
  /// Columns of the convolution's output for a whole text.
  let convolved: Int
  /// Columns that a pool takes the largest of; 1 = no pool. Those left over at the end belong to no pool.
  let pool: Int
  /// Blank columns kept behind those a text can change, because the next layer's windows reach so far.
  let reach: Int

  /// Columns of its output for a whole text.
  var length: Int { convolved / pool }

  init(inputs: Int, kernel: Int, pool: Int, reach: Int) {
    self.kernel = kernel
    convolved = inputs - kernel + 1
    self.pool = pool
    self.reach = reach
  }
}

/// Which columns of a stage exist for each text of a batch, and where they lie.
struct TextColumns: Sendable {
  /// Of the convolution's output: those the text can change.
  private(set) var sums: [Int] = []
  /// The first of them; one more entry for the end.
  private(set) var sumStarts: [Int] = []
  /// Of the stage's output: those the text can change.
  private(set) var kept: [Int] = []
  /// The first column of each text's output; one more entry for the end. Blank ones follow those that are kept.
  private(set) var starts: [Int] = []

  /// - Parameter inputs: leading columns of the stage's input that each text can change.
  mutating func lay(_ stage: TextStage, inputs: [Int]) {
    sums.removeAll(keepingCapacity: true)
    kept.removeAll(keepingCapacity: true)
    sumStarts.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    var (sumStart, start) = (0, 0)
    for input in inputs {
      // An output sees its own column and kernel - 1 after it, so it can change only if the text reaches its own.
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
