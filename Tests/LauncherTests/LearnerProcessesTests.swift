import Glibc
import Runtime
import TestSupport
import Testing

@testable import Launcher

@Suite struct LearnerProcessesTests {
  private let learner = ProgramCall(
    "/opt/tengu", ["learner", "--name", "x"], environment: ["A": "b"], directory: "/srv")

  @Test func oneLearnerIsStartedAsItIs() throws {
    #expect(try LearnerProcesses(1, path: "").call(learner, isRoot: true) == learner)
  }

  @Test func severalAreStartedByMpirun() throws {
    let folder = try TemporaryDirectory()
    try folder.write("#!/bin/sh\n", to: "mpirun")
    #expect(throws: LauncherError.self) { try LearnerProcesses(3, path: folder.path) }
    #expect(chmod("\(folder.path)/mpirun", 0o700) == 0)
    let call = try LearnerProcesses(3, path: "/nowhere:\(folder.path)").call(learner, isRoot: false)
    #expect(call.program == "mpirun" && call.directory == "/srv" && call.environment == ["A": "b"])
    #expect(call.arguments.prefix(2) == ["-np", "3"])
    #expect(call.arguments.suffix(4) == ["/opt/tengu", "learner", "--name", "x"])
    let asRoot = try LearnerProcesses(3, path: folder.path).call(learner, isRoot: true)
    #expect(asRoot.environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] == "1")
  }

  @Test func aMissingMpirunIsNamedWithItsPackage() {
    let error = #expect(throws: LauncherError.self) { try LearnerProcesses(2, path: "/nowhere") }
    #expect(error?.kind == .usage && error?.description.contains("openmpi-bin") == true)
  }

  @Test func workersAttachToOneLearnerAfterTheOther() {
    var options = PeerAttachment.Options(addresses: ["a:1", "b:2"])
    #expect((1...3).map { options.address(ofPeer: $0) } == ["a:1", "b:2", "a:1"])
    options.role = .annotator
    #expect((1...2).map { options.address(ofPeer: $0) } == ["a:1", "a:1"])
  }
}
