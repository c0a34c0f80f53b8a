import Glibc
import Runtime

/// A search of programs (Introspective MCTS, arXiv 2502.14693): nodes are programs, and the value of a node is
///
///     a estimate + (1 - a) mean of the runs below, with a = c / (visits + c)
///
/// so that what the writer expects counts less the more has been run.
struct ProgramTree {
  /// c
  private static let prior = 1.0
  /// Weight of what has been tried seldom.
  private static let exploration = 0.3
  /// Children of a node, and versions that the writer proposes for each, of which one is run.
  private static let width = 4
  private static let proposals = 4

  private struct Node {
    var program: ClauseProgram
    var parent: Int
    var estimate: Double
    var success: Double
    var children: [Int] = []
    var visits = 0
    var sum = 0.0

    var value: Double {
      let weight = ProgramTree.prior / (Double(visits) + ProgramTree.prior)
      return weight * estimate + (1 - weight) * (visits > 0 ? sum / Double(visits) : 0)
    }
  }

  private var nodes: [Node] = []

  /// Runs a number of programs, at least 1, the empty one first.
  /// - Parameters:
  ///   - estimate: what the writer expects of a program; nil for its own estimates.
  ///   - run: the success of a program, 0 ... 1.
  /// - Returns: what was run.
  static func search(
    runs: Int, _ generator: inout RandomGenerator, estimate: ((ClauseProgram) -> Double)? = nil,
    run: (ClauseProgram) -> Double
  ) -> [ClauseProgram.Result] {
    var tree = ProgramTree()
    func expected(_ program: ClauseProgram, _ generator: inout RandomGenerator) -> Double {
      estimate?(program) ?? program.estimate(&generator)
    }
    let root = ClauseProgram()
    tree.add(root, parent: 0, estimate: expected(root, &generator), success: run(root))
    for _ in 1..<max(1, runs) {
      let parent = tree.select()
      let node = tree.nodes[parent]
      let siblings = node.children.map {
        ClauseProgram.Result(program: tree.nodes[$0].program, success: tree.nodes[$0].success)
      }
      // Of what has not been run the estimate decides.
      let proposals = (0..<Self.proposals).map { _ in
        let program = node.program.next(parent: node.success, siblings: siblings, &generator)
        return (program: program, estimate: expected(program, &generator))
      }
      guard let next = proposals.max(by: { $0.estimate < $1.estimate }) else { continue }
      tree.add(next.program, parent: parent, estimate: next.estimate, success: run(next.program))
    }
    return tree.nodes.map { ClauseProgram.Result(program: $0.program, success: $0.success) }
  }

  private mutating func add(_ program: ClauseProgram, parent: Int, estimate: Double, success: Double) {
    let index = nodes.count
    nodes.append(Node(program: program, parent: parent, estimate: estimate, success: success))
    if index > 0 { nodes[parent].children.append(index) }
    var place = index
    while true {
      nodes[place].visits += 1
      nodes[place].sum += success
      guard place > 0 else { break }
      place = nodes[place].parent
    }
  }

  /// The node that gets the next child: down the largest value and bonus, to a node with room.
  private func select() -> Int {
    var place = 0
    while nodes[place].children.count >= Self.width {
      let total = log(Double(nodes[place].visits))
      func worth(_ child: Int) -> Double {
        nodes[child].value + Self.exploration * (total / Double(nodes[child].visits)).squareRoot()
      }
      guard let next = nodes[place].children.max(by: { worth($0) < worth($1) }) else { break }
      place = next
    }
    return place
  }
}
