import CNetHack
import Environments
import FoundationEssentials
import Glibc
import Runtime
import Tensor

/// One game of NetHack at a time, driven key by key.
///
/// One thread at a time may use it. NetHack makes the process ignore SIGHUP and SIGXCPU from the end of the first game on.
final class NetHackGame: NetHackKeyboard {
  /// Largest number of keys from the first screen to the hero.
  private static let maximumOpeningKeys = 1000
  /// Largest number of attempts to start an episode: a game may end or ask for text before it begins.
  private static let maximumStarts = 8

  let buffers: NetHackBuffers
  /// Kept so that games created during this one's life find it open.
  private let source: NetHackLibrary
  private let library: NetHackLoadedLibrary
  private let scratch: NetHackScratch
  private let folder: String
  private let settings: UnsafeMutableRawPointer
  private let clock: NetHackClock
  /// The library's handle of the current game.
  private var context: UnsafeMutableRawPointer?

  /// - Throws: `EnvironmentError` if NetHack is missing, has another version, or cannot write.
  init(
    library source: NetHackLibrary, options: NetHackOptions, buffers: NetHackBuffers, clock: NetHackClock = .steady
  ) throws {
    let scratch = try NetHackScratch.current()
    let levelFiles = try options.level.map {
      try NetHackLevelFiles(directory: source.directory, level: $0.text, scratch)
    }
    let folder = try scratch.makeGameFolder(
      dataFile: levelFiles?.dataFile ?? source.dataFile, links: levelFiles?.links ?? [:])
    do {
      // A level of a task's own has the monsters that its text names.
      let spawnsMonsters: Int32 = options.level == nil ? 1 : 0
      guard let settings = tengu_nethack_settings_make(folder, options.line, spawnsMonsters) else {
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
    self.clock = clock
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

  /// Starts the game of an episode seed and plays to the point where the hero can move. Abandons a running game: call
  /// `NetHackPlayer.giveUp` first, or it leaks about two kilobytes.
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

  /// Sends one key and runs the game until it waits for the next. Does nothing after the end of the game.
  func send(_ key: UInt8) {
    guard let context, !buffers.isDone else { return }
    buffers.observation.pointee.action = Int32(key)
    _ = library.step(context, buffers.observation)  // returns its own argument
  }

  /// The cause of the end in the game's log, for instance "killed by a jackal"; nil before the end.
  var causeOfEnd: String? {
    guard buffers.isDone, let log = try? String(contentsOfFile: "\(folder)/xlogfile", encoding: .isoLatin1),
      let entry = log.split(separator: "\n").last
    else { return nil }
    let fields = entry.split(separator: "\t")
    return fields.first { $0.hasPrefix(Self.causeField) }.map { String($0.dropFirst(Self.causeField.count)) }
  }

  /// Access to the game's own variables, valid while this object lives.
  /// - Throws: `EnvironmentError` that names a missing symbol.
  func makeWorld() throws -> NetHackWorld { try library.makeWorld() }

  /// The hero's date of birth as the game knows it, in seconds since 1970.
  var birthday: Int64 { library.birthday.pointee }

  private static let causeField = "death="

  private func start(seeds: NetHackSeeds) throws {
    stop()
    buffers.clear()
    try NetHackScratch.emptyRecords(in: folder)
    tengu_nethack_settings_seed(settings, seeds.core, seeds.display, clock.seed(of: seeds))
    library.restore()
    context = library.start(buffers.observation, nil, settings)
    guard context != nil else { throw EnvironmentError("NetHack did not start in \(folder)") }
    // Nothing on the first level depends on it, and the game reads it later.
    if let birthday = clock.birthday(of: seeds) { library.birthday.pointee = birthday }
  }

  private func stop() {
    guard let context else { return }
    library.end(context)
    self.context = nil
  }
}

/// The two seeds of a game: one for the world, one for what is only displayed (hallucinations, random names).
public struct NetHackSeeds: Sendable, Hashable {
  public let core: UInt64
  public let display: UInt64

  public init(core: UInt64, display: UInt64) {
    self.core = core
    self.display = display
  }

  /// The seeds of an episode's game. `attempt` is the number of failed starts of that episode.
  init(episode seed: UInt64, attempt: Int = 0) {
    var mixer = SplitMix64(seed: seed)
    for _ in 0..<attempt {
      _ = mixer.next()
      _ = mixer.next()
    }
    self.init(core: mixer.next(), display: mixer.next())
  }
}

/// The time of day, the moon and the hero's date of birth, which change the game.
enum NetHackClock: Sendable {
  /// An ordinary day for every game: no full or new moon, no Friday the 13th, no luck; the date of birth follows from the
  /// game's seed. A game is the same whenever it is played.
  case steady
  /// As NLE has it with `fix_moon_phase`: the moon follows from the seed. The date of birth is the time of the computer,
  /// which names shopkeepers and sets prices.
  case likeNLE

  /// NLE makes a date of it; with this one the day is ordinary.
  private static let ordinaryDay: UInt64 = 6

  func seed(of seeds: NetHackSeeds) -> UInt64 {
    switch self {
    case .steady: Self.ordinaryDay
    case .likeNLE: seeds.core &+ 1
    }
  }

  /// In seconds since 1970; nil leaves it to the game.
  func birthday(of seeds: NetHackSeeds) -> Int64? {
    // From 2001 to 2018.
    self == .steady ? 1_000_000_000 + Int64(seeds.core & 0x1FFF_FFFF) : nil
  }
}

/// The options of a game: NLE's list, so that games are the same as there.
struct NetHackOptions: Sendable, Hashable {
  let hero: NetHackHero
  /// Classes of things that the hero picks up by walking over them.
  let pickupTypes: String
  /// The level in which the game begins; nil for the dungeon.
  let level: NetHackLevel?
  let status: Status

  /// Who fills NLE's `blstats`.
  enum Status: Sendable, Hashable {
    /// The game, when it writes the status lines of its terminal.
    case terminal
    /// Nobody: the caller reads the game's variables. The game then writes no status lines, which saves much of its work.
    /// What is read may be an event ahead of the status lines: at "--More--", in menus, and right after a new level.
    case nobody
  }

  /// - Throws: `EnvironmentError` if there is no hero such as `character`.
  init(
    character: String, pickupTypes: String = "$?!/", level: NetHackLevel? = nil, status: Status = .terminal
  ) throws(EnvironmentError) {
    hero = try NetHackHero(character)
    self.pickupTypes = pickupTypes
    self.level = level
    self.status = status
  }

  /// The comma-separated line that NetHack parses.
  var line: String { status == .terminal ? game : game + ",!status_updates" }

  private var game: String {
    if let level {
      // MiniHack's options.
      return """
        color,showexp,nobones,nolegacy,nocmdassist,disclose:+i +a +v +g +c +o,runmode:teleport,mention_walls,nosparkle,\
        showscore,pettype:none\(level.picksUp ? "" : ",!autopickup"),name:Agent-\(hero)
        """
    }
    var parts = [
      "autopickup", "color", "disclose:+i +a +v +g +c +o", "mention_walls", "nobones", "nocmdassist", "nolegacy",
      "nosparkle", "pickup_burden:unencumbered", "pickup_types:\(pickupTypes)", "runmode:teleport", "showexp",
      "showscore", "time", "name:Agent-\(hero)",
    ]
    if hero.description == "@" { parts += ["race:random", "gender:random", "align:random"] }
    return parts.joined(separator: ",")
  }
}
