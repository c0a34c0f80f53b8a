import Environments

/// Plays a recorded episode again, and makes sure that it is the same one.
public final class EpisodeReplay {
  public let record: EpisodeRecord
  /// Steps played.
  public private(set) var steps = 0
  private let environment: any Environment
  private let row: UnsafeMutableRawPointer
  private let caption = CaptionBuffer()
  private var episodeReturn = 0.0
  private var intrinsicReturn = 0.0

  /// Makes the environment and begins the episode.
  /// - Throws: `EnvironmentError` when the task cannot be played here.
  public init(_ record: EpisodeRecord, in registry: EnvironmentRegistry, netHackDirectory: String? = nil) throws {
    self.record = record
    let entry = try registry.entry(named: record.task)
    environment = try entry.makeWatched(record.options(netHackDirectory: netHackDirectory))
    row = .allocate(byteCount: environment.specification.observation.rowByteCount, alignment: 8)
    do {
      try environment.reset(seed: record.seed, into: output)
    } catch {
      row.deallocate()
      throw error
    }
  }

  deinit { row.deallocate() }

  private var output: StepOutput { StepOutput(row: row, caption: caption) }

  /// What there is to see before the first step.
  public var opening: ReplayMoment {
    var moment = ReplayMoment(step: 0, of: record.actions.count)
    describe(&moment)
    return moment
  }

  /// Plays the next step; nil after the last one.
  /// - Throws: `ReplayError` naming the step where something else happened than was recorded: the world is another one.
  public func next() throws -> ReplayMoment? {
    guard steps < record.actions.count else { return nil }
    let action = record.actions[steps]
    let transition = try environment.step(action, into: output)
    let recorded = record.rewards[steps]
    guard transition.reward == recorded else {
      throw ReplayError("step \(steps + 1) of the replay paid \(transition.reward); \(recorded) was recorded")
    }
    steps += 1
    guard transition.done == (steps == record.actions.count) else {
      let text = transition.done ? "ended with step \(steps)" : "goes on after its last step, \(steps)"
      throw ReplayError("the replay \(text); \(record.actions.count) steps were recorded")
    }
    var moment = ReplayMoment(step: steps, of: record.actions.count)
    moment.action = (environment as? any ScreenShowing)?.name(ofAction: action) ?? "\(action)"
    episodeReturn += Double(transition.reward)
    (moment.reward, moment.isSuccess) = (transition.reward, transition.done && transition.succeeded)
    if !record.intrinsicRewards.isEmpty {
      moment.intrinsicReward = record.intrinsicRewards[steps - 1]
      intrinsicReturn += Double(record.intrinsicRewards[steps - 1])
    }
    describe(&moment)
    return moment
  }

  private func describe(_ moment: inout ReplayMoment) {
    moment.caption = String(decoding: caption.bytes, as: UTF8.self)
    moment.screen = (environment as? any ScreenShowing)?.screen
    (moment.episodeReturn, moment.intrinsicReturn) = (episodeReturn, intrinsicReturn)
  }
}
