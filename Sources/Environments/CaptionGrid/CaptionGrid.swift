import Runtime
import Tensor

/// A 9 by 9 world of rooms with NetHack's kind of captions: find the key, unlock and open the door, take the stairs.
///
/// The only reward is +1 for the stairs behind the locked door. Traps end the episode with 0, the step limit truncates
/// it. The world's captions tell progress from chatter, and `label(of:)` knows which is which: a reward of 1 / N^3 for
/// captions of progress (N = occurrences in the episode) makes the task easy, while the sparse reward alone is hard:
/// uniformly random play wins about one episode in 8000. Rules and state are in `CaptionGridState`; this class only
/// writes observations.
public final class CaptionGrid: Environment {
  public let specification: EnvironmentSpecification
  /// The episode being played.
  public private(set) var state: CaptionGridState
  private var witness: [UInt8]?

  private let layouts: Int
  private let wordings: Int
  private let maximumSteps: Int
  private let offsets: FieldOffsets

  /// Byte offsets of the layout's fields, looked up once.
  struct FieldOffsets {
    let cells: Int
    let status: Int
    let caption: Int?
  }

  /// - Throws: `EnvironmentError` naming the option that is out of range.
  public init(options: EnvironmentOptions) throws {
    specification = try CaptionGridTask.specification(options)
    layouts = options.layouts
    wordings = options.wordings
    maximumSteps = options.maximumEpisodeSteps ?? CaptionGridTask.defaultMaximumSteps
    let layout = specification.observation
    guard let cells = layout.offset(of: "cells"), let status = layout.offset(of: "status") else {
      throw EnvironmentError("CaptionGrid: its layout has neither cells nor status")
    }
    offsets = FieldOffsets(cells: cells, status: status, caption: layout.offset(of: "caption"))
    state = CaptionGridState(seed: 0, layouts: layouts, maximumSteps: maximumSteps)
  }

  /// Who watches this episode; nil where captions are worded in one way. One witness an episode, so that a caption's
  /// repetitions in it are repetitions.
  private static func witness(episode seed: UInt64, of wordings: Int) -> [UInt8]? {
    guard wordings > 0 else { return nil }
    var generator = SplitMix64(seed: seed)
    return CaptionGridWitness.sentences[Int(generator.next() % UInt64(wordings))]
  }

  public func reset(seed: UInt64, into output: StepOutput) {
    state = CaptionGridState(seed: seed, layouts: layouts, maximumSteps: maximumSteps)
    witness = Self.witness(episode: seed, of: wordings)
    write(.none, into: output, at: offsets)
  }

  public func step(_ action: Int, into output: StepOutput) throws -> Transition {
    guard let action = CaptionGridAction(rawValue: action) else {
      throw EnvironmentError("CaptionGrid: action \(action) is not below \(CaptionGridAction.allCases.count)")
    }
    let (transition, caption) = state.step(action)
    write(caption, witness: caption == .none ? nil : witness, into: output, at: offsets)
    return transition
  }
}
