import FoundationEssentials
import Glibc
import Runtime

/// A run's folder, `runs/NAME`, which one learner at a time may use.
///
/// The kernel holds the lock (flock) and releases it when the process ends for any reason. A left-over lock file locks
/// nothing. Opening a run makes the files that this process creates from then on private; see `PrivateFiles`.
public final class RunDirectory: Sendable {
  /// The folder itself.
  public let url: URL
  /// The lock's file descriptor; open until this object is deallocated.
  private let lock: Int32
  /// Whether there was no run here before.
  public let isNew: Bool
  private let files: any FileSystem

  /// The resolved configuration.
  public var configuration: URL { url.appending(path: "config.toml") }
  /// HOST:PORT that the learner bound; the file exists while it listens.
  public var endpoint: URL { url.appending(path: "endpoint") }
  /// The learner's process id; the file exists while it runs.
  public var processIdentifier: URL { url.appending(path: "learner.pid") }
  public var log: URL { url.appending(path: "learner.log") }
  public var metrics: URL { url.appending(path: "metrics.jsonl") }
  public var checkpoints: URL { url.appending(path: "checkpoints") }
  public var labels: URL { url.appending(path: "labels.sqlite") }
  /// The rewards paid per caption.
  public var rewards: URL { url.appending(path: "rewards.tsv") }

  /// Opens `parent/name` and creates both folders if they do not exist.
  /// - Parameters:
  ///   - name: the run's name, one plain folder name.
  ///   - resume: whether an existing run may be continued. Without it the name must be new: a run is never overwritten.
  ///   - files: what later writes go through.
  /// - Throws: `CheckpointError` if the name is a path, the run exists and `resume` is false, or a learner is using it.
  public init(
    parent: URL, name: String, resume: Bool, files: any FileSystem = PosixFileSystem()
  ) throws(CheckpointError) {
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.utf8.contains(0) else {
      throw CheckpointError(name, "is not a plain folder name")
    }
    url = parent.appending(path: name, directoryHint: .isDirectory)
    self.files = files
    PrivateFiles.begin()
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      guard let code = ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue else {
        throw CheckpointError(url.path, "cannot be created: \(error)")
      }
      throw .system(url.path, "be created", code)
    }
    lock = try Self.acquireLock(in: url)
    do {
      isNew = try Self.isEmpty(url, resume: resume)
      try prepare()
    } catch {
      close(lock)
      throw error
    }
  }

  deinit {
    // A child that another thread is starting has a copy of the descriptor until it runs its program.
    flock(lock, LOCK_UN)
    close(lock)
  }

  /// Writes a small file so that a reader sees the old text or the new one, never half of either.
  public func publish(_ text: String, to file: URL) throws(CheckpointError) {
    try files.replace(file.path, with: Array(text.utf8))
  }

  /// Publishes the address that the learner bound. A peer that waits for `endpoint` may then connect.
  public func publish(endpoint address: String) throws(CheckpointError) { try publish(address + "\n", to: endpoint) }

  /// Publishes this process's id.
  public func publishProcessIdentifier() throws(CheckpointError) { try publish("\(getpid())\n", to: processIdentifier) }

  /// Withdraws `endpoint` and `learner.pid` when the learner ends, so that no peer connects and no user
  /// signals a process that is gone.
  public func withdraw() {
    for file in [endpoint, processIdentifier] { unlink(file.path) }
  }

  /// Withdraws what `withdraw` does, and lets another learner have the run, before this object is deallocated.
  public func release() {
    withdraw()
    flock(lock, LOCK_UN)
  }

  /// Removes the files of a learner that failed before its first step, so that the run's name is free again. A run that
  /// existed before stays unchanged, and the log stays because it has the reason.
  public func abandon() {
    guard isNew else { return }
    withdraw()
    for name in ["run.id", "address"] { unlink(url.appending(path: name).path) }
    let begun = Self.evidenceOfRun.flatMap { [$0, "\($0)-wal", "\($0)-shm"] }
    for name in begun { unlink(url.appending(path: name).path) }
  }

  /// Files of a learner that reached its first step. A folder without them may still contain a launcher's logs.
  private static let evidenceOfRun = ["config.toml", "metrics.jsonl", "labels.sqlite"]

  /// Whether a folder contains no run.
  /// - Throws: `CheckpointError` if it does, and `resume` is false.
  private static func isEmpty(_ folder: URL, resume: Bool) throws(CheckpointError) -> Bool {
    let files = PosixFileSystem()
    guard let found = evidenceOfRun.first(where: { files.exists(folder.appending(path: $0).path) }) else { return true }
    if resume { return false }
    throw CheckpointError(
      folder.path, "the run exists (\(found)); continue it with --resume auto, or choose another --name")
  }

  private func prepare() throws(CheckpointError) {
    withdraw()
    if !files.exists(checkpoints.path) { try files.createDirectory(checkpoints.path) }
  }

  private static func acquireLock(in folder: URL) throws(CheckpointError) -> Int32 {
    let path = folder.appending(path: "lock").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system(path, "open", errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else { throw .system(path, "lock", code) }
      let holder = try? PosixFileSystem().read(folder.appending(path: "learner.pid").path, maximumBytes: 32)
      let digits = (holder ?? []).prefix { (48...57).contains($0) }
      let process = digits.isEmpty ? "" : " (process \(String(decoding: digits, as: UTF8.self)))"
      throw CheckpointError(folder.path, "a learner\(process) is using this run")
    }
    return descriptor
  }
}
