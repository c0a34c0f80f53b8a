import Testing

@testable import Environments

/// The oracle knows every caption of the world and nothing else.
@Suite struct CaptionGridLabelTests {
  @Test func theOracleIsTotal() {
    for caption in CaptionGridCaption.allCases where caption != .none {
      let bytes = caption.text.withUTF8Buffer { Array($0) }
      #expect(CaptionGrid.label(of: bytes) == caption.isProgress, "\(caption.text)")
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
