import Assembly
import Configuration
import Testing
import Wire

@testable import Benchmarks

struct TrajectoryCompressionTests {
  @Test func countsTheBytesOfAFrame() throws {
    var configuration = RunConfiguration()
    configuration.environment.task = "Corridor"
    configuration.network.recurrentSize = 8
    configuration.worker.environmentsPerGroup = 4
    let plan = try RunPlan(configuration)
    let trajectories = try TrajectoryCompression.trajectories(of: plan, unrolls: 3)
    #expect(trajectories.count == 3)
    let result = try TrajectoryCompression.measure(trajectories, seconds: 0)
    let (row, frames) = (plan.specification.observation.rowByteCount, 32 * 4)
    #expect(result.observationBytes.plain == Double(33 * 4 * row) / Double(frames))
    // Nine tensors in addition to the observations: 27 bytes per step with one value head, and the first recurrent state.
    #expect(result.plainBytes == result.observationBytes.plain + 27 + Double(4 * 8 * 4) / Double(frames))
    #expect(result.compressedBytes < result.plainBytes / 2)
    #expect(result.observationBytes.compressed < result.observationBytes.plain)
    #expect(result.encodeMicroseconds > 0 && result.decodeMicroseconds > 0)
  }
}
