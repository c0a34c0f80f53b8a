import Runtime
import Transport
import Wire

/// What an annotator does with tasks: the service brings them and carries the answers away. Used by the service's thread.
protocol TaskHandler: AnyObject {
  /// Captions it could take now; 0 while it has enough.
  var room: Int { get }
  /// Tells the service's poll loop that `finished` may have something new; nil for one that works only when called.
  var wakeUp: WakeUp? { get }
  /// What the annotator judges with, for the log.
  var description: String { get }

  func begin(_ task: AnnotationTask, now: Double)

  /// Answers that are due. A caption that no answer names goes back to the learner's queue.
  func finished(now: Double) -> [Labels]

  /// Answers the learner has on its disk now.
  func acknowledged(_ task: UInt64)

  /// When `finished` has something to do by itself, whatever wakes it before.
  func nextDeadline(now: Double) -> Double

  /// Drops every task: the learner gives the captions out again.
  func forgetAll()
}
