/// One unroll of a group of environments: what is trained from.
///
/// The pointers lead into memory that `owner` keeps alive and that nobody writes any more; that rule is what makes the
/// unroll `Sendable`.
public struct Unroll: @unchecked Sendable {
  /// Keeps the memory of every pointer below.
  public let owner: AnyObject
  /// T, steps.
  public let unrollLength: Int
  /// E, environments.
  public let environmentCount: Int
  /// Version of the behaviour policy at the unroll's first step.
  public let policyVersion: UInt64
  /// [T+1, E, rowByteCount]; row t+1 after an episode's end is the next episode's first observation.
  public let observations: UnsafeRawPointer
  /// [T, E] 0 ..< action count.
  public let actions: UnsafePointer<Int32>
  /// [T, E] extrinsic, raw.
  public let rewards: UnsafePointer<Float>
  /// [T, E] `StepFlags`.
  public let flags: UnsafePointer<UInt8>
  /// [T, E] log-probability of the action under the behaviour policy.
  public let behaviourLogProbabilities: UnsafePointer<Float>
  /// [T, E, V] behaviour value of each observation.
  public let behaviourValues: UnsafePointer<Float>
  /// [T, E, V] behaviour value of the terminal observation where truncated, else 0.
  public let truncationValues: UnsafePointer<Float>
  /// [E, stateSize] recurrent state before the first step, zero where an episode begins with it.
  public let initialState: UnsafePointer<Float>
  /// [T, E] global caption id of the step's outcome; 0 = no caption.
  public let captions: UnsafePointer<UInt32>
  /// [T, E] occurrences of that caption in the episode, this one included.
  public let captionCounts: UnsafePointer<UInt16>

  public init(
    owner: AnyObject, unrollLength: Int, environmentCount: Int, policyVersion: UInt64,
    observations: UnsafeRawPointer, actions: UnsafePointer<Int32>, rewards: UnsafePointer<Float>,
    flags: UnsafePointer<UInt8>, behaviourLogProbabilities: UnsafePointer<Float>,
    behaviourValues: UnsafePointer<Float>, truncationValues: UnsafePointer<Float>, initialState: UnsafePointer<Float>,
    captions: UnsafePointer<UInt32>, captionCounts: UnsafePointer<UInt16>
  ) {
    self.owner = owner
    self.unrollLength = unrollLength
    self.environmentCount = environmentCount
    self.policyVersion = policyVersion
    self.observations = observations
    self.actions = actions
    self.rewards = rewards
    self.flags = flags
    self.behaviourLogProbabilities = behaviourLogProbabilities
    self.behaviourValues = behaviourValues
    self.truncationValues = truncationValues
    self.initialState = initialState
    self.captions = captions
    self.captionCounts = captionCounts
  }

  /// Environment steps in the unroll, T * E.
  public var frameCount: Int { unrollLength * environmentCount }
}
