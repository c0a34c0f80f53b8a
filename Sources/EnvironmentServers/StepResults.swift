import Environments
import Trajectories
import Transport

/// The data of a batch's latest step in memory of its own: rows, terminal rows, rewards, flags and captions.
///
/// Used by one thread at a time. Nothing is read beyond what arrived: `take` checks every size and every index.
final class StepResults {
  private enum Flag {
    static let terminated: UInt8 = 1
    static let truncated: UInt8 = 2
    static let succeeded: UInt8 = 4
    static let failed: UInt8 = 8
    static let idle: UInt8 = 16
  }

  private let count: Int
  private let layout: ObservationLayout
  private let ranges: ObservationRanges
  private var rowBytes: Int { layout.rowByteCount }
  private let rows: UnsafeMutableRawPointer  // [K, R]
  private let terminalRows: UnsafeMutableRawPointer  // [K, R]
  private var rewards: [Float]
  private var flags: [UInt8]
  /// [K] where each environment's caption ends in `captions`.
  private var captionEnds: [Int32]
  /// The latest step's data, which holds the captions from `captionStart` on.
  private var frame: Frame?
  private var captionStart = 0
  /// Rows, rewards, ends of captions, flags.
  private let sections: PackedLayout
  /// [K] the environment's place among the terminal rows; -1 if it has none.
  private var terminalPlaces: [Int]
  private var terminalCount = 0

  init(count: Int, layout: ObservationLayout) {
    self.count = count
    self.layout = layout
    ranges = ObservationRanges(layout)
    sections = PackedLayout([count * layout.rowByteCount, 4 * count, 4 * count, count])
    let bytes = max(8, count * layout.rowByteCount)
    rows = .allocate(byteCount: bytes, alignment: 64)
    rows.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    terminalRows = .allocate(byteCount: bytes, alignment: 64)
    terminalRows.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    rewards = Array(repeating: 0, count: count)
    flags = Array(repeating: 0, count: count)
    captionEnds = Array(repeating: 0, count: count)
    terminalPlaces = Array(repeating: -1, count: count)
  }

  deinit {
    rows.deallocate()
    terminalRows.deallocate()
  }

  // MARK: Frames

  /// Takes the first observations of all environments.
  func takeRows(_ data: Frame?) throws(ServerProblem) {
    guard let data, data.count == count * rowBytes else { throw Self.misfit }
    data.withBytes { rows.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(rows), byteCount: $0.count) }
  }

  /// Takes the data of a step.
  /// - Parameter idlesAfterEnd: whether the end of an episode takes an idle step instead of a terminal row.
  func take(_ data: Frame?, idlesAfterEnd: Bool) throws(ServerProblem) {
    guard let frame = data, frame.count >= PackedLayout.aligned(sections.byteCount) else {
      throw Self.misfit
    }
    frame.withBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      rows.copyMemory(from: start, byteCount: count * rowBytes)
      Self.copy(start + sections.places[1].offset, to: &rewards)
      Self.copy(start + sections.places[2].offset, to: &captionEnds)
      Self.copy(start + sections.places[3].offset, to: &flags)
    }
    terminalCount = 0
    for e in 0..<count {
      let hasTerminalRow = flags[e] & (Flag.terminated | Flag.truncated) != 0 && !idlesAfterEnd
      terminalPlaces[e] = hasTerminalRow ? terminalCount : -1
      if hasTerminalRow { terminalCount += 1 }
    }
    var end: Int32 = 0
    for next in captionEnds {
      guard next >= end else { throw Self.misfit }
      end = next
    }
    let terminalStart = PackedLayout.aligned(sections.byteCount)
    captionStart = terminalStart + terminalCount * rowBytes
    guard frame.count == captionStart + Int(clamping: end) else { throw Self.misfit }
    frame.withBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      terminalRows.copyMemory(from: start + terminalStart, byteCount: terminalCount * rowBytes)
    }
    self.frame = frame
  }

  private static let misfit = ServerProblem("sent data that does not fit the request")

  private static func copy<Element: BitwiseCopyable>(_ source: UnsafeRawPointer, to array: inout [Element]) {
    array.withUnsafeMutableBytes { target in
      if let start = target.baseAddress { start.copyMemory(from: source, byteCount: target.count) }
    }
  }

  // MARK: Values

  /// Checks what no encoder could read. Numbers that are too large are cut to the largest that the learner accepts.
  /// - Parameter place: names an environment.
  /// - Throws: `EnvironmentError` naming the environment, the field and the value.
  func check(_ place: (Int) -> String) throws(EnvironmentError) {
    for e in 0..<count where !(abs(rewards[e]) <= StepValues.maximumMagnitude) {
      throw EnvironmentError(
        "\(place(e)): the reward is \(rewards[e]); at most \(Int(StepValues.maximumMagnitude)) in magnitude is allowed: "
          + "scale it with a wrapper (environment.wrappers)")
    }
    try check(rows, count, place) { $0 }
    try check(terminalRows, terminalCount, place) { row in terminalPlaces.firstIndex(of: row) ?? 0 }
  }

  private func check(
    _ start: UnsafeMutableRawPointer, _ rowCount: Int, _ place: (Int) -> String, environment: (Int) -> Int
  ) throws(EnvironmentError) {
    guard ranges.firstProblem(start, rowCount: rowCount) != nil else { return }
    cutNumbers(start, rowCount)
    guard let (row, text) = ranges.firstProblem(start, rowCount: rowCount) else { return }
    throw EnvironmentError(
      "\(place(environment(row))): the observation \(text); correct the environment, environment.categories, or wrap it "
        + "(environment.wrappers)")
  }

  private func cutNumbers(_ start: UnsafeMutableRawPointer, _ rowCount: Int) {
    let bound = StepValues.maximumMagnitude
    for row in 0..<rowCount {
      for (field, offset) in zip(layout.fields, layout.offsets) where field.type == .float32 {
        let numbers = (start + row * rowBytes + offset).assumingMemoryBound(to: Float.self)
        // A NaN stays: every comparison with it is false.
        for i in 0..<field.elementCount {
          if numbers[i] > bound { numbers[i] = bound } else if numbers[i] < -bound { numbers[i] = -bound }
        }
      }
    }
  }

  // MARK: One environment

  /// Whether environment `e` raised an error instead of playing.
  func hasFailed(_ e: Int) -> Bool { flags[e] & Flag.failed != 0 }

  /// The observation that the next action of environment `e` sees.
  func copyRow(_ e: Int, to row: UnsafeMutableRawPointer) {
    row.copyMemory(from: rows + e * rowBytes, byteCount: rowBytes)
  }

  /// Writes the observation that environment `e` has come to, the terminal one at the end of an episode, and its caption.
  func write(_ e: Int, into output: StepOutput) -> Transition {
    if terminalPlaces[e] >= 0 {
      output.row.copyMemory(from: terminalRows + terminalPlaces[e] * rowBytes, byteCount: rowBytes)
    } else {
      copyRow(e, to: output.row)
    }
    output.caption.clear()
    let (begin, end) = (e == 0 ? 0 : Int(clamping: captionEnds[e - 1]), Int(clamping: captionEnds[e]))
    if end > begin, let frame {
      frame.withBytes { bytes in
        let text = UnsafeRawBufferPointer(rebasing: bytes[captionStart + begin..<captionStart + end])
        output.caption.set(text.assumingMemoryBound(to: UInt8.self))
      }
    }
    let flags = flags[e]
    if flags & Flag.idle != 0 { return Transition(reward: 0, truncated: true, isIdle: true) }
    let isTerminated = flags & Flag.terminated != 0
    return Transition(
      reward: rewards[e], terminated: isTerminated, truncated: !isTerminated && flags & Flag.truncated != 0,
      succeeded: flags & Flag.succeeded != 0)
  }
}
