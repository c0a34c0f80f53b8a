import Telemetry
import Wire

/// For `tengu serial`, where the trainer has no thread of its own.
extension LearnerService {
  /// One update if a batch is ready.
  public func trainInline() {
    if let end = loop.turnIfReady().end { self.end = end }
  }

  /// Takes in what the worker's latest unrolls took; on one thread no heartbeat tells it.
  public func heard(_ times: RolloutTimes) { reporter.heard(times) }

  /// Saves the state and ends the run.
  public func stopInline(_ reason: String) {
    reporter.log.info("\(reason): stopping")
    loop.checkpoint()
    end = .stopped
  }

  /// The run's log, for the other roles' lines.
  public var log: LogWriter { reporter.log }

  /// The latest episodes of all workers.
  public var recentEpisodes: EpisodeWindow { reporter.episodes }

  /// The policy's parameters and version, for comparisons.
  public var policy: (version: UInt64, parameters: [Float]) {
    let policy = loop.publisher.current
    return (
      policy.version, Array(UnsafeBufferPointer(start: policy.parameters.pointer, count: policy.parameters.count))
    )
  }
}
