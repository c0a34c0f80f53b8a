/// Colours that stay apart for the colour-blind (Okabe and Ito 2008, without yellow, which white swallows); where there are
/// more lines than colours, dashes tell them apart.
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
