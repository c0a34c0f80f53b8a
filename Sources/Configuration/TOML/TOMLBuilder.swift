/// A table while its text is read. TOML defines a table in pieces, so it is an object until the end.
final class TOMLBuilder {
  /// How a table was begun, which decides what may be added to it.
  enum Origin {
    /// As the parent of a table with a header: a header may still define it.
    case parent
    /// By its own header.
    case header
    /// By a dotted key: further dotted keys may add to it.
    case dottedKey
  }

  private enum Entry {
    case value(TOMLValue)
    case table(TOMLBuilder)
    /// Tables with headers in double brackets.
    case tables([TOMLBuilder])
  }

  private var origin: Origin
  private var entries: [String: (entry: Entry, line: Int)] = [:]

  init(_ origin: Origin) { self.origin = origin }

  /// The table that a header names, new or defined by it now.
  /// - Returns: nil if the path leads through something that is no table, or to something that is defined already.
  func define(_ path: ArraySlice<String>, isElement: Bool, line: Int) -> TOMLBuilder? {
    guard let key = path.first else { return nil }
    if path.count > 1 {
      return parent(key, line: line)?.define(path.dropFirst(), isElement: isElement, line: line)
    }
    let table = TOMLBuilder(.header)
    switch (entries[key]?.entry, isElement) {
    case (nil, false): entries[key] = (.table(table), line)
    case (nil, true): entries[key] = (.tables([table]), line)
    case (.tables(let earlier), true): entries[key]?.entry = .tables(earlier + [table])
    case (.table(let implicit), false) where implicit.origin == .parent:
      implicit.origin = .header
      return implicit
    default: return nil
    }
    return table
  }

  /// The table called `key` on the way to a table with a header; the latest one of several.
  private func parent(_ key: String, line: Int) -> TOMLBuilder? {
    switch entries[key]?.entry {
    case nil:
      let table = TOMLBuilder(.parent)
      entries[key] = (.table(table), line)
      return table
    case .table(let table): return table
    case .tables(let tables): return tables.last
    case .value: return nil
    }
  }

  /// Sets the value at a dotted key.
  /// - Returns: false if it is defined already, or the path leads through something that dotted keys may not add to.
  func set(_ path: ArraySlice<String>, _ value: TOMLValue, line: Int) -> Bool {
    guard let key = path.first else { return false }
    if path.count == 1 {
      guard entries[key] == nil else { return false }
      entries[key] = (.value(value), line)
      return true
    }
    switch entries[key]?.entry {
    case nil:
      let table = TOMLBuilder(.dottedKey)
      entries[key] = (.table(table), line)
      return table.set(path.dropFirst(), value, line: line)
    case .table(let table) where table.origin == .dottedKey: return table.set(path.dropFirst(), value, line: line)
    default: return false
    }
  }

  /// The table as a value.
  var table: TOMLTable {
    var table = TOMLTable()
    for (key, (entry, line)) in entries {
      switch entry {
      case .value(let value): table.set(key, value, line: line)
      case .table(let inner): table.set(key, .table(inner.table), line: line)
      case .tables(let elements): table.set(key, .array(elements.map { .table($0.table) }), line: line)
      }
    }
    return table
  }
}
