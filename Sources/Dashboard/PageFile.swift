import Runtime
import Telemetry

/// A file of the page, embedded in the program.
struct PageFile: Sendable {
  let contentType: String
  let bytes: [UInt8]

  /// The files by their paths.
  static let all: [String: PageFile] = {
    let scripts = ["main", "data", "chart", "curves", "run", "captions", "episode", "differences"].map { "\($0).js" }
    let files = scripts.map { ("/\($0)", PageFile("text/javascript", $0)) }
    return Dictionary(uniqueKeysWithValues: files).merging([
      "/": PageFile("text/html", "index.html"), "/style.css": PageFile("text/css", "style.css"),
    ]) { $1 }
  }()

  /// Nothing but this server's own files and answers, no scripts in the page's text, and no frame of another site.
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private init(_ contentType: String, _ name: String) {
    self.contentType = "\(contentType); charset=utf-8"
    bytes = EmbeddedFile.required("page/\(name)")
  }

  var response: HTTPResponse {
    var response = HTTPResponse(contentType: contentType, body: bytes)
    response.fields = [("Content-Security-Policy", Self.policy), ("Referrer-Policy", "no-referrer")]
    return response
  }
}
