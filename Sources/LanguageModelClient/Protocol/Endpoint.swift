import Judging

/// The two ways of asking; a server may offer different features on each.
enum Endpoint: Sendable, Hashable {
  case chat, completion

  var path: String {
    switch self {
    case .chat: "/chat/completions"
    case .completion: "/completions"
    }
  }
}

extension ModelQuestion {
  var endpoint: Endpoint {
    switch input {
    case .chat: .chat
    case .completion: .completion
    }
  }
}
