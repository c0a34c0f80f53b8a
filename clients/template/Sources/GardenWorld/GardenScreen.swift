import TenguEnvironments

/// The garden for people: `tengu replay` and the web page show it.
extension Garden: ScreenShowing {
  public var screen: Screen? {
    var screen = Screen(rows: Self.side, columns: Self.side)
    for (y, row) in picture.enumerated() { screen.write(row, row: y) }
    return screen
  }

  public func name(ofAction action: Int) -> String {
    let names = ["north", "east", "south", "west"]
    return names.indices.contains(action) ? names[action] : "\(action)"
  }
}
