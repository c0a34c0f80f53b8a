/// How many training steps a reward model owes to its labels: some for each arrival while labels are few, then one for
/// each update of the policy (ONI: 32 up to 25,000 labels). Arrivals that come faster than training are one arrival.
struct RewardSchedule: Sendable {
  /// Steps for each arrival, and the most that are ever owed.
  let stepsPerArrival: Int
  /// Labels from which on steps follow the policy's updates.
  let arrivalLimit: Int
  private(set) var owed = 0

  init(stepsPerArrival: Int, arrivalLimit: Int) {
    self.stepsPerArrival = stepsPerArrival
    self.arrivalLimit = arrivalLimit
  }

  /// Labels arrived; there are `labelled` now.
  mutating func labelsArrived(labelled: Int) {
    if followsArrivals(labelled) { owed = stepsPerArrival }
  }

  /// The policy was updated.
  mutating func policyUpdated(labelled: Int) {
    if !followsArrivals(labelled) { owed = min(owed + 1, stepsPerArrival) }
  }

  /// A step was made, or there was nothing to make it from.
  mutating func tookStep() { owed = max(owed - 1, 0) }

  func followsArrivals(_ labelled: Int) -> Bool { labelled < arrivalLimit }
}
