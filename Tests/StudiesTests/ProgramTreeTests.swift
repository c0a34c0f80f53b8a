import Environments
import Runtime
import Testing

@testable import Studies

@Suite struct ProgramTreeTests {
  private static let progress = CaptionWords.captions.indices.filter { CaptionWords.captions[$0].isProgress }

  @Test func everyRunIsCounted() {
    for runs in [1, 2, 17] {
      var generator = RandomGenerator(seed: 1)
      var count = 0
      let results = ProgramTree.search(runs: runs, &generator) { _ in
        count += 1
        return 0.5
      }
      #expect(count == runs && results.count == runs && results[0].program.clauses.isEmpty)
    }
  }

  @Test func theTreeClimbsAKnownLandscape() {
    var (found, random) = (0.0, 0.0)
    for seed in 0..<UInt64(20) {
      var generator = RandomGenerator(seed: seed)
      let tree = ProgramTree.search(runs: 60, &generator, run: ProgramSearchStudy.landscape)
      found += tree.map(\.success).max() ?? 0
      random +=
        (0..<60).map { _ in ProgramSearchStudy.landscape(ClauseProgram.random(&generator)) }.max() ?? 0
    }
    #expect(found > random + 20 * 0.05, "\(found / 20) and \(random / 20)")
  }

  @Test func theWriterReadsWhatItsSiblingsGave() {
    var generator = RandomGenerator(seed: 2)
    let (good, bad) = (3, 4)
    let siblings = [
      ClauseProgram.Result(program: ClauseProgram(clauses: [good]), success: 0.9),
      ClauseProgram.Result(program: ClauseProgram(clauses: [bad]), success: 0.1),
    ]
    var (tookGood, tookBad) = (0, 0)
    for _ in 0..<200 {
      let next = ClauseProgram(clauses: [7]).next(parent: 0.5, siblings: siblings, &generator)
      #expect(next.clauses != [7])
      if next.clauses.contains(good) { tookGood += 1 }
      if next.clauses.contains(bad) { tookBad += 1 }
    }
    #expect(tookGood > 60 && tookBad == 0)
  }

  @Test func aClausePaysOnce() {
    func step(_ caption: CaptionGridCaption) -> GameStep {
      GameStep(features: [], action: 0, caption: caption, old: [], isGood: false)
    }
    let program = ClauseProgram(clauses: Set(Self.progress))
    let episode = GameEpisode(steps: [.seesKey, .seesKey, .hitsWall, .picksUpKey, .none].map(step))
    #expect(abs(program.pay(episode) - 0.6) < 1e-6)
    #expect(ClauseProgram().pay(episode) == 0)
  }
}
