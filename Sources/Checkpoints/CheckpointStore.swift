import FoundationEssentials
import Runtime

/// The checkpoints of a run: one folder each, published whole or not at all.
///
/// A checkpoint is written into a hidden temporary folder, its files and the folder are synchronised, and one rename
/// publishes it as `step-000000300000`. Whenever the power fails, the newest published folder is complete; if the disk
/// breaks that promise, the digests show it. Only one process saves into a store: the lock of `RunDirectory` ensures
/// it.
public struct CheckpointStore: Sendable {
  static let temporaryPrefix = ".tmp-"
  static let asidePrefix = "aside-"
  static let stepPrefix = "step-"

  /// The files of a checkpoint.
  public static let fileNames = [
    CheckpointManifest.stateName, CheckpointManifest.fileName, CheckpointManifest.digestName,
  ]
  /// Largest file of a checkpoint, in bytes.
  public static let maximumFileBytes = CheckpointManifest.maximumFileBytes

  /// The folder that contains the checkpoints' folders.
  public let directory: String
  /// How many checkpoints are kept, newest first.
  public let keep: Int
  let files: any FileSystem

  /// Opens the store, creates its folder if it does not exist (the parent must), and removes the remains of interrupted
  /// saves.
  /// - Precondition: `keep` is at least 1.
  public init(
    directory: URL, keep: Int, files: any FileSystem = PosixFileSystem()
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

  /// A store for reading only. It creates and removes nothing, so a learner may be saving into the folder.
  public init(reading directory: URL, files: any FileSystem = PosixFileSystem()) {
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

  /// The step in a folder's name, or nil if the folder is not a checkpoint.
  static func step(ofFolder name: String) -> Int? {
    guard name.hasPrefix(stepPrefix), let step = Int(name.dropFirst(stepPrefix.count), radix: 10), step >= 0 else {
      return nil
    }
    return folder(step: step) == name ? step : nil
  }
}

extension CheckpointStore {
  /// Saves a checkpoint and, once it is safely on disk, removes the oldest ones so that `keep` remain.
  ///
  /// A step that is saved already with the same policy version stays unchanged. Checkpoints of a later step belong to a
  /// continuation that was abandoned: they were damaged, or the run resumed from an older one. The store renames them
  /// to `aside-...`, so that the next resumption does not use them, and leaves them for the user to judge.
  /// - Parameters:
  ///   - step: environment steps so far.
  ///   - tensors: the state; names are unique.
  ///   - metadata: texts to keep in the manifest.
  ///   - description: texts to keep in the file of the tensors, for programs that read nothing else.
  /// - Throws: `CheckpointError` naming the file, or the tensor that is not finite. The checkpoints saved before are
  ///   untouched.
  public func save(
    step: Int, policyVersion: UInt64, tensors: [NamedTensor], metadata: [String: String] = [:],
    description: [String: String] = [:]
  ) throws(CheckpointError) -> SavedCheckpoint {
    for tensor in tensors {
      if let problem = tensor.notFinite {
        throw CheckpointError(tensor.name, "\(problem); a state that is not finite is not saved")
      }
    }
    let published = path(step: step)
    if files.exists(published), let existing = try? Self.load(path: published, files: files),
      existing.policyVersion == policyVersion
    {
      return SavedCheckpoint(path: published, byteCount: 0, warnings: [])
    }
    let temporary = "\(directory)/\(Self.temporaryPrefix)\(Self.folder(step: step))"
    let byteCount: Int
    do {
      if files.exists(temporary) { try files.remove(temporary) }
      byteCount = try write(step, policyVersion, tensors, metadata, description, into: temporary)
      if files.exists(published) { try setAside(step) }
      try files.rename(temporary, to: published)
    } catch {
      // Free the space; the error to report is the first one.
      try? files.remove(temporary)
      throw error
    }
    try files.synchronise(directory: directory)
    return SavedCheckpoint(path: published, byteCount: byteCount, warnings: tidy(after: step))
  }

  /// Writes and synchronises the three files of a checkpoint; returns their size.
  private func write(
    _ step: Int, _ policyVersion: UInt64, _ tensors: [NamedTensor], _ metadata: [String: String],
    _ description: [String: String], into folder: String
  ) throws(CheckpointError) -> Int {
    let state = try SafeTensors.encode(tensors, metadata: description)
    let manifest = try CheckpointManifest(
      step: step, policyVersion: policyVersion, metadata: metadata,
      files: [.init(name: CheckpointManifest.stateName, bytes: state.count, sha256: SHA256.hexadecimal(of: state))]
    ).encoded()
    let digest = Array(CheckpointManifest.digestText(of: manifest).utf8)
    try files.createDirectory(folder)
    try files.write(state, to: "\(folder)/\(CheckpointManifest.stateName)")
    try files.write(manifest, to: "\(folder)/\(CheckpointManifest.fileName)")
    try files.write(digest, to: "\(folder)/\(CheckpointManifest.digestName)")
    try files.synchronise(directory: folder)
    return state.count + manifest.count + digest.count
  }

  /// Sets abandoned checkpoints aside and removes the oldest ones so that `keep` remain. A failure here does not affect
  /// the checkpoint that was just saved.
  private func tidy(after step: Int) -> [CheckpointError] {
    var warnings: [CheckpointError] = []
    do {
      let steps = try steps()
      for newer in steps where newer > step { try setAside(newer) }
      for old in steps.filter({ $0 <= step }).dropFirst(keep) {
        // Rename first: an interrupted removal must not leave half a checkpoint under a valid name.
        let doomed = "\(directory)/\(Self.temporaryPrefix)removed-\(Self.folder(step: old))"
        try files.rename(path(step: old), to: doomed)
        try files.remove(doomed)
      }
    } catch {
      warnings.append(error)
    }
    return warnings
  }

  /// Sets all checkpoints aside: the run begins again. They stay for the user to judge.
  /// - Returns: their number.
  public func setAllAside() throws(CheckpointError) -> Int {
    let steps = try steps()
    for step in steps { try setAside(step) }
    return steps.count
  }

  private func setAside(_ step: Int) throws(CheckpointError) {
    var number = 1
    func name() -> String { "\(directory)/\(Self.asidePrefix)\(Self.folder(step: step))-\(number)" }
    while files.exists(name()) { number += 1 }
    try files.rename(path(step: step), to: name())
  }
}

extension CheckpointStore {
  /// The newest intact checkpoint, every file verified against its digest, and the newer ones that were not intact.
  /// - Throws: `CheckpointError` if there are checkpoints and none can be used: a run never starts from scratch without
  ///   an error.
  public func loadNewest() throws(CheckpointError) -> NewestCheckpoint {
    var rejected: [CheckpointError] = []
    for step in try steps() {
      do {
        return NewestCheckpoint(checkpoint: try Self.load(path: path(step: step), files: files), rejected: rejected)
      } catch {
        rejected.append(error)
      }
    }
    guard rejected.isEmpty else {
      let reasons = rejected.map(\.description).joined(separator: "; ")
      throw CheckpointError(directory, "none of \(rejected.count) checkpoints is intact: \(reasons)")
    }
    if let aside = try files.names(in: directory).filter({ $0.hasPrefix(Self.asidePrefix) }).max() {
      throw CheckpointError(directory, "holds only checkpoints that were set aside; rename \(aside) to resume from it")
    }
    return NewestCheckpoint(checkpoint: nil, rejected: [])
  }

  /// Reads and verifies the checkpoint in a folder. It changes nothing, so any process may call it.
  /// - Throws: `CheckpointError` naming the file that is missing, damaged or of another format.
  public static func load(
    path: String, files: any FileSystem = PosixFileSystem()
  ) throws(CheckpointError) -> Checkpoint {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let manifest = try verifiedManifest(in: path, files)
    var content = SafeTensors.Content(tensors: [], metadata: [:])
    for file in manifest.files {
      let name = "\(path)/\(file.name)"
      let bytes = try files.read(name, maximumBytes: CheckpointManifest.maximumFileBytes)
      guard bytes.count == file.bytes else {
        throw CheckpointError(name, "has \(bytes.count) bytes, the manifest says \(file.bytes)")
      }
      guard SHA256.hexadecimal(of: bytes) == file.sha256 else {
        throw CheckpointError(name, "does not match its SHA-256")
      }
      if file.name == CheckpointManifest.stateName { content = try SafeTensors.decode(bytes, file: name) }
    }
    for tensor in content.tensors {
      if let problem = tensor.notFinite { throw CheckpointError(path, "\(problem) in tensor \"\(tensor.name)\"") }
    }
    return Checkpoint(
      path: path, step: manifest.step, policyVersion: manifest.policyVersion, tensors: content.tensors,
      metadata: manifest.metadata)
  }

  private static func verifiedManifest(
    in path: String, _ files: any FileSystem
  ) throws(CheckpointError) -> CheckpointManifest {
    let name = "\(path)/\(CheckpointManifest.fileName)"
    let digestName = "\(path)/\(CheckpointManifest.digestName)"
    let bytes = try files.read(name, maximumBytes: CheckpointManifest.maximumBytes)
    let digest = try files.read(digestName, maximumBytes: CheckpointManifest.maximumBytes)
    guard digest == Array(CheckpointManifest.digestText(of: bytes).utf8) else {
      throw CheckpointError(name, "does not match \(CheckpointManifest.digestName)")
    }
    let manifest = try CheckpointManifest.decode(bytes, path: name)
    guard manifest.format == CheckpointManifest.currentFormat else {
      throw CheckpointError(
        name, "format \(manifest.format) is not \(CheckpointManifest.currentFormat), the one this version reads")
    }
    // A manifest names files of its own folder; a path would lead out of it.
    guard manifest.files.map(\.name) == [CheckpointManifest.stateName] else {
      throw CheckpointError(name, "lists \(manifest.files.map(\.name)), expected \(CheckpointManifest.stateName)")
    }
    let folder = path.split(separator: "/").last.map(String.init) ?? path
    if let step = step(ofFolder: folder), step != manifest.step {
      throw CheckpointError(name, "has step \(manifest.step) in a folder of step \(step)")
    }
    return manifest
  }
}
