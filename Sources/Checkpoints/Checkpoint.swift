import Glibc

/// A checkpoint that was read from disk, every byte verified.
public struct Checkpoint: Sendable {
  /// The checkpoint's folder.
  public let path: String
  /// Environment steps when it was saved.
  public let step: Int
  public let policyVersion: UInt64
  public let tensors: [NamedTensor]
  public let metadata: [String: String]

  /// The tensor called `name`.
  /// - Throws: `CheckpointError` naming the checkpoint and the missing tensor.
  public func tensor(_ name: String) throws(CheckpointError) -> NamedTensor {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw CheckpointError(path, "has no tensor \"\(name)\"")
    }
    return tensor
  }

  /// The metadata text of `key`.
  /// - Throws: `CheckpointError` naming the checkpoint and the missing key.
  public func text(_ key: String) throws(CheckpointError) -> String {
    guard let text = metadata[key] else { throw CheckpointError(path, "has no metadata \"\(key)\"") }
    return text
  }
}

/// The result of a save.
public struct SavedCheckpoint: Sendable {
  /// The checkpoint's folder.
  public let path: String
  /// Bytes written; 0 if the same state was on disk already.
  public let byteCount: Int
  /// Problems after the checkpoint was safely published, such as an old one that could not be removed.
  public let warnings: [CheckpointError]
}

/// The result of a search for the newest checkpoint.
public struct NewestCheckpoint: Sendable {
  /// The newest intact checkpoint; nil only if there is no checkpoint at all.
  public let checkpoint: Checkpoint?
  /// Newer checkpoints that could not be used, newest first, each with its reason. The user should see them.
  public let rejected: [CheckpointError]
}

/// Why a checkpoint or a run directory could not be written or read; always names the file or folder.
public struct CheckpointError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The file or folder concerned.
  public let path: String
  public let reason: String

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }

  /// An operation that the system refused with `code` (errno), as in "cannot write: No space left on device".
  static func system(_ path: String, _ operation: String, _ code: Int32) -> CheckpointError {
    CheckpointError(path, "cannot \(operation): \(String(cString: strerror(code)))")
  }
}
