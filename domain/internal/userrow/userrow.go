// Package userrow converts rows of users for the packages of domain.
package userrow

import (
	"stoa/db"
	"stoa/domain/scope"
)

// User converts a row of the table users.
func User(row db.User) scope.User {
	return Person(db.Person{
		ID: row.ID, Email: row.Email, EmailVerifiedAt: row.EmailVerifiedAt, Name: row.Name, Bio: row.Bio,
		Admin: row.Admin, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt, Avatar: row.Avatar,
		EmailFailure: row.EmailFailure,
	})
}

// Person converts a row of the view people, which has the users that may sign in,
// without their password hashes.
func Person(row db.Person) scope.User {
	user := scope.User{
		ID: scope.UserID{UUID: row.ID}, Email: row.Email, EmailVerified: row.EmailVerifiedAt != nil,
		Name: row.Name, Bio: row.Bio, Admin: row.Admin, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
	if row.Avatar != nil {
		user.Avatar = *row.Avatar
	}
	if row.EmailFailure != nil {
		user.EmailFailure = *row.EmailFailure
	}
	return user
}
