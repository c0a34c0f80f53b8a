@main struct Tengu { static func main() {} }
