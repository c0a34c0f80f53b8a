/// Finds names in a sentence of the game by the forms in which the game uses them.
enum CaptionNames {
  /// The sentence with every name replaced by a placeholder. A name may consist of any words, marks included.
  static func redacted(_ sentence: [String]) -> [String] {
    var words = greeting(sentence) ?? sentence
    words = behindNamingWord(words)
    words = subject(words)
    words = object(words)
    return capitalised(words)
  }

  private static let name = CaptionPlaceholder.name
  private static let marks: Set<Character> = [".", "!", "?"]

  /// The sentence's last mark, if it ends with one.
  private static func finalMark(_ words: [String]) -> String {
    words.last?.last.flatMap { marks.contains($0) ? String($0) : nil } ?? ""
  }

  private static func bare(_ word: String) -> String { word.lowercased().filter(\.isLetter) }

  // MARK: By the words around

  private static let greetings: Set<String> = [
    "hello", "salutations", "aloha", "konnichi", "velkommen", "greetings", "hallo",
  ]

  /// "Hello X, welcome to NetHack!"
  private static func greeting(_ words: [String]) -> [String]? {
    guard words.count > 2, let first = words.first, greetings.contains(bare(first)) else { return nil }
    guard let welcome = words.lastIndex(where: { $0.lowercased() == "welcome" }), welcome > 1 else {
      return [first, name + finalMark(words)]
    }
    return [first, name + ","] + words[welcome...]
  }

  /// "a dagger named X.", "a little dog called X.", "the ghost of X": to the end of the sentence, keeping its mark.
  private static func behindNamingWord(_ words: [String]) -> [String] {
    for index in words.indices.dropFirst() where index + 1 < words.count {
      let word = bare(words[index])
      let isGhost = word == "of" && ["ghost", "spirit", "shade"].contains(bare(words[index - 1]))
      guard word == "named" || word == "called" || isGhost else { continue }
      return words[...index] + [name + finalMark(words)]
    }
    return words
  }

  /// Verbs with a creature as object; "You swap places with" is matched by its last word.
  private static let deeds: Set<String> = [
    "kill", "destroy", "hit", "miss", "strike", "smite", "bite", "kick", "claw", "touch", "displace", "displaced",
    "tame",
    "attack", "free", "with", "meet", "wake", "scare", "frighten", "hurt", "butt", "sting", "throttle", "shoot",
  ]
  private static let determiners: Set<String> = [
    "the", "a", "an", "it", "your", "some", "several", "both", "that", "this",
  ]
  /// A creature's own name has no more words: "the peaceful saddled invisible gray-elf".
  private static let longestCreature = 6

  /// "You kill X!", "You swap places with X.": an object that is not "it" and has no article is a name.
  private static func object(_ words: [String]) -> [String] {
    guard words.first == "You", words.count > 2 else { return words }
    let isSwap = words.starts(with: ["You", "swap", "places", "with"])
    let verb = isSwap ? 3 : 1
    guard verb + 1 < words.count, deeds.contains(words[verb]) else { return words }
    let object = words[(verb + 1)...]
    let first = bare(object.first ?? "")
    let hasInnerMark = object.dropLast().contains { $0.last.map(marks.contains) ?? false }
    if determiners.contains(first), !hasInnerMark { return words }
    let pity = first == "poor" ? ["poor"] : []
    return words[...verb] + pity + [name + finalMark(words)]
  }

  /// Verbs of creatures in the third person.
  private static let creatureVerbs: Set<String> = [
    "bites", "hits", "misses", "stings", "kicks", "butts", "claws", "touches", "thrusts", "swings", "throws", "shoots",
    "fires", "zaps", "spits", "breathes", "casts", "engulfs", "swallows", "steals", "stole", "charms", "gazes",
    "explodes",
    "blocks", "tries", "picks", "drops", "eats", "devours", "drinks", "reads", "wields", "puts", "trips", "whimpers",
    "yelps", "yowls", "reels", "acts", "murmurs", "brushes", "barks", "growls", "hisses", "dies", "flees", "attacks",
    "follows", "disappears", "appears", "seems", "looks", "turns", "moves", "steps", "arrives", "vanishes", "howls",
    "purrs", "grows", "begs", "whines", "wears", "leaves", "jumps", "falls", "gets", "doesn't", "is",
  ]
  /// Words that begin the game's own sentences. "You" is not among them: it never has a verb in the third person.
  private static let openers: Set<String> = [
    "the", "a", "an", "it", "it's", "its", "your", "there", "there's", "this", "that", "these", "those", "something",
    "someone",
    "some", "several", "many", "as", "when", "suddenly", "what", "where", "who", "in", "on", "at", "from", "to", "with",
    "perhaps", "but", "and", "however", "magical", "time", "nothing", "everything", "do", "are", "is", "really", "if",
    "for",
    "one", "two", "three", "oops", "wait", "while", "through", "under", "over", "into", "behind", "by", "of", "another",
    "all", "no", "now", "then", "here", "strangely", "unfortunately", "luckily", CaptionPlaceholder.text, name,
  ]

  /// "X bites the newt.", "X the kitten", "X's ghost": a subject that the game would not begin a sentence with, or one
  /// that holds a mark or too many words.
  private static func subject(_ words: [String]) -> [String] {
    guard let first = words.first, words.count > 1 else { return words }
    if let ghost = words.firstIndex(where: { bare($0) == "ghost" }), ghost > 0, words[ghost - 1].hasSuffix("'s") {
      let isNoun = ghost == 2 && determiners.contains(bare(first))
      return isNoun ? words : [name + "'s"] + words[ghost...]
    }
    let isOpener = openers.contains(first.lowercased())
    if let verb = words.lastIndex(where: { creatureVerbs.contains($0.lowercased().filter { $0.isLetter || $0 == "'" }) }
    ),
      verb > 0
    {
      let subject = words[..<verb]
      let hasMark = subject.contains { $0.last.map(marks.contains) ?? false }
      // "is" serves scenery as well, whose subjects may be long.
      if isOpener, !hasMark, verb <= longestCreature || words[verb] == "is" { return words }
      return isPlayer(words, verb) ? words : [name] + words[verb...]
    }
    let title = words.firstIndex { $0.lowercased() == "the" }
    if let title, title > 0, !isOpener, first != "You",
      words[..<title].allSatisfy({ startsHigh($0) && !$0.contains(":") })
    {
      return [name] + words[title...]
    }
    return words
  }

  /// "You see that the door is closed." has the verb in a subordinate clause.
  private static func isPlayer(_ words: [String], _ verb: Int) -> Bool {
    guard words[0] == "You", words[verb] == "is" || words[verb] == "seems" || words[verb] == "looks" else {
      return false
    }
    return !words[..<verb].contains { $0.last.map(marks.contains) ?? false }
  }

  // MARK: By capital letters

  private static func startsHigh(_ word: String) -> Bool {
    guard let letter = word.first(where: \.isLetter), word.first == letter || !(word.first?.isNumber ?? false) else {
      return false
    }
    return letter.isUppercase
  }

  /// Capitals within a sentence: gods, shopkeepers, players. A run of them is one name. Single letters ("K-ration",
  /// "I") are none.
  private static func capitalised(_ words: [String]) -> [String] {
    var result: [String] = []
    for (index, word) in words.enumerated() {
      let isStart = index == 0 || words[index - 1].last.map { marks.contains($0) } ?? true
      let letters = word.prefix { $0 != "-" && $0 != "'" }.filter(\.isLetter)
      guard !isStart, startsHigh(word), letters.count > 1, !word.hasPrefix(name) else {
        result.append(word)
        continue
      }
      let ending = word.hasSuffix("'s") ? "'s" : String(word.reversed().prefix { ".!?,;:)".contains($0) }.reversed())
      if result.last == name { result.removeLast() }
      result.append(name + ending)
    }
    return result
  }
}

/// The placeholders of removed text in a caption.
enum CaptionPlaceholder {
  /// Replaces a name.
  static let name = "(name)"
  /// Replaces text with unknown content.
  static let text = "(text)"
  /// Replaces a quotation until the caption is split into sentences.
  static let quotation = "\u{1}"
}
