import Checkpoints
import Configuration
import Foundation
import Runtime
import Telemetry

/// Where a run's metrics go: `metrics.jsonl`, without which a run failed, and the sinks that the configuration adds, which
/// never end a run. It also keeps what only some sinks show: returns and labels. Used by the I/O thread alone.
final class RunSinks {
  /// Returns that one histogram has at most; of more, the newest.
  private static let maximumReturns = 10_000
  /// Labels that are shown as the newest.
  private static let maximumLabels = 8
  /// Bytes of a caption that are shown.
  private static let maximumCaptionBytes = 200

  private let file: MetricsFile
  private let others: [any MetricsSink]
  private var returns: [Double] = []
  /// The newest labels, the newest last.
  private(set) var labels: [MetricsSample.Label] = []
  /// The newest evaluated episode, until a sample has it.
  var picture: EncodedPicture?
  private var isClosed = false

  init(file: MetricsFile, others: [any MetricsSink] = []) {
    self.file = file
    self.others = others
  }

  /// An episode ended.
  func ended(episodeReturn: Double) {
    if returns.count >= Self.maximumReturns { returns.removeFirst(Self.maximumReturns / 2) }
    returns.append(episodeReturn)
  }

  /// An annotator gave a label.
  /// - Parameter caption: bytes of the environment, which need not be text.
  func labelled(_ caption: [UInt8], _ value: Float) {
    if labels.count >= Self.maximumLabels { labels.removeFirst() }
    let text = String(decoding: caption.prefix(Self.maximumCaptionBytes), as: UTF8.self).printable
    labels.append(MetricsSample.Label(caption: text, value: value))
  }

  /// Publishes the metrics of one instant.
  /// - Returns: lines to log.
  func write(
    time: Double, step: Int, values: [MetricName: Double], facts: [String: Double], now: Double
  ) -> [String] {
    var sample = MetricsSample(
      MetricsRecord(time: time, step: step, session: file.session, values: values, facts: facts),
      episodeReturns: returns,
      labels: labels)
    (sample.picture, picture) = (picture, nil)
    returns.removeAll(keepingCapacity: true)
    return [file.write(sample, now: now)].compactMap { $0 } + others.compactMap { $0.write(sample, now: now) }
  }

  /// Ends all sinks.
  /// - Returns: lines that `metrics.jsonl` lacks, and samples that the other sinks lack.
  func close(now: Double) -> (fileLacks: Int, othersLack: Int) {
    guard !isClosed else { return (0, 0) }
    isClosed = true
    return (file.close(now: now), others.reduce(0) { $0 + $1.close(now: now) })
  }

  /// Attempts that failed.
  var failures: (file: Int, others: Int) { (file.failures, others.reduce(0) { $0 + $1.failures }) }
}

/// The sinks that a configuration asks for, apart from `metrics.jsonl`.
struct AdditionalSinks {
  /// The HTTP endpoint; nil if the configuration names no address.
  let endpoint: MetricsEndpoint?
  private let telemetry: TelemetrySection
  /// What describes the run to those who read its metrics.
  private let labels: [(name: String, value: String)]
  private let version: String

  /// Listens on the address for metrics, before anything is written: a run whose port is taken does not start.
  /// - Throws: `RunError.refused` naming the address and the field.
  init(_ configuration: RunConfiguration, run: String, version: String) throws {
    telemetry = configuration.telemetry
    labels = [("run", run), ("task", configuration.environment.task), ("version", version)]
    self.version = version
    guard !telemetry.prometheus.isEmpty else {
      endpoint = nil
      return
    }
    do {
      endpoint = try MetricsEndpoint(
        address: telemetry.prometheus,
        run: labels,
        intervalSeconds: telemetry.intervalSeconds)
    } catch {
      throw RunError.refused("\(error); choose another telemetry.prometheus, or port 0 for any free one")
    }
  }

  /// The sink for an OpenTelemetry collector; nil if the configuration names none.
  private var collector: OTLPSink? {
    if telemetry.otlp.isEmpty { return nil }
    let pairs = ProcessInfo.processInfo.environment["OTEL_EXPORTER_OTLP_HEADERS"]?.split(separator: ",") ?? []
    let headers = pairs.compactMap { pair -> String? in
      guard let equals = pair.firstIndex(of: "=") else { return nil }
      return "\(pair[..<equals]): \(pair[pair.index(after: equals)...])".trimmingCharacters(in: .whitespaces)
    }
    return OTLPSink(
      url: telemetry.otlp, headers: headers, run: labels, version: version, start: Date().timeIntervalSince1970)
  }

  /// Opens the sinks that write into the run's directory.
  /// - Returns: all sinks, and lines to log.
  func open(
    in directory: RunDirectory, session: Int, host: String, log: LogWriter
  ) -> [any MetricsSink] {
    var sinks: [any MetricsSink] = []
    if let endpoint {
      sinks.append(endpoint)
      log.info("metrics: http://\(endpoint.address)/metrics and /health")
    }
    if let collector { sinks.append(collector) }
    guard telemetry.tensorboard else { return sinks }
    do {
      let events = try EventFile(
        folder: directory.url.appending(path: "tensorboard").path, session: session, time: Timestamp.now(), host: host)
      sinks.append(events)
    } catch {
      log.warning("there will be no TensorBoard events: \(error). Training continues without them")
    }
    return sinks
  }
}
