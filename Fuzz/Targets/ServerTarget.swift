import Environments
import Trajectories
import Transport

@testable import EnvironmentServers

extension FuzzTarget {
  private static let environments = 3

  /// A reply of an environment server: two bytes of its header's length, the header, and the data of a step.
  static let servers = FuzzTarget(
    name: "servers",
    run: { bytes in
      guard bytes.count >= 2 else { return }
      let length = Int(bytes[0]) << 8 | Int(bytes[1])
      guard length <= bytes.count - 2 else { return }
      let reply = try? ServerReply(Frame(bytes: Array(bytes[2..<(2 + length)])))
      if let specification = reply?.description?.specification {
        require(specification.actions.problem == nil, "a space of actions that \(specification.actions.problem ?? "")")
        require(specification.observation.rowByteCount > 0, "a row without bytes")
      }
      let data = Frame(bytes: Array(bytes[(2 + length)...]))
      // Rows as large as the largest ones take memory, not time.
      let described = reply?.description?.specification.observation
      let layout = described.flatMap { $0.rowByteCount <= 4_096 ? $0 : nil } ?? plain
      take(data, layout, idles: reply?.description?.idlesAfterEnd ?? false)
    },
    seeds: {
      // Rows, rewards, ends of captions, flags.
      let step = [UInt8](repeating: 0, count: environments * plain.rowByteCount + 16 + 16 + 8)
      let ended = step.dropLast(8) + [1, 2, 4, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 2 * plain.rowByteCount)
      return [("0", [0, 0] + step), ("1", [0, 0] + ended)]
        + headers.enumerated().map { ("\($0.offset + 2)", [0, UInt8($0.element.count)] + $0.element + step) }
    })

  private static let plain = ObservationLayout([
    ObservationField("kind", .uint8, [3], .categorical(cardinality: 5)),
    ObservationField("speed", .float32, [2], .numeric(scale: [1])),
  ])

  /// What arrives is refused, or every environment's results can be read.
  private static func take(_ data: Frame, _ layout: ObservationLayout, idles: Bool) {
    let results = StepResults(count: environments, layout: layout)
    guard (try? results.take(data, idlesAfterEnd: idles)) != nil,
      (try? results.check { "environment \($0)" }) != nil
    else { return }
    let row = UnsafeMutableRawPointer.allocate(byteCount: layout.rowByteCount, alignment: 64)
    defer { row.deallocate() }
    let output = StepOutput(row: row, caption: CaptionBuffer())
    for e in 0..<environments where !results.hasFailed(e) {
      let transition = results.write(e, into: output)
      require(!(transition.terminated && transition.truncated), "a step with two ends")
      require(abs(transition.reward) <= StepValues.maximumMagnitude, "a reward of \(transition.reward)")
    }
  }

  /// Headers of replies: a description with choices and a mask, one with numbers, an error and a failure.
  private static let headers: [[UInt8]] = {
    let start = number(1, 1) + number(2, 7)
    let grid = text(1, "grid") + number(2, 1) + bytes(3, [4]) + number(4, 1) + number(5, 5)
    let mask = text(1, "mask") + number(2, 1) + bytes(3, [5]) + number(4, 5)
    let state = text(1, "state") + number(2, 6) + bytes(3, [2]) + number(4, 2) + bytes(6, [0, 0, 128, 191])
    let choices = bytes(5, grid) + bytes(5, mask) + number(4, 16) + bytes(7, bytes(1, [2, 3]))
    let ranges = bytes(7, bytes(2, [0, 0, 128, 191]) + bytes(3, [0, 0, 128, 63]))
    return [
      start + bytes(4, choices), start + bytes(4, bytes(5, state) + number(4, 8) + ranges + number(6, 1)),
      start + bytes(4, bytes(5, state) + number(3, 4) + number(4, 8)), start + text(3, "full"),
      start + bytes(5, number(1, 2) + text(2, "no")),
    ]
  }()

  // Protobuf of small numbers and short texts.
  private static func number(_ field: UInt8, _ value: UInt8) -> [UInt8] { [field << 3, value] }
  private static func text(_ field: UInt8, _ value: String) -> [UInt8] { bytes(field, Array(value.utf8)) }
  private static func bytes(_ field: UInt8, _ value: [UInt8]) -> [UInt8] {
    [field << 3 | 2, UInt8(clamping: value.count)] + value
  }
}
