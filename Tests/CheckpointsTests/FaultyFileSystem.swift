import Checkpoints
import Foundation

/// The machine's files until the `failAt`-th operation that changes the disk; that one fails, and after it every other
/// one too if the machine is to have `crashed`. A write that fails leaves half of its bytes.
final class FaultyFileSystem: CheckpointFileSystem, @unchecked Sendable {
  // Used by one test's one thread.
  private let real = PosixFileSystem()
  private let failAt: Int
  private let crashes: Bool
  private(set) var operations = 0

  init(failAt: Int, crashes: Bool) {
    self.failAt = failAt
    self.crashes = crashes
  }

  private func change(_ path: String) throws(CheckpointError) {
    operations += 1
    if operations == failAt || (crashes && operations > failAt) {
      throw CheckpointError(path, "cannot write: No space left on device")
    }
  }

  func createDirectory(_ path: String) throws(CheckpointError) {
    try change(path)
    try real.createDirectory(path)
  }

  func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
    do {
      try change(path)
    } catch {
      if operations == failAt { try real.write(Array(bytes.prefix(bytes.count / 2)), to: path) }
      throw error
    }
    try real.write(bytes, to: path)
  }

  func synchronise(directory: String) throws(CheckpointError) {
    try change(directory)
    try real.synchronise(directory: directory)
  }

  func rename(_ source: String, to destination: String) throws(CheckpointError) {
    try change(source)
    try real.rename(source, to: destination)
  }

  func remove(_ path: String) throws(CheckpointError) {
    try change(path)
    try real.remove(path)
  }

  func names(in directory: String) throws(CheckpointError) -> [String] { try real.names(in: directory) }

  func read(_ path: String, maximumBytes: Int) throws(CheckpointError) -> [UInt8] {
    try real.read(path, maximumBytes: maximumBytes)
  }

  func exists(_ path: String) -> Bool { real.exists(path) }
}
