/// The bounds of what a peer may send. Encoding enforces them too, so that an error appears where it is made.
public struct WireLimits: Sendable, Hashable {
  /// Bytes of all frames of a message, with its tensors uncompressed. The learner takes it from
  /// `transport.maximum_message_megabytes` and tells every peer in Welcome.
  public var maximumMessageBytes: Int
  /// Bytes of the envelope, new captions included.
  public var maximumHeaderBytes = 4 << 20
  /// Memory that the parser may take for one envelope. Two bytes on the wire can become fifty in memory.
  public var maximumParserBytes = 32 << 20

  public var maximumTensorDimensions = 8
  /// T of a trajectory, in steps.
  public var maximumUnrollSteps = 4_096
  /// E of a trajectory.
  public var maximumEnvironmentsPerGroup = 4_096
  /// New captions of a trajectory.
  public var maximumCaptionsPerMessage = 65_536
  public var maximumCaptionBytes = 256
  /// Distinct captions of a worker's session. It is constant because both ends count them.
  public static let maximumCaptionsPerSession = 1_000_000
  /// Finished episodes of a trajectory.
  public var maximumEpisodesPerMessage = 65_536
  /// Episodes of a plan's message, and entries of it. It is constant because both ends keep to it.
  public static let maximumPlannedEpisodes = 4_096
  /// Tasks of a plan, which are numbered from 0.
  public static let maximumPlanKeys = 4_096
  /// Value channels that a plan steers by, and their weights.
  static let maximumSteeringChannels = 16
  static let steeringWeights: ClosedRange<Float> = -1_000...1_000
  /// What a plan divides logits by.
  public static let temperatures: ClosedRange<Float> = 0.01...100
  /// Units of an acknowledgement.
  public var maximumUnitsPerMessage = 65_536
  /// Captions of an annotation task, and their labels.
  public var maximumLabelsPerMessage = 4_096

  /// Rollout threads of a worker: more than any machine has, so that credits stay bounded.
  public var maximumThreads = 1_024
  /// Steps of an episode.
  static let episodeSteps: ClosedRange<UInt32> = 1...1_000_000_000
  /// Counters of a peer's process. The learner adds them up over peers; a thousand of these fit 64 bits.
  static let counters: ClosedRange<UInt64> = 0...(1 << 53)
  /// Rates per second, and seconds that threads have spent.
  static let measures: ClosedRange<Double> = 0...1e12
  /// Seconds until a deadline or between heartbeats: 31 years. A learner on the same thread as its peers states it for
  /// heartbeats that nobody needs.
  public static let maximumSeconds = 1e9

  public var maximumNameBytes = 64
  /// Bytes of an annotator's version, and of the names of models, servers, prompts and goals in labels. It is constant
  /// because annotators cut these texts to it.
  public static let maximumSourceBytes = 256
  /// Answers that could not be read, of a message of labels. It is constant because annotators send no more.
  public static let maximumUnreadableAnswers = 16
  /// Bytes of the principle that an annotator judges by.
  public var maximumPrincipleBytes = 4_096
  public var maximumHostBytes = 255
  public var maximumHashBytes = 64
  public var maximumConfigurationBytes = 256 << 10
  public var maximumStatusBytes = 1 << 20
  /// Bytes of a one-line text for a person. It is constant because `Refused` and `Goodbye` cut their texts to it.
  public static let maximumLineBytes = 1_024

  /// What a peer accepts before Welcome has told it the run's limit: every answer to Hello fits.
  public static let beforeWelcome = WireLimits(maximumMessageBytes: 4 << 20)

  /// - Parameter maximumMessageBytes: the run's limit. It has no default, so that both ends of a connection take it from
  ///   the run.
  public init(maximumMessageBytes: Int) { self.maximumMessageBytes = maximumMessageBytes }
}

/// Why a message cannot be sent or was not understood. Fields are named as in proto/tengu.proto, tensors as in
/// `TensorName`.
public enum WireError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The envelope is not valid protobuf, or parsing it would take more memory than the parser may have.
  case malformed
  /// The peer uses another version of the schema.
  case otherSchemaVersion(theirs: UInt32, ours: UInt32)
  /// This version of the schema does not have the envelope's body.
  case unknownKind(theirs: UInt32, ours: UInt32)
  /// A field is larger than `WireLimits` allows.
  case beyondLimit(field: String, value: Int, limit: Int)
  /// A field has a value that is not allowed.
  case invalid(field: String, reason: String)

  public var description: String {
    switch self {
    case .malformed: "the envelope cannot be parsed"
    case .otherSchemaVersion(let theirs, let ours):
      "the peer speaks schema version \(theirs), this process version \(ours); run the same release of Tengu on both"
    case .unknownKind(let theirs, let ours):
      "the message has no known kind (the peer speaks schema version \(theirs), this process version \(ours))"
    case .beyondLimit(let field, let value, let limit): "\(field) is \(value), the limit \(limit)"
    case .invalid(let field, let reason): "\(field): \(reason)"
    }
  }
}
