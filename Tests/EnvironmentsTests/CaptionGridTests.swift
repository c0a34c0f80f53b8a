import Runtime
import Tensor
import Testing
import Trajectories

@testable import Environments

/// The environment around the rules: options, observation and captions.
@Suite struct CaptionGridTests {
  /// Memory for one observation of `environment`.
  final class Output {
    let row: UnsafeMutableRawPointer
    let caption = CaptionBuffer()

    init(_ layout: ObservationLayout) {
      row = .allocate(byteCount: layout.rowByteCount, alignment: 8)
      row.initializeMemory(as: UInt8.self, repeating: 0xEE, count: layout.rowByteCount)
    }

    deinit { row.deallocate() }

    var step: StepOutput { StepOutput(row: row, caption: caption) }
    var text: String { String(decoding: caption.bytes, as: UTF8.self) }
  }

  /// The same episode step by step, with its captions in several wordings, the same ones each time.
  @Test func wordingsChangeNothingButTheCaptions() throws {
    func play(_ wordings: Int) throws -> (texts: [String], rewards: [Float]) {
      let environment = try CaptionGrid(
        options: EnvironmentOptions(task: "CaptionGrid", settings: ["wordings": .integer(wordings)]))
      let output = Output(environment.specification.observation)
      var generator = RandomGenerator(seed: 4)
      var (texts, rewards): ([String], [Float]) = ([], [])
      for seed in 0..<UInt64(20) {
        environment.reset(seed: seed, into: output.step)
        var done = false
        while !done {
          let transition = try environment.step(CaptionGridAction.random(&generator).rawValue, into: output.step)
          texts.append(output.text)
          rewards.append(transition.reward)
          done = transition.done
        }
      }
      return (texts, rewards)
    }
    let (plain, many) = (try play(0), try play(256))
    #expect(plain.rewards == many.rewards)
    #expect(zip(plain.texts, many.texts).allSatisfy { $1.hasPrefix($0) && $0.isEmpty == $1.isEmpty })
    #expect(Set(many.texts).count > 3 * Set(plain.texts).count)
    #expect(try play(256).texts == many.texts)
    #expect(throws: EnvironmentError.self) { try play(257) }
  }

  @Test func theObservationShowsTheState() throws {
    let environment = try CaptionGrid(options: EnvironmentOptions(task: "CaptionGrid"))
    let layout = environment.specification.observation
    let output = Output(layout)
    var generator = RandomGenerator(seed: 9)
    for seed in 0..<UInt64(100) {
      environment.reset(seed: seed, into: output.step)
      #expect(output.text.isEmpty)
      expectObservation(output.step, layout, shows: environment.state)
      var twin = environment.state
      var done = false
      while !done {
        let action = CaptionGridAction.random(&generator)
        let expected = twin.step(action)
        let transition = try environment.step(action.rawValue, into: output.step)
        #expect(transition == expected.transition)
        #expect(output.text == "\(expected.caption.text)")
        expectObservation(output.step, layout, shows: twin)
        done = transition.done
      }
    }
  }

  /// The slow way to say what the row holds.
  private func expectObservation(_ output: StepOutput, _ layout: ObservationLayout, shows state: CaptionGridState) {
    let cells = output.field(at: layout.offset(of: "cells") ?? -1, as: UInt8.self, count: 81)
    let (row, column) = (state.hero / 9, state.hero % 9)
    let expected = (0..<81).map { index -> UInt8 in
      let (y, x) = (row + index / 9 - 4, column + index % 9 - 4)
      let isInside = (0..<9).contains(y) && (0..<9).contains(x)
      return (isInside ? state.map.tiles[y * 9 + x] : .stone).rawValue
    }
    #expect(Array(cells) == expected)
    let status = output.field(at: layout.offset(of: "status") ?? -1, as: Float.self, count: 13)
    #expect(
      Array(status[0..<5]) == [
        Float(row), Float(column), state.hasKey ? 1 : 0, state.doorIsUnlocked ? 1 : 0, state.doorIsOpen ? 1 : 0,
      ])
    let onKey = state.hero == state.map.key && !state.hasKey
    #expect(status[CaptionGridStatus.isOnKey.rawValue] == (onKey ? 1 : 0))
    #expect(status[CaptionGridStatus.isAtDoor.rawValue] == (state.isNextToDoor ? 1 : 0))
    func expectWay(_ south: CaptionGridStatus, _ east: CaptionGridStatus, to goal: Int) {
      let step = state.map.safeCells.firstStep(from: state.hero, to: goal)
      #expect(status[south.rawValue] * 9 + status[east.rawValue] == Float(step))
    }
    expectWay(.keySouth, .keyEast, to: state.hasKey ? state.hero : state.map.key)
    expectWay(.doorSouth, .doorEast, to: state.map.door)
    expectWay(.stairsSouth, .stairsEast, to: state.map.stairs)
  }

  /// A player that follows the ways of the status field, and nothing else, wins every episode.
  @Test func theStatusFieldIsEnoughToWin() throws {
    let environment = try CaptionGrid(options: EnvironmentOptions(task: "CaptionGrid"))
    let layout = environment.specification.observation
    let output = Output(layout)
    for seed in 0..<UInt64(300) {
      environment.reset(seed: seed, into: output.step)
      var transition = Transition(reward: 0)
      while !transition.done {
        let status = output.step.field(at: layout.offset(of: "status") ?? -1, as: Float.self, count: 13)
        transition = try environment.step(followed(status).rawValue, into: output.step)
      }
      #expect(transition.succeeded, "seed \(seed)")
    }
  }

  private func followed(_ status: UnsafeMutableBufferPointer<Float>) -> CaptionGridAction {
    func value(_ element: CaptionGridStatus) -> Float { status[element.rawValue] }
    if value(.isOnKey) == 1 { return .pickUp }
    if value(.hasKey) == 1, value(.isAtDoor) == 1, value(.doorIsOpen) == 0 { return .open }
    let hasKey = value(.hasKey) == 1
    let south = hasKey ? value(.stairsSouth) : value(.keySouth)
    let east = hasKey ? value(.stairsEast) : value(.keyEast)
    if south != 0 { return south > 0 ? .south : .north }
    return east > 0 ? .east : .west
  }

  @Test func layoutsLimitTheNumberOfMaps() throws {
    let environment = try CaptionGrid(
      options: EnvironmentOptions(task: "CaptionGrid", settings: ["layouts": .integer(4)]))
    let output = Output(environment.specification.observation)
    for seed in 0..<UInt64(40) {
      environment.reset(seed: seed, into: output.step)
      let map = CaptionGridMap(seed: seed % 4)
      #expect((0..<81).allSatisfy { environment.state.map.tiles[$0] == map.tiles[$0] })
    }
  }

  @Test func theCaptionIsAFieldOnlyOnRequest() throws {
    var options = EnvironmentOptions(task: "CaptionGrid")
    #expect(try CaptionGrid.entry.specification(options).observation.offset(of: "caption") == nil)
    options.observationKeys = ["caption"]
    let environment = try CaptionGrid(options: options)
    let layout = environment.specification.observation
    let output = Output(layout)
    environment.reset(seed: 0, into: output.step)
    _ = try environment.step(CaptionGridAction.pickUp.rawValue, into: output.step)
    let field = output.step.field(at: layout.offset(of: "caption") ?? -1, as: UInt8.self, count: 64)
    #expect(String(decoding: field.prefix { $0 != 0 }, as: UTF8.self) == output.text)
    #expect(output.text == "There is nothing here to pick up.")
  }

  @Test func wrongOptionsAndActionsAreNamed() throws {
    for options in [
      EnvironmentOptions(task: "CaptionGrid", maximumEpisodeSteps: 0),
      EnvironmentOptions(task: "CaptionGrid", settings: ["layouts": .integer(-1)]),
      EnvironmentOptions(task: "CaptionGrid", settings: ["wordings": .integer(257)]),
      EnvironmentOptions(task: "CaptionGrid", settings: ["difficulties": .integer(5)]),
      EnvironmentOptions(task: "CaptionGrid", settings: ["layouts": .text("4")]),
    ] {
      #expect(throws: EnvironmentError.self) { try CaptionGrid.entry.make(options) }
    }
    let environment = try CaptionGrid(options: EnvironmentOptions(task: "CaptionGrid"))
    let output = Output(environment.specification.observation)
    environment.reset(seed: 0, into: output.step)
    #expect(throws: EnvironmentError.self) { try environment.step(7, into: output.step) }
    #expect(throws: EnvironmentError.self) { try environment.step(-1, into: output.step) }
  }
}

/// The oracle knows every caption of the world and nothing else.
@Suite struct CaptionGridLabelTests {
  @Test func theOracleIsTotal() {
    for caption in CaptionGridCaption.allCases where caption != .none {
      let bytes = caption.text.withUTF8Buffer { Array($0) }
      #expect(CaptionGrid.label(of: bytes) == caption.isProgress, "\(caption.text)")
      #expect(CaptionGrid.isMistake(bytes) == caption.isMistake && !(caption.isProgress && caption.isMistake))
      #expect(bytes.count < CaptionGrid.captionFieldBytes)
    }
  }

  @Test func textsAreDistinct() {
    let texts = CaptionGridCaption.allCases.map { "\($0.text)" }
    #expect(Set(texts).count == texts.count)
  }

  /// A witness changes no caption's meaning, and makes no caption of what is none.
  @Test func witnessesSayNothing() {
    #expect(Set(CaptionGridWitness.sentences).count == CaptionGridWitness.count)
    for (number, caption) in CaptionGridCaption.allCases.enumerated() where caption != .none {
      let bytes = caption.text.withUTF8Buffer { Array($0) }
      let witness = CaptionGridWitness.sentences[number * 7 % CaptionGridWitness.count]
      #expect(CaptionGrid.label(of: bytes + witness) == caption.isProgress)
      #expect(bytes.count + witness.count < CaptionBuffer.capacity)
      #expect(CaptionGrid.label(of: bytes + witness + witness) == nil)
    }
    #expect(CaptionGrid.label(of: CaptionGridWitness.sentences[3]) == nil)
    #expect(CaptionGrid.label(of: "You see here a key.  A purple newt watches.".utf8) == nil)
  }

  @Test func otherCaptionsHaveNoLabel() {
    #expect(CaptionGrid.label(of: []) == nil)
    #expect(CaptionGrid.label(of: "You see here a key".utf8) == nil)
    #expect(CaptionGrid.label(of: "You kill the newt!".utf8) == nil)
  }

  @Test(arguments: [
    ("You see here a key.", true), ("You pick up a key.", true), ("You unlock the door.", true),
    ("This door is locked.", false), ("It's a wall.", false), ("$ - 3 gold pieces.", false),
    ("You fall into a pit!  You die...", false), ("You hear the footsteps of a guard on patrol.", false),
  ])
  func someCaptions(text: String, isProgress: Bool) {
    #expect(CaptionGrid.label(of: text.utf8) == isProgress)
  }
}
