import Environments

/// One step of an episode as it is shown.
public struct ReplayMoment: Sendable {
  /// Counted from 1; 0 is the moment before the first.
  public var step: Int
  /// Steps of the episode.
  public var steps: Int
  /// What the policy did to get here.
  public var action: String?
  public var caption = ""
  /// nil where the environment shows none.
  public var screen: Screen?
  public var reward: Float = 0
  /// Sum of rewards so far.
  public var episodeReturn = 0.0
  /// nil where it is not known.
  public var intrinsicReward: Float?
  public var intrinsicReturn = 0.0
  /// The episode ended with this step and reached its goal.
  public var isSuccess = false

  init(step: Int, of steps: Int) {
    self.step = step
    self.steps = steps
  }

  public var isLast: Bool { step == steps }

  /// The lines below the map: what was done, what was said, what it was worth.
  public var legend: [String] {
    var first = "step \(step)/\(steps)"
    if let action { first += "  \(action)" }
    if isLast { first += isSuccess ? "  (won)" : "  (ended)" }
    var second = "reward \(Self.number(Double(reward)))  return \(Self.number(episodeReturn))"
    if let intrinsicReward {
      second += "  intrinsic \(Self.number(Double(intrinsicReward)))  sum \(Self.number(intrinsicReturn))"
    }
    return [first, second, "\"\(Self.printable(caption))\""]
  }

  /// One line for a log or a pipe.
  public var line: String { legend.joined(separator: "  ") }

  /// At most three digits after the point, without what is not needed.
  private static func number(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    if let whole = Int(exactly: rounded) { return "\(whole)" }
    return "\(rounded)"
  }

  /// Captions come from a game: what a terminal would obey is shown as a dot.
  private static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { (32..<127).contains($0.value) ? $0 : "." }))
  }

  /// Screen and legend as one screen.
  public func picture() -> Screen {
    let legend = legend
    let width = max(screen?.columns ?? 0, 80)
    var picture = Screen(rows: (screen?.rows ?? 0) + legend.count, columns: width)
    if let screen {
      for row in 0..<screen.rows {
        for column in 0..<screen.columns {
          picture.characters[row * width + column] = screen.characters[row * screen.columns + column]
          picture.colours[row * width + column] = screen.colours[row * screen.columns + column]
        }
      }
      picture.cursor = screen.cursor
    }
    for (index, line) in legend.enumerated() {
      picture.write(line, row: picture.rows - legend.count + index, colour: index == 2 ? 15 : 10)
    }
    return picture
  }
}
