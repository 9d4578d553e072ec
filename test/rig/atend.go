package rig

// AtEnd registers f to run after all tests, when the shared servers have stopped.
func AtEnd(f func()) {
	shared.Lock()
	defer shared.Unlock()
	shared.cleanups = append(shared.cleanups, f)
}
