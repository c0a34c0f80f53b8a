import RewardPrograms
import Trajectories

extension ProgramSchema {
  /// Names of the elements of NLE's `blstats`, which the field `status` of NetHack's tasks has.
  static let netHackStatus = [
    "x", "y", "strength_percentage", "strength", "dexterity", "constitution", "intelligence", "wisdom", "charisma",
    "score",
    "hitpoints", "max_hitpoints", "depth", "gold", "energy", "max_energy", "armor_class", "monster_level",
    "experience_level", "experience_points", "time", "hunger_state", "carrying_capacity", "dungeon_number",
    "level_number", "condition", "alignment",
  ]

  /// What programs of a task can read, with names for the elements of NetHack's status line.
  public init(ofTask observation: ObservationLayout) {
    let isNetHack = observation.fields.contains { $0.name == "status" && $0.elementCount == Self.netHackStatus.count }
    let names = isNetHack ? Self.netHackStatus.enumerated().map { ($0.element, ("status", $0.offset)) } : []
    self.init(observation, elements: Dictionary(uniqueKeysWithValues: names))
  }
}
