import Environments
import Foundation
import TestSupport
import Testing

@testable import NetHack

/// The tables of MiniHack's tasks and their levels as texts.
@Suite struct MiniHackTableTests {
  @Test func everyTaskHasItsOwnNameAndMiniHacksActions() throws {
    let names = MiniHackTasks.all.map(\.name)
    #expect(Set(names).count == names.count)
    for (name, count, limit) in [
      ("Room-5x5", 8, 100), ("Room-Ultimate-15x15", 8, 300), ("Corridor-R3", 11, 1000), ("KeyRoom-S5", 10, 200),
      ("KeyRoom-Dark-S15", 10, 400), ("MazeWalk-45x19", 8, 1000), ("River-MonsterLava", 8, 350),
      ("HideNSeek-Big", 8, 400),
      ("Quest-Easy", 85, 500), ("Eat-Distr", 85, 250), ("Zap", 85, 250),
    ] {
      let task = try NetHackTasks.task(named: "minihack:\(name)")
      #expect(task.actions.count == count && Set(task.actions).count == count)
      #expect(task.maximumEpisodeSteps == limit)
    }
  }

  @Test func unknownNamesAreRefusedWithTheKnownOnes() throws {
    let options = EnvironmentOptions(task: "")
    #expect(try NetHackTasks.miniHack.entry("minihack:Zap").specification(options).actions == .discrete(85))
    #expect { try NetHackTasks.miniHack.entry("minihack:Zip").specification(options) } throws: {
      "\($0)".contains("no task minihack:Zip") && "\($0)".contains("minihack:Zap,")
    }
  }

  @Test func aLevelIsWrittenInNetHacksLanguage() {
    #expect(
      MiniHackNavigation.room(side: 2, isRandom: false, traps: 1).text == """
        MAZE: "mylevel", ' '
        FLAGS: hardfloor
        GEOMETRY: center,center
        MAP
        ..\u{20}
        ..\u{20}
        ENDMAP
        REGION: (0,0,1,1),lit,"ordinary"
        $room = selection: fillrect (0,0,1,1)
        BRANCH: (0,0,0,0),(2,0,2,0)
        STAIR: (1,1),down
        TRAP: "teleport",rndcoord($room)

        """)
  }

  @Test func optionsAreMiniHacks() throws {
    let level = NetHackLevel(text: MiniHackNavigation.corridor(rooms: 2), picksUp: false)
    #expect(
      try NetHackOptions(character: "rog-hum-cha-mal", level: level).line
        == "color,showexp,nobones,nolegacy,nocmdassist,disclose:+i +a +v +g +c +o,runmode:teleport,mention_walls,nosparkle,"
        + "showscore,pettype:none,!autopickup,name:Agent-rog-hum-cha-mal")
  }
}

@Suite struct NetHackEventTests {
  private let buffers = NetHackBuffers(keys: [])

  private func say(_ text: StaticString) { buffers.setMessage(text) }

  @Test func anEventPaysOnceInAnEpisode() {
    var events = NetHackEvents([NetHackEvent(.message(["apple is delicious", "Core dumped."]), reward: 2)])
    say("This pear is delicious")
    #expect(events.look(buffers) == 0 && !events.areComplete)
    say("Core dumped.  This apple is delicious")
    #expect(events.look(buffers) == 2 && events.areComplete)
    #expect(events.look(buffers) == 0 && events.areComplete)
    events.reset()
    #expect(!events.areComplete)
    #expect(events.look(buffers) == 2)
  }

  @Test func allRequiredEventsOrASufficientOneAreNeeded() {
    let first = NetHackEvent(.message(["one"]))
    let second = NetHackEvent(.place(columns: 3...4, rows: 7...7), reward: 0.5)
    let bonus = NetHackEvent(.amulet, reward: 0.25, isRequired: false)
    var events = NetHackEvents([first, second, bonus])
    say("f - a circular amulet (being worn).")
    #expect(events.look(buffers) == 0.25 && !events.areComplete)
    say("one")
    #expect(events.look(buffers) == 1 && !events.areComplete)
    (buffers.status[0], buffers.status[1]) = (4, 7)
    #expect(events.look(buffers) == 0.5 && events.areComplete)
    var either = NetHackEvents([first, NetHackEvent(.message(["two"]), isSufficient: true)])
    say("two")
    _ = either.look(buffers)
    #expect(either.areComplete)
    var none = NetHackEvents([])
    #expect(none.look(buffers) == 0 && !none.areComplete)
  }

  @Test func wordsAreFoundInTheInventory() throws {
    let inventory = NetHackBuffers(keys: [.inventoryStrings, .inventoryLetters])
    #expect(inventory.letter(ofThingCalled: "key") == nil)
    let names = try #require(inventory.source(of: .inventoryStrings))
    let letters = try #require(inventory.source(of: .inventoryLetters))
    let text = Array("a skeleton key".utf8)
    UnsafeMutableRawPointer(mutating: names + 80).copyMemory(from: text, byteCount: text.count)
    UnsafeMutableRawPointer(mutating: letters).storeBytes(of: UInt16(0x6661), as: UInt16.self)
    #expect(inventory.letter(ofThingCalled: "key") == UInt8(ascii: "f"))
    #expect(buffers.letter(ofThingCalled: "key") == nil)
  }
}
