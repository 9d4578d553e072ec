package metrics

import (
	"maps"
	"sync"
	"sync/atomic"
)

// table has the children of a metric by their labels. A look-up needs no lock and
// allocates nothing: a new child replaces the whole map, which happens rarely
// because labels have few values.
type table[K comparable, V any] struct {
	child func(K) V
	mu    sync.Mutex
	known atomic.Pointer[map[K]V]
}

func newTable[K comparable, V any](child func(K) V) *table[K, V] {
	t := &table[K, V]{child: child}
	t.known.Store(&map[K]V{})
	return t
}

func (t *table[K, V]) get(key K) V {
	if v, ok := (*t.known.Load())[key]; ok {
		return v
	}
	return t.add(key)
}

func (t *table[K, V]) add(key K) V {
	t.mu.Lock()
	defer t.mu.Unlock()
	more := maps.Clone(*t.known.Load())
	if v, ok := more[key]; ok {
		return v
	}
	v := t.child(key)
	more[key] = v
	t.known.Store(&more)
	return v
}
