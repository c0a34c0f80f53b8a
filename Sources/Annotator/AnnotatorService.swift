import Annotation
import Configuration
import Glibc
import Transport
import Wire

/// The annotator's role: asks for captions, judges them, hands the labels back, asks for more.
///
/// It holds one task at a time and drops it when the connection is lost: the learner gives the captions out again.
public final class AnnotatorService {
  public struct Options: Sendable {
    public var link: LearnerLink.Options
    public var name: String
    public var host: String

    public init(link: LearnerLink.Options, name: String, host: String) {
      self.link = link
      self.name = name
      self.host = host
    }
  }

  /// A task in hand and when its answer is to be sent; nil: never (an outage).
  private struct TaskInHand {
    let task: AnnotationTask
    let received: Double
    let due: Double?
    /// From then on the learner gives the captions to others.
    var expires: Double { received + task.deadlineSeconds }
  }

  let log: @Sendable (String) -> Void
  let link: LearnerLink
  private var annotator: (any CaptionAnnotator)?
  private var schedule: AnswerSchedule?
  private var capacity = 1
  private var inHand: TaskInHand?
  private var readyDue = false
  private var counter: UInt64 = 0
  private var answered = 0
  /// The run is over, or the learner is stopping.
  public private(set) var isFinished = false

  public init(
    context: MessagingContext, options: Options, session: UInt64, log: @escaping @Sendable (String) -> Void
  ) {
    self.log = log
    link = LearnerLink(
      context: context, options: options.link,
      hello: Hello(
        role: .annotator, name: options.name, host: options.host, processID: UInt32(getpid()), session: session))
  }

  /// Does all that can be done without waiting.
  /// - Throws: when this annotator cannot go on: it was refused, or the run names an annotator it does not have.
  public func pump(now: Double) throws {
    for event in link.pump(now: now, heartbeat: { heartbeat() }) { try handle(event, now) }
    if let task = inHand {
      if let due = task.due, now >= due { answer(task, now) } else if now >= task.expires { giveUp(task) }
    }
    if readyDue, link.isWelcomed {
      readyDue = !link.send(.ready(Ready(capacity: UInt32(capacity))))
    }
  }

  /// When `pump` next has something to do by itself.
  func nextDeadline(now: Double) -> Double {
    min(link.nextDeadline(now: now), inHand.map { min($0.due ?? $0.expires, $0.expires) } ?? .infinity)
  }

  public func shutDown(reason: String) { link.close(Goodbye(reason: .leaving, text: reason)) }

  private func handle(_ event: LearnerLink.Event, _ now: Double) throws {
    switch event {
    case .welcomed(let welcome): try begin(welcome, now)
    case .received(let envelope): receive(envelope.message, now)
    case .lost(let reason, let pause):
      inHand = nil
      readyDue = false
      log("\(reason); trying again in \(Int(pause.rounded(.up))) s")
    case .refused(let refused): throw AnnotatorError.refused(refused.text)
    case .ended(let goodbye):
      isFinished = true
      log("the learner ended the session: \(goodbye.text)")
    }
  }

  private func begin(_ welcome: Welcome, _ now: Double) throws {
    if annotator == nil {
      let configuration = try RunConfiguration(toml: welcome.configuration, fileName: "the learner's configuration")
      annotator = try AnnotatorFactory.make(configuration)
      schedule = AnswerSchedule(
        start: now, delaySeconds: configuration.annotator.delaySeconds,
        outageAfterSeconds: configuration.annotator.outageAfterSeconds,
        outageSeconds: configuration.annotator.outageSeconds)
      capacity = configuration.annotator.batchSize
      link.hello.configurationHash = welcome.configurationHash
    }
    inHand = nil
    readyDue = true
    log(
      "welcomed to run \(welcome.runName) as \(welcome.peerName): \(annotator?.kind ?? "") \(annotator?.version ?? "")")
  }

  private func receive(_ message: Message, _ now: Double) {
    switch message {
    case .annotationTask(let task):
      inHand = TaskInHand(task: task, received: now, due: schedule?.answerTime(arrival: now))
    case .labelsAcknowledgement: readyDue = true
    default: break
    }
  }

  /// Judges every caption of the task and sends the labels; the next task is asked for once they are durable.
  private func answer(_ inHand: TaskInHand, _ now: Double) {
    self.inHand = nil
    guard var annotator else { return }
    let verdicts = inHand.task.captions.map { annotator.annotate($0) }
    self.annotator = annotator
    let labels = Labels(
      task: inHand.task.task, ids: inHand.task.ids,
      outcomes: verdicts.map { if case .label = $0 { .labelled } else { .abstained } },
      values: verdicts.map { if case .label(let value) = $0 { value } else { 0 } },
      annotatorKind: annotator.kind, annotatorVersion: annotator.version, latencySeconds: now - inHand.received)
    if link.send(.labels(labels)) { answered += verdicts.count } else { readyDue = true }
  }

  private func giveUp(_ task: TaskInHand) {
    inHand = nil
    readyDue = true
    log("gave up task \(task.task.task): no answer within \(task.task.deadlineSeconds) s")
  }

  private func heartbeat() -> Heartbeat {
    counter += 1
    return Heartbeat(counter: counter, steps: UInt64(answered))
  }
}
