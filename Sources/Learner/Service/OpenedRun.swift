import Assembly
import Checkpoints
import Configuration

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
