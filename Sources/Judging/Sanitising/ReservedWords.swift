/// Words that speak to whoever judges and that the game's own messages do not use.
///
/// The last layer, for names that cannot be told from the game's text. Spelling is no way around it: only letters are
/// compared, so "Y.E.S" counts, and so do letters of other alphabets next to ours, which have become gaps by then.
enum ReservedWords {
  private static let words: Set<String> = [
    "yes", "foo", "foobar", "answer", "answers", "ignore", "disregard", "instruction", "instructions", "label",
    "labels",
    "progress", "assistant", "system", "user", "prompt", "reward", "rewards", "respond", "response", "output",
    "helpful",
    "solution", "solve", "classify", "classification", "judge", "llm", "chatgpt", "positive", "imstart", "imend",
    "endoftext", "eotid", "inst", "sys", "jailbreak", "override", "approve", "verdict", "evaluate",
  ]

  static func occur(in sentence: [String]) -> Bool {
    var spelled = ""
    for word in sentence {
      let letters = word.lowercased().filter { $0.isASCII && $0.isLetter }
      if words.contains(letters) { return true }
      if word.split(whereSeparator: { !$0.isLetter }).contains(where: { words.contains($0.lowercased()) }) {
        return true
      }
      // "Y e s": letters that stand alone are put together.
      spelled = letters.count == 1 ? spelled + letters : ""
      if words.contains(spelled) { return true }
    }
    return false
  }
}
