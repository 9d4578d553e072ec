package main

import (
	"context"
	"fmt"

	"clients/ogenclient"
)

// token is the access token of the next call.
type token string

func (t *token) Bearer(context.Context, ogenclient.OperationName) (ogenclient.Bearer, error) {
	return ogenclient.Bearer{Token: string(*t)}, nil
}

// want returns the response of a call if it has the type T, which stands for one
// status.
func want[T any](res any, err error) (T, error) {
	got, ok := res.(T)
	if err == nil && !ok {
		err = fmt.Errorf("the response is %T %+v, want %T", res, res, got)
	}
	return got, err
}

func (f flow) ogen(ctx context.Context) error {
	var access token
	c, err := ogenclient.NewClient(f.Server, &access, ogenclient.WithClient(f.http()))
	if err != nil {
		return err
	}
	registered, err := want[*ogenclient.LoginHeaders](c.Register(ctx, &ogenclient.RegisterRequest{
		Name: ogenclient.Name(f.Name), Email: ogenclient.Email(f.Email), Password: ogenclient.NewPassword(f.Password),
	}))
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	refused, err := want[*ogenclient.LoginUnauthorizedHeaders](c.Login(ctx, &ogenclient.LoginRequest{Email: f.Email, Password: "not this one"}))
	if err != nil || refused.Response.Code != "invalid_credentials" {
		return fmt.Errorf("login with a wrong password: %+v, %w", refused, err)
	}
	login, err := want[*ogenclient.LoginHeaders](c.Login(ctx, &ogenclient.LoginRequest{Email: f.Email, Password: ogenclient.Password(f.Password)}))
	if err != nil {
		return fmt.Errorf("login: %w", err)
	}
	access = token(login.Response.AccessToken)
	me, err := want[*ogenclient.UserHeaders](c.GetMe(ctx))
	if err != nil || me.Response.ID != registered.Response.User.ID || me.Response.Name != f.Name || !me.Response.AvatarURL.Null {
		return fmt.Errorf("me: %+v, %w", me, err)
	}
	next, err := want[*ogenclient.TokenPairHeaders](c.Refresh(ctx, &ogenclient.RefreshRequest{RefreshToken: string(login.Response.RefreshToken)}))
	if err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	access = token(next.Response.AccessToken)
	list, err := want[*ogenclient.SessionsHeaders](c.ListSessions(ctx))
	if err != nil || len(list.Response.Sessions) != 2 || !list.Response.Sessions[0].Current {
		return fmt.Errorf("sessions: %+v, want the current one and one more, %w", list, err)
	}
	data, err := want[*ogenclient.ExportHeaders](c.ExportMe(ctx, &ogenclient.PasswordConfirmation{Password: ogenclient.Password(f.Password)}))
	if err != nil || len(data.Response.Links) != 1 || !data.Response.Links[0].UsedAt.Null || len(data.Response.SecurityEvents) == 0 {
		return fmt.Errorf("export: %+v, want a link that was not used, %w", data, err)
	}
	if _, err := want[*ogenclient.Done](c.Logout(ctx, ogenclient.OptRefreshRequest{})); err != nil {
		return fmt.Errorf("logout: %w", err)
	}
	ended, err := want[*ogenclient.UnauthenticatedHeaders](c.GetMe(ctx))
	if err != nil || ended.Response.Code != "invalid_token" {
		return fmt.Errorf("me after logout: %+v, %w", ended, err)
	}
	return nil
}
