import Environments
import FoundationEssentials
import Glibc
import Runtime
import Tensor
import Trajectories

/// Plays a task with pseudo-random actions and records everything that could differ from another implementation: each array
/// of NLE, each reward and each end. scripts/compare_nle.py replays the file with Python's nle.
public enum NetHackTrace {
  /// Records `steps` steps of `task` in a new file at `path`. Episodes and actions depend on `seed`.
  /// - Throws: `EnvironmentError` if the task is unknown, cannot be played, or the file cannot be written.
  public static func write(
    task name: String, seed: UInt64, steps: Int, options: EnvironmentOptions, to path: String
  ) throws {
    let task = try NetHackTasks.task(named: name)
    var options = options
    options.observationKeys = NetHackObservation.game.map(\.rawValue)
    let environment = try NetHackEnvironment(task: task, options: options, clock: .likeNLE)
    let file = try NetHackTraceFile(
      path: path, layout: environment.specification.observation,
      facts: [
        ("task", "\"\(task.name)\""),
        ("character", "\"\(try task.character ?? options.text(NetHackTasks.characterField))\""),
        ("maximum_episode_steps", "\(options.maximumEpisodeSteps ?? task.maximumEpisodeSteps)"),
      ] + levelFacts(of: task))
    let output = StepOutput(row: file.row, caption: CaptionBuffer())
    var actions = SplitMix64(seed: seed)
    var episodes = SplitMix64(seed: ~seed)
    var isPlaying = false
    for _ in 0..<steps {
      if !isPlaying {
        try environment.reset(seed: episodes.next(), into: output)
        try file.appendReset(environment.seeds)
      }
      let action = Int(actions.next() % UInt64(task.actions.count))
      let transition = try environment.step(action, into: output)
      try file.appendStep(action, transition)
      isPlaying = !transition.done
    }
    try file.flush()
  }
}

extension NetHackTrace {
  /// What a player of a task with a level of its own must know.
  private static func levelFacts(of task: NetHackTask) throws -> [(String, String)] {
    guard let level = task.level, let character = task.character else { return [] }
    let line = try NetHackOptions(character: character, level: level).line
    let messages = task.events.flatMap { event in
      if case .message(let texts) = event.kind { texts } else { [String]() }
    }
    return [
      ("level", try json(level.text.text)), ("options", try json(line)), ("keys", "\(task.actions)"),
      ("questions", "\(task.prompts == .questions)"), ("messages", try json(messages)),
    ]
  }

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }
}

/// The file of a trace, little-endian. The first line is JSON (the task, the layout of a row). Records follow:
/// - reset: UInt8 0, UInt64 core seed, UInt64 display seed, row;
/// - step: UInt8 1, UInt16 action, Float32 reward, UInt8 flags (1 terminated, 2 truncated, 4 succeeded), row.
///
/// A row is stored as its difference from the previous row (initially all zero), in words of 8 bytes: UInt32 number of runs,
/// then for each run UInt32 first word, UInt32 word count and the words.
final class NetHackTraceFile {
  private static let flushByteCount = 1 << 20

  /// The row to record next: `layout.rowByteCount` bytes that live as long as this object.
  let row: UnsafeMutableRawPointer

  private let path: String
  private let descriptor: Int32
  private var words: UnsafeMutableBufferPointer<UInt64> {
    UnsafeMutableBufferPointer(start: row.assumingMemoryBound(to: UInt64.self), count: previous.count)
  }
  private let previous: UnsafeMutableBufferPointer<UInt64>
  private var bytes: [UInt8] = []

  /// Creates a file whose first line contains `facts` (names and JSON values) and `layout`.
  init(path: String, layout: ObservationLayout, facts: [(String, String)]) throws {
    self.path = path
    descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
    let count = layout.rowByteCount / MemoryLayout<UInt64>.size
    row = .allocate(byteCount: layout.rowByteCount, alignment: 64)
    row.initializeMemory(as: UInt64.self, repeating: 0, count: count)
    previous = .allocate(capacity: count)
    previous.initialize(repeating: 0)
    guard descriptor >= 0 else { throw failure() }
    let fields = zip(layout.fields, layout.offsets).map { field, offset in
      "{\"name\": \"\(field.name)\", \"type\": \"\(field.type)\", \"shape\": \(field.shape), \"offset\": \(offset)}"
    }
    let header =
      facts.map { "\"\($0)\": \($1)" } + [
        "\"row_byte_count\": \(layout.rowByteCount)", "\"fields\": [\(fields.joined(separator: ", "))]",
      ]
    bytes += Array("{\(header.joined(separator: ", "))}\n".utf8)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    row.deallocate()
    previous.deallocate()
  }

  func appendReset(_ seeds: NetHackSeeds) throws {
    append(UInt8(0))
    append(seeds.core)
    append(seeds.display)
    try appendRow()
  }

  func appendStep(_ action: Int, _ transition: Transition) throws {
    append(UInt8(1))
    append(UInt16(action))
    append(transition.reward.bitPattern)
    append(
      UInt8((transition.terminated ? 1 : 0) | (transition.truncated ? 2 : 0) | (transition.succeeded ? 4 : 0)))
    try appendRow()
  }

  /// Writes all buffered bytes to the file.
  func flush() throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent) }
      guard count > 0 else { throw failure() }
      sent += count
    }
    bytes.removeAll(keepingCapacity: true)
  }

  private func appendRow() throws {
    var runs: [Range<Int>] = []
    var index = 0
    while index < words.count {
      guard words[index] != previous[index] else {
        index += 1
        continue
      }
      let first = index
      while index < words.count && words[index] != previous[index] { index += 1 }
      runs.append(first..<index)
    }
    append(UInt32(runs.count))
    for run in runs {
      append(UInt32(run.lowerBound))
      append(UInt32(run.count))
      for word in run {
        append(words[word])
        previous[word] = words[word]
      }
    }
    if bytes.count >= Self.flushByteCount { try flush() }
  }

  private func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private func failure() -> EnvironmentError {
    EnvironmentError("trace \(path): \(String(cString: strerror(errno)))")
  }
}
