package rig

// AtEnd keeps f until the run is over and the shared server has stopped. Call
// it before Main: what a whole run shares is known before the first test.
func AtEnd(f func()) { shared.tb.Cleanup(f) }
