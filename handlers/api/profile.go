package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/avatars"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/handlers/transport"
)

// Profile is the user of the access token.
type Profile struct{ accounts *accounts.Accounts }

// Routes declares the routes.
func (p Profile) Routes(to *route.Table) {
	to.OwnCalls.Get("/api/users/me", p.Show)
	to.OwnCalls.Patch("/api/users/me", p.Update)
}

var _ = exportForm("user", func(c *fiber.Ctx, u scope.User) fields {
	return fields{{"user", userOf(c)(u)}}
})

// user is the JSON of a user.
type user struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	Email         string    `json:"email"`
	EmailVerified bool      `json:"email_verified"`
	EmailFailure  *string   `json:"email_failure"`
	Bio           string    `json:"bio"`
	AvatarURL     *string   `json:"avatar_url"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
}

// userOf returns the function that shows a user in the response to the request.
func userOf(c *fiber.Ctx) func(scope.User) user {
	return func(u scope.User) user {
		shown := user{
			ID: u.ID.String(), Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified, Bio: u.Bio,
			CreatedAt: u.CreatedAt.UTC(), UpdatedAt: u.UpdatedAt.UTC(),
		}
		if u.EmailFailure != "" {
			shown.EmailFailure = &u.EmailFailure
		}
		if path := respond.AvatarPath(u, avatars.Large); path != "" {
			url := transport.From(c).Absolute(path)
			shown.AvatarURL = &url
		}
		return shown
	}
}

// Show returns the user.
func (Profile) Show(c *fiber.Ctx) error {
	return respond.Item(c, fiber.StatusOK, *gate.From(c).User(), nil, userOf(c))
}

// profileFields is the JSON of a change; its fields are those of accounts.Profile.
type profileFields struct {
	Name string `json:"name"`
	Bio  string `json:"bio"`
}

// Update changes the fields that the body has, and returns the user.
func (p Profile) Update(c *fiber.Ctx) error {
	changed, err := p.accounts.ChangeProfile(c.UserContext(), gate.From(c).Scope(), func(p *accounts.Profile) error {
		return respond.DecodePatch(c, (*profileFields)(p))
	})
	return respond.Item(c, fiber.StatusOK, changed, err, userOf(c))
}
