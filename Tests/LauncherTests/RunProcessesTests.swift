import Foundation
import Runtime
import TestSupport
import Testing

@testable import Launcher

/// Peers that an earlier launch left.
@Suite struct RunProcessesTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  @Test func peersAreFoundByTheirRunAndEnded() throws {
    try folder.write("", to: "one/learner.log")
    try folder.write("", to: "two/learner.log")
    let processes = ["one", "two"].map { RunProcesses(RunFolder(path: "\(folder.path)/\($0)")) }
    let children = try processes.map { run in
      try ChildProcess(ProgramCall("sleep", ["60"], environment: run.mark("worker-1")))
    }
    #expect(processes[0].peers == [RunProcesses.Peer(identifier: children[0].identifier, name: "worker-1")])
    // Only a parent that waits makes an ended process disappear; its environment is empty at once.
    #expect(processes[0].end().list == "worker-1 (pid \(children[0].identifier))")
    #expect(children[0].waitUntilExit() == 128 + SIGTERM && processes[0].peers.isEmpty)
    #expect(children[1].status == nil)
    children[1].send(SIGKILL)
    _ = children[1].waitUntilExit()
  }
}
