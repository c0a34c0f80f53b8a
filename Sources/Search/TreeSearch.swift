import Glibc
import Runtime

/// What a search looks at and how much of it.
public struct SearchOptions: Sendable, Hashable {
  /// Actions that a search tries; each is a step of a copy of the world.
  public var nodes = 64
  /// Worth of a win one step later, relative to now.
  public var discount: Float = 0.9
  /// c of UCT: the weight of what has been tried seldom.
  public var exploration: Float = 0.5

  public init() {}
}

/// UCT (Kocsis, Szepesvári 2006) on copies of a world: from the root it follows the child with the largest
///
///     mean value + c sqrt(2 ln(visits of the parent) / visits of the child)
///
/// to a node with an action that was not tried, tries it, values the new leaf, and adds the discounted value to all nodes
/// on the way. The end of an episode is worth 1 if it is won, else 0.
public struct TreeSearch<World: SearchWorld> {
  /// A state and what is known of it.
  public struct Node {
    public let world: World
    let parent: Int
    /// What led to it.
    let step: SearchStep
    /// Children by action; 0 for those not tried, because the root is nobody's child.
    var children: [Int]
    public fileprivate(set) var visits = 0
    var sum: Float = 0
    /// Discounted worth of the nearest win below, as ReST-MCTS* measures how far a node still is from a right end; 0
    /// if none was found.
    public fileprivate(set) var best: Float = 0

    var mean: Float { visits > 0 ? sum / Float(visits) : 0 }
  }

  private let options: SearchOptions
  /// The root first.
  public private(set) var nodes: [Node] = []

  public init(_ options: SearchOptions) { self.options = options }

  /// Searches from a state that has not ended.
  /// - Parameter leaf: the value of a new state, 0 ... 1.
  /// - Returns: the action that was tried most often.
  public mutating func search(
    from root: World, generator: inout RandomGenerator,
    leaf: (World, SearchStep, inout RandomGenerator) -> Float
  ) -> Int {
    nodes.removeAll(keepingCapacity: true)
    add(root, parent: 0, SearchStep())
    for _ in 0..<options.nodes {
      let place = expand(&generator)
      let node = nodes[place]
      let value = node.step.hasEnded ? (node.step.hasWon ? 1 : 0) : leaf(node.world, node.step, &generator)
      backUp(from: place, value: value, win: node.step.hasWon ? 1 : 0)
    }
    let visits = nodes[0].children.map { $0 > 0 ? nodes[$0].visits : 0 }
    let most = visits.max() ?? 0
    let best = visits.indices.filter { visits[$0] == most }
    return best.max { nodes[nodes[0].children[$0]].mean < nodes[nodes[0].children[$1]].mean } ?? 0
  }

  private mutating func add(_ world: World, parent: Int, _ step: SearchStep) {
    nodes.append(
      Node(world: world, parent: parent, step: step, children: Array(repeating: 0, count: World.actionCount)))
  }

  /// The leaf of the next simulation: a new node, or the end of an episode.
  private mutating func expand(_ generator: inout RandomGenerator) -> Int {
    var place = 0
    while !nodes[place].step.hasEnded {
      let untried = nodes[place].children.indices.filter { nodes[place].children[$0] == 0 }
      guard untried.isEmpty else {
        let action = untried[generator.below(untried.count)]
        var world = nodes[place].world
        let step = world.play(action)
        nodes[place].children[action] = nodes.count
        add(world, parent: place, step)
        return nodes.count - 1
      }
      let logarithm = 2 * logf(Float(max(nodes[place].visits, 1)))
      func priority(_ child: Int) -> Float {
        options.discount * nodes[child].mean
          + options.exploration * (logarithm / Float(max(nodes[child].visits, 1))).squareRoot()
      }
      place = nodes[place].children.max { priority($0) < priority($1) } ?? 0
    }
    return place
  }

  private mutating func backUp(from leaf: Int, value: Float, win: Float) {
    var (place, value, win) = (leaf, value, win)
    while true {
      nodes[place].visits += 1
      nodes[place].sum += value
      nodes[place].best = max(nodes[place].best, win)
      if place == 0 { return }
      place = nodes[place].parent
      value *= options.discount
      win *= options.discount
    }
  }
}
