import Telemetry
import Transport

/// The log lines that peers cause. Any peer can cause many, so they are limited by kind and by peer, and what was held back
/// is counted. Used by the I/O thread alone.
package final class PeerLog {
  /// Raw values complete "N more times in the last 10 s: ".
  enum Kind: String, Sendable {
    case joined = "joined"
    case left = "left"
    case refused = "refused"
    case answers = "answers not used"
    case discarded = "unrolls discarded"
    case expired = "captions not answered in time"
  }

  private let log: LogWriter
  private var throttle = LogThrottle<Kind>()

  package init(_ log: LogWriter) { self.log = log }

  package func joined(_ session: PeerSession, now: Double) {
    guard session.role != .observer, throttle.admits(.joined, session.name, now: now) else { return }
    let key = session.key.map { " with the key \($0.name)" } ?? ""
    log.info("\(session.role) \(session.name) joined from \(session.host) (\(session.address))\(key)")
  }

  package func left(_ session: PeerSession, _ reason: String, now: Double) {
    guard session.role != .observer, throttle.admits(.left, session.name, now: now) else { return }
    log.info("\(session.role) \(session.name) left: \(reason)")
  }

  /// The learner refused a message or a connection.
  /// - Parameter subject: the peer's name or address, by which lines are limited.
  package func refused(_ text: String, of subject: String, now: Double) {
    if throttle.admits(.refused, subject, now: now) { log.warning("refused \(text)") }
  }

  /// The trainer passed over unrolls.
  package func discarded(_ count: Int, _ reason: String, now: Double) {
    if throttle.admits(.discarded, "the trainer", now: now) { log.warning("discarded \(count) unrolls: \(reason)") }
  }

  /// Captions were not answered by the deadline.
  package func expired(_ count: Int, now: Double) {
    guard throttle.admits(.expired, "annotators", now: now) else { return }
    log.warning("\(count) captions were not answered in time and wait again")
  }

  /// An annotator's answers were not used.
  package func notUsed(_ text: String, of session: PeerSession, now: Double) {
    if throttle.admits(.answers, session.name, now: now) { log.warning("\(session.name): \(text)") }
  }

  /// Writes what was held back in an interval that is over.
  package func catchUp(now: Double) {
    for held in throttle.takeHeldBack(now: now) {
      let times = held.count == 1 ? "once more" : "\(held.count) more times"
      log.info(
        "\(held.subject ?? "other peers"): \(held.kind.rawValue) \(times) in the last "
          + "\(Int(throttle.intervalSeconds)) s")
    }
  }
}
