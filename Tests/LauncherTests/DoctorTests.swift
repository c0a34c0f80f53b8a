import TestSupport
import Testing

@testable import Launcher

@Suite struct DoctorTests {
  private func healthy() -> MachineFacts {
    var facts = MachineFacts()
    (facts.processorVectors, facts.buildVectors, facts.blasKernels) = (.avx2, .avx2, "Haswell")
    (facts.usableProcessors, facts.load, facts.descriptors) = (4, 1, 20_000)
    (facts.memoryBytes, facts.freeMemoryBytes, facts.freeDiskBytes) = (16e9, 8e9, 50e9)
    facts.programs = Set(MachineFacts.wantedPrograms.map(\.name))
    return facts
  }

  private func state(_ what: String, _ change: (inout MachineFacts) -> Void) -> Doctor.State? {
    var facts = healthy()
    change(&facts)
    let finding = Doctor(facts).findings.first { $0.what == what }
    if finding?.state != .ok { #expect(finding?.next != nil, "\(what) has no next step") }
    return finding?.state
  }

  @Test func aHealthyMachineHasNothingToDo() {
    let doctor = Doctor(healthy())
    #expect(doctor.findings.allSatisfy { $0.state == .ok && $0.next == nil })
    #expect(!doctor.isSick)
  }

  @Test func eachFaultIsFound() {
    #expect(state("vectors") { $0.buildVectors = .avx512 } == .wrong)
    #expect(state("vectors") { $0.buildVectors = .portable } == .slow)
    #expect(state("OpenBLAS") { $0.blasKernels = "Prescott" } == .slow)
    #expect(state("processors") { $0.load = 9 } == .slow)
    #expect(state("memory") { $0.freeMemoryBytes = 1e9 } == .slow)
    #expect(state("descriptors") { $0.descriptors = 1024 } == .slow)
    #expect(state("run directories") { $0.runsAreWritable = false } == .wrong)
    #expect(state("run directories") { $0.freeDiskBytes = 1e6 } == .wrong)
    #expect(state("run directories") { $0.freeDiskBytes = 1e9 } == .slow)
    #expect(state("loopback") { $0.loopbackWorks = false } == .wrong)
    #expect(state("configurations") { $0.hasConfigurations = false } == .missing)
    #expect(state("NetHack") { $0.hasNetHack = false } == .missing)
    #expect(state("model server") { $0.hasModelServer = false } == .missing)
    #expect(state("mpirun") { $0.programs.remove("mpirun") } == .missing)
  }

  @Test func onlyWhatIsWrongMakesItSick() {
    var facts = healthy()
    facts.programs = []
    #expect(!Doctor(facts).isSick)
    facts.loopbackWorks = false
    #expect(Doctor(facts).isSick)
    #expect(Doctor(facts).text.contains("wrong   loopback"))
  }

  @Test func factsOfThisMachineCanBeRead() throws {
    let folder = try TemporaryDirectory()
    let facts = MachineFacts(Installation(environment: [:], workingDirectory: folder.path, launcher: "/opt/tengu"))
    #expect(facts.usableProcessors > 0 && facts.memoryBytes > 0 && facts.descriptors > 0)
    #expect(!facts.hasConfigurations && !facts.hasNetHack)
    #expect(MachineFacts.freeMemory(in: "MemTotal: 5 kB\nMemAvailable:   12 kB\n") == 12_288)
    #expect(MachineFacts.nearest("\(folder.path)/a/b") == folder.path)
  }
}
