// Owns the bill: what each pod used in each bucket of a window.
// Never rounds: sums of records are the totals.

import CAISystem

extension Cloud {
    func billing(_ query: [String: String]) throws(Problem) -> Reply {
        let window = try BillingWindow(query: query, now: now)
        var records: [JSONValue] = []
        var (totals, pods) = (Use(), Set<String>())
        for pod in meters where query["podId"].map({ $0 == pod.id }) ?? true {
            for bucket in window.buckets where pod.meter.spans.contains(where: { $0.start < bucket.end }) {
                let use = use(of: pod, from: bucket.start, to: min(bucket.end, now))
                guard use.usd > 0 else { continue }
                var record = use.amounts
                record["podId"] = .string(pod.id)
                record["startTime"] = .string(PodRecord.instant(bucket.start))
                record["endTime"] = .string(PodRecord.instant(bucket.end))
                records.append(.object(record))
                totals = totals + use
                pods.insert(pod.id)
            }
        }
        return Reply(
            200,
            .object([
                "records": .array(records),
                "metadata": .object([
                    "query": .object([
                        "startTime": .string(PodRecord.instant(window.start)),
                        "endTime": .string(PodRecord.instant(window.end)), "bucketSize": .string(window.size.rawValue),
                        "podId": .text(query["podId"]),
                    ]),
                    "recordCount": .int(records.count), "uniquePodCount": .int(pods.count),
                    "totals": .object(totals.amounts),
                ]),
            ]))
    }
}

extension Use {
    /// As the contract's `PodBillingAmounts`, in USD.
    var amounts: [String: JSONValue] {
        [
            "totalAmount": .double(usd), "gpuAmount": .double(computeUSD), "cpuAmount": .double(0),
            "diskAmount": .double(storageUSD),
        ]
    }
}
