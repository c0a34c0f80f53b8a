import Environments

/// The hero of a game: "@" for any hero, or role, race, alignment and gender, such as "mon-hum-neu-mal".
///
/// NetHack reads the hero from the player's name. It ignores what it does not know and replaces what does not fit by
/// chance, so a misspelt hero would be another one in every game. This type refuses both.
struct NetHackHero: Sendable, Hashable, CustomStringConvertible {
  /// The hero as the end of the player's name.
  let description: String

  private static let races = ["hum", "elf", "dwa", "gno", "orc"]
  private static let alignments = ["law", "neu", "cha"]
  private static let genders = ["mal", "fem"]

  /// What a hero of a role may be.
  private struct Role {
    let name: String
    let races: [String]
    let alignments: [String]
    var genders = NetHackHero.genders
  }

  /// NetHack 3.6, role.c.
  private static let roles = [
    Role(name: "arc", races: ["hum", "dwa", "gno"], alignments: ["law", "neu"]),
    Role(name: "bar", races: ["hum", "orc"], alignments: ["neu", "cha"]),
    Role(name: "cav", races: ["hum", "dwa", "gno"], alignments: ["law", "neu"]),
    Role(name: "hea", races: ["hum", "gno"], alignments: ["neu"]),
    Role(name: "kni", races: ["hum"], alignments: ["law"]),
    Role(name: "mon", races: ["hum"], alignments: ["law", "neu", "cha"]),
    Role(name: "pri", races: ["hum", "elf"], alignments: ["law", "neu", "cha"]),
    Role(name: "ran", races: ["hum", "elf", "gno", "orc"], alignments: ["neu", "cha"]),
    Role(name: "rog", races: ["hum", "orc"], alignments: ["cha"]),
    Role(name: "sam", races: ["hum"], alignments: ["law"]),
    Role(name: "tou", races: ["hum"], alignments: ["neu"]),
    Role(name: "val", races: ["hum", "dwa"], alignments: ["law", "neu"], genders: ["fem"]),
    Role(name: "wiz", races: ["hum", "elf", "gno", "orc"], alignments: ["neu", "cha"]),
  ]

  /// The roles in the order of the game's numbers, which is that of their names but for two.
  private static let rolesByNumber = [
    "arc", "bar", "cav", "hea", "kni", "mon", "pri", "rog", "ran", "sam", "tou", "val", "wiz",
  ]

  /// The name of the role to which the game gives a number; nil if there is none.
  static func role(number: Int32) -> String? {
    let index = Int(clamping: number)
    return rolesByNumber.indices.contains(index) ? rolesByNumber[index] : nil
  }

  /// The alignments that a race allows; humans may have any.
  private static func alignments(ofRace race: String) -> [String] {
    switch race {
    case "dwa": ["law"]
    case "gno": ["neu"]
    case "elf", "orc": ["cha"]
    default: alignments
    }
  }

  /// Every hero there is, without "@".
  static let all: [String] = roles.flatMap { role in
    role.races.flatMap { race in
      role.alignments.filter(alignments(ofRace: race).contains).flatMap { alignment in
        role.genders.map { "\(role.name)-\(race)-\(alignment)-\($0)" }
      }
    }
  }

  /// - Parameter text: "@", or the four parts, each once, in any order and case, as NetHack takes them.
  /// - Throws: `EnvironmentError` that names the part that is wrong and lists what there is.
  init(_ text: String) throws(EnvironmentError) {
    description = text
    if text == "@" { return }
    let parts = text.lowercased().split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    func part(_ kind: String, _ names: [String]) throws(EnvironmentError) -> String {
      let found = parts.filter(names.contains)
      if found.count == 1 { return found[0] }
      let problem = found.isEmpty ? "names no \(kind)" : "names \(found.count) times a \(kind)"
      throw Self.problem(text, "\(problem); there are \(names.joined(separator: ", "))")
    }
    let known = Self.roles.map(\.name) + Self.races + Self.alignments + Self.genders
    if let stranger = parts.first(where: { !known.contains($0) }) {
      throw Self.problem(text, "\"\(stranger)\" is not one of its parts; there are \(known.joined(separator: ", "))")
    }
    let name = try part("role", Self.roles.map(\.name))
    let race = try part("race", Self.races)
    let alignment = try part("alignment", Self.alignments)
    let gender = try part("gender", Self.genders)
    guard let role = Self.roles.first(where: { $0.name == name }) else { return }
    func check(_ value: String, _ kind: String, _ allowed: [String], of owner: String) throws(EnvironmentError) {
      if allowed.contains(value) { return }
      throw Self.problem(
        text, "the \(kind) of \(owner) is \(allowed.joined(separator: " or ")), never \(value)")
    }
    try check(race, "race", role.races, of: "a hero of role \(name)")
    try check(alignment, "alignment", role.alignments, of: "a hero of role \(name)")
    try check(alignment, "alignment", Self.alignments(ofRace: race), of: "a hero of race \(race)")
    try check(gender, "gender", role.genders, of: "a hero of role \(name)")
  }

  private static func problem(_ text: String, _ problem: String) -> EnvironmentError {
    EnvironmentError(
      "character \"\(text)\": \(problem); a hero is role-race-alignment-gender such as mon-hum-neu-mal, or @")
  }
}
