/// A checkpoint as it was read, every byte verified.
public struct Checkpoint: Sendable {
  /// Its folder.
  public let path: String
  /// Environment steps when it was saved.
  public let step: Int
  public let policyVersion: UInt64
  public let tensors: [NamedTensor]
  public let metadata: [String: String]

  /// The tensor called `name`.
  /// - Throws: `CheckpointError` naming the checkpoint and the tensor it lacks.
  public func tensor(_ name: String) throws(CheckpointError) -> NamedTensor {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw CheckpointError(path, "has no tensor \"\(name)\"")
    }
    return tensor
  }

  /// The text kept under `key`.
  /// - Throws: `CheckpointError` naming the checkpoint and the key it lacks.
  public func text(_ key: String) throws(CheckpointError) -> String {
    guard let text = metadata[key] else { throw CheckpointError(path, "has no metadata \"\(key)\"") }
    return text
  }
}

/// What a save did.
public struct SavedCheckpoint: Sendable {
  /// The checkpoint's folder.
  public let path: String
  /// Bytes written; 0 if this very state was on disk already.
  public let byteCount: Int
  /// Troubles after the checkpoint was safely published, such as an old one that could not be removed.
  public let warnings: [CheckpointError]
}

/// What a search for the newest checkpoint found.
public struct NewestCheckpoint: Sendable {
  /// The newest intact one; nil only if there is no checkpoint at all.
  public let checkpoint: Checkpoint?
  /// Newer ones that were passed over, newest first, and why. Tell the user.
  public let rejected: [CheckpointError]
}
