/// One turn of a conversation with a language model.
public struct ChatMessage: Sendable, Hashable {
  public enum Role: String, Sendable, Hashable { case system, user, assistant }

  public var role: Role
  public var text: String

  public init(_ role: Role, _ text: String) {
    self.role = role
    self.text = text
  }
}
