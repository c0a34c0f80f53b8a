import Assembly
import Captions
import Environments
import RewardPrograms
import Runtime
import Trajectories

/// Steps of random play, on which programs are tried before anybody trains with them.
public struct ProgramSample: Sendable {
  /// A caption of the sample, how often it came and what the program paid for it.
  public struct PaidCaption: Sendable, Hashable {
    public let text: String
    public var steps = 0
    public var paid = 0.0
  }

  private struct Played: Sendable {
    let before, after: [UInt8]
    let caption: UInt32
    let occurrences: UInt16
    let extrinsic: Float
    let ended, won: Bool
  }

  private let steps: [Played]
  private let captions: [[UInt8]]

  /// - Parameters:
  ///   - steps: number of steps; each keeps two observations.
  ///   - seed: of the episodes and of the actions.
  /// - Throws: `EnvironmentError` if the environment cannot be created or fails.
  public init(_ plan: RunPlan, steps count: Int, seed: UInt64) throws {
    let environment = try plan.makeEnvironment()
    let actions = RandomActions(plan.specification.actions, seed: seed)
    var (generator, table) = (RandomGenerator(seed: seed), CaptionTable())
    let (size, caption) = (plan.specification.observation.rowByteCount, CaptionBuffer())
    let row = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    defer { row.deallocate() }
    let output = StepOutput(row: row, caption: caption)
    var met: [UInt32: UInt16] = [:]
    var (steps, captions) = ([Played](), [[UInt8]]())
    try environment.reset(seed: generator.next(), into: output)
    for _ in 0..<count {
      let before = Array(UnsafeRawBufferPointer(start: row, count: size))
      let transition = try environment.step(actions.next(), into: output)
      let id = caption.bytes.isEmpty ? 0 : table.intern(caption.bytes, limit: .max)?.id ?? 0
      if id > captions.count { captions.append(Array(caption.bytes)) }
      if id > 0 { met[id, default: 0] &+= 1 }
      steps.append(
        Played(
          before: before, after: Array(UnsafeRawBufferPointer(start: row, count: size)), caption: id,
          occurrences: met[id] ?? 0, extrinsic: transition.reward, ended: transition.done, won: transition.succeeded))
      if transition.done {
        try environment.reset(seed: generator.next(), into: output)
        met = [:]
      }
    }
    (self.steps, self.captions) = (steps, captions)
  }

  /// Lets a program pay the steps.
  /// - Returns: what it did, and the captions, those with the largest sums first.
  public func trial(_ program: RewardProgram) -> (trial: ProgramTrial, captions: [PaidCaption]) {
    var (scorer, trial) = (ProgramScorer(program), ProgramTrial())
    for (index, text) in captions.enumerated() { scorer.learn(UInt32(index + 1), text) }
    var paid = captions.map { PaidCaption(text: String(decoding: $0, as: UTF8.self).printable) }
    var counts = [Float](repeating: 0, count: scorer.countedCount)
    for step in steps {
      let reward = step.before.withUnsafeBytes { before in
        step.after.withUnsafeBytes { after -> Float in
          // Rows are not empty.
          guard let before = before.baseAddress, let after = step.ended ? before : after.baseAddress else {
            return .nan
          }
          return scorer.score(
            ProgramScorer.Step(
              before: before, after: after, caption: step.caption, occurrences: step.occurrences,
              extrinsic: step.extrinsic, ended: step.ended, won: step.won), counts: &counts)
        }
      }
      trial.add(reward)
      if step.caption > 0 {
        paid[Int(step.caption) - 1].steps += 1
        paid[Int(step.caption) - 1].paid += reward.isNaN ? 0 : Double(reward)
      }
      if step.ended { counts = counts.map { _ in 0 } }
    }
    return (trial, paid.sorted { ($1.paid, $1.steps) < ($0.paid, $0.steps) })
  }

  /// The most frequent captions as a language model may read them, for a prompt.
  public func commonCaptions(_ count: Int) -> [String] {
    var counts = [Int](repeating: 0, count: captions.count)
    for step in steps where step.caption > 0 { counts[Int(step.caption) - 1] += 1 }
    let order = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
    var texts: [String] = []
    for index in order where texts.count < count {
      let text = SanitisedCaption(captions[index]).text
      if !text.isEmpty, !texts.contains(text) { texts.append(text) }
    }
    return texts
  }
}
