import Testing

@testable import GameRules

struct StubAnnotatorTests {
  @Test func saysWhatTheOracleSays() {
    let stub = StubAnnotator { caption in caption.isEmpty ? nil : caption[0] == 1 ? 1 : 0 }
    #expect(stub.annotate([1]) == .label(1))
    #expect(stub.annotate([2]) == .label(0))
    #expect(stub.annotate([]) == .abstain)
    #expect(StubAnnotator { _ in .nan }.annotate([1]) == .abstain)
  }

  @Test func flipsAboutTheShareItIsTold() {
    let captions = (0..<4_000).map { bytes("caption \($0)") }
    for rate in [0, 0.1, 0.5, 1] as [Float] {
      let stub = StubAnnotator(flipRate: rate, seed: 3) { _ in 1 }
      let flipped = captions.count { stub.annotate($0) == .label(0) }
      // Five standard deviations of a binomial count.
      let spread = 5 * (4_000 * rate * (1 - rate)).squareRoot()
      #expect(abs(Float(flipped) - 4_000 * rate) <= spread)
    }
  }

  /// A phrase raises a label that is smaller, right or wrong, and lowers none.
  @Test func phrasesAreALeastLabel() {
    var stub = StubAnnotator { $0.count > 12 ? 1 : 0 }
    (stub.phrases, stub.phraseLabel) = (["key", "door"], 0.5)
    #expect(stub.annotate(bytes("a key")) == .label(0.5) && stub.annotate(bytes("a wall")) == .label(0))
    #expect(stub.annotate(bytes("You unlock the door.")) == .label(1))
    stub.flipRate = 1
    #expect(stub.annotate(bytes("You unlock the door.")) == .label(0.5) && stub.annotate(bytes("a key")) == .label(1))
    #expect(stub.annotate(bytes("You fall into a pit.")) == .label(0))
  }

  @Test func flipsTheSameCaptionsEveryTime() {
    let captions = (0..<500).map { bytes("caption \($0)") }
    var stub = StubAnnotator(flipRate: 0.2, seed: 3) { _ in 1 }
    let few = captions.filter { stub.annotate($0) == .label(0) }
    #expect(few == captions.filter { StubAnnotator(flipRate: 0.2, seed: 3) { _ in 1 }.annotate($0) == .label(0) })
    #expect(few != captions.filter { StubAnnotator(flipRate: 0.2, seed: 4) { _ in 1 }.annotate($0) == .label(0) })
    stub.flipRate = 0.4
    #expect(few.allSatisfy { stub.annotate($0) == .label(0) })
  }
}
