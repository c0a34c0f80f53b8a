import Testing

@testable import Runtime

struct UsableMemoryTests {
  private static let information = "MemTotal:       16384 kB\nMemFree:        1024 kB\n"

  @Test(
    arguments: [
      (information, nil, 16_777_216), (information, 1_000, 1_000), (information, 1e12, 16_777_216),
      ("", nil, .infinity), ("MemTotal: many kB", 5, 5),
    ] as [(String, Double?, Double)])
  func theSmallerLimitCounts(information: String, limit: Double?, expected: Double) {
    #expect(UsableMemory.bytes(information: information, limit: limit) == expected)
  }

  @Test func controlGroupsLimitMemoryToo() {
    let mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
    let files = ["/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/memory.max": "4096\n"]
    func limit(_ group: String) -> Double? {
      ControlGroups(membership: "0::\(group)\n", mounts: mounts, read: { files[$0] }).memoryBytes
    }
    #expect(limit("/a/b") == 4096)
    #expect(limit("/c") == nil)
  }

  @Test func thisMachineHasMemory() { #expect(UsableMemory.bytes > 1_000_000) }
}
