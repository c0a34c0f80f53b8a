import NeuralNetwork
import Tensor

/// The running mean and variance of each element of a stream of rows (Chan, Golub, LeVeque 1979), and rows standardised by
/// them. In Float32, as they are saved, so that a resumed run goes on with the same bits.
final class ElementMoments {
  /// Standardised numbers are kept in ± this (Burda et al. 2018).
  static let clip: Float = 5
  /// Elements that vary less are not blown up.
  private static let minimumDeviation: Float = 1e-4

  let layout: ParameterLayout
  /// Means, then variances; [count] each.
  let values: FloatBuffer
  /// Rows seen.
  var rows = 0.0
  private let count: Int

  init(count: Int) {
    self.count = count
    var layout = ParameterLayout()
    _ = layout.add("mean", [count])
    _ = layout.add("variance", [count])
    self.layout = layout
    values = FloatBuffer(count: layout.count)
  }

  /// Takes rows in, [batch.rows, count].
  func merge(_ batch: Matrix) {
    guard batch.rows > 0 else { return }
    let number = Float(batch.rows)
    let total = rows + Double(batch.rows)
    // Shares of the merged weight; the products of Chan's formula in terms of variances.
    let (share, before) = (Float(Double(batch.rows) / total), Float(rows / total))
    let (means, variances) = (values.pointer, values.pointer + count)
    for i in 0..<count {
      var mean: Float = 0
      for row in 0..<batch.rows { mean += batch.row(row)[i] }
      mean /= number
      var variance: Float = 0
      for row in 0..<batch.rows {
        let difference = batch.row(row)[i] - mean
        variance += difference * difference
      }
      variance /= number
      let difference = mean - means[i]
      variances[i] = variances[i] * before + variance * share + difference * difference * before * share
      means[i] += difference * share
    }
    rows = total
  }

  /// Standardises rows in place.
  func standardise(_ batch: MutableMatrix) {
    let (means, variances) = (values.pointer, values.pointer + count)
    for row in 0..<batch.rows {
      let numbers = batch.row(row)
      for i in 0..<count {
        let deviation = max(variances[i].squareRoot(), Self.minimumDeviation)
        numbers[i] = min(max((numbers[i] - means[i]) / deviation, -Self.clip), Self.clip)
      }
    }
  }
}
