import Foundation

/// Collects the elements of an SVG picture. Coordinates are pixels from the upper left.
struct PlotCanvas {
  enum Anchor: String { case start, middle, end }

  static let ink = "#222222"
  static let faint = "#666666"
  static let rule = "#dddddd"

  let width: Double
  let height: Double
  private var elements: [String] = []

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func line(
    _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), colour: String, width: Double = 1
  ) {
    elements.append(
      "<line x1=\"\(Self.text(from.x))\" y1=\"\(Self.text(from.y))\" x2=\"\(Self.text(to.x))\" y2=\"\(Self.text(to.y))\" "
        + "stroke=\"\(colour)\" stroke-width=\"\(Self.text(width))\"/>")
  }

  mutating func path(_ points: [(x: Double, y: Double)], colour: String, dash: String?) {
    let dash = dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    elements.append(
      "<polyline points=\"\(Self.list(points))\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2.4\" "
        + "stroke-linejoin=\"round\"\(dash)/>")
  }

  mutating func area(_ points: [(x: Double, y: Double)], colour: String) {
    // Faint, because several areas may overlap; the edge separates them.
    elements.append(
      "<polygon points=\"\(Self.list(points))\" fill=\"\(colour)\" fill-opacity=\"0.09\" stroke=\"\(colour)\" "
        + "stroke-opacity=\"0.4\" stroke-width=\"0.8\"/>")
  }

  mutating func box(x: Double, y: Double, width: Double, height: Double, colour: String, opacity: Double = 1) {
    elements.append(
      "<rect x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" width=\"\(Self.text(width))\" height=\"\(Self.text(height))\" "
        + "fill=\"\(colour)\" fill-opacity=\"\(Self.text(opacity))\"/>")
  }

  mutating func dot(x: Double, y: Double, colour: String) {
    elements.append(
      "<circle cx=\"\(Self.text(x))\" cy=\"\(Self.text(y))\" r=\"3\" fill=\"#ffffff\" fill-opacity=\"0.8\" "
        + "stroke=\"\(colour)\" stroke-width=\"1.2\"/>")
  }

  mutating func text(
    _ text: String, x: Double, y: Double, size: Double = 12, anchor: Anchor = .start, colour: String = ink,
    isBold: Bool = false, isVertical: Bool = false
  ) {
    let turn = isVertical ? " transform=\"rotate(-90 \(Self.text(x)) \(Self.text(y)))\"" : ""
    let weight = isBold ? " font-weight=\"600\"" : ""
    elements.append(
      "<text x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" font-size=\"\(Self.text(size))\" fill=\"\(colour)\" "
        + "text-anchor=\"\(anchor.rawValue)\"\(weight)\(turn)>\(Self.escaped(text))</text>")
  }

  /// The picture, on white.
  var svg: String {
    let size = "width=\"\(Self.text(width))\" height=\"\(Self.text(height))\""
    let head =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size) viewBox=\"0 0 \(Self.text(width)) \(Self.text(height))\" "
      + "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">"
    return ([head, "<rect \(size) fill=\"#ffffff\"/>"] + elements + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// Approximate width of a text in common fonts, in pixels.
  static func width(of text: String, size: Double = 12) -> Double { Double(text.count) * size * 0.56 }

  private static func list(_ points: [(x: Double, y: Double)]) -> String {
    points.map { "\(text($0.x)),\(text($0.y))" }.joined(separator: " ")
  }

  /// The number with at most one decimal: a tenth of a pixel is precise enough.
  private static func text(_ value: Double) -> String {
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}

/// Colours that colour-blind readers can distinguish (Okabe and Ito 2008, without yellow, which is invisible on white).
/// If there are more lines than colours, dashes distinguish them.
struct PlotStyle {
  private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
  private static let dashes = [nil, "7 4", "2 3", "9 3 2 3"]

  let colour: String
  let dash: String?

  /// The style of the line or bar with this number, from 0.
  init(_ index: Int) {
    colour = Self.colours[index % Self.colours.count]
    dash = Self.dashes[index / Self.colours.count % Self.dashes.count]
  }
}
