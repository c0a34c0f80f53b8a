import Testing

@testable import IntrinsicReward

@Suite struct SimilarityRewardTests {
  private func words(_ text: String) -> [[UInt8]] { CaptionWords.words(text.utf8) }

  private func captions(_ texts: [String], from first: Int = 1) -> [NewCaption] {
    texts.enumerated().map { NewCaption(id: UInt32(first + $0), bytes: Array($1.utf8)) }
  }

  @Test func wordsAreRunsOfLetters() {
    #expect(
      words("You see 2 Gold-pieces! (x3)").map { String(decoding: $0, as: UTF8.self) } == [
        "you", "see", "gold", "pieces", "x",
      ])
    #expect(words("$ 12 ...").isEmpty)
    #expect(CaptionWords.pieces(of: Array("kill".utf8)).count == 4 + 3 + 2)
    #expect(CaptionWords.pieces(of: Array("a".utf8)).map { Array($0) } == [Array("<a>".utf8)])
  }

  private func cosine(_ vectors: WordVectors, _ first: String, _ second: String) -> Float {
    WordVectors.cosine(vectors.sum(words(first)), vectors.sum(words(second)))
  }

  @Test func wordsOfLikeSpellingAreNearFromTheStart() {
    let vectors = WordVectors()
    #expect(cosine(vectors, "kill", "killed") > 0.15)
    #expect(abs(cosine(vectors, "kill", "fountain")) < 0.15)
    #expect(abs(cosine(vectors, "kill the newt", "newt the kill") - 1) < 1e-5)
    #expect(cosine(vectors, "kill", "") == 0)
  }

  /// "hound" and "wolf" share contexts but hardly any letters; "spoon" has other contexts.
  @Test func wordsOfLikeCompanyBecomeNear() {
    var vectors = WordVectors()
    let company = ["bites you", "barks loudly", "growls again", "runs away", "howls tonight"]
    for deed in company { for beast in ["hound", "wolf"] { vectors.learn(words("\(beast) \(deed)")) } }
    for deed in ["lies here", "shines brightly", "rusts slowly"] { vectors.learn(words("spoon \(deed)")) }
    let before = cosine(vectors, "hound", "wolf")
    vectors.refresh()
    #expect(cosine(vectors, "hound", "wolf") > before + 0.2)
    #expect(cosine(vectors, "hound", "wolf") > cosine(vectors, "hound", "spoon") + 0.2)
  }

  /// The context of a word is the weighted sum of the other words' index vectors.
  @Test func contextsAreSumsOfNeighbours() {
    var vectors = WordVectors()
    vectors.learn(words("a b"))
    vectors.refresh()
    // Each of the two words is one half of all words.
    let weight = WordVectors.smoothing / (WordVectors.smoothing + 0.5)
    func unit(_ x: [Float]) -> [Float] {
      let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return x.map { $0 / length }
    }
    func index(_ text: String) -> [Float] {
      var sum = [Float](repeating: 0, count: WordVectors.dimensions)
      IndexVector.add(text.utf8, to: &sum)
      return unit(sum)
    }
    let (own, piece, context) = (index("a"), index("<a>"), index("b"))
    let expected = own.indices.map { weight * (own[$0] + piece[$0] + context[$0]) }
    #expect(zip(vectors.sum(words("a")), expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func paysTheCosineAboveTheThreshold() {
    var model = SimilarityReward(goal: "kill the newt", threshold: 0.5)
    model.learn(RewardUpdate(captions: captions(["You kill the newt!", "It's a wall.", "..."])))
    #expect((model.score(1) ?? 0) > 0.5 && model.score(2) == 0 && model.score(3) == 0)
    #expect(model.score(0) == nil && model.score(4) == nil)
    var all = SimilarityReward(goal: "kill the newt", threshold: -1)
    all.learn(RewardUpdate(captions: captions(["You kill the newt!"])))
    #expect(all.score(1) == model.score(1))
    var none = SimilarityReward(goal: "!", threshold: 0)
    none.learn(RewardUpdate(captions: captions(["You kill the newt!"])))
    #expect(none.score(1) == 0)
  }

  @Test func everyCaptionIsScoredOnceForEachVersion() {
    let texts = (0..<200).map { "the \(["hound", "wolf", "spoon"][$0 % 3]) \(["bites", "lies", "runs"][$0 / 3 % 3])" }
    func made(_ portions: [Range<Int>]) -> SimilarityReward {
      var model = SimilarityReward(goal: "wolf bites", threshold: 0)
      for range in portions {
        model.learn(RewardUpdate(captions: captions(Array(texts[range]), from: range.lowerBound + 1)))
      }
      return model
    }
    var model = made([0..<31])
    let before = model.score(1)
    #expect(model.version == 0)
    model.learn(RewardUpdate(captions: captions(Array(texts[31..<32]), from: 32)))
    #expect(model.version == 1 && model.score(1) != before)
    let first = model.score(1)
    model.learn(RewardUpdate(captions: captions(Array(texts[32..<40]), from: 33)))
    #expect(model.version == 1 && model.score(1) == first && model.score(40) != nil)
    // The same updates give the same bits.
    let (one, two) = (made([0..<50, 50..<200]), made([0..<50, 50..<200]))
    #expect((1...200).allSatisfy { one.score($0) != nil && one.score($0) == two.score($0) })
  }
}
