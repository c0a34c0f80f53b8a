import Assembly
import Checkpoints
import Configuration

/// Facts about the run that every peer receives when it joins.
struct RunIdentity: Sendable {
  /// The run's number for its whole life, which tells a peer that reconnects whether it has found the same run; not 0.
  let runID: UInt64
  let runName: String
  /// The resolved configuration's text.
  let configuration: String
  /// Hash of what workers depend on.
  let configurationHash: [UInt8]
}

/// The parts of a run that is ready to start.
struct OpenedRun {
  let plan: RunPlan
  let identity: RunIdentity
  let listener: Listener
  let directory: RunDirectory
  let mailbox: TrainerMailbox<ActorCriticAlgorithm>
  let loop: TrainingLoop<ActorCriticAlgorithm>
  let desk: AnnotationDesk
  let reporter: RunReporter
  let rewards: RewardTableFile
  /// Whether the trainer must receive the texts of captions.
  let readsTexts: Bool
  let isInline: Bool
  /// Whether every checkpoint ends the session, so that a resumed run repeats what an unbroken one does.
  let repeatsExactly: Bool
}
