/// How many training steps a reward model owes to its labels: many for each arrival while labels are few, and some for
/// each update of the policy. Arrivals that come faster than training are one arrival.
///
/// ONI makes 32 steps for each arrival up to 25,000 labels, and then one for each update. A task with a few dozen captions
/// has a few arrivals, which would leave its model untrained, so updates count from the first label on.
struct RewardSchedule: Sendable {
  /// Steps for each arrival, and the most that are ever owed.
  let stepsPerArrival: Int
  let stepsPerUpdate: Int
  /// Labels from which on steps follow the policy's updates alone.
  let arrivalLimit: Int
  private(set) var owed = 0

  init(stepsPerArrival: Int, stepsPerUpdate: Int, arrivalLimit: Int) {
    self.stepsPerArrival = stepsPerArrival
    self.stepsPerUpdate = stepsPerUpdate
    self.arrivalLimit = arrivalLimit
  }

  /// Labels arrived; there are `labelled` now.
  mutating func labelsArrived(labelled: Int) {
    if followsArrivals(labelled) { owed = stepsPerArrival }
  }

  /// The policy was updated.
  mutating func policyUpdated(labelled: Int) {
    let steps = followsArrivals(labelled) ? stepsPerUpdate : max(stepsPerUpdate, 1)
    if labelled > 0 { owed = max(owed, min(owed + steps, stepsPerArrival)) }
  }

  /// A step was made, or there was nothing to make it from.
  mutating func tookStep() { owed = max(owed - 1, 0) }

  /// What was owed has been made otherwise.
  mutating func settle() { owed = 0 }

  func followsArrivals(_ labelled: Int) -> Bool { labelled < arrivalLimit }
}
