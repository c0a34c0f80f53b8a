import ArgumentParser
import Experiments
import Foundation
import Runtime

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare the curves of several runs: a table, text, and a plot.",
    discussion: """
      An argument NAME=RUN,RUN,... is the mean of several runs, such as those of several seeds, with its 95 % interval.

      Example: tengu compare old=runs/old-1,runs/old-2 new=runs/new-1,runs/new-2 --measure success --svg curves.svg
      """)

  @Argument(help: ArgumentHelp("Run directories, or NAME=RUN,RUN,...", valueName: "run"))
  var runs: [String]

  @Option(help: "What is compared: \(Measure.allCases.map(\.rawValue).joined(separator: ", ")), or fact/NAME.")
  var measure = Measure.episodeReturn

  @Option(help: ArgumentHelp("Write the plot as SVG.", valueName: "file"))
  var svg: String?

  @Option(help: ArgumentHelp("Write the plot as PNG, with rsvg-convert or ffmpeg.", valueName: "file"))
  var png: String?

  func run() throws {
    try reportingFailure {
      let comparison = try RunComparison(runs, measure: measure)
      if let svg { try PosixFileSystem().deliver(Array(comparison.svg.utf8), to: svg) }
      if let png { try PlotPicture.write(comparison.svg, to: png) }
      print(comparison.text)
    }
  }
}

extension Measure: ExpressibleByArgument {}
