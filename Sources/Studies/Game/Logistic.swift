import Glibc

/// Sigmoid and softmax, as the losses of the studies need them.
enum Logistic {
  static func exp(_ x: Float) -> Float { expf(x) }

  static func log(_ x: Double) -> Double { Glibc.log(x) }

  /// 1 / (1 + e^-x)
  static func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }

  /// log(p / (1 - p))
  static func logit(_ p: Float) -> Float { logf(p / (1 - p)) }

  /// log softmax of `values`.
  static func logSoftmax(_ values: [Float]) -> [Float] {
    let largest = values.max() ?? 0
    let sum = values.reduce(0) { $0 + expf($1 - largest) }
    let shift = largest + logf(sum)
    return values.map { $0 - shift }
  }

  static func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(max(values.count, 1)) }

  /// Population standard deviation.
  static func deviation(_ values: [Float]) -> Float {
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(max(values.count, 1))).squareRoot()
  }
}
