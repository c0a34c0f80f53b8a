import Captions
import Tensor
import Trajectories
import Transport

@testable import Wire

let testLimits = WireLimits(maximumMessageBytes: 64 << 20)
let codec = WireCodec(limits: testLimits)

extension TensorName {
  static let observations = TensorName(Step.observations.tensor)
  static let rewards = TensorName(Step.rewards.tensor)
}

/// A frame with `count` bytes that differ from each other.
func patterned(_ count: Int, seed: Int = 1) -> Frame {
  Frame(bytes: (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 37) })
}

func tensor(_ name: TensorName, _ type: ScalarType, _ shape: [Int]) -> TensorFrame {
  TensorFrame(name, type, shape, patterned(shape.reduce(type.byteCount, *), seed: Int(name.number)))
}

/// The tensors of an unroll of T steps of E environments.
func trajectoryTensors(_ steps: Int, _ environments: Int, rowBytes: Int = 24, valueHeads: Int = 2, stateSize: Int = 5)
  -> [TensorFrame]
{
  let shape = UnrollShape(
    unrollLength: steps, environmentCount: environments, rowByteCount: rowBytes, stateSize: stateSize,
    valueHeads: valueHeads)
  return shape.schema.tensors.map { tensor(TensorName($0), $0.type, shape.dimensions(of: $0)) }
}

let facts: FactSums = {
  var sums = FactSums()
  for (name, value) in [("deepest level", 3.0), ("gold", -1.5), ("deepest level", 4)] { sums.add(name, value) }
  return sums
}()

func trajectory(_ steps: Int = 3, _ environments: Int = 2) -> Trajectory {
  Trajectory(
    sequence: 41, group: 3, policyVersion: 1 << 40, lastPolicyVersion: 1 << 41, unrollLength: steps,
    environments: environments, firstCaption: 7,
    captions: [Array("You hit the newt!".utf8), [0xFF, 0x00, 0x80]],
    episodes: [
      FinishedEpisode(episodeReturn: -1.5, length: 900, succeeded: true, entry: 1 << 60),
      FinishedEpisode(episodeReturn: 0, length: 1, succeeded: false),
    ],
    facts: facts)
}

let plan = Plan(
  version: 9,
  entries: [
    PlanEntry(number: 1 << 60, key: 4_095, seed: .max, repeats: 8),
    PlanEntry(
      number: 7, key: 0, seed: 0, repeats: 4_088, temperature: 0.5, goal: [71, 0, 255], steering: [-1, 0, 2.5],
      abortAbove: 0.75),
  ])

let hello = Hello(
  role: .worker, name: "w1", host: "naïve-host", configurationHash: [1, 2, 3], threads: 1_024, runID: .max)
let task = AnnotationTask(task: 9, deadlineSeconds: 30.5, ids: [1, .max], captions: [[65], [66, 0, 67]])
let labels = Labels(
  task: 9, ids: [1, 2], outcomes: [.labelled, .abstained], values: [0.5, 0], annotatorKind: "rules",
  annotatorVersion: "1", latencySeconds: 0.25)
let pairTask = AnnotationTask(
  task: 10, deadlineSeconds: 1, ids: [1, 1], captions: [[65], [65]], partners: [2, 3], partnerCaptions: [[66], [67]],
  principle: "Go down,\nas far as you can.")
func source(_ model: String, _ server: String, _ seed: UInt32 = 0) -> LabelEvidence {
  LabelEvidence(
    model: model, server: server, latencySeconds: 0.5, promptTokens: 100 + Int(seed), answerTokens: Int(seed),
    samples: 1,
    answerDigest: .max - UInt64(seed))
}
let unreadLabels = Labels(
  task: 11, origin: LabelOrigin(kind: "llm", version: "1"),
  answers: [
    CaptionAnswer(1, .label(1)),
    CaptionAnswer(
      2, Judgement(.abstain, unreadable: UnreadableAnswer(reason: "no word", said: "<think>\n\u{202E}\u{0}是"))),
  ], latencySeconds: 0)
let askedLabels = Labels(
  task: 10, ids: [1, 1, 4], partners: [2, 3, 5], outcomes: [.labelled, .labelled, .abstained], values: [1, 0.5, 0],
  logOdds: [2.5, -1, 0], annotatorKind: "llm", annotatorVersion: "1", prompt: "default@1:9f3c01aa", goal: "gold",
  sources: [source("a", "http://x:1"), source("b", "http://x:1", 3), source("a", "http://x:1", 4)],
  asked: [[], [0, 65], [0, 65]], latencySeconds: 0.25)
let welcome = Welcome(
  peerName: "w1", runName: "run", configuration: "[run]\nseed = 1\n", configurationHash: [9], seed: 1 << 63,
  layout: RunLayout(
    UnrollShape(unrollLength: 3, environmentCount: 2, rowByteCount: 24, stateSize: 5, valueHeads: 2),
    observation: ObservationLayout([
      ObservationField("glyphs", .int16, [2, 3], .categorical(cardinality: 9)),
      ObservationField("hp", .float32, [], .numeric(scale: [1])),
    ]), actions: .discrete(7), groupsPerThread: 2, parameterCount: 1 << 40),
  heartbeatSeconds: 0.5, heartbeatTolerance: 3, maximumMessageBytes: 1 << 40, runID: 1, session: .max,
  creditLimit: .max)

/// A Welcome to a run with another space of actions.
func welcome(_ actions: ActionSpace) -> Welcome {
  var other = welcome
  other.layout.actions = actions
  return other
}

/// One envelope of every kind, and the default-valued ones that proto3 leaves out of the wire.
let samples: [Envelope] = [
  Envelope(sequence: 1, message: .hello(hello)),
  Envelope(sequence: 0, message: .hello(Hello(role: .observer, name: "", host: ""))),
  Envelope(sequence: 2, message: .welcome(welcome)),
  Envelope(sequence: 3, message: .refused(Refused(reason: .schemaVersion, text: "speaks 2, not 1", trajectory: 9))),
  Envelope(sequence: 4, message: .trajectory(trajectory()), tensors: trajectoryTensors(3, 2)),
  Envelope(
    sequence: .max,
    message: .trajectory(
      Trajectory(sequence: 0, group: 0, policyVersion: 0, unrollLength: 1, environments: 1)),
    tensors: trajectoryTensors(1, 1, rowBytes: 8, valueHeads: 1, stateSize: 1)),
  Envelope(sequence: 5, message: .acknowledgement(Acknowledgement(sequence: 41, credits: 1, policyVersion: 6))),
  Envelope(
    sequence: 6,
    message: .heartbeat(
      Heartbeat(
        steps: 2, stepsPerSecond: 3.5, discardedTrajectories: 4, environmentErrors: 5, captions: 6, threads: 7,
        times: times(7, 8.5, 9, 10.25)))),
  Envelope(sequence: 7, message: .heartbeatReply(HeartbeatReply(policyVersion: 0)), session: 1 << 63),
  Envelope(sequence: 8, message: .snapshotRequest(SnapshotRequest(newerThan: 7))),
  Envelope(sequence: 9, message: .snapshot(Snapshot(version: 6)), tensors: [tensor(.parameters, .float32, [1_001])]),
  Envelope(sequence: 10, message: .ready(Ready(capacity: 100))),
  Envelope(sequence: 11, message: .annotationTask(task)),
  Envelope(sequence: 12, message: .labels(labels)),
  Envelope(sequence: 13, message: .labelsAcknowledgement(LabelsAcknowledgement(task: 9))),
  Envelope(sequence: 14, message: .goodbye(Goodbye(reason: .runOver, text: "10,000,000 steps"))),
  Envelope(sequence: 15, message: .statusRequest(StatusRequest())),
  Envelope(sequence: 16, message: .status(Status(json: "{\n}"))),
  Envelope(sequence: 17, message: .trajectory(trajectory(9, 2)), tensors: compressed(trajectoryTensors(9, 2))),
  Envelope(sequence: 18, message: .annotationTask(pairTask)),
  Envelope(sequence: 19, message: .labels(askedLabels)),
  Envelope(sequence: 20, message: .labels(unreadLabels)),
  Envelope(sequence: 2, message: .welcome(welcome(.factored([3, 1, 28])))),
  Envelope(sequence: 21, message: .planRequest(PlanRequest(episodes: 96))),
  Envelope(sequence: 22, message: .plan(plan)),
  Envelope(sequence: 23, message: .plan(Plan(version: 0))),
  Envelope(
    sequence: 24,
    message: .acknowledgement(Acknowledgement(sequence: 1, credits: 2, policyVersion: 3, planVersion: 4))),
  Envelope(sequence: 2, message: .welcome(welcome(.continuous([-2...2, -.infinity...Float.infinity])))),
  Envelope(
    sequence: 25,
    message: .acknowledgement(Acknowledgement(sequence: 0, credits: 2, policyVersion: 0, units: [1, UInt64.max]))),
  Envelope(
    sequence: 26,
    message: .trajectory(
      Trajectory(sequence: 1, group: 0, policyVersion: 0, unrollLength: 1, environments: 1, unit: UInt64.max)),
    tensors: trajectoryTensors(1, 1, rowBytes: 8, valueHeads: 1, stateSize: 1)),
]

/// `tensors`, each compressed if that makes it smaller.
func compressed(_ tensors: [TensorFrame]) -> [TensorFrame] {
  let compressor = TensorCompressor()
  return tensors.map(compressor.compress)
}

/// Protobuf written by hand, for what the codec refuses to write.
struct Protobuf {
  var bytes: [UInt8] = []

  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  func number(_ field: UInt64, _ value: UInt64) -> Protobuf {
    Protobuf(bytes: bytes + Self.varint(field << 3) + Self.varint(value))
  }

  func content(_ field: UInt64, _ content: [UInt8]) -> Protobuf {
    Protobuf(bytes: bytes + Self.varint(field << 3 | 2) + Self.varint(UInt64(content.count)) + content)
  }

  /// The header frame of an envelope whose body is this.
  func envelope(body field: UInt64, version: UInt64 = UInt64(Envelope.schemaVersion)) -> Frame {
    Frame(bytes: Protobuf().number(1, version).number(2, 1).content(field, bytes).bytes)
  }
}

private func times(_ environment: Double, _ inference: Double, _ other: Double, _ wait: Double) -> RolloutTimes {
  var times = RolloutTimes()
  times.environment = environment
  times.inference = inference
  times.other = other
  times.wait = wait
  (times.pack, times.send) = (environment / 8, wait / 16)
  return times
}
