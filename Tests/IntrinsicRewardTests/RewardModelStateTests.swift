import Foundation
import NeuralNetwork
import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

/// The saved states of reward models, and how a model recognises its own.
@Suite struct RewardModelStateTests {
  /// The progress of a state as a checkpoint has it.
  private func text(_ state: any RewardModelState) throws -> String {
    String(decoding: try JSONEncoder().encode(state.progress), as: UTF8.self)
  }

  private func learned(_ method: LearnedRewardOptions.Method) throws -> LearnedReward {
    let captions = LearnedParts.captions(20)
    let model = LearnedReward(LearnedParts.options(method), coreShare: nil)
    try model.learn(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions)))
    return model
  }

  @Test(arguments: LearnedRewardOptions.Method.allCases)
  func aModelMakesRoomForItsOwnState(method: LearnedRewardOptions.Method) throws {
    let model = try learned(method)
    let saved = try #require(model.state)
    let room = try #require(try model.makeState(savedAs: text(saved)))
    #expect(room.parts.map(\.prefix) == saved.parts.map(\.prefix))
    for (room, saved) in zip(room.parts, saved.parts) {
      #expect(room.layout.slices.map(\.name) == saved.layout.slices.map(\.name))
      room.buffer.copy(from: saved.buffer)
    }
    let restored = LearnedReward(LearnedParts.options(method), coreShare: nil)
    restored.restore(room)
    #expect(restored.version == model.version)
  }

  @Test func aModelIgnoresStatesOfOtherKinds() throws {
    let saved = try text(try #require(try learned(.ranking).state))
    let reader = ObservationReader([ObservationReader.Field(offset: 0, count: 2, type: .float32)])
    let distillation = RandomDistillationReward(RandomDistillationOptions(), reader: reader)
    #expect(try distillation.makeState(savedAs: saved) == nil)
    #expect(try NoReward().makeState(savedAs: saved) == nil)
    #expect(try RetrievalReward().makeState(savedAs: saved) == nil)
    let ranking = LearnedReward(LearnedParts.options(.ranking), coreShare: nil)
    #expect(try ranking.makeState(savedAs: text(try #require(distillation.state))) == nil)
    #expect(throws: DecodingError.self) { try ranking.makeState(savedAs: "{}") }
  }

  /// A model that counts updates, with the state of one number and one array.
  private struct CountingReward: RewardModel {
    struct State: RewardModelState {
      struct Progress: Sendable, Hashable, Codable, ForeignNumbers {
        var method = "counting"
        var count: Int

        func checkNumbers() throws(ForeignNumberError) { _ = try Int(checked: count, in: plausibleCount, "count") }
      }

      static let methods = ["counting"]
      let progress: Progress
      let layout: ParameterLayout
      let buffer: FloatBuffer

      init(_ progress: Progress) {
        self.progress = progress
        var layout = ParameterLayout()
        _ = layout.add("numbers", [2])
        self.layout = layout
        buffer = FloatBuffer(count: layout.count)
      }

      var parts: [RewardModelPart] { [RewardModelPart("reward.", layout, buffer)] }
    }

    var version = 0
    var state: (any RewardModelState)? { State(State.Progress(count: version)) }
    var stateType: (any RewardModelState.Type)? { State.self }

    mutating func learn(_ update: RewardUpdate) { version += 1 }
    func score(_ caption: UInt32) -> Float? { nil }
    mutating func restore(_ state: any RewardModelState) {
      if let state = state as? State { version = state.progress.count }
    }
  }

  @Test func aNewModelNeedsOnlyItsOwnStateType() throws {
    var model = CountingReward()
    for _ in 0..<3 { model.learn(RewardUpdate()) }
    let saved = try text(try #require(model.state))
    var restored: any RewardModel = CountingReward()
    restored.restore(try #require(try restored.makeState(savedAs: saved)))
    #expect(restored.version == 3)
    #expect(try learned(.ranking).makeState(savedAs: saved) == nil)
  }
}
