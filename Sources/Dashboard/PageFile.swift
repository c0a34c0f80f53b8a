import Telemetry

/// A file of the page, embedded in the program.
struct PageFile: Sendable {
  let contentType: String
  let bytes: [UInt8]

  /// The files by their paths.
  static let all: [String: PageFile] = [
    "/": PageFile("text/html", PackageResources.index_html),
    "/style.css": PageFile("text/css", PackageResources.style_css),
    "/main.js": PageFile("text/javascript", PackageResources.main_js),
    "/data.js": PageFile("text/javascript", PackageResources.data_js),
    "/chart.js": PageFile("text/javascript", PackageResources.chart_js),
    "/curves.js": PageFile("text/javascript", PackageResources.curves_js),
    "/run.js": PageFile("text/javascript", PackageResources.run_js),
    "/captions.js": PageFile("text/javascript", PackageResources.captions_js),
    "/episode.js": PageFile("text/javascript", PackageResources.episode_js),
    "/differences.js": PageFile("text/javascript", PackageResources.differences_js),
  ]

  /// Nothing but this server's own files and answers, no scripts in the page's text, and no frame of another site.
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private init(_ contentType: String, _ bytes: [UInt8]) {
    self.contentType = "\(contentType); charset=utf-8"
    self.bytes = bytes
  }

  var response: HTTPResponse {
    var response = HTTPResponse(contentType: contentType, body: bytes)
    response.fields = [("Content-Security-Policy", Self.policy), ("Referrer-Policy", "no-referrer")]
    return response
  }
}
