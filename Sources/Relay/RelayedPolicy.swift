import Transport
import Wire

/// The newest policy, which comes from the learner once and goes to every worker that asks for it. Used by one thread.
struct RelayedPolicy {
  private var parameters: TensorFrame?
  /// The version at hand; nil before the first.
  private(set) var version: UInt64?
  /// Workers that wait for a policy, and the version that each has.
  private var waiting: [PeerID: UInt64] = [:]
  private var isRequested = false
  /// Snapshots that the learner has sent, and their bytes.
  private(set) var received = 0
  private(set) var receivedBytes = 0

  /// For a person: "received 12 policies, 3.4 MB".
  var summary: String { "received \(received) policies, \((Double(receivedBytes) / 1e5).rounded() / 10) MB" }

  /// Whether a worker has asked and the relay has no policy for it.
  var isAwaited: Bool { !waiting.isEmpty }

  /// A session with the learner has begun: a request in the earlier one is lost, and so are the workers'.
  mutating func beginSession() {
    isRequested = false
    waiting = [:]
    (version, parameters) = (nil, nil)
  }

  /// - Parameter newest: the version that the learner has; nil if a worker wants any.
  /// - Returns: whether to ask the learner for it.
  mutating func wants(_ newest: UInt64?) -> Bool {
    guard !isRequested, version == nil || version != newest else { return false }
    isRequested = true
    return true
  }

  /// The request could not be sent.
  mutating func failedToAsk() { isRequested = false }

  /// Takes the learner's snapshot.
  /// - Returns: the workers that have waited for it.
  mutating func install(_ snapshot: Snapshot, _ tensor: TensorFrame) -> [PeerID] {
    isRequested = false
    (version, parameters) = (snapshot.version, tensor)
    received += 1
    receivedBytes += tensor.frame.count
    defer { waiting = [:] }
    return Array(waiting.keys)
  }

  /// The answer to a worker's request for a policy newer than `known`, 0 for any; nil if it has to wait for the first.
  mutating func answer(_ peer: PeerID, newerThan known: UInt64) -> (message: Message, tensors: [TensorFrame])? {
    guard let version, let parameters else {
      waiting[peer] = known
      return nil
    }
    guard known == 0 || version > known else { return (.heartbeatReply(HeartbeatReply(policyVersion: version)), []) }
    return (.snapshot(Snapshot(version: version)), [parameters])
  }
}
