import Runtime
import Tensor
import Testing

@testable import Environments

@Suite struct CaptionGridSolverTests {
  /// The oracle is a breadth-first search that plays copies of the state.
  @Test func aShortestWayHasAsManySteps() throws {
    var generator = RandomGenerator(seed: 12)
    var met: Set<String> = []
    for seed in 0..<UInt64(40) {
      var state = CaptionGridState(seed: seed, maximumSteps: 10_000)
      // Half way along the shortest way, so that states with the key and with each state of the door occur.
      let way = try #require(CaptionGridExpert.plan(from: state))
      #expect(state.stepsToWin == way.count)
      for action in way.dropLast() {
        _ = state.step(action)
        let tile = state.map.tiles[state.hero]
        var strayed = state
        for _ in 0..<3 where !strayed.map.tiles[strayed.hero].isTrap { _ = strayed.step(.random(&generator)) }
        for state in [state, strayed] where !state.map.tiles[state.hero].isTrap && tile != .stairs {
          guard state.map.tiles[state.hero] != .stairs else { continue }
          #expect(state.stepsToWin == CaptionGridExpert.plan(from: state)?.count)
          met.insert("\(state.hasKey) \(state.doorIsUnlocked) \(state.doorIsOpen)")
        }
      }
    }
    #expect(met.count == 4)
  }

  @Test func theObservationHasTheDistanceIfItIsAskedFor() throws {
    let plain = try CaptionGrid(options: EnvironmentOptions(task: "CaptionGrid"))
    #expect(plain.specification.observation.offset(of: "distance") == nil)
    let environment = try CaptionGrid(
      options: EnvironmentOptions(task: "CaptionGrid", settings: ["distance": .integer(1)]))
    let layout = environment.specification.observation
    let output = CaptionGridTests.Output(layout)
    environment.reset(seed: 3, into: output.step)
    func shown() -> Float {
      output.step.field(at: layout.offset(of: "distance") ?? -1, as: Float.self, count: 1)[0]
    }
    let way = try #require(CaptionGridExpert.plan(from: environment.state))
    #expect(shown() == Float(way.count))
    _ = try environment.step(way[0].rawValue, into: output.step)
    #expect(shown() == Float(way.count - 1))
  }
}
