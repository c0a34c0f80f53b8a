import Environments
import Trajectories

extension NetHackBuffers {
  /// The arrays that a screen needs.
  static let screenKeys: [NetHackObservation] = [.terminalChars, .terminalColors, .terminalCursor]

  /// The terminal as the game draws it; nil if the buffers lack one of the arrays.
  var screen: Screen? {
    guard let characters = terminalChars, let colours = terminalColors else { return nil }
    var screen = Screen(rows: NetHackTerminal.rows, columns: NetHackTerminal.columns)
    for square in 0..<(screen.rows * screen.columns) {
      screen.characters[square] = characters[square]
      // NLE's colours are those of a terminal, with additional bits for inverse text.
      screen.colours[square] = UInt8(bitPattern: colours[square]) & 15
    }
    if let cursor = source(of: .terminalCursor)?.assumingMemoryBound(to: UInt8.self) {
      screen.cursor = (Int(cursor[0]), Int(cursor[1]))
    }
    return screen
  }
}

extension NetHackEnvironment: ScreenShowing {
  public var screen: Screen? { buffers.screen }

  /// The name of the action's key, as NetHack's guide writes it.
  public func name(ofAction action: Int) -> String {
    guard task.actions.indices.contains(action) else { return "\(action)" }
    return NetHackAction.name(ofKey: task.actions[action])
  }
}

extension NetHackFullEnvironment: ScreenShowing {
  public var screen: Screen? { buffers.screen }

  /// The name of a verb.
  public func name(ofAction action: Int) -> String { NetHackVerb(rawValue: action)?.name ?? "\(action)" }

  /// The verb with the letter of its thing and its direction, such as "throw d north-east".
  public func name(of choice: ActionChoice) -> String? {
    guard let action = NetHackFullAction(choice) else { return nil }
    let isOfPack = action.verb.item == .pack && items.pack.indices.contains(action.item)
    let letter = isOfPack ? Unicode.Scalar(items.pack[action.item].letter) : nil
    return action.description(thing: letter.map { "\($0)" } ?? "\(action.item + 1)")
  }
}
