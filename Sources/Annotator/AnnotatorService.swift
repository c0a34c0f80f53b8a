import Configuration
import Glibc
import Transport
import Wire

/// The annotator's role: asks for captions, judges them, hands the labels back, asks for more.
///
/// It drops its tasks when the connection is lost: the learner gives the captions out again.
public final class AnnotatorService {
  public struct Options {
    public var link: LearnerLink.Options
    public var name: String
    public var host: String
    /// Changes what the run's configuration says of the language model, for this annotator alone.
    public var languageModel: (LanguageModelSection) -> LanguageModelSection = { $0 }

    public init(link: LearnerLink.Options, name: String, host: String) {
      self.link = link
      self.name = name
      self.host = host
    }
  }

  /// How soon a socket that was full is tried again.
  private static let resendSeconds = 0.05

  let log: @Sendable (String) -> Void
  let link: LearnerLink
  private let languageModel: (LanguageModelSection) -> LanguageModelSection
  private(set) var handler: (any TaskHandler)?
  /// A `Ready` that no task has answered yet: the learner keeps one of each annotator.
  private var isReadyKnown = false
  /// Answers that the socket did not take yet; as many as there are tasks in hand at most.
  private var unsent: [Labels] = []
  private var counter: UInt64 = 0
  private var answered = 0
  /// The run is over, or the learner is stopping.
  public private(set) var isFinished = false

  public init(
    context: MessagingContext, options: Options, session: UInt64, log: @escaping @Sendable (String) -> Void
  ) {
    self.log = log
    languageModel = options.languageModel
    link = LearnerLink(
      context: context, options: options.link,
      hello: Hello(
        role: .annotator, name: options.name, host: options.host, processID: UInt32(getpid()), session: session))
  }

  /// Does all that can be done without waiting.
  /// - Throws: when this annotator cannot go on: it was refused, or the run names an annotator it does not have.
  public func pump(now: Double) throws {
    for event in link.pump(now: now, heartbeat: { heartbeat() }) { try handle(event, now) }
    guard let handler, link.isWelcomed else { return }
    unsent += handler.finished(now: now)
    while let labels = unsent.first, link.send(.labels(labels)) {
      unsent.removeFirst()
      answered += labels.ids.count
    }
    if !isReadyKnown, handler.room > 0 {
      isReadyKnown = link.send(.ready(Ready(capacity: UInt32(handler.room))))
    }
  }

  /// When `pump` next has something to do by itself.
  func nextDeadline(now: Double) -> Double {
    let retry = unsent.isEmpty ? .infinity : now + Self.resendSeconds
    return min(link.nextDeadline(now: now), handler?.nextDeadline(now: now) ?? .infinity, retry)
  }

  public func shutDown(reason: String) {
    dropTasks()
    link.close(Goodbye(reason: .leaving, text: reason))
  }

  private func handle(_ event: LearnerLink.Event, _ now: Double) throws {
    switch event {
    case .welcomed(let welcome): try begin(welcome, now)
    case .received(let envelope): receive(envelope.message, now)
    case .lost(let reason, let pause):
      dropTasks()
      log("\(reason); trying again in \(Int(pause.rounded(.up))) s")
    case .refused(let refused): throw AnnotatorError.refused(refused.text)
    case .ended(let goodbye):
      isFinished = true
      log("the learner ended the session: \(goodbye.text)")
    }
  }

  private func begin(_ welcome: Welcome, _ now: Double) throws {
    if handler == nil {
      var configuration = try RunConfiguration(toml: welcome.configuration, fileName: "the learner's configuration")
      configuration.languageModel = languageModel(configuration.languageModel)
      handler = try AnnotatorFactory.makeHandler(configuration, now: now, log: log)
      link.hello.configurationHash = welcome.configurationHash
    }
    dropTasks()
    isReadyKnown = false
    log("welcomed to run \(welcome.runName) as \(welcome.peerName): \(handler?.description ?? "")")
  }

  private func receive(_ message: Message, _ now: Double) {
    switch message {
    case .annotationTask(let task):
      isReadyKnown = false
      handler?.begin(task, now: now)
    case .labelsAcknowledgement(let acknowledgement): handler?.acknowledged(acknowledgement.task)
    default: break
    }
  }

  private func dropTasks() {
    handler?.forgetAll()
    unsent = []
  }

  private func heartbeat() -> Heartbeat {
    counter += 1
    return Heartbeat(counter: counter, steps: UInt64(answered))
  }
}
