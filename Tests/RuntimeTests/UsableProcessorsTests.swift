import Testing

@testable import Runtime

@Suite struct UsableProcessorsTests {
  @Test(
    arguments: [
      (8, nil, 8), (8, 0.5, 1), (8, 2.5, 3), (8, 4, 4), (2, 16, 2), (0, nil, 1), (0, 3, 1),
    ] as [(Int, Double?, Int)])
  func theSmallerLimitCounts(allowed: Int, quota: Double?, expected: Int) {
    #expect(UsableProcessors.count(allowed: allowed, quota: quota) == expected)
  }

  @Test func thisProcessMayUseAtLeastOne() {
    #expect(UsableProcessors.count >= 1)
  }

  @Test(
    arguments: [
      ("50000 100000\n", 0.5), ("400000 100000", 4), ("max 100000\n", nil), ("", nil), ("100000", nil),
      ("-1 100000", nil),
    ] as [(String, Double?)])
  func cpuMaxIsQuotaAndPeriod(text: String, expected: Double?) {
    #expect(ControlGroups.quota(cpuMax: text) == expected)
  }

  /// A machine with both versions, as systemd's hybrid layout has them.
  private static let hybridMounts = """
    31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
    34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
    """

  private func quota(_ membership: String, _ mounts: String, _ files: [String: String]) -> Double? {
    ControlGroups(membership: membership, mounts: mounts, read: { files[$0] }).processorQuota
  }

  @Test func version1HasTwoFiles() {
    let folder = "/sys/fs/cgroup/cpu,cpuacct/jobs/7"
    let membership = "4:cpuset:/\n3:cpu,cpuacct:/jobs/7\n0::/\n"
    #expect(
      quota(
        membership, Self.hybridMounts,
        ["\(folder)/cpu.cfs_quota_us": "50000\n", "\(folder)/cpu.cfs_period_us": "100000\n"]) == 0.5)
    #expect(
      quota(
        membership, Self.hybridMounts,
        ["\(folder)/cpu.cfs_quota_us": "-1\n", "\(folder)/cpu.cfs_period_us": "100000\n"]) == nil)
  }

  @Test func theGroupsAroundLimitToo() {
    let mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
    let files = [
      "/sys/fs/cgroup/user.slice/a/cpu.max": "max 100000\n", "/sys/fs/cgroup/user.slice/cpu.max": "150000 100000\n",
    ]
    #expect(quota("0::/user.slice/a\n", mounts, files) == 1.5)
    #expect(quota("0::/\n", mounts, files) == nil)
  }

  @Test func aContainerSeesItsOwnGroupAsTheTop() {
    // Version 1 in a container without a namespace of its own: the mount shows the container's group as its top folder.
    let mounts = "700 690 0:29 /docker/f00 /sys/fs/cgroup/cpu ro,nosuid - cgroup cgroup rw,cpu"
    let files = [
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    ]
    #expect(quota("5:cpu:/docker/f00\n", mounts, files) == 2)
    #expect(quota("5:cpu:/somewhere/else\n", mounts, files) == 2)
    // Version 2 with a namespace.
    let unified = "30 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw"
    #expect(quota("0::/\n", unified, ["/sys/fs/cgroup/cpu.max": "250000 100000"]) == 2.5)
  }

  @Test func withoutControlGroupsThereIsNoQuota() {
    #expect(quota("", "", [:]) == nil)
    #expect(quota("nonsense\n1:cpu\n", "31 23 0:28 /\n- cgroup\n", [:]) == nil)
  }
}
