import Captions
import Tensor
import Trajectories
import Transport

@testable import Wire

extension FuzzTarget {
  private static let codec = WireCodec(limits: WireLimits(maximumMessageBytes: 1 << 20))

  /// An envelope and the frame with its tensors: two bytes of the envelope's length, then both.
  static let wire = FuzzTarget(
    name: "wire",
    run: { bytes in
      guard bytes.count >= 2 else { return }
      let length = Int(bytes[0]) << 8 | Int(bytes[1])
      guard length <= bytes.count - 2 else { return }
      let header = Frame(bytes: Array(bytes[2..<(2 + length)]))
      let rest = Array(bytes[(2 + length)...])
      let frames = rest.isEmpty ? [header] : [header, Frame(bytes: rest)]
      guard let envelope = try? codec.decode(frames) else { return }
      check(envelope)
    },
    seeds: { envelopes.enumerated().map { ("\($0.offset)", packed($0.element)) } })

  /// What was decoded can be sent again, and means the same.
  private static func check(_ envelope: Envelope) {
    var again = envelope
    // A text that was cut, and a NaN, which equals nothing, differ after the first decoding only.
    for _ in 0..<2 {
      guard let frames = try? codec.encode(again), let decoded = try? codec.decode(frames) else {
        return require(false, "a decoded message cannot be sent again")
      }
      require(
        "\(decoded.message)" == "\(again.message)" && decoded.tensors.count == again.tensors.count,
        "a message changes on its way: \(again.message) became \(decoded.message)")
      for (before, after) in zip(again.tensors, decoded.tensors) {
        require(
          before.shape == after.shape && before.frame.copiedBytes() == after.frame.copiedBytes(), "a tensor changes")
      }
      again = decoded
    }
    let decompressor = TensorDecompressor()
    for tensor in envelope.tensors {
      guard let plain = try? decompressor.plain(tensor, limits: codec.limits) else { continue }
      require(plain.byteCount <= codec.limits.maximumMessageBytes, "\(plain.byteCount) bytes of a tensor")
    }
    checkRanges(envelope)
  }

  /// A trajectory's tensors are checked before anything reads them, whatever their bytes are.
  private static func checkRanges(_ envelope: Envelope) {
    guard case .trajectory(let header) = envelope.message else { return }
    let shape = UnrollShape(
      unrollLength: header.unrollLength, environmentCount: header.environments, rowByteCount: rows.rowByteCount,
      stateSize: 5, valueHeads: 2)
    let ranges = UnrollRanges(shape, observation: rows, actions: .discrete(7))
    for (rule, tensor) in zip(shape.schema.tensors, envelope.tensors)
    where tensor.encoding == .plain && tensor.shape == shape.dimensions(of: rule) {
      _ = ranges.firstBreach(rule, tensor.start, captionCount: 3)
    }
  }

  private static let rows = ObservationLayout([
    ObservationField("glyphs", .int16, [2, 3], .categorical(cardinality: 9)),
    ObservationField("speed", .float32, [], .numeric(scale: [1])),
  ])

  private static func packed(_ envelope: Envelope) -> [UInt8] {
    guard let frames = try? codec.encode(envelope) else { return [] }
    let bytes = frames.map { $0.copiedBytes() }
    return [UInt8(bytes[0].count >> 8), UInt8(bytes[0].count & 255)] + bytes.joined()
  }

  private static func trajectory(compressed: Bool) -> Envelope {
    let shape = UnrollShape(
      unrollLength: 4, environmentCount: 2, rowByteCount: rows.rowByteCount, stateSize: 5, valueHeads: 2)
    let compressor = TensorCompressor()
    let tensors = shape.schema.tensors.map { rule in
      let bytes = [UInt8](repeating: 0, count: shape.byteCount(of: rule))
      let tensor = TensorFrame(TensorName(rule), rule.type, shape.dimensions(of: rule), Frame(bytes: bytes))
      return compressed ? compressor.compress(tensor) : tensor
    }
    let header = Trajectory(
      sequence: 3, group: 1, policyVersion: 9, unrollLength: 4, environments: 2, firstCaption: 2,
      captions: [Array("You hit the newt!".utf8), [0xFF]],
      episodes: [FinishedEpisode(episodeReturn: 2.5, length: 40, succeeded: true, entry: 12)])
    return Envelope(sequence: 5, message: .trajectory(header), tensors: tensors)
  }

  private static var envelopes: [Envelope] {
    let evidence = LabelEvidence(
      model: "m", server: "http://h:1", latencySeconds: 0.5, promptTokens: 100, answerTokens: 2, samples: 1)
    let answers = [
      CaptionAnswer(3, Judgement(.label(1), logOdds: 2.5, asked: [65], evidence: evidence)),
      CaptionAnswer(4, Judgement(.abstain)),
    ]
    let origin = LabelOrigin(kind: "llm", version: "1")
    let pairs = [PairAnswer(CaptionPair(1, 2), PairJudgement(.tie, evidence: evidence))]
    let messages: [Message] = [
      .hello(Hello(role: .worker, name: "w1", host: "h", configurationHash: [1, 2], threads: 4)),
      .refused(Refused(reason: .full, text: "later")),
      .acknowledgement(Acknowledgement(sequence: 4, credits: 2, policyVersion: 7)),
      .heartbeat(Heartbeat(steps: 10, stepsPerSecond: 2.5, captions: 3)),
      .heartbeatReply(HeartbeatReply(policyVersion: 7)),
      .snapshotRequest(SnapshotRequest()),
      .ready(Ready(capacity: 8)),
      .annotationTask(
        AnnotationTask(
          task: 9, deadlineSeconds: 30, ids: [1, 2], captions: [[65], [66, 0]], partners: [3, 4],
          partnerCaptions: [[67], [68]], principle: "Go down.")),
      .labels(Labels(task: 9, origin: origin, answers: answers, latencySeconds: 1.5)),
      .labels(Labels(task: 10, origin: origin, pairAnswers: pairs, latencySeconds: 1.5)),
      .labelsAcknowledgement(LabelsAcknowledgement(task: 9)),
      .goodbye(Goodbye(reason: .leaving, text: "bye")),
      .planRequest(PlanRequest(episodes: 96)),
      .plan(
        Plan(
          version: 3,
          entries: [
            PlanEntry(number: 12, key: 5, seed: .max, repeats: 8, temperature: 0.5, goal: [65], steering: [1, -2])
          ])),
      .statusRequest(StatusRequest()),
      .status(Status(json: "{}")),
    ]
    let parameters = TensorFrame(.parameters, .float32, [3], Frame(bytes: [UInt8](repeating: 1, count: 12)))
    return messages.enumerated().map { Envelope(sequence: UInt64($0.offset), message: $0.element) } + [
      trajectory(compressed: false), trajectory(compressed: true),
      Envelope(sequence: 1, message: .snapshot(Snapshot(version: 6)), tensors: [parameters]),
    ]
  }
}
