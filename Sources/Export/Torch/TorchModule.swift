import ActorCritic
import NeuralNetwork
import Tensor
import Trajectories

/// A policy as the source of a PyTorch module: the library of layers, and a `Policy` class that states this network line by
/// line. The weights are in a safetensors file next to it.
struct TorchModule {
  let blueprint: NetworkBlueprint
  let stateSize: Int
  /// Comment lines about the policy.
  let facts: [(name: String, value: String)]
  /// Name of the file with the weights, in the folder of the module.
  let weightsName: String

  private var lines: [String] = []
  private var counter = 0

  init(
    _ blueprint: NetworkBlueprint, stateSize: Int, facts: [(name: String, value: String)], weightsName: String
  ) {
    self.blueprint = blueprint
    self.stateSize = stateSize
    self.facts = facts
    self.weightsName = weightsName
  }

  /// The Python source.
  mutating func source() -> String {
    (lines, counter) = ([], 0)
    let encoded = value(of: blueprint.encoder)
    switch blueprint.cell {
    case .none: lines.append("h = \(encoded)")
    case .gru: lines.append("h, state = self.gru(\(encoded), state, \"recurrent\")")
    case .minGRU: lines.append("h, state = self.min_gru(\(encoded), state, \"recurrent\")")
    case .lstm: lines.append("h, state = self.lstm(\(encoded), state, \"recurrent\")")
    }
    lines.append("y = self.dense(h, \"policy\", \"none\")")
    lines.append("v = self.dense(h, \"value\", \"none\")")
    if let scale = blueprint.valueScale { lines.append("v = self.scaled(v, \"value\", \(scale.minimumDeviation))") }
    if let pointers = blueprint.pointers {
      lines.append("y = self.pointed(y, \(arguments(pointers)), \(pointers.scale))")
    }
    if let mask = blueprint.mask {
      let counts = blueprint.space.counts.map(String.init).joined(separator: ", ")
      lines.append("y = masked(y, \(name(mask)).flatten(1), [\(counts)])")
    }
    if let floor = blueprint.floor, let count = blueprint.space.counts.first {
      lines.append("y = floored(y, \(count), self.p(\(Self.quoted(floor.name))))")
    }
    let about = facts.map { "\($0.name): \(Self.quoted($0.value).dropFirst().dropLast())" }.joined(separator: "\n")
    let head = "\"\"\"A policy that Tengu has trained, as a PyTorch module.\n\n\(about)\n\"\"\"\n"
    return head + TorchLibrary.text + """


      class Policy(Layers):
          \"\"\"`policy(observations, state)` returns logits [N, P], values [N, V] and the next state [N, S].

          Of a continuous space the logits are means, then logarithms of standard deviations, which count as at least
          \(ActionHead.logDeviations.lowerBound) and at most \(ActionHead.logDeviations.upperBound).

          `observations` has a tensor [N, ...] for each field, in the environment's own type. An episode begins with
          `policy.initial_state(N)`.
          \"\"\"

          def __init__(self, path=None):
              path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), \(Self.quoted(weightsName)))
              super().__init__(read_safetensors(path))

          def initial_state(self, batch):
              return torch.zeros(batch, \(stateSize))

          def forward(self, o, state):
      \(lines.map { "        \($0)" }.joined(separator: "\n"))
              return y, v, state
      \(choosing)
      """
  }

  // MARK: Encoders

  /// Adds the lines of an encoder.
  /// - Returns: the variable that has its output.
  private mutating func value(of encoder: NetworkBlueprint.Encoder) -> String {
    switch encoder {
    case .embedding(let field, let table): return assign("self.embedding(\(name(field)), \(Self.quoted(table.name)))")
    case .embeddedConvolution(let field, let grid):
      return assign(
        "self.grid(\(name(field)), \(Self.layer(grid.weights)), \(grid.kernel), \(grid.padding))")
    case .tileConvolution(let field, let tiles, let kernel, let stride, let weights):
      let image = assign("picture(self.index(\(name(field)), \(tiles.symbolCount)), \(Self.pictures(tiles)))")
      return assign("self.convolution(\(image), \(Self.layer(weights)), \(kernel), \(stride), 0)")
    case .numbers(let fields, let standardised, let clip): return numbers(fields, standardised, clip)
    case .text(let field, let table): return assign("self.text(\(name(field)), \(Self.quoted(table.name)))")
    case .trigrams(let field, let table): return assign("self.trigrams(\(name(field)), \(Self.quoted(table.name)))")
    case .bytes(let field): return assign("\(name(field)).flatten(1).float() / 255")
    case .set(let things, let scale): return assign("\(scale) * self.set(\(arguments(things)))")
    case .image(let field): return assign("\(name(field)).float() / 255")
    case .layers(let input, let layers):
      var current = value(of: input)
      for layer in layers { current = assign(Self.text(layer, on: current)) }
      return current
    case .concatenation(let parts):
      let names = parts.map { "\(value(of: $0)).flatten(1)" }
      return assign("torch.cat([\(names.joined(separator: ", "))], 1)")
    }
  }

  private mutating func numbers(
    _ fields: [ObservationField], _ standardised: NetworkBlueprint.Standardised?, _ clip: Float
  ) -> String {
    let parts = fields.map { field -> String in
      guard case .numeric(let scale) = field.encoding else { preconditionFailure("\(field.name) is no number") }
      let factors = scale.map { "\($0)" }.joined(separator: ", ")
      return "\(name(field)).reshape(len(\(name(field))), -1).float() * torch.tensor([\(factors)])"
    }
    var all = assign(parts.count == 1 ? parts[0] : "torch.cat([\(parts.joined(separator: ", "))], 1)")
    if let standardised {
      let layer = Self.quoted(String(standardised.mean.name.dropLast(".mean".count)))
      all = assign("self.standardised(\(all), \(layer), \(standardised.minimumDeviation))")
    }
    return assign("\(all).clamp(-\(clip), \(clip))")
  }

  private static func text(_ layer: NetworkBlueprint.Layer, on value: String) -> String {
    switch layer {
    case .dense(let weights, let activation): "self.dense(\(value), \(Self.layer(weights)), \"\(activation)\")"
    case .convolution(let geometry, let weights):
      "self.convolution(\(value), \(Self.layer(weights)), \(geometry.kernel), \(geometry.stride), \(geometry.padding))"
    case .residual(let geometry, let first, let second):
      "self.residual(\(value), \(Self.layer(first)), \(Self.layer(second)), \(geometry.kernel), \(geometry.padding))"
    case .maxPool(let pool): "self.pool(\(value), \(pool.window))"
    }
  }

  /// The arguments of `picture` that draw tiles: side, masks and colours.
  private static func pictures(_ tiles: SymbolTiles) -> String {
    let masks = tiles.masks.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
    let colours = tiles.colours.map { "(\($0.x), \($0.y), \($0.z))" }.joined(separator: ", ")
    return "\(tiles.side), [\(masks)], [\(colours)]"
  }

  private mutating func assign(_ expression: String) -> String {
    counter += 1
    lines.append("x\(counter) = \(expression)")
    return "x\(counter)"
  }

  func name(_ field: ObservationField) -> String { "o[\(Self.quoted(field.name))]" }

  /// The name of a layer in quotes: that of its weights without the last part.
  private static func layer(_ weights: NetworkBlueprint.Weights) -> String {
    quoted(String(weights.weight.name.dropLast(".weight".count)))
  }

  /// A Python string.
  static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case _ where scalar.value < 32 || scalar.value == 127: "?"
      default: "\(scalar)"
      }
    }
    return "\"\(escaped.joined())\""
  }
}
