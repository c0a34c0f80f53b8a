import Runtime
import Tensor
import Testing

@testable import Environments

/// The rules: what each action leads to, what the world says, and how episodes end.
@Suite struct CaptionGridStateTests {
  /// The captions of a shortest way to win, and the oracle's answers.
  @Test func theExpertAlwaysWinsAndHearsOfItsProgress() throws {
    for seed in 0..<UInt64(500) {
      var state = CaptionGridState(seed: seed, maximumSteps: 1000)
      let plan = try #require(CaptionGridExpert.plan(from: state))
      var heard: [CaptionGridCaption] = []
      for (index, action) in plan.enumerated() {
        let (transition, caption) = state.step(action)
        let isLast = index == plan.count - 1
        #expect(transition == Transition(reward: isLast ? 1 : 0, terminated: isLast, succeeded: isLast))
        heard.append(caption)
      }
      #expect(
        heard.filter(\.isProgress)
          == [.seesKey, .picksUpKey, .unlocksDoor, .opensDoor, .entersDoorway, .takesStairs])
    }
  }

  @Test func theEpisodeIsTruncatedAtItsLimit() {
    var state = CaptionGridState(seed: 3, maximumSteps: 5)
    for step in 1...5 {
      let transition = state.step(.wait).transition
      #expect(transition == Transition(reward: 0, truncated: step == 5))
    }
  }

  /// Death or success on the last step counts as that, not as truncation.
  @Test func terminationWinsOverTruncation() throws {
    let plan = try #require(CaptionGridExpert.plan(from: CaptionGridState(seed: 1, maximumSteps: 1000)))
    var state = CaptionGridState(seed: 1, maximumSteps: plan.count)
    let transitions = plan.map { state.step($0).transition }
    #expect(transitions.last == Transition(reward: 1, terminated: true, succeeded: true))
  }

  @Test func aCopyIsAnotherEpisode() {
    var state = CaptionGridState(seed: 4, maximumSteps: 1000)
    var generator = RandomGenerator(seed: 1)
    for _ in 0..<200 {
      let before = state
      var (copy, witness) = (before, before)
      var replay = generator
      var ended = false
      for _ in 0..<20 where !ended {
        let action = CaptionGridAction.random(&replay)
        let (ours, theirs) = (copy.step(action), witness.step(action))
        #expect(ours == theirs)
        ended = ours.transition.done
      }
      #expect(before.stepCount == state.stepCount && before.hero == state.hero)
      if state.step(.random(&generator)).transition.done {
        state = CaptionGridState(seed: generator.next(), maximumSteps: 1000)
      }
    }
  }

  /// Random play over many maps: each caption belongs to what happened, and every caption occurs.
  @Test func captionsSayWhatHappened() {
    var generator = RandomGenerator(seed: 6)
    var heard = Set<CaptionGridCaption>()
    for seed in 0..<UInt64(4000) {
      var state = CaptionGridState(seed: seed, maximumSteps: 100)
      var done = false
      while !done {
        let before = state
        let (transition, caption) = state.step(seed % 2 == 0 ? .random(&generator) : helpful(before, &generator))
        heard.insert(caption)
        done = transition.done
        expectConsistent(caption, before, state, transition)
      }
    }
    #expect(heard == Set(CaptionGridCaption.allCases))
  }

  private func expectConsistent(
    _ caption: CaptionGridCaption, _ before: CaptionGridState, _ after: CaptionGridState, _ transition: Transition
  ) {
    #expect((caption == .picksUpKey) == (!before.hasKey && after.hasKey))
    #expect((caption == .unlocksDoor) == (!before.doorIsUnlocked && after.doorIsUnlocked))
    #expect((caption == .opensDoor) == (!before.doorIsOpen && after.doorIsOpen))
    #expect((caption == .takesStairs) == transition.succeeded)
    let died = [.fallsIntoPit, .landsOnSpikes, .stepsOnLandMine].contains(caption)
    #expect(died == (transition.terminated && !transition.succeeded))
    let moved = before.hero != after.hero
    if [.hitsWall, .hitsSolidStone, .doorIsLocked, .doorIsClosed, .noDoorHere].contains(caption) { #expect(!moved) }
    if caption == .seesKey || caption == .entersDoorway { #expect(moved) }
    if CaptionGridCaption.gold.contains(caption) {
      #expect(before.map.tiles[after.hero] == .gold && after.map.tiles[after.hero] == .floor)
    }
    if [.picksUpKey, .picksUpApple, .picksUpDagger, .picksUpScroll].contains(caption) {
      #expect(!moved && after.map.tiles[after.hero] == .floor)
    }
  }

  /// The way to win most of the time, so that rare captions are heard.
  private func helpful(_ state: CaptionGridState, _ generator: inout RandomGenerator) -> CaptionGridAction {
    if generator.below(4) == 0 { return .random(&generator) }
    if !state.hasKey && state.hero == state.map.key { return .pickUp }
    if state.hasKey && state.isNextToDoor && !state.doorIsOpen { return .open }
    let goal = state.hasKey ? state.map.stairs : state.map.key
    let step = state.map.safeCells.firstStep(from: state.hero, to: goal)
    return CaptionGridAction.allCases.first { $0.cellOffset == step } ?? .wait
  }

  /// The sparse reward alone is hard, not impossible: about 1 random episode in 8000 wins.
  @Test func randomPlayAlmostNeverWins() {
    var generator = RandomGenerator(seed: 7)
    var wins = 0
    let episodes = 40_000
    for seed in 0..<UInt64(episodes) {
      var state = CaptionGridState(seed: seed, maximumSteps: CaptionGrid.defaultMaximumSteps)
      var transition = Transition(reward: 0)
      while !transition.done { transition = state.step(.random(&generator)).transition }
      wins += transition.succeeded ? 1 : 0
    }
    #expect(wins > 0)
    #expect(wins < episodes / 1000)
  }

  /// The last of four classes is the usual task, and each one before it has one more stage done.
  @Test func easierClassesBeginFurtherOn() throws {
    for seed in 0..<UInt64(400) {
      let plain = CaptionGridState(seed: seed, maximumSteps: 100)
      for difficulties in 0...4 {
        let state = CaptionGridState(seed: seed, difficulties: difficulties, maximumSteps: 100)
        let done = difficulties > 1 ? difficulties - 1 - Int(seed % UInt64(difficulties)) : 0
        #expect(state.hasKey == (done >= 1))
        #expect(state.doorIsUnlocked == (done >= 2))
        #expect(state.doorIsOpen == (done >= 3))
        #expect(state.hero == plain.hero && state.map.stairs == plain.map.stairs)
        let (steps, all) = (try #require(state.stepsToWin), try #require(plain.stepsToWin))
        #expect(done == 0 ? steps == all : steps < all)
        // The key that the hero has is not on the map as well.
        #expect((state.map.tiles[state.map.key] == .key) == !state.hasKey)
      }
    }
  }

  @Test func aClassCanBeWon() throws {
    // An open door: the way to the stairs is all that is left.
    var state = CaptionGridState(seed: 8, difficulties: 4, maximumSteps: 200)
    var generator = RandomGenerator(seed: 1)
    var won = false
    for _ in 0..<2_000 where !won {
      var copy = state
      var transition = Transition(reward: 0)
      while !transition.done { transition = copy.step(CaptionGridAction.random(&generator)).transition }
      won = transition.succeeded
    }
    #expect(won)
    state = CaptionGridState(seed: 11, difficulties: 4, maximumSteps: 200)
    #expect(!state.hasKey)
  }
}

extension CaptionGridAction {
  static func random(_ generator: inout RandomGenerator) -> CaptionGridAction {
    allCases[generator.below(allCases.count)]
  }
}
