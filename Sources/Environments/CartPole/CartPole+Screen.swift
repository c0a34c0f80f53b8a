import Glibc

extension CartPole: ScreenShowing {
  private static let rows = 8
  private static let columns = 61
  /// Positions from edge to edge of the screen, in metres.
  private static let width = 5.0
  /// Signs of the pole drawn, from the cart up.
  private static let poleSigns = 6

  /// The cart on its track and the pole on it, leaning twice as far as it does.
  public var screen: Screen? {
    var screen = Screen(rows: Self.rows, columns: Self.columns)
    let middle = Double(Self.columns - 1) / 2
    let cart = middle + state.position / Self.width * Double(Self.columns)
    screen.write(String(repeating: "-", count: Self.columns), row: Self.rows - 1, colour: 8)
    screen.write("[===]", row: Self.rows - 2, column: Int(cart.rounded()) - 2, colour: 14)
    for height in 1...Self.poleSigns {
      let lean = 2 * tan(2 * state.angle) * Double(height)
      screen.write(
        abs(state.angle) < 0.03 ? "|" : state.angle > 0 ? "/" : "\\", row: Self.rows - 2 - height,
        column: Int((cart + lean).rounded()), colour: 11)
    }
    return screen
  }

  public func name(ofAction action: Int) -> String { action == 1 ? "push right" : "push left" }
}
