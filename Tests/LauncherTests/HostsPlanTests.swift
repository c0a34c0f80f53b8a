import Testing

@testable import Launcher

@Suite struct HostsPlanTests {
  private let fixture: LaunchFixture

  init() throws {
    fixture = try LaunchFixture("[environment]\ntask = \"CaptionGrid\"\n[transport]\nlisten = \"0.0.0.0:5555\"\n")
    try fixture.folder.write("", to: "keys/learner.secret")
    try fixture.folder.write("mars workers=2 threads=3\nvenus workers=1 annotators=1 home=/opt/t\n", to: "hosts")
  }

  private func plan(_ change: (inout LaunchOptions) -> Void = { _ in }) throws -> LaunchPlan {
    try fixture.plan {
      $0.configuration = "grid.toml"
      $0.name = "one"
      $0.key = "keys/learner.secret"
      $0.hosts = "hosts"
      change(&$0)
    }
  }

  @Test func workersTakeTurnsAtTheLearnersAndAnnotatorsAttachToTheFirst() throws {
    let plan = try plan()
    let hosts = HostPeers(try #require(plan.hosts), plan, environment: [:])
    let peers = hosts.peers(["0.0.0.0:5555", "0.0.0.0:5556"], hostName: "hub")
    #expect(peers.map(\.name) == ["mars-1", "mars-2", "venus-1", "venus-annotator-1"])
    let game = "\(fixture.folder.path)/.deps/nethack"
    #expect(
      peers[1].arguments
        == ["worker", "--connect", "hub:5556", "--name", "mars-2", "--nethack", game, "--threads", "3"])
    #expect(
      peers[2].arguments
        == ["worker", "--connect", "hub:5555", "--name", "venus-1", "--nethack", "/opt/t/.deps/nethack"])
    #expect(peers[3].arguments.starts(with: ["annotator", "--connect", "hub:5555", "--name", "venus-annotator-1"]))
  }

  @Test func aResumedRunReadsTheSameFile() throws {
    let plan = try plan()
    #expect(plan.record.hosts == "\(fixture.folder.path)/hosts")
    var options = LaunchOptions()
    options.hosts = nil
    #expect(options.completed(by: plan.record).hosts == plan.record.hosts)
  }

  @Test func hostsNeedAKeyAndAFile() throws {
    #expect(throws: LauncherError.self) { try plan { $0.key = nil } }
    let error = #expect(throws: LauncherError.self) { try plan { $0.hosts = "nowhere" } }
    #expect(error?.description.contains("nowhere") == true)
  }
}
