import Captions
import Judging
import Runtime
import Transport
import Wire

/// Judges the captions of several tasks concurrently, with a judge that asks a language model.
///
/// It holds twice as many captions as the judge asks about at once, so that the judge never waits for the learner. It
/// takes them in small portions, so that labels flow and the slowest caption of a task delays few others. A caption
/// without a judgement is missing from the answer, so that the learner gets it back at once. A task without any
/// judgement is held until its deadline, so that the annotator does not ask faster while the servers are down.
final class AskingTaskHandler: TaskHandler {
  /// The end of one judgement.
  private struct Outcome: Sendable {
    let task: UInt64
    let index: Int
    let judgement: EntryJudgement?
  }

  /// A task and the concurrent judgements that have not ended.
  private struct Open {
    var task: OpenTask
    var waiting: [Int: Task<Void, Never>]
  }

  /// Returns the judge of a principle; "" is the configured goal.
  typealias Judges = (_ principle: String) throws -> any CaptionJudge

  var wakeUp: WakeUp? { outcomes.wakeUp }
  var description: String { "\(judge.kind) \(judge.version ?? "of an unknown model")" }
  private(set) var statistics = JudgingStatistics()
  /// Number of judgements that have ended, including those of tasks that were dropped.
  private(set) var endedCount = 0
  private let concurrency: Int
  private let portion: Int
  private let judges: Judges
  /// The judge of the configured goal.
  private let judge: any CaptionJudge
  private let pairJudge: (any PairComparing)?
  /// A line about the servers for the log; nil if there is none.
  private let modelReport: (@Sendable () -> String)?
  private let log: @Sendable (String) -> Void
  private let outcomes: Mailbox<Outcome>
  private var open: [UInt64: Open] = [:]
  private var report: PeriodicReport

  /// - Parameters:
  ///   - maximumPortion: maximum number of captions per task.
  ///   - pairJudge: compares pairs; if nil, tasks of pairs stay unanswered.
  ///   - modelReport: a line about the servers, logged with the handler's own counts.
  /// - Throws: what `judges` throws for the configured goal, and `SystemError` if the process has no free descriptor.
  init(
    maximumPortion: Int, judges: @escaping Judges, pairJudge: (any PairComparing)? = nil,
    modelReport: (@Sendable () -> String)? = nil, now: Double, log: @escaping @Sendable (String) -> Void
  ) throws {
    judge = try judges("")
    self.judges = judges
    self.pairJudge = pairJudge
    self.modelReport = modelReport
    self.log = log
    concurrency = max(judge.concurrency, 1)
    portion = min(max(concurrency / 4, 1), maximumPortion)
    // Bounded by the concurrency of the judge.
    outcomes = Mailbox(capacity: nil, wakeUp: try WakeUp())
    report = PeriodicReport(start: now)
  }

  /// 0 until the model's name is known, because labels carry it.
  var freeCapacity: Int {
    guard judge.version != nil else { return 0 }
    let free = 2 * concurrency - statistics.inFlight
    return free >= portion ? portion : 0
  }

  func begin(_ task: AnnotationTask, now: Double) {
    do {
      if task.partners.isEmpty {
        let judge = try judges(task.principle)
        begin(task, LabelOrigin(kind: judge.kind, version: judge.version ?? ""), now) { index throws(ModelFailure) in
          .caption(try await judge.judge(task.captions[index], deadlineSeconds: task.deadlineSeconds))
        }
      } else if let pairJudge {
        let origin = LabelOrigin(kind: pairJudge.kind, version: pairJudge.version ?? "")
        begin(task, origin, now) { index throws(ModelFailure) in
          .pair(
            try await pairJudge.judge(
              task.captions[index], task.partnerCaptions[index], deadlineSeconds: task.deadlineSeconds))
        }
      }
    } catch {
      log("task \(task.task) stays unanswered: \(error)")
    }
  }

  private func begin(
    _ task: AnnotationTask, _ origin: LabelOrigin, _ now: Double,
    judge: @escaping @Sendable (_ index: Int) async throws(ModelFailure) -> EntryJudgement
  ) {
    statistics.begin(task.ids.count)
    let outcomes = outcomes
    var waiting: [Int: Task<Void, Never>] = [:]
    for index in task.ids.indices {
      waiting[index] = Task {
        let judgement = try? await judge(index)
        outcomes.put(Outcome(task: task.task, index: index, judgement: judgement))
      }
    }
    open[task.task] = Open(task: OpenTask(task, received: now, origin: origin), waiting: waiting)
  }

  func finished(now: Double) -> [Labels] {
    for outcome in outcomes.takeAll() { settle(outcome) }
    var answers: [Labels] = []
    for (number, task) in open.sorted(by: { $0.key < $1.key }) {
      let hasLapsed = now >= task.task.expires
      guard task.waiting.isEmpty || hasLapsed else { continue }
      let labels = task.task.labels(now: now)
      // Without any judgement the task is held until its deadline.
      if labels == nil && !hasLapsed { continue }
      close(number, isAnswered: labels != nil)
      if let labels { answers.append(labels) }
    }
    if let line = report.line(statistics, now: now) {
      log(line)
      if let report = judge.report { log(report) }
      if let modelReport { log(modelReport()) }
    }
    return answers
  }

  private func settle(_ outcome: Outcome) {
    endedCount += 1
    guard var task = open[outcome.task] else { return }
    task.waiting[outcome.index] = nil
    task.task.settle(outcome.index, outcome.judgement)
    open[outcome.task] = task
  }

  /// Removes a task, cancels its unfinished judgements and counts its captions.
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
