import Runtime
import Captions
import Tensor

/// The caption ledger when it is full: what a caption costs in memory, and how long it takes to find one among all.
public enum LedgerBenchmark {
  public static let group = "ledger"
  /// Bytes of each caption.
  private static let captionBytes = 60
  /// Lookups of one measured call.
  private static let lookups = 4096

  /// - Parameters:
  ///   - captions: distinct captions the ledger is filled with.
  ///   - show: called with each measurement as soon as there is one.
  public static func run(
    _ settings: BenchmarkSettings, captions: Int = CaptionLedger.maximumCaptions, show: (Measurement) -> Void
  ) -> [Measurement] {
    var options = LedgerOptions()
    options.capacity = captions
    var ledger = CaptionLedger(options)
    var text = [UInt8](repeating: UInt8(ascii: "."), count: captionBytes)
    for number in 0..<captions {
      write(number, to: &text)
      _ = ledger.intern(text)
    }
    let memory = Measurement(
      group, "memory of \(captions) captions", unit: "MiB", rounds: [Double(ledger.reservedBytes) / 1_048_576])
    show(memory)

    // Texts made beforehand: what is measured is the lookup. Nearly every one meets cold caches.
    var generator = RandomGenerator(seed: 1)
    let known = (0..<lookups * 16).map { _ in
      write(generator.below(captions), to: &text)
      return text
    }
    var next = 0
    let rounds = settings.repeated { _ in
      1e9 / Double(lookups)
        * Stopwatch.cpuSecondsPerCall(settings.seconds) {
          for _ in 0..<lookups {
            _ = ledger.intern(known[next])
            next = next + 1 == known.count ? 0 : next + 1
          }
        }
    }
    let lookup = Measurement(group, "lookup among \(captions) captions", unit: "ns", rounds: rounds)
    show(lookup)
    return [memory, lookup]
  }

  private static func write(_ number: Int, to text: inout [UInt8]) {
    var rest = number
    for place in 10..<18 {
      text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
  }
}
