import Foundation
import Runtime
import Synchronization

/// This machine's files, with faults in the operations that change the disk.
public final class FaultyFileSystem: FileSystem {
  /// Which operations fail, counted from 1.
  public enum Plan: Sendable {
    case never
    case at(Int)
    /// The operation and all after it, as on a disk that is full or a machine that crashed.
    case from(Int)
    /// A share of all operations, drawn by a seed.
    case some(seed: UInt64, share: Double)
  }

  /// What fails looks like this to the caller.
  public enum Fault: CaseIterable, Sendable {
    /// ENOSPC. A write leaves half of its bytes.
    case noSpace
    /// EIO. A write leaves nothing.
    case inputOutput
    /// fsync fails after all bytes are written. Operations without fsync fail as with `inputOutput`.
    case unsynchronised

    var code: Int32 { self == .noSpace ? ENOSPC : EIO }
  }

  private struct State {
    var plan: Plan
    var operations = 0
    var generator: SplitMix64
  }

  private let real = PosixFileSystem()
  private let fault: Fault
  private let state: Mutex<State>

  public init(_ plan: Plan = .never, fault: Fault = .noSpace) {
    self.fault = fault
    var seed: UInt64 = 0
    if case .some(let chosen, _) = plan { seed = chosen }
    state = Mutex(State(plan: plan, generator: SplitMix64(seed: seed)))
  }

  /// Operations so far that change the disk.
  public var operations: Int { state.withLock { $0.operations } }

  /// Changes what fails from now on, as when somebody frees space.
  public func follow(_ plan: Plan) { state.withLock { $0.plan = plan } }

  /// Counts an operation.
  /// - Returns: whether it fails.
  private func fails() -> Bool {
    state.withLock { state in
      state.operations += 1
      return switch state.plan {
      case .never: false
      case .at(let number): state.operations == number
      case .from(let number): state.operations >= number
      case .some(_, let share): Double(state.generator.next() >> 11) * 0x1p-53 < share
      }
    }
  }

  private func error(_ path: String, _ operation: String) -> FileError { .system(path, operation, fault.code) }

  private func change(_ path: String, _ operation: String) throws(FileError) {
    if fails() { throw error(path, operation) }
  }

  public func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    guard fails() else { return try real.write(bytes, to: path) }
    switch fault {
    case .noSpace: try real.write(Array(bytes.prefix(bytes.count / 2)), to: path)
    case .inputOutput: break
    case .unsynchronised:
      try real.write(bytes, to: path)
      throw error(path, "synchronise")
    }
    throw error(path, "write")
  }

  public func openForAppending(_ path: String) throws(FileError) -> any AppendedFile {
    try change(path, "open")
    return FaultyAppendedFile(path, try real.openForAppending(path), of: self)
  }

  /// Half of the bytes that are offered when the fault strikes, then none until it ends.
  fileprivate func append(_ bytes: ArraySlice<UInt8>, to file: any AppendedFile, _ path: String) throws(FileError)
    -> Int
  {
    guard fails() else { return try file.append(bytes) }
    if fault == .noSpace, bytes.count > 64 { return try file.append(bytes.prefix(bytes.count / 2)) }
    throw error(path, "write")
  }

  public func createDirectory(_ path: String) throws(FileError) {
    try change(path, "create")
    try real.createDirectory(path)
  }

  public func synchronise(directory: String) throws(FileError) {
    try change(directory, "synchronise")
    try real.synchronise(directory: directory)
  }

  public func rename(_ source: String, to destination: String) throws(FileError) {
    try change(source, "rename to \(destination)")
    try real.rename(source, to: destination)
  }

  public func remove(_ path: String) throws(FileError) {
    try change(path, "remove")
    try real.remove(path)
  }

  public func names(in directory: String) throws(FileError) -> [String] { try real.names(in: directory) }

  public func read(_ path: String, maximumBytes: Int) throws(FileError) -> [UInt8] {
    try real.read(path, maximumBytes: maximumBytes)
  }

  public func exists(_ path: String) -> Bool { real.exists(path) }
  public func isRegular(_ path: String) -> Bool { real.isRegular(path) }
}

private final class FaultyAppendedFile: AppendedFile {
  private let path: String
  private let file: any AppendedFile
  private let files: FaultyFileSystem

  init(_ path: String, _ file: any AppendedFile, of files: FaultyFileSystem) {
    self.path = path
    self.file = file
    self.files = files
  }

  func append(_ bytes: ArraySlice<UInt8>) throws(FileError) -> Int { try files.append(bytes, to: file, path) }
}
