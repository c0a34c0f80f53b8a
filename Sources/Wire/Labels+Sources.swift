import CWire

extension Labels {
  /// The sources as columns: models and servers repeat, so each pair of them travels once.
  func packSources(_ arena: PackArena, into packed: inout Tengu__Labels) {
    struct Place: Hashable {
      var model: String
      var server: String
    }
    var places: [Place] = []
    var indices: [Place: UInt32] = [:]
    let placesOf: [UInt32] = sources.map { source in
      let place = Place(model: source.model, server: source.server)
      if let index = indices[place] { return index }
      indices[place] = UInt32(places.count)
      places.append(place)
      return UInt32(places.count - 1)
    }
    packed.n_models = places.count
    packed.models = arena.texts(places.map(\.model))
    packed.n_servers = places.count
    packed.servers = arena.texts(places.map(\.server))
    packed.n_sources = sources.count
    packed.sources = arena.array(placesOf)
    packed.n_latencies = sources.count
    packed.latencies = arena.array(sources.map(\.latencySeconds))
    packed.n_prompt_tokens = sources.count
    packed.prompt_tokens = arena.array(sources.map(\.promptTokens))
    packed.n_answer_tokens = sources.count
    packed.answer_tokens = arena.array(sources.map(\.answerTokens))
    packed.n_samples = sources.count
    packed.samples = arena.array(sources.map(\.samples))
    packed.n_answer_digests = sources.count
    packed.answer_digests = arena.array(sources.map(\.answerDigest))
    packed.n_asked = sources.count
    packed.asked = arena.list(sources.map(\.asked))
  }

  static func sources(of packed: Tengu__Labels) throws(WireError) -> [LabelSource] {
    let models = try texts(packed.models, packed.n_models, "labels.models")
    let servers = try texts(packed.servers, packed.n_servers, "labels.servers")
    try Check.sameCount(servers.count, as: models.count, "labels.servers", "models")
    let places = Unpack.array(packed.sources, packed.n_sources)
    for (count, field) in [
      (packed.n_latencies, "latencies"), (packed.n_prompt_tokens, "prompt_tokens"),
      (packed.n_answer_tokens, "answer_tokens"), (packed.n_samples, "samples"),
      (packed.n_answer_digests, "answer_digests"), (packed.n_asked, "asked"),
    ] {
      try Check.sameCount(count, as: places.count, "labels.\(field)", "sources")
    }
    var sources: [LabelSource] = []
    for (index, place) in places.enumerated() {
      guard models.indices.contains(Int(place)) else {
        throw .invalid(field: "labels.sources[\(index)]", reason: "\(place) of \(models.count) servers")
      }
      sources.append(
        LabelSource(
          model: models[Int(place)], server: servers[Int(place)], latencySeconds: packed.latencies[index],
          promptTokens: packed.prompt_tokens[index], answerTokens: packed.answer_tokens[index],
          samples: packed.samples[index], answerDigest: packed.answer_digests[index],
          asked: Unpack.bytes(packed.asked[index])))
    }
    return sources
  }

  private static func texts(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int, _ field: String
  ) throws(WireError) -> [String] {
    try Unpack.array(pointer, count).map { text throws(WireError) in try Unpack.text(text, field) }
  }
}
