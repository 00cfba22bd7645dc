// Owns giving memory back to the machine: a daemon that was busy for a moment must not stay large for the rest of the day.
// Never called where something waits for it.

import CLinux

/// The process's memory.
public enum Memory {
    /// Gives back what is not needed at this moment: free heap, and program text that only the start needed.
    public static func giveBack() { clinux_give_back_memory() }
}
