import CWire
import Captions
import Runtime

/// Whether an entry has a value. The raw values are those of the protocol.
public enum LabelOutcome: UInt32, Sendable, CaseIterable {
  case labelled = 1
  /// The answer could not be read; the entry's value has no meaning.
  case abstained = 2
}

/// An annotator's answers to a task, in the columns that travel. The learner asks again about captions without an
/// answer.
///
/// Build the message from `[CaptionAnswer]` or `[PairAnswer]`, and read it by `answers` or `pairAnswers`.
public struct Labels: Sendable, Hashable {
  public var task: UInt64
  /// The captions, or the first caption of each pair.
  public var ids: [CaptionID]
  /// The second caption of each pair; empty for a task of captions.
  public var partners: [CaptionID]
  /// `outcomes[i]` and `values[i]` belong to `ids[i]`.
  public var outcomes: [LabelOutcome]
  /// The label of a caption; for a pair the probability that the first caption means more progress: 1, 0.5 (tie) or 0.
  public var values: [Float]
  /// Log-odds in nats that the value is 1, NaN for entries without; one for each entry, or none at all.
  public var logOdds: [Float]
  public var annotatorKind: String
  public var annotatorVersion: String
  /// Name and version of the prompt of all questions; empty if the annotator asked no model.
  public var prompt: String
  /// The goal or principle that the annotator judged by.
  public var goal: String
  /// The evidence of each entry without prompt and goal, which travel once; one for each entry, or none at all.
  public var sources: [LabelEvidence]
  /// The text that the model read for each of `sources`; empty if that is the caption itself.
  public var asked: [[UInt8]]
  /// Answers of models that could not be read, by entry: the first of each kind, for people.
  public var unreadable: [Int: UnreadableAnswer] = [:]
  /// Seconds from the arrival of the task to this answer.
  public var latencySeconds: Double

  /// A text cut to one line of the length that `annotatorVersion`, `prompt`, `goal` and `sources` may have.
  public static func fitted(_ text: String) -> String {
    Check.fitted(text, maximumBytes: WireLimits.maximumSourceBytes)
  }

  public init(
    task: UInt64, ids: [UInt32], partners: [UInt32] = [], outcomes: [LabelOutcome], values: [Float],
    logOdds: [Float] = [], annotatorKind: String, annotatorVersion: String, prompt: String = "", goal: String = "",
    sources: [LabelEvidence] = [], asked: [[UInt8]] = [], latencySeconds: Double
  ) {
    self.task = task
    self.ids = ids
    self.partners = partners
    self.outcomes = outcomes
    self.values = values
    self.logOdds = logOdds
    self.annotatorKind = annotatorKind
    self.annotatorVersion = annotatorVersion
    self.prompt = prompt
    self.goal = goal
    self.sources = sources
    self.asked = asked
    self.latencySeconds = latencySeconds
  }
}

extension Labels {
  /// The message with the answers to a task of captions.
  /// - Parameters:
  ///   - origin: kind and version of the annotator.
  ///   - latencySeconds: from the arrival of the task.
  public init(task: UInt64, origin: LabelOrigin, answers: [CaptionAnswer], latencySeconds: Double) {
    let judgements = answers.map(\.judgement)
    self.init(
      task: task, ids: answers.map(\.caption), outcomes: judgements.map { .init($0.verdict.label) },
      values: judgements.map { $0.verdict.label ?? 0 }, annotatorKind: origin.kind,
      annotatorVersion: Self.fitted(origin.version), latencySeconds: latencySeconds)
    if judgements.contains(where: { $0.logOdds != nil }) {
      let range = JudgementLimits.logOdds
      logOdds = judgements.map { $0.logOdds.map { min(max($0, range.lowerBound), range.upperBound) } ?? .nan }
    }
    setEvidence(judgements.map(\.evidence), asked: judgements.map { $0.asked ?? [] })
    unreadable = Self.firstOfEachKind(judgements.map(\.unreadable))
  }

  /// The message with the answers to a task of pairs.
  public init(task: UInt64, origin: LabelOrigin, pairAnswers: [PairAnswer], latencySeconds: Double) {
    let verdicts = pairAnswers.map(\.verdict)
    self.init(
      task: task, ids: pairAnswers.map(\.pair.first), partners: pairAnswers.map(\.pair.second),
      outcomes: verdicts.map { .init($0.target) }, values: verdicts.map { $0.target ?? 0 }, annotatorKind: origin.kind,
      annotatorVersion: Self.fitted(origin.version), latencySeconds: latencySeconds)
    setEvidence(pairAnswers.map(\.judgement.evidence), asked: pairAnswers.map { _ in [] })
    unreadable = Self.firstOfEachKind(pairAnswers.map(\.judgement.unreadable))
  }

  /// An entry without evidence travels with an empty one.
  private mutating func setEvidence(_ evidence: [LabelEvidence?], asked: [[UInt8]]) {
    guard evidence.contains(where: { $0 != nil }) else { return }
    let source = evidence.lazy.compactMap { $0 }.first { $0.samples > 0 }
    prompt = Self.fitted(source?.prompt ?? "")
    goal = Self.fitted(source?.goal ?? "")
    self.asked = asked
    sources = evidence.map { evidence in
      var source = evidence?.limited ?? LabelEvidence()
      (source.prompt, source.goal) = ("", "")
      (source.model, source.server) = (Self.fitted(source.model), Self.fitted(source.server))
      return source
    }
  }

  /// Kind and version of the annotator.
  public var origin: LabelOrigin { LabelOrigin(kind: annotatorKind, version: annotatorVersion) }

  /// The answers of a task of captions.
  public var answers: [CaptionAnswer] {
    ids.indices.map { index in
      let odds = logOdds.isEmpty || logOdds[index].isNaN ? nil : logOdds[index]
      let text = asked.isEmpty || asked[index].isEmpty ? nil : asked[index]
      return CaptionAnswer(
        ids[index],
        Judgement(
          outcomes[index] == .labelled ? .label(values[index]) : .abstain, logOdds: odds, asked: text,
          evidence: evidence(index), unreadable: unreadable[index]))
    }
  }

  /// The answers of a task of pairs; empty for a task of captions.
  public var pairAnswers: [PairAnswer] {
    partners.indices.map { index in
      PairAnswer(
        CaptionPair(ids[index], partners[index]),
        PairJudgement(
          outcomes[index] == .labelled ? PairVerdict(target: values[index]) : .abstain, evidence: evidence(index),
          unreadable: unreadable[index]))
    }
  }

  /// Tokens of all requests and answers.
  public var tokens: Int { sources.reduce(0) { $0.addingSaturated($1.tokens) } }

  /// The evidence of an entry with the prompt and goal of the message; nil for an empty one.
  private func evidence(_ index: Int) -> LabelEvidence? {
    guard !sources.isEmpty else { return nil }
    var source = sources[index]
    if source.model.isEmpty && source.server.isEmpty && source.samples == 0 { return nil }
    if source.samples > 0 { (source.prompt, source.goal) = (prompt, goal) }
    return source
  }
}

extension LabelOutcome {
  fileprivate init(_ value: Float?) { self = value == nil ? .abstained : .labelled }
}

extension Labels: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.positive(ids.count, "labels.ids")
    try Check.atMost(limits.maximumLabelsPerMessage, ids.count, "labels.ids")
    if ids.contains(0) { throw .invalid(field: "labels.ids", reason: "0 is the empty caption") }
    try Check.partners(partners, of: ids, "labels.partners")
    try Check.sameCount(outcomes.count, as: ids.count, "labels.outcomes", "ids")
    try Check.sameCount(values.count, as: ids.count, "labels.values", "ids")
    for (index, value) in values.enumerated() {
      try Check.within(JudgementLimits.values, value, "labels.values[\(index)]")
    }
    if !logOdds.isEmpty { try Check.sameCount(logOdds.count, as: ids.count, "labels.log_odds", "ids") }
    for (index, odds) in logOdds.enumerated() where !odds.isNaN {
      try Check.within(JudgementLimits.logOdds, odds, "labels.log_odds[\(index)]")
    }
    try Check.line(annotatorKind, maximumBytes: limits.maximumNameBytes, "labels.annotator_kind")
    try Check.line(annotatorVersion, maximumBytes: WireLimits.maximumSourceBytes, "labels.annotator_version")
    try Check.line(prompt, maximumBytes: WireLimits.maximumSourceBytes, "labels.prompt")
    try Check.line(goal, maximumBytes: WireLimits.maximumSourceBytes, "labels.goal")
    if !sources.isEmpty { try Check.sameCount(sources.count, as: ids.count, "labels.sources", "ids") }
    try Check.sameCount(asked.count, as: sources.count, "labels.asked", "sources")
    for (index, source) in sources.enumerated() {
      try Check.line(source.model, maximumBytes: WireLimits.maximumSourceBytes, "labels.models")
      try Check.line(source.server, maximumBytes: WireLimits.maximumSourceBytes, "labels.servers")
      try Check.within(JudgementLimits.latencySeconds, source.latencySeconds, "labels.latencies[\(index)]")
      try Check.within(JudgementLimits.tokens, source.promptTokens, "labels.prompt_tokens[\(index)]")
      try Check.within(JudgementLimits.tokens, source.answerTokens, "labels.answer_tokens[\(index)]")
      try Check.within(JudgementLimits.samples, source.samples, "labels.samples[\(index)]")
    }
    for text in asked { try Check.atMost(limits.maximumCaptionBytes, text.count, "labels.asked") }
    try checkUnreadable()
    try Check.within(JudgementLimits.latencySeconds, latencySeconds, "labels.latency_seconds")
  }

  func pack(_ arena: PackArena) -> Tengu__Labels {
    var packed = Tengu__Labels()
    tengu__labels__init(&packed)
    packed.task = task
    packed.n_ids = ids.count
    packed.ids = arena.array(ids)
    packed.n_partners = partners.count
    packed.partners = arena.array(partners)
    packed.n_outcomes = outcomes.count
    packed.outcomes = arena.array(outcomes.map { Tengu__LabelOutcome($0.rawValue) })
    packed.n_values = values.count
    packed.values = arena.array(values)
    packed.n_log_odds = logOdds.count
    packed.log_odds = arena.array(logOdds)
    packed.annotator_kind = arena.text(annotatorKind)
    packed.annotator_version = arena.text(annotatorVersion)
    packed.prompt = arena.text(prompt)
    packed.goal = arena.text(goal)
    packed.latency_seconds = latencySeconds
    packSources(arena, into: &packed)
    packed.n_unreadable = unreadable.count
    packed.unreadable = arena.array(unreadable.sorted { $0.key < $1.key }.map { arena.store($1.pack($0, arena)) })
    return packed
  }

  init(_ packed: Tengu__Labels) throws(WireError) {
    var outcomes: [LabelOutcome] = []
    for (index, outcome) in Unpack.array(packed.outcomes, packed.n_outcomes).enumerated() {
      outcomes.append(try Unpack.value(outcome.rawValue, LabelOutcome.self, "labels.outcomes[\(index)]"))
    }
    self.init(
      task: packed.task,
      ids: Unpack.array(packed.ids, packed.n_ids),
      partners: Unpack.array(packed.partners, packed.n_partners),
      outcomes: outcomes,
      values: Unpack.array(packed.values, packed.n_values),
      logOdds: Unpack.array(packed.log_odds, packed.n_log_odds),
      annotatorKind: try Unpack.text(packed.annotator_kind, "labels.annotator_kind"),
      annotatorVersion: try Unpack.text(packed.annotator_version, "labels.annotator_version"),
      prompt: try Unpack.text(packed.prompt, "labels.prompt"),
      goal: try Unpack.text(packed.goal, "labels.goal"),
      sources: try Self.sources(of: packed),
      asked: Unpack.array(packed.asked, packed.n_asked).map(Unpack.bytes),
      latencySeconds: packed.latency_seconds)
    for pointer in Unpack.array(packed.unreadable, packed.n_unreadable) {
      let (entry, answer) = try UnreadableAnswer.unpack(try Unpack.body(pointer))
      unreadable[entry] = answer
    }
  }

  /// Writes the evidence as columns. Models and servers repeat, so each pair of them travels once.
  private func packSources(_ arena: PackArena, into packed: inout Tengu__Labels) {
    struct Place: Hashable {
      var model: String
      var server: String
    }
    var places: [Place] = []
    var indices: [Place: UInt32] = [:]
    let placesOf: [UInt32] = sources.map { source in
      let place = Place(model: source.model, server: source.server)
      if let index = indices[place] { return index }
      indices[place] = UInt32(clamping: places.count)
      places.append(place)
      return UInt32(clamping: places.count - 1)
    }
    packed.n_models = places.count
    packed.models = arena.texts(places.map(\.model))
    packed.n_servers = places.count
    packed.servers = arena.texts(places.map(\.server))
    packed.n_sources = sources.count
    packed.sources = arena.array(placesOf)
    packed.n_latencies = sources.count
    packed.latencies = arena.array(sources.map { Float($0.latencySeconds) })
    packed.n_prompt_tokens = sources.count
    packed.prompt_tokens = arena.array(sources.map { UInt32(clamping: $0.promptTokens) })
    packed.n_answer_tokens = sources.count
    packed.answer_tokens = arena.array(sources.map { UInt32(clamping: $0.answerTokens) })
    packed.n_samples = sources.count
    packed.samples = arena.array(sources.map { UInt32(clamping: $0.samples) })
    packed.n_answer_digests = sources.count
    packed.answer_digests = arena.array(sources.map(\.answerDigest))
    packed.n_asked = asked.count
    packed.asked = arena.list(asked)
  }

  private static func sources(of packed: Tengu__Labels) throws(WireError) -> [LabelEvidence] {
    let models = try texts(packed.models, packed.n_models, "labels.models")
    let servers = try texts(packed.servers, packed.n_servers, "labels.servers")
    try Check.sameCount(servers.count, as: models.count, "labels.servers", "models")
    let places = Unpack.array(packed.sources, packed.n_sources)
    for (count, field) in [
      (packed.n_latencies, "latencies"), (packed.n_prompt_tokens, "prompt_tokens"),
      (packed.n_answer_tokens, "answer_tokens"), (packed.n_samples, "samples"),
      (packed.n_answer_digests, "answer_digests"), (packed.n_asked, "asked"),
    ] {
      try Check.sameCount(count, as: places.count, "labels.\(field)", "sources")
    }
    var sources: [LabelEvidence] = []
    for (index, place) in places.enumerated() {
      guard models.indices.contains(Int(clamping: place)) else {
        throw .invalid(field: "labels.sources[\(index)]", reason: "\(place) of \(models.count) servers")
      }
      sources.append(
        LabelEvidence(
          model: models[Int(clamping: place)], server: servers[Int(clamping: place)],
          latencySeconds: Double(packed.latencies[index]),
          promptTokens: Int(clamping: packed.prompt_tokens[index]),
          answerTokens: Int(clamping: packed.answer_tokens[index]),
          samples: Int(clamping: packed.samples[index]), answerDigest: packed.answer_digests[index]))
    }
    return sources
  }

  private static func texts(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int, _ field: String
  ) throws(WireError) -> [String] {
    try Unpack.array(pointer, count).map { text throws(WireError) in try Unpack.text(text, field) }
  }
}

/// Sent when the labels of a task are on the learner's disk.
public struct LabelsAcknowledgement: Sendable, Hashable {
  public var task: UInt64

  public init(task: UInt64) { self.task = task }
}

extension LabelsAcknowledgement: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__LabelsAcknowledgement {
    var packed = Tengu__LabelsAcknowledgement()
    tengu__labels_acknowledgement__init(&packed)
    packed.task = task
    return packed
  }

  init(_ packed: Tengu__LabelsAcknowledgement) throws(WireError) { self.init(task: packed.task) }
}
