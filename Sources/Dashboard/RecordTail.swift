import Foundation
import Glibc
import Telemetry

/// The records of a metrics file that grows. Only what was appended is read, and records are thinned evenly, so that a
/// run of weeks costs no more than one of minutes.
struct RecordTail {
  /// Records that are kept at most.
  static let capacity = 2000
  private static let chunkBytes = 1 << 20
  /// Longest line that is read, in bytes.
  private static let maximumLineBytes = 1 << 16

  private var kept: [MetricsRecord] = []
  private var newest: MetricsRecord?
  /// Records for each that is kept, and those since the last.
  private var (distance, passed) = (1, 0)
  private var file: (device: dev_t, number: ino_t, offset: Int) = (0, 0, 0)
  /// The beginning of a line whose end is not there yet.
  private var line: [UInt8] = []

  /// The records in the order of their steps; the last is the newest.
  var records: [MetricsRecord] { kept + (newest.map { [$0] } ?? []) }

  /// Reads what was appended since the last call. A file that was replaced or shortened is read from its beginning; one
  /// that cannot be read adds nothing.
  mutating func update(from path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return }
    if facts.st_dev != file.device || facts.st_ino != file.number || facts.st_size < file.offset {
      self = RecordTail()
      (file.device, file.number) = (facts.st_dev, facts.st_ino)
    }
    var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
    while case let count = pread(descriptor, &chunk, chunk.count, file.offset), count > 0 {
      file.offset += count
      take(chunk[..<count])
    }
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    while let end = rest.firstIndex(of: 10) {
      line += rest[..<end]
      if line.count <= Self.maximumLineBytes,
        let record = MetricsRecord(jsonLine: String(decoding: line, as: UTF8.self))
      {
        add(record)
      }
      line.removeAll(keepingCapacity: true)
      rest = rest[(end + 1)...]
    }
    // A line that is too long is no record, however it ends.
    if line.count <= Self.maximumLineBytes { line += rest }
  }

  /// A later session's records replace those of earlier sessions from its first step on.
  mutating func add(_ record: MetricsRecord) {
    func isReplaced(_ other: MetricsRecord) -> Bool {
      other.step > record.step || (other.step == record.step && other.session < record.session)
    }
    if let last = newest, isReplaced(last) { newest = nil }
    while let last = kept.last, isReplaced(last) { kept.removeLast() }
    passed += 1
    guard passed >= distance else {
      newest = record
      return
    }
    (newest, passed) = (nil, 0)
    kept.append(record)
    guard kept.count >= Self.capacity else { return }
    kept = kept.enumerated().filter { (kept.count - 1 - $0.offset).isMultiple(of: 2) }.map(\.element)
    distance *= 2
  }
}
