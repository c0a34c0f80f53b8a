import Configuration

/// An entry of a registry: something that a configuration chooses by name.
public protocol RegistryEntry: Sendable {
  /// The name in the configuration, such as "retrieval".
  var name: String { get }
}

/// The entries among which one field of the configuration chooses. A value: a program or a test adds its own entry to a
/// copy, and no global changes.
public struct Registry<Entry: RegistryEntry>: Sendable {
  /// Path of the field that chooses, such as "reward.model".
  public let field: String
  /// In the order in which errors and pages list them.
  public private(set) var entries: [Entry]

  /// - Parameter entries: entries with different names.
  public init(field: String, _ entries: [Entry]) {
    precondition(Set(entries.map(\.name)).count == entries.count, "two entries of \(field) have the same name")
    self.field = field
    self.entries = entries
  }

  public var names: [String] { entries.map(\.name) }

  /// Adds an entry.
  /// - Precondition: no entry has its name.
  public mutating func add(_ entry: Entry) {
    precondition(!names.contains(entry.name), "\(field) has an entry \"\(entry.name)\" already")
    entries.append(entry)
  }

  /// The entry called `name`.
  /// - Throws: `ConfigurationError` that names the field and lists the known entries.
  public func entry(named name: String) throws(ConfigurationError) -> Entry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    let list = names.map { "\"\($0)\"" }.joined(separator: " or ")
    throw ConfigurationError(["\"\(field)\": expected \(list), found \"\(name)\""])
  }
}
