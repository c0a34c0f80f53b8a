import Tensor

extension GRU {
  public func backward(
    _ inputs: Matrix, steps: Int, batch: Int, resets: UnsafePointer<UInt8>?, outputGradients: Matrix,
    inputGradients: MutableMatrix, weights: Weights, gradients: UnsafeMutablePointer<Float>,
    workspace: RecurrentWorkspace
  ) {
    workspace.check(steps: steps, batch: batch)
    let width = 3 * hiddenSize
    let carried = MutableMatrix(workspace.stateGradients.pointer, rows: batch, columns: hiddenSize)
    carried.pointer.update(repeating: 0, count: batch * hiddenSize)
    for step in (0..<steps).reversed() {
      for row in 0..<batch {
        retreat(
          row, step: step, batch: batch, outputGradients: outputGradients.row(step * batch + row), workspace: workspace)
      }
      let start = workspace.recurrentGateGradients.pointer + step * batch * width
      PackedProduct.multiply(
        Matrix(start, rows: batch, columns: width), packedRecurrent.transposed(weights), into: carried,
        accumulate: true)
      if let resets { reset(carried.pointer, where: resets + step * batch, batch: batch) }
    }
    let rows = steps * batch
    let inputPart = Matrix(workspace.gateGradients.pointer, rows: rows, columns: width)
    let recurrentPart = Matrix(workspace.recurrentGateGradients.pointer, rows: rows, columns: width)
    let previous = Matrix(workspace.states.pointer, rows: rows, columns: hiddenSize)
    GradientProduct.add(inputs, outputGradients: inputPart, to: inputWeight.matrix(in: gradients))
    GradientProduct.add(previous, outputGradients: recurrentPart, to: recurrentWeight.matrix(in: gradients))
    Rows.addColumnSums(of: inputPart, to: gradients + inputBias.offset)
    Rows.addColumnSums(of: recurrentPart, to: gradients + recurrentBias.offset)
    PackedProduct.multiply(inputPart, packedInput.transposed(weights), into: inputGradients)
  }

  /// Gate gradients of one row; leaves in the carried gradient what reaches the previous state past the gates.
  @inline(__always)
  private func retreat(
    _ row: Int, step: Int, batch: Int, outputGradients: UnsafePointer<Float>, workspace: RecurrentWorkspace
  ) {
    let size = hiddenSize
    let index = step * batch + row
    let gates = workspace.gates.pointer + index * 3 * size
    let previous = workspace.state(atStep: step, batch: batch) + row * size
    let candidateTerm = workspace.auxiliary.pointer + index * size
    let carried = workspace.stateGradients.pointer + row * size
    let inputPart = workspace.gateGradients.pointer + index * 3 * size
    let recurrentPart = workspace.recurrentGateGradients.pointer + index * 3 * size
    Lanes.forEach(size) { i, left in
      let dh = Lanes.load(carried + i, remaining: left) + Lanes.load(outputGradients + i, remaining: left)
      let r = Lanes.load(gates + i, remaining: left)
      let z = Lanes.load(gates + size + i, remaining: left)
      let n = Lanes.load(gates + 2 * size + i, remaining: left)
      let dn = dh * (1 - z) * (1 - n * n)
      let dz = dh * (Lanes.load(previous + i, remaining: left) - n) * z * (1 - z)
      let dr = dn * Lanes.load(candidateTerm + i, remaining: left) * r * (1 - r)
      Lanes.store(dr, to: inputPart + i, remaining: left)
      Lanes.store(dr, to: recurrentPart + i, remaining: left)
      Lanes.store(dz, to: inputPart + size + i, remaining: left)
      Lanes.store(dz, to: recurrentPart + size + i, remaining: left)
      Lanes.store(dn, to: inputPart + 2 * size + i, remaining: left)
      Lanes.store(dn * r, to: recurrentPart + 2 * size + i, remaining: left)
      Lanes.store(dh * z, to: carried + i, remaining: left)
    }
  }
}
