import Tensor

extension LSTM {
  public func backward(
    _ inputs: Matrix, steps: Int, batch: Int, resets: UnsafePointer<UInt8>?, outputGradients: Matrix,
    inputGradients: MutableMatrix, weights: Weights, gradients: UnsafeMutablePointer<Float>,
    workspace: RecurrentWorkspace
  ) {
    workspace.check(steps: steps, batch: batch)
    let width = 4 * hiddenSize
    let carried = workspace.stateGradients.pointer
    carried.update(repeating: 0, count: batch * stateSize)
    let carriedHidden = MutableMatrix(carried, rows: batch, columns: hiddenSize, stride: stateSize)
    for step in (0..<steps).reversed() {
      for row in 0..<batch {
        retreat(
          row, step: step, batch: batch, outputGradients: outputGradients.row(step * batch + row), workspace: workspace)
      }
      let start = workspace.gateGradients.pointer + step * batch * width
      PackedProduct.multiply(
        Matrix(start, rows: batch, columns: width), packedRecurrent.transposed(weights), into: carriedHidden)
      if let resets { reset(carried, where: resets + step * batch, batch: batch) }
    }
    let rows = steps * batch
    let gateGradients = Matrix(workspace.gateGradients.pointer, rows: rows, columns: width)
    let previous = Matrix(workspace.states.pointer, rows: rows, columns: hiddenSize, stride: stateSize)
    GradientProduct.add(inputs, outputGradients: gateGradients, to: inputWeight.matrix(in: gradients))
    GradientProduct.add(previous, outputGradients: gateGradients, to: recurrentWeight.matrix(in: gradients))
    Rows.addColumnSums(of: gateGradients, to: gradients + bias.offset)
    PackedProduct.multiply(gateGradients, packedInput.transposed(weights), into: inputGradients)
  }

  /// Gate gradients of one row; leaves the previous cell's gradient in the carried one.
  @inline(__always)
  private func retreat(
    _ row: Int, step: Int, batch: Int, outputGradients: UnsafePointer<Float>, workspace: RecurrentWorkspace
  ) {
    let size = hiddenSize
    let index = step * batch + row
    let gates = workspace.gates.pointer + index * 4 * size
    let previousCell = workspace.state(atStep: step, batch: batch) + row * stateSize + size
    let squashedCell = workspace.auxiliary.pointer + index * size
    let carried = workspace.stateGradients.pointer + row * stateSize
    let gateGradients = workspace.gateGradients.pointer + index * 4 * size
    Lanes.forEach(size) { j, left in
      let dh = Lanes.load(carried + j, remaining: left) + Lanes.load(outputGradients + j, remaining: left)
      let i = Lanes.load(gates + j, remaining: left)
      let f = Lanes.load(gates + size + j, remaining: left)
      let g = Lanes.load(gates + 2 * size + j, remaining: left)
      let o = Lanes.load(gates + 3 * size + j, remaining: left)
      let squashed = Lanes.load(squashedCell + j, remaining: left)
      let dc = Lanes.fused(dh * o, 1 - squashed * squashed, Lanes.load(carried + size + j, remaining: left))
      Lanes.store(dc * g * i * (1 - i), to: gateGradients + j, remaining: left)
      let df = dc * Lanes.load(previousCell + j, remaining: left) * f * (1 - f)
      Lanes.store(df, to: gateGradients + size + j, remaining: left)
      Lanes.store(dc * i * (1 - g * g), to: gateGradients + 2 * size + j, remaining: left)
      Lanes.store(dh * squashed * o * (1 - o), to: gateGradients + 3 * size + j, remaining: left)
      Lanes.store(dc * f, to: carried + size + j, remaining: left)
    }
  }
}
