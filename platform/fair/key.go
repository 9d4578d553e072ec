package fair

import "context"

// Key says on behalf of which user or client something is used. Its elements lead
// from the largest group to the smallest: the kind, the owner, and perhaps parts of
// the owner. The owner is what a share is counted for: a user, or the network of a
// client. When requests belong to organizations, the key of a user becomes
// Key{"organizations", organization, user}, and nothing else changes.
type Key []string

// User returns the key of a user's requests, and of sign-ins from a browser that was
// signed in to the account before.
func User(id string) Key { return Key{"users", id} }

// Client returns the key of requests without a user. network is the largest network
// that one customer has, client the key of its limits.
func Client(network, client string) Key { return Key{"clients", network, client} }

// Program returns the key of the program's own work, such as jobs. It is the key of
// a context without one.
func Program() Key { return Key{"program", ""} }

// Owner is the kind and the owner of a key.
type Owner [2]string

// Owner returns the owner that the share of the key is counted for.
func (k Key) Owner() Owner { return Owner{k[0], k[1]} }

type contextKey struct{}

// With returns a context with the key. Connections and processors that are used with
// the context count for the key. It is in the context, like the deadline, because it
// only bounds what the call may use; it grants no right.
func With(ctx context.Context, k Key) context.Context {
	return context.WithValue(ctx, contextKey{}, k)
}

// From returns the key of the context.
func From(ctx context.Context) Key {
	if k, ok := ctx.Value(contextKey{}).(Key); ok {
		return k
	}
	return Program()
}
