import Captions
import Foundation
import Judging

@testable import LanguageModelClient

extension FuzzTarget {
  private static let parser: LabelParser? = (try? PromptLibrary.prompt("default")).map(LabelParser.init)

  /// A body that a language model's server sent. Whatever it says, a verdict is a label or an abstention, its log-odds are
  /// a number or unknown, and counts of tokens can be added up.
  static let answers = FuzzTarget(
    name: "answers",
    run: { bytes in
      let body = Data(bytes)
      _ = ResponseDecoder.error(in: body, key: nil)
      _ = try? ResponseDecoder.models(body)
      for endpoint in [LanguageModelClient.Endpoint.chat, .completion] {
        guard let answer = try? ResponseDecoder.answer(body, endpoint: endpoint) else { continue }
        require(
          answer.text.utf8.count <= 8 * bytes.count, "\(answer.text.utf8.count) bytes of text from \(bytes.count)")
        require(answer.promptTokens >= 0 && answer.answerTokens >= 0, "a negative count of tokens")
        let (_, overflow) = answer.promptTokens.addingReportingOverflow(answer.answerTokens)
        require(!overflow, "the sum of \(answer.promptTokens) and \(answer.answerTokens) tokens")
        guard case .label(let isProgress, let logOdds)? = parser?.read(answer) else { continue }
        require(!logOdds.isFinite || logOdds == 0 || isProgress == (logOdds > 0), "a label against its log-odds")
      }
    },
    seeds: {
      let token = #"{"token":"yes","logprob":-0.1,"top_logprobs":[{"token":"no","logprob":-2.5}]}"#
      let bodies = [
        #"{"choices":[{"index":0,"message":{"content":"yes"},"logprobs":{"content":["# + token
          + #"]}}],"model":"m","usage":{"prompt_tokens":90,"completion_tokens":1}}"#,
        #"{"choices":[{"text":" no","logprobs":{"tokens":[" no"],"token_logprobs":[-0.2],"top_logprobs":[{" yes":-1.7}]}}]}"#,
        #"{"choices":[{"message":{"content":"<think>x</think>yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1e300}}"#,
        #"{"error":{"message":"overloaded","code":503}}"#, #"{"data":[{"id":"model-a"},{"id":"model-b"}]}"#,
        #"{"choices":[{"message":{"content":[{"type":"text","text":"yes"}],"reasoning_content":"hm","refusal":null}}]}"#,
      ]
      return bodies.enumerated().map { ("\($0.offset)", Array($0.element.utf8)) }
    })
}
