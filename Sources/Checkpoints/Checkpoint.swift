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
