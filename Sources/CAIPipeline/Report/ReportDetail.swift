// Owns the report's detail: types, templates, failures word for word, the run, the limits of the claim.
// Never shortens a quoted text and never leaves out how many failures are not shown.

extension Report {
    var byType: String {
        let rates = summary.byType.filter { $0.score == .content }
        let table = Markdown.table(
            ["type", "model", "form", "n", "right", "rate", "95% interval"],
            rates.map {
                [
                    $0.type ?? "", $0.name, $0.promptForm.rawValue, "\($0.n)", "\($0.correct)",
                    Format.fixed($0.rate, 3), Format.interval($0),
                ]
            })
        guard !summary.comparisonsByType.isEmpty else { return table }
        return table + "\nComparisons by type, content score; p adjusted over all of them (Benjamini–Hochberg):\n\n"
            + Markdown.table(
                ["type", "a", "b", "lift (points)", "95% interval", "p exact", "p adjusted", "h"],
                summary.comparisonsByType.map {
                    [
                        $0.type ?? "", "\($0.a) (\($0.aPromptForm.rawValue))", "\($0.b) (\($0.promptForm.rawValue))",
                        Format.signedPoints($0.lift), liftInterval($0), Format.pValue($0.pExact),
                        $0.pAdjusted.map(Format.pValue) ?? "", Format.fixed($0.h, 2),
                    ]
                })
    }

    var byTemplate: String {
        let rates = summary.byTemplate.filter { $0.score == .content }
        guard !rates.isEmpty else { return "" }
        return Markdown.table(
            ["templates", "model", "form", "n", "right", "rate", "95% interval"],
            rates.map {
                [
                    $0.seenTemplate == true ? "seen" : "unseen", $0.name, $0.promptForm.rawValue, "\($0.n)",
                    "\($0.correct)", Format.fixed($0.rate, 3), Format.interval($0),
                ]
            })
            + "\nSeen templates were trained on with other facts; unseen ones never. "
            + "The facts asked for are unseen in both.\n"
    }

    var failures: String {
        let sections = plan.trained.compactMap { model -> String? in
            let asked = items.filter { $0.model == model && $0.promptForm == plan.trainedForm }
            guard !asked.isEmpty else { return nil }
            let wrong = asked.filter { !$0.content }
            guard !wrong.isEmpty else { return "\(model) has no failure on the content score.\n" }
            let rest = wrong.count - failuresShown
            return "\(wrong.count) of \(asked.count) answers of \(model) are wrong"
                + (rest > 0 ? "; the first \(failuresShown) follow, the other \(rest) stand in `items.jsonl`" : "")
                + ".\n\n" + wrong.prefix(failuresShown).map(failure).joined(separator: "\n")
        }
        return sections.joined(separator: "\n")
    }

    private func failure(_ item: EvaluatedItem) -> String {
        let right = heldOut[item.id]?.answer ?? "not known"
        let template = item.seenTemplate ? "seen" : "unseen"
        return "`\(item.id)` (\(Markdown.cell(item.type)), \(template) template)\n\n"
            + Markdown.fenced("\(item.prompt)\(item.output)\n--- right: \(right)")
    }

    var run: String {
        let entries =
            [
                RunFacts.Setting("model", facts.model), .init("revision", facts.modelRevision),
                .init("seed", "\(facts.seed)"),
            ] + facts.hyperparameters
            + [
                facts.seconds.map { .init("time", Format.duration(seconds: $0)) },
                facts.usd.map { .init("cost", "\(Format.fixed($0, 2)) USD") },
            ].compactMap { $0 }
        return Markdown.table(["", "value"], entries.map { [$0.name, $0.value] })
    }

    var data: String {
        var parts: [String] = []
        if !facts.counts.isEmpty {
            parts.append(Markdown.table(["", "count"], facts.counts.map { [$0.name, $0.value] }))
        }
        if let filter = facts.filterReport {
            parts.append(
                "The filters kept \(filter.keptCount) of \(filter.candidateCount) generated examples; what was dropped, "
                    + "rule by type:\n\n" + filterTable(filter))
        }
        return parts.joined(separator: "\n")
    }

    private func filterTable(_ filter: FilterReport) -> String {
        let types = filter.kept.keys.sorted()
        let rows = filter.dropped.sorted { $0.key < $1.key }.map { rule, byType in
            [rule] + types.map { "\(byType[$0] ?? 0)" }
        }
        return Markdown.table(["rule"] + types, rows + [["kept"] + types.map { "\(filter.kept[$0] ?? 0)" }])
    }

    var limits: String {
        """
        - What SFT taught here is answering without examples. It taught no facts: those asked for here stand in no \
        training example.
        - The intervals cover the choice of items. They do not cover the training seed: another seed gives another \
        model, and only several runs would show how much that matters.
        - The checkers accept one right answer. A different but defensible answer counts as wrong, for every model alike.
        - Nothing here says that the answers would be as good outside this closed set of templates and facts.

        """
    }
}
