// Owns: how far a section of the roadmap is, told from its boxes and its marker together.
// Never decides between the two: where they contradict each other, there is no answer.

extension Roadmap {
    /// How far a section is: what its boxes roll up to once `ticked` are ticked too, or its marker where it has no
    /// boxes or has begun. Nil where its marker contradicted its boxes before, and where it has neither.
    func state(of section: Section, alsoTicked ticked: Set<Int> = []) -> RoadmapMarker? {
        let items = items(under: section)
        guard !items.isEmpty else { return section.marker?.marker }
        let before = items.count { $0.isTicked }
        let after = items.count { $0.isTicked || ticked.contains($0.index) }
        if let marker = section.marker?.marker {
            guard marker.agrees(ticked: before, of: items.count) else { return nil }
            if before == after { return marker }
        }
        return .rollUp(ticked: after, of: items.count)
    }
}
