/// The number of training steps a reward model still has to make: many for each arrival of labels while labels are few,
/// and some for each update of the policy. Arrivals that are faster than training count as one.
///
/// ONI makes 32 steps for each arrival up to 25,000 labels, and one for each update beyond. In a task with a few dozen
/// captions there are few arrivals and the model would stay untrained, so here updates count from the first label on.
struct RewardSchedule: Sendable {
  /// Steps for each arrival, and the maximum of `owed`.
  let stepsPerArrival: Int
  let stepsPerUpdate: Int
  /// Number of labels from which on arrivals cause no steps.
  let arrivalLimit: Int
  /// Steps still to be made.
  private(set) var owed = 0

  init(stepsPerArrival: Int, stepsPerUpdate: Int, arrivalLimit: Int) {
    self.stepsPerArrival = stepsPerArrival
    self.stepsPerUpdate = stepsPerUpdate
    self.arrivalLimit = arrivalLimit
  }

  /// Labels arrived.
  /// - Parameter labelled: number of labels now.
  mutating func labelsArrived(labelled: Int) {
    if followsArrivals(labelled) { owed = stepsPerArrival }
  }

  /// The policy was updated.
  mutating func policyUpdated(labelled: Int) {
    let steps = followsArrivals(labelled) ? stepsPerUpdate : max(stepsPerUpdate, 1)
    if labelled > 0 { owed = max(owed, min(owed + steps, stepsPerArrival)) }
  }

  /// A step was made, or there was no data for one.
  mutating func tookStep() { owed = max(owed - 1, 0) }

  /// Sets the owed steps to 0, because they were made elsewhere.
  mutating func settle() { owed = 0 }

  /// Whether arrivals cause steps.
  func followsArrivals(_ labelled: Int) -> Bool { labelled < arrivalLimit }
}
