/// The few operations on files that a checkpoint is made of. Tests replace it to fail at each of them in turn.
public protocol CheckpointFileSystem: Sendable {
  /// Names in a folder, in no order.
  func names(in directory: String) throws(CheckpointError) -> [String]
  /// Makes a folder whose parent exists. An existing folder is an error.
  func createDirectory(_ path: String) throws(CheckpointError)
  /// Makes a new file, writes all of `bytes` and does not return before the disk has them.
  func write(_ bytes: [UInt8], to path: String) throws(CheckpointError)
  /// Does not return before the disk has the folder's entries.
  func synchronise(directory: String) throws(CheckpointError)
  /// Renames a file or folder in one step that is seen whole or not at all.
  func rename(_ source: String, to destination: String) throws(CheckpointError)
  /// Removes a file, or a folder and the files in it.
  func remove(_ path: String) throws(CheckpointError)
  /// The whole of a regular file of at most `maximumBytes`.
  func read(_ path: String, maximumBytes: Int) throws(CheckpointError) -> [UInt8]
  func exists(_ path: String) -> Bool
}
