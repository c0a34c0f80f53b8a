import Captions
import Runtime
import Tensor

/// A full caption ledger: its memory, and the time of one lookup.
public enum LedgerBenchmark {
  public static let group = "ledger"
  /// Length of each caption in bytes.
  private static let captionBytes = 60
  /// Number of lookups in one measured call.
  private static let lookups = 4096

  /// - Parameters:
  ///   - captions: number of distinct captions in the ledger.
  ///   - show: receives each measurement as soon as it is complete.
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

    // The texts are prepared before the measurement. Nearly every lookup misses the caches.
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
