import Foundation
import NeuralNetwork
import Runtime
import Tensor
import Testing
import Trajectories

@testable import ActorCritic

/// Actions whose verb decides which factors count, and factors that point at things, against their definitions in Float64.
@Suite struct StructuredActionTests {
  private static let space = ActionSpace.factored([3, 4, 2])
  /// Verb 0 needs nothing, verb 1 a thing, verb 2 a thing and a direction.
  private static let structure = ActionStructure(uses: [[], [1], [1, 2]], sets: [nil, "pack", nil])
  private static let layout = ObservationLayout([
    ObservationField("state", .float32, [2], .numeric(scale: [1])),
    ObservationField("kinds", .int16, [4], .member(cardinality: 6, set: "pack")),
    ObservationField("states", .uint8, [4], .member(cardinality: 3, set: "pack")),
    ObservationField("legal", .uint8, [9], .structuredMask(structure)),
  ])

  /// log p(action) and the entropy, by definition.
  private func definition(_ outputs: [Double], _ action: [Int]) -> (log: Double, entropy: Double) {
    var (rows, start): ([[Double]], Int) = ([], 0)
    for count in Self.space.counts {
      let weights = outputs[start..<start + count].map { exp($0) }
      rows.append(weights.map { $0 / weights.reduce(0, +) })
      start += count
    }
    func entropy(_ row: [Double]) -> Double { -row.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) } }
    let used = [0] + Self.structure.uses[action[0]]
    let sum = used.reduce(0) { $0 + log(rows[$1][action[$1]]) }
    var total = entropy(rows[0])
    for (verb, uses) in Self.structure.uses.enumerated() {
      for factor in uses { total += rows[0][verb] * entropy(rows[factor]) }
    }
    return (sum, total)
  }

  @Test func onlyUsedFactorsCount() {
    let head = ActionHead(Self.space, Self.structure)
    var generator = RandomGenerator(seed: 4)
    var verbs: Set<UInt32> = []
    for _ in 0..<100 {
      let outputs = (0..<9).map { _ in 3 * generator.uniform() - 1.5 }
      var action: [UInt32] = [9, 9, 9]
      let sampled = head.sample(outputs, &generator, into: &action)
      verbs.insert(action[0])
      if action[0] == 0 { #expect(action == [0, 0, 0]) }
      if action[0] == 1 { #expect(action[2] == 0) }
      var parameters = outputs
      head.normalise(outputs, rows: 1, into: &parameters)
      #expect(head.logProbability(parameters, of: action) == sampled)
      let expected = definition(outputs.map(Double.init), action.map(Int.init))
      #expect(abs(Double(sampled) - expected.log) < 1e-5)
      #expect(abs(Double(head.entropy(parameters)) - expected.entropy) < 1e-5)
    }
    #expect(verbs == [0, 1, 2])
    var mode: [UInt32] = [9, 9, 9]
    head.mode([0, 2, 1, 0, 0, 5, 0, 0, 7], into: &mode)
    #expect(mode == [1, 2, 0])
  }

  @Test func gradientsAgreeWithCentralDifferences() {
    let head = ActionHead(Self.space, Self.structure)
    var generator = RandomGenerator(seed: 5)
    for verb in 0..<3 {
      let outputs = (0..<9).map { _ in 3 * generator.uniform() - 1.5 }
      let action = [UInt32(verb), verb > 0 ? 3 : 0, verb > 1 ? 1 : 0]
      var (parameters, gradient) = (outputs, outputs)
      head.normalise(outputs, rows: 1, into: &parameters)
      head.writeGradient(
        parameters, action: action, logProbabilityGradient: 0.7, entropyGradient: -0.3, into: &gradient)
      func loss(_ outputs: [Double]) -> Double {
        let (log, entropy) = definition(outputs, action.map(Int.init))
        return 0.7 * log - 0.3 * entropy
      }
      #expect(differenceFromNumerical(loss, at: outputs.map(Double.init), gradient) < 1e-4)
    }
  }

  /// A row with things 2, 5 and 1 at places 0, 1 and 3.
  private func withRow(_ body: (UnsafeRawPointer) throws -> Void) rethrows {
    let row = UnsafeMutableRawPointer.allocate(byteCount: Self.layout.rowByteCount, alignment: 8)
    defer { row.deallocate() }
    row.initializeMemory(as: UInt8.self, repeating: 0, count: Self.layout.rowByteCount)
    for (index, kind) in [Int16(2), 5, 0, 1].enumerated() {
      row.storeBytes(of: kind, toByteOffset: Self.layout.offsets[1] + 2 * index, as: Int16.self)
      row.storeBytes(of: UInt8(index % 3), toByteOffset: Self.layout.offsets[2] + index, as: UInt8.self)
    }
    for index in 0..<9 { row.storeBytes(of: 1, toByteOffset: Self.layout.offsets[3] + index, as: UInt8.self) }
    try body(row)
  }

  private static func product(_ a: [Double], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * Double($1.1) }
  }

  @Test func pointersAreProductsWithKeysAndTheirGradientsAgree() throws {
    var layout = ParameterLayout()
    let head = try #require(try PointerHead(Self.structure, Self.space, Self.layout, in: &layout))
    #expect(head.outputCount == 3 + 16 + 2 && head.logitCount == 9)
    var generator = RandomGenerator(seed: 6)
    let parameters = FloatBuffer(generator.values(layout.count))
    let outputs = generator.values(head.outputCount)
    let direction = generator.values(9)
    let (kinds, states) = (layout.slices[0], layout.slices[1])
    let things = [(2, 0), (5, 1), (0, 2), (1, 0)]
    func logits(_ values: [Double]) -> [Double] {
      let (table, x) = (values.prefix(layout.count), values.suffix(head.outputCount))
      let query = [Double](x)[3..<19]
      let pointed: [Double] = things.map { (kind: Int, state: Int) -> Double in
        guard kind > 0 else { return 0 }
        var sum = 0.0
        for (i, factor) in query.enumerated() {
          let key: Double = table[kinds.offset + kind * 16 + i] + table[states.offset + state * 16 + i]
          sum += factor * key / 4
        }
        return sum
      }
      return [Double](x)[0..<3] + pointed + [Double](x)[19..<21]
    }
    let point = (Array(UnsafeBufferPointer(start: parameters.pointer, count: layout.count)) + outputs).map(Double.init)
    let weights = Weights(parameters: parameters.pointer, prepared: parameters.pointer)
    let scratch = FloatBuffer(count: PointerHead.scratchCount)
    withRow { row in
      var result = [Float](repeating: 9, count: 9)
      head.forward([row], count: 1, outputs: outputs, into: &result, weights: weights, scratch: scratch.pointer)
      for (value, expected) in zip(result, logits(point)) { #expect(abs(Double(value) - expected) < 1e-5) }
      var outputGradients = [Float](repeating: 9, count: head.outputCount)
      var gradients = [Float](repeating: 0, count: layout.count)
      head.backward(
        [row], count: 1, outputs: outputs, logitGradients: direction, outputGradients: &outputGradients,
        weights: weights, gradients: &gradients, scratch: scratch.pointer)
      let loss: ([Double]) -> Double = { Self.product(logits($0), direction) }
      #expect(differenceFromNumerical(loss, at: point, gradients + outputGradients) < 1e-4)
    }
    withExtendedLifetime((parameters, scratch)) {}
  }

  @Test func aSetIsTheSumOfItsThingsAndItsGradientAgrees() throws {
    var layout = ParameterLayout()
    let field = SetField(try SetMembers("pack", of: Self.layout, "encoder.pack", size: 5, in: &layout))
    var generator = RandomGenerator(seed: 7)
    let parameters = FloatBuffer(generator.values(layout.count))
    let direction = generator.values(5)
    let point = Array(UnsafeBufferPointer(start: parameters.pointer, count: layout.count)).map(Double.init)
    let states = layout.slices[1].offset
    func output(_ table: [Double]) -> [Double] {
      var sums = [Double](repeating: 0, count: 5)
      for (kind, state) in [(2, 0), (5, 1), (1, 0)] {
        for i in 0..<5 {
          let x: Double = table[kind * 5 + i] + table[states + state * 5 + i]
          sums[i] += 0.25 * (x > 0 ? x : exp(x) - 1)
        }
      }
      return sums
    }
    let weights = Weights(parameters: parameters.pointer, prepared: parameters.pointer)
    let (y, slope) = (FloatBuffer(count: 5), FloatBuffer(direction))
    withRow { row in
      let workspace = field.makeWorkspace(maximumRows: 1, chunk: 1)
      let view = MutableMatrix(y.pointer, rows: 1, columns: 5)
      field.forward([row], 0..<1, into: view, weights: weights, workspace: workspace)
      for (index, expected) in output(point).enumerated() { #expect(abs(Double(y.pointer[index]) - expected) < 1e-5) }
      var gradients = [Float](repeating: 0, count: layout.count)
      field.backward(
        [row], 0..<1, y: view.view, outputGradients: MutableMatrix(slope.pointer, rows: 1, columns: 5),
        weights: weights, gradients: &gradients, workspace: workspace)
      let loss: ([Double]) -> Double = { Self.product(output($0), direction) }
      #expect(differenceFromNumerical(loss, at: point, gradients) < 1e-3)
    }
    withExtendedLifetime((parameters, y, slope)) {}
  }

  @Test func whatDoesNotFitIsNamed() throws {
    func network(_ structure: ActionStructure, _ space: ActionSpace = Self.space) throws -> PolicyNetwork {
      var fields = Self.layout.fields
      fields[3] = ObservationField("legal", .uint8, [space.parameterCount], .structuredMask(structure))
      return try PolicyNetwork(
        NetworkDescription(.compact), observation: ObservationLayout(fields), actions: space, valueHeads: 1)
    }
    let blueprint = try #require(try network(Self.structure).blueprint)
    #expect(blueprint.structure == Self.structure && blueprint.pointers?.factors.map(\.set) == [nil, 0, nil])
    let wrong: [(ActionStructure, ActionSpace)] = [
      (ActionStructure(uses: [[], [1]], sets: [nil, "pack", nil]), Self.space),
      (ActionStructure(uses: [[], [1], [3]], sets: [nil, "pack", nil]), Self.space),
      (ActionStructure(uses: [[], [1], [2]], sets: ["pack", nil, nil]), Self.space),
      (ActionStructure(uses: [[], [1], [2]], sets: [nil, nil, "pack"]), Self.space),
      (ActionStructure(uses: [[], [1], [2]], sets: [nil, "bag", nil]), Self.space),
      (Self.structure, .discrete(3)),
    ]
    for (structure, space) in wrong {
      #expect(throws: PolicyNetworkError.self) { try network(structure, space) }
    }
  }
}
