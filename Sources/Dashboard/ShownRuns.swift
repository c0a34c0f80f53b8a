import Configuration
import Foundation
import Runtime

/// The runs that a dashboard shows. Requests name a run by its place in the list, never by a path, so that nothing else on
/// the machine can be read.
public struct ShownRuns: Sendable {
  /// One run directory.
  public struct Run: Sendable, Equatable {
    /// What requests call it.
    public let id: String
    public let name: String
    let path: String
  }

  /// Runs at most; of a folder with more, the newest.
  static let maximumRuns = 200
  private static let mark = "config.toml"

  /// As the user named them, made absolute.
  private let targets: [String]

  /// - Parameter targets: run directories, or folders of run directories.
  /// - Throws: `ConfigurationError` naming a target that is no folder.
  public init(_ targets: [String]) throws(ConfigurationError) {
    var absolute: [String] = []
    for target in targets {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: target, isDirectory: &isFolder), isFolder.boolValue else {
        throw ConfigurationError(["\"\(target)\" is no folder; name a run directory, or a folder of them such as runs"])
      }
      absolute.append(URL(fileURLWithPath: target).path)
    }
    self.targets = absolute
  }

  /// The runs there are now, those of a folder by their age, the newest first.
  func all() -> [Run] {
    let paths = targets.flatMap { Self.isRun($0) ? [$0] : Self.runs(in: $0) }
    return paths.prefix(Self.maximumRuns).map { path in
      // The id is the path's digest: it stays the same when other runs begin.
      Run(
        id: String(SHA256.hexadecimal(of: Array(path.utf8)).prefix(12)),
        name: String(path.split(separator: "/").last ?? "run").printable, path: path)
    }
  }

  /// The run that a request names; nil if it is none of those shown.
  func run(_ id: String?) -> Run? {
    guard let id else { return nil }
    return all().first { $0.id == id }
  }

  private static func isRun(_ path: String) -> Bool { PosixFileSystem().isRegular("\(path)/\(mark)") }

  private static func runs(in folder: String) -> [String] {
    let names = (try? PosixFileSystem().names(in: folder)) ?? []
    let dated = names.compactMap { name -> (path: String, time: Date)? in
      let path = "\(folder)/\(name)"
      guard !name.hasPrefix("."), isRun(path) else { return nil }
      let facts = try? FileManager.default.attributesOfItem(atPath: "\(path)/metrics.jsonl")
      return (path, facts?[.modificationDate] as? Date ?? .distantPast)
    }
    return dated.sorted { ($0.time, $0.path) > ($1.time, $1.path) }.map(\.path)
  }
}
