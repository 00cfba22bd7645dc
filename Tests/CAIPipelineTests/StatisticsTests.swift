// Owns the tests of the statistical functions against published or independently computed values.
// Never compares a function with a second copy of its own formula.

import Testing

@testable import CAIPipeline

private func near(_ value: Double, _ expected: Double, relative: Double = 1e-10) -> Bool {
    abs(value - expected) <= relative * max(abs(expected), 1e-300)
}

@Suite("Statistics")
struct StatisticsTests {
    // scipy 1.17.1: min(1, 2·binom.cdf(k, n, ½)) and 2·binom.cdf(k−1, n, ½) + binom.pmf(k, n, ½). The row 1, 7 is the
    // example of Fagerland et al. 2013 (0.0703 and 0.0391).
    @Test(arguments: [
        (57, 2, 6.144390551909851e-15, 3.176278684513545e-15),
        (2, 57, 6.144390551909851e-15, 3.176278684513545e-15),
        (1, 7, 0.0703125, 0.0390625),
        (0, 5, 0.0625, 0.03125),
        (0, 1, 1, 0.5),
        (30, 15, 0.035697803555194696, 0.025896081793234757),
        (12, 3, 0.03515625, 0.02127075195312499),
        (0, 300, 9.818186930595453e-91, 4.909093465297783e-91),
        (499_000, 501_000, 0.0456082998653896, 0.04550031788736567),
        (498_000, 502_000, 6.3609337500788e-05, 6.334168068498889e-05),
        (1_000_000, 999_000, 0.4798298053092891, 0.4793903590970014),
    ])
    func mcNemarAgreesWithTheBinomial(n01: Int, n10: Int, p: Double, pMid: Double) {
        let result = Statistics.mcNemar(n01: n01, n10: n10)
        #expect(near(result.p, p))
        #expect(near(result.pMid, pMid))
    }

    @Test("equal counts and no discordant pair say nothing", arguments: [0, 1, 10, 1_000_000])
    func mcNemarOfATie(count: Int) {
        #expect(Statistics.mcNemar(n01: count, n10: count) == Statistics.McNemar(p: 1, pMid: 1))
    }

    @Test func mcNemarStaysInRangeForHugeCounts() {
        let lopsided = Statistics.mcNemar(n01: 1_000_000, n10: 0)
        #expect(lopsided.p == 0)  // 2^−999999 is below the least double
        let close = Statistics.mcNemar(n01: 1_000_000_000_000, n10: 999_999_999_999)
        #expect(close.p > 0.999_999 && close.p <= 1)
    }

    // What a difference of 5 points at 15% discordance needs: 20 against 10 of 200 items, 100 against 50 of 1000 (scipy).
    @Test func detectableDifferenceOfFivePoints() {
        #expect(near(Statistics.mcNemar(n01: 20, n10: 10).p, 0.09873714670538902))
        #expect(near(Statistics.mcNemar(n01: 100, n10: 50).p, 5.447533103392542e-05))
    }

    // scipy 1.17.1: binomtest(k, n).proportion_ci(confidence, "wilson").
    @Test(arguments: [
        (8, 10, 0.95, 0.4901624715366418, 0.9433178485456248),
        (0, 20, 0.95, 0, 0.16112515805281935),
        (20, 20, 0.99, 0.7508945989012464, 1),
        (1, 1_000_000, 0.95, 1.765245767453709e-07, 5.664911804311442e-06),
        (500_000, 1_000_000, 0.95, 0.4990200198900048, 0.5009799801099952),
        (263, 400, 0.9, 0.6175308609627953, 0.6953528379286326),
    ])
    func wilsonAgreesWithScipy(successes: Int, n: Int, confidence: Double, low: Double, high: Double) {
        let interval = Statistics.wilson(successes: successes, n: n, confidence: confidence)
        #expect(near(interval.low, low, relative: 1e-9))
        #expect(near(interval.high, high))
    }

    @Test func wilsonWithoutTrialsKnowsNothing() {
        #expect(Statistics.wilson(successes: 0, n: 0) == Statistics.Interval(low: 0, high: 1))
    }

    // scipy 1.17.1: norm.ppf((1 + confidence) / 2).
    @Test(arguments: [
        (0.95, 1.959963984540054), (0.99, 2.5758293035489004), (0.8, 1.2815515655446004), (0.999, 3.2905267314918945),
    ])
    func criticalValuesAgreeWithScipy(confidence: Double, z: Double) {
        #expect(abs(Statistics.normalCriticalValue(confidence: confidence) - z) < 1e-12)
    }

    // Fagerland, Lydersen & Laake 2014, the 21 children of Bentur et al.: 0.026 to 0.507 for (1, 1, 7, 12). The others
    // were computed in Python from scipy's Wilson limits.
    @Test(arguments: [
        ([1, 1, 7, 12], 0.025559124164859837, 0.506920226686141),
        ([150, 10, 90, 50], 0.2071927178523017, 0.32345799832820166),
        ([0, 0, 20, 0], 0.7721346162421945, 1),
    ])
    func newcombeAgreesWithPublishedInterval(cells: [Int], low: Double, high: Double) {
        let counts = Statistics.PairedCounts(n11: cells[0], n10: cells[1], n01: cells[2], n00: cells[3])
        let interval = Statistics.newcombe(counts)
        #expect(near(interval.low, low))
        #expect(near(interval.high, high))
    }

    @Test func newcombeIsAntisymmetric() {
        let forward = Statistics.newcombe(.init(n11: 30, n10: 4, n01: 11, n00: 15))
        let backward = Statistics.newcombe(.init(n11: 30, n10: 11, n01: 4, n00: 15))
        #expect(near(forward.low, -backward.high))
        #expect(near(forward.high, -backward.low))
    }

    @Test func cohensHIsPositiveWhereTheFirstIsGreater() {
        // Python: 2·asin(√0.9) − 2·asin(√0.6)
        #expect(near(Statistics.cohensH(0.9, 0.6), 0.7259372972112814))
        #expect(near(Statistics.cohensH(0.6, 0.9), -0.7259372972112814))
        #expect(near(Statistics.cohensH(1, 0), Double.pi))
    }

    // scipy 1.17.1: false_discovery_control.
    @Test(arguments: [
        ([0.01, 0.02, 0.03, 0.04, 0.05], [0.05, 0.05, 0.05, 0.05, 0.05]),
        ([0.001, 0.8, 0.03, 0.04, 0.9, 0.005], [0.006, 0.9, 0.06, 0.06, 0.9, 0.015]),
        ([0.2], [0.2]),
        ([1, 1], [1, 1]),
    ])
    func benjaminiHochbergAgreesWithScipy(p: [Double], adjusted: [Double]) {
        let result = Statistics.benjaminiHochberg(p)
        #expect(result.count == adjusted.count)
        for (value, expected) in zip(result, adjusted) { #expect(near(value, expected)) }
    }

    @Test func cohensKappaOfKnownTables() throws {
        // 20 and 15 agreements of 50 against 5 and 10: kappa 0.4 (the usual textbook example).
        #expect(near(try #require(Statistics.cohensKappa([[20, 5], [10, 15]])), 0.4))
        #expect(Statistics.cohensKappa([[7, 0], [0, 3]]) == 1)
        #expect(near(try #require(Statistics.cohensKappa([[0, 5], [5, 0]])), -1))
        #expect(Statistics.cohensKappa([[9, 0], [0, 0]]) == nil)
        #expect(Statistics.cohensKappa([[0, 0], [0, 0]]) == nil)
    }

    @Test func fleissKappaOfTheTextbookExample() throws {
        // Fourteen raters, ten subjects, five categories: 0.210 (numpy: 0.20993070442195522).
        let counts = [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ]
        #expect(near(try #require(Statistics.fleissKappa(counts)), 0.20993070442195522))
        #expect(Statistics.fleissKappa([[3, 0], [3, 0]]) == nil)
        #expect(Statistics.fleissKappa([]) == nil)
    }
}
