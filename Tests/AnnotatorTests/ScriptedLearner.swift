import Annotator
import Assembly
import Configuration
import Synchronization
import Testing
import Transport
import Wire

/// A scripted learner for an annotator on the same thread. The test sets the time.
final class ScriptedLearner {
  let annotator: AnnotatorService
  private let context: MessagingContext
  private let socket: RouterSocket
  private let configuration: RunConfiguration
  private let plan: RunPlan
  private let codec: WireCodec
  private let lines = Lines()
  private var peer: PeerID?
  private var sequence: UInt64 = 0

  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  init(_ change: (inout RunConfiguration) -> Void = { _ in }) throws {
    var configuration = RunConfiguration()
    configuration.environment.task = "CaptionGrid"
    configuration.annotator.kind = .oracle
    configuration.annotator.batchSize = 7
    change(&configuration)
    self.configuration = configuration
    plan = try RunPlan(configuration)
    codec = WireCodec(limits: plan.wireLimits)
    context = try MessagingContext()
    let endpoint = Endpoint.inproc("learner")
    socket = try RouterSocket(context, options: SocketOptions(maximumFrameBytes: nil))
    try socket.bind(endpoint)
    let link = LearnerLink.Options(endpoint: endpoint)
    annotator = AnnotatorService(
      context: context, options: AnnotatorService.Options(link: link, name: "a", host: "test"), session: 3
    ) { [lines] line in lines.all.withLock { $0.append(line) } }
  }

  var log: String { lines.all.withLock { $0.joined(separator: "\n") } }

  /// Lets the annotator work at `now`, and returns what it sent.
  func pump(_ now: Double) throws -> [Message] {
    try annotator.pump(now: now)
    var messages: [Message] = []
    while let message = try socket.receive() {
      peer = message.peer
      messages.append(try codec.decode(message.frames).message)
    }
    return messages
  }

  func send(_ message: Message) throws {
    sequence += 1
    let frames = try codec.encode(Envelope(sequence: sequence, message: message))
    #expect(try socket.send(frames, to: try #require(peer)) == .sent)
  }

  func welcome() throws {
    try send(
      .welcome(
        Welcome(
          peerName: "a", runName: "run", configuration: configuration.tomlText(),
          configurationHash: Array("hash".utf8), seed: 0, layout: plan.layout, heartbeatSeconds: 10,
          heartbeatTolerance: 3, maximumMessageBytes: codec.limits.maximumMessageBytes, runID: 1, session: 1,
          creditLimit: 1)))
  }

  /// Takes the annotator in at `now`: afterwards it is ready.
  func begin(_ now: Double = 0) throws {
    _ = try pump(now)
    try welcome()
    #expect(try pump(now) == [.heartbeat(Heartbeat()), .ready(Ready(capacity: 7))])
  }

  func give(_ task: UInt64, _ captions: [String], deadlineSeconds: Double = 30) throws {
    try send(
      .annotationTask(
        AnnotationTask(
          task: task, deadlineSeconds: deadlineSeconds, ids: (1...UInt32(captions.count)).map { $0 + 10 },
          captions: captions.map { Array($0.utf8) })))
  }
}
