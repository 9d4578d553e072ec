package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/home"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

const profilePath = "/settings/profile"

var profileSaved = respond.NewSaved("profile-saved", "profile", "Saved")

func init() {
	addSetupStep(setupStep{30, views.Step{
		Icon: views.Icons.User, Label: "Say who you are", Help: "A few words about you, with Markdown.",
		Action: views.Link{Label: "Write about you", Href: "/settings/profile"},
	}, func(h home.Home) bool { return h.User.Bio != "" }})
}

// Profile is the user's name and bio.
type Profile struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (p Profile) Routes(to *route.Table) {
	to.Own.Get("/settings/profile", p.Show)
	to.Own.Post("/settings/profile", p.Update)
}

// Show shows the form for the profile, and the form for the avatar below it.
func (Profile) Show(c *fiber.Ctx) error {
	return respond.Page(c, "accounts/profile", profilePage(c, *gate.From(c).User()))
}

// Update changes the name and the bio.
func (p Profile) Update(c *fiber.Ctx) error {
	typed := accounts.Profile{Name: gate.Field(c, "name"), Bio: gate.Field(c, "bio")}
	sc := gate.From(c).Scope()
	changed, err := p.accounts.ChangeProfile(c.UserContext(), sc, func(p *accounts.Profile) error {
		*p = typed
		return nil
	})
	if errs := respond.FormErrors(c, err); errs != nil {
		page := profilePage(c, *sc.User)
		page.Form.Errors = errs
		return respond.Form(c, fiber.StatusUnprocessableEntity, "accounts/profile", "accounts/_profile_form", page)
	}
	if err != nil {
		return err
	}
	return respond.Saved(c, profilePath, profileSaved, "accounts/_profile_form", func(chrome views.Chrome) any {
		chrome.User = profileViewer(changed)
		form := profileForm(changed)
		form.Saved = true
		return views.Profile{Chrome: chrome, Form: form}
	})
}

func profilePage(c *fiber.Ctx, user scope.User) views.Profile {
	chrome := respond.Chrome(c)
	chrome.Path = profilePath // also when the form for the avatar is shown again
	chrome.User = profileViewer(user)
	return views.Profile{Chrome: chrome, Form: profileForm(user), Avatar: avatarForm()}
}

func profileForm(user scope.User) views.ProfileForm {
	return views.ProfileForm{Name: user.Name, Bio: user.Bio, Preview: accounts.Bio(user.Bio).HTML()}
}
