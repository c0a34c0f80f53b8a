/// What a finished request says about its server.
enum ServerOutcome: Sendable, Hashable {
  case succeeded
  /// Where the server said how long to leave it alone, in seconds.
  case failed(pauseSeconds: Double?)
  /// It is well and has too much to do.
  case overloaded(pauseSeconds: Double?)
  /// Nothing: whoever asked went away.
  case untold
}
