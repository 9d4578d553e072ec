package rig

// AtEnd registers f to run after all tests, when the shared server has stopped.
// Call it before Main.
func AtEnd(f func()) { shared.tb.Cleanup(f) }
