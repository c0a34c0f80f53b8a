import Foundation
import TestSupport
import Testing

@testable import Runtime

@Suite struct ChildProcessTests {
  private let folder = try! TemporaryDirectory()

  @Test func aChildHasASessionOfItsOwnAndPlainSignals() throws {
    let file = "\(folder.path)/status"
    signal(SIGUSR2, SIG_IGN)
    defer { signal(SIGUSR2, SIG_DFL) }
    // `exec`, because a shell that waits for a command blocks signals.
    let script = "echo $NAME >\(file); exec cat /proc/self/stat /proc/self/status >>\(file)"
    let call = ProgramCall("sh", ["-c", script], environment: ["NAME": "value"])
    #expect(try ChildProcess(call).waitUntilExit() == 0)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let words = text.split(whereSeparator: \.isWhitespace)
    #expect(words[0] == "value")
    #expect(words[1] == words[6], "its process id is its session's")
    #expect(text.contains("SigBlk:\t0000000000000000"))
    // glibc keeps the signals 32 and 33 for itself; a parent may have left them ignored.
    let ignored = text.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }?.split(separator: "\t").last
    let mask = try #require(ignored.flatMap { UInt64($0, radix: 16) })
    #expect(mask & 0x7FFF_FFFF == 0, "\(String(mask, radix: 16))")
  }

  @Test func aProgramThatCannotBeRunIsNamed() {
    let error = #expect(throws: ProcessError.self) { try ChildProcess(ProgramCall("/nowhere/tengu")) }
    #expect(error?.description == "cannot run /nowhere/tengu: No such file or directory")
  }

  /// A socket that a child kept open would answer for a server that has closed it.
  @Test func aChildInheritsNoDescriptorButTheThreeStreams() throws {
    let inheritable = open("/dev/null", O_RDONLY)
    defer { close(inheritable) }
    let file = "\(folder.path)/descriptors"
    #expect(try ChildProcess(ProgramCall("sh", ["-c", "ls /proc/$$/fd >\(file)"])).waitUntilExit() == 0)
    let open = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap { Int($0) }
    // The shell keeps a copy of what it redirects at 10 or above.
    #expect(!open.contains(Int(inheritable)) && open.allSatisfy { $0 < 3 || $0 >= 10 }, "\(open)")
  }
}
