/// What stands between an agent's action and the next state it can act in: "--More--", questions, menus, text prompts.
public enum NetHackPrompts: Sendable, Hashable {
  /// NLE's tasks: messages are dismissed, text prompts escaped, questions declined unless an agent can answer them.
  case skipped
  /// NLE's challenge: the agent answers everything itself.
  case kept
  /// ONI's extended actions: as `skipped`, and eating, drinking, casting and skills work with one action.
  case assisted
}
