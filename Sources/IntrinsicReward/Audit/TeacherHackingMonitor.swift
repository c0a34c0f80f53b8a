/// Warns when a reward model comes closer and closer to the labels it is trained on and moves away from those it has not
/// seen: it learns its teacher's mistakes by heart (Teacher Hacking, 2502.02671).
public struct TeacherHackingMonitor: Monitor {
  /// Evaluations, one a version of the model, over which both must hold.
  static let evaluations = 3
  /// Fewer held-out labels say too little.
  static let minimumHeldOut = 20

  public let name = "teacher hacking"
  private var history: [(version: Int, training: Double, heldOut: Double)] = []

  public init() {}

  public mutating func observe(_ reading: MonitorReading) -> String? {
    if let version = reading.modelVersion, let training = reading.trainingAgreement,
      let heldOut = reading.heldOutAgreement, reading.heldOut >= Self.minimumHeldOut,
      version != history.last?.version
    {
      // A model that begins anew is another one.
      if let last = history.last, version < last.version { history.removeAll() }
      history.append((version, training, heldOut))
      if history.count > Self.evaluations + 1 { history.removeFirst() }
    }
    guard history.count == Self.evaluations + 1 else { return nil }
    let isHacking = zip(history, history.dropFirst()).allSatisfy { before, after in
      after.training > before.training && after.heldOut < before.heldOut
    }
    guard isHacking else { return nil }
    return "the model's agreement with its training labels rose from \(history[0].training) to "
      + "\(history[Self.evaluations].training) while that with held-out labels fell from \(history[0].heldOut) to "
      + "\(history[Self.evaluations].heldOut)"
  }
}
