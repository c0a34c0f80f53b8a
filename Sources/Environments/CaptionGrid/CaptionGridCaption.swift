/// Every caption of the world, with the answer that a perfect annotator gives.
///
/// Both switches are exhaustive, so a caption without text or without a label does not compile.
public enum CaptionGridCaption: UInt8, Sendable, CaseIterable {
  /// No caption: the text is empty.
  case none
  case seesKey
  case picksUpKey
  case unlocksDoor
  case opensDoor
  case entersDoorway
  case takesStairs
  case doorIsLocked
  case doorIsClosed
  case doorIsAlreadyOpen
  case noDoorHere
  case nothingToPickUp
  case cannotPickUpFountain
  case hitsWall
  case hitsSolidStone
  case fallsIntoPit
  case landsOnSpikes
  case stepsOnLandMine
  case goldOne
  case goldTwo
  case goldThree
  case goldFour
  case seesApple
  case seesDagger
  case seesScroll
  case seesFountain
  case picksUpApple
  case picksUpDagger
  case picksUpScroll
  case hearsGuard
  case hearsWater
  case hearsCounting
  case hearsDoor
  case hearsNaiad
  case hearsKeys

  /// The caption as the annotator reads it; empty for `none`.
  public var text: StaticString {
    switch self {
    case .none: ""
    case .seesKey: "You see here a key."
    case .picksUpKey: "You pick up a key."
    case .unlocksDoor: "You unlock the door."
    case .opensDoor: "The door opens."
    case .entersDoorway: "There is an open door here."
    case .takesStairs: "You climb down the stairs.  You reach the next level!"
    case .doorIsLocked: "This door is locked."
    case .doorIsClosed: "Ouch!  You bump into a door."
    case .doorIsAlreadyOpen: "This door is already open."
    case .noDoorHere: "You see no door there."
    case .nothingToPickUp: "There is nothing here to pick up."
    case .cannotPickUpFountain: "The fountain is too heavy to pick up."
    case .hitsWall: "It's a wall."
    case .hitsSolidStone: "It's solid stone."
    case .fallsIntoPit: "You fall into a pit!  You die..."
    case .landsOnSpikes: "You land on a set of sharp iron spikes!  You die..."
    case .stepsOnLandMine: "KAABLAMM!!!  You triggered a land mine!  You die..."
    case .goldOne: "$ - a gold piece."
    case .goldTwo: "$ - 2 gold pieces."
    case .goldThree: "$ - 3 gold pieces."
    case .goldFour: "$ - 4 gold pieces."
    case .seesApple: "You see here an apple."
    case .seesDagger: "You see here a dagger."
    case .seesScroll: "You see here a scroll labeled READ ME."
    case .seesFountain: "There is a fountain here."
    case .picksUpApple: "a - an apple."
    case .picksUpDagger: "b - a dagger."
    case .picksUpScroll: "c - a scroll labeled READ ME."
    case .hearsGuard: "You hear the footsteps of a guard on patrol."
    case .hearsWater: "You hear bubbling water."
    case .hearsCounting: "You hear someone counting money."
    case .hearsDoor: "You hear a door open."
    case .hearsNaiad: "You hear the splashing of a naiad."
    case .hearsKeys: "You hear the tinkling of keys."
    }
  }

  /// Whether the caption reports progress towards the stairs. False for `none`, about which annotators are never asked.
  public var isProgress: Bool {
    switch self {
    case .seesKey, .picksUpKey, .unlocksDoor, .opensDoor, .entersDoorway, .takesStairs:
      true
    case .none, .doorIsLocked, .doorIsClosed, .doorIsAlreadyOpen, .noDoorHere, .nothingToPickUp,
      .cannotPickUpFountain, .hitsWall, .hitsSolidStone, .fallsIntoPit, .landsOnSpikes, .stepsOnLandMine,
      .goldOne, .goldTwo, .goldThree, .goldFour, .seesApple, .seesDagger, .seesScroll, .seesFountain,
      .picksUpApple, .picksUpDagger, .picksUpScroll, .hearsGuard, .hearsWater, .hearsCounting, .hearsDoor,
      .hearsNaiad, .hearsKeys:
      false
    }
  }

  /// Whether the step that led to the caption was a mistake: it could change nothing, or it ended the episode.
  public var isMistake: Bool {
    switch self {
    case .doorIsLocked, .doorIsClosed, .doorIsAlreadyOpen, .noDoorHere, .nothingToPickUp, .cannotPickUpFountain,
      .hitsWall,
      .hitsSolidStone, .fallsIntoPit, .landsOnSpikes, .stepsOnLandMine:
      true
    case .none, .seesKey, .picksUpKey, .unlocksDoor, .opensDoor, .entersDoorway, .takesStairs, .goldOne, .goldTwo,
      .goldThree, .goldFour, .seesApple, .seesDagger, .seesScroll, .seesFountain, .picksUpApple, .picksUpDagger,
      .picksUpScroll, .hearsGuard, .hearsWater, .hearsCounting, .hearsDoor, .hearsNaiad, .hearsKeys:
      false
    }
  }

  /// Captions of sounds that mean nothing. Two of them contain "door" and "keys", so that a single word is no label.
  static let noises: [CaptionGridCaption] = [
    .hearsGuard, .hearsWater, .hearsCounting, .hearsDoor, .hearsNaiad, .hearsKeys,
  ]

  /// The amounts of gold, 1 to 4 pieces.
  static let gold: [CaptionGridCaption] = [.goldOne, .goldTwo, .goldThree, .goldFour]
}

/// A sentence at the end of a caption that names a watching creature and is irrelevant to its label.
///
/// Witnesses turn the world's few captions into many, like the messages of a game that name creatures: a reward model must
/// generalise from one wording to the others.
enum CaptionGridWitness {
  private static let kinds = [
    "small", "tall", "young", "old", "quiet", "sleepy", "green", "grey", "brown", "white", "lame", "lean", "fat", "shy",
    "wet", "blind",
  ]
  private static let creatures = [
    "newt", "jackal", "gecko", "goblin", "hobbit", "gnome", "dwarf", "kitten", "pony", "bat", "lichen", "sewer rat",
    "floating eye", "homunculus", "hill orc", "acid blob",
  ]

  /// Number of different sentences.
  static let count = kinds.count * creatures.count

  private static let end = Array(" watches.".utf8)

  /// All sentences, each with the two spaces before it.
  static let sentences: [[UInt8]] = (0..<count).map { number in
    let (kind, creature) = (kinds[number % kinds.count], creatures[number / kinds.count])
    return Array("  A \(kind) \(creature)".utf8) + end
  }

  private static let known = Set(sentences)

  /// A caption without its witness; the same caption if it has none.
  static func removed(from caption: [UInt8]) -> [UInt8] {
    guard caption.ends(with: end) else { return caption }
    // A caption may have several sentences; the witness is the last one.
    for start in caption.indices.reversed()
    where start + 1 < caption.count && caption[start] == 0x20 && caption[start + 1] == 0x20 {
      return known.contains(Array(caption[start...])) ? Array(caption[..<start]) : caption
    }
    return caption
  }
}

extension Array where Element == UInt8 {
  fileprivate func ends(with suffix: [UInt8]) -> Bool {
    count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
  }
}
