import Environments

/// A world that can be copied: to look ahead, a copy is played.
public protocol SearchWorld: Sendable {
  static var actionCount: Int { get }
  static var featureCount: Int { get }
  /// Applies an action. Must not be called after the end.
  mutating func play(_ action: Int) -> SearchStep
  /// What policies and values read, `featureCount` numbers of the size of 1.
  var features: [Float] { get }
}

/// What an action led to.
public struct SearchStep: Sendable, Hashable {
  public var hasEnded = false
  public var hasWon = false
  /// Whether the message of the step reports progress: what a process reward model would score 1.
  public var isProgress = false

  public init() {}
}

extension CaptionGridState: SearchWorld {
  /// What is to be done next, each with features of its own, so that a linear model can tell them apart.
  private static let phases = 4
  private static let neighbours = [-9, 9, -1, 1]
  /// A constant, the direction and the distance of the phase's goal, whether it is reached, and of each neighbour
  /// whether it stops a step, kills, or is the door.
  private static let featuresOfPhase = 1 + 4 + 1 + 1 + 3 * neighbours.count

  public static var actionCount: Int { CaptionGridAction.allCases.count }
  public static var featureCount: Int { phases * featuresOfPhase }

  public mutating func play(_ action: Int) -> SearchStep {
    let (transition, caption) = step(CaptionGridAction(rawValue: action) ?? .wait)
    var result = SearchStep()
    result.hasEnded = transition.done
    result.hasWon = transition.succeeded
    result.isProgress = caption.isProgress
    return result
  }

  /// 0: the key is to be found, 1: the door unlocked, 2: opened, 3: the stairs reached.
  private var phase: Int { doorIsOpen ? 3 : doorIsUnlocked ? 2 : hasKey ? 1 : 0 }

  public var features: [Float] {
    let side = CaptionGridMap.side
    let goal = [map.key, map.door, map.door, map.stairs][phase]
    let (south, east) = (goal / side - hero / side, goal % side - hero % side)
    var own: [Float] = [1, south > 0 ? 1 : 0, south < 0 ? 1 : 0, east > 0 ? 1 : 0, east < 0 ? 1 : 0]
    own.append(Float(abs(south) + abs(east)) / 8)
    own.append(phase == 0 ? (hero == goal ? 1 : 0) : phase < 3 && isNextToDoor ? 1 : 0)
    for offset in Self.neighbours {
      let tile = map.tiles[hero + offset]  // inside the map: the hero is never on its border
      own += [tile.blocksMovement ? 1 : 0, tile.isTrap ? 1 : 0, hero + offset == map.door ? 1 : 0]
    }
    var features = [Float](repeating: 0, count: Self.featureCount)
    features.replaceSubrange(phase * own.count..<(phase + 1) * own.count, with: own)
    return features
  }
}
