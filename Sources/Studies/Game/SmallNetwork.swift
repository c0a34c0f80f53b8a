import Glibc
import Runtime

/// A network with one hidden layer of ReLUs and linear outputs, trained by Adam: the smallest student that can memorise.
struct SmallNetwork: Sendable {
  let inputs: Int
  let hidden: Int
  let outputs: Int
  /// Rows of the hidden units, their biases, rows of the outputs, their biases.
  private(set) var parameters: [Float]
  private(set) var gradients: [Float]
  private var first: [Float]
  private var second: [Float]
  private var updates = 0

  init(inputs: Int, hidden: Int, outputs: Int, _ generator: inout RandomGenerator) {
    (self.inputs, self.hidden, self.outputs) = (inputs, hidden, outputs)
    let count = hidden * (inputs + 1) + outputs * (hidden + 1)
    parameters = Array(repeating: 0, count: count)
    (gradients, first, second) = (parameters, parameters, parameters)
    for index in 0..<hidden * inputs { parameters[index] = generator.gaussian() * sqrtf(2 / Float(inputs)) }
    let start = hidden * (inputs + 1)
    for index in 0..<outputs * hidden { parameters[start + index] = generator.gaussian() * sqrtf(1 / Float(hidden)) }
  }

  /// Units of the hidden layer after their ReLU.
  func units(_ input: [Float]) -> [Float] {
    (0..<hidden).map { unit in
      var sum = parameters[hidden * inputs + unit]
      for index in 0..<inputs where input[index] != 0 { sum += parameters[unit * inputs + index] * input[index] }
      return max(0, sum)
    }
  }

  /// Outputs for units of the hidden layer.
  func outputs(ofUnits units: [Float]) -> [Float] {
    let start = hidden * (inputs + 1)
    return (0..<outputs).map { output in
      var sum = parameters[start + outputs * hidden + output]
      for unit in 0..<hidden { sum += parameters[start + output * hidden + unit] * units[unit] }
      return sum
    }
  }

  func values(_ input: [Float]) -> [Float] { outputs(ofUnits: units(input)) }

  /// Adds d loss / d parameters for d loss / d outputs.
  mutating func accumulate(_ input: [Float], slopes: [Float]) {
    let units = units(input)
    let start = hidden * (inputs + 1)
    for output in 0..<outputs where slopes[output] != 0 {
      gradients[start + outputs * hidden + output] += slopes[output]
      for unit in 0..<hidden { gradients[start + output * hidden + unit] += slopes[output] * units[unit] }
    }
    for unit in 0..<hidden where units[unit] > 0 {
      var slope: Float = 0
      for output in 0..<outputs { slope += slopes[output] * parameters[start + output * hidden + unit] }
      gradients[hidden * inputs + unit] += slope
      for index in 0..<inputs where input[index] != 0 { gradients[unit * inputs + index] += slope * input[index] }
    }
  }

  /// One step of Adam against the gradients, which are 0 afterwards.
  mutating func update(rate: Float) {
    updates += 1
    let corrections = (1 - powf(0.9, Float(updates)), 1 - powf(0.999, Float(updates)))
    for index in parameters.indices {
      let gradient = gradients[index]
      first[index] += 0.1 * (gradient - first[index])
      second[index] += 0.001 * (gradient * gradient - second[index])
      parameters[index] -= rate * first[index] / corrections.0 / (sqrtf(second[index] / corrections.1) + 1e-8)
      gradients[index] = 0
    }
  }

  /// For tests: changes a parameter.
  mutating func nudge(_ index: Int, by amount: Float) { parameters[index] += amount }
}
