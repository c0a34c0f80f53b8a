import NeuralNetwork
import Tensor

extension MessageEncoder {
  /// Adds d loss / d parameters of the latest forward pass's batch to `gradients`, from `workspace.featureGradients`,
  /// which are used up. Those of the bytes are complete after `finishBackward`.
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

  /// Adds what the batches since the last call say of the bytes' vectors and of the first convolution's weights.
  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: MessageWorkspace) {
    bytes.finishBackward(weights: weights, tableGradients: workspace.tableGradients.pointer, gradients: gradients)
  }

  private func clearGradients(of index: Int, _ workspace: MessageWorkspace) {
    let stage = workspace.stages[index]
    stage.gradients.pointer.update(repeating: 0, count: (stage.columns.starts.last ?? 0) * Self.channels)
  }

  /// Back through blank columns, pool and ReLU: writes `workspace.sumGradients`.
  ///
  /// Blank columns are copies of the blank text's first, which gets the sum of their gradients.
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

  /// Adds a gradient to that of the first member of a pool that has its largest value, if the ReLU let it through.
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

  /// Adds up the gradients of the overlapping windows of stage `index` as those of the outputs before it.
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
