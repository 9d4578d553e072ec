// Package convert converts lists: rows to items, and items to what a response shows.
package convert

// All returns the result of f for each item. It returns an empty list, never nil,
// so that JSON shows [].
func All[A, B any](items []A, f func(A) B) []B {
	list := make([]B, len(items))
	for i, item := range items {
		list[i] = f(item)
	}
	return list
}
