import Testing

@testable import GameRules

struct CaptionTextTests {
  @Test(arguments: [
    ("", []),
    ("   ", []),
    ("It's a wall.", ["It's a wall."]),
    ("  You hit it.  You kill it!   Done. ", ["You hit it.", "You kill it!", "Done."]),
    ("It falls\non your head.", ["It falls on your head."]),
    // Quotations go from the first quote to the last; a lone quote takes the rest.
    ("You read: \"a\".  Done.", ["You read: \"\".", "Done."]),
    ("You read: \"a\"  You kill it!  \"b\".", ["You read: \"\"."]),
    ("You read: \"a  You kill it!", ["You read: \"\""]),
    // Names go to the end of their sentence, its mark stays.
    ("k - a sword named Foo.  Done.", ["k - a sword.", "Done."]),
    ("k - a sword named Foo", ["k - a sword"]),
    ("k - a potion called booze named Foo!", ["k - a potion!"]),
    ("k - a sword named a called b.", ["k - a sword."]),
    ("You kill the so-called newt!", ["You kill the so-called newt!"]),
  ])
  func cutsOutWhatAPlayerMayHaveWritten(caption: String, sentences: [String]) {
    #expect(CaptionText.sentences(bytes(caption)).map { String(decoding: $0, as: UTF8.self) } == sentences)
  }
}
