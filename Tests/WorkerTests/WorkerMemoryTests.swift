import Assembly
import Configuration
import Testing

@testable import Worker

struct WorkerMemoryTests {
  private func memory(
    credits: Int = 2, _ change: (inout RunConfiguration) -> Void = { _ in }
  ) throws -> WorkerMemory {
    var configuration = RunConfiguration()
    configuration.environment.task = "CaptionGrid"
    change(&configuration)
    return try WorkerMemory(RunPlan(unchecked: configuration), threads: 3, credits: credits)
  }

  @Test func countsUnrollsEnvironmentsAndThePolicy() throws {
    let plain = try memory()
    let plan = try RunPlan(
      unchecked: {
        var configuration = RunConfiguration()
        configuration.environment.task = "CaptionGrid"
        return configuration
      }())
    #expect(plain.groups == 3 && plain.unrolls == 5 && plain.environments == 3 * 16)
    // The packed block also has gaps between its tensors.
    let packed = Double(plan.unrollShape.layout.byteCount)
    #expect(plain.unrollBytes <= packed && plain.unrollBytes > 0.9 * packed)
    #expect(throws: Never.self) { try plain.check(limit: 1e9) }
  }

  @Test func refusesWithTheNumbers() throws {
    let large = try memory {
      $0.worker.environmentsPerGroup = 4_096
      $0.learner.unrollLength = 4_096
      $0.learner.batchSize = 4_096 * 4_096
    }
    let error = try #require(throws: WorkerError.self) { try large.check(limit: 8e9) }
    #expect(error.exitStatus == 64)
    #expect("\(error)".contains("more than the 7.5 GiB that it may have"))
    #expect("\(error)".contains("for 12288 environments"))
  }

  /// The largest number that a Welcome can carry.
  @Test func noNumberOfCreditsOverflows() throws {
    let large = try memory(credits: Int(UInt32.max)) {
      $0.worker.environmentsPerGroup = 65_536
      $0.learner.unrollLength = 65_536
    }
    #expect(throws: WorkerError.self) { try large.check(limit: 1e12) }
  }
}
