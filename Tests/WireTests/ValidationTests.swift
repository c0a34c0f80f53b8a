import Captions
import Tensor
import Testing
import Trajectories
import Transport

@testable import Wire

@Suite struct ValidationTests {
  private func expectInvalid(_ field: String, _ message: Message, _ tensors: [TensorFrame] = []) {
    let error = #expect(throws: WireError.self) {
      try codec.encode(Envelope(sequence: 1, message: message, tensors: tensors))
    }
    guard case .invalid(field, _) = error else {
      Issue.record("\(String(describing: error)) instead of \(field)")
      return
    }
  }

  private func expectInvalid(_ field: String, frames: [Frame]) {
    let error = #expect(throws: WireError.self) { try codec.decode(frames) }
    guard case .invalid(field, _) = error else {
      Issue.record("\(String(describing: error)) instead of \(field)")
      return
    }
  }

  @Test func valuesThatMakeNoSenseAreRefused() {
    func changed<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
      var copy = value
      change(&copy)
      return copy
    }
    expectInvalid("hello.name", .hello(changed(hello) { $0.name = "a\nb" }))
    expectInvalid("hello.host", .hello(changed(hello) { $0.host = "\u{1B}[2J" }))
    expectInvalid("welcome.configuration_toml", .welcome(changed(welcome) { $0.configuration = "a\0b" }))
    expectInvalid("welcome.heartbeat_seconds", .welcome(changed(welcome) { $0.heartbeatSeconds = 0 }))
    expectInvalid("welcome.heartbeat_tolerance", .welcome(changed(welcome) { $0.heartbeatTolerance = 0 }))
    expectInvalid("welcome.maximum_message_bytes", .welcome(changed(welcome) { $0.maximumMessageBytes = 0 }))
    expectInvalid("layout.observation.name", .welcome(changed(welcome) { $0.layout.observation[0].name = "a\n" }))
    let tensors = trajectoryTensors(3, 2)
    expectInvalid("trajectory.unroll_length", .trajectory(changed(trajectory()) { $0.unrollLength = 0 }), tensors)
    expectInvalid("trajectory.environments", .trajectory(changed(trajectory()) { $0.environments = -1 }), tensors)
    expectInvalid("trajectory.first_caption", .trajectory(changed(trajectory()) { $0.firstCaption = 0 }), tensors)
    expectInvalid("trajectory.captions[1]", .trajectory(changed(trajectory()) { $0.captions[1] = [] }), tensors)
    expectInvalid(
      "trajectory.episode_returns[1]", .trajectory(changed(trajectory()) { $0.episodes[1].episodeReturn = .nan }),
      tensors)
    for (entry, field) in [
      (FactSums.Entry(name: "", sum: 1, count: 1), "name"), (.init(name: "a\"", sum: 1, count: 1), "name"),
      (.init(name: "a", sum: .nan, count: 1), "sum"), (.init(name: "a", sum: 3e15, count: 2), "sum"),
      (.init(name: "a", sum: 1, count: 0), "count"), (.init(name: "a", sum: 1, count: 3), "count"),
    ] {
      expectInvalid(
        "trajectory.facts[0].\(field)",
        .trajectory(changed(trajectory()) { $0.facts = FactSums([entry]) ?? FactSums() }), tensors)
    }
    expectInvalid("heartbeat.steps_per_second", .heartbeat(Heartbeat(stepsPerSecond: -1)))
    var times = RolloutTimes()
    times.wait = .nan
    expectInvalid("heartbeat.wait_seconds", .heartbeat(Heartbeat(times: times)))
    times.wait = 0
    times.pack = -.infinity
    expectInvalid("heartbeat.pack_seconds", .heartbeat(Heartbeat(times: times)))
    (times.pack, times.send) = (0, .nan)
    expectInvalid("heartbeat.send_seconds", .heartbeat(Heartbeat(times: times)))
    expectInvalid("annotation_task.deadline_seconds", .annotationTask(changed(task) { $0.deadlineSeconds = .infinity }))
    expectInvalid("annotation_task.ids", .annotationTask(changed(task) { $0.ids[0] = 0 }))
    expectInvalid("annotation_task.captions", .annotationTask(changed(task) { $0.captions.removeLast() }))
    expectInvalid("labels.ids", .labels(changed(labels) { $0.ids[1] = 0 }))
    expectInvalid("labels.ids", .labels(changed(labels) { ($0.ids, $0.outcomes, $0.values) = ([], [], []) }))
    expectInvalid("labels.outcomes", .labels(changed(labels) { $0.outcomes.removeLast() }))
    expectInvalid("labels.values", .labels(changed(labels) { $0.values.append(1) }))
    expectInvalid("labels.values[0]", .labels(changed(labels) { $0.values[0] = -.infinity }))
    expectInvalid("labels.latency_seconds", .labels(changed(labels) { $0.latencySeconds = .nan }))
  }

  @Test func unitsAreAsManyAsCredits() {
    for units in [[1], [1, 2, 3], [1, 0]] as [[UInt64]] {
      expectInvalid(
        "acknowledgement.units",
        .acknowledgement(Acknowledgement(sequence: 1, credits: 2, policyVersion: 0, units: units)))
    }
  }

  @Test func pairsAndSourcesThatMakeNoSenseAreRefused() {
    func changed<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
      var copy = value
      change(&copy)
      return copy
    }
    expectInvalid("annotation_task.partners", .annotationTask(changed(pairTask) { $0.partners.removeLast() }))
    expectInvalid("annotation_task.partners[1]", .annotationTask(changed(pairTask) { $0.partners[1] = 1 }))
    expectInvalid("annotation_task.partners[0]", .annotationTask(changed(pairTask) { $0.partners[0] = 0 }))
    expectInvalid("annotation_task.partner_captions", .annotationTask(changed(pairTask) { $0.partnerCaptions = [] }))
    expectInvalid("annotation_task.principle", .annotationTask(changed(pairTask) { $0.principle = "a\0" }))
    expectInvalid("labels.partners", .labels(changed(askedLabels) { $0.partners.removeLast() }))
    expectInvalid("labels.partners[2]", .labels(changed(askedLabels) { $0.partners[2] = 4 }))
    expectInvalid("labels.log_odds", .labels(changed(askedLabels) { $0.logOdds.removeLast() }))
    expectInvalid("labels.log_odds[1]", .labels(changed(askedLabels) { $0.logOdds[1] = .infinity }))
    expectInvalid("labels.prompt", .labels(changed(askedLabels) { $0.prompt = "a\nb" }))
    expectInvalid("labels.sources", .labels(changed(askedLabels) { $0.sources.removeLast() }))
    expectInvalid("labels.models", .labels(changed(askedLabels) { $0.sources[1].model = "\u{1B}" }))
    expectInvalid("labels.latencies[1]", .labels(changed(askedLabels) { $0.sources[1].latencySeconds = -1 }))
    #expect(throws: WireError.self) {
      let long = changed(askedLabels) { $0.asked[0] = Array(repeating: 65, count: 257) }
      return try codec.encode(Envelope(sequence: 1, message: .labels(long)))
    }
  }

  /// Finite numbers that no honest peer sends.
  @Test func numbersBeyondTheirRangesAreRefused() {
    func changed<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
      var copy = value
      change(&copy)
      return copy
    }
    for value: Float in [3.4e38, -3.4e38, 1.0001, -0.0001, .nan] {
      expectInvalid("labels.values[1]", .labels(changed(labels) { $0.values[1] = value }))
    }
    expectInvalid("labels.log_odds[0]", .labels(changed(askedLabels) { $0.logOdds[0] = 3.4e38 }))
    expectInvalid("labels.prompt_tokens[2]", .labels(changed(askedLabels) { $0.sources[2].promptTokens = 1 << 31 }))
    expectInvalid("labels.answer_tokens[2]", .labels(changed(askedLabels) { $0.sources[2].answerTokens = -1 }))
    expectInvalid("labels.samples[0]", .labels(changed(askedLabels) { $0.sources[0].samples = 1 << 31 }))
    expectInvalid("labels.latencies[0]", .labels(changed(askedLabels) { $0.sources[0].latencySeconds = 1e300 }))
    expectInvalid("labels.latency_seconds", .labels(changed(labels) { $0.latencySeconds = 1e300 }))
    expectInvalid("welcome.heartbeat_seconds", .welcome(changed(welcome) { $0.heartbeatSeconds = 1e300 }))
    expectInvalid("annotation_task.deadline_seconds", .annotationTask(changed(task) { $0.deadlineSeconds = 1e300 }))
    expectInvalid("heartbeat.steps_per_second", .heartbeat(Heartbeat(stepsPerSecond: 1e300)))
    expectInvalid("heartbeat.steps", .heartbeat(Heartbeat(steps: .max)))
    expectInvalid("heartbeat.discarded_trajectories", .heartbeat(Heartbeat(discardedTrajectories: .max)))
    expectInvalid("heartbeat.environment_errors", .heartbeat(Heartbeat(environmentErrors: 1 << 60)))
    var times = RolloutTimes()
    times.other = 1e300
    expectInvalid("heartbeat.other_seconds", .heartbeat(Heartbeat(times: times)))
    let tensors = trajectoryTensors(3, 2)
    expectInvalid(
      "trajectory.episode_lengths[0]", .trajectory(changed(trajectory()) { $0.episodes[0].length = .max }), tensors)
    expectInvalid(
      "trajectory.episode_lengths[1]", .trajectory(changed(trajectory()) { $0.episodes[1].length = 0 }), tensors)
    // One step pays at most 1e6.
    expectInvalid(
      "trajectory.episode_returns[1]", .trajectory(changed(trajectory()) { $0.episodes[1].episodeReturn = 1.1e6 }),
      tensors)
    let ended = FinishedEpisode(episodeReturn: 0, length: 1, succeeded: false)
    #expect(throws: WireError.self) {
      let seven = changed(trajectory()) { $0.episodes = Array(repeating: ended, count: 7) }
      return try codec.encode(Envelope(sequence: 1, message: .trajectory(seven), tensors: tensors))
    }
  }

  /// What an annotator passes on from its server is moved into the ranges instead of being lost.
  @Test func evidenceThatMakesNoSenseIsLimited() throws {
    var evidence = source("a", "http://x:1")
    (evidence.promptTokens, evidence.answerTokens, evidence.latencySeconds) = (.max, .min, .nan)
    let judgement = Judgement(.label(1), logOdds: .infinity, evidence: evidence)
    let sent = Labels(
      task: 1, origin: LabelOrigin(kind: "llm", version: "1"), answers: [CaptionAnswer(1, judgement)],
      latencySeconds: 1)
    guard
      case .labels(let decoded) = try codec.decode(codec.encode(Envelope(sequence: 1, message: .labels(sent)))).message
    else { throw WireError.malformed }
    let read = try #require(decoded.answers.first?.judgement)
    #expect(read.verdict == .label(1) && read.logOdds == 1e6)
    #expect(read.evidence?.promptTokens == 100_000_000 && read.evidence?.answerTokens == 0)
    #expect(read.evidence?.latencySeconds == 0 && read.evidence?.tokens == 100_000_000)
  }

  /// A message keeps the first unreadable answer of each kind, whatever a model says.
  @Test func unreadableAnswersAreFewAndShort() throws {
    let text = String(repeating: "\u{0}", count: 1_000)
    let answers = (0..<40).map { entry in
      CaptionAnswer(
        CaptionID(entry + 1),
        Judgement(.abstain, unreadable: UnreadableAnswer(reason: "reason \(entry / 2) \(text)", said: text)))
    }
    let sent = Labels(task: 1, origin: LabelOrigin(kind: "llm", version: "1"), answers: answers, latencySeconds: 1)
    #expect(sent.unreadable.keys.sorted() == (0..<16).map { 2 * $0 })
    guard
      case .labels(let read) = try codec.decode(codec.encode(Envelope(sequence: 1, message: .labels(sent)))).message
    else { throw WireError.malformed }
    #expect(read == sent && read.answers[2].judgement.unreadable?.reason.hasPrefix("reason 1 \\u{0}") == true)
    #expect(read.unreadable.values.allSatisfy { $0.said.utf8.count == 200 && $0.reason.utf8.count == 100 })
    var odd = sent
    odd.unreadable[40] = odd.unreadable.removeValue(forKey: 0)
    #expect(throws: WireError.invalid(field: "labels.unreadable.entry", reason: "40 of 40 entries")) {
      try codec.encode(Envelope(sequence: 1, message: .labels(odd)))
    }
  }

  @Test func labelsWithoutLogOddsKeepThemUnknown() throws {
    var unknown = askedLabels
    unknown.logOdds = [.nan, 1, .nan]
    guard
      case .labels(let decoded) = try codec.decode(
        codec.encode(Envelope(sequence: 1, message: .labels(unknown)))
      ).message
    else { throw WireError.malformed }
    #expect(decoded.logOdds.map(\.isNaN) == [true, false, true] && decoded.logOdds[1] == 1)
  }

  @Test func aSourceOutsideTheServersIsRefused() {
    let odd = Protobuf().content(2, [1]).content(3, [1]).content(4, [0, 0, 0, 0]).content(12, [65]).content(13, [65])
      .content(14, [1]).content(15, [0, 0, 0, 0]).content(16, [0]).content(17, [0]).content(18, [0])
      .content(19, Array(repeating: 0, count: 8)).content(20, [])
    expectInvalid("labels.sources[0]", frames: [odd.envelope(body: 14)])
  }

  @Test func tensorsMustBeThoseOfTheirMessage() {
    let message = Message.trajectory(trajectory(3, 2))
    let good = trajectoryTensors(3, 2)
    expectInvalid("tensors", message)
    expectInvalid("tensors", message, good.dropLast())
    expectInvalid("tensors", message, good + [tensor(.parameters, .float32, [1])])
    expectInvalid("tensors", .ready(Ready(capacity: 1)), [tensor(.parameters, .float32, [1])])
    var swapped = good
    swapped.swapAt(2, 4)
    expectInvalid("tensors", message, swapped)
    expectInvalid("observations.dims", message, trajectoryTensors(4, 2))
    expectInvalid("observations.dims", message, trajectoryTensors(3, 1))
    func replacing(_ index: Int, _ tensor: TensorFrame) -> [TensorFrame] {
      var tensors = good
      tensors[index] = tensor
      return tensors
    }
    expectInvalid("rewards.type", message, replacing(2, tensor(.rewards, .int32, [3, 2])))
    expectInvalid("rewards.dims", message, replacing(2, tensor(.rewards, .float32, [2, 3])))
    expectInvalid("rewards.dims", message, replacing(2, tensor(.rewards, .float32, [6])))
    expectInvalid("rewards.dims[0]", message, replacing(2, TensorFrame(.rewards, .float32, [0, 2], patterned(0))))
    expectInvalid("rewards.dims[1]", message, replacing(2, TensorFrame(.rewards, .float32, [3, -2], patterned(24))))
    expectInvalid("rewards", message, replacing(2, TensorFrame(.rewards, .float32, [3, 2], patterned(23))))
    expectInvalid("rewards", message, replacing(2, TensorFrame(.rewards, .float32, [3, 2], patterned(25))))
  }

  @Test func sizesThatOverflowAreRefused() {
    let tensor = TensorFrame(.parameters, .float32, [1 << 31, 1 << 31, 4], patterned(4))
    let error = #expect(throws: WireError.self) { try tensor.check(testLimits) }
    guard case .beyondLimit("parameters", _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    var limits = testLimits
    limits.maximumMessageBytes = .max
    #expect(throws: WireError.self) { try tensor.check(limits) }
  }

  @Test func framesMustMatchTheEnvelope() throws {
    let frames = try codec.encode(samples[4])
    expectInvalid("frames after the envelope", frames: frames.dropLast())
    expectInvalid("frames after the envelope", frames: frames + [patterned(1)])
    expectInvalid("frames after the envelope", frames: try codec.encode(samples[0]) + [patterned(1)])
    let bytes = frames[1].copiedBytes()
    expectInvalid("tensors.bytes", frames: [frames[0], Frame(bytes: bytes.dropLast())])
    expectInvalid("tensors.bytes", frames: [frames[0], Frame(bytes: bytes + [0])])
  }

  @Test func aTensorTakesTheBytesItsShapeSays() {
    func weights(_ counts: [UInt64]) -> Frame {
      var body = Protobuf()
      for count in counts {
        body = body.content(2, Protobuf().number(1, 11).number(2, 6).content(3, [1]).number(5, count).bytes)
      }
      return body.envelope(body: 11)
    }
    #expect(throws: Never.self) { try codec.decode([weights([4]), patterned(4)]) }
    expectInvalid("parameters", frames: [weights([3]), patterned(3)])
    expectInvalid("parameters", frames: [weights([0]), patterned(0)])
    expectInvalid("tensors.bytes", frames: [weights([4]), patterned(8)])
    expectInvalid("tensors.bytes", frames: [weights([4, 4]), patterned(8)])
    expectInvalid("parameters", frames: [weights([3, 4]), patterned(12)])
    #expect(throws: WireError.self) { try codec.decode([weights([.max]), patterned(4)]) }
    #expect(throws: WireError.self) { try codec.decode([weights([.max, .max]), patterned(4)]) }
  }

  @Test func numbersWithoutMeaningAreRefused() {
    expectInvalid("hello.role", frames: [Protobuf().number(1, 0).envelope(body: 3)])
    expectInvalid("hello.role", frames: [Protobuf().number(1, 99).envelope(body: 3)])
    expectInvalid("hello.role", frames: [Protobuf().number(1, .max).envelope(body: 3)])
    expectInvalid("hello.name", frames: [Protobuf().number(1, 1).content(2, [0xC3, 0x28]).envelope(body: 3)])
    expectInvalid("refused.reason", frames: [Protobuf().number(1, 77).envelope(body: 5)])
    expectInvalid("goodbye.reason", frames: [Protobuf().number(1, 4).envelope(body: 16)])
    let label = Protobuf().content(2, [1]).content(3, [3]).content(4, [0, 0, 0, 0])
    expectInvalid("labels.outcomes[0]", frames: [label.envelope(body: 14)])
    let nameless = Protobuf().content(2, Protobuf().number(1, 12).number(2, 6).number(5, 4).bytes)
    expectInvalid("tensors.name", frames: [nameless.envelope(body: 11), patterned(4)])
    let unknownEncoding = Protobuf().content(2, Protobuf().number(1, 11).number(2, 6).number(4, 2).number(5, 4).bytes)
    expectInvalid("parameters.encoding", frames: [unknownEncoding.envelope(body: 11), patterned(4)])
    let typeless = Protobuf().content(2, Protobuf().number(1, 11).number(2, 7).number(5, 4).bytes)
    expectInvalid("parameters.type", frames: [typeless.envelope(body: 11), patterned(4)])
    expectInvalid(
      "trajectory.episode_lengths", frames: [Protobuf().content(8, [0, 0, 0, 0]).envelope(body: 6)])
  }

  @Test func otherVersionsAreToldApartBeforeAnythingIsParsed() {
    for version in [0, 1, UInt64(Envelope.schemaVersion) + 1, UInt64(UInt32.max)] {
      let error = #expect(throws: WireError.self) {
        try codec.decode([Protobuf(bytes: [0xFF, 0xFF]).envelope(body: 3, version: version)])
      }
      #expect(error == .otherSchemaVersion(theirs: UInt32(version), ours: Envelope.schemaVersion))
      #expect(error?.description.contains("\(version)") == true)
    }
  }

  @Test func kindsOfTheFutureAreToldApart() {
    let expected = WireError.unknownKind(theirs: Envelope.schemaVersion, ours: Envelope.schemaVersion)
    #expect(throws: expected) { try codec.decode([Protobuf().number(1, 5).envelope(body: 1_000)]) }
    let bodiless = Protobuf().number(1, UInt64(Envelope.schemaVersion)).number(2, 1)
    #expect(throws: expected) { try codec.decode([Frame(bytes: bodiless.bytes)]) }
  }

  @Test func whatIsNoEnvelopeIsMalformed() {
    #expect(throws: WireError.malformed) { try codec.decode([]) }
    for bytes: [UInt8] in [[], [0x08], [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], Array("GET / HTTP/1.1\r\n".utf8)] {
      #expect(throws: WireError.malformed) { try codec.decode([Frame(bytes: bytes)]) }
    }
  }

  @Test func fieldsOfTheFutureAreIgnored() throws {
    let body = Protobuf().number(1, 7).content(99, [1, 2, 3]).number(100, 5)
    #expect(try codec.decode([body.envelope(body: 12)]).message == .ready(Ready(capacity: 7)))
  }
}
