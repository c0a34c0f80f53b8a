import Environments

/// The options a game is started with: NLE's own list, so that games are the same as there.
struct NetHackOptions: Sendable, Hashable {
  /// Role-race-gender-alignment such as "mon-hum-neu-mal", or "@" for a random one.
  let character: String
  /// Classes of things picked up by walking over them.
  let pickupTypes: String

  /// NetHack cuts player names at 31 characters.
  private static let maximumCharacterLength = 25

  /// - Throws: `EnvironmentError` if `character` could not be part of an options line.
  init(character: String, pickupTypes: String = "$?!/") throws {
    let allowed = character.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || byte == 0x2D || byte == 0x40
    }
    guard allowed, !character.isEmpty, character.utf8.count <= Self.maximumCharacterLength else {
      throw EnvironmentError(
        "NetHack character \"\(character)\": expected role-race-gender-alignment such as mon-hum-neu-mal, or @")
    }
    self.character = character
    self.pickupTypes = pickupTypes
  }

  /// The comma-separated line NetHack parses.
  var line: String {
    var parts = [
      "autopickup", "color", "disclose:+i +a +v +g +c +o", "mention_walls", "nobones", "nocmdassist", "nolegacy",
      "nosparkle", "pickup_burden:unencumbered", "pickup_types:\(pickupTypes)", "runmode:teleport", "showexp",
      "showscore", "time", "name:Agent-\(character)",
    ]
    if character == "@" { parts += ["race:random", "gender:random", "align:random"] }
    return parts.joined(separator: ",")
  }
}
