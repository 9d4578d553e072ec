// Package fair decides the order in which waiting requests get what is scarce, so
// that no user and no client takes what others need.
package fair

import "slices"

// Queue holds waiting items. It takes one from each key in turn, at every level of
// the keys, and the items of one key in the order of their arrival: fair queueing
// (RFC 970, 4), as in Kubernetes' API Priority and Fairness. With a single line, a
// client that sends a hundred requests makes every other client wait for all of
// them. The zero value is empty. A Queue is not safe for concurrent use.
type Queue[T comparable] struct {
	name  string
	parts []*Queue[T] // the next level, in the order of their turns
	items []T         // of the last level
	size  int
}

// Len returns the number of items.
func (q *Queue[T]) Len() int { return q.size }

// Push adds an item at the end of its key's line. A new key gets the last turn.
func (q *Queue[T]) Push(k Key, item T) {
	q.size++
	if len(k) == 0 {
		q.items = append(q.items, item)
		return
	}
	i := q.part(k[0])
	if i < 0 {
		i = len(q.parts)
		q.parts = append(q.parts, &Queue[T]{name: k[0]})
	}
	q.parts[i].Push(k[1:], item)
}

func (q *Queue[T]) part(name string) int {
	return slices.IndexFunc(q.parts, func(p *Queue[T]) bool { return p.name == name })
}

// Pop removes and returns the item whose turn it is. It passes over keys whose first
// item may not be taken; they keep their turns. It returns false when there is none.
func (q *Queue[T]) Pop(may func(T) bool) (item T, ok bool) {
	if len(q.items) > 0 && may(q.items[0]) {
		item = q.items[0]
		q.items = slices.Delete(q.items, 0, 1)
		q.size--
		return item, true
	}
	for i, part := range q.parts {
		if item, ok = part.Pop(may); ok {
			q.size--
			q.parts = slices.Delete(q.parts, i, i+1)
			if part.size > 0 {
				q.parts = append(q.parts, part)
			}
			return item, true
		}
	}
	return item, false
}

// Remove removes an item of the key, and reports whether the item was in the queue.
func (q *Queue[T]) Remove(k Key, item T) bool {
	if len(k) == 0 {
		i := slices.Index(q.items, item)
		if i < 0 {
			return false
		}
		q.items = slices.Delete(q.items, i, i+1)
		q.size--
		return true
	}
	i := q.part(k[0])
	if i < 0 || !q.parts[i].Remove(k[1:], item) {
		return false
	}
	q.shrink(i)
	return true
}

// Shed removes and returns the newest item of the longest line, at every level the
// line with the most items. So a full queue has room for a key with few items, and
// the key that fills the queue is refused. The queue must not be empty.
func (q *Queue[T]) Shed() T {
	if len(q.parts) == 0 {
		last := q.items[len(q.items)-1]
		q.items = q.items[:len(q.items)-1]
		q.size--
		return last
	}
	longest := 0
	for i, part := range q.parts {
		if part.size >= q.parts[longest].size {
			longest = i
		}
	}
	item := q.parts[longest].Shed()
	q.shrink(longest)
	return item
}

// shrink accounts for an item that left a part.
func (q *Queue[T]) shrink(i int) {
	q.size--
	if q.parts[i].size == 0 {
		q.parts = slices.Delete(q.parts, i, i+1)
	}
}

// Any reports whether an item of the queue fulfils the condition.
func (q *Queue[T]) Any(holds func(T) bool) bool {
	return slices.ContainsFunc(q.items, holds) ||
		slices.ContainsFunc(q.parts, func(p *Queue[T]) bool { return p.Any(holds) })
}
