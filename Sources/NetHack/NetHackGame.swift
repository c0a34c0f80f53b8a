import CNetHack
import Environments
import FoundationEssentials
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
  /// Held so that the next game made while this one lives finds it open.
  private let source: NetHackLibrary
  private let library: NetHackLoadedLibrary
  private let scratch: NetHackScratch
  private let folder: String
  private let settings: UnsafeMutableRawPointer
  /// The game being played, as the library knows it.
  private var context: UnsafeMutableRawPointer?

  /// - Throws: `EnvironmentError` if NetHack is missing, of another version, or has nowhere to write.
  init(library source: NetHackLibrary, options: NetHackOptions, buffers: NetHackBuffers) throws {
    let scratch = try NetHackScratch.current()
    let folder = try scratch.makeGameFolder(dataFile: source.dataFile)
    do {
      guard let settings = tengu_nethack_settings_make(folder, options.line) else {
        throw EnvironmentError("NetHack's settings do not fit: \(folder)")
      }
      self.settings = settings
      do {
        library = try source.load(folder: folder)
      } catch {
        free(settings)
        throw error
      }
    } catch {
      scratch.removeGameFolder(folder)
      throw error
    }
    self.source = source
    self.buffers = buffers
    self.scratch = scratch
    self.folder = folder
  }

  deinit {
    stop()
    library.unload()
    free(settings)
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
    guard let context, !buffers.isDone else { return }
    buffers.observation.pointee.action = Int32(key)
    _ = library.step(context, buffers.observation)  // the context it was given
  }

  /// What the game's log says of its end, such as "killed by a jackal"; nil while it goes on.
  var causeOfEnd: String? {
    guard buffers.isDone, let log = try? String(contentsOfFile: "\(folder)/xlogfile", encoding: .isoLatin1),
      let entry = log.split(separator: "\n").last
    else { return nil }
    let fields = entry.split(separator: "\t")
    return fields.first { $0.hasPrefix(Self.causeField) }.map { String($0.dropFirst(Self.causeField.count)) }
  }

  private static let causeField = "death="

  private func start(seeds: NetHackSeeds) throws {
    stop()
    buffers.clear()
    try NetHackScratch.emptyRecords(in: folder)
    tengu_nethack_settings_seed(settings, seeds.core, seeds.display)
    library.restore()
    context = library.start(buffers.observation, nil, settings)
    guard context != nil else { throw EnvironmentError("NetHack did not start in \(folder)") }
  }

  private func stop() {
    guard let context else { return }
    library.end(context)
    self.context = nil
  }
}
