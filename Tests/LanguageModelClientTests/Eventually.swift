/// Long enough for any machine and whatever other tests it runs: tests that pass never wait for it.
let amplySeconds = 1_800.0

/// Waits for a condition that is sure to come true if the code is right.
func eventually(_ condition: () async -> Bool) async -> Bool {
  let start = ContinuousClock.now
  while ContinuousClock.now - start < .seconds(amplySeconds) {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(2))
  }
  return false
}
