import Runtime
import Captions
import Judging
import Synchronization
import Transport
import Wire

/// Judges the captions of several tasks at a time, with a judge that has to ask.
///
/// It keeps twice as many captions in hand as the judge asks about at once, so that the judge never waits for the learner,
/// and takes them in portions that are small beside that, so that labels flow and a task's slowest caption holds up few
/// others. A caption that could not be judged is left out of its task's answer, which returns it to the learner at once;
/// a task of which nothing could be judged is kept until it lapses, so that an outage is not answered by asking faster.
final class AskingTaskHandler: TaskHandler {
  /// The end of one judgement.
  private struct Outcome: Sendable {
    let task: UInt64
    let index: Int
    let judgement: Judgement?
  }

  /// A task and the judgements it waits for.
  private struct Open {
    var task: TaskInHand
    var kind: String
    var version: String
    var waiting: [Int: Task<Void, Never>]
  }

  /// What judges by a principle; "" is the configured goal.
  typealias Judges = (_ principle: String) throws -> any CaptionJudge

  let wakeUp: WakeUp?
  var description: String { "\(judge.kind) \(judge.version ?? "of a model yet to be heard from")" }
  private(set) var statistics = JudgingStatistics()
  /// Judgements that have ended, whether or not anybody still waited for them.
  private(set) var endedCount = 0
  private let concurrency: Int
  private let portion: Int
  private let signal: WakeUp
  private let judges: Judges
  /// By the configured goal.
  private let judge: any CaptionJudge
  private let comparison: PairComparison?
  private let log: @Sendable (String) -> Void
  private let outcomes = OutcomeBox()
  private var open: [UInt64: Open] = [:]
  private var report: PeriodicReport

  /// Where judgements end up, from whichever thread.
  private final class OutcomeBox: Sendable {
    private let all = Mutex<[Outcome]>([])

    func put(_ outcome: Outcome) { all.withLock { $0.append(outcome) } }

    func takeAll() -> [Outcome] {
      all.withLock { all in
        defer { all.removeAll(keepingCapacity: true) }
        return all
      }
    }
  }

  /// - Parameters:
  ///   - maximumPortion: captions of one task at most.
  ///   - comparison: what compares pairs; nil leaves them alone.
  /// - Throws: what `judges` throws for the configured goal, and `TransportError` without a descriptor to wake up by.
  init(
    maximumPortion: Int, judges: @escaping Judges, comparison: PairComparison? = nil, now: Double,
    log: @escaping @Sendable (String) -> Void
  ) throws {
    judge = try judges("")
    self.judges = judges
    self.comparison = comparison
    self.log = log
    concurrency = max(judge.concurrency, 1)
    portion = min(max(concurrency / 4, 1), maximumPortion)
    signal = try WakeUp()
    wakeUp = signal
    report = PeriodicReport(start: now)
  }

  /// None before it is known who will judge.
  var room: Int {
    guard judge.version != nil else { return 0 }
    let free = 2 * concurrency - statistics.inFlight
    return free >= portion ? portion : 0
  }

  func begin(_ task: AnnotationTask, now: Double) {
    do {
      if task.partners.isEmpty {
        let judge = try judges(task.principle)
        begin(task, judge.kind, judge.version ?? "", now) { index throws(ModelFailure) in
          try await judge.judge(task.captions[index], deadlineSeconds: task.deadlineSeconds)
        }
      } else if let comparison {
        begin(task, comparison.kind, comparison.version() ?? "", now) { index throws(ModelFailure) in
          try await comparison.judge(task.captions[index], task.partnerCaptions[index], task.deadlineSeconds)
        }
      }
    } catch {
      log("task \(task.task) is left alone: \(error)")
    }
  }

  private func begin(
    _ task: AnnotationTask, _ kind: String, _ version: String, _ now: Double,
    judge: @escaping @Sendable (_ index: Int) async throws(ModelFailure) -> Judgement
  ) {
    statistics.asked += task.ids.count
    statistics.inFlight += task.ids.count
    let (outcomes, signal) = (outcomes, signal)
    var waiting: [Int: Task<Void, Never>] = [:]
    for index in task.ids.indices {
      waiting[index] = Task {
        let judgement = try? await judge(index)
        outcomes.put(Outcome(task: task.task, index: index, judgement: judgement))
        signal.signal()
      }
    }
    open[task.task] = Open(task: TaskInHand(task, received: now), kind: kind, version: version, waiting: waiting)
  }

  func finished(now: Double) -> [Labels] {
    signal.clear()
    for outcome in outcomes.takeAll() { settle(outcome) }
    var answers: [Labels] = []
    for (number, task) in open.sorted(by: { $0.key < $1.key }) {
      let hasLapsed = now >= task.task.expires
      guard task.waiting.isEmpty || hasLapsed else { continue }
      let labels = task.task.labels(kind: task.kind, version: task.version, now: now)
      // Nothing judged: wait for the deadline, see above.
      if labels == nil && !hasLapsed { continue }
      close(number, isAnswered: labels != nil)
      if let labels { answers.append(labels) }
    }
    if let line = report.line(statistics, now: now) { log(line) }
    return answers
  }

  private func settle(_ outcome: Outcome) {
    endedCount += 1
    guard var task = open[outcome.task] else { return }
    task.waiting[outcome.index] = nil
    task.task.judgements[outcome.index] = outcome.judgement
    open[outcome.task] = task
  }

  /// Counts what became of each caption, and ends the judgements that nobody waits for any more.
  private func close(_ number: UInt64, isAnswered: Bool) {
    guard let task = open.removeValue(forKey: number) else { return }
    for judgement in task.waiting.values { judgement.cancel() }
    for judgement in task.task.judgements { statistics.settle(isAnswered ? judgement : nil) }
  }

  func acknowledged(_ task: UInt64) {}

  func nextDeadline(now: Double) -> Double {
    min(open.values.lazy.map(\.task.expires).min() ?? .infinity, report.nextTime(statistics))
  }

  func forgetAll() {
    for number in open.keys.sorted() { close(number, isAnswered: false) }
  }
}
