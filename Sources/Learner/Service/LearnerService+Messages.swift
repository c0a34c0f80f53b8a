import ActorCritic
import Foundation
import IntrinsicReward
import Runtime
import Tensor
import Trajectories
import Transport
import Wire

extension LearnerService {
  /// One message of one peer.
  /// - Throws: `PeerFault` for what costs the peer its connection.
  func handle(_ envelope: Envelope, from message: Multipart, _ now: Double) throws {
    let peer = message.peer
    if case .hello(let hello) = envelope.message { return try welcome(hello, peer, now) }
    if case .statusRequest = envelope.message { return try sendStatus(to: peer, now) }
    guard let session = sessions[peer] else {
      throw PeerFault(.unknownPeer, "a message before Hello")
    }
    switch envelope.message {
    case .trajectory(let header) where session.role == .worker:
      try take(header, envelope.tensors, session, now)
      // The first frame is the envelope.
      reporter.arrived(frames: plan.configuration.unrollFrames, headerBytes: message.frames[0].count, envelope.tensors)
    case .heartbeat(let heartbeat): answer(heartbeat, session)
    case .snapshotRequest where session.role == .worker: sendSnapshot(to: peer)
    case .ready(let ready) where session.role == .annotator: desk.isReady(peer, capacity: Int(ready.capacity))
    case .labels(let labels) where session.role == .annotator: try take(labels, session, now)
    case .goodbye(let goodbye): remove(peer, goodbye.text)
    default: throw PeerFault(.protocolViolation, "a message that a \(session.role) does not send")
    }
  }

  private func welcome(_ hello: Hello, _ peer: PeerID, _ now: Double) throws {
    if sessions[peer] != nil { throw PeerFault(.protocolViolation, "a second Hello") }
    if end != nil { throw PeerFault(.ending, "the run is over") }
    guard sessions.count < Self.maximumPeers else {
      throw PeerFault(.full, "\(Self.maximumPeers) peers are connected already")
    }
    if !hello.configurationHash.isEmpty, hello.configurationHash != identity.configurationHash {
      throw PeerFault(
        .configuration,
        "this peer holds the configuration \(hexPrefix(hello.configurationHash)), the run has \(hexPrefix(identity.configurationHash)); start it anew"
      )
    }
    var session = PeerSession(
      peer: peer, role: hello.role, name: uniqueName(hello), number: nextSession,
      credits: hello.role == .worker ? creditLimit(hello) : 0,
      heartbeatSeconds: heartbeatSeconds, liveness: plan.configuration.transport.liveness, now: now)
    nextSession += 1
    session.host = hello.host
    sessions[peer] = session
    let seed = hello.role == .worker ? drawSeed() : 0
    send(
      .welcome(
        Welcome(
          peerName: session.name, runName: identity.runName, configuration: identity.configuration,
          configurationHash: identity.configurationHash, policyVersion: loop.publisher.current.version,
          credits: UInt32(creditsPerGroup), seed: seed)),
      to: peer)
    if hello.role != .observer {
      reporter.log.info("\(session.role) \(session.name) joined from \(hello.host)")
      reporter.soon(now: now)
    }
  }

  /// Unrolls a group may have unacknowledged; never so few that one group alone could not fill a batch.
  private var creditsPerGroup: Int {
    let learner = plan.configuration.learner
    let unroll = plan.configuration.unrollFrames
    return max(learner.credits, (learner.batchSize + unroll - 1) / unroll)
  }

  /// Credits an honest worker of that many threads can hold.
  private func creditLimit(_ hello: Hello) -> Int {
    let worker = plan.configuration.worker
    return max(Int(hello.threads), worker.threads, 1) * worker.groupsPerThread * creditsPerGroup
  }

  /// The next worker's seed. The stream's state is part of the checkpoint.
  private func drawSeed() -> UInt64 {
    var seed: UInt64 = 0
    counters.update { counters in
      var stream = SplitMix64(seed: counters.seedStream)
      seed = stream.next()
      counters.seedStream = stream.state
    }
    return seed
  }

  /// What the peer asks to be called, "NAME.2" if that is taken; without a wish its role's letter and a number.
  private func uniqueName(_ hello: Hello) -> String {
    let taken = Set(sessions.values.map(\.name))
    if hello.name.isEmpty {
      let letter = "\(hello.role)".prefix(1)
      return (0...).lazy.map { "\(letter)\($0)" }.first { !taken.contains($0) } ?? "\(letter)"
    }
    if !taken.contains(hello.name) { return hello.name }
    return (2...).lazy.map { "\(hello.name).\($0)" }.first { !taken.contains($0) } ?? hello.name
  }

  private func take(
    _ header: Trajectory, _ tensors: [TensorFrame], _ session: PeerSession, _ now: Double
  ) throws {
    guard header.sequence > session.lastSequence else {
      throw PeerFault(.protocolViolation, "trajectory \(header.sequence) after \(session.lastSequence)")
    }
    var session = session
    do { try session.credits.spend() } catch { throw PeerFault(.protocolViolation, "\(error)") }
    session.lastSequence = header.sequence
    sessions[session.peer] = session
    try learnCaptions(header, session.captions)
    do {
      let unroll = try intake.unroll(header, tensors, globalCaptions: session.captions.globalIDs)
      accept(unroll, header, session, now)
    } catch {
      throw PeerFault(.protocolViolation, "trajectory \(header.sequence): \(error)")
    }
  }

  /// Takes in the texts a trajectory brought; they continue the session's numbering.
  private func learnCaptions(_ header: Trajectory, _ captions: PeerCaptions) throws {
    guard !header.captions.isEmpty else { return }
    guard Int(header.firstCaption) == captions.next else {
      throw PeerFault(.protocolViolation, "captions from \(header.firstCaption) on, when \(captions.next) was next")
    }
    guard captions.next + header.captions.count <= PeerCaptions.maximumCaptions else {
      throw PeerFault(.protocolViolation, "more than \(PeerCaptions.maximumCaptions) captions")
    }
    for text in header.captions { captions.append(desk.intern(text)) }
    loop.news.put(
      RewardNews(captions: rewardReadsTexts ? desk.newCaptions() : [], labels: desk.takeInherited()))
  }

  private func accept(_ unroll: Unroll, _ header: Trajectory, _ session: PeerSession, _ now: Double) {
    let item = QueuedUnroll(
      unroll: unroll, source: session.peer, group: session.number << 16 | UInt64(header.group & 0xFFFF))
    reporter.received(header.episodes, now: now)
    counters.update { counters in
      counters.received += item.frames
      counters.episodes += header.episodes.count
    }
    guard !loop.queue.offer(item) else { return }
    counters.update { $0.discardedOverflow += item.frames }
    sessions[session.peer]?.creditsOwed += 1
  }

  private func answer(_ heartbeat: Heartbeat, _ session: PeerSession) {
    sessions[session.peer]?.heard(heartbeat)
    if let times = sessions[session.peer]?.recentTimes { reporter.heard(times) }
    send(.heartbeatReply(HeartbeatReply(policyVersion: loop.publisher.current.version)), to: session.peer)
  }

  private func sendStatus(to peer: PeerID, _ now: Double) throws {
    let peers = sessions.values.filter { $0.role != .observer }.sorted { $0.number < $1.number }.map {
      RunStatus.Peer(
        role: "\($0.role)", name: $0.name, host: $0.host, stepsPerSecond: $0.latestHeartbeat?.stepsPerSecond ?? 0,
        steps: $0.latestHeartbeat?.steps ?? 0, silentSeconds: max(0, now - $0.liveness.lastHeard),
        times: $0.recentTimes)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(reporter.status(snapshot, peers: peers, now: now))
    send(.status(Status(json: String(decoding: json, as: UTF8.self))), to: peer)
  }

  private func sendSnapshot(to peer: PeerID) {
    let policy = loop.publisher.current
    let count = policy.parameters.count
    let frame = Frame(
      owner: policy, pointer: UnsafeRawPointer(policy.parameters.pointer), count: count * MemoryLayout<Float>.stride)
    send(
      .snapshot(Snapshot(version: policy.version)),
      tensors: [TensorFrame(.parameters, .float32, [count], frame)], to: peer)
  }

  private func take(_ labels: Labels, _ session: PeerSession, _ now: Double) throws {
    if !labels.partners.isEmpty { return try takePairs(labels, session, now) }
    let outcome = try desk.answer(
      labels.task, labels.judgements, of: labels.origin, from: session.peer, name: session.name,
      date: Date().timeIntervalSince1970)
    if !outcome.forgotten.isEmpty {
      reporter.log.warning(
        "\(session.name) answers as \(labels.origin): \(outcome.forgotten.count) labels of another source are forgotten"
      )
      // NaN takes a label back.
      loop.news.put(RewardNews(labels: outcome.forgotten.map { CaptionLabel(caption: $0, value: .nan) }))
    }
    loop.news.put(RewardNews(labels: outcome.labels))
    reporter.labelled(labels.ids.count - outcome.refused, now: now)
    if outcome.refused > 0 {
      reporter.log.warning(
        "\(session.name): \(outcome.refused) labels refused: not asked, answered already, or of another source than this session's"
      )
    }
    if let exhaustion = desk.exhaustionNotice() {
      reporter.log.warning("nothing more is asked: \(exhaustion.rawValue)")
    }
    send(.labelsAcknowledgement(LabelsAcknowledgement(task: labels.task)), to: session.peer)
  }

  private func takePairs(_ labels: Labels, _ session: PeerSession, _ now: Double) throws {
    let (preferences, refused) = try desk.answerPairs(
      labels, from: session.peer, name: session.name, date: Date().timeIntervalSince1970)
    var news = RewardNews()
    news.preferences = preferences
    loop.news.put(news)
    reporter.labelled(labels.ids.count - refused, now: now)
    if refused > 0 { reporter.log.warning("\(session.name): \(refused) preferences refused: not asked") }
    send(.labelsAcknowledgement(LabelsAcknowledgement(task: labels.task)), to: session.peer)
  }
}

/// The first characters of a configuration's hash, for a message to a person.
private func hexPrefix(_ hash: [UInt8]) -> String {
  String(decoding: hash.prefix(12), as: UTF8.self)
}
