import NeuralNetwork
import Tensor

/// The two networks of random network distillation: a target that stays as it was drawn, and a predictor with a layer more.
struct RandomDistillationNetworks: Sendable {
  let target: CaptionHead
  let predictor: CaptionHead
  let targetLayout: ParameterLayout
  let predictorLayout: ParameterLayout

  /// - Parameters:
  ///   - inputs: numbers of an observation.
  ///   - width: units of each layer, and numbers of the output.
  init(inputs: Int, width: Int) {
    var layout = ParameterLayout()
    target = CaptionHead(inputs: inputs, hidden: [width], outputs: width, dropout: 0, in: &layout)
    targetLayout = layout
    layout = ParameterLayout()
    predictor = CaptionHead(inputs: inputs, hidden: [width, width], outputs: width, dropout: 0, in: &layout)
    predictorLayout = layout
  }

  /// Mean over the outputs of the squared difference, for each row.
  static func errors(_ predicted: Matrix, _ wanted: Matrix) -> [Float] {
    (0..<predicted.rows).map { row in
      var sum: Float = 0
      for i in 0..<predicted.columns {
        let difference = predicted.row(row)[i] - wanted.row(row)[i]
        sum += difference * difference
      }
      return sum / Float(predicted.columns)
    }
  }

  /// Writes the gradient of the rows' mean error with respect to what was predicted.
  static func differentiate(_ predicted: Matrix, _ wanted: Matrix, into gradients: MutableMatrix) {
    let scale = 2 / Float(predicted.rows * predicted.columns)
    for row in 0..<predicted.rows {
      for i in 0..<predicted.columns {
        gradients.row(row)[i] = scale * (predicted.row(row)[i] - wanted.row(row)[i])
      }
    }
  }
}
