import CNetHack
import Glibc

/// One game of NetHack at a time, driven key by key.
///
/// Any thread may drive it, one at a time. Once a game has ended in it, a process ignores SIGHUP and SIGXCPU (NetHack sets
/// that).
final class NetHackGame: NetHackKeyboard {
  /// Keys to get from the first screen to the hero, at most.
  private static let maximumOpeningKeys = 1000
  /// Starts of one episode, at most: a game may end or ask for text before it begins.
  private static let maximumStarts = 8

  let buffers: NetHackBuffers
  private let library: NetHackLibrary
  private let scratch: NetHackScratch
  private let folder: String
  private let copy: Int32
  private let settings: UnsafeMutableRawPointer
  private var running: (library: NetHackLoadedLibrary, context: UnsafeMutableRawPointer)?

  /// - Throws: `EnvironmentError` if NetHack is missing, of another version, or has nowhere to write.
  init(library: NetHackLibrary, options: NetHackOptions, buffers: NetHackBuffers) throws {
    let scratch = try NetHackScratch.current()
    let folder = try scratch.makeGameFolder(dataFile: library.dataFile)
    do {
      let copy = try library.copy(folder: folder)
      guard let settings = tengu_nethack_settings_make(folder, options.line) else {
        close(copy)
        throw EnvironmentError("NetHack's settings do not fit: \(folder)")
      }
      self.copy = copy
      self.settings = settings
    } catch {
      scratch.removeGameFolder(folder)
      throw error
    }
    self.library = library
    self.buffers = buffers
    self.scratch = scratch
    self.folder = folder
  }

  deinit {
    stop()
    free(settings)
    close(copy)
    scratch.removeGameFolder(folder)
  }

  /// Begins the game of an episode seed and leaves it where the hero can move. A game still running is abandoned: `giveUp`
  /// it first, or it leaks about two kilobytes.
  /// - Returns: the seeds of the game.
  @discardableResult
  func start(episode seed: UInt64) throws -> NetHackSeeds {
    for attempt in 0..<Self.maximumStarts {
      let seeds = NetHackSeeds(episode: seed, attempt: attempt)
      try start(seeds: seeds)
      for _ in 0..<Self.maximumOpeningKeys where !buffers.inMoveLoop && !buffers.isDone {
        send(NetHackAction.space)
      }
      if buffers.inMoveLoop && !buffers.isDone { return seeds }
    }
    throw EnvironmentError("NetHack did not begin a game with episode seed \(seed)")
  }

  /// Sends one key and runs the game to where it wants the next. Does nothing after the game's end.
  func send(_ key: UInt8) {
    guard let running, !buffers.isDone else { return }
    buffers.observation.pointee.action = Int32(key)
    _ = running.library.step(running.context, buffers.observation)  // the context it was given
  }

  private func start(seeds: NetHackSeeds) throws {
    stop()
    buffers.clear()
    try NetHackScratch.emptyRecords(in: folder)
    let library = try NetHackLoadedLibrary(descriptor: copy, image: self.library.image)
    tengu_nethack_settings_seed(settings, seeds.core, seeds.display)
    guard let context = library.start(buffers.observation, nil, settings) else {
      library.unload()
      throw EnvironmentError("NetHack did not start in \(folder)")
    }
    running = (library, context)
  }

  private func stop() {
    guard let running else { return }
    running.library.end(running.context)
    running.library.unload()
    self.running = nil
  }
}
