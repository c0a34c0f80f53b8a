/// The learner's number of a distinct caption: dense from 1 in order of first sighting. 0 is "no caption".
public typealias CaptionID = UInt32
