import GardenWorld
import TenguLearning

/// Every command of `tengu`, with the garden and its network.
@main
enum Program {
  static func main() { TenguProgram.run(adding: [Garden.entry], networks: [.garden]) }
}
