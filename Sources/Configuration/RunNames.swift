import FoundationEssentials

/// A run's name: the name of its directory, so never a path.
public struct RunName: Sendable, Hashable, CustomStringConvertible {
  /// Longest name, in bytes.
  public static let maximumBytes = 100

  public let description: String

  /// - Throws: `ConfigurationError` unless `name` is 1 to 100 of A-Z a-z 0-9 . _ - and begins with none of . and -.
  public init(_ name: String) throws(ConfigurationError) {
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
      default: false
      }
    }
    // A leading "-" would be read as an option by every command the name is given to.
    guard isPlain, (1...Self.maximumBytes).contains(name.utf8.count), !name.hasPrefix("."), !name.hasPrefix("-") else {
      throw ConfigurationError([
        "run name \(ConfigurationValue.quoted(name)): use 1 to \(Self.maximumBytes) letters, digits, \".\", \"_\" and "
          + "\"-\", beginning with a letter, a digit or \"_\""
      ])
    }
    description = name
  }
}

/// The names of the runs in a folder, to tell a user which ones there are.
public struct RunNames: Sendable {
  /// Names that a message lists at most.
  private static let shownCount = 5

  private let folder: String
  /// The newest first.
  private let names: [String]

  /// - Parameter folder: the folder of the run directories; it need not exist.
  public init(in folder: String) {
    self.folder = folder
    let files = FileManager.default
    let entries = (try? files.contentsOfDirectory(atPath: folder)) ?? []
    let runs = entries.filter { !$0.hasPrefix(".") && files.fileExists(atPath: "\(folder)/\($0)/config.toml") }
    let dated = runs.map { name -> (name: String, time: Date) in
      let attributes = try? files.attributesOfItem(atPath: "\(folder)/\(name)/config.toml")
      return (name, attributes?[.modificationDate] as? Date ?? .distantPast)
    }
    names = dated.sorted { ($1.time, $0.name) < ($0.time, $1.name) }.map(\.name)
  }

  /// What to say about a run that is not there: the nearest name, or the newest runs.
  public func unknown(_ name: String) -> String {
    let problem = "there is no run \"\(name)\" in \(folder)"
    let nearest = NearestName.suggestion(for: name, among: names)
    if !nearest.isEmpty { return problem + nearest }
    if names.isEmpty { return problem + ", which has no run yet" }
    return problem + "; the newest there: " + names.prefix(Self.shownCount).joined(separator: ", ")
  }
}
