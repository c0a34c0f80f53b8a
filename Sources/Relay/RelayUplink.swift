import Assembly
import Captions
import Transport
import Wire

/// A checked trajectory of a worker on its way to the learner.
struct RelayedTrajectory {
  /// The worker that sent it.
  let source: PeerID
  /// The worker's header with the relay's number of the group; the uplink gives it its own numbers.
  let header: Trajectory
  /// In the relay's numbering of captions.
  let tensors: [TensorFrame]
}

/// The relay's side of its session with the learner, in which it is one worker with the threads of all its workers: one
/// numbering of trajectories, of captions and of groups, and one account of credits. Used by one thread.
final class RelayUplink {
  /// Trajectories whose sources are remembered, for refusals that name one.
  private static let rememberedTrajectories = 8_192
  /// Group numbers are below it (proto/tengu.proto).
  private static let maximumGroups: UInt32 = 65_536

  private(set) var link: LearnerLink
  private let makeLink: (Hello) -> LearnerLink
  /// Compresses tensors that arrive plain; nil where the link to the learner does not need it.
  private var compressor: TensorCompressor?
  private var captions = CaptionTable()
  private var told = SessionCaptions()
  private var sequence: UInt64 = 0
  /// Trajectories that the learner takes at once.
  private(set) var credits = 0
  /// Trajectories that have no credit yet, or that the socket did not take.
  private var waiting: [RelayedTrajectory] = []
  /// The latest trajectories' sources, by their number modulo the size.
  private var sources: [(sequence: UInt64, peer: PeerID)] = []
  /// The numbers of each session's groups.
  private var groups: [UInt64: [UInt32: UInt32]] = [:]
  private var nextGroup: UInt32 = 0
  private(set) var traffic = TrajectoryTraffic()

  /// - Parameter makeLink: makes a connection; called again after the learner has refused this one for a worker's fault.
  init(hello: Hello, makeLink: @escaping (Hello) -> LearnerLink) {
    self.makeLink = makeLink
    link = makeLink(hello)
  }

  /// The run is known now.
  /// - Parameter compresses: whether tensors that arrive plain travel compressed to the learner.
  func configure(_ plan: RunPlan, compresses: Bool, hash: [UInt8]) {
    link.steps = plan.unrollShape.schema
    link.hello.configurationHash = hash
    compressor = compresses ? TensorCompressor() : nil
  }

  /// Captions that the workers have named.
  var captionCount: Int { captions.count }

  /// Trajectories that wait for a credit.
  var waitingCount: Int { waiting.count }

  /// A session with the learner has begun: it has forgotten earlier ones.
  func beginSession() {
    told.beginSession()
    (sequence, credits) = (0, 0)
    waiting = []
    sources = []
  }

  /// Connects again, under the same name and for the same run.
  func reconnect() {
    let steps = link.steps
    link = makeLink(link.hello)
    link.steps = steps
  }

  func grant(_ count: Int) { credits += count }

  /// The relay's number of a caption; 0 if its table is full.
  func intern(_ caption: [UInt8]) -> CaptionID {
    caption.withUnsafeBufferPointer {
      captions.intern($0, limit: WireLimits.maximumCaptionsPerSession)?.id ?? 0
    }
  }

  /// The relay's number of a worker's group, the same one for the worker's whole session.
  /// - Parameter session: counts the relay's sessions.
  func group(_ group: UInt32, ofSession session: UInt64) -> UInt32 {
    if let known = groups[session]?[group] { return known }
    // After 65,536 groups the numbers begin again: the groups that had them first are long gone.
    let number = nextGroup
    nextGroup = (nextGroup + 1) % Self.maximumGroups
    groups[session, default: [:]][group] = number
    return number
  }

  /// A worker's session is over.
  func forget(session: UInt64) { groups[session] = nil }

  /// Sends a trajectory, or keeps it until there is credit.
  func put(_ trajectory: RelayedTrajectory) { waiting.append(trajectory) }

  /// Sends what can be sent.
  /// - Returns: the workers whose trajectories were sent, one entry each.
  func sendWaiting() -> [PeerID] {
    var sent = 0
    while credits > 0, sent < waiting.count, send(waiting[sent]) { sent += 1 }
    defer { waiting.removeFirst(sent) }
    return waiting[..<sent].map(\.source)
  }

  /// The worker that sent the trajectory with this number of the session; nil if that is too long ago.
  func source(of sequence: UInt64) -> PeerID? {
    sources.first { $0.sequence == sequence }?.peer
  }

  private func send(_ trajectory: RelayedTrajectory) -> Bool {
    var header = trajectory.header
    header.sequence = sequence + 1
    header.firstCaption = told.first
    var tensors: [TensorFrame]
    (tensors, header.captions) = told.renumber(trajectory.tensors, limits: link.limits) { id in
      captions.withBytes(of: id) { Array($0) }
    }
    if let compressor { tensors = tensors.map(compressor.compress) }
    guard link.send(.trajectory(header), tensors: tensors) else {
      told.kept()
      return false
    }
    told.sent()
    credits -= 1
    sequence += 1
    traffic.add(frames: header.unrollLength * header.environments, tensors)
    remember(sequence, trajectory.source)
    return true
  }

  private func remember(_ sequence: UInt64, _ peer: PeerID) {
    if sources.count < Self.rememberedTrajectories {
      sources.append((sequence, peer))
    } else {
      sources[Int(sequence % UInt64(Self.rememberedTrajectories))] = (sequence, peer)
    }
  }
}
