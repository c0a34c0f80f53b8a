/// ttyrec: each piece of output behind twelve bytes, little-endian: seconds, microseconds, length.
public struct TtyrecWriter: RecordingWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func append(_ moment: ReplayMoment, at seconds: Double) {
    var text = TerminalText.draw(moment.picture())
    if bytes.isEmpty { text = TerminalText.beginning + text }
    if moment.isLast { text += TerminalText.end }
    let microseconds = Int((seconds * 1e6).rounded())
    append(UInt32(truncatingIfNeeded: microseconds / 1_000_000))
    append(UInt32(microseconds % 1_000_000))
    append(UInt32(text.utf8.count))
    bytes += Array(text.utf8)
  }

  private mutating func append(_ value: UInt32) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
