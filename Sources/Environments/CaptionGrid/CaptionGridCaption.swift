/// Every caption the world can say, with the answer a perfect annotator gives for each.
///
/// Both switches are exhaustive, so a caption without text or without a label does not compile.
public enum CaptionGridCaption: UInt8, Sendable, CaseIterable {
  /// The world said nothing; the caption is empty.
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

  /// Whether the caption reports progress towards the stairs. False for `none`, which is never asked.
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

  /// Captions of sounds that mean nothing; two of them name doors and keys, so that single words do not decide.
  static let noises: [CaptionGridCaption] = [
    .hearsGuard, .hearsWater, .hearsCounting, .hearsDoor, .hearsNaiad, .hearsKeys,
  ]

  /// The amounts of gold, 1 to 4 pieces.
  static let gold: [CaptionGridCaption] = [.goldOne, .goldTwo, .goldThree, .goldFour]
}
