import Environments
import Tensor
import Trajectories

/// What a scripted environment does in one step.
struct ScriptedStep {
  var reward: Float = 0
  var terminated = false
  var truncated = false
  var succeeded = false
  var caption = ""
  var fails = false
}

/// An environment that plays a script and says in each observation which one it is, and when.
final class ScriptedEnvironment: Environment {
  /// - `place` float32 [3]: the environment's number, the episode's, the step's within it.
  static let specification = EnvironmentSpecification(
    name: "Scripted",
    observation: ObservationLayout([ObservationField("place", .float32, [3], .numeric(scale: [0.3, 0.2, 0.1]))]),
    actionCount: 3)

  let number: Int
  private let script: [ScriptedStep]
  private var played = 0
  private var stepOfEpisode = 0
  /// Seeds of the episodes and actions of the steps, in order.
  private(set) var seeds: [UInt64] = []
  private(set) var actions: [Int] = []

  var specification: EnvironmentSpecification { Self.specification }

  init(number: Int, script: [ScriptedStep]) {
    self.number = number
    self.script = script
  }

  /// Its first caption answers no action.
  func reset(seed: UInt64, into output: StepOutput) {
    seeds.append(seed)
    stepOfEpisode = 0
    write("You begin.", into: output)
  }

  func step(_ action: Int, into output: StepOutput) throws -> Transition {
    let step = script[played % script.count]
    played += 1
    stepOfEpisode += 1
    actions.append(action)
    write(step.caption, into: output)
    if step.fails { throw EnvironmentError("the script says so") }
    return Transition(
      reward: step.reward, terminated: step.terminated, truncated: step.truncated, succeeded: step.succeeded)
  }

  var facts: EpisodeFacts { EpisodeFacts(numbers: [.init("steps of \(number)", Double(stepOfEpisode))]) }

  private func write(_ caption: String, into output: StepOutput) {
    let place = Place(environment: number, episode: seeds.count, step: stepOfEpisode)
    for (index, value) in place.values.enumerated() {
      output.field(at: 0, as: Float.self, count: 3)[index] = value
    }
    Array(caption.utf8).withUnsafeBufferPointer { output.caption.set($0) }
  }
}

/// What an observation of a scripted environment says.
struct Place: Equatable, CustomStringConvertible {
  let environment: Int
  /// From 1.
  let episode: Int
  /// 0 after a reset.
  let step: Int

  init(environment: Int, episode: Int, step: Int) {
    self.environment = environment
    self.episode = episode
    self.step = step
  }

  init(row: UnsafeRawPointer) {
    let values = row.assumingMemoryBound(to: Float.self)
    self.init(environment: Int(values[0]), episode: Int(values[1]), step: Int(values[2]))
  }

  var values: [Float] { [Float(environment), Float(episode), Float(step)] }
  var description: String { "environment \(environment), episode \(episode), step \(step)" }
}
