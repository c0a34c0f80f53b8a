extension CheckpointStore {
  /// Saves a checkpoint and, once it is safely on disk, lets go of older ones beyond `keep`.
  ///
  /// A step that is saved already with the same policy version is left as it is. Checkpoints of a later step come from
  /// a future that was abandoned (they were damaged, or an older one was resumed): they are renamed to `aside-...`, so
  /// that the next resumption does not jump to them, and left for the user to judge.
  /// - Parameters:
  ///   - step: environment steps so far.
  ///   - tensors: the state; names are unique.
  ///   - metadata: texts to keep beside it.
  /// - Throws: `CheckpointError` naming the file. The checkpoints saved before are untouched.
  public func save(
    step: Int, policyVersion: UInt64, tensors: [NamedTensor], metadata: [String: String] = [:]
  ) throws(CheckpointError) -> SavedCheckpoint {
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
      byteCount = try write(step, policyVersion, tensors, metadata, into: temporary)
      if files.exists(published) { try setAside(step) }
      try files.rename(temporary, to: published)
    } catch {
      // The space matters more than the remains; the error that counts is the first one.
      try? files.remove(temporary)
      throw error
    }
    try files.synchronise(directory: directory)
    return SavedCheckpoint(path: published, byteCount: byteCount, warnings: tidy(after: step))
  }

  /// Writes and synchronises the three files of a checkpoint; returns their size.
  private func write(
    _ step: Int, _ policyVersion: UInt64, _ tensors: [NamedTensor], _ metadata: [String: String], into folder: String
  ) throws(CheckpointError) -> Int {
    let state = try SafeTensors.encode(tensors)
    let manifest = try CheckpointManifest(
      step: step, policyVersion: policyVersion, metadata: metadata,
      files: [.init(name: CheckpointManifest.stateName, bytes: state.count, sha256: Digest.hexadecimal(of: state))]
    ).encoded()
    let digest = Array(CheckpointManifest.digestText(of: manifest).utf8)
    try files.createDirectory(folder)
    try files.write(state, to: "\(folder)/\(CheckpointManifest.stateName)")
    try files.write(manifest, to: "\(folder)/\(CheckpointManifest.fileName)")
    try files.write(digest, to: "\(folder)/\(CheckpointManifest.digestName)")
    try files.synchronise(directory: folder)
    return state.count + manifest.count + digest.count
  }

  /// Sets abandoned checkpoints aside and removes those beyond `keep`. Its failures cannot hurt what was just saved.
  private func tidy(after step: Int) -> [CheckpointError] {
    var warnings: [CheckpointError] = []
    do {
      let steps = try steps()
      for newer in steps where newer > step { try setAside(newer) }
      for old in steps.filter({ $0 <= step }).dropFirst(keep) {
        // Renamed first: a removal that is interrupted must not leave half a checkpoint under a good name.
        let doomed = "\(directory)/\(Self.temporaryPrefix)removed-\(Self.folder(step: old))"
        try files.rename(path(step: old), to: doomed)
        try files.remove(doomed)
      }
    } catch {
      warnings.append(error)
    }
    return warnings
  }

  private func setAside(_ step: Int) throws(CheckpointError) {
    var number = 1
    func name() -> String { "\(directory)/\(Self.asidePrefix)\(Self.folder(step: step))-\(number)" }
    while files.exists(name()) { number += 1 }
    try files.rename(path(step: step), to: name())
  }
}
