import Runtime

/// What is missing, slow or wrong on this machine, and what to do about it.
public struct Doctor: Sendable {
  public enum State: String, Sendable, Codable {
    case ok
    /// Only some tasks or commands need it.
    case missing
    /// Runs work, and are slower than they could be.
    case slow
    /// Runs fail, or will.
    case wrong
  }

  public struct Finding: Sendable, Codable, Equatable {
    public let what: String
    public let state: State
    public let text: String
    /// What to do; nil if there is nothing to do.
    public let next: String?
  }

  /// A learner accepts fewer connections with fewer descriptors.
  private static let wantedDescriptors = 3_200
  private static let wantedMemoryBytes = 2e9
  private static let wantedDiskBytes = 2e9
  private static let leastDiskBytes = 2e8

  public let findings: [Finding]

  public init(_ facts: MachineFacts) {
    findings =
      [
        Self.vectors(facts), Self.blas(facts), Self.processors(facts), Self.memory(facts), Self.descriptors(facts),
        Self.runs(facts), Self.loopback(facts), Self.files(facts), Self.netHack(facts), Self.model(facts),
      ] + MachineFacts.wantedPrograms.map { Self.program($0, facts) }
  }

  /// Whether runs fail on this machine.
  public var isSick: Bool { findings.contains { $0.state == .wrong } }

  /// One line for each finding, and one for what to do.
  public var text: String {
    findings.map { finding in
      let state = finding.state.rawValue.padded(to: 8)
      let next = finding.next.map { "\n        -> \($0)" } ?? ""
      return "\(state)\(finding.what): \(finding.text)\(next)"
    }.joined(separator: "\n")
  }

  private static func vectors(_ facts: MachineFacts) -> Finding {
    let what = "vectors"
    guard let processor = facts.processorVectors, let build = facts.buildVectors else {
      return Finding(what: what, state: .ok, text: "the processor's own", next: nil)
    }
    if build.rank > processor.rank {
      return Finding(
        what: what, state: .wrong, text: "this build needs \(build.rawValue), which the processor lacks",
        next: "build with TENGU_VECTOR=\(processor.rawValue)")
    }
    if build.rank < processor.rank {
      return Finding(
        what: what, state: .slow, text: "built for \(build.rawValue); the processor has \(processor.rawValue)",
        next: "scripts/setup.sh builds for this processor, or build with TENGU_VECTOR=\(processor.rawValue)")
    }
    return Finding(what: what, state: .ok, text: build.rawValue, next: nil)
  }

  private static func blas(_ facts: MachineFacts) -> Finding {
    let old = ["Prescott", "Core2", "Nehalem", "Generic"].contains { facts.blasKernels.hasPrefix($0) }
    let isSlow = old && (facts.processorVectors ?? .portable) != .portable
    return Finding(
      what: "OpenBLAS", state: isSlow ? .slow : .ok, text: "\(facts.blasKernels) kernels",
      next: isSlow ? "set OPENBLAS_CORETYPE=Haswell, or install a newer libopenblas0" : nil)
  }

  private static func processors(_ facts: MachineFacts) -> Finding {
    let (count, load) = (facts.usableProcessors, facts.load)
    let isBusy = load > Double(count) + 0.5
    return Finding(
      what: "processors", state: isBusy ? .slow : .ok,
      text: "\(count) usable, load \(rounded(load))",
      next: isBusy ? "other processes take a share of each; end them, or measure on an idle machine" : nil)
  }

  private static func memory(_ facts: MachineFacts) -> Finding {
    let free = min(facts.memoryBytes, facts.freeMemoryBytes)
    let isShort = free < wantedMemoryBytes
    return Finding(
      what: "memory", state: isShort ? .slow : .ok,
      text: "\(UsableMemory.text(facts.memoryBytes)) usable, \(UsableMemory.text(free)) free",
      next: isShort ? "a NetHack run with one worker takes about 2 GB; end other processes, or use fewer threads" : nil)
  }

  private static func descriptors(_ facts: MachineFacts) -> Finding {
    let isShort = facts.descriptors < wantedDescriptors
    return Finding(
      what: "descriptors", state: isShort ? .slow : .ok, text: "\(facts.descriptors) may be open",
      next: isShort ? "a learner of many workers needs \(wantedDescriptors): ulimit -n \(wantedDescriptors)" : nil)
  }

  private static func runs(_ facts: MachineFacts) -> Finding {
    guard facts.runsAreWritable else {
      return Finding(
        what: "run directories", state: .wrong, text: "their folder cannot be written",
        next: "set TENGU_RUNS to a folder that can")
    }
    guard let free = facts.freeDiskBytes else {
      return Finding(what: "run directories", state: .ok, text: "writable", next: nil)
    }
    let state: State = free < leastDiskBytes ? .wrong : free < wantedDiskBytes ? .slow : .ok
    return Finding(
      what: "run directories", state: state, text: "\(UsableMemory.text(free)) free",
      next: state == .ok ? nil : "a checkpoint of ONI's network takes 34 MB; free some space, or set TENGU_RUNS")
  }

  private static func loopback(_ facts: MachineFacts) -> Finding {
    Finding(
      what: "loopback", state: facts.loopbackWorks ? .ok : .wrong,
      text: facts.loopbackWorks ? "127.0.0.1 takes connections" : "no socket can be bound to 127.0.0.1",
      next: facts.loopbackWorks ? nil : "bring the interface up: ip link set lo up")
  }

  private static func files(_ facts: MachineFacts) -> Finding {
    Finding(
      what: "configurations", state: facts.hasConfigurations ? .ok : .missing,
      text: facts.hasConfigurations ? "found" : "there is no cluster/configs in Tengu's folder",
      next: facts.hasConfigurations ? nil : "set TENGU_HOME to the folder of the repository or of the release")
  }

  private static func netHack(_ facts: MachineFacts) -> Finding {
    Finding(
      what: "NetHack", state: facts.hasNetHack ? .ok : .missing,
      text: facts.hasNetHack ? "installed" : "not installed; its tasks need it",
      next: facts.hasNetHack ? nil : "scripts/setup.sh fetches it, or scripts/get-nethack.sh FOLDER")
  }

  private static func model(_ facts: MachineFacts) -> Finding {
    Finding(
      what: "model server", state: facts.hasModelServer ? .ok : .missing,
      text: facts.hasModelServer ? "installed" : "not installed; --annotator llm without --llm-url needs it",
      next: facts.hasModelServer ? nil : "the first such run fetches it; tengu serve-llm --fetch does so now")
  }

  private static func program(
    _ program: (name: String, purpose: String, package: String), _ facts: MachineFacts
  ) -> Finding {
    let isThere = facts.programs.contains(program.name)
    return Finding(
      what: program.name, state: isThere ? .ok : .missing,
      text: isThere ? "found" : "not found; needed for \(program.purpose)",
      next: isThere ? nil : "apt-get install \(program.package)")
  }

  private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
