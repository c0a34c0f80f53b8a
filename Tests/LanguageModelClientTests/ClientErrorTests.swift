import LanguageModelClient
import Testing

struct ClientErrorTests {
  @Test func namesTheAddress() {
    #expect("\(ClientError.address("ftp://x"))".contains("\"ftp://x\""))
  }
}
