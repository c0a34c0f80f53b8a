import Assembly
import Configuration
import LocalModel
import Runtime
import Transport
import Wire

/// The annotator's role: it asks the learner for captions, judges them, and sends the labels.
///
/// If the connection is lost it drops its tasks, because the learner then gives their captions out again.
public final class AnnotatorService {
  public struct Options {
    public var link: LearnerLink.Options
    public var name: String
    public var host: String
    /// The servers, the key and the files that this annotator may use.
    public var access = LanguageModelAccess()
    /// The model of `access.file`, if it has been read already.
    public var localModel: LocalLanguageModel?

    public init(link: LearnerLink.Options, name: String, host: String) {
      self.link = link
      self.name = name
      self.host = host
    }
  }

  /// Seconds until the next attempt if a socket is full.
  private static let resendSeconds = 0.05

  private let log: @Sendable (String) -> Void
  let link: LearnerLink
  private let access: LanguageModelAccess
  private let localModel: LocalLanguageModel?
  private(set) var handler: (any TaskHandler)?
  /// Whether the learner has a `Ready` message that no task has answered.
  private var isReadyKnown = false
  /// Answers that the socket did not take. There are at most as many as open tasks.
  private var unsent: [Labels] = []
  private var answered = 0
  /// Whether the run is over or the learner is stopping.
  public private(set) var isFinished = false

  public init(
    context: MessagingContext, options: Options, session: UInt64, log: @escaping @Sendable (String) -> Void
  ) {
    self.log = log
    access = options.access
    localModel = options.localModel
    link = LearnerLink(
      context: context, options: options.link,
      hello: Hello(role: .annotator, name: options.name, host: options.host), seed: session)
  }

  /// Does everything that is possible without waiting.
  /// - Throws: `AnnotatorError` if the learner refuses this annotator, or if it cannot judge for this run.
  public func pump(now: Double) throws {
    for event in link.pump(now: now, heartbeat: { heartbeat() }) { try handle(event, now) }
    guard let handler, link.isWelcomed else { return }
    unsent += handler.finished(now: now)
    while let labels = unsent.first, link.send(.labels(labels)) {
      unsent.removeFirst()
      answered += labels.ids.count
    }
    if !isReadyKnown, handler.freeCapacity > 0 {
      isReadyKnown = link.send(.ready(Ready(capacity: UInt32(handler.freeCapacity))))
    }
  }

  /// Time of the next call of `pump` if no socket or judge wakes the loop, in seconds.
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
      log(LearnerLink.Event.line(reason, retrySeconds: pause))
    case .refused(let refused): throw AnnotatorError.refused(refused.text)
    case .ended(let goodbye):
      isFinished = true
      log("the learner ended the session: \(goodbye.text)")
    }
  }

  private func begin(_ welcome: Welcome, _ now: Double) throws {
    if handler == nil {
      var configuration = try Registries.standard.configuration(
        toml: welcome.configuration, fileName: "the learner's configuration")
      let ignored = access.ignored(of: configuration.languageModel)
      if !ignored.isEmpty {
        log(
          "the learner's configuration sets \(ignored.joined(separator: ", ")); ignored: an annotator's servers, keys "
            + "and files come from its own --llm-... options or --config")
      }
      if try Registries.standard.annotators.entry(named: configuration.annotator.kind.rawValue).asksModel {
        configuration.languageModel = try access.applied(to: configuration.languageModel)
      }
      handler = try AnnotatorFactory.makeHandler(configuration, localModel: localModel, now: now, log: log)
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
    Heartbeat(steps: UInt64(answered))
  }

  /// The role's loop. It ends with the run or at a signal.
  public func run(signals: ProcessSignals) throws {
    while !isFinished {
      let poller = Poller()
      _ = poller.add(descriptor: signals.descriptor)
      if let socket = link.socket { _ = poller.add(socket) }
      if let wakeUp = handler?.wakeUp { _ = poller.add(wakeUp) }
      let now = MonotonicClock.seconds
      _ = try poller.wait(milliseconds: Int(max(0, nextDeadline(now: now) - now) * 1000) + 1)
      if let signal = signals.next() {
        log("received \(signal); leaving")
        return shutDown(reason: "received \(signal)")
      }
      try pump(now: MonotonicClock.seconds)
    }
    shutDown(reason: "the run is over")
  }
}
