import Testing
import Transport

@testable import Wire

/// What a plan may hold is checked at both ends.
@Suite struct PlanTests {
  private func expectRefused(_ field: String, _ message: Message) {
    let error = #expect(throws: WireError.self) { try codec.encode(Envelope(sequence: 1, message: message)) }
    switch error {
    case .invalid(field, _), .beyondLimit(field, _, _): break
    default: Issue.record("\(String(describing: error)) instead of \(field)")
    }
  }

  private func expectRefused(_ field: String, _ change: (inout PlanEntry) -> Void) {
    var changed = plan
    change(&changed.entries[1])
    expectRefused("plan.entries[1].\(field)", .plan(changed))
  }

  @Test func everyFieldOfAnEntryIsBounded() {
    expectRefused("number") { $0.number = 0 }
    expectRefused("key") { $0.key = 4_096 }
    expectRefused("key") { $0.key = -1 }
    expectRefused("repeats") { $0.repeats = 0 }
    expectRefused("repeats") { $0.repeats = 4_097 }
    for temperature: Float in [0, -1, 0.001, 101, .nan, .infinity] {
      expectRefused("temperature") { $0.temperature = temperature }
    }
    expectRefused("goal") { $0.goal = [UInt8](repeating: 65, count: 257) }
    expectRefused("steering") { $0.steering = [Float](repeating: 0, count: 17) }
    for weight: Float in [1_001, -1_001, .nan] { expectRefused("steering") { $0.steering[1] = weight } }
    for chance: Float in [-0.1, 1.1, .nan] { expectRefused("abort_above") { $0.abortAbove = chance } }
  }

  @Test func theEpisodesOfAMessageAreBounded() {
    // The first entry has 8 episodes, so the second may have 4,088.
    expectRefused("repeats") { $0.repeats = 4_089 }
    let entry = PlanEntry(number: 1, key: 0, seed: 1)
    expectRefused("plan.entries", .plan(Plan(version: 1, entries: Array(repeating: entry, count: 4_097))))
    for episodes in [0, -1, 4_097] {
      expectRefused("plan_request.episodes", .planRequest(PlanRequest(episodes: episodes)))
    }
  }

  @Test func foreignBytesAreRefusedByTheReceiverToo() throws {
    let zero = Protobuf().number(1, 0)
    #expect(throws: WireError.self) { try codec.decode([zero.envelope(body: 20)]) }
    #expect(throws: WireError.self) { try codec.decode([Protobuf().number(1, 4_097).envelope(body: 20)]) }
    #expect(throws: WireError.self) { try codec.decode([Protobuf().number(1, .max).envelope(body: 20)]) }
    func entry(_ body: Protobuf) -> Frame { Protobuf().number(1, 1).content(2, body.bytes).envelope(body: 21) }
    // A temperature of 1.
    let warm = Protobuf().number(1, 5).number(2, 1).number(4, 1)
    #expect(throws: WireError.self) { try codec.decode([entry(warm)]) }
    let many = (0..<5_000).reduce(Protobuf()) { body, _ in body.content(2, []) }
    #expect(throws: WireError.self) { try codec.decode([many.envelope(body: 21)]) }
  }

  /// Entries of finished episodes are as many as the episodes, or none.
  @Test func entriesOfEpisodesAreParallel() throws {
    var header = trajectory()
    for index in header.episodes.indices { header.episodes[index].entry = 0 }
    let plain = try codec.encode(Envelope(sequence: 1, message: .trajectory(header), tensors: trajectoryTensors(3, 2)))
    header.episodes[1].entry = 5
    let planned = try codec.encode(
      Envelope(sequence: 1, message: .trajectory(header), tensors: trajectoryTensors(3, 2)))
    // Nothing is sent of a plan that there is not; else a tag, a length and a byte for each episode.
    #expect(planned[0].count == plain[0].count + 4)
    let decoded = try codec.decode(planned)
    #expect(decoded.message == .trajectory(header))
    let lone = Protobuf().number(4, 1).number(5, 1).number(6, 1).content(14, [7])
    #expect(throws: WireError.self) { try codec.decode([lone.envelope(body: 6)]) }
  }
}
