import ActorCritic
import NeuralNetwork

/// One version of a network's parameters, read by slice.
struct PolicyParameters {
  /// In the order of the network's layout.
  let values: [Float]

  /// The values of an array, row-major.
  func values(of slice: ParameterSlice) -> [Float] { Array(values[slice.offset..<slice.offset + slice.count]) }

  /// The deviations that numbers or values are scaled by.
  func deviations(_ scale: NetworkBlueprint.Standardised) -> [Float] {
    values(of: scale.variance).map { max($0.squareRoot(), scale.minimumDeviation) }
  }

  /// A matrix [rows, columns] with its columns as rows.
  func transposed(_ slice: ParameterSlice) -> [Float] {
    let columns = slice.shape.last ?? 1
    let (rows, source) = (slice.count / max(columns, 1), values(of: slice))
    return (0..<columns).flatMap { column in (0..<rows).map { source[$0 * columns + column] } }
  }

  /// The weights [K K C, O] of a convolution as [O, C, K, K].
  func kernel(_ slice: ParameterSlice, side: Int) -> [Float] {
    let outputs = slice.shape.last ?? 1
    let source = values(of: slice)
    let channels = slice.count / max(1, outputs * side * side)
    var result: [Float] = []
    result.reserveCapacity(slice.count)
    for output in 0..<outputs {
      for channel in 0..<channels {
        for pixel in 0..<side * side { result.append(source[(pixel * channels + channel) * outputs + output]) }
      }
    }
    return result
  }

  /// The columns of gate blocks in another order, as rows: [inputs, G H] becomes [G H, inputs].
  /// - Parameter order: for each block of the result, the block of the source.
  func gates(_ slice: ParameterSlice, order: [Int]) -> [Float] {
    let columns = slice.shape.last ?? 1
    let size = columns / order.count
    let (rows, source) = (slice.count / max(columns, 1), values(of: slice))
    return order.flatMap { block in
      (0..<size).flatMap { unit in (0..<rows).map { source[$0 * columns + block * size + unit] } }
    }
  }
}
