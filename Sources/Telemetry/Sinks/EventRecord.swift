import Runtime

/// Records of a TensorBoard event file: an `Event` message between its length and two checksums.
///
/// Field numbers are those of event.proto, summary.proto and tensor.proto of TensorFlow. A new run's file begins with
/// `version`; a resumed run's file has `sessionStart` before its first values, at which readers drop the values of
/// earlier sessions from that step on.
enum EventRecord {
  private enum Event {
    static let wallTime = 1
    static let step = 2
    static let fileVersion = 3
    static let summary = 5
    static let sessionLog = 7
  }

  private enum Value {
    static let tag = 1
    static let number = 2
    static let image = 4
    static let histogram = 5
    static let tensor = 8
    static let metadata = 9
  }

  /// Buckets of a histogram.
  static let buckets = 30

  /// The first record of a file.
  static func version(time: Double) -> [UInt8] {
    framed {
      $0.double(Event.wallTime, time)
      $0.text(Event.fileVersion, "brain.Event:2")
    }
  }

  /// Says that a new session begins at `step`.
  static func sessionStart(time: Double, step: Int) -> [UInt8] {
    let start = 1
    return framed {
      $0.double(Event.wallTime, time)
      $0.integer(Event.step, step)
      $0.message(Event.sessionLog) { $0.integer(1, start) }
    }
  }

  /// Every metric as a scalar, the returns as a histogram, an episode as an image and the labels as a text.
  static func values(of sample: MetricsSample) -> [UInt8] {
    let record = sample.record
    return framed { event in
      event.double(Event.wallTime, record.time)
      event.integer(Event.step, record.step)
      event.message(Event.summary) { summary in
        for name in MetricName.allCases {
          guard let number = record.values[name] else { continue }
          summary.message(1) {
            $0.text(Value.tag, name.rawValue)
            $0.float(Value.number, Float(number))
          }
        }
        for (name, number) in record.namedFacts {
          summary.message(1) {
            $0.text(Value.tag, name)
            $0.float(Value.number, Float(number))
          }
        }
        if let histogram = histogram(of: sample.episodeReturns) {
          summary.message(1) {
            $0.text(Value.tag, "episode/returns")
            $0.data(Value.histogram, histogram)
          }
        }
        if let picture = sample.picture { summary.message(1) { image("evaluation/episode", picture, &$0) } }
        if !sample.labels.isEmpty { summary.message(1) { text("labels/newest", table(of: sample.labels), &$0) } }
      }
    }
  }

  /// A HistogramProto of equally wide buckets; nil without finite values.
  static func histogram(of values: [Double]) -> [UInt8]? {
    let values = values.filter(\.isFinite)
    guard let least = values.min(), let largest = values.max() else { return nil }
    let count = least < largest ? buckets : 1
    let width = (largest - least) / Double(count)
    var heights = [Double](repeating: 0, count: count)
    for value in values {
      let bucket = width > 0 ? Int(saturating: (value - least) / width) : 0
      heights[min(max(bucket, 0), count - 1)] += 1
    }
    let limits = (1...count).map { $0 == count ? largest : least + width * Double($0) }
    return ProtobufWriter.message {
      $0.double(1, least)
      $0.double(2, largest)
      $0.double(3, Double(values.count))
      $0.double(4, values.reduce(0, +))
      $0.double(5, values.reduce(0) { $0 + $1 * $1 })
      $0.doubles(6, limits)
      $0.doubles(7, heights)
    }
  }

  /// A table in Markdown, which TensorBoard's text view shows.
  private static func table(of labels: [MetricsSample.Label]) -> String {
    let rows = labels.reversed().map { "| \($0.value) | \($0.caption.replacing("|", with: "\\|")) |" }
    return (["| label | caption |", "|---|---|"] + rows).joined(separator: "\n")
  }

  /// A value of the images plugin; browsers show an animated PNG as such.
  private static func image(_ tag: String, _ picture: EncodedPicture, _ value: inout ProtobufWriter) {
    let redGreenBlue = 3
    value.text(Value.tag, tag)
    value.message(Value.image) {
      $0.integer(1, picture.height)
      $0.integer(2, picture.width)
      $0.integer(3, redGreenBlue)
      $0.data(4, picture.png)
    }
  }

  /// A value of the text plugin: a tensor of one string.
  private static func text(_ tag: String, _ text: String, _ value: inout ProtobufWriter) {
    let stringType = 7
    value.text(Value.tag, "\(tag)/text_summary")
    value.message(Value.tensor) {
      $0.integer(1, stringType)
      $0.message(2) { shape in shape.message(2) { $0.integer(1, 1) } }
      $0.text(8, text)
    }
    value.message(Value.metadata) { metadata in metadata.message(1) { $0.text(1, "text") } }
  }

  /// The message between its length and the checksums of length and message.
  private static func framed(_ fill: (inout ProtobufWriter) -> Void) -> [UInt8] {
    let message = ProtobufWriter.message(fill)
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(CRC32C.masked(length)) + message + littleEndian(CRC32C.masked(message))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
