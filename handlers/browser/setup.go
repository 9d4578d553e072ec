package browser

import (
	"cmp"
	"slices"

	"stoa/domain/home"
	"stoa/views"
)

// setupStep is one thing that a new user sets up. Each resource declares its step beside
// its handlers.
type setupStep struct {
	order int // of the list; leave gaps of ten
	step  views.Step
	done  func(home.Home) bool
}

// setupSteps are all declared steps. Only init functions write it.
var setupSteps []setupStep

func addSetupStep(s setupStep) {
	setupSteps = append(setupSteps, s)
	slices.SortFunc(setupSteps, func(a, b setupStep) int { return cmp.Compare(a.order, b.order) })
}

// setupOf returns the steps of the user. The first one with an action that is not done has
// the primary action.
func setupOf(h home.Home) views.Setup {
	var setup views.Setup
	primary := true
	for _, s := range setupSteps {
		step := s.step
		step.Done = s.done(h)
		if !step.Done && step.Action.Href != "" {
			step.Primary, primary = primary, false
		}
		setup.Steps = append(setup.Steps, step)
	}
	return setup
}
