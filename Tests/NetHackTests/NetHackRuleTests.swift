import Tensor
import Testing

@testable import NetHack

/// Rewards and ends, on states made by hand: no game needed.
@Suite struct NetHackRuleTests {
  /// A state in the middle of a game.
  private func makeBuffers() -> NetHackBuffers {
    let buffers = NetHackBuffers(keys: [.glyphs])
    buffers.observation.pointee.in_normal_game = 1
    buffers.glyphs?.update(repeating: NetHackGlyph.unexplored, count: NetHackMap.squares)
    return buffers
  }

  private func reward(
    _ rule: NetHackRewardRule, succeeded: Bool = false, change: (NetHackBuffers) -> Void
  ) -> Double {
    let buffers = makeBuffers()
    buffers.status[9] = 100
    buffers.status[13] = 7
    buffers.status[20] = 50
    buffers.internalState[7] = 900
    let before = NetHackReward.Before(buffers)
    change(buffers)
    var reward = NetHackReward(rule: rule, frozenPenalty: -0.01)
    return reward.step(from: before, to: buffers, succeeded: succeeded)
  }

  @Test func scoreIsTheGainAndStandingTimeCosts() {
    #expect(reward(.score) { $0.status[9] = 120 } == 20 - 0.01)
    #expect(reward(.score) { ($0.status[9], $0.status[20]) = (120, 51) } == 20)
  }

  @Test func scoreAfterTheGameIsOnlyThePenalty() {
    let value = reward(.score) {
      $0.observation.pointee.in_normal_game = 0
      $0.status[9] = 0
    }
    #expect(value == -0.01)
  }

  @Test func goldAndEatingPayNothingAfterTheGame() {
    for rule in [NetHackRewardRule.gold, .eating, .exploration] {
      #expect(reward(rule) { $0.observation.pointee.in_normal_game = 0 } == 0)
    }
  }

  @Test func goldCanBeLost() {
    #expect(reward(.gold) { ($0.status[13], $0.status[20]) = (2, 51) } == -5)
  }

  @Test func hungerCostsNothing() {
    #expect(reward(.eating) { ($0.internalState[7], $0.status[20]) = (899, 51) } == 0)
    #expect(reward(.eating) { ($0.internalState[7], $0.status[20]) = (1700, 51) } == 800)
  }

  @Test func successPaysOnce() {
    #expect(reward(.success(50), succeeded: true) { $0.status[20] = 51 } == 50)
    #expect(reward(.success(50)) { $0.status[20] = 51 } == 0)
  }

  @Test func explorationCountsEachLevelForItself() {
    let buffers = makeBuffers()
    var reward = NetHackReward(rule: .exploration, frozenPenalty: 0)
    func see(_ squares: Int, level: Int64) -> Double {
      buffers.glyphs?.update(repeating: NetHackGlyph.unexplored, count: NetHackMap.squares)
      buffers.glyphs?.update(repeating: NetHackGlyph.oracle, count: squares)
      buffers.status[24] = level
      return reward.step(from: NetHackReward.Before(buffers), to: buffers, succeeded: false)
    }
    #expect(see(10, level: 1) == 10)
    #expect(see(25, level: 1) == 15)
    #expect(see(4, level: 2) == 4)
    #expect(see(20, level: 1) == -5)
    reward.reset()
    #expect(see(20, level: 1) == 20)
  }

  @Test func stairsNeedThePetOnlyForThePetTask() {
    let buffers = makeBuffers()
    (buffers.status[0], buffers.status[1]) = (10, 5)
    #expect(!NetHackSuccessRule.onStairsDown.isMet(buffers))
    buffers.internalState[4] = 1
    #expect(NetHackSuccessRule.onStairsDown.isMet(buffers))
    #expect(!NetHackSuccessRule.onStairsDownWithPet.isMet(buffers))
    buffers.glyphs?[6 * NetHackMap.columns + 11] = 381
    #expect(NetHackSuccessRule.onStairsDownWithPet.isMet(buffers))
    buffers.internalState[4] = 0
    #expect(!NetHackSuccessRule.onStairsDownWithPet.isMet(buffers))
  }

  @Test func theOracleMustBeNextToTheHero() {
    let buffers = makeBuffers()
    (buffers.status[0], buffers.status[1]) = (10, 5)
    buffers.glyphs?[5 * NetHackMap.columns + 12] = NetHackGlyph.oracle
    #expect(!NetHackSuccessRule.nextToOracle.isMet(buffers))
    buffers.glyphs?[5 * NetHackMap.columns + 9] = NetHackGlyph.oracle
    #expect(NetHackSuccessRule.nextToOracle.isMet(buffers))
  }

  @Test func descendingNeedsTheMessageAndTheDepth() {
    let buffers = makeBuffers()
    buffers.status[12] = 3
    #expect(!NetHackSuccessRule.descended(depth: 3).isMet(buffers))
    buffers.setMessage("You descend the stairs.")
    #expect(NetHackSuccessRule.descended(depth: 3).isMet(buffers))
    #expect(!NetHackSuccessRule.descended(depth: 4).isMet(buffers))
  }

  @Test func aStillClockEndsTheGameAfterFiveThousandSteps() {
    var stall = NetHackStall(limit: 10_000)
    stall.reset(time: 1)
    for step in 1...5000 {
      _ = stall.look(time: 1)
      let isStalled = stall.look(time: 1)
      #expect(isStalled == (step == 5000))
    }
    let movedOn = !stall.look(time: 2)
    #expect(movedOn)
    var unlimited = NetHackStall(limit: nil)
    unlimited.reset(time: 1)
    let neverStalls = (0..<20_000).allSatisfy { _ in !unlimited.look(time: 1) }
    #expect(neverStalls)
  }

  @Test func phrasesAreFoundAnywhereInTheMessage() {
    let buffers = makeBuffers()
    buffers.setMessage("There is a newt corpse here; eat it?")
    #expect(buffers.messageContains("eat"))
    #expect(buffers.messageContains("There"))
    #expect(buffers.messageContains("it?"))
    #expect(!buffers.messageContains("it? "))
    #expect(!buffers.messageContains("direction?"))
    buffers.setMessage("")
    #expect(!buffers.messageContains("eat"))
  }
}
