import Foundation
import TestSupport
import Testing

@testable import Launcher

@Suite struct InstallationTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func installation(_ environment: [String: String] = [:]) -> Installation {
    Installation(environment: environment, workingDirectory: "\(folder.path)/here", launcher: "/opt/tengu")
  }

  @Test func placesFollowTheHomeUnlessTheEnvironmentNamesThem() {
    let standard = installation(["TENGU_HOME": "/srv/tengu"])
    #expect(standard.program == "/opt/tengu")
    #expect(standard.runs == "/srv/tengu/runs")
    #expect(standard.netHack == "/srv/tengu/.deps/nethack")
    #expect(standard.languageModel == "/srv/tengu/.deps/llm")
    let moved = installation(["TENGU_RUNS": "my-runs", "TENGU_BINARY": "/other/tengu", "TENGU_LLM": ""])
    #expect(moved.home == "\(folder.path)/here")
    #expect(moved.runs == "\(folder.path)/here/my-runs")
    #expect(moved.program == "/other/tengu")
    #expect(moved.languageModel == "\(folder.path)/here/.deps/llm")
  }

  @Test func aConfigurationIsAPathOrAName() throws {
    let own = try folder.write("", to: "here/mine.toml")
    let shared = try folder.write("", to: "home/cluster/configs/shared.toml")
    let installation = installation(["TENGU_HOME": "\(folder.path)/home"])
    #expect(try installation.configurationFile("mine.toml") == own)
    #expect(try installation.configurationFile("shared") == shared)
    #expect(try installation.configurationFile("shared.toml") == shared)
    #expect(
      throws: LauncherError("there is no configuration \"other\"; in cluster/configs: shared.toml", .usage)
    ) { try installation.configurationFile("other") }
  }

  @Test func rolesGetTheirSettings() {
    let call = installation().role(["worker"])
    #expect(call.environment["OPENBLAS_NUM_THREADS"] == "1")
    #expect(call.environment["GLIBC_TUNABLES"]?.contains("glibc.malloc.trim_threshold=67108864") == true)
    #expect(call.directory == "\(folder.path)/here")
  }

  @Test func aRunIsFoundByNameByPathOrByItsLog() throws {
    let installation = installation()
    #expect(throws: LauncherError.self) { try RunFolder(named: nil, in: installation) }
    let old = try folder.write("", to: "here/runs/old/learner.log")
    try folder.write("", to: "here/runs/new/learner.log")
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: old)
    #expect(try RunFolder(named: nil, in: installation).name == "new")
    #expect(try RunFolder(named: "old", in: installation).path == "\(folder.path)/here/runs/old")
    #expect(try RunFolder(named: "runs/old/", in: installation).path == "\(folder.path)/here/runs/old")
    #expect(throws: LauncherError.noRun("gone", in: installation.runs)) {
      try RunFolder(named: "gone", in: installation)
    }
  }

  /// Pid files outlive their processes, and process ids are used again.
  @Test func aPidFileCountsOnlyIfTheProcessRunsTheRole() throws {
    #expect(commandLine(Data("/opt/tengu\0learner\0--name\0x\0".utf8), runs: "/other/tengu", in: ["learner"]))
    #expect(commandLine(Data("bash\0/opt/tengu\0serial\0".utf8), runs: "tengu", in: ["learner", "serial"]))
    #expect(!commandLine(Data("/opt/tengu\0worker\0learner\0".utf8), runs: "tengu", in: ["learner"]))
    #expect(!commandLine(Data("/opt/tengu-bench\0learner\0".utf8), runs: "tengu", in: ["learner"]))
    try folder.write("\(getpid())\n", to: "here/runs/stale/learner.pid")
    let run = try RunFolder(named: "stale", in: installation())
    #expect(run.learner(program: "/opt/tengu") == nil)
  }
}
