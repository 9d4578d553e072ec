package main

import (
	"context"
	"fmt"
	"net/http"

	"clients/oapiclient"
)

func (f flow) oapiCodegen(ctx context.Context) error {
	var access string
	c, err := oapiclient.NewClientWithResponses(f.Server, oapiclient.WithHTTPClient(f.http()),
		oapiclient.WithRequestEditorFn(func(_ context.Context, req *http.Request) error {
			if access != "" {
				req.Header.Set("Authorization", "Bearer "+access)
			}
			return nil
		}))
	if err != nil {
		return err
	}
	registered, err := c.RegisterWithResponse(ctx, oapiclient.RegisterRequest{Name: f.Name, Email: f.Email, Password: f.Password})
	if err != nil || registered.JSON201 == nil {
		return fmt.Errorf("register: %+v, %w", registered, err)
	}
	refused, err := c.LoginWithResponse(ctx, oapiclient.LoginRequest{Email: f.Email, Password: "not this one"})
	if err != nil || refused.ApplicationproblemJSON401 == nil || refused.ApplicationproblemJSON401.Code != "invalid_credentials" {
		return fmt.Errorf("login with a wrong password: %+v, %w", refused, err)
	}
	login, err := c.LoginWithResponse(ctx, oapiclient.LoginRequest{Email: f.Email, Password: f.Password})
	if err != nil || login.JSON200 == nil {
		return fmt.Errorf("login: %+v, %w", login, err)
	}
	access = login.JSON200.AccessToken
	me, err := c.GetMeWithResponse(ctx)
	if err != nil || me.JSON200 == nil || me.JSON200.Id != registered.JSON201.User.Id || me.JSON200.Name != f.Name || me.JSON200.AvatarUrl != nil {
		return fmt.Errorf("me: %+v, %w", me, err)
	}
	next, err := c.RefreshWithResponse(ctx, oapiclient.RefreshRequest{RefreshToken: login.JSON200.RefreshToken})
	if err != nil || next.JSON200 == nil {
		return fmt.Errorf("refresh: %+v, %w", next, err)
	}
	access = next.JSON200.AccessToken
	list, err := c.ListSessionsWithResponse(ctx)
	if err != nil || list.JSON200 == nil || len(list.JSON200.Sessions) != 2 || !list.JSON200.Sessions[0].Current {
		return fmt.Errorf("sessions: %+v, want the current one and one more, %w", list, err)
	}
	data, err := c.ExportMeWithResponse(ctx, oapiclient.PasswordConfirmation{Password: f.Password})
	if err != nil || data.JSON200 == nil || len(data.JSON200.Links) != 1 || data.JSON200.Links[0].UsedAt != nil || len(data.JSON200.SecurityEvents) == 0 {
		return fmt.Errorf("export: %+v, want a link that was not used, %w", data, err)
	}
	if out, err := c.LogoutWithBodyWithResponse(ctx, "", nil); err != nil || out.StatusCode() != http.StatusNoContent {
		return fmt.Errorf("logout: %+v, %w", out, err)
	}
	ended, err := c.GetMeWithResponse(ctx)
	if err != nil || ended.ApplicationproblemJSON401 == nil || ended.ApplicationproblemJSON401.Code != "invalid_token" {
		return fmt.Errorf("me after logout: %+v, %w", ended, err)
	}
	return nil
}
