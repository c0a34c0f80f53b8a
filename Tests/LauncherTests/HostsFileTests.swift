import Testing

@testable import Launcher

@Suite struct HostsFileTests {
  private func entries(_ text: String) throws(LauncherError) -> [HostEntry] {
    try HostsFile(text: text, name: "hosts").entries
  }

  @Test func eachLineIsAHostAndWhatRunsThere() throws {
    let entries = try entries(
      """
      # the machines
      mars                                 # one worker
      user@venus workers=2\tthreads=8 port=2222 home=/opt/tengu python=/usr/bin/python3 learner=10.0.0.1

      box workers=0 annotators=3 program=/usr/bin/tengu
      """)
    var venus = HostEntry(host: "user@venus")
    (venus.workers, venus.threads, venus.port) = (2, 8, 2222)
    (venus.home, venus.python, venus.learner) = ("/opt/tengu", "/usr/bin/python3", "10.0.0.1")
    var box = HostEntry(host: "box")
    (box.workers, box.annotators, box.program) = (0, 3, "/usr/bin/tengu")
    #expect(entries == [HostEntry(host: "mars"), venus, box])
  }

  @Test(arguments: [
    ("mars\nvenus worker=2", "hosts:2: \"worker\" is unknown"), ("mars workers", "expected NAME=VALUE"),
    ("mars workers=x", "whole number from 0 to 256"), ("mars workers=257", "from 0 to 256"),
    ("mars threads=0", "from 1 to 256"), ("mars port=99999999999999999999", "from 1 to 65535"),
    ("-oProxyCommand=x", "is no host"), ("a;rm", "is no host"), ("mars home=", "expected NAME=VALUE"),
    ("# nothing\n", "names no host"), ("mars\nmars", "names mars twice"),
  ])
  func mistakesNameTheLine(text: String, expected: String) {
    let error = #expect(throws: LauncherError.self) { try entries(text) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    #expect(error?.kind == .usage)
  }

  @Test func addressesAreThoseThatTheHostReaches() {
    var entry = HostEntry(host: "mars")
    #expect(HostPeers.address("0.0.0.0:5555", for: entry, hostName: "hub") == "hub:5555")
    #expect(HostPeers.address("10.1.1.1:5555", for: entry, hostName: "hub") == "10.1.1.1:5555")
    entry.learner = "10.0.0.1"
    #expect(HostPeers.address("0.0.0.0:5555", for: entry, hostName: "hub") == "10.0.0.1:5555")
    entry.learner = "tunnel:7000"
    #expect(HostPeers.address("0.0.0.0:5555", for: entry, hostName: "hub") == "tunnel:7000")
    #expect(HostPeers.plain("user@mars.lab_1") == "mars.lab-1")
  }

  @Test func aLearnerThatNobodyReachesIsRefused() throws {
    let file = try HostsFile(text: "mars", name: "hosts")
    #expect(throws: LauncherError.self) { try file.check(listen: "127.0.0.1:0", hasKey: true) }
    #expect(throws: LauncherError.self) { try file.check(listen: "0.0.0.0:5555", hasKey: false) }
    try file.check(listen: "0.0.0.0:5555", hasKey: true)
    let tunnel = try HostsFile(text: "mars learner=localhost:7000", name: "hosts")
    try tunnel.check(listen: "127.0.0.1:7000", hasKey: true)
  }
}
