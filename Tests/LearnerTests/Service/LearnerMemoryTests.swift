import Assembly
import Configuration
import Testing

@testable import Learner

struct LearnerMemoryTests {
  private func memory(_ change: (inout RunConfiguration) -> Void) throws -> LearnerMemory {
    LearnerMemory(try RunPlan(unchecked: TrajectorySource.configuration(change)), shards: 2)
  }

  /// Five numbers and two gradients for each parameter; a batch of 16 frames and an unroll of 8 for each of the queue's
  /// batches and two more.
  @Test func countsWhatTheConfigurationDetermines() throws {
    let source = try TrajectorySource()
    let memory = try memory { _ in }
    let plan = source.plan
    #expect(memory.policyBytes == Double(plan.network.parameters.count * 4 * 7))
    let unroll = plan.unrollShape.schema.tensors.reduce(0) { $0 + plan.unrollShape.byteCount(of: $1) }
    let batches = plan.configuration.learner.queueBatches + 2
    #expect(memory.unrollBytes == Double(unroll) / 8 * 24 * Double(batches))
    #expect(throws: Never.self) { try memory.check() }
  }

  @Test func aRunBeyondTheMemoryIsRefusedWithItsSize() throws {
    let wide = try memory { $0.network.recurrentSize = 16_384 }
    #expect(wide.policyBytes > 2e10)
    let error = #expect(throws: ConfigurationError.self) { try wide.check(limit: 8 * 1_073_741_824) }
    #expect(error?.description.contains("this run would take at least ") == true)
    #expect(error?.description.contains("of memory in the learner, and there are 8.0 GiB: ") == true)
    let crowded = try memory {
      $0.worker.environmentsPerGroup = 65_536
      $0.learner.unrollLength = 4_096
    }
    #expect(crowded.unrollBytes > 1e10)
    #expect(throws: ConfigurationError.self) { try crowded.check(limit: 8 * 1_073_741_824) }
  }
}
