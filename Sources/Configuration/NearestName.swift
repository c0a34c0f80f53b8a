/// Finds the name that a misspelt one was probably meant to be.
public enum NearestName {
  /// The path of the nearest field, or nil if none is near: more than a third of the letters would have to change.
  static func field(to wrong: String, among fields: [ConfigurationField]) -> String? {
    let name = wrong.split(separator: ".").last.map(String.init) ?? wrong
    var best: (path: String, distance: Int)?
    for field in fields {
      // The right name in the wrong section is one mistake, however long the section's name is.
      let distance = min(distance(wrong, field.path), self.distance(name, String(field.name)) + 1)
      if distance < best?.distance ?? .max { best = (field.path, distance) }
    }
    guard let best, best.distance <= max(2, name.count / 3) else { return nil }
    return best.path
  }

  /// "; did you mean "right"?" with the nearest of a few names, or nothing if none is near.
  public static func suggestion(for wrong: String, among names: [String]) -> String {
    let nearest = names.map { (name: $0, distance: distance(wrong, $0)) }.min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= max(2, wrong.count / 3) else { return "" }
    return "; did you mean \"\(nearest.name)\"?"
  }

  /// Levenshtein's distance: the number of insertions, deletions and substitutions of one byte.
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
