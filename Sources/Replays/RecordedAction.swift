import Trajectories

/// The action of one step of a recorded episode: a number in the file, or an array of numbers if the task's actions have
/// several elements.
public struct RecordedAction: Sendable, Hashable, Codable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// As the policy chose them (`ActionChoice.stored`).
  public let elements: [Float]

  public init(_ choice: ActionChoice) { elements = choice.stored }

  public init(integerLiteral action: Int) { self.init(action) }

  /// An action of a discrete space.
  public init(_ action: Int) { elements = [Float(action)] }

  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let number = try? value.decode(Float.self) {
      elements = [number]
    } else {
      elements = try value.decode([Float].self)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    if elements.count == 1 { try value.encode(elements[0]) } else { try value.encode(elements) }
  }

  /// As in the file.
  public var description: String {
    let texts = elements.map { number in Int(exactly: number).map { "\($0)" } ?? "\(number)" }
    return texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
  }
}
