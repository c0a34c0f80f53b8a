import Checkpoints
import Runtime

/// A disk in memory that forgets. A file's bytes are durable once written (the protocol's `write` synchronises them),
/// but a change to a folder's entries is durable only once that folder is synchronised. At a crash each pending change
/// is kept or lost on its own, which is more than any real file system does.
final class VolatileFileSystem: FileSystem, @unchecked Sendable {
  // Used by one test's one thread.
  private final class Node {
    var bytes: [UInt8]?
    var entries: [String: Node] = [:]
    var durable: [String: Node] = [:]
    /// Changes since the last synchronisation: names that go and nodes that come, together as one.
    var pending: [(gone: String?, come: (String, Node)?)] = []

    init(bytes: [UInt8]? = nil) { self.bytes = bytes }

    func change(gone: String?, come: (String, Node)?) {
      Self.apply(gone, come, &entries)
      pending.append((gone, come))
    }

    static func apply(_ gone: String?, _ come: (String, Node)?, _ entries: inout [String: Node]) {
      if let gone { entries[gone] = nil }
      if let come { entries[come.0] = come.1 }
    }
  }

  private let root = Node()
  private(set) var operations = 0
  /// The operation at which the power fails; it does not happen, nor does any after it.
  var failAt = Int.max

  private func change(_ path: String) throws(CheckpointError) {
    operations += 1
    if operations >= failAt { throw CheckpointError(path, "the power failed") }
  }

  private func node(_ path: String) throws(CheckpointError) -> Node {
    var node = root
    for name in path.split(separator: "/") {
      guard let next = node.entries[String(name)] else { throw CheckpointError(path, "no such file") }
      node = next
    }
    return node
  }

  private func parent(_ path: String) throws(CheckpointError) -> (Node, String) {
    var names = path.split(separator: "/").map(String.init)
    let name = names.removeLast()
    return (try node(names.joined(separator: "/")), name)
  }

  /// The power comes back: what was not durable is kept or lost by `keeps`.
  func restart(keeps: () -> Bool) {
    failAt = .max
    restart(root, keeps)
  }

  private func restart(_ node: Node, _ keeps: () -> Bool) {
    for change in node.pending where keeps() { Node.apply(change.gone, change.come, &node.durable) }
    node.pending = []
    node.entries = node.durable
    for child in node.entries.values { restart(child, keeps) }
  }

  func createDirectory(_ path: String) throws(CheckpointError) {
    try change(path)
    let (parent, name) = try parent(path)
    guard parent.entries[name] == nil else { throw CheckpointError(path, "exists") }
    parent.change(gone: nil, come: (name, Node()))
  }

  func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
    try change(path)
    let (parent, name) = try parent(path)
    guard parent.entries[name] == nil else { throw CheckpointError(path, "exists") }
    parent.change(gone: nil, come: (name, Node(bytes: bytes)))
  }

  func openForAppending(_ path: String) throws(CheckpointError) -> any AppendedFile {
    throw CheckpointError(path, "a store of checkpoints appends to no file")
  }

  func synchronise(directory: String) throws(CheckpointError) {
    try change(directory)
    let node = try node(directory)
    node.durable = node.entries
    node.pending = []
  }

  func rename(_ source: String, to destination: String) throws(CheckpointError) {
    try change(source)
    let (parent, name) = try parent(source)
    let moved = try node(source)
    let newName = String(destination.split(separator: "/").last ?? "")
    guard parent.entries[newName] == nil else { throw CheckpointError(destination, "exists") }
    parent.change(gone: name, come: (newName, moved))
  }

  func remove(_ path: String) throws(CheckpointError) {
    try change(path)
    let (parent, name) = try parent(path)
    guard let node = parent.entries[name] else { throw CheckpointError(path, "no such file") }
    for name in node.entries.keys { node.change(gone: name, come: nil) }
    parent.change(gone: name, come: nil)
  }

  func names(in directory: String) throws(CheckpointError) -> [String] { try Array(node(directory).entries.keys) }

  func read(_ path: String, maximumBytes: Int) throws(CheckpointError) -> [UInt8] {
    guard let bytes = try node(path).bytes else { throw CheckpointError(path, "is not a file") }
    return bytes
  }

  func exists(_ path: String) -> Bool { (try? node(path)) != nil }
  func isRegular(_ path: String) -> Bool { (try? node(path).bytes) != nil }
}
