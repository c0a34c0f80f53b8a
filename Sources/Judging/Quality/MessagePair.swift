/// A message that is progress and one that is not, in the order they are first asked in.
public struct MessagePair: Sendable, Hashable {
  public let first: LabelledMessage
  public let second: LabelledMessage

  /// Draws pairs at random, none of them twice, the better one as likely first as second.
  /// - Returns: fewer than `count` where there are no more.
  public static func draw(
    _ count: Int, from messages: [LabelledMessage], using generator: inout some RandomNumberGenerator
  ) -> [MessagePair] {
    let progress = messages.filter(\.isProgress)
    let others = messages.filter { !$0.isProgress }
    let possible = progress.count * others.count
    // Floyd's sampling without replacement: one draw for each pair, however many are possible.
    var drawn: Set<Int> = []
    var numbers: [Int] = []
    for bound in max(possible - count, 0)..<max(possible, 0) {
      let number = Int.random(in: 0...bound, using: &generator)
      let taken = drawn.insert(number).inserted ? number : bound
      drawn.insert(taken)
      numbers.append(taken)
    }
    return numbers.map { number in
      let better = progress[number / others.count]
      let worse = others[number % others.count]
      return Bool.random(using: &generator)
        ? MessagePair(first: better, second: worse) : MessagePair(first: worse, second: better)
    }
  }
}
