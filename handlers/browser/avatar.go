package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/avatars"
	"stoa/domain/home"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/picture"
	"stoa/views"
)

var (
	avatarSaved   = respond.NewSaved("avatar-saved", "picture", "Saved")
	avatarRemoved = respond.NewSaved("avatar-removed", "picture", "Removed")
)

func init() {
	addSetupStep(setupStep{20, views.Step{
		Icon: views.Icons.Picture, Label: "Add a picture", Help: "It is shown beside your name.",
		Action: views.Link{Label: "Choose a picture", Href: "/settings/profile"},
	}, func(h home.Home) bool { return h.User.Avatar != "" }})
}

// Avatar is the user's picture.
type Avatar struct{ avatars *avatars.Avatars }

// Routes declares the routes.
func (a Avatar) Routes(to *route.Table) {
	to.Sessionless.Get("/avatars/:file", a.Show) // no session: a shared cache may keep the picture
	to.Own.Post("/settings/avatar", a.Update)
	to.Own.Post("/settings/avatar/delete", a.Delete)
}

// picturePolicy prevents scripts and embedding when a browser opens the file
// directly, whatever type the browser detects.
const picturePolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// Show returns the file of a picture. The file behind a name never changes, so
// caches may keep it for a year. The file always passes through this handler,
// never directly from the file store.
func (a Avatar) Show(c *fiber.Ctx) error {
	name := c.Params("file")
	file, err := a.avatars.Open(c.UserContext(), name)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, picturePolicy)
	// API responses contain the URL, and the pages of API clients may embed the
	// picture.
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	if respond.NotModified(c, `"`+name+`"`) {
		return nil
	}
	c.Set(fiber.HeaderContentType, file.Type)
	c.Set(fiber.HeaderContentDisposition, `inline; filename="`+name+`"`)
	return c.Send(file.Body)
}

// Update makes the user's picture from the uploaded file. It returns the form
// with 413 for a file that is too large, and with 422 for other refused files.
func (a Avatar) Update(c *fiber.Ctx) error {
	file, err := gate.File(c, avatars.Field)
	if err != nil {
		return err
	}
	sc := gate.From(c).Scope()
	changed, err := a.avatars.Change(c.UserContext(), sc, file)
	if errs := respond.FormErrors(c, err); errs != nil {
		status := fiber.StatusUnprocessableEntity
		if len(file) > picture.MaxBytes {
			status = fiber.StatusRequestEntityTooLarge
		}
		page := profilePage(c, *sc.User)
		page.Avatar.Errors = errs
		return respond.Form(c, status, "accounts/profile", "accounts/_avatar_form", page)
	}
	if err != nil {
		return err
	}
	return showAvatarForm(c, avatarSaved, changed)
}

// Delete removes the user's picture.
func (a Avatar) Delete(c *fiber.Ctx) error {
	changed, err := a.avatars.Remove(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	return showAvatarForm(c, avatarRemoved, changed)
}

func showAvatarForm(c *fiber.Ctx, flash respond.Flash, changed scope.User) error {
	return respond.Saved(c, profilePath, flash, "accounts/_avatar_form", func(chrome views.Chrome) any {
		chrome.User = profileViewer(changed)
		form := avatarForm()
		form.Saved = true
		return views.Profile{Chrome: chrome, Avatar: form}
	})
}

func avatarForm() views.AvatarForm {
	return views.AvatarForm{MaxMiB: picture.MaxMiB, TooLarge: picture.TooLarge}
}

// profileViewer returns the user with the large picture, which the profile also shows in
// the shell, so that the page loads one picture.
func profileViewer(user scope.User) *views.Viewer {
	viewer := respond.Viewer(user)
	viewer.Avatar = respond.AvatarPath(user, avatars.Large)
	return viewer
}
