/// The bounds of what a peer may send. Encoding keeps them too, so that a mistake shows where it is made.
public struct WireLimits: Sendable, Hashable {
  /// All frames of a message, its tensors as large as they are plain. Set from `transport.maximum_message_megabytes`.
  public var maximumMessageBytes = 64 << 20
  /// The envelope, new captions included.
  public var maximumHeaderBytes = 4 << 20
  /// Memory the parser may take for one envelope. Two bytes on the wire can become fifty in memory.
  public var maximumParserBytes = 32 << 20

  public var maximumTensorDimensions = 8
  /// T of a trajectory, in steps.
  public var maximumUnrollSteps = 4_096
  /// E of a trajectory.
  public var maximumEnvironmentsPerGroup = 4_096
  /// New captions of a trajectory.
  public var maximumCaptionsPerMessage = 65_536
  public var maximumCaptionBytes = 256
  /// Finished episodes of a trajectory.
  public var maximumEpisodesPerMessage = 65_536
  /// Captions of an annotation task, and their labels.
  public var maximumLabelsPerMessage = 4_096

  public var maximumNameBytes = 64
  /// An annotator's version, and names of models, servers, prompts and goals, in labels. Constant, because the annotator cuts them to it.
  public static let maximumSourceBytes = 256
  /// What an annotator is to judge by.
  public var maximumPrincipleBytes = 4_096
  public var maximumHostBytes = 255
  public var maximumHashBytes = 64
  public var maximumConfigurationBytes = 256 << 10
  public var maximumStatusBytes = 1 << 20
  /// A text for a person, on one line. Constant, because `Refused` and `Goodbye` cut theirs to it.
  public static let maximumLineBytes = 1_024

  public init() {}
}
