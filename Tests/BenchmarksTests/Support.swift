import Benchmarks

/// Foundation has a type of that name as well.
typealias Measurement = Benchmarks.Measurement
