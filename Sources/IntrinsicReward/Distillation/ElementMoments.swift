import NeuralNetwork
import Tensor

/// The running mean and variance of each element of a stream of rows (Chan, Golub, LeVeque 1979). They are Float32, as
/// in the saved state, so that a resumed run continues with the same bits.
///
/// Every loop runs along a row, because rows are long and batches short.
final class ElementMoments {
  /// Bound on the absolute value of a standardised number (Burda et al. 2018).
  static let clip: Float = 5
  /// Smaller deviations count as this one, so that nearly constant elements are not amplified.
  private static let minimumDeviation: Float = 1e-4

  let layout: ParameterLayout
  /// Means, then variances; [count] each.
  let values: FloatBuffer
  /// Number of rows so far.
  var rows = 0.0
  private let count: Int
  /// Means and variances of a batch, [count] each. `standardise` uses the second as scratch for 1 / deviation.
  private let batchMeans: FloatBuffer
  private let batchVariances: FloatBuffer

  init(count: Int) {
    self.count = count
    var layout = ParameterLayout()
    _ = layout.add("mean", [count])
    _ = layout.add("variance", [count])
    self.layout = layout
    values = FloatBuffer(count: layout.count)
    batchMeans = FloatBuffer(count: count)
    batchVariances = FloatBuffer(count: count)
  }

  /// Merges the moments of rows, [batch.rows, count].
  func merge(_ batch: Matrix) {
    guard batch.rows > 0 else { return }
    measure(batch)
    let total = rows + Double(batch.rows)
    // Chan's formula for variances instead of sums of squares: weights are shares of the total.
    let (share, before) = (Float(Double(batch.rows) / total), Float(rows / total))
    let (means, variances) = (values.pointer, values.pointer + count)
    let (newMeans, newVariances) = (batchMeans.pointer, batchVariances.pointer)
    for i in 0..<count {
      let difference = newMeans[i] - means[i]
      variances[i] = variances[i] * before + newVariances[i] * share + difference * difference * before * share
      means[i] += difference * share
    }
    rows = total
  }

  /// Computes the mean and variance of each column of a batch.
  private func measure(_ batch: Matrix) {
    let (means, variances) = (batchMeans.pointer, batchVariances.pointer)
    let number = Float(batch.rows)
    batchMeans.fill(0)
    batchVariances.fill(0)
    for row in 0..<batch.rows {
      let numbers = batch.row(row)
      for i in 0..<count { means[i] += numbers[i] }
    }
    for i in 0..<count { means[i] /= number }
    for row in 0..<batch.rows {
      let numbers = batch.row(row)
      for i in 0..<count {
        let difference = numbers[i] - means[i]
        variances[i] += difference * difference
      }
    }
    for i in 0..<count { variances[i] /= number }
  }

  /// Standardises rows in place.
  func standardise(_ batch: MutableMatrix) {
    let (means, variances, scales) = (values.pointer, values.pointer + count, batchVariances.pointer)
    for i in 0..<count { scales[i] = 1 / max(variances[i].squareRoot(), Self.minimumDeviation) }
    for row in 0..<batch.rows {
      let numbers = batch.row(row)
      for i in 0..<count {
        numbers[i] = min(max((numbers[i] - means[i]) * scales[i], -Self.clip), Self.clip)
      }
    }
  }
}
