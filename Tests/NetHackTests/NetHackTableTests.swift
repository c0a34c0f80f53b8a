import Environments
import Tensor
import Testing
import Trajectories

@testable import Environments
@testable import NetHack

@Suite struct NetHackTableTests {
  @Test func actionTablesHaveTheirSizes() {
    let tables = [(NetHackAction.task, 23), (NetHackAction.extended, 28), (NetHackAction.useful, 86)]
    for (table, count) in tables {
      #expect(table.count == count)
      #expect(Set(table).count == count)
    }
    // + " and $ are commands and text.
    #expect(NetHackAction.keyboard.count == 121)
    #expect(Set(NetHackAction.keyboard).count == 118)
    #expect(Set(NetHackAction.useful).isSubset(of: NetHackAction.keyboard))
    #expect(Set(NetHackAction.extended).isSubset(of: NetHackAction.keyboard))
  }

  @Test func tasksAreListedOnceAndHaveTheirActions() throws {
    #expect(Set(NetHackTasks.all.map(\.name)).count == 12)
    let options = EnvironmentOptions(task: "")
    for entry in NetHackTasks.entries {
      let specification = try entry.specification(options)
      #expect(specification.name == entry.name)
      let expected: ActionSpace =
        switch entry.name {
        case "NetHackFull": .factored(NetHackActions.counts)
        case "NetHackChallenge": .discrete(121)
        default: .discrete(entry.name.hasSuffix("Extended") ? 28 : 23)
        }
      #expect(specification.actions == expected)
    }
  }

  @Test func theDefaultObservationIsWhatThePolicyReads() throws {
    let layout = try NetHackTasks.entries[0].specification(EnvironmentOptions(task: "")).observation
    #expect(layout.signature == "glyph_crop:int16[9, 9] status:int32[27] message:uint8[256]")
    #expect(layout.fields.allSatisfy { $0.encoding != .hidden })
    guard case .numeric(let scale) = layout.fields[1].encoding else {
      Issue.record("status is not numeric")
      return
    }
    #expect(scale.count == 27)
    #expect(scale[10] == 0.1 && scale[13] == 0.001 && scale[20] == 0.001 && scale[21] == 1)
  }

  @Test func nlesArraysHaveNlesSizes() {
    let layout = ObservationLayout(NetHackObservation.game.map(\.field))
    #expect(layout.fields.count == 16)
    #expect(layout.fields.map(\.byteCount).reduce(0, +) == 17_301)
  }

  @Test func unknownAndRepeatedObservationsAreRefused() {
    #expect(throws: EnvironmentError.self) { try NetHackObservation.keys(named: ["glyph"]) }
    #expect(throws: EnvironmentError.self) { try NetHackObservation.keys(named: ["glyphs", "glyphs"]) }
  }

  /// Writing them draws random numbers, so a game with them is another game.
  @Test func descriptionsOfSquaresAreNeverProduced() {
    #expect(throws: EnvironmentError.self) { try NetHackObservation.keys(named: ["screen_descriptions"]) }
    #expect(NetHackBuffers(keys: NetHackObservation.allCases).observation.pointee.screen_descriptions == nil)
  }

  @Test func onlyNeededArraysAreProduced() {
    let bare = NetHackBuffers(keys: [.status, .message])
    #expect(bare.glyphs == nil && bare.source(of: .terminalChars) == nil)
    #expect(bare.observation.pointee.screen_descriptions == nil)
    #expect(NetHackBuffers(keys: [.glyphCrop]).glyphs != nil)
    let tiles = NetHackBuffers(keys: [.tileCrop])
    #expect(tiles.glyphs == nil && tiles.terminalChars != nil && tiles.terminalColors != nil)
  }

  @Test func aRandomCharacterIsRandomInEverything() throws {
    #expect(try NetHackOptions(character: "@").line.hasSuffix("name:Agent-@,race:random,gender:random,align:random"))
    let line = try NetHackOptions(character: "val-dwa-fem-law", pickupTypes: "$").line
    #expect(line.hasSuffix("name:Agent-val-dwa-fem-law") && line.contains("pickup_types:$,"))
    for wrong in ["", "mon,color", "mon hum", String(repeating: "a", count: 40)] {
      #expect(throws: EnvironmentError.self) { try NetHackOptions(character: wrong) }
    }
  }

  @Test func seedsFollowTheEpisodeAndTheAttempt() {
    let first = NetHackSeeds(episode: 5)
    #expect(first == NetHackSeeds(episode: 5))
    #expect(first != NetHackSeeds(episode: 6))
    #expect(first != NetHackSeeds(episode: 5, attempt: 1))
    #expect(first.core != first.display)
  }
}
