import ActorCritic
import Environments
import Glibc
import TestSupport
import Trajectories

/// The network of a `PolicyNetworkProblem` in Float64, with plain loops, one row at a time.
struct PolicyNetworkReference {
  let problem: PolicyNetworkProblem

  func loss(_ parameters: [Double]) -> Double {
    let result = forward(parameters)
    let logits = zip(result.logits, problem.logitDirection.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(result.values, problem.valueDirection.doubles).reduce(logits) { $0 + $1.0 * $1.1 }
  }

  func forward(_ parameters: [Double]) -> (logits: [Double], values: [Double]) {
    let encoded = problem.rows.flatMap { encode($0, parameters) }
    let hidden = recurrent(encoded, parameters)
    return (floored(linear("policy", hidden, parameters), parameters), linear("value", hidden, parameters))
  }

  /// The logarithms of (1 - n e) p + e, if the network has a floor e.
  private func floored(_ logits: [Double], _ parameters: [Double]) -> [Double] {
    guard let floor = slice("policy.floor", parameters).first else { return logits }
    let count = problem.network.actions.parameterCount
    return stride(from: 0, to: logits.count, by: count).flatMap { start -> [Double] in
      let weights = logits[start..<start + count].map { exp($0) }
      let sum = weights.reduce(0, +)
      return weights.map { log((1 - Double(count) * floor) * $0 / sum + floor) }
    }
  }

  private func recurrent(_ encoded: [Double], _ parameters: [Double]) -> [Double] {
    let kind = problem.description.recurrent
    if kind == .none { return encoded }
    let isGRU = kind == .gru
    let size = problem.description.sizes.recurrent
    let weights = ReferenceLayers.RecurrentWeights(
      input: slice("recurrent.input_weight", parameters),
      inputBias: slice(isGRU ? "recurrent.input_bias" : "recurrent.bias", parameters),
      recurrent: slice("recurrent.recurrent_weight", parameters),
      recurrentBias: isGRU
        ? slice("recurrent.recurrent_bias", parameters) : [Double](repeating: 0, count: 4 * size))
    return ReferenceLayers.recurrent(
      encoded, steps: problem.steps, batch: problem.batch, hidden: size,
      initialState: problem.initialState.array.doubles, resets: problem.resets
    ) { x, state in
      switch kind {
      case .lstm: ReferenceLayers.lstmStep(x, state: state, weights)
      case .minGRU: ReferenceLayers.minGRUStep(x, state: state, weights)
      default: ReferenceLayers.gruStep(x, state: state, weights)
      }
    }.outputs
  }

  private func slice(_ name: String, _ parameters: [Double]) -> [Double] {
    guard let slice = problem.network.parameters.slices.first(where: { $0.name == name }) else { return [] }
    return Array(parameters[slice.offset..<slice.offset + slice.count])
  }

  private func linear(_ name: String, _ x: [Double], _ parameters: [Double]) -> [Double] {
    let weight = slice("\(name).weight", parameters)
    let bias = slice("\(name).bias", parameters)
    return ReferenceLayers.linear(x, rows: x.count * bias.count / weight.count, weight: weight, bias: bias)
  }

  private func encode(_ row: UnsafeRawPointer, _ parameters: [Double]) -> [Double] {
    var categorical: [Double] = []
    var numeric: [Double] = []
    var texts: [Double] = []
    for (field, offset) in zip(PolicyNetworkProblem.layout.fields, PolicyNetworkProblem.layout.offsets) {
      let elements = read(row + offset, field)
      let table = slice("encoder.\(field.name).table", parameters)
      switch field.encoding {
      case .categorical(let cardinality):
        let size = problem.description.sizes.embedding
        for element in elements {
          let index = min(Int(element), cardinality - 1)
          categorical += table[index * size..<(index + 1) * size]
        }
      case .numeric(let scale):
        for (i, element) in elements.enumerated() {
          numeric.append(element * Double(scale[i % scale.count]))
        }
      case .text:
        let bytes = elements.prefix { $0 != 0 }.map { UInt8($0) }
        texts += mean(String(decoding: bytes, as: UTF8.self), table)
        texts += trigrams(bytes, slice("encoder.\(field.name).trigrams", parameters))
      case .tiles, .image, .actionMask, .structuredMask, .member, .hidden: break
      }
    }
    let (means, variances) = (slice("encoder.numeric.mean", parameters), slice("encoder.numeric.variance", parameters))
    for i in means.indices { numeric[i] = (numeric[i] - means[i]) / variances[i].squareRoot() }
    numeric = numeric.map { min(5, max(-5, $0)) }
    var hidden = categorical + numeric + texts.map(ReferenceLayers.elu)
    for layer in ["encoder.hidden.1", "encoder.hidden.2"] {
      hidden = linear(layer, hidden, parameters).map(ReferenceLayers.elu)
    }
    return hidden
  }

  private func mean(_ text: String, _ table: [Double]) -> [Double] {
    let size = problem.description.sizes.text
    let rows = ReferenceLayers.textRows(text, tableRows: 4096)
    return (0..<size).map { column in
      rows.isEmpty ? 0 : rows.reduce(0) { $0 + table[$1 * size + column] } / Double(rows.count)
    }
  }

  private func trigrams(_ bytes: [UInt8], _ table: [Double]) -> [Double] {
    let (size, letters) = (
      problem.description.trigramSize, Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
    )
    let count = max(0, letters.count - 2)
    return (0..<size).map { column in
      guard count > 0 else { return 0 }
      let sum = (0..<count).reduce(0.0) { sum, i in
        let key = Int(letters[i]) * 65_536 + Int(letters[i + 1]) * 256 + Int(letters[i + 2])
        return sum + table[key * 2_654_435_761 % 4_294_967_296 / 1_048_576 * size + column]
      }
      return sum / Double(count).squareRoot()
    }
  }

  private func read(_ start: UnsafeRawPointer, _ field: ObservationField) -> [Double] {
    (0..<field.elementCount).map { i in
      switch field.type {
      case .uint8: Double(start.load(fromByteOffset: i, as: UInt8.self))
      case .int8: Double(start.load(fromByteOffset: i, as: Int8.self))
      case .int16: Double(start.load(fromByteOffset: 2 * i, as: Int16.self))
      case .int32: Double(start.load(fromByteOffset: 4 * i, as: Int32.self))
      case .int64: Double(start.load(fromByteOffset: 8 * i, as: Int64.self))
      case .float32: Double(start.load(fromByteOffset: 4 * i, as: Float.self))
      }
    }
  }
}
