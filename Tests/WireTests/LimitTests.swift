import Tensor
import Testing
import Trajectories
import Transport

@testable import Wire

/// Every bound refuses on both sides: a sender finds its mistake, a receiver does not trust the sender.
@Suite struct LimitTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let field: String
    let envelope: Envelope
    let lower: @Sendable (inout WireLimits) -> Void
    var testDescription: String { field }
  }

  static let cases: [Case] = [
    Case(field: "hello.name", envelope: samples[0]) { $0.maximumNameBytes = 1 },
    Case(field: "hello.host", envelope: samples[0]) { $0.maximumHostBytes = 10 },
    Case(field: "hello.configuration_hash", envelope: samples[0]) { $0.maximumHashBytes = 2 },
    Case(field: "welcome.peer_name", envelope: samples[2]) { $0.maximumNameBytes = 1 },
    Case(field: "welcome.configuration_toml", envelope: samples[2]) { $0.maximumConfigurationBytes = 14 },
    Case(field: "acknowledgement.units", envelope: samples[samples.count - 2]) { $0.maximumUnitsPerMessage = 1 },
    Case(field: "trajectory.unroll_length", envelope: samples[4]) { $0.maximumUnrollSteps = 2 },
    Case(field: "trajectory.environments", envelope: samples[4]) { $0.maximumEnvironmentsPerGroup = 1 },
    Case(field: "trajectory.captions", envelope: samples[4]) { $0.maximumCaptionsPerMessage = 1 },
    Case(field: "trajectory.captions[0]", envelope: samples[4]) { $0.maximumCaptionBytes = 16 },
    Case(field: "trajectory.episode_returns", envelope: samples[4]) { $0.maximumEpisodesPerMessage = 1 },
    Case(field: "observations.dims", envelope: samples[4]) { $0.maximumTensorDimensions = 2 },
    Case(field: "annotation_task.ids", envelope: samples[12]) { $0.maximumLabelsPerMessage = 1 },
    Case(field: "annotation_task.captions[1]", envelope: samples[12]) { $0.maximumCaptionBytes = 2 },
    Case(field: "labels.ids", envelope: samples[13]) { $0.maximumLabelsPerMessage = 1 },
    Case(field: "annotation_task.principle", envelope: samples[19]) { $0.maximumPrincipleBytes = 8 },
    Case(field: "labels.annotator_kind", envelope: samples[13]) { $0.maximumNameBytes = 4 },
    Case(field: "status.json", envelope: samples[17]) { $0.maximumStatusBytes = 2 },
    Case(field: "parameters", envelope: samples[10]) { $0.maximumMessageBytes = 4_003 },
    Case(field: "envelope", envelope: samples[2]) { $0.maximumHeaderBytes = 20 },
  ]

  @Test(arguments: cases) func everyLimitNamesItsField(example: Case) throws {
    let frames = try codec.encode(example.envelope)
    #expect(throws: Never.self) { try codec.decode(frames) }
    var limits = testLimits
    example.lower(&limits)
    expectBeyondLimit(example.field) { try WireCodec(limits: limits).encode(example.envelope) }
    // A receiver adds up the frames before it looks at their tensors.
    let field = example.field == "parameters" ? "message" : example.field
    expectBeyondLimit(field) { try WireCodec(limits: limits).decode(frames) }
  }

  private func expectBeyondLimit(_ field: String, _ action: () throws -> Any) {
    let error = #expect(throws: WireError.self) { _ = try action() }
    guard case .beyondLimit(field, let value, let limit) = error else {
      Issue.record("\(String(describing: error)) instead of \(field)")
      return
    }
    #expect(value > limit)
  }

  @Test func theParserTakesNoMoreMemoryThanItMay() throws {
    let emptyCaptions = Array(repeating: [0x3A, 0x00] as [UInt8], count: 2_000_000).flatMap { $0 }
    #expect(throws: WireError.malformed) { try codec.decode([Protobuf(bytes: emptyCaptions).envelope(body: 6)]) }
    let emptyTensors = Array(repeating: [0x5A, 0x00] as [UInt8], count: 2_000_000).flatMap { $0 }
    #expect(throws: WireError.malformed) { try codec.decode([Protobuf(bytes: emptyTensors).envelope(body: 6)]) }
    let frames = try codec.encode(samples[4])
    var limits = testLimits
    limits.maximumParserBytes = 300
    #expect(throws: WireError.malformed) { try WireCodec(limits: limits).decode(frames) }
  }

  /// For every amount of memory: an allocation that fails anywhere in the parser is an error and nothing else.
  @Test func everyFailureOfAnAllocationIsSurvived() throws {
    for sample in samples {
      let frames = try codec.encode(sample)
      var limits = testLimits
      var succeeded = false
      for bytes in stride(from: 0, through: 4_096, by: 8) {
        limits.maximumParserBytes = bytes
        if let decoded = try? WireCodec(limits: limits).decode(frames) {
          #expect(decoded.message == sample.message)
          succeeded = true
        } else {
          #expect(!succeeded, "more memory cannot fail where less was enough")
        }
      }
      #expect(succeeded)
    }
  }

  @Test func theLargestTrajectoryFits() throws {
    var large = trajectory(1, 1)
    large.episodes.removeLast()
    large.facts = FactSums()
    large.captions = Array(repeating: Array(repeating: 65, count: 40), count: testLimits.maximumCaptionsPerMessage)
    let envelope = Envelope(sequence: 1, message: .trajectory(large), tensors: trajectoryTensors(1, 1))
    #expect(try codec.decode(codec.encode(envelope)).message == envelope.message)
  }
}
