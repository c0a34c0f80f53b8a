extension CheckpointStore {
  /// The newest intact checkpoint, every file verified against its digest, and the newer ones that were not intact.
  /// - Throws: `CheckpointError` if there are checkpoints and none can be used: a run never silently starts
  ///   from scratch.
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

  /// Reads the checkpoint in a folder and verifies it. It changes nothing, so any process may call it.
  /// - Throws: `CheckpointError` naming the file that is missing, damaged or of another format.
  public static func load(
    path: String, files: any CheckpointFileSystem = PosixFileSystem()
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
      guard Digest.hexadecimal(of: bytes) == file.sha256 else {
        throw CheckpointError(name, "does not match its SHA-256")
      }
      if file.name == CheckpointManifest.stateName { content = try SafeTensors.decode(bytes, file: name) }
    }
    return Checkpoint(
      path: path, step: manifest.step, policyVersion: manifest.policyVersion, tensors: content.tensors,
      metadata: manifest.metadata)
  }

  private static func verifiedManifest(
    in path: String, _ files: any CheckpointFileSystem
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
    // A manifest names its neighbours; a path would lead out of the folder.
    guard manifest.files.map(\.name) == [CheckpointManifest.stateName] else {
      throw CheckpointError(name, "lists \(manifest.files.map(\.name)), expected \(CheckpointManifest.stateName)")
    }
    let folder = path.split(separator: "/").last.map(String.init) ?? path
    if let step = step(ofFolder: folder), step != manifest.step {
      throw CheckpointError(name, "is of step \(manifest.step) in a folder of step \(step)")
    }
    return manifest
  }
}
