import FoundationEssentials

/// The checkpoints of a run: a folder each, published whole or not at all.
///
/// A checkpoint is written into a hidden temporary folder, its files and the folder are synchronised, and one rename
/// publishes it as `step-000000300000`. Whatever instant the power fails at, the newest published folder is complete,
/// and a disk that lies about it is found out by the digests. One process saves into a store; the lock of
/// `RunDirectory` sees to it.
public struct CheckpointStore: Sendable {
  static let temporaryPrefix = ".tmp-"
  static let asidePrefix = "aside-"
  static let stepPrefix = "step-"

  /// The folder of the checkpoints' folders.
  public let directory: String
  /// How many checkpoints are kept, newest first.
  public let keep: Int
  let files: any CheckpointFileSystem

  /// Opens the store, making its folder if need be (its parent exists) and removing what interrupted saves left.
  /// - Precondition: `keep` is at least 1.
  public init(
    directory: URL, keep: Int, files: any CheckpointFileSystem = PosixFileSystem()
  ) throws(CheckpointError) {
    precondition(keep >= 1, "a store keeps at least one checkpoint")
    self.directory = directory.path
    self.keep = keep
    self.files = files
    if !files.exists(self.directory) { try files.createDirectory(self.directory) }
    for name in try files.names(in: self.directory) where name.hasPrefix(Self.temporaryPrefix) {
      try files.remove("\(self.directory)/\(name)")
    }
  }

  /// A store to read from alone: nothing is made and nothing removed, so that a learner may be saving into it.
  public init(reading directory: URL, files: any CheckpointFileSystem = PosixFileSystem()) {
    self.directory = directory.path
    keep = 1
    self.files = files
  }

  /// The published checkpoints' steps, newest first.
  public func steps() throws(CheckpointError) -> [Int] {
    try files.names(in: directory).compactMap(Self.step(ofFolder:)).sorted(by: >)
  }

  /// The folder of a step.
  func path(step: Int) -> String { "\(directory)/\(Self.folder(step: step))" }

  static func folder(step: Int) -> String {
    let digits = String(step)
    return stepPrefix + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  /// The step of a folder's name, or nil if it is not a checkpoint's.
  static func step(ofFolder name: String) -> Int? {
    guard name.hasPrefix(stepPrefix), let step = Int(name.dropFirst(stepPrefix.count)), step >= 0 else { return nil }
    return folder(step: step) == name ? step : nil
  }
}
