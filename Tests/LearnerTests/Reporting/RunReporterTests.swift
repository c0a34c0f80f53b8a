import ActorCritic
import Captions
import Configuration
import Foundation
import IntrinsicReward
import Sessions
import Synchronization
import Telemetry
import TestSupport
import Testing
import Trajectories

@testable import Learner

struct RunReporterTests {
  private let folder: TemporaryDirectory
  private let reporter: RunReporter

  init() throws {
    folder = try TemporaryDirectory()
    var configuration = RunConfiguration()
    configuration.telemetry.intervalSeconds = 10
    reporter = RunReporter(
      log: try LogWriter(file: folder.path + "/log", stream: nil),
      metrics: try MetricsFile(path: folder.path + "/metrics.jsonl"), configuration: configuration, now: 100)
  }

  private var log: String { (try? String(contentsOfFile: folder.path + "/log", encoding: .utf8)) ?? "" }

  private func snapshot(_ counters: RunCounters) -> RunSnapshot {
    RunSnapshot(
      runName: "run", task: "Corridor", counters: counters, captions: LedgerStatistics(), pairs: nil, queuedSteps: 16,
      peers: PeerStatistics(refused: 3, banned: 2), waitingAnswers: 7, writeFailures: 1, workers: 1, annotators: 0,
      workerCaptions: 5)
  }

  private var report: TrainReport {
    var statistics = TrainStatistics()
    statistics.divergence = 0.25
    return TrainReport(
      policyVersion: 4, frames: 64, discardedFrames: 0, unusable: [], statistics: statistics, queuedLag: 0,
      mismatch: 0,
      rewards: RewardStatistics(), rewardModel: nil, chain: [:],
      uncertainties: nil, times: UpdateTimes())
  }

  /// Played steps are those trained on, those discarded and those in the queue.
  @Test func stepsArePlayedTrainedAndDiscarded() throws {
    var counters = RunCounters(seed: 1)
    (counters.playedSteps, counters.trainedSteps, counters.discardedStale) = (100, 64, 20)
    reporter.trained(report, now: 101)
    reporter.write(snapshot(counters), now: 110)
    let record = try #require(try MetricsFile.lastRecord(of: folder.path + "/metrics.jsonl"))
    #expect(record.step == 64)
    #expect(record.values[.stepsPlayed] == 100 && record.values[.stepsTrained] == 64)
    #expect(record.values[.stepsDiscarded] == 20 && record.values[.stepsDiscardedStale] == 20)
    #expect(record.values[.approximateKL] == 0.25 && record.values[.peersBanned] == 2)
    #expect(record.values[.workerCaptions] == 5)
    #expect(record.values[.labelsWaiting] == 7 && record.values[.writeFailures] == 1 && record.session == 1)

    let status = reporter.status(snapshot(counters), peers: [], now: 111)
    #expect(status.table.contains("steps: played 100, trained 64, discarded 20, queued 16"))
    #expect(status.table.contains("troubles: refused messages 3, banned connections 2"))
    #expect(try JSONDecoder().decode(RunStatus.self, from: Data(status.json.utf8)).stepsPlayed == 100)
  }

  /// Facts of episodes are recorded as means, and the log says once if a peer invents too many names.
  @Test func factsOfEpisodesAreRecorded() throws {
    var facts = FactSums()
    facts.add("deepest level", 2)
    facts.add("deepest level", 5)
    reporter.received([], facts)
    reporter.write(snapshot(RunCounters(seed: 1)), now: 110)
    #expect(try MetricsFile.lastRecord(of: folder.path + "/metrics.jsonl")?.facts == ["deepest_level": 3.5])
    for number in 0..<300 {
      var strange = FactSums()
      strange.add("fact \(number)", 1)
      reporter.received([], strange)
    }
    #expect(log.components(separatedBy: "facts; \"fact 255\" and others are not recorded").count == 2)
  }

  /// A sink that fails is said once, counted, and changes nothing else.
  @Test func aSinkThatFailsEndsNoRun() throws {
    let sink = BrokenSink()
    let reporter = RunReporter(
      log: try LogWriter(file: folder.path + "/log", stream: nil),
      metrics: try MetricsFile(path: folder.path + "/metrics.jsonl"), sinks: [sink], configuration: RunConfiguration(),
      now: 100)
    let counters = RunCounters(seed: 1)
    for second in 1...3 { reporter.write(snapshot(counters), now: 100 + Double(second)) }
    #expect(log.components(separatedBy: "the sink is broken").count == 2)
    let record = try #require(try MetricsFile.lastRecord(of: folder.path + "/metrics.jsonl"))
    #expect(record.values[.sinkFailures] == 2 && record.values[.writeFailures] == 1)
    #expect(reporter.finish(.completed, snapshot(counters), now: 110) == .completed)
    #expect(sink.isClosed.withLock { $0 })
  }

  @Test func theViewHasCurvesPhasesLabelsAndEvents() throws {
    var trained = report
    (trained.times.wait, trained.times.train, trained.times.forward) = (3, 1, 0.5)
    reporter.trained(trained, now: 101)
    reporter.labelled(Array("You fall down the stairs.\u{7}".utf8), 0.5)
    reporter.log.warning("something happened")
    reporter.write(snapshot(RunCounters(seed: 1)), now: 110)
    let status = reporter.status(snapshot(RunCounters(seed: 1)), peers: [], now: 111)
    let view = try #require(status.view)
    #expect(view.points.count == 1 && view.labels.map(\.caption) == ["You fall down the stairs.\\u{7}"])
    #expect(view.events.count == 1 && view.events[0].hasSuffix("warning something happened"))
    let phases = try #require(view.phases)
    #expect(phases.learner.first == RunPhases.Phase(name: "wait for a batch", share: 0.75))
    #expect(phases.advice == "The learner waits 75% of the time: attach workers.")
    #expect(try RunStatus(answer: status.json).view?.phases == phases)
  }

  @Test func aSkippedUpdateHasALine() {
    reporter.couldNotTrain(on: ["w0 7", "w1 12"], because: "gradient of policy.bias", now: 102)
    #expect(
      log.contains(
        "an update was skipped: gradient of policy.bias is not finite; trajectories of the batch: w0 7, w1 12\n"))
    let many = (0..<11).map { "w \($0)" }
    for second in 0..<40 { reporter.couldNotTrain(on: many, because: "loss", now: 103 + Double(second) / 10) }
    #expect(log.split(separator: "\n").count == 5)
    #expect(log.contains("w 6, w 7 and 3 more"))
    reporter.couldNotTrain(on: many, because: "loss", now: 200)
    #expect(log.contains("36 more updates were skipped"))
  }
}

/// A sink that does not work.
private final class BrokenSink: MetricsSink {
  private let count = Mutex(0)
  let isClosed = Mutex(false)

  func write(_ sample: MetricsSample, now: Double) -> String? {
    count.withLock {
      $0 += 1
      return $0 == 1 ? "the sink is broken" : nil
    }
  }

  func close(now: Double) -> Int {
    isClosed.withLock { $0 = true }
    return 7
  }

  var failures: Int { count.withLock { $0 } }
}

@Suite struct RunMonitorsTests {
  @Test func anAlarmIsToldOnceWhenItBeginsAndOnceWhenItEnds() {
    var monitors = RunMonitors()
    var reading = MonitorReading()
    (reading.heldOutAgreement, reading.heldOut) = (0.5, 40)
    let first = monitors.observe(reading)
    #expect(first.count == 1 && first[0].level == .warning && first[0].text.hasPrefix("alarm: noisy labels: 50 %"))
    #expect(monitors.observe(reading).isEmpty && monitors.values[.noisyLabelsAlarm] == 1)
    #expect(monitors.values[.rewardHackingAlarm] == 0)
    reading.heldOutAgreement = 0.9
    #expect(monitors.observe(reading).map(\.level) == [.info] && monitors.values[.noisyLabelsAlarm] == 0)
  }
}
