import Statistics
import Testing

@Suite struct StatisticTests {
  @Test func noValuesHaveNoStatistic() {
    for statistic in Statistic.allCases { #expect(statistic.value(of: []) == nil) }
    #expect(Quantile.interpolated(0.5, ofSorted: []) == nil)
    #expect(Summary([]) == nil)
  }

  /// By hand: of 8 values a quarter is 2, so the middle four of the sorted ones remain.
  @Test func interquartileMeanOfEightValuesIsThatOfTheMiddleFour() {
    let values = [100.0, 3, -50, 5, 4, 6, 2, 1]
    #expect(Statistic.interquartileMean.value(of: values) == 3.5)
    #expect(Statistic.mean.value(of: values) == 71.0 / 8)
  }

  /// A quarter of five values is one, rounded down; of three it is none.
  @Test func interquartileMeanCutsWholeValues() {
    #expect(Statistic.interquartileMean.value(of: [0.1, 1, 0.2, 0.3, 0]) == (0.1 + 0.2 + 0.3) / 3)
    #expect(Statistic.interquartileMean.value(of: [1, 2, 9]) == 4)
    #expect(Statistic.interquartileMean.value(of: [7]) == 7)
  }

  @Test func interquartileMeanIgnoresTheOrderAndOneOutlier() {
    let values: [Double] = [4, 1, 3, 2]
    #expect(Statistic.interquartileMean.value(of: values) == 2.5)
    #expect(Statistic.interquartileMean.value(of: values.reversed()) == 2.5)
    #expect(Statistic.interquartileMean.value(of: [1e9, 1, 3, 2]) == 2.5)
  }

  @Test func quantilesInterpolate() {
    let values: [Double] = [10, 20, 40]
    #expect(Quantile.interpolated(0, ofSorted: values) == 10)
    #expect(Quantile.interpolated(0.25, ofSorted: values) == 15)
    #expect(Quantile.interpolated(0.5, ofSorted: values) == 20)
    #expect(Quantile.interpolated(0.75, ofSorted: values) == 30)
    #expect(Quantile.interpolated(1, ofSorted: values) == 40)
    #expect(Quantile.interpolated(0.3, ofSorted: [5]) == 5)
  }
}
