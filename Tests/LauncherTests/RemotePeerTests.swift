import Foundation
import Runtime
import TestSupport
import Testing

@testable import Launcher

/// Peers over a program that takes ssh's arguments and runs the command on this machine, in a home of its own.
@Suite struct RemotePeerTests {
  private let folder: TemporaryDirectory
  private let log: String

  init() throws {
    folder = try TemporaryDirectory()
    log = "\(folder.path)/peer.log"
    try folder.write(
      """
      #!/bin/sh
      printf '%s\\n' "$@" >\(folder.path)/ssh.arguments
      for command; do :; done
      HOME=\(folder.path)/home exec sh -c "$command"
      """, to: "ssh")
    try folder.write(
      """
      #!/bin/sh
      for key; do :; done
      { echo "$@"; stat -c %a "$key"; cat "$key"; } >>\(folder.path)/started
      trap 'echo ended >>\(folder.path)/started; exit 0' TERM
      while [ ! -e \(folder.path)/fail ]; do sleep 0.05; done
      exit 37
      """, to: "home/program")
    for name in ["ssh", "home/program"] { #expect(chmod("\(folder.path)/\(name)", 0o755) == 0) }
  }

  private func peer() -> RemotePeer {
    var entry = HostEntry(host: "user@mars")
    (entry.port, entry.program) = (2222, "\(folder.path)/home/program")
    return RemotePeer(
      entry, run: "r", name: "mars-1", key: "secret-key = \"it's\"\n", arguments: ["worker", "--name", "it's"],
      home: folder.path, environment: ["A": "b c"], ssh: ["\(folder.path)/ssh", "-F", "conf"])
  }

  private func start(_ peer: RemotePeer) throws -> ChildProcess {
    let output = try openForWriting(log, O_APPEND)
    defer { close(output) }
    return try peer.start(output: output)
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)) ?? ""
  }

  private func waits(_ condition: () -> Bool) -> Bool {
    let deadline = MonotonicClock.seconds + 20
    while !condition() {
      if MonotonicClock.seconds > deadline { return false }
      usleep(10_000)
    }
    return true
  }

  @Test func theKeyGoesOverTheInputAndTheStatusComesBack() throws {
    let peer = peer()
    let child = try start(peer)
    #expect(waits { text("started").contains("secret-key") }, "\(text("peer.log"))")
    let key = "\(folder.path)/home/.tengu/r/mars-1.secret"
    #expect(text("started") == "worker --name it's --key \(key)\n600\nsecret-key = \"it's\"\n")
    let arguments = text("ssh.arguments")
    #expect(arguments.hasPrefix("-F\nconf\n-T\n") && arguments.contains("-p\n2222\n--\nuser@mars\n"))
    #expect(!arguments.contains("secret-key = "), "process lists would show it")
    try folder.write("", to: "fail")
    #expect(child.waitUntilExit() == 37)
    #expect(!FileManager.default.fileExists(atPath: key))
    withExtendedLifetime(peer) {}
  }

  @Test func theEndOfTheInputEndsTheProcess() throws {
    var peer: RemotePeer? = peer()
    let child = try start(try #require(peer))
    #expect(waits { text("started").contains("secret-key") })
    peer = nil
    #expect(waits { child.status != nil })
    #expect(child.status == 0)
    #expect(text("started").hasSuffix("ended\n"))
  }

  /// A connection that breaks leaves the process on the other machine behind.
  @Test func whatABrokenConnectionLeftIsEnded() throws {
    let first = peer()
    let lost = try start(first)
    #expect(waits { text("started").contains("secret-key") })
    let second = peer()
    let child = try start(second)
    #expect(waits { text("started").components(separatedBy: "secret-key").count == 3 }, "\(text("peer.log"))")
    #expect(text("started").contains("ended\n"))
    #expect(waits { lost.status != nil })
    child.send(SIGTERM)
    #expect(waits { child.status != nil })
    withExtendedLifetime((first, second)) {}
  }

  @Test func aProgramThatIsMissingIsNamed() throws {
    #expect(unlink("\(folder.path)/home/program") == 0)
    let peer = peer()
    #expect(try start(peer).waitUntilExit() == 64)
    #expect(text("peer.log").contains("there is no program \(folder.path)/home/program"))
  }
}
