import Foundation

/// The layers of NeuralNetwork again, forward only, in Float64 and plain loops: what the fast ones are checked against.
/// Nothing here shares code with what it checks.
public enum ReferenceLayers {
  public static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  public static func elu(_ x: Double) -> Double { x > 0 ? x : exp(x) - 1 }

  /// y [rows, outputs] = x [rows, inputs] W [inputs, outputs] + b [outputs].
  public static func linear(_ x: [Double], rows: Int, weight: [Double], bias: [Double]) -> [Double] {
    let outputs = bias.count
    let inputs = weight.count / outputs
    var y: [Double] = []
    for row in 0..<rows {
      for output in 0..<outputs {
        var sum = bias[output]
        for input in 0..<inputs { sum += x[row * inputs + input] * weight[input * outputs + output] }
        y.append(sum)
      }
    }
    return y
  }

  /// Weights of a recurrent cell: [I, G H], [G H], [H, G H], [G H].
  public struct RecurrentWeights {
    public var input, inputBias, recurrent, recurrentBias: [Double]

    public init(input: [Double], inputBias: [Double], recurrent: [Double], recurrentBias: [Double]) {
      self.input = input
      self.inputBias = inputBias
      self.recurrent = recurrent
      self.recurrentBias = recurrentBias
    }
  }

  /// One GRU step of one row; gates r, z, n. Returns the new state [H].
  public static func gruStep(_ x: [Double], state h: [Double], _ weights: RecurrentWeights) -> [Double] {
    let size = h.count
    let a = linear(x, rows: 1, weight: weights.input, bias: weights.inputBias)
    let b = linear(h, rows: 1, weight: weights.recurrent, bias: weights.recurrentBias)
    return (0..<size).map { i in
      let r = sigmoid(a[i] + b[i])
      let z = sigmoid(a[size + i] + b[size + i])
      let n = tanh(a[2 * size + i] + r * b[2 * size + i])
      return (1 - z) * n + z * h[i]
    }
  }

  /// One LSTM step of one row; gates i, f, g, o. The state [2 H] is hidden, then cell.
  public static func lstmStep(_ x: [Double], state: [Double], _ weights: RecurrentWeights) -> [Double] {
    let size = state.count / 2
    let hidden = Array(state[..<size])
    let a = linear(x, rows: 1, weight: weights.input, bias: weights.inputBias)
    let b = linear(hidden, rows: 1, weight: weights.recurrent, bias: weights.recurrentBias)
    let gates = zip(a, b).map { $0 + $1 }
    let cell = (0..<size).map { i in
      sigmoid(gates[size + i]) * state[size + i] + sigmoid(gates[i]) * tanh(gates[2 * size + i])
    }
    return (0..<size).map { sigmoid(gates[3 * size + $0]) * tanh(cell[$0]) } + cell
  }

  /// One step of a minGRU of one row; gate z, then candidate n. Returns the new state [H].
  public static func minGRUStep(_ x: [Double], state h: [Double], _ weights: RecurrentWeights) -> [Double] {
    let a = linear(x, rows: 1, weight: weights.input, bias: weights.inputBias)
    return h.indices.map { i in
      let z = sigmoid(a[i])
      return (1 - z) * h[i] + z * a[h.count + i]
    }
  }

  /// Runs `step` over time. x [steps, batch, I], resets [steps, batch], initial state [batch, S].
  /// - Returns: the first `hidden` numbers of each state [steps, batch, hidden], and the last state [batch, S].
  public static func recurrent(
    _ x: [Double], steps: Int, batch: Int, hidden: Int, initialState: [Double], resets: [UInt8],
    step: (_ x: [Double], _ state: [Double]) -> [Double]
  ) -> (outputs: [Double], state: [Double]) {
    let inputs = x.count / (steps * batch)
    let stateSize = initialState.count / batch
    var state = initialState
    var outputs: [Double] = []
    for t in 0..<steps {
      for row in 0..<batch {
        let range = row * stateSize..<(row + 1) * stateSize
        var previous = Array(state[range])
        if resets[t * batch + row] != 0 { previous = previous.map { _ in 0 } }
        let start = (t * batch + row) * inputs
        let next = step(Array(x[start..<start + inputs]), previous)
        state.replaceSubrange(range, with: next)
        outputs += next[..<hidden]
      }
    }
    return (outputs, state)
  }

  /// Rows of a text-embedding table named by a text: lower-cased words, and pairs of neighbours joined by a space.
  public static func textRows(_ text: String, tableRows: Int) -> [Int] {
    let words = text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    let pairs = zip(words, words.dropFirst()).map { "\($0) \($1)" }
    return (words + pairs).map { name in
      var hash: UInt32 = 2_166_136_261
      for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
      return Int((hash >> 16) ^ hash) % tableRows
    }
  }
}
