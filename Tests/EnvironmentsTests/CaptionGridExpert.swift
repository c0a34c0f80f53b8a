@testable import Environments

/// A player that knows the rules: breadth-first search over what can change the way.
enum CaptionGridExpert {
  /// A shortest list of actions that wins from `state`, or nil if there is none.
  static func plan(from state: CaptionGridState) -> [CaptionGridAction]? {
    var queue: [(state: CaptionGridState, parent: Int, action: CaptionGridAction)] = [(state, -1, .wait)]
    var seen: Set<Int> = [key(state)]
    var head = 0
    while head < queue.count {
      for action in CaptionGridAction.allCases {
        var next = queue[head].state
        let transition = next.step(action).transition
        if transition.succeeded { return actions(to: head, in: queue) + [action] }
        if transition.done || !seen.insert(key(next)).inserted { continue }
        queue.append((next, head, action))
      }
      head += 1
    }
    return nil
  }

  private static func key(_ state: CaptionGridState) -> Int {
    let door = state.doorIsOpen ? 2 : state.doorIsUnlocked ? 1 : 0
    return (state.hero * 3 + door) * 2 + (state.hasKey ? 1 : 0)
  }

  private static func actions(
    to index: Int, in queue: [(state: CaptionGridState, parent: Int, action: CaptionGridAction)]
  ) -> [CaptionGridAction] {
    var (index, actions) = (index, [CaptionGridAction]())
    while queue[index].parent >= 0 {
      actions.append(queue[index].action)
      index = queue[index].parent
    }
    return actions.reversed()
  }
}
