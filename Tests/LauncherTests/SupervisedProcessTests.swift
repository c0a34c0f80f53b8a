import Foundation
import Runtime
import TestSupport
import Testing

@testable import Launcher

@Suite struct SupervisedProcessTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  /// A shell whose commands are `script`.
  private func shell(_ script: String) -> () throws -> ChildProcess {
    {
      try ChildProcess(ProgramCall("sh", ["-c", script]), output: .null, errors: .null, survivesParent: true)
    }
  }

  /// Advances a process until `condition` holds, for ten seconds at most.
  private func advance(
    _ process: SupervisedProcess, mayRestart: Bool = true, until condition: () -> Bool
  ) -> Bool {
    let deadline = MonotonicClock.seconds + 10
    while !condition() {
      guard MonotonicClock.seconds < deadline else { return false }
      process.advance(now: MonotonicClock.seconds, mayRestart: mayRestart)
      usleep(5000)
    }
    return true
  }

  @Test func pausesDoubleAndSomeSecondsOfLifeResetThem() {
    var pause = RestartPause()
    let lifetimes: [Double] = [0, 0, 0, 0, 0, 2.9, 3, 1]
    #expect(lifetimes.map { pause.next(afterLifetime: $0) } == [0.25, 0.5, 1, 2, 4, 4, 0.25, 0.5])
    for _ in 0..<14 { #expect(pause.next(afterLifetime: 0) <= 4) }
    #expect(pause.next(afterLifetime: 0) == 32)
    #expect(pause.next(afterLifetime: 3) == 0.25)
  }

  @Test func policiesNameTheEndsThatAreFollowedByAStart() {
    let statuses: [Int32] = [0, 1, 64, 128, 137]
    #expect(statuses.map(RestartPolicy.afterFailure.restarts(after:)) == [false, true, false, true, true])
    #expect(statuses.map(RestartPolicy.afterCrash.restarts(after:)) == [false, false, false, false, true])
    // Started again by request.
    #expect(RestartPolicy.afterCrash.restarts(after: 75) && RestartPolicy.afterFailure.restarts(after: 75))
  }

  @Test func aFailedProcessIsStartedAgainAndItsPidFileFollows() throws {
    let notes = Notes()
    let pidFile = "\(folder.path)/peer.pid"
    let process = try SupervisedProcess(
      "peer", policy: .afterFailure, pidFile: pidFile, note: notes.add, start: shell("sleep 60"))
    let first = try #require(process.identifier)
    #expect(firstLine(of: pidFile) == "\(first)")
    kill(first, SIGKILL)
    #expect(advance(process) { process.identifier == nil })
    #expect(firstLine(of: pidFile) == nil)
    #expect(notes.lines == ["peer ended with status 137; starting it again in 0.25 s"])
    #expect(advance(process) { process.identifier != nil && process.identifier != first })
    #expect(firstLine(of: pidFile) == process.identifier.map { "\($0)" })
    process.stop()
    #expect(advance(process) { process.hasEnded })
    #expect(process.status == 0, "a process that dies of the SIGTERM it was sent ended as requested")
  }

  @Test func aMistakeIsNotRepeated() throws {
    let process = try SupervisedProcess("peer", policy: .afterFailure, note: { _ in }, start: shell("exit 64"))
    #expect(advance(process) { process.hasEnded })
    #expect(process.status == 64)
  }

  @Test func nothingStartsOnceTheRunIsOver() throws {
    let process = try SupervisedProcess("peer", policy: .afterFailure, note: { _ in }, start: shell("exit 3"))
    #expect(advance(process, mayRestart: false) { process.hasEnded })
    #expect(process.status == 3)
  }

  @Test func aProcessThatIgnoresTheRequestIsKilled() throws {
    let notes = Notes()
    let ready = "\(folder.path)/ready"
    let group = SupervisedGroup(note: notes.add, stopSeconds: 0.3)
    group.add(
      try SupervisedProcess(
        "deaf", policy: .afterFailure, note: { _ in },
        start: shell("trap '' TERM; echo x >\(ready); while :; do sleep 0.1; done")))
    #expect(group.wait(atMost: 10) { firstLine(of: ready) != nil })
    group.stop()
    #expect(group.hasEnded)
    #expect(group.processes[0].status == 137)
    #expect(notes.lines.count == 1)
  }
}

/// Lines that a supervisor noted.
final class Notes {
  private(set) var lines: [String] = []

  func add(_ line: String) { lines.append(line) }
}
