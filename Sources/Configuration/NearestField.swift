/// Finds the field that a misspelt path was probably meant to be.
public enum NearestField {
  /// The path of the nearest field, or nil if none is near: more than a third of the letters would have to change.
  static func path(to wrong: String) -> String? {
    let name = wrong.split(separator: ".").last.map(String.init) ?? wrong
    var best: (path: String, distance: Int)?
    for field in ConfigurationField.all {
      // A right name in a wrong section is one slip, however long the section is.
      let distance = min(distance(wrong, field.path), self.distance(name, String(field.name)) + 1)
      if distance < best?.distance ?? .max { best = (field.path, distance) }
    }
    guard let best, best.distance <= max(2, name.count / 3) else { return nil }
    return best.path
  }

  /// The nearest of a few names, by the same measure.
  public static func name(to wrong: String, among names: [String]) -> String? {
    let nearest = names.map { (name: $0, distance: distance(wrong, $0)) }.min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= max(2, wrong.count / 3) else { return nil }
    return nearest.name
  }

  /// Levenshtein's distance: insertions, deletions and substitutions of one character.
  static func distance(_ first: String, _ second: String) -> Int {
    let first = Array(first.utf8.prefix(ConfigurationRange.maximumTextBytes))
    let second = Array(second.utf8)
    var row = Array(0...second.count)
    for (i, a) in first.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in second.enumerated() {
        let substitution = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
      }
    }
    return row[second.count]
  }
}
