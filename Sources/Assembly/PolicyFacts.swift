import ActorCritic
import Foundation
import Trajectories

/// What a program must know to use the tensors `policy.*` of a checkpoint without Tengu: texts for the `__metadata__` of a
/// safetensors file. docs/checkpoints.md explains each.
extension RunPlan {
  /// Name of the conventions that the tensors follow.
  static let policyFormat = "tengu-policy 1"

  public var policyFacts: [String: String] {
    if let text { return text.facts(task: specification.name) }
    let description = network.description
    let sizes = description.sizes
    return [
      "format": Self.policyFormat, "task": specification.name, "network": description.entry.name,
      "recurrent": description.recurrent.rawValue,
      "sizes":
        "{\"embedding\":\(sizes.embedding),\"hidden\":\(sizes.hidden),\"recurrent\":\(sizes.recurrent),\"text\":\(sizes.text)}",
      "normalise_observations": "\(description.normalisesObservations)",
      "normalise_values": "\(description.normalisesValues)",
      "actions": Self.text(of: network.actions.space, network.actions.structure),
      "value_heads": "\(network.valueHeads)", "state_size": "\(network.stateSize)",
      "observation": Self.text(of: specification.observation),
    ]
  }

  /// A field of the observation as JSON.
  private struct FieldFacts: Encodable {
    let name: String
    let type: String
    let shape: [Int]
    /// "categorical", "tiles", "numeric", "text", "image", "action_mask", "member of SET" or "hidden".
    let encoding: String
    var cardinality: Int?
    /// One for each element, or one for all.
    var scale: [Float]?
    var side: Int?
    /// Hexadecimal, because JSON's numbers are not exact beyond 2^53.
    var masks: [String]?
    var colours: [[Float]]?
    /// Where the field begins in a row of `observations`.
    let byteOffset: Int
  }

  /// The space of actions as JSON: a number of actions, the numbers of each factor, or ranges. With a structure also the
  /// factors that count with each choice of the first, and the set that each factor chooses from.
  private static func text(of space: ActionSpace, _ structure: ActionStructure?) -> String {
    func list(_ values: [String]) -> String { "[\(values.joined(separator: ","))]" }
    switch space {
    case .discrete(let count): return "{\"discrete\":\(count)}"
    case .factored(let counts):
      let factors = "\"factored\":\(list(counts.map(String.init)))"
      guard let structure else { return "{\(factors)}" }
      let uses = list(structure.uses.map { list($0.map(String.init)) })
      return "{\(factors),\"sets\":\(list(structure.sets.map { $0.map { "\"\($0)\"" } ?? "null" })),\"uses\":\(uses)}"
    case .continuous(let ranges):
      func bound(_ value: Float) -> String { value.isFinite ? "\(value)" : "null" }
      let pairs = ranges.map { "[\(bound($0.lowerBound)),\(bound($0.upperBound))]" }
      return "{\"continuous\":[\(pairs.joined(separator: ","))]}"
    }
  }

  private static func text(of observation: ObservationLayout) -> String {
    let fields = zip(observation.fields, observation.offsets).map { field, offset -> FieldFacts in
      func made(_ encoding: String) -> FieldFacts {
        FieldFacts(name: field.name, type: "\(field.type)", shape: field.shape, encoding: encoding, byteOffset: offset)
      }
      switch field.encoding {
      case .categorical(let count):
        var field = made("categorical")
        field.cardinality = count
        return field
      case .tiles(let tiles):
        var field = made("tiles")
        (field.cardinality, field.side) = (tiles.symbolCount, tiles.side)
        field.masks = tiles.masks.map { String($0, radix: 16) }
        field.colours = tiles.colours.map { [$0.x, $0.y, $0.z] }
        return field
      case .numeric(let scale):
        var field = made("numeric")
        field.scale = scale
        return field
      case .text: return made("text")
      case .image: return made("image")
      case .actionMask, .structuredMask: return made("action_mask")
      case .member(let count, let set):
        var field = made("member of \(set)")
        field.cardinality = count
        return field
      case .hidden: return made("hidden")
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // Fails only for numbers that are not finite, which no scale is.
    return (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }
}
