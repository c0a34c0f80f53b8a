import Environments
import TestSupport
import Testing
import Trajectories

@testable import NetHack

/// People who watch a game of `NetHackFull` see the terminal and read what is done.
@Suite(.enabled(if: NetHackInstallation.isPresent)) struct NetHackFullScreenTests {
  private func watched() throws -> (environment: any ScreenShowing, row: UnsafeMutableRawPointer) {
    var options = NetHackInstallation.options("NetHackFull", steps: 100)
    options.settings = ["hero": .text("sam-hum-law-mal")]
    let environment = try #require(try NetHackTasks.full.makeWatched(options) as? any ScreenShowing)
    return (environment, .allocate(byteCount: NetHackFullField.layout.rowByteCount, alignment: 64))
  }

  @Test func aWatchedGameHasAScreen() throws {
    let (environment, row) = try watched()
    defer { row.deallocate() }
    try environment.reset(seed: 3, into: StepOutput(row: row, caption: CaptionBuffer()))
    let screen = try #require(environment.screen)
    let lines = (0..<screen.rows).map { screen.text(row: $0) }
    #expect(lines.contains { $0.contains("Dlvl:1") })
    #expect(lines.contains { $0.contains("@") })
    var options = NetHackInstallation.options("NetHackFull", steps: 100)
    options.settings = ["hero": .text("sam-hum-law-mal")]
    let unwatched = try NetHackTasks.full.make(options)
    try unwatched.reset(seed: 3, into: StepOutput(row: row, caption: CaptionBuffer()))
    #expect((unwatched as? any ScreenShowing)?.screen == nil)
  }

  /// A samurai begins with a katana (a), a short sword (b), a bow (c), arrows (d) and armour (e).
  @Test func actionsHaveNames() throws {
    let (environment, row) = try watched()
    defer { row.deallocate() }
    try environment.reset(seed: 3, into: StepOutput(row: row, caption: CaptionBuffer()))
    var elements = [Int32](repeating: 0, count: NetHackActions.counts.count)
    func name(_ action: NetHackFullAction) -> String? {
      elements = elements.map { _ in 0 }
      elements[0] = Int32(action.verb.rawValue)
      let places = NetHackActions.places[action.verb.rawValue]
      if let factor = places.item { elements[factor] = Int32(action.item) }
      if let factor = places.direction { elements[factor] = Int32(action.direction) }
      return environment.specification.actions.withChoice(elements.map(Float.init)) { environment.name(of: $0) } ?? nil
    }
    #expect(name(NetHackFullAction(.explore)) == "explore")
    #expect(name(NetHackFullAction(.fight, direction: 4)) == "fight north-east")
    #expect(name(NetHackFullAction(.throwItem, item: 3, direction: 1)) == "throw d east")
    #expect(name(NetHackFullAction(.pickUp, item: 0)) == "pick up 1")
    #expect(environment.name(ofAction: NetHackVerb.travelDown.rawValue) == "travel down")
  }
}
