/// How much room trajectories took on their way.
public struct TrajectoryTraffic: Sendable, Hashable {
  /// Environment steps.
  public private(set) var frames = 0
  /// Of their messages, as they travelled.
  public private(set) var bytes = 0
  /// Of the same messages, had no tensor been compressed.
  public private(set) var plainBytes = 0

  public init() {}

  /// Adds a trajectory of `frames` environment steps.
  /// - Parameter headerBytes: of the envelope, where it is known.
  public mutating func add(frames: Int, headerBytes: Int = 0, _ tensors: [TensorFrame]) {
    self.frames += frames
    bytes += headerBytes + tensors.reduce(0) { $0 + $1.frame.count }
    plainBytes += headerBytes + tensors.reduce(0) { $0 + $1.byteCount }
  }

  /// Nil before the first trajectory, as everything that follows.
  public var bytesPerFrame: Double? { frames > 0 ? Double(bytes) / Double(frames) : nil }

  /// Plain bytes over bytes; 1 where nothing was compressed.
  public var compressionRatio: Double? { bytes > 0 ? Double(plainBytes) / Double(bytes) : nil }

  /// For a person: "1024 frames at 63.2 bytes, 9.4 times compressed".
  public var summary: String? {
    guard let bytesPerFrame, let compressionRatio else { return nil }
    return "\(frames) frames at \(Self.tenths(bytesPerFrame)) bytes, \(Self.tenths(compressionRatio)) times compressed"
  }

  private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  /// What was added to `self` since it was `earlier`.
  public func since(_ earlier: TrajectoryTraffic) -> TrajectoryTraffic {
    var difference = self
    difference.frames -= earlier.frames
    difference.bytes -= earlier.bytes
    difference.plainBytes -= earlier.plainBytes
    return difference
  }
}
