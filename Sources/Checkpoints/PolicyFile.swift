import Runtime

/// A trained policy in one file, `NAME.safetensors`: its parameters, the configuration of its run, and the facts of
/// docs/checkpoints.md as metadata. It is all that playing needs, so that people can hand a policy on without the run's folder.
///
/// Matrices may have elements of 16 bits, which halves the file. Vectors keep 32 bits, because they are few and some of
/// them (variances of observations) have a range that 16 bits do not cover.
public struct PolicyFile: Sendable {
  /// The parameters, with the prefix `policy.` as in a checkpoint.
  public let checkpoint: Checkpoint
  /// The resolved configuration of the run, as TOML.
  public let configuration: String

  private static let prefix = "policy."
  /// The keys of the metadata that a reader needs in addition to the facts.
  private enum Key {
    static let (configuration, step, version) = ("configuration", "step", "policy_version")
  }

  /// The bytes of a file.
  /// - Parameters:
  ///   - parameters: the policy's parameters, without a prefix.
  ///   - facts: what describes the policy, `step` and `policy_version` among it.
  ///   - halves: whether matrices have elements of 16 bits, if all of their elements fit.
  /// - Throws: `CheckpointError` if two parameters have the same name.
  public static func encode(
    _ parameters: [NamedTensor], configuration: String, facts: [String: String], halves: Bool
  ) throws(CheckpointError) -> [UInt8] {
    let tensors = parameters.map { halves && $0.shape.count > 1 ? $0.halved ?? $0 : $0 }
    return try SafeTensors.encode(tensors, metadata: facts.merging([Key.configuration: configuration]) { $1 })
  }

  /// Reads a file that `encode` wrote. Its bytes are checked as those of a checkpoint are.
  /// - Throws: `CheckpointError` naming the file and what is wrong with it.
  public init(reading path: String) throws(CheckpointError) {
    let bytes = try PosixFileSystem().read(path, maximumBytes: CheckpointManifest.maximumFileBytes)
    let content = try SafeTensors.decode(bytes, file: path)
    guard let configuration = content.metadata[Key.configuration] else {
      throw CheckpointError(path, "has no configuration, so it is no policy of `tengu export policy` or `torch`")
    }
    guard let step = content.metadata[Key.step].flatMap(Int.init), step >= 0,
      let version = content.metadata[Key.version].flatMap(UInt64.init)
    else {
      throw CheckpointError(path, "has no \(Key.step) or no \(Key.version); export the policy again")
    }
    for tensor in content.tensors {
      if let problem = tensor.notFinite { throw CheckpointError(path, "\(problem) in tensor \"\(tensor.name)\"") }
    }
    checkpoint = Checkpoint(
      path: path, step: step, policyVersion: version,
      tensors: content.tensors.map {
        NamedTensor(name: Self.prefix + $0.name, type: $0.type, shape: $0.shape, bytes: $0.bytes)
      },
      metadata: content.metadata)
    self.configuration = configuration
  }
}
