/// What takes keys and shows what they led to: a game, or a script in tests.
protocol NetHackKeyboard: AnyObject {
  var buffers: NetHackBuffers { get }
  /// Sends one key and runs to where the next is wanted. Does nothing after the game's end.
  func send(_ key: UInt8)
}
