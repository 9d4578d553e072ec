package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/avatars"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/picture"
	"stoa/views"
)

// SaveAvatar makes the person's picture of the file that they sent.
func (p *Pages) SaveAvatar(c *fiber.Ctx) error {
	file, err := gate.File(c, avatars.Field)
	if err != nil {
		return err
	}
	sc := gate.From(c).Scope()
	changed, err := p.Accounts.ChangeAvatar(c.UserContext(), sc, file)
	if errs := respond.FormErrors(err); errs != nil {
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
	return showAvatarForm(c, "avatar-saved", changed)
}

// RemoveAvatar takes the person's picture away.
func (p *Pages) RemoveAvatar(c *fiber.Ctx) error {
	changed, err := p.Accounts.RemoveAvatar(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	return showAvatarForm(c, "avatar-removed", changed)
}

func showAvatarForm(c *fiber.Ctx, note string, changed scope.User) error {
	return respond.Saved(c, profilePath, note, "accounts/_avatar_form", func(chrome views.Chrome) any {
		chrome.User = respond.Viewer(changed)
		form := avatarForm(changed)
		form.Saved = true
		return views.Profile{Chrome: chrome, Avatar: form}
	})
}

func avatarForm(p scope.User) views.AvatarForm {
	return views.AvatarForm{
		Viewer: views.Viewer{Name: p.Name, Email: p.Email, Avatar: respond.AvatarPath(p, avatars.Large)},
	}
}

// picturePolicy lets a picture be one and nothing else, whatever a browser
// takes it for when it is opened by itself.
const picturePolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// Avatar answers with a picture. Its name never stands for another one, so it
// is kept for a year; from where it lies, it comes through us.
func (p *Pages) Avatar(c *fiber.Ctx) error {
	name := c.Params("file")
	file, err := p.Avatars.Open(c.UserContext(), name)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, picturePolicy)
	// The API gives its address to programs, whose own pages may show it.
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	if respond.NotModified(c, `"`+name+`"`) {
		return nil
	}
	c.Set(fiber.HeaderContentType, file.Type)
	c.Set(fiber.HeaderContentDisposition, `inline; filename="`+name+`"`)
	return c.Send(file.Body)
}
