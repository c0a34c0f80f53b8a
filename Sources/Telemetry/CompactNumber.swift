/// Numbers in few characters, right-aligned, so that consecutive lines line up.
enum CompactNumber {
  private static let units = ["k", "M", "G", "T", "P", "E"]

  /// A count in exactly `width` (at least 4) characters: "   12", " 1234", "12.3k", "1.23M".
  static func count(_ value: Int, width: Int) -> String {
    let digits = String(value)
    if digits.count < width { return padded(digits, width) }
    let sign = value < 0 ? "-" : ""
    var scaled = Double(value.magnitude)
    for unit in units {
      scaled /= 1000
      // 999.6k rounds to 1000k, which is as long as it is wrong: the next unit takes it.
      guard scaled.rounded() < 1000 else { continue }
      for decimals in stride(from: width - 3, through: 0, by: -1) {
        let text = sign + fixed(scaled, decimals)
        if text.count < width { return padded(text + unit, width) }
      }
    }
    return padded(sign + "?", width)
  }

  /// A real number in exactly `width` (at least 6) characters with at most `decimals` after the point; "-" if unknown.
  static func real(_ value: Double?, width: Int, decimals: Int = 3) -> String {
    guard let value else { return padded("-", width) }
    guard value.isFinite else { return padded(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf", width) }
    guard abs(value) < 1e15 else { return padded(value < 0 ? "-huge" : "huge", width) }
    if value != 0, fixed(abs(value), decimals).allSatisfy({ $0 == "0" || $0 == "." }) {
      return padded(powerOfTen(value), width)
    }
    for decimals in stride(from: decimals, through: 0, by: -1) {
      let text = fixed(value, decimals)
      if text.count <= width { return padded(text, width) }
    }
    return count(Int(value), width: width)
  }

  /// With exactly `decimals` digits after the point. The magnitude is below 1e15.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    var power = 1
    for _ in 0..<decimals { power *= 10 }
    let scaled = Int((abs(value) * Double(power)).rounded(.toNearestOrEven))
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % power)
    return "\(sign)\(scaled / power)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  /// Days, hours, minutes and seconds: "0:01:05", "12:34:56", "3d 04h"; "--:--" if unknown.
  static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, (0..<1e9).contains(seconds) else { return "--:--" }
    let whole = Int(seconds.rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    if whole >= 100 * 3600 { return "\(whole / 86_400)d \(two(whole % 86_400 / 3600))h" }
    return "\(whole / 3600):\(two(whole % 3600 / 60)):\(two(whole % 60))"
  }

  static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// One digit and its power of ten: "2e-05".
  private static func powerOfTen(_ value: Double) -> String {
    var mantissa = abs(value)
    var exponent = 0
    while mantissa < 0.95 && exponent < 99 {
      mantissa *= 10
      exponent += 1
    }
    return "\(value < 0 ? "-" : "")\(Int(mantissa.rounded()))e-\(exponent < 10 ? "0" : "")\(exponent)"
  }
}
